/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores past the caches (non-temporal): they spare the reading of what is
 * overwritten whole. Worth it where the data outlive no cache. Without AVX all
 * of it is left to plain loops.
 */
#ifndef DRIVE_KERNELS_PAST_H
#define DRIVE_KERNELS_PAST_H

#include <stdbool.h>
#include <stddef.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

#include "core/mem.h"
#include "core/param.h"

enum stores { STORES_AUTO, STORES_CACHED, STORES_PAST };

static const char *const store_choices[] = {"auto", "cached", "past", NULL};

#define STORES_PARAM                                                     \
    {                                                                    \
        .name = "stores", .type = PARAM_CHOICE, .def = "auto",           \
        .choices = store_choices,                                        \
        .help = "cached, past the caches, or auto: past them where the " \
                "vectors are twice as large as the last of them"         \
    }

/* Whether to store past the caches what is part of `bytes` in all. */
static inline bool past_caches(enum stores stores, double bytes)
{
    double cache = (double)mem_last_cache();

    if (stores != STORES_AUTO)
        return stores == STORES_PAST;
    return cache > 0 && bytes > 2 * cache;
}

/* a = b + s c and to = from for as many of n elements as make whole registers;
 * both return how many that were. All aligned to 64 bytes. */
static inline size_t past_triad(double *a, const double *b, double s,
                                const double *c, size_t n)
{
    size_t i = 0;

#ifdef __AVX__
    __m256d factor = _mm256_set1_pd(s);

    for (; i + 4 <= n; i += 4) {
        __m256d x = _mm256_mul_pd(factor, _mm256_load_pd(c + i));

        _mm256_stream_pd(a + i, _mm256_add_pd(_mm256_load_pd(b + i), x));
    }
    _mm_sfence();
#else
    (void)a, (void)b, (void)s, (void)c, (void)n;
#endif
    return i;
}

static inline size_t past_copy(double *to, const double *from, size_t n)
{
    size_t i = 0;

#ifdef __AVX__
    for (; i + 4 <= n; i += 4)
        _mm256_stream_pd(to + i, _mm256_load_pd(from + i));
    _mm_sfence();
#else
    (void)to, (void)from, (void)n;
#endif
    return i;
}

#endif
