/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures one comparison: the teams of all executors on one problem, in
 * randomised complete blocks (each executor once a block, in random order),
 * until every paired ratio is known precisely enough or the budget is used
 * up. It prints nothing; a listener hears of what happens.
 *
 * The stop rule looks at precision, never at significance: to stop when a
 * difference appears makes one trial in four a false alarm.
 */
#ifndef DRIVE_DRIVERS_MEASURE_H
#define DRIVE_DRIVERS_MEASURE_H

#include "core/err.h"
#include "core/study.h"
#include "drivers/conductor.h"
#include "kernels/kernel.h"
#include "results/verdict/stop.h"

/* Called between trials, outside every timed region. Any may be NULL. A
 * failure (say, a full disk) ends the measurement with that error. */
struct listener {
    void *arg;
    int (*begin)(void *arg, const struct comparison *, struct err *);
    int (*trial)(void *arg, const struct comparison *, const struct cell *,
                 const struct trial *, struct err *);
    int (*block)(void *arg, const struct comparison *, uint64_t elapsed_ns,
                 struct err *);
};

struct measure_plan {
    int kernel; /* indices of their tables */
    int executor[CELLS_MAX];
    int executors;
    struct problem problem;
    int workers;
    const char *policy; /* of placement */
    int ranks_per;      /* of hybrid, as drivers/deal.h */

    /* By cell, NULL: the executor's name, and `problem`. So one executor can
     * stand in several cells, as itself or with a known difference. What
     * results have to agree on, their checksum, must not differ. */
    const char *label[CELLS_MAX];
    const struct problem *own[CELLS_MAX];
    bool serialized[CELLS_MAX]; /* under a giant lock */
    bool utilisation;           /* watch each core, see drivers/utilisation.h */

    uint64_t seed;         /* of the order inside the blocks */
    int warmups;           /* blocks kept but not counted */
    struct stop_rule stop; /* its budget is for the blocks, warm-up included */
    double precision;      /* half-width wanted, 0.01 = 1 % */
    double margin;         /* of equivalence */
    uint64_t region_ns;    /* least timed region, see timer_least_region */

    /* What another process measured of this very comparison, whole blocks
     * only; its trials are moved out of it. NULL: nothing. Warm-up is run
     * again, numbered on, for teams that are new. */
    struct comparison *before;
    struct listener listener;
};

/* Fills what can be known of a comparison before anything runs: cells with
 * those skipped, seats, memory. Fails with EXIT_RESOURCE when the problem does
 * not fit into memory, EXIT_USAGE when plan or policy refuse. */
int measure_prepare(struct conductor *, const struct measure_plan *,
                    struct comparison *, struct placement *, struct err *);

/* Measures. *comparison is valid, and to be freed, in any case: it holds what
 * was measured before a failure. A cell that fails is marked and left out; the
 * others go on. Fails with EXIT_WRONG when a result was wrong, which voids the
 * comparison, with EXIT_SIGNAL + number on a signal, and as measure_prepare. */
int measure_compare(struct conductor *, const struct measure_plan *,
                    struct comparison *, struct err *);

#endif
