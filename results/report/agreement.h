/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do several launches of one run say the same? A launch can only speak of
 * itself: how its memory lay, how its pages fell. What differs from launch to
 * launch is seen when their ratios stand side by side.
 */
#ifndef DRIVE_RESULTS_REPORT_AGREEMENT_H
#define DRIVE_RESULTS_REPORT_AGREEMENT_H

#include <stddef.h>
#include <stdio.h>

#include "core/study.h"
#include "results/verdict/verdict.h"

/* What one launch says of one pair. Plain bytes, for a pipe or a file. */
struct saying {
    int launch;     /* from 1 */
    char what[256]; /* "matmul n=512, divide, 2 workers" */
    char pair[64];  /* "ranks v threads" */
    double ratio;   /* less one, 0.05 = 5 % slower */
    enum verdict verdict;
};

/* The pairs of a judgement, for launch 0; returns how many. */
int agreement_sayings(const struct comparison *, const struct judgement *,
                      struct saying out[PAIRS_MAX]);

/*
 * A line for each pair, in the order they were first said: the ratio of each
 * launch, "-" where it said nothing, and whether the launches agree. They
 * differ when two come to different verdicts, or to different directions; one
 * that is inconclusive differs from nobody:
 *
 *   3 launches of matmul n=512, divide, 2 workers
 *   ranks v threads          +5.1   +4.8   +5.3 %  all slower
 */
void agreement_print(FILE *, const struct saying *, size_t n, int launches);

#endif
