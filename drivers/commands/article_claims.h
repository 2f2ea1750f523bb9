/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found in each comparison of the article, and what follows for its
 * claims.
 */
#ifndef DRIVE_DRIVERS_COMMANDS_ARTICLE_CLAIMS_H
#define DRIVE_DRIVERS_COMMANDS_ARTICLE_CLAIMS_H

#include <stdbool.h>

#include "core/err.h"
#include "core/study.h"
#include "results/record/reference.h"
#include "results/report/article.h"
#include "results/verdict/verdict.h"

enum { PYTHON_THREAD, PYTHON_PROCESS, PYTHON_MODELS };

struct finding {
    bool ran;
    struct err why; /* when it did not */
    struct comparison comparison;
    struct judgement judgement;
    struct python_result python[PYTHON_MODELS];
};
void finding_free(struct finding *);

/* Median of a metric over the counting trials of cell i; NAN: there is none. */
double finding_metric(const struct comparison *, int i, const char *metric);

/* Times of cell `a` over times of cell `b`, by name, with the interval; false
 * where they were not compared. */
struct times {
    double ratio, low, high;
    enum verdict verdict;
};
bool finding_times(const struct finding *, const char *a, const char *b,
                   struct times *);

/* Fills the claims from finding[VARIANTS]. */
void claims_judge(const struct finding *finding, struct article *);

#endif
