/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts and numbers of exports: whatever is in a record, what comes out is
 * clean, cut between characters, and fits its room.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "results/export/export.h"
#include "results/export/labels.h"
#include "results/export/spool.h"
#include "results/export/text.h"

#define FFFD "\xef\xbf\xbd"

static void assert_clean(const char *text, size_t size, const char *expected)
{
    char out[64];

    memset(out, '!', sizeof out);
    assert_string_equal(text_clean(text, out, size), expected);
    assert_int_equal(out[size], '!');
}

static void test_what_is_harmless_stays(void **state)
{
    (void)state;
    assert_clean("", 8, "");
    assert_clean("n=1024 \"a\", \\b <c>", 60, "n=1024 \"a\", \\b <c>");
    assert_clean("\u00e9\u4e2d\U0001f600", 60, "\u00e9\u4e2d\U0001f600");
}

static void test_what_is_obeyed_is_replaced(void **state)
{
    static const char *const bad[] = {
        "\n",       "\r",       "\t",     "\x1b",       "\x7f",
        "\xc2\x85", "\xc2\x9b", "\u00ad", "\u061c",     "\u200b",
        "\u200f",   "\u2028",   "\u202e", "\u2066",     "\ufeff",
        "\xff",     "\xc3",     "\x80",   "\U000e0041", NULL};
    char text[16], expected[16];

    (void)state;
    for (int i = 0; bad[i]; i++) {
        snprintf(text, sizeof text, "a%sb", bad[i]);
        snprintf(expected, sizeof expected, "a%sb", FFFD);
        assert_clean(text, 60, expected);
    }
    /* Overlong, a surrogate, beyond Unicode: a mark for each byte. */
    assert_clean("\xc0\xaf", 60, FFFD FFFD);
    assert_clean("\xe0\x80\xaf", 60, FFFD FFFD FFFD);
    assert_clean("\xed\xa0\x80", 60, FFFD FFFD FFFD);
    assert_clean("\xf4\x90\x80\x80", 60, FFFD FFFD FFFD FFFD);
}

static void test_long_texts_end_in_dots(void **state)
{
    (void)state;
    assert_clean("1234567", 8, "1234567");
    assert_clean("12345678", 8, "1234...");
    assert_clean("123\u4e2d\u4e2d", 8, "123...");
    assert_clean("1234\u4e2d", 8, "1234\u4e2d");
    assert_clean("\n\n\n", 8, FFFD "...");
    assert_clean("12345678", 4, "...");
}

static char *printed(void (*print)(FILE *, const void *), const void *what)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    print(out, what);
    fclose(out);
    return text;
}

static void print_json(FILE *out, const void *text)
{
    text_json(out, text);
}

static void print_number(FILE *out, const void *number)
{
    number_print(out, *(const double *)number, "null");
}

static void print_seconds(FILE *out, const void *ns)
{
    seconds_print(out, *(const uint64_t *)ns);
}

static void assert_printed(void (*print)(FILE *, const void *),
                           const void *what, const char *expected)
{
    char *text = printed(print, what);

    assert_string_equal(text, expected);
    free(text);
}

static void test_numbers_are_json(void **state)
{
    (void)state;
    assert_printed(print_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
    assert_printed(print_number, &(double){0.07}, "0.07");
    assert_printed(print_number, &(double){NAN}, "null");
    assert_printed(print_number, &(double){-INFINITY}, "null");
    assert_printed(print_seconds, &(uint64_t){5}, "0.000000005");
    assert_printed(print_seconds, &(uint64_t){UINT64_C(12000000034)},
                   "12.000000034");
}

/* Names that are one when they are cut, and kinds of values that are none. */
static void test_parameters_have_names_of_their_own(void **state)
{
    json_t *plan = json_pack("{s:{s:i,s:f,s:s,s:b,s:n}}", "params", "n", 4, "x",
                             0.5, "pages", "ba\nse", "flag", 1, "none");
    json_t *params = json_object_get(plan, "params");
    struct comparison c = {.kernel = "k", .mode = "divide", .unit = ""};
    struct labels *labels = calloc(1, sizeof *labels);
    char text[80], name[100];

    (void)state;
    labels_make(labels, &c, plan);
    assert_string_equal(labels_params(labels, text, sizeof text),
                        "n=4 x=0.5 pages=ba" FFFD "se");
    assert_false(labels->more);
    assert_true(labels_find(labels, "n")->numeric);
    assert_false(labels_find(labels, "pages")->numeric);
    assert_null(labels_find(labels, "flag"));
    for (int i = 0; i < 2; i++) {
        memset(name, 'y', sizeof name);
        snprintf(name + 90, 10, "%d", i);
        json_object_set_new(params, name, json_integer(i));
    }
    labels_make(labels, &c, plan);
    assert_int_equal(labels->params, 4);
    assert_true(labels->more);
    free(labels);
    json_decref(plan);
}

static void test_times_come_back(void **state)
{
    struct spool spool = {.n = 0};
    struct spooled one;
    struct err err;

    (void)state;
    for (unsigned i = 1; i <= 5; i++) {
        struct trial trial = {.ns = 10 * i,
                              .repeats = 2,
                              .usage = {.cpu_ns = 40 * i, .system_ns = 6}};

        assert_int_equal(spool_add(&spool, &trial, &err), 0);
    }
    assert_float_equal(spool.wall.mean, 30, 1e-12);
    assert_float_equal(spool.cpu.mean, 60, 1e-12);
    assert_float_equal(spool.system.mean, 3, 1e-12);
    assert_float_equal(spool_stddev(&spool, &spool.wall), sqrt(250), 1e-12);
    assert_float_equal(median_value(&spool.wall.median), 30, 0);
    assert_int_equal(spool.min_ns, 10);
    assert_int_equal(spool.max_ns, 50);
    assert_int_equal(spool_rewind(&spool, &err), 0);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(spool_next(&spool, &one, &err), 1);
        assert_int_equal(one.ns, 10 * i);
        assert_int_equal(one.cpu_ns, 20 * i);
        assert_int_equal(one.repeats, 2);
    }
    assert_int_equal(spool_next(&spool, &one, &err), 0);
    spool_clear(&spool);
    assert_int_equal(spool.n, 0);
    assert_true(isnan(spool_stddev(&spool, &spool.wall)));
}

static void test_formats_by_name_and_ending(void **state)
{
    char names[100];

    (void)state;
    assert_non_null(export_find("csv"));
    assert_null(export_find("xml"));
    assert_ptr_equal(export_guess("a.b/c.tex"), export_find("latex"));
    assert_ptr_equal(export_guess("x.jsonl"), export_find("extrap"));
    assert_null(export_guess("x.json"));
    assert_null(export_guess("csv"));
    assert_string_equal(
        export_names(names, sizeof names),
        "--csv, --md, --latex, --hyperfine, --gbench or --extrap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_harmless_stays),
        cmocka_unit_test(test_what_is_obeyed_is_replaced),
        cmocka_unit_test(test_long_texts_end_in_dots),
        cmocka_unit_test(test_numbers_are_json),
        cmocka_unit_test(test_parameters_have_names_of_their_own),
        cmocka_unit_test(test_times_come_back),
        cmocka_unit_test(test_formats_by_name_and_ending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
