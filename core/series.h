/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One series in time order, y[n]: did it hold still? Meant for the log times
 * of one executor over the blocks. The rules of core/stats.h on purity,
 * inputs and errors hold here too.
 */
#ifndef DRIVE_CORE_SERIES_H
#define DRIVE_CORE_SERIES_H

#include <stddef.h>

#include "core/err.h"

struct trend {
    double slope;     /* per step of the index; 0 if n < 2 */
    double intercept; /* median of y[i] - slope i; NAN if n == 0 */
    double p;         /* Mann-Kendall, two-sided; 1 if n < 3 or all tied */
};

/*
 * Theil-Sen slope: the median of the slopes of all pairs of points, which
 * survives 29 % of wild values; with the p value of Kendall's rank
 * correlation with the index (normal law, continuity and tie correction).
 * Beyond 1000 points only pairs whose distance is a multiple of
 * ceil(n / 1000) are used for the slope; p always uses all. Time
 * O(n^2 log n), memory 8 bytes a pair: 4 MB at n = 1000, in proportion to n
 * beyond.
 * (Sen, Journal of the American Statistical Association 63, 1968; Kendall,
 * Rank Correlation Methods, 1975.)
 */
int stats_theil_sen(const double *y, size_t n, struct trend *out,
                    struct err *err);

/* Lag-1 autocorrelation about the mean: sum of (y[i] - m)(y[i+1] - m) over
 * sum of (y[i] - m)^2. Between -1 and 1; 0 if n < 2 or y is constant. O(n), no
 * allocation. (Box & Jenkins, Time Series Analysis, 2.1.) */
double stats_autocorrelation(const double *y, size_t n);

struct change {
    size_t index;         /* the second level begins here; 0 if n < 2 */
    double before, after; /* medians of the two parts; NAN if n < 2 */
    double p;             /* approximate, conservative for small n */
};

/* The likeliest single change of level, by Pettitt's test: K = max |U_t|,
 * p = min(1, 2 exp(-6 K^2 / (n^3 + n^2))); the first maximum counts. Below
 * n = 11 p cannot fall under 5 %, below 16 not under 1 %. O(n log n).
 * (Pettitt, Applied Statistics 28, 1979.) */
int stats_change_point(const double *y, size_t n, struct change *out,
                       struct err *err);

enum steady {
    STEADY_UNKNOWN,  /* fewer than STATS_STEADY_LEAST values */
    STEADY_YES,      /* holds still, as far as can be seen */
    STEADY_WARMING,  /* high at first, settles within the first third */
    STEADY_DRIFTING, /* a slope, or slow wandering */
    STEADY_TWO_LEVEL /* jumps once, and stays */
};

#define STATS_STEADY_LEAST 10

struct steadiness {
    enum steady state;
    struct trend trend;
    struct change change;
    double autocorrelation;
};

/* "unknown", "steady", "warming", "drifting", "two-level" */
const char *stats_steady_name(enum steady state);

/*
 * Classifies y; tolerance (> 0, in y's unit) is what is worth mentioning, for
 * log times half the margin. Tests are at 1 %, so that of identical,
 * independent trials less than 3 % are called anything but steady. In order:
 *   unknown    n < STATS_STEADY_LEAST.
 *   If it moves, that is, trend.p or change.p is below 1 % and the larger of
 *   the drift |slope| (n - 1) and the jump |after - before| above tolerance:
 *     warming    after < before, and its last two thirds by themselves do not
 *                move and have less than half the slope;
 *     two-level  else, if the two medians leave a smaller sum of absolute
 *                residuals than the line;
 *     drifting   else.
 *   drifting   the autocorrelation is above 2.33 / sqrt(n), and the
 *              interquartile range above tolerance: it wanders.
 *   steady     otherwise.
 */
int stats_steady(const double *y, size_t n, double tolerance,
                 struct steadiness *out, struct err *err);

#endif
