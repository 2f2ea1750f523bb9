/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all rows need: a conductor as the program's own, the settings of the
 * benchmark, and plans for teams and peers.
 */
#ifndef DRIVE_TESTS_BENCH_STAGE_H
#define DRIVE_TESTS_BENCH_STAGE_H

#include "drivers/conductor.h"
#include "drivers/team.h"

struct stage {
    struct conductor conductor;
    char launcher[256];
    struct err no_launcher; /* why, when conductor.launcher is NULL */
    struct placement placement;
    int workers; /* one a core */
    uint64_t seed;
    int rounds;
    int64_t n, length; /* of the matrices, of the vectors */
    const char *drive; /* the program */
    const char *ranks; /* bench_ranks, NULL where it was not built */
};

/* Opens nursery, topology and placement. First of all in a process. */
int stage_open(struct stage *, struct err *err);
void stage_close(struct stage *);

/* A plan and what it points to. */
struct plan {
    struct problem problem;
    struct work work;
    struct team_plan team;
};

/* Kernel by name, in divide mode where it has it; `n` is its first parameter's
 * value, 0: the default. executor is NULL for a peer. Not to be copied. */
int stage_plan(const struct stage *, const char *kernel, int64_t n,
               const char *executor, int workers, struct plan *,
               struct err *err);

#endif
