/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of --json: one JSON object each, for scripts. Their fields are
 * a contract; fields may be added, none is renamed. Times are integer
 * nanoseconds, sizes bytes, shares and ratios fractions; what is not there is
 * null.
 *
 * Fails with EXIT_RESOURCE when memory is short or the file does not take it.
 */
#ifndef DRIVE_RESULTS_REPORT_DOCUMENT_H
#define DRIVE_RESULTS_REPORT_DOCUMENT_H

#include <stddef.h>
#include <stdio.h>

#include "core/err.h"
#include "core/study.h"
#include "results/verdict/verdict.h"

/*
 * The document of one run: comparisons c[n] (n >= 1) and their judgements
 * j[n], all of one kernel and mode. Cells and pairs of all stand in one list
 * each, every one with its own "workers" and "params". At the top "params" has
 * those common to all, "workers" is null where comparisons differ, and "stop"
 * is then "mixed"; "comparisons" has each one's own; "metg" has the sweeps over
 * a task's grain (results/report/metg_document.h). "verdict" has a line for
 * each comparison, naming it where there are several.
 *
 * warnings: ends with NULL, or NULL; file: the record's path, or NULL.
 */
int document_print(FILE *, const struct comparison *c,
                   const struct judgement *j, int comparisons,
                   const char *const *warnings, const char *file, struct err *);

/* A row of `drive list`. */
struct catalogue_row {
    const char *name, *summary;
    const char *modes[3]; /* ends with NULL; kernels only */
    const char *absent;   /* why this build lacks it, or NULL */
};

int document_catalogue(FILE *, const struct catalogue_row *kernel,
                       size_t kernels, const struct catalogue_row *executor,
                       size_t executors, struct err *);

#endif
