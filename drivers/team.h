/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A team, as the conductor sees it: the workers of one executor, made once,
 * asleep between trials, whoever hosts them.
 */
#ifndef DRIVE_DRIVERS_TEAM_H
#define DRIVE_DRIVERS_TEAM_H

#include "core/err.h"
#include "drivers/board.h"
#include "drivers/conductor.h"

struct team;

struct team_plan {
    int executor, kernel; /* indices of their tables */
    int workers;
    int tasks;       /* of a KERNEL_PARENT, else as workers */
    bool serialized; /* under a giant lock */
    bool spread;     /* over all nodes of the launcher's ranks, if there are
                        several; ranks always are */
    int ranks_per;   /* of EXECUTOR_HYBRID, as drivers/deal.h */
    const struct problem *problem;
    const struct work *work;           /* the kernel's plan for it */
    const struct placement *placement; /* seats for at least `workers` */
};

/* Whether it takes ranks that were launched with us: each of these is in one
 * team at a time. */
bool team_takes_ranks(const struct conductor *, const struct team_plan *);

/* Brings the workers to life and waits until each is bound. Fails with
 * EXIT_ABSENT where the executor cannot be had here, with EXIT_RESOURCE where
 * something refused. The conductor must outlive the team. */
int team_start(struct team **, struct conductor *, const struct team_plan *,
               struct err *);

/* Gives an order and waits for it. After a failure only team_stop is left. */
int team_order(struct team *, enum order, struct err *);

/* Slots, stamps, window and repeats, to be read and set between orders. */
struct board *team_board(struct team *);

/* From the begin of creation to the last worker ready; ns. For ranks that were
 * launched with us it holds MPI_Init as they saw it. */
uint64_t team_startup(const struct team *);

/* Sends the workers home, or ends them where something has failed, and waits
 * until all are gone. Returns what that took, in ns. NULL-safe. */
uint64_t team_stop(struct team *);

#endif
