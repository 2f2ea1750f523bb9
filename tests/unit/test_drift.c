/* SPDX-License-Identifier: Apache-2.0 */
/* How another node's clock is followed, on clocks made up for it. */
#include "core/drift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static const uint64_t second = 1000000000;

/* A clock that runs ahead of ours by `ahead` at 0, and `ppm` faster. */
struct clock {
    int64_t ahead;
    double ppm;
};

static uint64_t root_at(const struct clock *clock, uint64_t local)
{
    return local + (uint64_t)(clock->ahead +
                              (int64_t)((double)local * clock->ppm * 1e-6));
}

/* A reading that is wrong by no more than its error, this way or that. */
static bool read_at(struct drift *d, const struct clock *clock, uint64_t local,
                    int64_t wrong)
{
    struct reading reading = {
        .local = local,
        .offset = (int64_t)(root_at(clock, local) - local) + wrong,
        .error = (uint64_t)llabs(wrong) + 1000};

    return drift_learn(d, &reading);
}

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void without_a_reading_clocks_are_one(void **state)
{
    struct drift d = {.n = 0};

    (void)state;
    assert_int_equal(drift_to_root(&d, 12345), 12345);
    assert_int_equal(drift_to_local(&d, 12345), 12345);
    assert_int_equal(drift_error(&d, 12345), 0);
    assert_false(drift_is_stale(&d, 1000 * second));
}

static void one_reading_gives_the_offset(void **state)
{
    const struct clock clock = {.ahead = -1000 * (int64_t)1000000000};
    struct drift d = {.n = 0};
    uint64_t now = 5000 * second;

    (void)state;
    assert_false(read_at(&d, &clock, now, 0));
    assert_int_equal(drift_to_root(&d, now), 4000 * second);
    assert_int_equal(drift_to_local(&d, 4000 * second), now);
}

/* 400 days of uptime: a double would be wrong by 4 ns. */
static void large_offsets_are_exact(void **state)
{
    const struct clock clock = {.ahead = 34560000000000003};
    struct drift d = {.n = 0};

    (void)state;
    read_at(&d, &clock, 7, 0);
    assert_int_equal(drift_to_root(&d, 7), 34560000000000010);
    assert_int_equal(drift_to_local(&d, 34560000000000010), 7);
}

static void the_rate_is_learned(void **state)
{
    const struct clock clock = {.ahead = 123456789, .ppm = 40};
    struct drift d = {.n = 0};
    uint64_t late = 40 * second, root;

    (void)state;
    for (uint64_t t = 1; t <= 30; t += 3)
        assert_false(read_at(&d, &clock, t * second, t % 2 ? 900 : -900));
    root = root_at(&clock, late);
    /* 40 ppm over 12 s would be 480 us. */
    assert_true(apart(drift_to_root(&d, late), root) < 5000);
    assert_true(apart(drift_to_root(&d, late), root) < drift_error(&d, late));
    assert_true(apart(drift_to_local(&d, root), late) < 5000);
}

static void there_and_back_is_the_same(void **state)
{
    const struct clock clock = {.ahead = -987654321, .ppm = -300};
    struct drift d = {.n = 0};

    (void)state;
    for (uint64_t t = 2; t <= 20; t += 3)
        read_at(&d, &clock, t * second, 0);
    for (uint64_t local = 10 * second; local < 50 * second; local += second / 3)
        assert_true(
            apart(drift_to_local(&d, drift_to_root(&d, local)), local) <= 2);
}

static void what_is_known_grows_stale(void **state)
{
    const struct clock clock = {.ahead = 5};
    struct drift young = {.n = 0}, old = {.n = 0};

    (void)state;
    read_at(&young, &clock, second, 10000);
    assert_false(drift_is_stale(&young, second + 1000));
    assert_true(drift_is_stale(&young, 2 * second));
    /* One that was followed for a while may be left alone for longer. */
    for (uint64_t t = 1; t <= 30; t += 3)
        read_at(&old, &clock, t * second, 1000);
    assert_false(drift_is_stale(&old, 29 * second));
    assert_true(drift_is_stale(&old, 60 * second));
}

static void the_ring_forgets_the_oldest(void **state)
{
    struct clock clock = {.ahead = 0, .ppm = 100};
    struct drift d = {.n = 0};

    (void)state;
    for (uint64_t t = 3; t <= 300; t += 3)
        assert_false(read_at(&d, &clock, t * second, 0));
    assert_int_equal(d.n, DRIFT_READINGS);
    assert_true(apart(drift_to_root(&d, 310 * second),
                      root_at(&clock, 310 * second)) < 10000);
}

static void a_jump_is_seen_and_the_past_forgotten(void **state)
{
    struct clock clock = {.ahead = 1000, .ppm = 10};
    struct drift d = {.n = 0};
    uint64_t now = 50 * second;

    (void)state;
    for (uint64_t t = 3; t <= 30; t += 3)
        assert_false(read_at(&d, &clock, t * second, 0));
    clock.ahead += 5 * (int64_t)second;
    assert_true(read_at(&d, &clock, now, 0));
    assert_int_equal(d.n, 1);
    assert_true(apart(drift_to_root(&d, now), root_at(&clock, now)) < 2);
    assert_false(read_at(&d, &clock, now + second, 0));
    clock.ahead -= 100000; /* and back, by 100 us */
    assert_true(read_at(&d, &clock, now + 2 * second, 0));
}

/* A clock may be slewed by 500 ppm: no jump. */
static void a_slewed_clock_has_not_jumped(void **state)
{
    const struct clock clock = {.ahead = 0, .ppm = 500};
    struct drift d = {.n = 0};

    (void)state;
    for (uint64_t t = 1; t < 100; t++)
        assert_false(read_at(&d, &clock, t * second / 20, 500));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_reading_clocks_are_one),
        cmocka_unit_test(one_reading_gives_the_offset),
        cmocka_unit_test(large_offsets_are_exact),
        cmocka_unit_test(the_rate_is_learned),
        cmocka_unit_test(there_and_back_is_the_same),
        cmocka_unit_test(what_is_known_grows_stale),
        cmocka_unit_test(the_ring_forgets_the_oldest),
        cmocka_unit_test(a_jump_is_seen_and_the_past_forgotten),
        cmocka_unit_test(a_slewed_clock_has_not_jumped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
