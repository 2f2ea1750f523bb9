/* SPDX-License-Identifier: Apache-2.0 */
/*
 * METG, the minimum effective task granularity (Slaughter et al., "Task Bench:
 * A Parameterized Benchmark for Evaluating Parallel Runtime Performance",
 * SC20): how small tasks may be before an executor loses half (or a tenth) of
 * the machine to what is not their work.
 *
 * A sweep is comparisons that differ in `grain` alone, by a kernel that counts
 * its tasks (a metric "tasks"). Of each cell
 *   granularity  time times workers, by tasks: what a task takes of a worker,
 *                its share of overhead included
 *   efficiency   rate over the highest rate that any executor with as many
 *                workers has in the sweep, at whatever grain
 * METG(x) is the granularity at which efficiency falls below x, from large
 * tasks to small ones, on a straight line between two points over the logarithm
 * of granularity. Its interval comes from those of the medians: both ends of
 * all points.
 */
#ifndef DRIVE_RESULTS_VERDICT_METG_H
#define DRIVE_RESULTS_VERDICT_METG_H

#include <stdbool.h>

#include "core/err.h"
#include "results/verdict/verdict.h"

enum metg_how {
    METG_FOUND,
    METG_BELOW, /* the smallest task measured is still efficient: at most ns */
    METG_NEVER, /* not even the largest is */
};

struct metg_mark {
    enum metg_how how;
    double ns, lo_ns, hi_ns; /* of a task; lo and hi may be infinite */
};

enum { METG_50, METG_90, METG_LEVELS };
extern const double metg_level[METG_LEVELS]; /* 0.5, 0.9 */

struct metg_row {
    const char *executor;
    int workers;
    int points;
    struct metg_mark at[METG_LEVELS];
    /* One task a worker, the workers made for it and ended after it: longer
     * than this it takes less time than all tasks one after the other. Time of
     * start-up and tear-down, and what the smallest task takes beyond its work,
     * over workers - 1. NAN for one worker. */
    double pays_ns;
};

/* One sweep: what all its comparisons have in common. */
struct metg {
    const char *kernel, *mode;
    char problem[PROBLEM_TEXT]; /* without the grain */
    int workers;
    struct metg_row row[CELLS_MAX];
    int rows;
};

/* A point of a curve: what METG is read from. */
struct metg_point {
    double ns, efficiency; /* of a task; a share */
};

/* Those of one executor of a sweep among the same c[n], from small tasks to
 * large ones; out[n]. Returns how many, -1: EXIT_RESOURCE. */
int metg_points(const struct comparison *c, const struct judgement *j, int n,
                const struct metg *, int row, struct metg_point *out,
                struct err *);

/* The sweeps of three points and more among comparisons c[n] and their
 * judgements, in their order. *out is allocated and the caller's; NULL where
 * there is none. Fails with EXIT_RESOURCE. */
int metg_find(const struct comparison *c, const struct judgement *j, int n,
              struct metg **out, int *sweeps, struct err *);

#endif
