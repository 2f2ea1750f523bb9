/* SPDX-License-Identifier: Apache-2.0 */
/* What figures in a terminal are drawn with, and which studies are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/study.h"
#include "results/report/terminal.h"

/* -- columns ------------------------------------------------------------- */

static void test_columns_are_those_of_a_terminal(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        setlocale(LC_CTYPE, i ? "C.UTF-8" : "C");
        assert_int_equal(terminal_columns(""), 0);
        assert_int_equal(terminal_columns("abc"), 3);
        assert_int_equal(terminal_columns("a\u4e2d\u6587\uff0c"), 7);
        assert_int_equal(terminal_columns("\u2588\u00e9"), 2);
    }
}

static void becomes(const char *text, int columns, const char *want)
{
    char *got;
    size_t size;
    struct terminal t = {.out = open_memstream(&got, &size), .blocks = true};

    terminal_put(&t, text, columns);
    fclose(t.out);
    assert_string_equal(got, want);
    free(got);
}

static void test_names_are_filled_and_cut(void **state)
{
    (void)state;
    becomes("abc", 5, "abc  ");
    becomes("abcdef", 6, "abcdef");
    becomes("abcdefg", 6, "abc...");
    becomes("\u4e2d\u6587\u4e2d\u6587", 6, "\u4e2d... "); /* half of one */
    becomes("a\x1b[1m\u202e", 8, "a?[1m?  ");
}

static void test_ascii_is_plain(void **state)
{
    char *got;
    size_t size;
    struct terminal t = {.out = open_memstream(&got, &size)};

    (void)state;
    terminal_put(&t, "a\u4e2d\u00e9", 6);
    fclose(t.out);
    assert_string_equal(got, "a???  ");
    free(got);
}

static void test_paragraphs_stay_inside(void **state)
{
    char text[2000] = "", *got, *line, *rest;
    size_t size;
    struct terminal t = {.out = open_memstream(&got, &size), .blocks = true};

    (void)state;
    for (int i = 0; i < 60; i++)
        strcat(text, i % 7 ? "word " : "\u4e2d\u6587\uff0c\u4e2d\u6587");
    terminal_wrap(&t, text, 10, 4);
    fclose(t.out);
    rest = got;
    line = strsep(&rest, "\n");
    assert_true(terminal_columns(line) <= TERMINAL_WIDTH - 10);
    while (rest && *rest) {
        line = strsep(&rest, "\n");
        assert_true(terminal_columns(line) <= TERMINAL_WIDTH);
        assert_memory_equal(line, "    ", 4);
        assert_memory_not_equal(line + 4, "\uff0c", 3);
    }
    free(got);
}

/* -- boxes --------------------------------------------------------------- */

static void box_is(const double *x, size_t n, double low, double high,
                   const char *want)
{
    char out[BOX_TEXT];

    terminal_box(x, n, low, high, 10, false, out);
    assert_string_equal(out, want);
}

static void test_box_stands_at_its_quartiles(void **state)
{
    static const double even[] = {0, 2, 4, 6, 8};
    static const double far[] = {1, 1, 2, 3, 3, 9}, off[] = {1, 1, 2, 3, 3, 99};

    (void)state;
    box_is(even, 5, 0, 10, "--[=|=]-- ");
    box_is(far, 6, 0, 10, " [|]     o");
    box_is(off, 6, 0, 10, " [|]     >");
    box_is(even, 3, 0, 10, "o o o     ");
    box_is(even, 3, 1, 11, "<o o      ");
    box_is(even, 0, 0, 10, "          ");
}

static void test_equal_times_are_in_the_middle(void **state)
{
    static const double same[] = {5, 5, 5, 5, 5};

    (void)state;
    box_is(same, 5, 5, 5, "     |    ");
    assert_int_equal(terminal_place(NAN, 0, 1, 10), 0);
    assert_int_equal(terminal_place(1, 0, 1, 10), 9);
    assert_int_equal(terminal_place(-5, 0, 1, 10), 0);
}

static void test_fences_leave_out_what_strays(void **state)
{
    static const double x[] = {1, 2, 3, 4, 5, 100};
    double low, high;

    (void)state;
    terminal_fences(x, 6, &low, &high);
    assert_true(low == 1 && high == 5);
    terminal_fences(x + 2, 4, &low, &high); /* too few to tell */
    assert_true(low == 3 && high == 100);
}

/* -- levels -------------------------------------------------------------- */

static void test_levels_span_least_to_most(void **state)
{
    static const double x[] = {1, 2, 3}, same[] = {7, 7}, gap[] = {1, NAN, 3};
    double least, most;
    char out[64];

    (void)state;
    assert_string_equal(terminal_spark(x, 3, 10, true, &least, &most, out),
                        "\u2582\u2585\u2588");
    assert_true(least == 1 && most == 3);
    assert_string_equal(terminal_spark(x, 3, 10, false, &least, &most, out),
                        ".+@");
    terminal_spark(same, 2, 10, false, &least, &most, out);
    assert_string_equal(out, "++");
    terminal_spark(gap, 3, 10, false, &least, &most, out);
    assert_string_equal(out, ".?@");
    terminal_spark(x, 0, 10, false, &least, &most, out);
    assert_true(*out == '\0' && isnan(least) && isnan(most));
}

static void test_many_are_averaged(void **state)
{
    double x[100], least, most;
    char out[64];

    (void)state;
    for (int i = 0; i < 100; i++)
        x[i] = i;
    terminal_spark(x, 100, 10, false, &least, &most, out);
    assert_int_equal(strlen(out), 10);
    assert_true(least == 4.5 && most == 94.5);
}

/* -- studies ------------------------------------------------------------- */

enum { SECTIONS = 7 };

static void test_studies_are_told_apart(void **state)
{
    static const struct {
        int workers;
        const char *problem;
        double amount;
        bool replicate;
        size_t file;
    } row[SECTIONS] = {{1, "n=8", 100, false, 0},  {2, "n=8", 100, false, 0},
                       {1, "n=9", 50, false, 0},   {2, "n=10", 100, false, 0},
                       {4, "n=14", 200, false, 0}, {2, "n=8", 100, false, 1},
                       {3, "n=1", 1, true, 0}};
    struct report_file file[] = {{.host = (char[]){"a"}},
                                 {.host = (char[]){"b"}}};
    struct section *s[SECTIONS];
    struct report report = {.file = file, .files = 2, .section = s};
    struct study study;
    struct err err = {0};

    (void)state;
    for (int i = 0; i < SECTIONS; i++) {
        s[i] = calloc(1, sizeof *s[i]);
        s[i]->c.kernel = "k";
        s[i]->c.mode = row[i].replicate ? "replicate" : "divide";
        s[i]->c.workers = row[i].workers;
        s[i]->c.amount = row[i].amount;
        s[i]->c.replicate = row[i].replicate;
        s[i]->file = row[i].file;
        strcpy(s[i]->c.problem, row[i].problem);
    }
    report.sections = SECTIONS;
    assert_int_equal(study_find(&report, &study, &err), 0);
    assert_int_equal(study.groups, 4);
    assert_int_equal(study.group[0].mode, SCALING_STRONG);
    assert_int_equal(study.group[0].counts, 2);
    assert_ptr_equal(study.group[0].section[1], s[1]);
    assert_int_equal(study.group[1].mode, SCALING_WEAK);
    assert_int_equal(study.group[1].counts, 3);
    assert_ptr_equal(study.group[1].section[2], s[4]);
    assert_int_equal(study.group[2].counts, 1); /* another host */
    assert_int_equal(study.group[3].mode, SCALING_WEAK);
    study_free(&study);
    for (int i = 0; i < SECTIONS; i++)
        free(s[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_those_of_a_terminal),
        cmocka_unit_test(test_names_are_filled_and_cut),
        cmocka_unit_test(test_ascii_is_plain),
        cmocka_unit_test(test_paragraphs_stay_inside),
        cmocka_unit_test(test_box_stands_at_its_quartiles),
        cmocka_unit_test(test_equal_times_are_in_the_middle),
        cmocka_unit_test(test_fences_leave_out_what_strays),
        cmocka_unit_test(test_levels_span_least_to_most),
        cmocka_unit_test(test_many_are_averaged),
        cmocka_unit_test(test_studies_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
