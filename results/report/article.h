/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The article's experiments as a document: three columns of figures side by
 * side, the article's, CPython's on this machine and ours, and what holds of
 * each claim. Plain data, filled by the command, printed here.
 */
#ifndef DRIVE_RESULTS_REPORT_ARTICLE_H
#define DRIVE_RESULTS_REPORT_ARTICLE_H

#include <stddef.h>
#include <stdio.h>

#include "core/err.h"

enum { ARTICLE_ROWS = 32, ARTICLE_EXPERIMENTS = 12, ARTICLE_CLAIMS = 6 };

enum article_unit {
    ARTICLE_SECONDS,
    ARTICLE_BYTES,
    ARTICLE_NUMBER,
    ARTICLE_TIMES, /* a ratio: "2.03x" */
};

/* One line of an experiment. What is not known is NAN. */
struct article_row {
    char label[48];
    enum article_unit unit;
    double article, python;
    double drive, low, high; /* ours, with its 95 % interval */
    char why[128];           /* why there is no figure of ours */
};

struct article_experiment {
    char id[8];
    const char *title; /* a constant */
    char scale[128];   /* "" at the article's sizes, else the factor */
    char python[128];  /* why CPython's column is empty, or "" */
    struct article_row row[ARTICLE_ROWS];
    int rows;
};

enum claim_verdict { CLAIM_OPEN, CLAIM_HOLDS, CLAIM_FAILS, CLAIM_PYTHON };

struct article_claim {
    char id;
    const char *claim; /* a constant */
    enum claim_verdict verdict;
    char why[256]; /* the figures, with the interval, that say so */
};

struct article {
    struct article_experiment experiment[ARTICLE_EXPERIMENTS];
    int experiments;
    struct article_claim claim[ARTICLE_CLAIMS];
    int claims;
};

/* "holds", "fails", "only in CPython", "open" */
const char *claim_verdict_name(enum claim_verdict);

void article_print_experiment(FILE *, const struct article_experiment *);
void article_print_claims(FILE *, const struct article *);

/* The document of --json; file: the record's path, or NULL. Fails with
 * EXIT_RESOURCE. */
int article_print_json(FILE *, const struct article *, const char *file,
                       struct err *err);

#endif
