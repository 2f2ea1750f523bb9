/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of pictures, of comparisons made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/curves.h"
#include "results/report/plot.h"

/* A comparison of serial and two threads, on one host. */
static void make_section(struct section *s, const char *kernel,
                         const char *unit, double amount, double bytes)
{
    static const char *const executor[] = {"serial", "threads"};

    *s = (struct section){.c = {.kernel = kernel,
                                .unit = unit,
                                .mode = "divide",
                                .amount = amount,
                                .bytes = bytes,
                                .workers = 2,
                                .cells = 2}};
    for (int i = 0; i < 2; i++) {
        s->c.cell[i] = (struct cell){.executor = executor[i],
                                     .workers = i + 1,
                                     .bound_rate = 1e10 * (i + 1),
                                     .memory_rate = 4e9};
        s->j.cell[i] = (struct summary){
            .n = 8, .median_ns = amount / (i + 1), .rate = 1e9 * (i + 1)};
    }
}

static double at(const struct plot_data *d, const char *series, size_t row,
                 int column)
{
    for (size_t s = 0; s < d->all; s++) {
        if (strcmp(d->series[s].name, series) == 0) {
            assert_true(row < d->series[s].n);
            return d->value[(d->series[s].first + row) * (size_t)d->columns +
                            (size_t)column];
        }
    }
    fail_msg("no series '%s'", series);
    return NAN;
}

static void near(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1e-9 * fabs(wanted));
}

static bool knows(const struct plot_data *d, const char *begin)
{
    for (size_t s = 0; s < d->all; s++) {
        if (strncmp(d->series[s].name, begin, strlen(begin)) == 0)
            return true;
    }
    return false;
}

/* -- roofline ------------------------------------------------------------ */

enum { WORKERS, INTENSITY, RATE, LOW, HIGH, ROOF };

static void fill_roofline(struct view *view, struct plot_data *d, char *told,
                          size_t size)
{
    struct err err;

    *d = (struct plot_data){.columns = 0};
    *told = '\0';
    assert_true(plot_of_roofline.applies(view));
    assert_int_equal(plot_of_roofline.fill(view, d, &err), 0);
    plot_of_roofline.tell(view, told, size);
}

/* A kernel below the slope, one below the flat roof, and one in bytes. */
static void test_roofline_has_flop_and_bytes(void **state)
{
    struct section low, high, bytes;
    const struct section *all[] = {&high, &low, &bytes};
    struct view view = {.section = all, .n = 3, .points = 30, .roof = true};
    struct plot_data d;
    char told[800];

    (void)state;
    make_section(&low, "cg", "flop", 1e6, 4e6);
    make_section(&high, "matmul", "flop", 1e9, 1e7);
    make_section(&bytes, "triad", "byte", 1e6, 1e6);
    bytes.c.cell[0].bound_rate = bytes.c.cell[1].bound_rate = 1e9;
    fill_roofline(&view, &d, told, sizeof told);
    near(at(&d, "cg, threads", 0, INTENSITY), 0.25);
    near(at(&d, "cg, threads", 0, RATE), 2);
    near(at(&d, "cg, threads", 0, ROOF), 1); /* 0.25 x 4 GB/s */
    near(at(&d, "matmul, serial", 0, ROOF), 10);
    near(at(&d, "matmul, threads", 0, ROOF), 20);
    near(at(&d, "roof, workers: 1", 1, INTENSITY), 2.5);
    near(at(&d, "roof, workers: 2", 1, INTENSITY), 5);
    near(at(&d, "roof, workers: 2", 2, ROOF), 20);
    assert_true(isnan(at(&d, "cg, threads", 0, LOW)));
    assert_false(knows(&d, "triad"));
    assert_non_null(strstr(told, "Not on it"));
    assert_non_null(strstr(told, "triad."));
    plot_free(&d);
}

/* Older records: the bandwidth comes from what moved bytes, or is not drawn. */
static void test_roofline_of_older_records(void **state)
{
    struct section flop, bytes;
    const struct section *all[] = {&flop, &bytes};
    struct view view = {.section = all, .n = 2, .points = 30, .roof = true};
    struct plot_data d;
    char told[800];

    (void)state;
    make_section(&flop, "stencil", "flop", 1e6, 1e6);
    make_section(&bytes, "copy", "byte", 1e6, 1e6);
    for (int i = 0; i < 2; i++) {
        flop.c.cell[i].memory_rate = bytes.c.cell[i].memory_rate = 0;
        bytes.c.cell[i].bound_rate = 2e9;
    }
    fill_roofline(&view, &d, told, sizeof told);
    near(at(&d, "stencil, serial", 0, ROOF), 2);
    plot_free(&d);
    view.n = 1;
    fill_roofline(&view, &d, told, sizeof told);
    near(at(&d, "stencil, serial", 0, ROOF), 10);
    assert_non_null(strstr(told, "only the flat roof"));
    plot_free(&d);
    flop.c.bytes = 0;
    assert_false(plot_of_roofline.applies(&view));
}

/* More numbers of workers than roofs: the fewest, and the most, have one. */
static void test_roofline_has_few_roofs(void **state)
{
    enum { COUNTS = 7 };
    struct section *s = calloc(COUNTS, sizeof *s);
    const struct section *all[COUNTS];
    struct view view = {.section = all, .n = COUNTS, .points = 9, .roof = true};
    struct plot_data d;
    char told[800];

    (void)state;
    assert_non_null(s);
    for (int i = 0; i < COUNTS; i++) {
        int workers = i == 3 ? 64 : i + 2;

        make_section(&s[i], "cg", "flop", 1e6, 4e6);
        s[i].c.cell[1].workers = workers;
        all[i] = &s[i];
    }
    fill_roofline(&view, &d, told, sizeof told);
    assert_true(knows(&d, "roof, workers: 1"));
    assert_true(knows(&d, "roof, workers: 64"));
    assert_false(knows(&d, "roof, workers: 7"));
    plot_free(&d);
    free(s);
}

/* -- phases of each worker ----------------------------------------------- */

extern const struct plot plot_of_timeline;

/* Phases end where the worker does; a metric that is no time is none. */
static void test_timeline_ends_with_the_worker(void **state)
{
    struct section s;
    const struct section *all = &s;
    struct view view = {.section = &all, .n = 1, .points = 30};
    struct span span[] = {
        {.start_ns = 1000000, .end_ns = 9000000, .phase_ns = {1e6, 2e6, 3e6}},
        {.start_ns = 2000000, .end_ns = 5000000}};
    struct plot_data d = {.columns = 0};
    struct err err;

    (void)state;
    make_section(&s, "io", "file", 1, 0);
    assert_false(plot_of_timeline.applies(&view));
    s.c.metrics = 4;
    s.c.metric[0] = (struct metric){"read", "s", METRIC_MEAN, ""};
    s.c.metric[1] = (struct metric){"lines", "", METRIC_MEAN, ""};
    s.c.metric[2] = (struct metric){"hold", "s", METRIC_MEAN, ""};
    s.c.metric[3] = (struct metric){"write", "s", METRIC_MEAN, ""};
    s.track[1].shown[SHOWN_MEDIAN] = s.track[1].shown[SHOWN_WORST] =
        (struct trial){.ns = 8000000, .repeats = 1, .span = span};
    assert_true(plot_of_timeline.applies(&view));
    assert_int_equal(plot_of_timeline.fill(&view, &d, &err), 0);
    assert_int_equal(d.columns, 6);
    assert_string_equal(d.heading[3], "hold, ms");
    near(at(&d, "threads, median", 0, 1), 2);
    near(at(&d, "threads, median", 0, 2), 3);
    near(at(&d, "threads, median", 0, 3), 5);
    near(at(&d, "threads, median", 0, 4), 8);
    near(at(&d, "threads, worst", 1, 1), 4); /* nothing is known of it */
    assert_false(knows(&d, "serial"));
    plot_free(&d);
    memset(span[0].phase_ns, 0, sizeof span[0].phase_ns);
    assert_false(plot_of_timeline.applies(&view));
}

/* -- speed-up ------------------------------------------------------------ */

static void test_caption_says_base_and_law(void **state)
{
    struct section s;
    const struct section *all = &s;
    struct scaling_curve curve = {.executor = "threads", .fits = 1};
    struct scaling scaling = {.curve = &curve};
    struct view view = {.section = &all, .n = 1, .scaling = &scaling};
    char told[400] = "";

    (void)state;
    make_section(&s, "matmul", "flop", 1e9, 1e7);
    s.j.base = 0;
    curves_tell(&view, told, sizeof told);
    assert_string_equal(told, "Base: serial.");
    s.j.base = -1;
    scaling.curves = 1;
    curve.fit[0] = (struct fit){
        .law = FIT_AMDAHL, .alpha = 0.05, .alpha_ci = {0.04, 0.0625}};
    *told = '\0';
    curves_tell(&view, told, sizeof told);
    assert_non_null(strstr(told, "Base: 2 workers. Fitted"));
    assert_non_null(
        strstr(told, " threads, Amdahl, alpha = 0.05 [0.04, 0.0625]."));
}

/* From a factor of eight on, axes are logarithmic, and said to be. */
static void test_many_workers_are_on_a_log_axis(void **state)
{
    struct section one, many;
    const struct section *all[] = {&one, &many};
    struct view view = {.section = all, .n = 2};
    char told[400] = "";

    (void)state;
    make_section(&one, "matmul", "flop", 1e9, 1e7);
    make_section(&many, "matmul", "flop", 1e9, 1e7);
    one.c.workers = 2;
    many.c.workers = 15;
    assert_false(curves_wide(&view));
    many.c.workers = 16;
    assert_true(curves_wide(&view));
    curves_tell(&view, told, sizeof told);
    assert_non_null(strstr(told, "logarithmic"));
}

/* A factor above 30; never where something is 0. */
static void test_plot_spans(void **state)
{
    double value[] = {1, 10, 2, 300, 3, 0};
    struct plot_data d = {.columns = 2, .value = value, .rows = 2};

    (void)state;
    assert_false(plot_spans(&d, 0));
    assert_false(plot_spans(&d, 1)); /* just 30 */
    value[3] = 301;
    assert_true(plot_spans(&d, 1));
    d.rows = 3;
    assert_false(plot_spans(&d, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roofline_has_flop_and_bytes),
        cmocka_unit_test(test_roofline_of_older_records),
        cmocka_unit_test(test_roofline_has_few_roofs),
        cmocka_unit_test(test_timeline_ends_with_the_worker),
        cmocka_unit_test(test_caption_says_base_and_law),
        cmocka_unit_test(test_many_workers_are_on_a_log_axis),
        cmocka_unit_test(test_plot_spans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
