/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broadcast that goes on while the worker computes: transfers along a
 * binomial tree whose root is the sender. Whoever has received passes on at
 * its next call, so one who computes for long calls relay_drive() now and then.
 * With q relays begun ahead, a panel of SUMMA travels during the q products
 * before its own (look-ahead).
 *
 * Relays of a team that are under way at one time have different tags. A relay
 * is the worker's own; no call allocates.
 */
#ifndef DRIVE_CORE_RELAY_H
#define DRIVE_CORE_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/worker.h"

enum { RELAY_CHILDREN = 16 }; /* a tree of 65,536 workers */

struct relay {
    struct worker *worker;
    void *buf;
    size_t bytes;
    int children;
    bool come;          /* buf is filled */
    int begun;          /* children to whom it goes, or has gone */
    struct transfer in; /* from the parent; .in is NULL at the root */
    struct transfer out[RELAY_CHILDREN];
};

/* At the root buf[bytes] goes out, elsewhere it is filled. It is the relay's
 * until relay_over(). Tag: see struct transfer. */
void relay_begin(struct relay *, struct worker *, void *buf, size_t bytes,
                 int root, int tag);

/* Passes on what has come. Returns whether it has: then it may be read, not
 * written. Nobody should wait for one relay without driving the others: peers
 * wait for those. */
bool relay_drive(struct relay *);

/* The same, and whether the children have it: buf is the caller's again. */
bool relay_over(struct relay *);

#endif
