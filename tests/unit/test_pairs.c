/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#define ALPHA  0.05
#define MARGIN 0.02

static void check_holm(const struct vector *v)
{
    double adjusted[VECTOR_VALUES];

    stats_holm(v->group[0], v->n[0], adjusted);
    for (size_t i = 0; i < v->n[0]; i++)
        assert_near(adjusted[i], v->group[1][i], 1e-12);
}

static void test_holm_is_step_down(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("holm.txt", check_holm), 15);
}

static struct estimate interval(double low, double value, double high)
{
    return (struct estimate){value, {low, high}, 0.9, 20, true};
}

static enum verdict verdict(double low, double high, double p)
{
    double value = (low + high) / 2, further = 0.005;
    struct estimate narrow = interval(low, value, high);
    struct estimate wide = interval(low - further, value, high + further);

    return stats_verdict(&wide, &narrow, p, ALPHA, MARGIN);
}

static void test_verdict_follows_the_rule(void **state)
{
    struct estimate none = {0.1, {NAN, NAN}, 0, 4, false};

    (void)state;
    assert_int_equal(verdict(-0.01, 0.01, 0.8), VERDICT_EQUAL);
    /* significant, but surely too small to matter */
    assert_int_equal(verdict(0.005, 0.015, 0.001), VERDICT_EQUAL);
    assert_int_equal(verdict(-0.02, 0.01, 0.8), VERDICT_INCONCLUSIVE);
    assert_int_equal(verdict(-0.01, 0.02, 0.8), VERDICT_INCONCLUSIVE);
    assert_int_equal(verdict(0.01, 0.03, 0.049), VERDICT_DIFFERENT);
    assert_int_equal(verdict(0.01, 0.03, 0.05), VERDICT_INCONCLUSIVE);
    assert_int_equal(verdict(-0.09, -0.03, 0.01), VERDICT_DIFFERENT);
    /* significant, but the interval over all pairs reaches 0 */
    assert_int_equal(verdict(0.004, 0.03, 0.01), VERDICT_INCONCLUSIVE);
    assert_int_equal(stats_verdict(&none, &none, 0.01, ALPHA, MARGIN),
                     VERDICT_INCONCLUSIVE);
    assert_string_equal(stats_verdict_name(VERDICT_EQUAL), "equal");
    assert_string_equal(stats_verdict_name(VERDICT_DIFFERENT), "different");
    assert_string_equal(stats_verdict_name(VERDICT_INCONCLUSIVE),
                        "inconclusive");
}

static size_t needed(double value, double wide, double narrow)
{
    struct estimate w = interval(value - wide, value, value + wide);
    struct estimate n = interval(value - narrow, value, value + narrow);

    return stats_blocks_needed(&w, &n, 0.95, MARGIN);
}

static void test_blocks_needed_is_inverse_square(void **state)
{
    struct estimate few = {0, {NAN, NAN}, 0, 2, false};
    struct estimate still = interval(0, 0, 0);

    (void)state;
    /* equality in sight: 0.04 must shrink to 0.02, four times the blocks */
    assert_int_equal(needed(0, 0.05, 0.04), 60);
    /* off the centre the near side of the margin counts: 0.04 to 0.01 */
    assert_int_equal(needed(0.01, 1, 0.04), 20 * 16 - 20);
    /* beyond the margin only a difference can come of it: 0.06 to 0.03 */
    assert_int_equal(needed(0.03, 0.06, 0.05), 60);
    assert_int_equal(needed(-0.03, 0.06, 0.05), 60);
    /* nearly there, and already there: at least one */
    assert_int_equal(needed(0.03, 0.0300001, 0.02), 1);
    assert_int_equal(needed(0.03, 0.01, 0.02), 1);
    assert_int_equal(stats_blocks_needed(&few, &few, 0.95, MARGIN), 4);
    assert_true(stats_blocks_needed(&still, &still, 0.95, 0) == SIZE_MAX);
}

static void test_pairs_are_judged_together(void **state)
{
    enum { N = 24, M = 4 };
    static const double shift[M] = {0.08, 0, 0.004, 0.018};
    uint64_t noise = 7;
    double x[M][N];
    struct sample sample[M];
    struct pair pair[M];
    struct err err;

    (void)state;
    for (int i = 0; i < M; i++) {
        for (int b = 0; b < N; b++)
            x[i][b] = shift[i] + (i == 3 ? 0.02 : 0.004) * normal(&noise);
        sample[i] = (struct sample){x[i], i == 1 ? 4 : N};
    }
    assert_done(stats_pairs(sample, M, ALPHA, MARGIN, pair, &err), &err);
    assert_int_equal(pair[0].verdict, VERDICT_DIFFERENT);
    assert_true(pair[0].ratio.ci.low > 0.07 && pair[0].ratio.ci.high < 0.09);
    assert_true(pair[0].ratio.level >= 1 - ALPHA / M);
    assert_true(pair[0].ratio.ci.low < pair[0].narrow.ci.low);
    assert_near(pair[0].p_adjusted, 4 * pair[0].p, 1e-15);
    assert_int_equal(pair[0].more, 0);
    assert_int_equal(pair[1].verdict, VERDICT_INCONCLUSIVE); /* 4 blocks */
    assert_false(pair[1].ratio.valid);
    assert_int_equal(pair[1].more, 4);
    assert_int_equal(pair[2].verdict, VERDICT_EQUAL); /* though p is small */
    assert_true(pair[2].p_adjusted < ALPHA);
    assert_int_equal(pair[2].more, 0);
    assert_true(pair[3].verdict != VERDICT_EQUAL);
}

static void test_bad_data_leave_outputs_alone(void **state)
{
    static const double good[6] = {1, 2, 3, 4, 5, 6}, bad[2] = {1, NAN};
    struct sample sample[2] = {{good, 6}, {bad, 2}};
    struct pair pair[2];
    struct err err;

    (void)state;
    memset(pair, 0x55, sizeof pair);
    assert_int_equal(stats_pairs(sample, 2, ALPHA, MARGIN, pair, &err), -1);
    assert_int_equal(err.code, EXIT_WRONG);
    assert_int_equal(((unsigned char *)pair)[0], 0x55);
}

struct tally {
    int verdicts[3];
    int any; /* sessions with at least one "different" */
};

/* Four executors in blocks, the last slower by shift, all six pairs. */
static struct tally simulate(int sessions, size_t n, double shift,
                             uint64_t noise)
{
    struct tally tally = {{0}, 0};

    for (int session = 0; session < sessions; session++) {
        double time[4][30], x[6][30];
        struct sample sample[6];
        struct pair pair[6];
        struct err err;
        bool any = false;

        for (size_t i = 0; i < 4 * n; i++)
            time[i % 4][i / 4] = log_time(&noise) + (i % 4 == 3 ? shift : 0);
        for (int a = 0, m = 0; a < 4; a++)
            for (int b = 0; b < a; b++, m++) {
                for (size_t i = 0; i < n; i++)
                    x[m][i] = time[a][i] - time[b][i];
                sample[m] = (struct sample){x[m], n};
            }
        assert_done(stats_pairs(sample, 6, ALPHA, MARGIN, pair, &err), &err);
        for (int m = 0; m < 6; m++) {
            tally.verdicts[pair[m].verdict]++;
            any |= pair[m].verdict == VERDICT_DIFFERENT;
        }
        tally.any += any;
    }
    return tally;
}

static void test_identical_executors_are_rarely_called_different(void **state)
{
    struct tally t = simulate(1000, 12, 0, 11);

    (void)state;
    assert_true(t.any <= 50 + 13); /* 5 % and two standard errors */
    assert_true(t.any > 0);        /* it is a level, not a muzzle */
    t = simulate(300, 30, 0, 12);
    assert_true(t.verdicts[VERDICT_EQUAL] >= 0.9 * 6 * 300);
}

static void test_a_slow_executor_is_found(void **state)
{
    struct tally t = simulate(300, 30, 0.06, 13);

    (void)state;
    assert_true(t.any >= 0.95 * 300);
    assert_true(t.verdicts[VERDICT_DIFFERENT] >= 0.9 * 3 * 300);
}

/* One pair with a true ratio just at the margin, where "equal" is false. */
static void test_equal_is_rarely_said_of_what_differs(void **state)
{
    uint64_t noise = 14;
    int equal = 0;

    (void)state;
    for (int session = 0; session < 2000; session++) {
        double x[20];
        struct sample sample = {x, 20};
        struct pair pair;
        struct err err;

        for (int i = 0; i < 20; i++)
            x[i] = MARGIN + 0.01 * normal(&noise);
        assert_done(stats_pairs(&sample, 1, ALPHA, MARGIN, &pair, &err), &err);
        equal += pair.verdict == VERDICT_EQUAL;
    }
    assert_in_range(equal, 0.03 * 2000, 0.06 * 2000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holm_is_step_down),
        cmocka_unit_test(test_verdict_follows_the_rule),
        cmocka_unit_test(test_blocks_needed_is_inverse_square),
        cmocka_unit_test(test_pairs_are_judged_together),
        cmocka_unit_test(test_bad_data_leave_outputs_alone),
        cmocka_unit_test(test_identical_executors_are_rarely_called_different),
        cmocka_unit_test(test_a_slow_executor_is_found),
        cmocka_unit_test(test_equal_is_rarely_said_of_what_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
