/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The article's own figures (results/reference/article.json), and what the
 * scripts beside it (results/reference/cpython/) say of this machine. Both are
 * part of the program, so that it needs no files of its own at run time.
 */
#ifndef DRIVE_RESULTS_RECORD_REFERENCE_H
#define DRIVE_RESULTS_RECORD_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* A file as it was when the program was built. */
struct reference_file {
    const char *name; /* "e4_empty.py", "article.json" */
    const char *text;
    size_t length;
};
extern const struct reference_file reference_files[]; /* ends with no name */

/* Seconds that the article gives for an experiment: model "thread" or
 * "process", so many workers. NAN when it gives none. */
double reference_seconds(int experiment, const char *model, int workers);

/* Writes all scripts into a folder that exists. */
int reference_unpack(const char *folder, struct err *err);

/* What a script printed. */
struct python_result {
    bool ran;
    char why[128]; /* why not: "numpy is missing" */
    void *document;
};

/* Reads the document that a script has printed. Fails with EXIT_RESOURCE when
 * it is none. */
int python_result_read(struct python_result *, const char *text,
                       struct err *err);
void python_result_free(struct python_result *);

/* Median of a list, or the number, at a dotted path: "seconds",
 * "observed.distinct"; true and false, and a text
 * and null, are 1 and 0. NAN when it is not there. */
double python_number(const struct python_result *, const char *path);

#endif
