/* SPDX-License-Identifier: Apache-2.0 */
/* Digits by position: two implementations agree, any decomposition does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/digits.h"

enum { N = 1000 };

static void compare(uint64_t seed, uint32_t stream, uint64_t first)
{
    int64_t x[N];

    digits_fill(x, N, seed, stream, first);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(x[i], digits_at(seed, stream, first + i));
}

/* Also where seed, stream and the generator's counter need all their bits. */
static void both_implementations_agree(void **state)
{
    (void)state;
    compare(0, 0, 0);
    compare(1, 2, 3);
    compare(0xfedcba9876543210u, 0xffffffffu, 64);
    compare(77, 5, ((uint64_t)1 << 34) - 500);
    compare(77, 5, ((uint64_t)1 << 45) + 17);
}

/* The words 6627e8d5 e169c58d bc57ac4c 9b00dbd8 of Random123's known-answer
 * file, as tenths of 2^32. */
static void known_answer(void **state)
{
    int64_t x[64];

    (void)state;
    digits_fill(x, 64, 0, 0, 0);
    assert_int_equal(x[0], 3);
    assert_int_equal(x[16], 8);
    assert_int_equal(x[32], 7);
    assert_int_equal(x[48], 6);
}

static void any_decomposition_is_the_same(void **state)
{
    int64_t whole[N], parts[N];

    (void)state;
    digits_fill(whole, N, 7, 3, 100);
    for (size_t step = 1; step < 200; step += 21) {
        memset(parts, 0, sizeof parts);
        for (size_t at = 0; at < N; at += step)
            digits_fill(parts + at, at + step < N ? step : N - at, 7, 3,
                        100 + at);
        assert_memory_equal(parts, whole, sizeof whole);
    }
}

static void nothing_is_written_beyond(void **state)
{
    int64_t x[130];

    (void)state;
    for (size_t count = 0; count < 129; count++) {
        memset(x, 0xff, sizeof x);
        digits_fill(x, count, 1, 1, 5);
        assert_true(count == 0 || x[count - 1] >= 0);
        assert_int_equal(x[count], -1);
    }
}

static void all_ten_are_as_likely(void **state)
{
    enum { MANY = 1000000 };
    int64_t *x = malloc(MANY * sizeof *x);
    int seen[10] = {0};

    (void)state;
    assert_non_null(x);
    digits_fill(x, MANY, 3, 0, 0);
    for (int i = 0; i < MANY; i++) {
        assert_in_range(x[i], 0, 9);
        seen[x[i]]++;
    }
    /* 100,000 of each expected, standard deviation 300. */
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 98500, 101500);
    free(x);
}

static int same(const int64_t *a, const int64_t *b)
{
    int n = 0;

    for (int i = 0; i < N; i++)
        n += a[i] == b[i];
    return n;
}

/* One in ten is the same by chance; standard deviation 9.5. */
static void seeds_and_streams_differ(void **state)
{
    int64_t a[N], b[N], c[N], d[N];

    (void)state;
    digits_fill(a, N, 1, 1, 0);
    digits_fill(b, N, 2, 1, 0);
    digits_fill(c, N, 1, 2, 0);
    digits_fill(d, N, (uint64_t)1 << 32 | 1, 1, 0);
    assert_in_range(same(a, b), 50, 150);
    assert_in_range(same(a, c), 50, 150);
    assert_in_range(same(a, d), 50, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_implementations_agree),
        cmocka_unit_test(known_answer),
        cmocka_unit_test(any_decomposition_is_the_same),
        cmocka_unit_test(nothing_is_written_beyond),
        cmocka_unit_test(all_ten_are_as_likely),
        cmocka_unit_test(seeds_and_streams_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
