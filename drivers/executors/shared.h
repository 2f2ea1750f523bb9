/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of workers that address each other's arenas: threads, forked
 * processes, and MPI ranks that have a window, alike. What is exchanged is read
 * in place, in one copy: a worker says where its data stand, all meet, and the
 * others copy from there; what is short they hear along with the meeting, and
 * need no second one. How they meet, and the sources of that: crew.h.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_SHARED_H
#define DRIVE_DRIVERS_EXECUTORS_SHARED_H

#include "core/err.h"
#include "core/mem.h"
#include "core/worker.h"
#include "drivers/board.h"

/* Gives a worker these verbs. It takes from the arena, from which all workers
 * have taken as much before; base(arg, rank) says where the arena of each
 * stands. All arenas must be zeroed before any worker's first verb.
 * EXIT_RESOURCE. */
int shared_join(struct worker *, char *(*base)(const void *arg, int rank),
                const void *arg, struct err *);

/* The arenas of a team, side by side at one address in every worker. */
struct ground {
    void *map;
    size_t bytes, arena_bytes;
    struct household house;
};

/* Maps the arenas of board->workers workers; `forked` workers need memory that
 * outlives fork as one. */
int ground_open(struct ground *, const struct board *, bool forked,
                struct err *);
void ground_close(struct ground *); /* NULL-safe */

/* One worker of the team, ready for board_work. The storage is the caller's
 * and must last as long as the worker. */
struct hand {
    struct worker worker;
    struct arena arena;
};
int ground_hand(const struct ground *, struct board *, int rank, struct hand *,
                struct err *);

/* The barrier by itself, of a worker that has these verbs. */
void shared_barrier(struct worker *);

extern const struct worker_ops shared_ops;

#endif
