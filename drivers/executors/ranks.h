/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process does that a launcher started: it is a rank and nothing else.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_RANKS_H
#define DRIVE_DRIVERS_EXECUTORS_RANKS_H

#include <stdint.h>

#include "core/brood.h"
#include "core/cpuset.h"
#include "core/err.h"
#include "drivers/executors/executor.h"
#include "drivers/nursery.h"

struct rank_start {
    const char *lobby;         /* path; NULL except on rank 0 */
    bool own;                  /* started for one team, by our conductor */
    int expected;              /* ranks, as the launcher tells */
    const struct cpuset *mask; /* as the launcher gave it */
    uint64_t words_hash;       /* of the command line, to see that all agree */
    uint64_t started_ns;       /* when main began */
    struct nursery *nursery;   /* of the first of a node's ranks, or NULL */
};

/* Initialises MPI, waits in the lobby, plays its part on each board called
 * and, when the lobby closes, sets *code to the program's exit code: the same
 * on every rank. */
int ranks_live(const struct rank_start *, int *code, struct err *);

/* A rank that the parent of a KERNEL_PARENT had launched: MPI, the life of one
 * child between, and its exit code in *code. */
int ranks_born(const struct born *, uint64_t started_ns, int *code,
               struct err *);

/* Its .absent says whether this build can be launched at all. */
extern const struct executor executor_ranks;

#endif
