/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broadcast along a line of workers that goes on while they compute:
 * transfers along a binomial tree whose root is the sender. Whoever has
 * received passes on, one child after the other, each at full speed; so the
 * largest subtree has passed much of it on when the smallest begins.
 *
 * A worker has several relays under way at a time. It looks at the pending
 * transfers of all with worker_some(), now and then while it computes, or
 * waits so, and drives the relays on. Nobody should wait for one alone: peers
 * wait for the others.
 *
 * A relay is the worker's own; no call allocates.
 */
#ifndef DRIVE_CORE_RELAY_H
#define DRIVE_CORE_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/worker.h"

enum { RELAY_CHILDREN = 16 }; /* a tree of 65,536 workers */

/* Every step-th of a team's workers, such as a row or a column of a grid. */
struct relay_line {
    int first, step, size;
};

struct relay {
    struct worker *worker;
    void *buf;
    size_t bytes;
    int children;
    int begun;          /* children to whom it goes, or has gone */
    struct transfer in; /* from the parent; .in is NULL at the root */
    struct transfer out[RELAY_CHILDREN];
};

/* At the root, which is the line's root-th, buf[bytes] goes out, elsewhere it
 * is filled. It is the relay's until that is over. Two lines that have two
 * workers in common need different tags at one time. */
void relay_begin(struct relay *, struct worker *, const struct relay_line *,
                 void *buf, size_t bytes, int root, int tag);

/* The one transfer that it waits for, or NULL. */
struct transfer *relay_pending(struct relay *);

/* Passes on what has come, when a transfer has ended. */
void relay_drive(struct relay *);

/* Whether buf may be read; and whether the children have it, so that buf is
 * the caller's again. */
bool relay_has_come(const struct relay *);
bool relay_is_over(const struct relay *);

#endif
