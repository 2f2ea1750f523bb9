/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How busy each core (logical CPU) was while a comparison ran, as plain data,
 * in two views:
 *
 *   samples  one a period, on a fixed grid of time: how the use went on. A
 *            sample is a cell's when it lies inside one of its trials in full.
 *   sums     what the kernel counted during all trials of a cell, warm-up too,
 *            from the order to run to the last worker's answer: right on the
 *            mean for trials of any length.
 *
 * Busy is whatever is neither idle nor waiting for a disk nor stolen; stolen
 * is what a hypervisor gave to others. So busy, stolen and idle make a whole.
 * The kernel counts in ticks (of 10 ms nearly everywhere, tick_ns), so a sample
 * of 100 ms has steps of ten percent.
 */
#ifndef DRIVE_CORE_UTILISATION_H
#define DRIVE_CORE_UTILISATION_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum { PERCENT_UNKNOWN = 255 };

/* Ticks of one CPU, as sums since the boot or as a difference of such. */
struct ticks {
    uint64_t busy, stolen, total;
};

struct utilisation {
    uint64_t period_ns, tick_ns;
    uint64_t first_ns; /* CLOCK_MONOTONIC, end of sample 0; i ends i periods
                          later */
    uint64_t cost_ns;  /* CPU time of sampling, all of it */
    int cpus;          /* 0: nothing was sampled */
    int *cpu;          /* [cpus], numbers of the operating system, owned */
    int cells;
    struct ticks *sum; /* [cells * cpus], owned */
    size_t samples, room;
    signed char *cell;     /* [samples], -1: of none; owned */
    unsigned char *busy;   /* [samples * cpus], percent; owned */
    unsigned char *stolen; /* the same */
    struct err why;        /* .code not 0: what was missed, and why */
};

/* Room for so many CPUs and cells, all sums 0, no samples; EXIT_RESOURCE. The
 * rest is kept as it is. */
int utilisation_init(struct utilisation *, int cpus, int cells, struct err *);

/* Adds a sample of no cell with nothing known; -1: no memory. */
int utilisation_add(struct utilisation *);

void utilisation_free(struct utilisation *); /* what it owns, and clears it */

/* Share of the ticks of a cell's trials that the CPU with this index was busy,
 * 0 to 1; NAN where no tick was counted. */
double utilisation_mean(const struct utilisation *, int cell, int index);

/* The samples that are a cell's; -1: of none. */
size_t utilisation_count(const struct utilisation *, int cell);

#endif
