/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counting trials of one cell, for formats that want them together while
 * a record has them in turns: set aside in a temporary file without a name,
 * with what follows from them. For results/export/ only.
 */
#ifndef DRIVE_RESULTS_EXPORT_SPOOL_H
#define DRIVE_RESULTS_EXPORT_SPOOL_H

#include <stdint.h>
#include <stdio.h>

#include "core/err.h"
#include "core/median.h"
#include "core/study.h"

/* What is kept of a trial; times are those of one step. */
struct spooled {
    uint64_t ns, cpu_ns, system_ns;
    uint32_t repeats;
};

/* Mean and spread as they come (Welford, Technometrics 4, 1962); the median
 * after core/median.h. */
struct moments {
    double mean, squares; /* of the differences from the mean */
    struct median median;
};

/* All zero to begin with. */
struct spool {
    FILE *file;
    size_t n;
    struct moments wall, cpu, system;
    uint64_t min_ns, max_ns;
};

/* Fails with EXIT_RESOURCE. */
int spool_add(struct spool *, const struct trial *, struct err *);

/* From the first one on, again: 1: *out is the next; 0: there are no more. */
int spool_rewind(struct spool *, struct err *);
int spool_next(struct spool *, struct spooled *out, struct err *);

/* As hyperfine and Google Benchmark have it, over n - 1; NAN below two. */
double spool_stddev(const struct spool *, const struct moments *);

void spool_clear(struct spool *); /* frees what it owns; all zero again */

#endif
