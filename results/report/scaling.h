/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scaling study as text of 80 columns, and as a JSON document. What may not
 * be said by the rules of core/fit.h is not said, and that it is not is.
 */
#ifndef DRIVE_RESULTS_REPORT_SCALING_H
#define DRIVE_RESULTS_REPORT_SCALING_H

#include <stdbool.h>
#include <stdio.h>

#include "core/err.h"
#include "results/verdict/scaling.h"

/* A head that says what is constant and what the base is, a table of each
 * executor, what its laws say, and a verdict; `quiet`: the verdict only. */
void scaling_print(FILE *, const struct scaling *, bool quiet);

/* Times are integer nanoseconds, shares fractions, what is not there or may
 * not be said null with "why" beside it. file: the record's path, or NULL.
 * Fails with EXIT_RESOURCE. */
int scaling_print_json(FILE *, const struct scaling *, const char *file,
                       struct err *);

#endif
