/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is there whole or not at all: it is written under another name
 * beside its place and moved there at the end, so that whatever goes wrong
 * leaves what was there. A place that is no file, such as a pipe or
 * /dev/stdout, is written to as it is.
 */
#ifndef DRIVE_DRIVERS_DRAFT_H
#define DRIVE_DRIVERS_DRAFT_H

#include <stdio.h>

#include "core/err.h"

struct draft {
    FILE *file;
    char *path; /* behind symbolic links */
    char *name; /* of the draft; NULL: it is written as it is */
};

/* An existing file keeps its permissions. Fails with EXIT_USAGE, for want of
 * memory with EXIT_RESOURCE. */
int draft_open(struct draft *, const char *path, struct err *);

/* Moves it to its place. Fails with EXIT_RESOURCE and leaves nothing. */
int draft_keep(struct draft *, struct err *);

void draft_drop(struct draft *); /* leaves nothing */

#endif
