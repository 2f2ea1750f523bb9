/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The median of any number of times in bounded memory, one look at each: a
 * record of gigabytes has one without being held.
 *
 * Up to MEDIAN_EXACT values it is exact, as stats_quantile(0.5) has it. Beyond
 * that values are counted in bins, 4096 to each octave (as HdrHistogram does),
 * and the median is off by half a bin at most: a factor of 2^-13, 0.0122 %.
 * Memory: 128 KiB while exact, then 32 KiB for each octave that has values, so
 * 2 MiB at the very most.
 */
#ifndef DRIVE_CORE_MEDIAN_H
#define DRIVE_CORE_MEDIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEDIAN_EXACT = 1 << 14, MEDIAN_OCTAVES = 64 };

/* All zero to begin with. */
struct median {
    size_t n;
    double *exact; /* NULL once they are counted */
    size_t room;
    uint64_t *octave[MEDIAN_OCTAVES]; /* [4096], or NULL: none */
};

/* -1: no memory. */
int median_add(struct median *, uint64_t value);

/* NAN for none. Sorts what is exact. */
double median_value(struct median *);

void median_clear(struct median *); /* frees what it owns; all zero again */

#endif
