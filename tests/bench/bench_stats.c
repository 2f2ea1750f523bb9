/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what one stop decision costs: estimate and interval of every pair
 * among four executors, that is 6 pairs, at several numbers of blocks. The
 * measurement may look after each block only if this stays below 1 ms.
 */
#include "core/stats.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAIRS  6
#define BLOCKS 1000
#define LOOKS  200

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* 1 % of normal noise on both times, one in ten delayed by 5 % on average. */
static double log_ratio(uint64_t *state)
{
    double both[2];

    for (int side = 0; side < 2; side++) {
        double normal =
            sqrt(-2 * log(uniform(state))) * cos(2 * M_PI * uniform(state));

        both[side] = 1 + 0.01 * normal;
        if (uniform(state) < 0.1)
            both[side] -= 0.05 * log(uniform(state));
    }
    return log(both[0] / both[1]);
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static double decide_us(double x[PAIRS][BLOCKS], size_t n)
{
    double begin = now_us();
    struct estimate e;
    struct err err;

    for (int pair = 0; pair < PAIRS; pair++)
        if (stats_signed_rank(x[pair], n, 1 - 0.05 / PAIRS, &e, &err) < 0) {
            fprintf(stderr, "%s\n", err.text);
            exit(err.code);
        }
    return now_us() - begin;
}

int main(void)
{
    static const size_t blocks[] = {10, 50, 51, 200, BLOCKS};
    static double x[PAIRS][BLOCKS];
    uint64_t state = 20;

    printf("one stop decision, %d pairs, median and worst of %d, us\n", PAIRS,
           LOOKS);
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        double us[LOOKS];

        for (int look = 0; look < LOOKS; look++) {
            for (int i = 0; i < PAIRS * BLOCKS; i++)
                x[i / BLOCKS][i % BLOCKS] = log_ratio(&state);
            us[look] = decide_us(x, blocks[b]);
        }
        stats_sort(us, LOOKS);
        printf("%5zu blocks %8.1f %8.1f\n", blocks[b],
               stats_quantile_sorted(us, LOOKS, 0.5), us[LOOKS - 1]);
    }
    return 0;
}
