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
    bool smoke;        /* only to see that all runs: tiny problems */
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

/* What is computed: a kernel by name, in divide mode unless `replicate`; `n` is
 * its first parameter's value, 0: the default; params are "name=value", ending
 * with NULL, or NULL. */
struct subject {
    const char *kernel;
    int64_t n;
    const char *const *params;
    bool replicate;
};

/* executor is NULL for a peer. Not to be copied. */
int stage_plan(const struct stage *, const struct subject *,
               const char *executor, int workers, struct plan *,
               struct err *err);

/* The same stage for another number of workers. Free with stage_free. */
int stage_crowd(const struct stage *, int workers, struct stage *crowd,
                struct err *err);
void stage_free(struct stage *);

#endif
