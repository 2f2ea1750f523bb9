/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison's summary as a table of texts, for formats that people read.
 * The numbers are those that the terminal's table and --json have: the
 * record's summary where it has one, else judged by the same code from the
 * trials that are there. For results/export/ only.
 */
#ifndef DRIVE_RESULTS_EXPORT_SHEET_H
#define DRIVE_RESULTS_EXPORT_SHEET_H

#include <jansson.h>

#include "core/err.h"
#include "results/export/format.h"
#include "results/verdict/verdict.h"

enum { SHEET_COLUMNS = 8, SHEET_PAIR = 4, SHEET_TEXT = 2 * LABEL_TEXT };

struct sheet {
    char title[3 * SHEET_TEXT];  /* "matmul n=1024, divide over 2 workers" */
    char source[5 * LABEL_TEXT]; /* where and when it was made */
    int rows, pairs;
    char row[CELLS_MAX][SHEET_COLUMNS][SHEET_TEXT];
    char pair[PAIRS_MAX][SHEET_PAIR][SHEET_TEXT];
    char verdict[2 * SENTENCE];
};

extern const char *const sheet_heading[SHEET_COLUMNS];
extern const char *const sheet_pair_heading[SHEET_PAIR];

/* summary: as in struct export_format. *out is new, for free(). Fails with
 * EXIT_RESOURCE. */
int sheet_make(const struct export *, const json_t *summary, struct sheet **out,
               struct err *);

#endif
