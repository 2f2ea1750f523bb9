/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records for the tools that people have: tables for papers, rows for
 * statistics, the files of other benchmark tools. doc/export.md says what each
 * format holds.
 *
 * Records are read twice, line by line: first for the names of columns and for
 * what is void, then trial by trial. Memory does not grow with the number of
 * trials; two formats, whose readers want the times of a cell together, set
 * them aside in temporary files without a name.
 */
#ifndef DRIVE_RESULTS_EXPORT_EXPORT_H
#define DRIVE_RESULTS_EXPORT_EXPORT_H

#include <stdio.h>

#include "core/err.h"

struct export_format;

/* By name, "csv"; NULL: there is none. */
const struct export_format *export_find(const char *name);

/* By how a file's name ends; NULL: that does not tell. */
const struct export_format *export_guess(const char *path);

/* "--csv, --md, ...": what there is, for a message. Returns out. */
char *export_names(char *out, size_t size);

/* What is to be done. All is borrowed. */
struct export_job {
    const char *const *path; /* the records */
    int paths;
    FILE *out;
    const char *name; /* of out, for a message */
    /* If not NULL, called with a sentence, fit for a terminal, for all that is
     * not whole or is left out. */
    void (*note)(const char *);
    const volatile int *stop; /* NULL, or a signal's number once it came */
};

/* Fails with EXIT_USAGE for what is no record, or cannot be read twice, before
 * anything is written; with EXIT_RESOURCE for want of memory or of room; with
 * 128 + the signal. */
int export_write(const struct export_format *, const struct export_job *,
                 struct err *);

#endif
