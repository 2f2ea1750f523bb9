/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ranktests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The null distribution of the rank sum ---- */

/* The sum of `few` of `all` ranks, every choice as likely. */
struct choice {
    size_t few, all;
    double mean, sigma, excess; /* of the sum; excess kurtosis as if untied */
    double *law; /* [top + 1]: chance of a doubled sum; NULL: normal */
    size_t top;  /* no doubled sum is larger */
};

/* Counts choices: ways[c][s] are those of c ranks with the doubled sum s,
 * which is whole for mid-ranks too. The last row becomes the law. */
static int choice_count(struct choice *c, const double *rank, struct err *err)
{
    size_t width = c->top + 1, most = 0;
    double *ways = calloc((c->few + 1) * width, sizeof *ways), total = 0;
    double *row = ways + c->few * width;

    if (!ways)
        return err_set(err, EXIT_RESOURCE, "no memory for %zu rank sums",
                       width);
    ways[0] = 1;
    for (size_t i = 0; i < c->all; i++) {
        size_t doubled = (size_t)(2 * rank[i]);

        most += most < c->few;
        for (size_t n = most; n > 0; n--)
            for (size_t s = doubled; s < width; s++)
                ways[n * width + s] += ways[(n - 1) * width + s - doubled];
    }
    for (size_t s = 0; s < width; s++)
        total += row[s];
    for (size_t s = 0; s < width; s++)
        ways[s] = row[s] / total;
    c->law = ways;
    return 0;
}

static int choice_open(struct choice *c, const double *rank, size_t few,
                       size_t all, struct err *err)
{
    double m = (double)few, n = (double)all, spread = 0;

    for (size_t i = 0; i < all; i++)
        spread += (rank[i] - (n + 1) / 2) * (rank[i] - (n + 1) / 2);
    c->few = few;
    c->all = all;
    c->mean = m * (n + 1) / 2;
    c->sigma = sqrt(m * (n - m) / n * spread / (n - 1));
    n -= m;
    c->excess = -1.2 * (m * m + n * n + m * n + m + n) / (m * n * (m + n + 1));
    c->law = NULL;
    c->top = few * (2 * all - few + 1);
    return few * all > STATS_EXACT_PRODUCT ? 0 : choice_count(c, rank, err);
}

static void choice_close(struct choice *c)
{
    free(c->law);
}

/* P(sum <= given); 1 if all ranks are tied. */
static double choice_normal(const struct choice *c, double sum)
{
    if (c->sigma == 0)
        return 1;
    return stats_normal_tail((sum + 0.5 - c->mean) / c->sigma, c->excess);
}

static double choice_below(const struct choice *c, double sum)
{
    double p = 0;

    if (!c->law)
        return choice_normal(c, sum);
    for (size_t s = 0; s <= (size_t)(2 * sum); s++)
        p += c->law[s];
    return p;
}

/* P(sum >= given), not assuming symmetry, which ties destroy. */
static double choice_above(const struct choice *c, double sum)
{
    double p = 0;

    if (!c->law)
        return choice_normal(c, 2 * c->mean - sum);
    for (size_t s = c->top; s >= (size_t)(2 * sum) && s > 0; s--)
        p += c->law[s];
    return p;
}

/* ---- The rank-sum test ---- */

static int rank_sum_p(const double *x, size_t m, const double *y, size_t n,
                      double *p, struct err *err)
{
    size_t all = m + n, few = m < n ? m : n;
    double *joint = malloc((2 * all + 1) * sizeof *joint), *rank = joint + all;
    double sum = 0;
    struct choice c;
    int status = -1;

    if (!joint)
        return err_set(err, EXIT_RESOURCE, "no memory to rank %zu values", all);
    /* The smaller sample first, as it is its ranks that are summed. */
    memcpy(joint, m < n ? x : y, few * sizeof *joint);
    memcpy(joint + few, m < n ? y : x, (all - few) * sizeof *joint);
    if (stats_midranks(joint, all, rank, err) < 0)
        goto out_free;
    for (size_t i = 0; i < few; i++)
        sum += rank[i];
    if (choice_open(&c, rank, few, all, err) < 0)
        goto out_free;
    *p = fmin(1, 2 * fmin(choice_below(&c, sum), choice_above(&c, sum)));
    choice_close(&c);
    status = 0;
out_free:
    free(joint);
    return status;
}

/* The largest k with P(U <= k - 1) <= tail for untied samples, where U is the
 * rank sum less its least value; and that probability. */
static int rank_sum_critical(size_t m, size_t n, double tail, size_t *k,
                             double *reached, struct err *err)
{
    size_t few = m < n ? m : n, low = 0, high = m * n / 2 + 1;
    double *rank = malloc((m + n) * sizeof *rank);
    double least = (double)few * ((double)few + 1) / 2;
    struct choice c;

    if (!rank)
        return err_set(err, EXIT_RESOURCE, "no memory for %zu ranks", m + n);
    for (size_t i = 0; i < m + n; i++)
        rank[i] = (double)(i + 1);
    if (choice_open(&c, rank, few, m + n, err) < 0) {
        free(rank);
        return -1;
    }
    while (high - low > 1) { /* low serves, high does not */
        size_t middle = low + (high - low) / 2;

        if (choice_below(&c, least + (double)middle - 1) <= tail * (1 + 1e-12))
            low = middle;
        else
            high = middle;
    }
    *k = low;
    *reached = low > 0 ? choice_below(&c, least + (double)low - 1) : 0;
    choice_close(&c);
    free(rank);
    return 0;
}

static int rank_sum_shift(const double *x, size_t m, const double *y, size_t n,
                          double level, struct estimate *out, struct err *err)
{
    double *d = malloc(m * n * sizeof *d), reached = 0;
    size_t k = 0;

    if (!d)
        return err_set(err, EXIT_RESOURCE, "no memory for %zu differences",
                       m * n);
    if (rank_sum_critical(m, n, (1 - level) / 2, &k, &reached, err) < 0) {
        free(d);
        return -1;
    }
    for (size_t i = 0; i < m * n; i++)
        d[i] = y[i % n] - x[i / n];
    stats_sort(d, m * n);
    out->value = stats_quantile_sorted(d, m * n, 0.5);
    out->valid = k > 0;
    if (out->valid) {
        out->ci = (struct interval){d[k - 1], d[m * n - k]};
        out->level = 1 - 2 * reached;
    }
    free(d);
    return 0;
}

int stats_rank_sum(const double *x, size_t m, const double *y, size_t n,
                   double level, struct estimate *shift, double *p,
                   struct err *err)
{
    struct estimate e = {NAN, {NAN, NAN}, 0, m + n, false};
    double both = 1;

    if (m > 0 && n > 0 &&
        (rank_sum_p(x, m, y, n, &both, err) < 0 ||
         rank_sum_shift(x, m, y, n, level, &e, err) < 0))
        return -1;
    *shift = e;
    *p = both;
    return 0;
}

/* ---- Friedman's test ---- */

/* P(chi-square with df degrees of freedom > x), a finite sum of positive terms
 * for whole df: Q(a + 1, h) = Q(a, h) + h^a exp(-h) / Gamma(a + 1), h = x / 2,
 * from Q(1/2, h) = erfc(sqrt(h)) or Q(1, h) = exp(-h) up to Q(df / 2, h). */
static double chi_square_tail(double x, size_t df)
{
    double h = x / 2, a = df % 2 ? 0.5 : 1;
    double q = df % 2 ? erfc(sqrt(h)) : exp(-h);
    double term = exp(-h) * (df % 2 ? 2 * sqrt(h / M_PI) : h);

    for (; a < (double)df / 2; a++) {
        q += term;
        term *= h / (a + 1);
    }
    return q;
}

/* Adds each block's ranks to sum[k]; returns the squared deviations of all
 * ranks from their mean, which is where the correction for ties comes in. */
static int rank_blocks(const double *a, size_t blocks, size_t k, double *sum,
                       double *rank, double *spread, struct err *err)
{
    *spread = 0;
    for (size_t b = 0; b < blocks; b++) {
        if (stats_midranks(a + b * k, k, rank, err) < 0)
            return -1;
        for (size_t t = 0; t < k; t++) {
            double off = rank[t] - ((double)k + 1) / 2;

            sum[t] += off;
            *spread += off * off;
        }
    }
    return 0;
}

int stats_friedman(const double *a, size_t blocks, size_t k, double *statistic,
                   double *p, struct err *err)
{
    double *sum = calloc(2 * k + 1, sizeof *sum), spread, s = 0;

    if (!sum)
        return err_set(err, EXIT_RESOURCE, "no memory to rank %zu treatments",
                       k);
    if (rank_blocks(a, blocks, k, sum, sum + k, &spread, err) < 0) {
        free(sum);
        return -1;
    }
    for (size_t t = 0; t < k; t++)
        s += sum[t] * sum[t];
    free(sum);
    if (blocks < 2 || k < 2 || spread == 0) {
        *statistic = 0;
        *p = 1;
        return 0;
    }
    *statistic = ((double)k - 1) * s / spread;
    *p = chi_square_tail(*statistic, k - 1);
    return 0;
}
