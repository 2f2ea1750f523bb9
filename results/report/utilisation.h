/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How busy each core was, as text for people: a line for each executor and
 * CPU with the mean over all its trials and a sparkline of how it went on, one
 * character a sample or several samples as one. Above UTILISATION_CPUS cores
 * three lines an executor: the least, the mean and the largest use over the
 * cores. 80 columns.
 *
 * Levels: eighths of a block, of the idlest '\u2581', or the ten characters
 * " .:-=+*#%@" where the terminal has ASCII only; '?' is not known.
 */
#ifndef DRIVE_RESULTS_REPORT_UTILISATION_H
#define DRIVE_RESULTS_REPORT_UTILISATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/err.h"
#include "core/study.h"

enum { UTILISATION_CPUS = 16, SPARKLINE = 48, SPARKLINE_TEXT = 3 * 48 + 1 };

/* Nothing where nothing was sampled. blocks: the reader's terminal shows
 * UTF-8. Fails with EXIT_RESOURCE. */
int utilisation_print(FILE *, const struct comparison *, bool blocks,
                      struct err *);

/* Shares from 0 to 1, NAN where not known, as at most SPARKLINE characters;
 * returns out, which is terminated. */
char *sparkline_format(const double *share, size_t n, bool blocks,
                       char out[SPARKLINE_TEXT]);

/* Makes at most `most` of n values, in place, by the means of as many as
 * possible alike groups of neighbours; NANs do not count. Returns how many
 * there are now. */
size_t series_thin(double *x, size_t n, size_t most);

#endif
