/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statistics of one comparison: order statistics, and the signed-rank
 * estimate and test for paired blocks. Several pairs and their verdicts:
 * core/pairs.h. Two independent samples, or more than two treatments:
 * core/ranktests.h. One series in time: core/series.h.
 *
 * A pair of executors is compared through x[n], one log ratio a block:
 * x[i] = log(time of a / time of b). Ratios, intervals and margins are all on
 * that scale: a margin of 2 % is log1p(0.02), a printed ratio is exp(value).
 *
 * All functions are pure, hence thread-safe, and work in any unit. They do
 * not change their inputs, in any order, which must be finite and below 1e307
 * in size. Those returning int give 0, or -1 with err filled and outputs
 * untouched: EXIT_RESOURCE if memory is short, EXIT_WRONG if a value is not
 * finite. They allocate O(n) for the length of the call.
 */
#ifndef DRIVE_CORE_STATS_H
#define DRIVE_CORE_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* Null distributions are exact up to this many values, normal beyond. */
#define STATS_EXACT_MAX 50

struct interval {
    double low, high;
};

struct estimate {
    double value;       /* NAN if n == 0 */
    struct interval ci; /* both NAN unless valid */
    double level;       /* confidence achieved, >= the one asked; 0 if !valid */
    size_t n;           /* values it rests on */
    bool valid;         /* false: n too small for an interval at this level */
};

/* ---- Order statistics; O(n log n) ---- */

/* In place, ascending. O(n log n) for any input, no allocation. */
void stats_sort(double *x, size_t n);

/* *out: a sorted copy of x, never NULL, which the caller frees. */
int stats_sorted_copy(const double *x, size_t n, double **out, struct err *err);

/* The q-quantile, 0 <= q <= 1, of an ascending x; NAN if n == 0. Type 7 of
 * Hyndman & Fan (The American Statistician 50, 1996), as R and NumPy do by
 * default. O(1), no allocation. */
double stats_quantile_sorted(const double *x, size_t n, double q);

/* The same for x in any order, and the median (q = 1/2). */
int stats_quantile(const double *x, size_t n, double q, double *out,
                   struct err *err);
int stats_median(const double *x, size_t n, double *out, struct err *err);

/* Median absolute deviation from the median, unscaled: times 1.4826 it
 * estimates a normal sigma. */
int stats_mad(const double *x, size_t n, double *out, struct err *err);

/* rank[i] = rank of x[i] from 1, equal values sharing the mean of their ranks
 * (mid-ranks): whole or half numbers. */
int stats_midranks(const double *x, size_t n, double *rank, struct err *err);

/* P(Z <= z) of a symmetric law near the standard normal one: Edgeworth's
 * series up to the fourth cumulant, its excess (kurtosis less 3). No error. */
double stats_normal_tail(double z, double excess);

/* ---- One sample of paired differences: Wilcoxon's signed rank ---- */

/*
 * Hodges-Lehmann estimate, the median of the n(n+1)/2 Walsh averages
 * (x[i] + x[j]) / 2 over i <= j, with the interval got by inverting the
 * signed-rank test: the k-th smallest to the k-th largest Walsh average.
 * It assumes independent values with a symmetric distribution, which the log
 * ratio of two exchangeable times has. (Hodges & Lehmann, Annals of
 * Mathematical Statistics 34, 1963; Hollander & Wolfe, Nonparametric
 * Statistical Methods, 3.2-3.3.)
 *
 * level: confidence wanted, 0 < level < 1; for m simultaneous intervals give
 * 1 - alpha / m. The interval is invalid if n < stats_blocks_least(level).
 * k and the level achieved are exact for n <= STATS_EXACT_MAX; beyond they rest
 * on stats_normal_tail() with continuity correction, which is wrong by less
 * than 3e-5 (Fellingham & Stoker, Journal of the American Statistical
 * Association 59, 1964). Ties make the interval wider, never narrower.
 *
 * The Walsh averages are not stored: each one wanted is selected, exactly, by
 * a few passes of O(n) over the sorted sample: about 15 for all three at
 * n = 1000, more if values differ by many orders of magnitude. Memory O(n).
 */
int stats_signed_rank(const double *x, size_t n, double level,
                      struct estimate *out, struct err *err);

enum tail {
    TAIL_BOTH,   /* the centre is not mu */
    TAIL_LESS,   /* the centre is below mu */
    TAIL_GREATER /* the centre is above mu */
};

/*
 * p value of Wilcoxon's signed-rank test of a centre at mu against the named
 * alternative. Values equal to mu are dropped, ties get mid-ranks. Up to
 * STATS_EXACT_MAX remaining values p comes from the exact distribution given
 * those ranks; beyond, from the approximation above with those ranks' own
 * cumulants. One tail is then wrong by less than 3e-5 without ties, 1e-4 with
 * some, up to 0.025 if only two or three distances from mu occur. No value
 * left: p = 1. The p of both sides is twice the smaller tail, at most 1.
 */
int stats_signed_rank_p(const double *x, size_t n, double mu, enum tail tail,
                        double *p, struct err *err);

/* Two one-sided signed-rank tests of |centre| >= margin (margin > 0): *p is
 * the larger p value; at or below alpha it says that the centre lies within
 * +-margin. Without ties that is when the 1 - 2 alpha interval does.
 * (Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15, 1987.) */
int stats_tost(const double *x, size_t n, double margin, double *p,
               struct err *err);

/* The fewest values for which stats_signed_rank() has an interval at this
 * level: the least n with 2^-n <= (1 - level) / 2. 90 %: 5, 95 %: 6, 95 %
 * over 3 pairs: 7, over 6 pairs: 8. */
size_t stats_blocks_least(double level);

#endif
