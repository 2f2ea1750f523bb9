/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rank tests for two independent samples (the launch medians of two sides of
 * `drive compare`) and for several treatments in blocks. The rules of
 * core/stats.h on purity, inputs and errors hold here too.
 */
#ifndef DRIVE_CORE_RANKTESTS_H
#define DRIVE_CORE_RANKTESTS_H

#include <stddef.h>

#include "core/err.h"
#include "core/stats.h"

/* With few the smaller of two samples and all the number of values of both,
 * the rank-sum null distribution is exact up to this few * all (25 v 25,
 * 4 v 308), normal beyond. */
#define STATS_EXACT_PRODUCT 1250

/*
 * Wilcoxon's rank sum (Mann-Whitney) of y[n] against x[m].
 *
 * shift: Hodges-Lehmann estimate of how far y lies above x, the median of
 * the m n differences y[j] - x[i], with the interval got by inverting the
 * test (the k-th smallest to the k-th largest difference); its n is m + n. It
 * is invalid if the samples are too small for the level: at 95 % below 4 v 4
 * (3 v 5, 2 v 8). Ties make it wider, never narrower.
 * p: two-sided, twice the smaller tail, ties at mid-ranks, exact given the
 * ranks within STATS_EXACT_PRODUCT. Beyond: stats_normal_tail() with continuity
 * and tie correction, either tail of untied samples wrong by less than 7e-4,
 * if the smaller has at least 4 values. An empty sample gives p = 1.
 *
 * Time O(m n log m n), memory O(m n), and for the exact distribution at most
 * 3 million steps and 0.5 MB. (Hodges & Lehmann 1963; Fix & Hodges, Annals
 * of Mathematical Statistics 26, 1955; Hollander & Wolfe, Nonparametric
 * Statistical Methods, 4.1-4.3.)
 */
int stats_rank_sum(const double *x, size_t m, const double *y, size_t n,
                   double level, struct estimate *shift, double *p,
                   struct err *err);

/*
 * Friedman's test that k treatments do not differ, over a[blocks][k],
 * row-major: ranks within each block (mid-ranks for ties, with the
 * correction for them); *statistic is referred to chi-square with k - 1 degrees
 * of freedom. With fewer than 2 blocks or 2 treatments, or everything tied:
 * statistic 0, p 1. O(blocks k log k). (Hollander & Wolfe, 7.1; the
 * chi-square tail by its finite sum, Abramowitz & Stegun 26.4.4-5.)
 */
int stats_friedman(const double *a, size_t blocks, size_t k, double *statistic,
                   double *p, struct err *err);

#endif
