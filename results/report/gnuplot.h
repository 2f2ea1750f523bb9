/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of gnuplot, a program of others: found on PATH, started without a
 * shell and without its start-up files, in a process group of its own, given a
 * limit of time and of output, and never left behind. For results/report/
 * only.
 */
#ifndef DRIVE_RESULTS_REPORT_GNUPLOT_H
#define DRIVE_RESULTS_REPORT_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* Where a script finds its data: what `data` is set to. */
#define GNUPLOT_DATA "/dev/fd/3"

enum gnuplot_end {
    GNUPLOT_DONE,
    GNUPLOT_ABSENT, /* there is none on PATH */
    GNUPLOT_FAILED, /* it ended with an error, or printed too much */
    GNUPLOT_HUNG    /* it took longer than the limit, and was killed */
};

bool gnuplot_there(void);

enum { GNUPLOT_SAID = 2000, GNUPLOT_PRINTS = 8 << 20 };

struct gnuplot_result {
    enum gnuplot_end end;
    char *out; /* what it printed, ends with '\0'; the caller's */
    size_t length;
    char said[GNUPLOT_SAID]; /* its error output, cut */
    int status;              /* exit code, or 128 and its signal */
};

/* Fails with EXIT_RESOURCE when there is no memory, no file or no process to
 * be had; whatever gnuplot does is no failure. */
int gnuplot_run(const char *script, const char *data, double limit_s,
                struct gnuplot_result *, struct err *);

#endif
