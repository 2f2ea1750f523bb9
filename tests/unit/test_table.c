/* SPDX-License-Identifier: Apache-2.0 */
/* The table that people read: what stands in it, and that no line is longer
 * than a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <string.h>

#include "results/report/grid.h"
#include "results/report/quantity.h"
#include "results/report/table.h"
#include "tests/unit/sample.h"

enum { TEXT = 1 << 16 };

static void fits(const char *text, size_t width)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        if (length > width)
            fail_msg("%zu characters: %.*s", length, (int)length, text);
        if (length && text[length - 1] == ' ')
            fail_msg("blanks at the end: %.*s", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* The body of the table, which is the caller's. */
static char *body(const struct comparison *c)
{
    const struct table_place place = {.version = "0", .host = "here"};
    char *text = calloc(1, TEXT);
    FILE *out = fmemopen(text, TEXT, "w");
    struct judgement j;
    struct err err;

    assert_int_equal(verdict_judge(c, &j, &err), 0);
    assert_int_equal(table_body(out, &place, c, &j, &err), 0);
    fclose(out);
    fits(text, 80);
    return text;
}

/* The line that begins with this, behind `section`. */
static void has_line(const char *text, const char *section, const char *line)
{
    const char *at = strstr(text, section);
    char want[256];

    snprintf(want, sizeof want, "\n%s\n", line);
    if (!at || !strstr(at, want))
        fail_msg("no line '%s' behind '%s' in:\n%s", line, section, text);
}

static struct trial *each_trial(struct cell *cell, size_t i)
{
    return i < cell->trials ? &cell->trial[i] : NULL;
}

/* -- quantities ---------------------------------------------------------- */

static void quantity_is(double value, const char *unit, const char *want)
{
    char text[48];

    assert_string_equal(quantity_format(value, unit, text, sizeof text), want);
}

static void test_quantities(void **state)
{
    (void)state;
    quantity_is(12.34e-6, "s", "12.3 us");
    quantity_is(0.9996e-3, "s", "1.00 ms");
    quantity_is(-0.25, "s", "-250 ms");
    quantity_is(3, "s", "3 s");
    quantity_is(0, "s", "0 s");
    quantity_is(0, "byte", "0 B");
    quantity_is(512, "byte", "512 B");
    quantity_is(1536, "byte", "1.50 KiB");
    quantity_is(4194304, "byte", "4 MiB");
    quantity_is(3.5 * 1073741824, "byte", "3.50 GiB");
    quantity_is(0, "", "0");
    quantity_is(1, "", "1");
    quantity_is(4096, "", "4096");
    quantity_is(0.123456, "", "0.1235");
    quantity_is(12345678, "", "1.235e+07");
    quantity_is(2.5, "flop", "2.5 flop");
    quantity_is(NAN, "s", "-");
    quantity_is(INFINITY, "", "-");
}

/* -- the grid ------------------------------------------------------------ */

static void test_grid_breaks_into_groups(void **state)
{
    static const char want[] = "things  first  second\n"
                               "a          11      21\n"
                               "bb      is absent\n"
                               "ccc        13      23\n"
                               "        third\n"
                               "a          31\n"
                               "ccc        33\n";
    struct grid grid = {.title = "things", .rows = 4};
    static const char *const heading[] = {"first", "second", "third"};
    char text[512] = "";
    FILE *out = fmemopen(text, sizeof text, "w");

    (void)state;
    grid.name[0] = "a";
    grid.name[1] = "bb";
    grid.note[1] = "is absent";
    grid.name[3] = "ccc";
    for (int k = 0; k < 3; k++) {
        struct grid_column *column = grid_add(&grid, heading[k], 2);

        for (int i = 0; i < 4; i++)
            snprintf(column->text[i], GRID_TEXT, "%d%d", k + 1, i < 3 ? 1 : 3);
    }
    grid_print(out, &grid, 24);
    fclose(out);
    assert_string_equal(text, want);

    /* One more has room for all, if they stand closer. */
    out = fmemopen(text, sizeof text, "w");
    grid_print(out, &grid, 25);
    fclose(out);
    assert_memory_equal(text, "things first second third\n", 26);
}

/* -- the table ----------------------------------------------------------- */

static void test_metrics_have_a_section(void **state)
{
    struct comparison c;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1024 pages=base");
    text = body(&c);
    /* Medians over the counting trials, known or not. */
    has_line(text, "where the time goes", "what null found   create  drift");
    has_line(text, "what null found", "serial           13.0 us     -5");
    has_line(text, "what null found", "threads          14.0 us     -5");
    free(text);
    for (int i = 0; i < c.cells; i++) {
        for (size_t t = 0; each_trial(&c.cell[i], t); t++)
            each_trial(&c.cell[i], t)->metric[1] = NAN;
    }
    text = body(&c);
    has_line(text, "what null found", "serial           13.0 us      -");
    free(text);
    c.metrics = 0;
    text = body(&c);
    assert_null(strstr(text, "found"));
    free(text);
    comparison_free(&c);
}

static void test_many_metrics_stay_in_the_line(void **state)
{
    static const char *const name[] = {"shared_segments_found",
                                       "private_pages_copied_on_write"};
    struct comparison c;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1024");
    c.metrics = METRICS_MAX;
    for (int m = 0; m < c.metrics; m++)
        c.metric[m] = (struct metric){name[m % 2], "byte", METRIC_SUM, ""};
    text = body(&c);
    assert_non_null(strstr(text, "what null found"));
    free(text);
    comparison_free(&c);
}

static void test_a_long_label_keeps_the_columns(void **state)
{
    struct comparison c;
    const char *head, *row;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1024");
    c.cell[1].executor = "threads-lock";
    for (size_t t = 0; each_trial(&c.cell[1], t); t++)
        each_trial(&c.cell[1], t)->usage.lock_ns = 200000;
    text = body(&c);
    head = strstr(text, "median");
    row = strstr(text, "\nthreads-lock ");
    assert_non_null(head);
    assert_non_null(row);
    while (head > text && head[-1] != '\n')
        head--;
    /* Both end where the column does. */
    assert_int_equal(strstr(head, "median") + 6 - head,
                     strstr(row, " us") + 3 - (row + 1));
    has_line(text, "median", "ranks         skipped: built without MPI");
    has_line(
        text, "median",
        "where the time goes  compute  communicate    lock  system   wait  "
        "imbalance");
    has_line(
        text, "where the time goes",
        "threads-lock          80.1 %        0.0 %  19.9 %   0.0 %  0.0 %  "
        "    0.0 %");
    free(text);
    comparison_free(&c);
}

/* As a machine with counters has it: 3 instructions a cycle under threads. */
static void test_counters_bandwidth_and_pages(void **state)
{
    struct comparison c;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1024 pages=base");
    text = body(&c);
    has_line(text, "median",
             "where the time goes compute communicate system  wait "
             "imbalance huge pages GB/s");
    assert_non_null(strstr(text, "25 % 3.99\n"));
    assert_non_null(strstr(text, "25 % 7.66\n"));
    free(text);
    for (int i = 0; i < 3; i++)
        c.cell[i].huge_share = 0.004;
    for (size_t t = 0; each_trial(&c.cell[1], t); t++) {
        each_trial(&c.cell[1], t)->usage.cycles = 1000;
        each_trial(&c.cell[1], t)->usage.instructions = 3000;
    }
    text = body(&c);
    assert_null(strstr(text, "huge"));
    has_line(text, "median",
             "where the time goes  compute  communicate  system   wait  "
             "imbalance  GB/s   IPC");
    assert_non_null(strstr(text, "7.97  3.00\n"));
    assert_non_null(strstr(text, "3.99     -\n"));
    free(text);
    /* Asked for and not got: shown all the same. */
    snprintf(c.problem, sizeof c.problem, "n=1024 pages=native");
    c.cell[2].huge_share = NAN;
    c.unit = "byte";
    text = body(&c);
    assert_non_null(strstr(text, "huge pages"));
    assert_null(strstr(text + strcspn(text, "w"), "  GB/s"));
    free(text);
    comparison_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_grid_breaks_into_groups),
        cmocka_unit_test(test_metrics_have_a_section),
        cmocka_unit_test(test_many_metrics_stay_in_the_line),
        cmocka_unit_test(test_a_long_label_keeps_the_columns),
        cmocka_unit_test(test_counters_bandwidth_and_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
