/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers by position: any decomposition makes the same data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/rng.h"

enum { N = 1000 };

static void any_decomposition_is_the_same(void **state)
{
    double whole[N], parts[N];

    (void)state;
    rng_fill(whole, N, 7, 3, 100);
    for (size_t step = 1; step < 20; step += 3) {
        memset(parts, 0, sizeof parts);
        for (size_t at = 0; at < N; at += step)
            rng_fill(parts + at, at + step < N ? step : N - at, 7, 3, 100 + at);
        assert_memory_equal(parts, whole, sizeof whole);
    }
}

/* Philox4x32-10 on an all-zero counter and key gives 6627e8d5 e169c58d
 * bc57ac4c 9b00dbd8 (the known-answer file of Random123). */
static void known_answer(void **state)
{
    double x[2];

    (void)state;
    assert_true(rng_bits(0, 0, 0) == 0xe169c58d6627e8d5u);
    rng_fill(x, 2, 0, 0, 0);
    assert_true(x[0] == (0xe8d5 - 32768) * 0x1p-15);
    assert_true(x[1] == (0x6627 - 32768) * 0x1p-15);
}

static void seeds_and_streams_differ(void **state)
{
    double a[N], b[N], c[N];
    int same_seed = 0, same_stream = 0;

    (void)state;
    rng_fill(a, N, 1, 1, 0);
    rng_fill(b, N, 2, 1, 0);
    rng_fill(c, N, 1, 2, 0);
    for (int i = 0; i < N; i++) {
        same_seed += a[i] == b[i];
        same_stream += a[i] == c[i];
    }
    assert_true(same_seed < 5 && same_stream < 5);
}

static void values_are_sixteen_bit_fractions(void **state)
{
    double x[N], sum = 0;

    (void)state;
    rng_fill(x, N, 5, 0, 0);
    for (int i = 0; i < N; i++) {
        assert_true(x[i] >= -1 && x[i] < 1);
        assert_true(x[i] * 0x1p15 == floor(x[i] * 0x1p15));
        sum += x[i];
    }
    /* The mean of 1,000 has a standard deviation of 0.018. */
    assert_true(fabs(sum / N) < 0.1);
}

static void shuffles_are_permutations(void **state)
{
    int first[4][4] = {{0}}, order[4];

    (void)state;
    for (uint64_t round = 0; round < 4000; round++) {
        int seen = 0;

        rng_shuffle(order, 4, 11, round);
        for (int i = 0; i < 4; i++) {
            seen |= 1 << order[i];
            first[i][order[i]]++;
        }
        assert_int_equal(seen, 15);
    }
    /* Each of four in each place: 1,000 expected, standard deviation 27. */
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++)
            assert_in_range(first[i][k], 850, 1150);
    }
}

static void checksum_sees_swaps_and_changes(void **state)
{
    uint64_t sum = rng_checksum(0, 1.5) + rng_checksum(1, 2.5);

    (void)state;
    assert_true(sum == rng_checksum(1, 2.5) + rng_checksum(0, 1.5));
    assert_false(sum == rng_checksum(0, 2.5) + rng_checksum(1, 1.5));
    assert_false(sum ==
                 rng_checksum(0, nextafter(1.5, 2)) + rng_checksum(1, 2.5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_decomposition_is_the_same),
        cmocka_unit_test(known_answer),
        cmocka_unit_test(seeds_and_streams_differ),
        cmocka_unit_test(values_are_sixteen_bit_fractions),
        cmocka_unit_test(shuffles_are_permutations),
        cmocka_unit_test(checksum_sees_swaps_and_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
