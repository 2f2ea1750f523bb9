/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the counting trials of a cell found besides their time.
 */
#ifndef DRIVE_RESULTS_VERDICT_FOUND_H
#define DRIVE_RESULTS_VERDICT_FOUND_H

#include "core/err.h"
#include "core/study.h"

/* Median of what the kernel measured, by row of comparison.metric, over the
 * trials that say something; NAN when none does. */
int found_median(const struct cell *, int metric, double *out, struct err *);

/* Bytes a second that the team moved between cores and memory, if a step moves
 * no more than the kernel's model says; NAN where it has none. */
double found_bandwidth(const struct comparison *, const struct cell *,
                       double median_ns);

/* Instructions a cycle in user mode, over all workers and trials; NAN without
 * hardware counters. */
double found_ipc(const struct cell *);

#endif
