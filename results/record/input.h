/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a file one after the other, without a copy of each: as much of
 * the file is held as the longest line needs. For the reader only.
 */
#ifndef DRIVE_RESULTS_RECORD_INPUT_H
#define DRIVE_RESULTS_RECORD_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct input {
    const char *path; /* borrowed */
    int file;
    char *room;
    size_t size, from, to; /* [from, to) of the room is yet to be given out */
    bool exhausted;
    long number; /* of the line given out, from 1 */
};

/* A line without its '\n', behind which a '\n' stands in any case. It holds
 * until the next one is asked for. */
struct line {
    const char *text;
    size_t length;
    bool torn; /* the file ends in it */
};

/* Both fail with EXIT_USAGE, for want of memory with EXIT_RESOURCE. */
int input_open(struct input *, const char *path, struct err *);
/* 1: there is one; 0: there is none. Fails for one longer than `most`. */
int input_line(struct input *, size_t most, struct line *, struct err *);
void input_close(struct input *); /* also of one that was not opened */

#endif
