/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path on the command line that is one record or a folder of records.
 */
#ifndef DRIVE_RESULTS_RECORD_FILES_H
#define DRIVE_RESULTS_RECORD_FILES_H

#include <stddef.h>

#include "core/err.h"

/* What becomes of each file. What is no record fails with EXIT_USAGE. */
struct files_visit {
    void *arg;
    int (*file)(void *arg, const char *path, struct err *);
};

/* Files of folders that were no records: "FILE:1: no record of drive: ...".
 * Texts and list belong to who has them. */
struct files_skips {
    char ***text;
    size_t *n, *room;
};

/* Visits the file `path`, or by name all *.jsonl of the folder `path`, but not
 * hidden ones. What is no record in a folder is skipped and noted, any other
 * failure ends the visit. Fails with EXIT_USAGE also where a folder cannot be
 * read or has no record, with EXIT_RESOURCE for want of memory. */
int files_visit(const char *path, struct files_visit, struct files_skips,
                struct err *);

#endif
