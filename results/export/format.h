/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A format: a file of its own, which ends with its descriptor; formats.def
 * names it; nothing else knows it. For results/export/ only.
 *
 * Formats print to x->out without looking whether that worked; export_write()
 * looks. All texts they see are clean (results/export/text.h).
 */
#ifndef DRIVE_RESULTS_EXPORT_FORMAT_H
#define DRIVE_RESULTS_EXPORT_FORMAT_H

#include <jansson.h>

#include "core/study.h"
#include "results/export/export.h"
#include "results/export/labels.h"
#include "results/export/survey.h"

/* Where an export is. */
struct export
{
    FILE *out;
    const struct survey *survey;
    void *state; /* the format's, from open() to close() */

    /* Of the record, "" where it does not say. */
    char file[LABEL_TEXT], run[LABEL_TEXT], start[LABEL_TEXT];
    char host[LABEL_TEXT];
    json_t *facts; /* the line of its host, or NULL */

    /* Of the comparison. */
    const struct comparison *c;
    struct labels labels;
    int plan;                  /* its number in the record */
    size_t number;             /* and in all records */
    bool is_void;              /* none of its trials is a result */
    size_t counted[CELLS_MAX]; /* trials so far that are */

    void (*note)(const char *);
};

enum format_flags {
    FORMAT_KEEPS = 1, /* trials gather in x->c, for a comparison that was cut */
};

/* Any of the functions may be NULL. */
struct export_format {
    const char *name, *suffix; /* "csv", ".csv"; NULL: several have it */
    unsigned flags;
    size_t state; /* bytes, zeroed */

    void (*open)(struct export *);
    int (*plan)(struct export *, struct err *);
    int (*trial)(struct export *, int cell, const struct trial *, struct err *);
    /* summary: the record's line, or NULL where it was cut. */
    int (*done)(struct export *, const json_t *summary, struct err *);
    void (*close)(struct export *); /* prints the end */
    void (*drop)(struct export *);  /* frees what the state owns */
};

/* All of them; ends with NULL. */
extern const struct export_format *const export_table[];

/* A trial that counts in medians and whose comparison is not void. */
bool export_counts(const struct export *, const struct trial *);

/* Passes a sentence on, printf-like, cut and cleaned. */
__attribute__((format(printf, 2, 3))) void export_note(const struct export *,
                                                       const char *, ...);

#endif
