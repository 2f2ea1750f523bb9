/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of others that turns one text into another, such as gnuplot: found
 * on PATH, started without a shell in a process group of its own, given a limit
 * of time and of output, and never left behind: at its limit all of its group
 * is killed, and it is when this process ends.
 */
#ifndef DRIVE_CORE_TOOL_H
#define DRIVE_CORE_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* The second text it is given, as a file to be opened. */
#define TOOL_DATA "/dev/fd/3"

enum tool_end {
    TOOL_DONE,
    TOOL_ABSENT, /* there is none on PATH */
    TOOL_FAILED, /* it ended with an error, or printed too much */
    TOOL_HUNG    /* it took longer than the limit, and was killed */
};

bool tool_there(const char *name);

enum { TOOL_SAID = 2000, TOOL_PRINTS = 8 << 20 };

struct tool_result {
    enum tool_end end;
    char *out; /* what it printed, ends with '\0'; the caller's */
    size_t length;
    char said[TOOL_SAID]; /* its error output, cut */
    int status;           /* exit code, or 128 and its signal */
};

/* argument[0] is its name; ends with NULL. input is its standard input, data
 * what TOOL_DATA has. Fails with EXIT_RESOURCE when there is no memory, no file
 * or no process to be had; whatever the program does is no failure. */
int tool_run(char *const argument[], const char *input, const char *data,
             double limit_s, struct tool_result *, struct err *);

#endif
