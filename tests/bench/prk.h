/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the OpenMP and the MPI loops after the Parallel Research Kernels (Van
 * der Wijngaart and Mattson, "The Parallel Research Kernels", HPEC 2014) have
 * in common: the star, and what results must be.
 */
#ifndef DRIVE_TESTS_BENCH_PRK_H
#define DRIVE_TESTS_BENCH_PRK_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rng.h"

/* Known to the compiler, as in the originals. */
enum { STAR = 2, STAR_SIDE = 2 * STAR + 1 };

/* Weights at distance k on either axis, and 0 elsewhere. */
struct prk_star {
    double weight[STAR_SIDE][STAR_SIDE];
};

static inline struct prk_star prk_star_make(void)
{
    struct prk_star s = {.weight = {{0}}};

    for (int k = 1; k <= STAR; k++) {
        double w = 1.0 / (2.0 * k * STAR);

        s.weight[STAR][STAR + k] = s.weight[STAR + k][STAR] = w;
        s.weight[STAR][STAR - k] = s.weight[STAR - k][STAR] = -w;
    }
    return s;
}

/* out += star around in; rows of both are `stride` apart. */
static inline __attribute__((always_inline)) void prk_star_row(
    const struct prk_star *s, double *restrict out, const double *restrict in,
    size_t stride, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int k = -STAR; k <= STAR; k++)
            out[i] += s->weight[STAR][STAR + k] * in[(ptrdiff_t)i + k];
        for (int k = -STAR; k < 0; k++)
            out[i] += s->weight[STAR + k][STAR] *
                      in[(ptrdiff_t)i + k * (ptrdiff_t)stride];
        for (int k = 1; k <= STAR; k++)
            out[i] += s->weight[STAR + k][STAR] *
                      in[(ptrdiff_t)i + k * (ptrdiff_t)stride];
    }
}

/* Each iteration adds 2 where the star fits, and nothing elsewhere. */
static inline double prk_star_error(double out, bool inside, int iterations)
{
    return fabs(out - (inside ? 2.0 * iterations : 0));
}

/* As the kernel `stencil` does. */
static inline uint64_t prk_star_checksum(uint64_t index, double out,
                                         int iterations)
{
    return rng_checksum(index, rint(out / iterations * 1024));
}

/* A starts as row n + column + 1, as in the kernel `transpose`. */
static inline double prk_matrix(size_t n, size_t row, size_t column)
{
    return (double)row * (double)n + (double)column + 1;
}

/* What the increments of A add to each element of B in `iterations`, when A was
 * `before` above its start. */
static inline double prk_added(int iterations, double before)
{
    return iterations * before + iterations * (iterations - 1.0) / 2;
}

#endif
