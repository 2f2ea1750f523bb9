/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ranktests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#define EXACT 1e-9

static void check_rank_sum(const struct vector *v)
{
    const double *given = v->group[0], *expected = v->group[3];
    struct estimate shift;
    struct err err;
    double p;

    assert_done(stats_rank_sum(v->group[1], v->n[1], v->group[2], v->n[2],
                               given[0], &shift, &p, &err),
                &err);
    assert_near(p, expected[0], given[1]);
    assert_int_equal(shift.n, v->n[1] + v->n[2]);
    assert_int_equal(shift.valid, !isnan(expected[2]));
    assert_near(shift.value, expected[1], EXACT);
    assert_near(shift.ci.low, expected[2], given[2]);
    assert_near(shift.ci.high, expected[3], given[2]);
    assert_near(shift.level, expected[4], given[1]);
}

static void test_rank_sum_is_scipys(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("rank_sum.txt", check_rank_sum), 75);
}

static void check_friedman(const struct vector *v)
{
    double statistic, p;
    struct err err;

    assert_done(stats_friedman(v->group[1], (size_t)v->group[0][0],
                               (size_t)v->group[0][1], &statistic, &p, &err),
                &err);
    assert_near(statistic, v->group[2][0], EXACT);
    assert_near(p, v->group[2][1], EXACT);
}

static void test_friedman_is_scipys(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("friedman.txt", check_friedman), 21);
}

/* Two treatments: the sign test's normal approximation, (wins - losses)^2 / n
 * on one degree of freedom. */
static void test_friedman_of_two_is_the_sign_test(void **state)
{
    static const double a[10][2] = {{1, 2}, {1, 3}, {5, 2}, {1, 2}, {1, 2},
                                    {3, 4}, {1, 9}, {7, 8}, {2, 1}, {1, 2}};
    double statistic, p;
    struct err err;

    (void)state;
    assert_done(stats_friedman(a[0], 10, 2, &statistic, &p, &err), &err);
    assert_near(statistic, 3.6, 1e-12);
    assert_near(p, erfc(sqrt(1.8)), 1e-12);
}

static void test_nothing_to_tell_apart_gives_p_1(void **state)
{
    static const double same[12] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    double statistic = 7, p = 7;
    struct estimate shift;
    struct err err;

    (void)state;
    assert_done(stats_friedman(same, 4, 3, &statistic, &p, &err), &err);
    assert_near(statistic, 0, 0);
    assert_near(p, 1, 0);
    assert_done(stats_friedman(same, 1, 3, &statistic, &p, &err), &err);
    assert_near(p, 1, 0);
    assert_done(stats_friedman(same, 0, 0, &statistic, &p, &err), &err);
    assert_near(p, 1, 0);
    assert_done(stats_rank_sum(same, 5, same, 7, 0.95, &shift, &p, &err), &err);
    assert_near(p, 1, 0);
    assert_near(shift.value, 0, 0);
    assert_done(stats_rank_sum(same, 5, NULL, 0, 0.95, &shift, &p, &err), &err);
    assert_near(p, 1, 0);
    assert_true(isnan(shift.value) && !shift.valid && shift.n == 5);
}

static void test_large_ties_stay_a_probability(void **state)
{
    double x[60], y[60], p;
    struct estimate shift;
    struct err err;

    (void)state;
    for (int i = 0; i < 60; i++)
        x[i] = y[i] = 1;
    assert_done(stats_rank_sum(x, 60, y, 60, 0.95, &shift, &p, &err), &err);
    assert_near(p, 1, 0);
    for (int i = 0; i < 60; i++)
        y[i] = i < 50;
    assert_done(stats_rank_sum(x, 60, y, 60, 0.95, &shift, &p, &err), &err);
    assert_true(p < 0.002 && p > 0.0001); /* exact: 2 C(60,10) / C(120,10) */
}

static void test_compare_needs_four_launches_a_side(void **state)
{
    static const double x[4] = {1, 2, 3, 4}, y[4] = {5, 6, 7, 8};
    struct estimate shift;
    struct err err;
    double p;

    (void)state;
    assert_done(stats_rank_sum(x, 4, y, 4, 0.95, &shift, &p, &err), &err);
    assert_near(p, 2.0 / 70, 1e-15);
    assert_true(shift.valid && shift.ci.low == 1 && shift.ci.high == 7);
    assert_near(shift.value, 4, 0);
    assert_done(stats_rank_sum(x, 3, y, 4, 0.95, &shift, &p, &err), &err);
    assert_false(shift.valid);
}

static void test_sides_swap(void **state)
{
    uint64_t noise = 21;
    double x[30], y[30], p, q;
    struct estimate there, back;
    struct err err;

    (void)state;
    for (size_t n = 4; n <= 30; n++) {
        for (size_t i = 0; i < n; i++) {
            x[i] = log_time(&noise);
            y[i] = floor(100 * log_time(&noise)) / 100;
        }
        assert_done(stats_rank_sum(x, n, y, n - 2, 0.9, &there, &p, &err),
                    &err);
        assert_done(stats_rank_sum(y, n - 2, x, n, 0.9, &back, &q, &err), &err);
        assert_near(p, q, 1e-12);
        assert_near(there.value, -back.value, 1e-15);
        assert_int_equal(there.valid, back.valid);
        assert_true(!there.valid || there.ci.low == -back.ci.high);
    }
}

static void test_values_that_are_not_finite_are_refused(void **state)
{
    static const double x[4] = {1, 2, NAN, 4};
    double p = 7, statistic = 7;
    struct estimate shift = {.n = 7};
    struct err err;

    (void)state;
    assert_int_equal(stats_rank_sum(x, 4, x, 2, 0.9, &shift, &p, &err), -1);
    assert_int_equal(err.code, EXIT_WRONG);
    assert_int_equal(stats_friedman(x, 2, 2, &statistic, &p, &err), -1);
    assert_near(p, 7, 0);
    assert_near(statistic, 7, 0);
    assert_int_equal(shift.n, 7);
}

static void test_false_alarms_are_rare(void **state)
{
    enum { SESSIONS = 2000 };
    uint64_t noise = 22;
    int covered = 0, alarms = 0, omnibus = 0;

    (void)state;
    for (int session = 0; session < SESSIONS; session++) {
        double a[15][4], p, statistic;
        struct estimate shift;
        struct err err;

        for (int i = 0; i < 60; i++)
            a[i / 4][i % 4] = log_time(&noise);
        assert_done(stats_rank_sum(a[0], 5, a[5], 6, 0.95, &shift, &p, &err),
                    &err);
        covered += shift.ci.low <= 0 && 0 <= shift.ci.high;
        alarms += p < 0.05;
        assert_done(stats_friedman(a[0], 15, 4, &statistic, &p, &err), &err);
        omnibus += p < 0.05;
    }
    assert_in_range(covered, 0.94 * SESSIONS, 0.99 * SESSIONS);
    assert_in_range(alarms, 0.02 * SESSIONS, 0.055 * SESSIONS);
    assert_in_range(omnibus, 0.03 * SESSIONS, 0.06 * SESSIONS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rank_sum_is_scipys),
        cmocka_unit_test(test_friedman_is_scipys),
        cmocka_unit_test(test_friedman_of_two_is_the_sign_test),
        cmocka_unit_test(test_nothing_to_tell_apart_gives_p_1),
        cmocka_unit_test(test_large_ties_stay_a_probability),
        cmocka_unit_test(test_compare_needs_four_launches_a_side),
        cmocka_unit_test(test_sides_swap),
        cmocka_unit_test(test_values_that_are_not_finite_are_refused),
        cmocka_unit_test(test_false_alarms_are_rare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
