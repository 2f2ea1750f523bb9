/* SPDX-License-Identifier: Apache-2.0 */
/* The small words of core/: errors, names, parameters, shares, arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "core/param.h"
#include "core/worker.h"

/* -- err ----------------------------------------------------------------- */

static void err_set_fills_and_fails(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(err_set(&err, EXIT_USAGE, "bad '%s'", "word"), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_string_equal(err.text, "bad 'word'");
    assert_int_equal(err_set(NULL, EXIT_USAGE, "nobody asks"), -1);
}

static void err_cuts_long_text(void **state)
{
    char word[1000];
    struct err err;

    (void)state;
    memset(word, 'x', sizeof word);
    word[sizeof word - 1] = '\0';
    err_set(&err, EXIT_USAGE, "%s", word);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void err_errno_says_the_cause(void **state)
{
    struct err err;

    (void)state;
    errno = ENOENT;
    err_errno(&err, EXIT_RESOURCE, "cannot open '%s'", "x");
    assert_string_equal(err.text, "cannot open 'x': No such file or directory");
}

/* -- nearest ------------------------------------------------------------- */

static void nearest_finds_slips(void **state)
{
    static const char *const names[] = {"matmul", "triad", "hold", "null",
                                        NULL};

    (void)state;
    assert_string_equal(nearest_name("matmull", names), "matmul");
    assert_string_equal(nearest_name("amtmul", names), "matmul");
    assert_string_equal(nearest_name("tirad", names), "triad");
    assert_string_equal(nearest_name("hol", names), "hold");
    assert_string_equal(nearest_name("mat", names), "matmul");
    assert_null(nearest_name("quicksort", names));
    assert_null(nearest_name("", names));
}

static void nearest_survives_long_words(void **state)
{
    static const char *const names[] = {"matmul", NULL};
    char word[500];

    (void)state;
    memset(word, 'm', sizeof word);
    word[sizeof word - 1] = '\0';
    assert_null(nearest_name(word, names));
}

/* -- param --------------------------------------------------------------- */

static const char *const colours[] = {"red", "green", NULL};

static const struct param table[] = {
    {.name = "n", .type = PARAM_COUNT, .def = "16", .min = 1, .max = 1e9},
    {.name = "hold", .type = PARAM_REAL, .def = "0.5", .min = 0, .max = 10},
    {.name = "colour", .type = PARAM_CHOICE, .def = "red", .choices = colours},
    {.name = NULL},
};

enum { MAX = 8 };

static int parse(int row, const char *text, union param_value *value, int *n)
{
    struct err err;

    return param_parse(&table[row], text, value, MAX, n, &err);
}

static void param_reads_lists(void **state)
{
    union param_value value[MAX];
    int n;

    (void)state;
    assert_int_equal(parse(0, "512,2^11,7", value, &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(value[0].count, 512);
    assert_int_equal(value[1].count, 2048);
    assert_int_equal(value[2].count, 7);
}

static void param_reads_ranges(void **state)
{
    union param_value value[MAX];
    int n;

    (void)state;
    assert_int_equal(parse(0, "2^3..2^6", value, &n), 0);
    assert_int_equal(n, 4);
    assert_int_equal(value[3].count, 64);
    assert_int_equal(parse(0, "3..5", value, &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(value[2].count, 5);
}

static void param_reads_reals_and_choices(void **state)
{
    union param_value value[MAX];
    int n;

    (void)state;
    assert_int_equal(parse(1, "1e-3", value, &n), 0);
    assert_true(value[0].real == 1e-3);
    assert_int_equal(parse(2, "green,red", value, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(value[0].count, 1);
}

static void param_refuses(void **state)
{
    static const struct {
        int row;
        const char *text;
    } bad[] = {{0, "0"},    {0, "-3"},   {0, ""},           {0, "12x"},
               {0, "2^"},   {0, "2^99"}, {0, "1,,2"},       {0, "5..3"},
               {0, "1..9"}, {0, "1e3"},  {0, "2000000000"}, {1, "nan"},
               {1, "11"},   {1, "-1"},   {1, "x"},          {2, "blue"},
               {2, ""}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        union param_value value[MAX];
        struct err err = {0};
        int n = -7;

        if (param_parse(&table[bad[i].row], bad[i].text, value, MAX, &n,
                        &err) == 0)
            fail_msg("'%s' was taken", bad[i].text);
        assert_int_equal(err.code, EXIT_USAGE);
        assert_int_equal(n, -7);
        assert_non_null(strstr(err.text, table[bad[i].row].name));
    }
}

static void param_names_the_nearest(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(param_find(table, "hold", &err), 1);
    assert_int_equal(param_find(table, "color", &err), -1);
    assert_non_null(strstr(err.text, "'color'"));
    assert_non_null(strstr(err.text, "'colour'"));
    assert_int_equal(param_find(table, "zzzz", &err), -1);
    assert_non_null(strstr(err.text, "n, hold, colour"));
}

static void param_prints_what_it_reads(void **state)
{
    union param_value value[PARAM_MAX], again;
    char text[32];
    int n;

    (void)state;
    param_defaults(table, value);
    for (int i = 0; table[i].name; i++) {
        param_format(&table[i], value[i], text, sizeof text);
        assert_string_equal(text, table[i].def);
        assert_int_equal(parse(i, text, &again, &n), 0);
        assert_memory_equal(&again, &value[i], sizeof again);
    }
}

/* -- worker -------------------------------------------------------------- */

/* Shares of every split cover all items once, cut at multiples of the unit. */
static void shares_cover(void **state)
{
    (void)state;
    for (size_t total = 0; total < 60; total += 7) {
        for (size_t unit = 1; unit < 9; unit += 3) {
            for (int parts = 1; parts < 12; parts++) {
                size_t next = 0;

                for (int i = 0; i < parts; i++) {
                    struct share s = share_of(total, unit, parts, i);

                    assert_int_equal(s.first, next);
                    assert_true(s.first % unit == 0 || s.count == 0);
                    next = s.first + s.count;
                }
                assert_int_equal(next, total);
            }
        }
    }
}

static void shares_are_even(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++) {
        size_t count = share_of(100, 1, 7, i).count;

        assert_in_range(count, 14, 15);
    }
}

static void arena_gives_and_refuses(void **state)
{
    static _Alignas(4096) char memory[8192];
    struct arena arena = {memory, sizeof memory, 0};
    struct worker w = {.arena = &arena, .task = 3};
    struct err err = {0};
    char *one, *two;

    (void)state;
    one = worker_alloc(&w, 10, &err);
    two = worker_alloc(&w, 10, &err);
    assert_ptr_equal(one, memory);
    assert_int_equal(two - one, 64);
    assert_ptr_equal(worker_alloc(&w, 4096, &err), memory + 128);
    /* No room for a gap: it is left out, not refused. */
    assert_ptr_equal(worker_alloc(&w, 3968, &err), memory + 4224);
    assert_null(worker_alloc(&w, 1, &err));
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_non_null(strstr(err.text, "worker 3"));
    assert_null(worker_alloc(&w, SIZE_MAX, &err));
}

static void alone_is_a_team_of_one(void **state)
{
    struct worker w = {.rank = 5, .size = 8, .task = 5}, alone;
    double x[2] = {1, 2};
    int in = 0, out = 9;

    (void)state;
    worker_alone(&alone, &w);
    assert_int_equal(alone.rank, 0);
    assert_int_equal(alone.size, 1);
    assert_int_equal(alone.task, 5);
    alone.ops->allreduce(&alone, x, 2, REDUCE_SUM);
    assert_true(x[0] == 1 && x[1] == 2);
    alone.ops->allgather(&alone, &out, &in, sizeof out);
    assert_int_equal(in, 9);
    assert_ptr_equal(alone.ops->peer(&alone, 0, x), x);
}

/* -- mem, clock ---------------------------------------------------------- */

static void memory_is_mapped_and_counted(void **state)
{
    struct err err;
    char text[32];
    char *at;

    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        assert_int_equal(mem_map((void **)&at, 1 << 20, MEM_BASE, shared, &err),
                         0);
        assert_int_equal(at[12345], 0);
        at[12345] = 1;
        mem_unmap(at, 1 << 20);
    }
    mem_unmap(NULL, 1);
    assert_true(mem_available() > 1 << 20);
    assert_string_equal(mem_format(1536, text, sizeof text), "1.5 KiB");
    assert_string_equal(mem_format(17, text, sizeof text), "17 B");
    assert_int_equal(mem_map((void **)&at, SIZE_MAX / 2, MEM_BASE, true, &err),
                     -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
}

static void clock_goes_forward(void **state)
{
    uint64_t before = clock_now();
    struct timer timer;

    (void)state;
    clock_sleep(1000000);
    assert_true(clock_now() - before >= 1000000);
    timer_calibrate(&timer);
    assert_true(timer.overhead_ns > 0 && timer.resolution_ns > 0);
    assert_true(timer_least_region(&timer) >= 20 * timer.overhead_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_set_fills_and_fails),
        cmocka_unit_test(err_cuts_long_text),
        cmocka_unit_test(err_errno_says_the_cause),
        cmocka_unit_test(nearest_finds_slips),
        cmocka_unit_test(nearest_survives_long_words),
        cmocka_unit_test(param_reads_lists),
        cmocka_unit_test(param_reads_ranges),
        cmocka_unit_test(param_reads_reals_and_choices),
        cmocka_unit_test(param_refuses),
        cmocka_unit_test(param_names_the_nearest),
        cmocka_unit_test(param_prints_what_it_reads),
        cmocka_unit_test(shares_cover),
        cmocka_unit_test(shares_are_even),
        cmocka_unit_test(arena_gives_and_refuses),
        cmocka_unit_test(alone_is_a_team_of_one),
        cmocka_unit_test(memory_is_mapped_and_counted),
        cmocka_unit_test(clock_goes_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
