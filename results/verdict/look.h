/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One comparison being looked at for warnings. For the inside of
 * results/verdict/ only: the looks are split over two files.
 */
#ifndef DRIVE_RESULTS_VERDICT_LOOK_H
#define DRIVE_RESULTS_VERDICT_LOOK_H

#include "results/verdict/warnings.h"

struct look {
    const struct environment *env; /* or NULL */
    const struct probes *probes;   /* or NULL */
    const struct comparison *c;
    const struct judgement *j;
    struct warnings *out;
};

/* Writes into out[WARNING_TEXT], cut. */
void look_say(char *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Files are what the kernel works on. */
bool look_is_files(const struct look *);

/* Disturbance, faults and balance of the trials: W103 to W106, W108, W109,
 * W111. */
void look_at_trials(const struct look *);

#endif
