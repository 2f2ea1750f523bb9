/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cascade: a broadcast along a line of workers that goes on while they
 * compute. Transfers go along a binomial tree whose root is the sender. Whoever
 * has received passes on, one child after the other, each at full speed; so the
 * largest subtree has passed much of it on when the smallest begins.
 *
 * A worker has several cascades under way at a time. It looks at the pending
 * transfers of all with worker_some(), now and then while it computes, or
 * waits so, and drives the cascades on. Nobody should wait for one alone: peers
 * wait for the others.
 *
 * A cascade is the worker's own; no call allocates.
 */
#ifndef DRIVE_CORE_CASCADE_H
#define DRIVE_CORE_CASCADE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/worker.h"

enum { CASCADE_CHILDREN = 16 }; /* a tree of 65,536 workers */

/* Every step-th of a team's workers, such as a row or a column of a grid. */
struct cascade_line {
    int first, step, size;
};

struct cascade {
    struct worker *worker;
    void *buf;
    size_t bytes;
    int children;
    int begun;          /* children to whom it goes, or has gone */
    struct transfer in; /* from the parent; .in is NULL at the root */
    struct transfer out[CASCADE_CHILDREN];
};

/* At the root, which is the line's root-th, buf[bytes] goes out, elsewhere it
 * is filled. It is the cascade's until that is over. Two lines that have two
 * workers in common need different tags at one time. */
void cascade_begin(struct cascade *, struct worker *,
                   const struct cascade_line *, void *buf, size_t bytes,
                   int root, int tag);

/* The one transfer that it waits for, or NULL. */
struct transfer *cascade_pending(struct cascade *);

/* Passes on what has come, when a transfer has ended. */
void cascade_drive(struct cascade *);

/* Whether buf may be read; and whether the children have it, so that buf is
 * the caller's again. */
bool cascade_has_come(const struct cascade *);
bool cascade_is_over(const struct cascade *);

#endif
