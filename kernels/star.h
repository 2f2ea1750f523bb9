/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `stencil` computes with: a star of weights on a grid of points, and how
 * such a grid is cut among workers. The star is that of the Parallel Research
 * Kernels (Van der Wijngaart and Mattson, "The Parallel Research Kernels", HPEC
 * 2014): at distance k on either axis 1 / (2 k radius), negative to the left
 * and above, a discrete divergence.
 */
#ifndef DRIVE_KERNELS_STAR_H
#define DRIVE_KERNELS_STAR_H

#include <stddef.h>

enum { STAR_RADIUS_MAX = 32 };

struct star {
    int radius;
    /* centre; then for k = 1 .. radius left, right, above, below */
    double weight[4 * STAR_RADIUS_MAX + 1];
};

struct star star_make(int radius); /* 1 .. STAR_RADIUS_MAX */

/* out[count] += the star around each of in[count], whose rows are `stride`
 * apart. Reads in[-radius] .. in[count + radius - 1] and `radius` rows above
 * and below; out may not overlap them. */
void star_row(const struct star *, double *out, const double *in, size_t stride,
              size_t count);

/* The same, term by term: what a test compares with. */
void star_reference_row(const struct star *, double *out, const double *in,
                        size_t stride, size_t count);

/* Multiply-adds of the star and the one of `in += 1`, as the paper counts. */
double star_flops(int radius);

/* Columns that a sweep down the rows takes at once, so that the rows that the
 * star spans stay in the second-level cache. */
size_t star_strip(int radius);

struct grid {
    int rows, columns;
};

/* The rows x columns = workers that have least to hand over, where every part
 * has as many rows and columns as the star's radius, so that a halo comes from
 * one neighbour. Halo rows are contiguous, halo columns are not: a line of
 * memory moves for each `radius` points. They count four times as much, so that
 * up to some 16 workers get rows only. Without such a grid rows is 0. */
struct grid grid_choose(size_t n, int radius, int workers);

#endif
