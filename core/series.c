/* SPDX-License-Identifier: Apache-2.0 */
#include "core/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/stats.h"

/* ---- Trend ---- */

#define SLOPE_POINTS 1000

/* Slopes of all pairs (i, j > i) with j - i a multiple of step, sorted. */
static int slopes_sorted(const double *y, size_t n, double **out, size_t *count,
                         struct err *err)
{
    size_t step = 1 + (n - 1) / SLOPE_POINTS, pairs = 0, done = 0;
    double *slope;

    for (size_t i = 0; i < n; i++)
        pairs += (n - 1 - i) / step;
    slope = malloc((pairs + 1) * sizeof *slope);
    if (!slope)
        return err_set(err, EXIT_RESOURCE, "no memory for %zu slopes", pairs);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + step; j < n; j += step)
            slope[done++] = (y[j] - y[i]) / (double)(j - i);
    stats_sort(slope, done);
    *out = slope;
    *count = done;
    return 0;
}

/* Sum over the groups of t equal values of t (t - 1) (2 t + 5). */
static double kendall_ties(const double *sorted, size_t n)
{
    double sum = 0;

    for (size_t first = 0, end; first < n; first = end) {
        double t;

        for (end = first + 1; end < n && sorted[end] == sorted[first]; end++)
            continue;
        t = (double)(end - first);
        sum += t * (t - 1) * (2 * t + 5);
    }
    return sum;
}

/* Mann-Kendall: pairs that rise less pairs that fall, against normal. */
static double trend_p(const double *y, size_t n, const double *sorted)
{
    double m = (double)n, s = 0;
    double variance =
        (m * (m - 1) * (2 * m + 5) - kendall_ties(sorted, n)) / 18;

    if (n < 3 || variance == 0)
        return 1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            s += (y[j] > y[i]) - (y[j] < y[i]);
    return fmin(1, erfc((fabs(s) - 1) / sqrt(2 * variance)));
}

int stats_theil_sen(const double *y, size_t n, struct trend *out,
                    struct err *err)
{
    struct trend trend = {0, NAN, 1};
    double *slope = NULL, *sorted;
    size_t pairs = 0;

    if (stats_sorted_copy(y, n, &sorted, err) < 0)
        return -1;
    if (n > 1) {
        if (slopes_sorted(y, n, &slope, &pairs, err) < 0) {
            free(sorted);
            return -1;
        }
        trend.slope = stats_quantile_sorted(slope, pairs, 0.5);
        free(slope);
    }
    trend.p = trend_p(y, n, sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = y[i] - trend.slope * (double)i;
    stats_sort(sorted, n);
    trend.intercept = stats_quantile_sorted(sorted, n, 0.5);
    free(sorted);
    *out = trend;
    return 0;
}

/* ---- Autocorrelation ---- */

double stats_autocorrelation(const double *y, size_t n)
{
    double mean = 0, square = 0, product = 0;

    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        square += (y[i] - mean) * (y[i] - mean);
        if (i > 0)
            product += (y[i] - mean) * (y[i - 1] - mean);
    }
    return square > 0 ? product / square : 0;
}

/* ---- Change of level ---- */

/* The U_t of Pettitt furthest from 0; t values stand before the change. */
static double pettitt_peak(const double *rank, size_t n, size_t *t)
{
    double u = 0, peak = 0;

    *t = 1;
    for (size_t i = 0; i + 1 < n; i++) {
        u += 2 * rank[i] - (double)(n + 1);
        if (fabs(u) > peak) {
            peak = fabs(u);
            *t = i + 1;
        }
    }
    return peak;
}

int stats_change_point(const double *y, size_t n, struct change *out,
                       struct err *err)
{
    struct change change = {0, NAN, NAN, 1};
    double *rank, peak, m = (double)n;

    if (n > 1) {
        rank = malloc(n * sizeof *rank);
        if (!rank)
            return err_set(err, EXIT_RESOURCE, "no memory for %zu ranks", n);
        if (stats_midranks(y, n, rank, err) < 0) {
            free(rank);
            return -1;
        }
        peak = pettitt_peak(rank, n, &change.index);
        free(rank);
        change.p = fmin(1, 2 * exp(-6 * peak * peak / (m * m * m + m * m)));
        if (stats_median(y, change.index, &change.before, err) < 0 ||
            stats_median(y + change.index, n - change.index, &change.after,
                         err) < 0)
            return -1;
    }
    *out = change;
    return 0;
}

/* ---- Steady or not ---- */

#define STEADY_ALPHA 0.01
#define STEADY_Z     2.33 /* one-sided, of STEADY_ALPHA */

const char *stats_steady_name(enum steady state)
{
    switch (state) {
    case STEADY_UNKNOWN: return "unknown";
    case STEADY_YES: return "steady";
    case STEADY_WARMING: return "warming";
    case STEADY_DRIFTING: return "drifting";
    case STEADY_TWO_LEVEL: return "two-level";
    }
    return "?";
}

/* Whether two levels leave smaller residuals than the line. */
static bool step_fits_better(const double *y, size_t n,
                             const struct steadiness *s)
{
    double line = 0, step = 0;

    for (size_t i = 0; i < n; i++) {
        const struct change *c = &s->change;

        line += fabs(y[i] - s->trend.intercept - s->trend.slope * (double)i);
        step += fabs(y[i] - (i < c->index ? c->before : c->after));
    }
    return step < line;
}

/* Whether y goes somewhere, surely and far enough. */
static bool moves(const struct steadiness *s, size_t n, double tolerance)
{
    double drift = fabs(s->trend.slope) * ((double)n - 1);
    double jump = fabs(s->change.after - s->change.before);

    return fmin(s->trend.p, s->change.p) < STEADY_ALPHA &&
           fmax(drift, jump) > tolerance;
}

static int measure(const double *y, size_t n, struct steadiness *s,
                   struct err *err)
{
    s->state = STEADY_UNKNOWN;
    s->autocorrelation = stats_autocorrelation(y, n);
    if (stats_theil_sen(y, n, &s->trend, err) < 0)
        return -1;
    return stats_change_point(y, n, &s->change, err);
}

/* Of a series that moves. */
static int classify_move(const double *y, size_t n, double tolerance,
                         struct steadiness *s, struct err *err)
{
    size_t head = n / 3;
    struct steadiness rest;

    if (measure(y + head, n - head, &rest, err) < 0)
        return -1;
    if (s->change.after < s->change.before &&
        rest.trend.slope > s->trend.slope / 2 &&
        !moves(&rest, n - head, tolerance))
        s->state = STEADY_WARMING;
    else
        s->state =
            step_fits_better(y, n, s) ? STEADY_TWO_LEVEL : STEADY_DRIFTING;
    return 0;
}

int stats_steady(const double *y, size_t n, double tolerance,
                 struct steadiness *out, struct err *err)
{
    struct steadiness s;
    double low, high;

    if (measure(y, n, &s, err) < 0 ||
        stats_quantile(y, n, 0.25, &low, err) < 0 ||
        stats_quantile(y, n, 0.75, &high, err) < 0)
        return -1;
    if (n >= STATS_STEADY_LEAST) {
        bool wanders = s.autocorrelation > STEADY_Z / sqrt((double)n);

        s.state =
            wanders && high - low > tolerance ? STEADY_DRIFTING : STEADY_YES;
        if (moves(&s, n, tolerance) &&
            classify_move(y, n, tolerance, &s, err) < 0)
            return -1;
    }
    *out = s;
    return 0;
}
