/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the log ratios of several pairs, judged together, to one verdict each.
 * The rules of core/stats.h on purity, scale, inputs and errors hold here too.
 *
 * alpha is the chance of a false verdict one accepts, 0 < alpha < 1/2 (5 %);
 * margin > 0 is what size of a difference matters, as a log ratio.
 */
#ifndef DRIVE_CORE_PAIRS_H
#define DRIVE_CORE_PAIRS_H

#include <stddef.h>

#include "core/err.h"
#include "core/stats.h"

/* adjusted[i] = Holm's step-down adjustment of p[i] among m: rejecting those
 * below alpha keeps the chance of any false rejection at alpha. The arrays
 * must not overlap. O(m^2), no allocation. (Holm, Scandinavian Journal of
 * Statistics 6, 1979.) */
void stats_holm(const double *p, size_t m, double *adjusted);

enum verdict { VERDICT_INCONCLUSIVE, VERDICT_DIFFERENT, VERDICT_EQUAL };

/* "inconclusive", "different", "equal" */
const char *stats_verdict_name(enum verdict verdict);

/*
 * The rule, in this order:
 *   equal         narrow is valid and lies strictly inside +-margin;
 *   different     p_adjusted < alpha, and wide does not reach 0;
 *   inconclusive  otherwise.
 * narrow is the 1 - 2 alpha interval of the pair alone (90 % at alpha = 5 %),
 * p_adjusted its Holm-adjusted two-sided p value among all pairs compared,
 * wide its interval simultaneous over them. Holm's tests alone are sharper,
 * but nobody should read "different" beside an interval that holds 0.
 * So what is significant yet surely inside the margin is equal (it is no
 * news), and what is not significant is not for that reason equal.
 */
enum verdict stats_verdict(const struct estimate *wide,
                           const struct estimate *narrow, double p_adjusted,
                           double alpha, double margin);

/* One pair of executors: x[n], a log ratio for each block both took part in. */
struct sample {
    const double *x;
    size_t n;
};

struct pair {
    struct estimate ratio;  /* its interval simultaneous over all pairs */
    struct estimate narrow; /* same value, 1 - 2 alpha interval: for equality */
    double p;               /* two-sided signed rank against 0 */
    double p_adjusted;      /* Holm */
    enum verdict verdict;
    size_t more; /* stats_blocks_needed(); 0 unless inconclusive */
};

/*
 * Judges m pairs together: out[m] from sample[m]. The chance that any of m
 * identical pairs is called different is at most alpha; that a given pair at
 * or beyond the margin is called equal, at most alpha.
 * ratio's intervals have level 1 - alpha / m (Bonferroni), so that all m cover
 * with 1 - alpha.
 */
int stats_pairs(const struct sample *sample, size_t m, double alpha,
                double margin, struct pair *out, struct err *err);

/*
 * How many more blocks would probably settle an inconclusive pair: each side
 * of both intervals shrinks with 1 / sqrt(n) around an estimate that stays,
 * until narrow is inside +-margin or wide excludes 0, whichever is first. If
 * wide is not valid yet, what is missing until it is; level: the confidence
 * asked of it. At least 1; SIZE_MAX if it never would (an estimate of 0 with
 * a margin of 0). A forecast, to be printed as "about".
 */
size_t stats_blocks_needed(const struct estimate *wide,
                           const struct estimate *narrow, double level,
                           double margin);

#endif
