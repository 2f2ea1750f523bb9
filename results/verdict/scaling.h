/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From comparisons of one kernel at several numbers of workers to a scaling
 * study: a curve for each executor, with speed-up, efficiency and core-hours at
 * each count, and the laws that its trials follow (core/fit.h). Everything is
 * recomputed from the trials; comparisons with the same number of workers,
 * several launches say, are taken together.
 *
 * A rate is total work over time, so that one formula holds for strong and weak
 * scaling, and for problems whose size could only grow in whole steps:
 *
 *   speed-up S(p) = B X(p) / X(base), efficiency S(p) / p
 *
 * X is the rate, B the workers of the base. So the base has efficiency 1 by
 * definition. Workers are those that an executor really had: one that stays on
 * the first of several nodes has no row beyond that node.
 */
#ifndef DRIVE_RESULTS_VERDICT_SCALING_H
#define DRIVE_RESULTS_VERDICT_SCALING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/fit.h"
#include "core/footing.h"
#include "core/stats.h"
#include "core/study.h"

/* What is held constant from count to count: all of the work, or each
 * worker's. */
enum scaling_mode { SCALING_STRONG, SCALING_WEAK };

/*
 * What speed-ups are relative to:
 *   BASE_SMALLEST  the same executor at the smallest count measured
 *   BASE_SELF      the same executor with one worker
 *   BASE_SERIAL    the serial executor in the very same blocks
 */
enum scaling_base { BASE_SMALLEST, BASE_SELF, BASE_SERIAL };

enum { SCALING_COUNTS = 256, SCALING_LAWS = 3 };

/* Each worker's work may vary by so much of it from count to count, as sizes
 * grow in whole steps. */
#define SCALING_DRIFT 0.02

/* How sure it is that an efficiency reaches what was asked for. */
enum certainty { SURE, STRADDLES, BY_DEFINITION };

/* One executor with so many workers. */
struct scaling_row {
    int workers;
    bool crowded;  /* more workers than places: shown, not fitted */
    bool base;     /* all is relative to it */
    size_t n;      /* trials that count; the rest is 0 without any */
    double amount; /* of work, by all workers together */
    double median_ns;
    struct estimate ci_ns;      /* 95 %, by signed ranks of the logarithms */
    struct estimate speedup;    /* 95 %; .n 0: there is no base */
    struct interval efficiency; /* as the speed-up's */
    struct footing on;          /* of the comparison with most nodes */
    bool differs;      /* others are on fewer nodes, or that is not known */
    double core_hours; /* of one run: cores times median */
    char why[160];     /* "", or why it has no trials */
};

struct scaling_curve {
    const char *executor;    /* borrowed from the comparisons */
    struct scaling_row *row; /* by workers, ascending; owned */
    int rows;
    bool stays;        /* on one node; counts beyond it are left out */
    char no_base[120]; /* "", or why there are no speed-ups */

    /* The largest count whose efficiency is at least 80 %; 0: none. */
    int good;
    enum certainty certainty; /* its interval lies above 80 %, or straddles, or
                                 it is the base */

    struct fit fit[SCALING_LAWS];
    int fits;             /* 0: no_fit says why */
    int best;             /* of fit[] */
    bool carries;         /* the rate ahead may be told */
    struct interval hull; /* of it */
    char no_fit[160];
};

struct scaling {
    enum scaling_mode mode;
    enum scaling_base base;
    const char *kernel, *unit; /* borrowed */
    bool replicate;
    double constant; /* the work held constant, of all or of each worker */
    double drift;    /* by how much it varies all the same, as a share */
    struct scaling_curve *curve; /* owned */
    int curves;
    int smallest, largest; /* workers */
    double core_hours; /* of all trials, on the cores of the comparison they are
                          of, as these are held for it */
};

/*
 * Judges comparisons c[n], in any order, of one kernel and of the problem that
 * the mode calls for. Fails with EXIT_USAGE when they are not of one study
 * (kernels or parts of the work differ), EXIT_RESOURCE for want of memory.
 * The comparisons must outlive the result.
 */
int scaling_judge(const struct comparison *c, int n, enum scaling_mode,
                  enum scaling_base, uint64_t seed, struct scaling *,
                  struct err *);

/* The largest count whose efficiency is at least so much, as .good is for 80 %;
 * 0: none, and *certainty is left. */
int scaling_largest(const struct scaling_curve *, double least,
                    enum certainty *);

/* The row of so many workers, or NULL. */
const struct scaling_row *scaling_find(const struct scaling_curve *,
                                       int workers);

void scaling_free(struct scaling *); /* what it owns; NULL-safe */

const char *scaling_mode_name(enum scaling_mode); /* "strong", "weak" */
/* "smallest", "self", "serial" */
const char *scaling_base_name(enum scaling_base);

/* -1: EXIT_USAGE, quotes the word. */
int scaling_mode_find(const char *, struct err *);
int scaling_base_find(const char *, struct err *);

#endif
