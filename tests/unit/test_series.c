/* SPDX-License-Identifier: Apache-2.0 */
#include "core/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#define EXACT     1e-9
#define TOLERANCE 0.01
#define N         30

static void check_trend(const struct vector *v)
{
    struct trend trend;
    struct err err;

    assert_done(stats_theil_sen(v->group[0], v->n[0], &trend, &err), &err);
    assert_near(trend.slope, v->group[1][0], EXACT);
    assert_near(trend.intercept, v->group[1][1], EXACT);
    assert_near(trend.p, v->group[1][2], EXACT);
}

static void test_slope_is_scipys(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("trend.txt", check_trend), 106);
}

static void check_autocorrelation(const struct vector *v)
{
    assert_near(stats_autocorrelation(v->group[0], v->n[0]), v->group[1][0],
                EXACT);
}

static void test_autocorrelation_is_the_usual_one(void **state)
{
    (void)state;
    assert_int_equal(
        vectors_check("autocorrelation.txt", check_autocorrelation), 98);
}

static void check_change(const struct vector *v)
{
    struct change change;
    struct err err;

    assert_done(stats_change_point(v->group[0], v->n[0], &change, &err), &err);
    assert_near((double)change.index, v->group[1][0], 0);
    assert_near(change.before, v->group[1][1], EXACT);
    assert_near(change.after, v->group[1][2], EXACT);
    assert_near(change.p, v->group[1][3], EXACT);
}

static void test_change_point_is_pettitts(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("change.txt", check_change), 105);
}

static void test_short_series_say_nothing(void **state)
{
    static const double y[1] = {3};
    struct steadiness s;
    struct change change;
    struct trend trend;
    struct err err;

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        assert_done(stats_theil_sen(y, n, &trend, &err), &err);
        assert_near(trend.slope, 0, 0);
        assert_near(trend.p, 1, 0);
        assert_done(stats_change_point(y, n, &change, &err), &err);
        assert_near(change.p, 1, 0);
        assert_true(change.index == 0 && isnan(change.before));
        assert_near(stats_autocorrelation(y, n), 0, 0);
        assert_done(stats_steady(y, n, TOLERANCE, &s, &err), &err);
        assert_int_equal(s.state, STEADY_UNKNOWN);
    }
}

static void test_values_that_are_not_finite_are_refused(void **state)
{
    static const double y[3] = {1, INFINITY, 2};
    struct steadiness s = {.autocorrelation = 7};
    struct err err;

    (void)state;
    assert_int_equal(stats_steady(y, 3, TOLERANCE, &s, &err), -1);
    assert_int_equal(err.code, EXIT_WRONG);
    assert_near(s.autocorrelation, 7, 0);
}

/* ---- Classes ---- */

enum shape { FLAT, SLOPE, STEP, DECAY, WANDER };

static enum steady classified(enum shape shape, size_t n, double size,
                              uint64_t *noise)
{
    double y[300], wander = 0;
    struct steadiness s;
    struct err err;

    for (size_t i = 0; i < n; i++) {
        double t = (double)i / (double)(n - 1);

        wander = 0.9 * wander + size * normal(noise);
        y[i] = log_time(noise) + (shape == SLOPE    ? size * t
                                  : shape == STEP   ? size * (t > 0.5)
                                  : shape == DECAY  ? size * exp(-12 * t)
                                  : shape == WANDER ? wander
                                                    : 0);
    }
    assert_done(stats_steady(y, n, TOLERANCE, &s, &err), &err);
    return s.state;
}

/* How many of 200 noisy series of a shape are put into a class. */
static int count(enum shape shape, size_t n, double size, enum steady state)
{
    uint64_t noise = 31;
    int found = 0;

    for (int i = 0; i < 200; i++)
        found += classified(shape, n, size, &noise) == state;
    return found;
}

static void test_shapes_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(count(FLAT, 9, 0, STEADY_UNKNOWN), 200);
    assert_true(count(SLOPE, N, 0.15, STEADY_DRIFTING) >= 180);
    assert_true(count(SLOPE, N, -0.15, STEADY_DRIFTING) >= 180);
    assert_true(count(STEP, N, 0.1, STEADY_TWO_LEVEL) >= 180);
    assert_true(count(STEP, N, -0.1, STEADY_TWO_LEVEL) >= 180);
    assert_true(count(DECAY, 60, 0.3, STEADY_WARMING) >= 180);
    assert_true(count(WANDER, 300, 0.02, STEADY_YES) <= 10);
}

static void test_steady_series_are_left_alone(void **state)
{
    uint64_t noise = 32;
    int accused = 0;

    (void)state;
    for (int i = 0; i < 2000; i++)
        accused +=
            classified(FLAT, 10 + (size_t)i % 50, 0, &noise) != STEADY_YES;
    assert_in_range(accused, 1, 0.03 * 2000);
}

static void test_what_is_below_tolerance_is_not_mentioned(void **state)
{
    double y[N];
    struct steadiness s;
    struct err err;

    (void)state;
    for (int i = 0; i < N; i++)
        y[i] = 0.9 * TOLERANCE * i / (N - 1);
    assert_done(stats_steady(y, N, TOLERANCE, &s, &err), &err);
    assert_true(s.trend.p < 1e-6);
    assert_int_equal(s.state, STEADY_YES);
    assert_done(stats_steady(y, N, 0.8 * TOLERANCE, &s, &err), &err);
    assert_int_equal(s.state, STEADY_DRIFTING);
}

static void test_slow_waves_are_drift(void **state)
{
    double y[N];
    struct steadiness s;
    struct err err;

    (void)state;
    for (int i = 0; i < N; i++)
        y[i] = 0.05 * cos(2 * M_PI * i / 10);
    assert_done(stats_steady(y, N, TOLERANCE, &s, &err), &err);
    assert_int_equal(s.state, STEADY_DRIFTING);
    assert_true(s.trend.p > 0.01 && s.change.p > 0.01);
}

/* Lower after the first third, but not at rest there. */
static void test_a_series_that_rises_again_is_not_warming(void **state)
{
    double y[N];
    struct steadiness s;
    struct err err;

    (void)state;
    for (int i = 0; i < N; i++)
        y[i] = i < N / 3 ? 0.5 : 0.01 * (i - N / 3);
    assert_done(stats_steady(y, N, TOLERANCE, &s, &err), &err);
    assert_true(s.change.p < 0.01 && s.change.after < s.change.before);
    assert_int_equal(s.state, STEADY_TWO_LEVEL);
    for (int i = N / 3; i < N; i++)
        y[i] = 0.001 * (i % 2);
    assert_done(stats_steady(y, N, TOLERANCE, &s, &err), &err);
    assert_int_equal(s.state, STEADY_WARMING);
}

static void test_states_have_names(void **state)
{
    (void)state;
    assert_string_equal(stats_steady_name(STEADY_UNKNOWN), "unknown");
    assert_string_equal(stats_steady_name(STEADY_YES), "steady");
    assert_string_equal(stats_steady_name(STEADY_WARMING), "warming");
    assert_string_equal(stats_steady_name(STEADY_DRIFTING), "drifting");
    assert_string_equal(stats_steady_name(STEADY_TWO_LEVEL), "two-level");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slope_is_scipys),
        cmocka_unit_test(test_autocorrelation_is_the_usual_one),
        cmocka_unit_test(test_change_point_is_pettitts),
        cmocka_unit_test(test_short_series_say_nothing),
        cmocka_unit_test(test_values_that_are_not_finite_are_refused),
        cmocka_unit_test(test_shapes_are_told_apart),
        cmocka_unit_test(test_steady_series_are_left_alone),
        cmocka_unit_test(test_what_is_below_tolerance_is_not_mentioned),
        cmocka_unit_test(test_slow_waves_are_drift),
        cmocka_unit_test(test_a_series_that_rises_again_is_not_warming),
        cmocka_unit_test(test_states_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
