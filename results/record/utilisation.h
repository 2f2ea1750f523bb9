/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How busy each core was, as lines of a record and back. Such a line holds
 * the next samples of its comparison, in the order of time:
 *   cpus       the CPUs' numbers
 *   first_ns   when its first sample ended; the others follow by period_ns
 *   executor   by sample: its place in the plan, null for none
 *   busy       by CPU, then by sample: percent, null where not known
 *   stolen     the same; null when nothing was stolen
 *   trials     on the first line, by executor: ticks of tick_ns counted in its
 *              trials by CPU, all of them, busy and stolen ones; else null
 *   cost_ns    CPU time of all the sampling
 * For the writer and the reader only.
 */
#ifndef DRIVE_RESULTS_RECORD_UTILISATION_H
#define DRIVE_RESULTS_RECORD_UTILISATION_H

#include <jansson.h>
#include <stddef.h>

#include "core/err.h"
#include "core/study.h"

enum { UTILISATION_LINE = 240 }; /* samples of a line */

/* The line of the samples from this one on; NULL: no memory. */
json_t *line_utilisation(int plan, const struct comparison *, size_t first);

/* Adds what a line holds to the comparison's; the first line that is read may
 * be any. What does not follow on those before fails, as numbers that cannot
 * be do, with EXIT_USAGE and adds nothing. */
int decode_utilisation(const json_t *, struct comparison *, struct err *);

#endif
