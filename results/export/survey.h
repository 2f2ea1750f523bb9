/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records hold, before anything is written of them: columns need names
 * at the top, and whether a comparison is void stands at its end. For
 * results/export/ only.
 */
#ifndef DRIVE_RESULTS_EXPORT_SURVEY_H
#define DRIVE_RESULTS_EXPORT_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/study.h"
#include "results/export/labels.h"

enum { SURVEY_COLUMNS = 128 };

struct survey_column {
    char name[LABEL_NAME];
    size_t plans; /* comparisons that have it */
    bool numeric; /* in all of them */
    bool varies;  /* from one to another */
    char first[LABEL_VALUE];
};

/* All zero to begin with, from calloc(). */
struct survey {
    struct survey_column param[SURVEY_COLUMNS], metric[SURVEY_COLUMNS];
    int params, metrics;
    bool more; /* columns than there is room for */
    /* How each comparison ended, in the order of the records; SURVEY_CUT where
     * the record does not say. */
    unsigned char *stop;
    int (*nodes)[CELLS_MAX]; /* that each cell's workers are on; 0: unknown */
    size_t plans, room;
};

enum { SURVEY_CUT = 255 };

/* Reads a record to its end. Fails as reader_open() and reader_next() do, with
 * 128 + the signal where *stop becomes one. */
int survey_add(struct survey *, const char *path, const volatile int *stop,
               struct err *);

/* Whether nothing of comparison number `plan` may be taken for a result. */
bool survey_is_void(const struct survey *, size_t plan);

/* How many nodes a cell of comparison number `plan` is on; 0: not known. */
int survey_nodes(const struct survey *, size_t plan, int cell);

/* "precision", "interrupted", ... or "cut". */
const char *survey_stop_name(const struct survey *, size_t plan);

/* What ends an export on a signal. */
int export_stopped(const volatile int *stop, struct err *);

void survey_free(struct survey *); /* NULL-safe */

#endif
