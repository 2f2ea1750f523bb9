/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fused multiply-adds on registers: as many independent chains as hide their
 * latency. Each computes x/2 + 1/2 from 1 on, which stays 1 exactly.
 */
#ifndef DRIVE_KERNELS_FMA_H
#define DRIVE_KERNELS_FMA_H

#include <stdint.h>

#if defined(__AVX512F__)
enum { FMA_VECTOR = 64 };
#elif defined(__AVX__)
enum { FMA_VECTOR = 32 };
#else
enum { FMA_VECTOR = 16 };
#endif

enum { FMA_CHAINS = 12, FMA_LANES = FMA_VECTOR / sizeof(double) };
enum { FMA_FLOP = 2 * FMA_LANES * FMA_CHAINS }; /* of one round */

/* One register; compilers spread operations on it over all lanes. */
struct fma_vector {
    double lane __attribute__((vector_size(FMA_VECTOR)));
};

struct fma {
    struct fma_vector chain[FMA_CHAINS];
    double half; /* 0.5, but not for the compiler to know */
};

static inline struct fma_vector fma_fill(double value)
{
    struct fma_vector v;

    for (int i = 0; i < FMA_LANES; i++)
        v.lane[i] = value;
    return v;
}

static inline void fma_init(struct fma *fma)
{
    for (int c = 0; c < FMA_CHAINS; c++)
        fma->chain[c] = fma_fill(1);
    fma->half = 0.5;
}

static inline void fma_run(struct fma *fma, int64_t rounds)
{
    struct fma_vector chain[FMA_CHAINS];
    struct fma_vector half = fma_fill(*(volatile double *)&fma->half);

    for (int c = 0; c < FMA_CHAINS; c++)
        chain[c] = fma->chain[c];
    for (int64_t r = 0; r < rounds; r++) {
        for (int c = 0; c < FMA_CHAINS; c++)
            chain[c].lane = chain[c].lane * half.lane + half.lane;
    }
    for (int c = 0; c < FMA_CHAINS; c++)
        fma->chain[c] = chain[c];
}

/* FMA_CHAINS * FMA_LANES, if all is right. */
static inline double fma_sum(const struct fma *fma)
{
    double sum = 0;

    for (int c = 0; c < FMA_CHAINS; c++) {
        for (int i = 0; i < FMA_LANES; i++)
            sum += fma->chain[c].lane[i];
    }
    return sum;
}

#endif
