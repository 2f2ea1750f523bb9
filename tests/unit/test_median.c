/* SPDX-License-Identifier: Apache-2.0 */
/* A median in bounded memory against one of sorted values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "core/median.h"
#include "core/stats.h"

/* n times around 74 ms, or over many octaves; returns the relative error. */
static double error_of(size_t n, bool wild)
{
    struct median m = {.n = 0};
    double *x = malloc(n * sizeof *x), right, error;

    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = i * UINT64_C(0x9e3779b97f4a7c15);
        uint64_t value = 74000000 + (bits >> 40);

        if (wild)
            value = bits >> (i % 60);
        x[i] = (double)value;
        assert_int_equal(median_add(&m, value), 0);
    }
    assert_int_equal(m.n, n);
    stats_sort(x, n);
    right = stats_quantile_sorted(x, n, 0.5);
    error = fabs(median_value(&m) / right - 1);
    median_clear(&m);
    free(x);
    return error;
}

static void few_are_exact(void **state)
{
    (void)state;
    for (size_t n = 1; n < 300; n += 7)
        assert_true(error_of(n, false) == 0);
    assert_true(error_of(MEDIAN_EXACT - 1, true) == 0);
    assert_true(error_of(MEDIAN_EXACT, false) == 0);
}

static void many_are_as_near_as_is_said(void **state)
{
    const double bound = 1.0 / 8192 + 1e-12;

    (void)state;
    for (size_t n = MEDIAN_EXACT + 1; n < 100000; n += 13001) {
        assert_true(error_of(n, false) <= bound);
        assert_true(error_of(n, true) <= bound);
    }
}

/* Whole numbers below 4096 have bins of their own; nothing is lost at the
 * ends, and memory does not grow with what is counted. */
static void the_ends_of_the_range(void **state)
{
    static const uint64_t value[] = {1, 2, 1000, 4095, 8191, UINT64_MAX};

    (void)state;
    for (size_t v = 0; v < sizeof value / sizeof *value; v++) {
        struct median m = {.n = 0};
        int octaves = 0;

        for (int i = 0; i <= 2 * MEDIAN_EXACT; i++)
            assert_int_equal(median_add(&m, value[v]), 0);
        if (value[v] < 8192)
            assert_true(median_value(&m) == (double)value[v]);
        assert_true(fabs(median_value(&m) / (double)value[v] - 1) < 1.3e-4);
        assert_null(m.exact);
        for (int i = 0; i < MEDIAN_OCTAVES; i++)
            octaves += m.octave[i] != NULL;
        assert_int_equal(octaves, 1);
        median_clear(&m);
    }
}

static void none_is_no_number(void **state)
{
    struct median m = {.n = 0};

    (void)state;
    assert_true(isnan(median_value(&m)));
    median_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_exact),
        cmocka_unit_test(many_are_as_near_as_is_said),
        cmocka_unit_test(the_ends_of_the_range),
        cmocka_unit_test(none_is_no_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
