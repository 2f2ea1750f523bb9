/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The article's experiments as a table: which comparison, which figure of it,
 * and which script stands beside it.
 */
#ifndef DRIVE_DRIVERS_COMMANDS_ARTICLE_PLAN_H
#define DRIVE_DRIVERS_COMMANDS_ARTICLE_PLAN_H

#include <stdbool.h>

#include "results/report/article.h"

/* What of a cell is its figure. */
enum figure {
    FIGURE_LIFE,   /* start-up, the trial and tear-down together, in s */
    FIGURE_TRIAL,  /* the trial alone, in s */
    FIGURE_METRIC, /* a metric of the kernel */
};

/* One comparison: some rows of an experiment. */
struct variant {
    const char *kernel;
    const char *params; /* "n=2000 rng=own", in words */
    const char *full;   /* the article's own sizes; NULL: the same */
    double hold;        /* s, where the kernel and the script sleep; 0: not; a
                           tenth of it with --quick */
    const char *executors;
    int workers; /* 0: as asked with -n */
    bool cores;  /* as many as there are cores */
    bool divide;
    int blocks, warmups;
    enum figure figure;
    const char *metric;
    enum article_unit unit;
    const char *suffix; /* of the rows' labels */

    /* Beside it; NULL: nothing. */
    const char *script, *words; /* words: "--n 1000" */
    const char *path;           /* of the number in what it prints */
    int reference;              /* the article's experiment; 0: none */
};

/* By the names that the claims use. */
enum {
    PLOT,
    SPAWN,
    SPAWN_EXEC,
    SPAWN_RANKS,
    LATE,
    LATE_CURED,
    HOLD,
    IO_ONE,
    IO,
    SQUARE_ONE,
    SQUARE,
    APART,
    FOOTPRINT,
    PRODUCT,
    SHARE,
    VARIANTS
};
extern const struct variant article_variant[VARIANTS];

/* Variants `first` to the next experiment's first belong to it. */
struct experiment {
    const char *id, *title, *scale; /* scale: of the default sizes, or NULL */
    int first;
};
extern const struct experiment article_experiment[]; /* ends with no id */

/* APART takes the article's slow threads apart: each part against the one
 * that it differs from in one thing, `cause`. */
struct part {
    const char *label, *params, *executor;
    bool serialized;
    int against; /* -1: nothing */
    const char *cause;
    const char *words; /* of the script: the variant that has the same cause */
};
enum {
    PART_ONE,
    PART_PROCESSES,
    PART_THREADS,
    PART_LOCK,
    PART_GENERATOR,
    PARTS
};
extern const struct part article_part[PARTS];

#endif
