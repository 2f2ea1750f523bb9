/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of workers that address each other's arenas, threads and forked
 * processes alike. What is exchanged is read in place: a worker posts where
 * its data stand, a barrier, and the others copy from there.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_SHARED_H
#define DRIVE_DRIVERS_EXECUTORS_SHARED_H

#include "core/err.h"
#include "core/mem.h"
#include "core/worker.h"
#include "drivers/board.h"

struct crew; /* what the workers of one team, or of a part of it, share */

/* The arenas of a team, side by side at one address in every worker. */
struct ground {
    void *map;
    size_t bytes, arena_bytes;
    struct crew *crew;
    struct household house;
};

/* Maps the arenas and the crew of board->workers workers; `forked` workers
 * need memory that outlives fork as one. */
int ground_open(struct ground *, const struct board *, bool forked,
                struct err *);
void ground_close(struct ground *); /* NULL-safe */

/* One worker of the team, ready for board_work. The storage is the caller's
 * and must last as long as the worker. */
struct hand {
    struct worker worker;
    struct arena arena;
    struct member *member;
};
int ground_hand(const struct ground *, struct board *, int rank, struct hand *,
                struct err *);

/* The process-shared futex barrier: a central counter, spinning for a while
 * and then asleep; asleep at once where workers outnumber places. */
void shared_barrier(struct worker *);

/* All verbs over shared_barrier. An executor with a barrier of its own copies
 * the table and puts that one in: the other verbs use the worker's. */
extern const struct worker_ops shared_ops;

#endif
