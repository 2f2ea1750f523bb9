/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#define EXACT 1e-9

static struct estimate estimated(const double *x, size_t n, double level)
{
    struct estimate e;
    struct err err;

    assert_done(stats_signed_rank(x, n, level, &e, &err), &err);
    return e;
}

static double tested(const double *x, size_t n, double mu, enum tail tail)
{
    struct err err;
    double p;

    assert_done(stats_signed_rank_p(x, n, mu, tail, &p, &err), &err);
    return p;
}

/* ---- Against other people's results ---- */

static void check_quantile(const struct vector *v)
{
    const double *x = v->group[1], *expected = v->group[2];
    double quantile, median, mad;
    struct err err;

    assert_done(stats_quantile(x, v->n[1], v->group[0][0], &quantile, &err),
                &err);
    assert_done(stats_median(x, v->n[1], &median, &err), &err);
    assert_done(stats_mad(x, v->n[1], &mad, &err), &err);
    assert_near(quantile, expected[0], EXACT);
    assert_near(median, expected[1], EXACT);
    assert_near(mad, expected[2], EXACT);
}

static void test_quantiles_are_numpys(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("quantile.txt", check_quantile), 245);
}

static void check_midrank(const struct vector *v)
{
    double rank[VECTOR_VALUES];
    struct err err;

    assert_done(stats_midranks(v->group[0], v->n[0], rank, &err), &err);
    for (size_t i = 0; i < v->n[0]; i++)
        assert_near(rank[i], v->group[1][i], 0);
}

static void test_midranks_are_scipys(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("midrank.txt", check_midrank), 25);
}

static void check_signed_rank(const struct vector *v)
{
    const double *expected = v->group[2];
    struct estimate e = estimated(v->group[1], v->n[1], v->group[0][0]);

    assert_int_equal(e.n, v->n[1]);
    assert_int_equal(e.valid, !isnan(expected[1]));
    assert_near(e.value, expected[0], EXACT);
    assert_near(e.ci.low, expected[1], EXACT);
    assert_near(e.ci.high, expected[2], EXACT);
    assert_near(e.level, expected[3], e.n <= STATS_EXACT_MAX ? EXACT : 6e-5);
}

static void test_intervals_are_sorted_walsh_averages(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("signed_rank.txt", check_signed_rank), 475);
}

static void check_signed_rank_p(const struct vector *v)
{
    const double *given = v->group[0];
    double p = tested(v->group[1], v->n[1], given[0], (enum tail)given[1]);

    assert_near(p, v->group[2][0], given[2]);
}

static void test_p_is_the_conditional_one(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("signed_rank_p.txt", check_signed_rank_p),
                     609);
}

static void check_tost(const struct vector *v)
{
    struct err err;
    double p;

    assert_done(stats_tost(v->group[1], v->n[1], v->group[0][0], &p, &err),
                &err);
    assert_near(p, v->group[2][0], EXACT);
}

static void test_equivalence_is_two_tests(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("tost.txt", check_tost), 105);
}

/* ---- Selection ---- */

/* The rank-th Walsh averages from both ends, by sorting them all. */
static void sort_walsh(const double *x, size_t n, double *sums, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            sums[(*count)++] = (x[i] + x[j]) / 2;
    stats_sort(sums, *count);
}

/* Whatever the level, both ends must be Walsh averages, exactly, as far from
 * either end as the level achieved says. */
static void assert_selects(const double *x, size_t n)
{
    double sums[61 * 62 / 2];
    size_t count;

    sort_walsh(x, n, sums, &count);
    for (double level = 0.02; level < 0.999; level += 0.07) {
        struct estimate e = estimated(x, n, level);
        size_t k = 0;

        assert_true(
            e.value == stats_quantile_sorted(sums, count, 0.5) ||
            fabs(e.value) * 1e-15 >=
                fabs(e.value - stats_quantile_sorted(sums, count, 0.5)));
        if (!e.valid)
            continue;
        assert_true(e.level >= level);
        while (k < count && sums[k] != e.ci.low)
            k++;
        assert_true(k < count);
        while (k < count && sums[count - 1 - k] != e.ci.high &&
               sums[k] == e.ci.low)
            k++;
        assert_true(k < count && sums[k] == e.ci.low);
    }
}

static void test_selection_is_sorting(void **state)
{
    uint64_t noise = 1;
    double x[60];

    (void)state;
    for (size_t n = 1; n <= 60; n++)
        for (int kind = 0; kind < 5; kind++) {
            for (size_t i = 0; i < n; i++)
                x[i] = kind == 0   ? normal(&noise)
                       : kind == 1 ? floor(3 * uniform(&noise))
                       : kind == 2 ? floor(9 * uniform(&noise)) / 10
                       : kind == 3 ? ldexp(1, (int)(800 * normal(&noise)) % 900)
                                   : log_ratio(&noise, 0);
            assert_selects(x, n);
        }
}

/* As above, but at a size where nothing is near the edges: number the
 * averages below and above the ends instead of sorting them. */
static void test_large_intervals_leave_equal_tails(void **state)
{
    enum { N = 700 };
    uint64_t noise = 2;
    double x[N];

    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        size_t below = 0, not_above = 0, above = 0, not_below = 0;
        struct estimate e;

        for (size_t i = 0; i < N; i++)
            x[i] = kind == 0   ? log_ratio(&noise, 0)
                   : kind == 1 ? floor(5 * uniform(&noise))
                   : kind == 2 ? exp(20 * normal(&noise))
                               : (i ? normal(&noise) : 1e200);
        e = estimated(x, N, 0.95);
        for (size_t i = 0; i < N; i++)
            for (size_t j = i; j < N; j++) {
                double walsh = (x[i] + x[j]) / 2;

                below += walsh < e.ci.low;
                not_above += walsh <= e.ci.low;
                above += walsh > e.ci.high;
                not_below += walsh >= e.ci.high;
            }
        assert_true(below < not_above && above < not_below);
        /* k, by the plain normal approximation, is 112185; ours may differ by
         * its corrections, not by more. */
        assert_true(below < 112195 && not_above >= 112175);
        assert_true(above < 112195 && not_below >= 112175);
    }
}

/* ---- Properties ---- */

static void test_estimates_follow_shift_scale_and_sign(void **state)
{
    uint64_t noise = 3;
    double x[80], shifted[80], scaled[80], mirrored[80];

    (void)state;
    for (size_t n = 6; n <= 80; n++) {
        struct estimate e, f;

        for (size_t i = 0; i < n; i++) {
            x[i] = log_ratio(&noise, 0);
            shifted[i] = x[i] + 3;
            scaled[i] = x[i] * 1000;
            mirrored[i] = -x[i];
        }
        e = estimated(x, n, 0.95);
        f = estimated(shifted, n, 0.95);
        assert_near(f.value, e.value + 3, 1e-12);
        assert_near(f.ci.low, e.ci.low + 3, 1e-12);
        assert_near(f.ci.high, e.ci.high + 3, 1e-12);
        f = estimated(scaled, n, 0.95);
        assert_near(f.value, e.value * 1000, 1e-12);
        assert_near(f.ci.low, e.ci.low * 1000, 1e-12);
        f = estimated(mirrored, n, 0.95);
        assert_near(f.value, -e.value, 1e-15);
        assert_true(f.ci.low == -e.ci.high && f.ci.high == -e.ci.low);
    }
}

static void test_interval_and_test_agree(void **state)
{
    uint64_t noise = 4;
    int rejected = 0;

    (void)state;
    for (int session = 0; session < 600; session++) {
        size_t n = 6 + (size_t)session % 60;
        double x[66], p, equal;
        struct estimate wide, narrow;
        struct err err;

        for (size_t i = 0; i < n; i++)
            x[i] = log_ratio(&noise, 0.006);
        wide = estimated(x, n, 0.95);
        narrow = estimated(x, n, 0.90);
        p = tested(x, n, 0, TAIL_BOTH);
        assert_int_equal(p <= 0.05, wide.ci.low > 0 || wide.ci.high < 0);
        rejected += p <= 0.05;
        assert_done(stats_tost(x, n, 0.015, &equal, &err), &err);
        assert_int_equal(equal <= 0.05,
                         narrow.ci.low > -0.015 && narrow.ci.high < 0.015);
    }
    assert_in_range(rejected, 100, 500); /* else the above says little */
}

static void test_intervals_need_enough_blocks(void **state)
{
    static const double x[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    assert_int_equal(stats_blocks_least(0.90), 5);
    assert_int_equal(stats_blocks_least(0.95), 6);
    assert_int_equal(stats_blocks_least(1 - 0.05 / 3), 7);
    assert_int_equal(stats_blocks_least(1 - 0.05 / 6), 8);
    assert_int_equal(stats_blocks_least(1 - 0.0625), 5); /* at the step */
    assert_false(estimated(x, 5, 0.95).valid);
    assert_true(estimated(x, 6, 0.95).valid);
    assert_false(estimated(x, 6, 1 - 0.05 / 3).valid);
    assert_true(estimated(x, 7, 1 - 0.05 / 3).valid);
    assert_false(estimated(x, 7, 1 - 0.05 / 6).valid);
    assert_true(estimated(x, 8, 1 - 0.05 / 6).valid);
    assert_true(estimated(x, 5, 1 - 0.0625).valid);
}

static void test_nothing_is_not_a_number(void **state)
{
    struct estimate e = estimated(NULL, 0, 0.95);
    struct err err;
    double median;

    (void)state;
    assert_true(isnan(e.value) && !e.valid);
    assert_done(stats_median(NULL, 0, &median, &err), &err);
    assert_true(isnan(median));
    assert_near(tested(NULL, 0, 0, TAIL_BOTH), 1, 0);
}

static void test_values_that_are_not_finite_are_refused(void **state)
{
    double x[3] = {1, -INFINITY, 2}, out = 7;
    struct estimate e = {.n = 7};
    struct err err;

    (void)state;
    assert_int_equal(stats_median(x, 3, &out, &err), -1);
    assert_int_equal(err.code, EXIT_WRONG);
    assert_string_equal(err.text, "value 2 of 3 is -inf");
    x[1] = NAN;
    assert_int_equal(stats_signed_rank(x, 3, 0.95, &e, &err), -1);
    assert_int_equal(stats_signed_rank_p(x, 3, 0, TAIL_BOTH, &out, &err), -1);
    assert_int_equal(stats_tost(x, 3, 0.02, &out, NULL), -1);
    assert_near(out, 7, 0);
    assert_int_equal(e.n, 7);
}

/* The exact and the approximate distribution meet: with one value more than
 * the border, p of the same shape may not jump. */
static void test_the_normal_tail_joins_the_exact_one(void **state)
{
    double x[STATS_EXACT_MAX + 1], exact, approximate;

    (void)state;
    /* The same values after a zero, which is dropped: still exact. */
    for (size_t i = 0; i <= STATS_EXACT_MAX; i++)
        x[i] = (double)i * (i % 3 ? 1 : -1);
    exact = tested(x, STATS_EXACT_MAX + 1, 0, TAIL_GREATER);
    assert_near(exact, tested(x + 1, STATS_EXACT_MAX, 0, TAIL_GREATER), 0);
    /* A tiny positive value adds 1 to 51 ranks in the same pattern. */
    x[0] = 0.5;
    approximate = tested(x, STATS_EXACT_MAX + 1, 0, TAIL_GREATER);
    assert_true(fabs(approximate - exact) < 0.01);
    assert_true(approximate != exact);
}

/* ---- Does it keep its promises on timings? ---- */

static void test_intervals_cover_and_false_alarms_are_rare(void **state)
{
    enum { SESSIONS = 4000 };
    uint64_t noise = 5;
    int covered = 0, alarms = 0;

    (void)state;
    for (int session = 0; session < SESSIONS; session++) {
        size_t n = 8 + (size_t)session % 13;
        struct estimate e;
        double x[20];

        for (size_t i = 0; i < n; i++)
            x[i] = log_ratio(&noise, 0.03);
        e = estimated(x, n, 0.95);
        covered += e.ci.low <= 0.03 && 0.03 <= e.ci.high;
        alarms += tested(x, n, 0.03, TAIL_BOTH) < 0.05;
    }
    assert_in_range(covered, 0.94 * SESSIONS, 0.98 * SESSIONS);
    assert_in_range(alarms, 0.025 * SESSIONS, 0.055 * SESSIONS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_numpys),
        cmocka_unit_test(test_midranks_are_scipys),
        cmocka_unit_test(test_intervals_are_sorted_walsh_averages),
        cmocka_unit_test(test_p_is_the_conditional_one),
        cmocka_unit_test(test_equivalence_is_two_tests),
        cmocka_unit_test(test_selection_is_sorting),
        cmocka_unit_test(test_large_intervals_leave_equal_tails),
        cmocka_unit_test(test_estimates_follow_shift_scale_and_sign),
        cmocka_unit_test(test_interval_and_test_agree),
        cmocka_unit_test(test_intervals_need_enough_blocks),
        cmocka_unit_test(test_nothing_is_not_a_number),
        cmocka_unit_test(test_values_that_are_not_finite_are_refused),
        cmocka_unit_test(test_the_normal_tail_joins_the_exact_one),
        cmocka_unit_test(test_intervals_cover_and_false_alarms_are_rare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
