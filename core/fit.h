/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laws of scaling, fitted to measured rates. X(p), the rate with p workers:
 *
 *   FIT_LINEAR     gamma p                              nothing is lost
 *   FIT_AMDAHL     gamma p / (1 + alpha (p - 1))        alpha is serial
 *   FIT_USL        gamma p / (1 + alpha (p - 1) + beta p (p - 1))
 *   FIT_GUSTAFSON  gamma (p - alpha (p - 1))            of a growing problem
 *
 * gamma is the rate of one worker (scale), alpha the serial share, in [0, 1]
 * (contention), beta >= 0 what keeping p workers coherent costs. Linear is
 * Amdahl with alpha = 0, Amdahl is the Universal Scalability Law with beta = 0.
 * (Amdahl, AFIPS Spring Joint Computer Conference 1967; Gustafson,
 * Communications of the ACM 31, 1988; Gunther, "A simple capacity model of
 * massively parallel transaction systems", CMG 1993, and "Guerrilla Capacity
 * Planning", 2007.)
 *
 * Fitted is log X on all trials by least squares, with bounds on alpha and
 * beta, so that every trial's error is a share of its time: Gauss-Newton
 * with Marquardt's damping (Journal of SIAM 11, 1963) over the parameters that
 * are not held by a bound, from several starts.
 *
 * Intervals are 95 % percentiles of FIT_DRAWS bootstrap fits: each draws new
 * trials within each point from that point's own deviations, widened by
 * sqrt(n / (n - 1)) as deviations from a mean are too small. A law that strays
 * from the points by more than their noise is no law of theirs: where the mean
 * square of the points about the curve exceeds that of the trials about their
 * points, all deviations are widened by the root of that ratio, `strays`.
 * (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993; Birge,
 * Physical Review 40, 1932, for the ratio.) Intervals do not know of what
 * differs from launch to launch.
 *
 * AICc compares laws on the same trials: n log(sse / n) + 2 k + 2 k (k + 1) /
 * (n - k - 1), k counting the variance too. A law 2 above the best is worse,
 * one 10 above is ruled out. (Burnham & Anderson, "Model Selection and
 * Multimodel Inference", 2002, 2.4 and 2.6.)
 */
#ifndef DRIVE_CORE_FIT_H
#define DRIVE_CORE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/stats.h"

enum fit_law { FIT_LINEAR, FIT_AMDAHL, FIT_USL, FIT_GUSTAFSON, FIT_LAWS };

/* Fewer points, or fewer trials at any of them, are not fitted. */
enum { FIT_POINTS = 5, FIT_TRIALS = 5, FIT_POINTS_MAX = 256, FIT_DRAWS = 599 };

/* All trials with so many workers: logarithms of their rates. */
struct fit_point {
    int workers;
    const double *log_rate; /* borrowed */
    size_t n;
};

struct fit {
    enum fit_law law;
    double gamma, alpha, beta; /* 0 where the law has none */
    struct interval gamma_ci, alpha_ci, beta_ci;
    double sse, aicc; /* of the logarithms */
    double strays;    /* >= 1 */
    size_t points, trials;
    int largest; /* workers measured */

    /* FIT_USL only: sqrt((1 - alpha) / beta), where more workers begin to
     * cost. NAN, and no interval, unless fit_coherency_holds(). */
    double peak;
    struct interval peak_ci;

    /* Twice the largest number of workers, and the rate there. */
    int ahead;
    double ahead_rate;
    struct interval ahead_ci;
};

/* NULL, or why these points are not fitted: a text that is a constant. Points
 * are of different numbers of workers. */
const char *fit_refusal(const struct fit_point *, size_t points);

/* Fits one law to points that are not refused. `seed`: of the bootstrap, which
 * is the same for the same. Fails with EXIT_WRONG for values that are not
 * finite, EXIT_RESOURCE for want of memory; EXIT_USAGE for refused points. */
int fit_law(enum fit_law, const struct fit_point *, size_t points,
            uint64_t seed, struct fit *, struct err *);

/* X(workers) by the law. */
double fit_rate(const struct fit *, double workers);

/* Whether beta is there at all: its interval lies above 0. */
bool fit_coherency_holds(const struct fit *);

/* Whether the peak may be told: beta holds, and the peak and its interval's
 * upper end lie within what was measured. */
bool fit_peak_holds(const struct fit *);

/* The one with the least AICc; of those within 2 of it the one with the fewest
 * parameters. -1 of none. */
int fit_best(const struct fit *, int fits);

/*
 * Whether the data carry the rate at `ahead`, twice the largest count: all laws
 * that are not ruled out (AICc within 10 of the least) must agree there, their
 * intervals together lying within +-10 % of the best one's value. *hull is
 * those intervals together. Beyond `ahead` nothing is carried.
 */
bool fit_carries(const struct fit *, int fits, struct interval *hull);

/* "linear", "Amdahl", "USL", "Gustafson" */
const char *fit_law_name(enum fit_law);

#endif
