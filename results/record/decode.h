/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From lines back to structs: the inverse of results/record/lines.h, for the
 * reader only. A field that is missing or null is 0 or ""; one that cannot be
 * makes the function fail with a text about it, its output half filled.
 */
#ifndef DRIVE_RESULTS_RECORD_DECODE_H
#define DRIVE_RESULTS_RECORD_DECODE_H

#include <jansson.h>

#include "core/err.h"
#include "core/study.h"
#include "results/record/read.h"

/* The texts of a comparison, which only points to them. */
struct texts {
    char *text[3 + CELLS_MAX + 2 * METRICS_MAX];
    int n;
    struct texts *next;
};

void texts_free(struct texts *); /* all from this one on; NULL-safe */

const char *decode_text(const json_t *object, const char *key); /* or "" */
int decode_whole(const json_t *object, const char *key, int64_t most,
                 int64_t *out, struct err *);

/* Into an empty comparison; *texts is new. */
int decode_plan(const json_t *, struct comparison *, struct texts **,
                struct err *);
/* Into the cell that the line names; its number goes to *cell. */
int decode_place(const json_t *, struct comparison *, int *cell, struct err *);
int decode_summary(const json_t *, struct comparison *, struct err *);

int decode_run(const json_t *, struct record *, struct err *);
int decode_calib(const json_t *, struct timer *, struct err *);
int decode_end(const json_t *, struct record_end *, struct err *);

/* The nodes of a run line, none where there is one; the caller frees *out. */
int decode_nodes(const json_t *, struct node_card **out, int *n, struct err *);

/* -1: the comparison has no cell of that executor. */
int decode_cell(const struct comparison *, const char *name, size_t length);

#endif
