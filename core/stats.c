/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- Order statistics ---- */

/* Heap sort (Williams 1964, with Floyd's way of building the heap): calling
 * qsort() with a comparison of doubles takes half as long again. */
void stats_sort(double *x, size_t n)
{
    for (size_t step = n + n / 2; step-- > 1;) {
        size_t hole = step >= n ? step - n : 0, end = step >= n ? n : step;
        double sunk = x[hole];

        if (step < n) {
            sunk = x[step];
            x[step] = x[0];
        }
        for (size_t child; (child = 2 * hole + 1) < end; hole = child) {
            if (child + 1 < end)
                child += x[child + 1] > x[child];
            if (x[child] <= sunk)
                break;
            x[hole] = x[child];
        }
        x[hole] = sunk;
    }
}

double stats_quantile_sorted(const double *x, size_t n, double q)
{
    double place, below;
    size_t i;

    if (n == 0)
        return NAN;
    place = q * (double)(n - 1);
    below = floor(place);
    i = (size_t)below;
    if (i + 1 >= n)
        return x[n - 1];
    return x[i] + (place - below) * (x[i + 1] - x[i]);
}

int stats_sorted_copy(const double *x, size_t n, double **out, struct err *err)
{
    double *copy;

    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return err_set(err, EXIT_WRONG, "value %zu of %zu is %g", i + 1, n,
                           x[i]);
    copy = malloc((n + 1) * sizeof *copy);
    if (!copy)
        return err_set(err, EXIT_RESOURCE, "no memory to sort %zu values", n);
    if (n > 0)
        memcpy(copy, x, n * sizeof *copy);
    stats_sort(copy, n);
    *out = copy;
    return 0;
}

int stats_quantile(const double *x, size_t n, double q, double *out,
                   struct err *err)
{
    double *sorted;

    if (stats_sorted_copy(x, n, &sorted, err) < 0)
        return -1;
    *out = stats_quantile_sorted(sorted, n, q);
    free(sorted);
    return 0;
}

int stats_median(const double *x, size_t n, double *out, struct err *err)
{
    return stats_quantile(x, n, 0.5, out, err);
}

int stats_mad(const double *x, size_t n, double *out, struct err *err)
{
    double *copy, median;

    if (stats_sorted_copy(x, n, &copy, err) < 0)
        return -1;
    median = stats_quantile_sorted(copy, n, 0.5);
    for (size_t i = 0; i < n; i++)
        copy[i] = fabs(copy[i] - median);
    stats_sort(copy, n);
    *out = stats_quantile_sorted(copy, n, 0.5);
    free(copy);
    return 0;
}

struct item {
    double value;
    size_t index;
};

static int item_ascending(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    return (x->value > y->value) - (x->value < y->value);
}

int stats_midranks(const double *x, size_t n, double *rank, struct err *err)
{
    struct item *items = malloc((n + 1) * sizeof *items);

    if (!items)
        return err_set(err, EXIT_RESOURCE, "no memory to rank %zu values", n);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct item){x[i], i};
        if (!isfinite(x[i])) {
            free(items);
            return err_set(err, EXIT_WRONG, "value %zu of %zu is %g", i + 1, n,
                           x[i]);
        }
    }
    qsort(items, n, sizeof *items, item_ascending);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n; end++)
            if (items[end].value != items[first].value)
                break;
        for (size_t i = first; i < end; i++)
            rank[items[i].index] = 0.5 * (double)(first + 1 + end);
    }
    free(items);
    return 0;
}

/* ---- The null distribution of the signed rank ---- */

/* A level meant to be just reached, as 1 - 2^-5 by n = 6, must not be missed
 * by the rounding of 1 - level. */
#define ROUNDING (1 + 1e-12)

/* Doubled mid-ranks of at most STATS_EXACT_MAX values sum to below this. */
#define LAW_SIZE (STATS_EXACT_MAX * (STATS_EXACT_MAX + 1) + 1)

/* law[s] = P(sum of weight[i] over a random half of all i's = s), each i in or
 * out with 1/2. All are multiples of 2^-n, so n <= 52 makes this exact in
 * doubles. Returns the largest s. */
static size_t sign_law(const size_t *weight, size_t n, double law[LAW_SIZE])
{
    size_t top = 0;

    law[0] = 1;
    for (size_t i = 0; i < n; i++) {
        size_t w = weight[i];

        memset(law + top + 1, 0, w * sizeof *law);
        top += w;
        for (size_t s = top; s >= w; s--)
            law[s] = 0.5 * (law[s] + law[s - w]);
        for (size_t s = 0; s < w; s++)
            law[s] *= 0.5;
    }
    return top;
}

double stats_normal_tail(double z, double excess)
{
    double density = exp(-z * z / 2) / sqrt(2 * M_PI);
    double p = 0.5 * erfc(-z * M_SQRT1_2);

    return fmin(fmax(p - density * excess * z * (z * z - 3) / 24, 0), 1);
}

/* The sum of each rank times a fair 0 or 1. */
struct sum_law {
    double mean, variance, fourth; /* cumulants; the third is 0 */
    size_t step;                   /* its doubled values are multiples of it */
};

static void sum_law_add(struct sum_law *sum, double rank)
{
    double square = rank * rank;
    size_t a = (size_t)(2 * rank), b = sum->step;

    sum->mean += rank / 2;
    sum->variance += square / 4;
    sum->fourth -= square * square / 8;
    while (b > 0) { /* Euclid */
        size_t rest = a % b;

        a = b;
        b = rest;
    }
    sum->step = a;
}

/* P(sum <= w); half a step of the sum is the continuity correction. */
static double sum_law_tail(const struct sum_law *sum, double w)
{
    double z = w + 0.25 * (double)sum->step - sum->mean;

    return stats_normal_tail(z / sqrt(sum->variance),
                             sum->fourth / (sum->variance * sum->variance));
}

/* The largest k with P(W <= k - 1) <= tail for n untied values, and that
 * probability; 0 if there is none. */
static size_t rank_exact(size_t n, double tail, double *reached)
{
    double law[LAW_SIZE], sum = 0;
    size_t weight[STATS_EXACT_MAX], k = 0;

    for (size_t i = 0; i < n; i++)
        weight[i] = i + 1;
    sign_law(weight, n, law);
    while (sum + law[k] <= tail * ROUNDING)
        sum += law[k++];
    *reached = sum;
    return k;
}

static size_t rank_normal(size_t n, double tail, double *reached)
{
    struct sum_law law = {0, 0, 0, 0};
    size_t low = 0, high = n * (n + 1) / 4; /* k = low serves, high does not */

    for (size_t i = 1; i <= n; i++)
        sum_law_add(&law, (double)i);
    while (high - low > 1) {
        size_t k = low + (high - low) / 2;

        if (sum_law_tail(&law, (double)k - 1) <= tail)
            low = k;
        else
            high = k;
    }
    *reached = low > 0 ? sum_law_tail(&law, (double)low - 1) : 0;
    return low;
}

/* ---- Selecting Walsh averages ---- */

/* fmax() and fmin() without their rules for NAN, which cost a call. */
static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* Where a value v falls among the sums x[i] + x[j], i <= j. */
struct probe {
    size_t count; /* sums <= v */
    double below; /* the largest of them */
    double above; /* the smallest of the others */
};

/* Walks the staircase that parts the sums <= v from those > v in the upper
 * triangle, which ascends along rows and columns; rounding keeps that order.
 * O(n). */
static struct probe sums_probe(const double *x, size_t n, double v)
{
    struct probe at = {0, -INFINITY, INFINITY};
    size_t end = n; /* sums of row i in columns i..end-1 are <= v */

    for (size_t i = 0; i < end; i++) {
        while (end > i && x[i] + x[end - 1] > v)
            end--;
        if (end > i) {
            at.count += end - i;
            at.below = larger(at.below, x[i] + x[end - 1]);
        }
        if (end < n)
            at.above = smaller(at.above, x[i] + x[end > i ? end : i]);
    }
    return at;
}

/* Two sums, and what else is known of them. */
struct bracket {
    double low, high;
    size_t under, upto; /* sums < low, sums <= high */
};

/* The k-th smallest sum (from 1), under < k <= upto, by interpolating until
 * the bracket holds only equal sums. Each probe moves an end of the bracket to
 * another sum; every eighth halves it, lest wild values make all the others
 * look like one to the interpolation. */
static double sums_select(const double *x, size_t n, size_t k,
                          struct bracket in)
{
    for (int step = 1; in.low < in.high; step++) {
        double share =
            ((double)(k - in.under) - 0.5) / (double)(in.upto - in.under);
        double v = in.low + (in.high - in.low) * (step % 8 ? share : 0.5);
        struct probe at = sums_probe(x, n, fmin(v, nextafter(in.high, in.low)));

        if (at.count >= k) {
            in.high = at.below;
            in.upto = at.count;
        } else {
            in.low = at.above;
            in.under = at.count;
        }
    }
    return in.low;
}

/* A bracket of the first-th to the last-th sum. Those wanted lie within a few
 * 1 / sqrt(n) of the middle, so two probes spare the others dealing with the
 * tails; if not, they do no harm. */
static struct bracket sums_bracket(const double *x, size_t n, size_t first,
                                   size_t last)
{
    struct bracket in = {2 * x[0], 2 * x[n - 1], 0, n * (n + 1) / 2};
    double reach = fmin(0.5, 2 / sqrt((double)n));
    size_t aside = (size_t)((0.5 - reach) * (double)n);
    struct probe at = sums_probe(x, n, 2 * x[aside]);

    if (at.count < first) {
        in.low = at.above;
        in.under = at.count;
    }
    at = sums_probe(x, n, 2 * x[n - 1 - aside]);
    if (at.count >= last) {
        in.high = at.below;
        in.upto = at.count;
    }
    return in;
}

/* Median of the Walsh averages and, if k > 0, the k-th from either end, of an
 * ascending x. */
static void walsh_summary(const double *x, size_t n, size_t k,
                          struct estimate *e)
{
    size_t total = n * (n + 1) / 2, middle = (total + 1) / 2;
    size_t first = k > 0 ? k : middle, last = total + 1 - first;
    struct bracket in = sums_bracket(x, n, first, last), part = in;
    double sum = sums_select(x, n, middle, in), next = sum;
    struct probe at = sums_probe(x, n, sum);

    if (total % 2 == 0 && at.count == middle)
        next = at.above;
    e->value = (sum + next) / 4;
    if (k == 0)
        return;
    part.high = sum;
    part.upto = at.count;
    e->ci.low = sums_select(x, n, first, part) / 2;
    part = in;
    part.low = at.above;
    part.under = at.count;
    e->ci.high = (at.count >= last ? sum : sums_select(x, n, last, part)) / 2;
}

int stats_signed_rank(const double *x, size_t n, double level,
                      struct estimate *out, struct err *err)
{
    struct estimate e = {NAN, {NAN, NAN}, 0, n, false};
    double *sorted, tail = fmin((1 - level) / 2, 0.5), reached;
    size_t k;

    if (stats_sorted_copy(x, n, &sorted, err) < 0)
        return -1;
    k = n <= STATS_EXACT_MAX ? rank_exact(n, tail, &reached)
                             : rank_normal(n, tail, &reached);
    if (n > 0)
        walsh_summary(sorted, n, k, &e);
    if (k > 0) {
        e.level = 1 - 2 * reached;
        e.valid = true;
    }
    free(sorted);
    *out = e;
    return 0;
}

size_t stats_blocks_least(double level)
{
    double tail = (1 - level) / 2, p = 1;
    size_t n = 0;

    while (p > tail * ROUNDING && p > 0) {
        p /= 2;
        n++;
    }
    return n;
}

/* ---- The test ---- */

/* The values other than mu, by the ranks of their distances from it. */
struct signed_ranks {
    double *rank; /* [n], the caller's to free */
    size_t n;
    double below, above; /* sums over the values on either side */
};

static int rank_signed(const double *x, size_t n, double mu,
                       struct signed_ranks *out, struct err *err)
{
    double *rank = calloc(2 * n + 1, sizeof *rank), *distance = rank + n;
    size_t used = 0;

    if (!rank)
        return err_set(err, EXIT_RESOURCE, "no memory to rank %zu values", n);
    for (size_t i = 0; i < n; i++)
        if (x[i] != mu)
            distance[used++] = fabs(x[i] - mu);
    if (stats_midranks(distance, used, rank, err) < 0) {
        free(rank);
        return -1;
    }
    *out = (struct signed_ranks){rank, used, 0, 0};
    for (size_t i = 0; i < n; i++)
        if (x[i] != mu)
            *(x[i] > mu ? &out->above : &out->below) += *rank++;
    return 0;
}

/* P(sum of the ranks of a random half <= w). */
static double sign_tail(const double *rank, size_t m, double w)
{
    struct sum_law sum = {0, 0, 0, 0};
    size_t weight[STATS_EXACT_MAX];
    double law[LAW_SIZE], p = 0;

    if (m > STATS_EXACT_MAX) {
        for (size_t i = 0; i < m; i++)
            sum_law_add(&sum, rank[i]);
        return sum_law_tail(&sum, w);
    }
    for (size_t i = 0; i < m; i++)
        weight[i] = (size_t)(2 * rank[i]);
    sign_law(weight, m, law);
    for (size_t s = 0; s <= (size_t)(2 * w); s++)
        p += law[s];
    return p;
}

int stats_signed_rank_p(const double *x, size_t n, double mu, enum tail tail,
                        double *p, struct err *err)
{
    struct signed_ranks by = {NULL, 0, 0, 0};
    double less, greater;

    if (rank_signed(x, n, mu, &by, err) < 0)
        return -1;
    less = sign_tail(by.rank, by.n, by.above);
    greater = sign_tail(by.rank, by.n, by.below); /* the law is symmetric */
    free(by.rank);
    switch (tail) {
    case TAIL_BOTH: *p = fmin(1, 2 * fmin(less, greater)); break;
    case TAIL_LESS: *p = less; break;
    case TAIL_GREATER: *p = greater; break;
    }
    return 0;
}

int stats_tost(const double *x, size_t n, double margin, double *p,
               struct err *err)
{
    double above, below;

    if (stats_signed_rank_p(x, n, -margin, TAIL_GREATER, &above, err) < 0)
        return -1;
    if (stats_signed_rank_p(x, n, margin, TAIL_LESS, &below, err) < 0)
        return -1;
    *p = fmax(above, below);
    return 0;
}
