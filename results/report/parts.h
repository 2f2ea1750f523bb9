/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the table between its rows and its pairs. For results/report/
 * only. All fail for want of memory.
 */
#ifndef DRIVE_RESULTS_REPORT_PARTS_H
#define DRIVE_RESULTS_REPORT_PARTS_H

#include <stdio.h>

#include "core/study.h"
#include "results/verdict/verdict.h"

struct grid;

/* What the two below print, for who draws it in another way. */
int parts_fill(struct grid *, const struct comparison *,
               const struct judgement *, struct err *);
int found_fill(struct grid *, const struct comparison *,
               const struct judgement *, struct err *);

/* "where the time goes": shares of the median; where there are any, huge
 * pages, the bandwidth by the kernel's model, instructions a cycle. */
int parts_print(FILE *, const struct comparison *, const struct judgement *,
                struct err *);

/* "what KERNEL found": the median of each of its metrics, below a blank line;
 * nothing where it has none. */
int found_print(FILE *, const struct comparison *, const struct judgement *,
                struct err *);

#endif
