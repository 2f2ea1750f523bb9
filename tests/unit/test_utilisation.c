/* SPDX-License-Identifier: Apache-2.0 */
/* Each core's use: counters, sampling, lines of the record, drawing. */
#include "drivers/utilisation.h"

#include <math.h>

#include "core/clock.h"
#include "results/record/read.h"
#include "results/report/utilisation.h"
#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

/* -- counters ------------------------------------------------------------ */

static const int four[] = {0, 1, 2, 5};

static void test_counters_are_read(void **state)
{
    const char *text = "cpu  9 9 9 9 9 9 9 9 9 9\n"
                       "cpu0 1 2 3 40 50 6 7 8 900 900\n"
                       "cpu2 5 0 5 90 0 0 0 0 0 0\n"
                       "cpu5 1 1 1 1\n"
                       "intr 5 6 7\nctxt 8\n";
    struct ticks ticks[4];

    (void)state;
    assert_int_equal(ticks_parse(text, four, 4, ticks), 3);
    assert_int_equal(ticks[0].busy, 1 + 2 + 3 + 6 + 7);
    assert_int_equal(ticks[0].stolen, 8);
    assert_int_equal(ticks[0].total, 19 + 8 + 90);
    assert_int_equal(ticks[1].total, 0); /* unplugged */
    assert_int_equal(ticks[2].busy, 10);
    assert_int_equal(ticks[2].total, 100);
    assert_int_equal(ticks[3].busy, 3); /* an old kernel */
    assert_int_equal(ticks[3].total, 4);
}

static void test_odd_counters_are_passed_over(void **state)
{
    const char *text = "\ncpux 1 2 3 4\ncpu\ncpu0\ncpu1 1 2\n"
                       "cpu99999999999999999999 1 2 3 4\ncpu 7 7 7 7\n"
                       "cpu2 a b c d\ncpu3 1 2 3 4 5\ncpu5 1 2 3 4 5 6 7";
    struct ticks ticks[4];

    (void)state;
    assert_int_equal(ticks_parse(text, four, 4, ticks), 0);
    assert_int_equal(ticks_parse("", four, 4, ticks), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(ticks[i].total, 0);
}

/* -- sampling ------------------------------------------------------------ */

/* In place, so that a reader never sees a file of another length. */
static void write_counters(const char *text)
{
    FILE *file = fopen("stat", "r+");

    file = file ? file : fopen("stat", "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static struct cpuset two_cpus(void)
{
    struct cpuset set = {{0}};

    cpuset_add(&set, 0);
    cpuset_add(&set, 2);
    return set;
}

static void test_trials_are_summed_and_seen(void **state)
{
    struct cpuset set = two_cpus();
    struct utilisation u = {.cpus = 0};
    struct sampler *s;
    struct err err = {0};

    (void)state;
    write_counters("cpu0 100 0 0 100\ncpu2 100 0 0 100 0 0 0 000\n");
    s = sampler_start("stat", &set, 2, 5000000, &err);
    assert_non_null(s);
    sampler_mark(s, 1);
    clock_sleep(40000000);
    write_counters("cpu0 190 0 0 110\ncpu2 100 0 0 180 0 0 0 020\n");
    clock_sleep(40000000);
    sampler_mark(s, -1);
    sampler_mark(NULL, 0);
    sampler_stop(s, &u);
    assert_int_equal(u.cpus, 2);
    assert_int_equal(u.cpu[1], 2);
    assert_int_equal(u.sum[2].busy, 90);
    assert_int_equal(u.sum[2].total, 100);
    assert_int_equal(u.sum[3].busy, 0);
    assert_int_equal(u.sum[3].stolen, 20);
    assert_true(fabs(utilisation_mean(&u, 1, 0) - 0.9) < 1e-12);
    assert_true(isnan(utilisation_mean(&u, 0, 0)));
    assert_true(u.samples > 2 && u.cost_ns > 0);
    assert_int_equal(utilisation_count(&u, 0), 0);
    assert_true(utilisation_count(&u, 1) > 0);
    for (size_t i = 0, known = 0; i < u.samples; i++) {
        known += u.busy[2 * i] != PERCENT_UNKNOWN;
        assert_true(i + 1 < u.samples || known == 1);
        if (u.busy[2 * i] != PERCENT_UNKNOWN) {
            assert_int_equal(u.busy[2 * i], 90);
            assert_int_equal(u.stolen[2 * i + 1], 20);
        }
    }
    utilisation_free(&u);
}

static void test_no_counters_are_told(void **state)
{
    struct cpuset set = two_cpus();
    struct utilisation u = {.cpus = 0};
    struct err err = {0};

    (void)state;
    assert_null(sampler_start("no/stat", &set, 2, 1000000, &err));
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_non_null(strstr(err.text, "'no/stat'"));
    write_counters("cpu0 0 0 0 0\ncpu2 0 0 0 0\n"); /* as in a sandbox */
    assert_null(sampler_start("stat", &set, 2, 1000000, &err));
    assert_non_null(strstr(err.text, "counts nothing"));
    sampler_stop(NULL, &u);
    assert_int_equal(u.cpus, 0);
}

/* -- the record ---------------------------------------------------------- */

enum { SAMPLES = 500 };

static void watch_sample(struct comparison *c, int cpus)
{
    struct utilisation *u = &c->utilisation;
    struct err err;

    assert_int_equal(utilisation_init(u, cpus, c->cells, &err), 0);
    u->period_ns = 100000000;
    u->tick_ns = 10000000;
    u->first_ns = 5000000000000;
    u->cost_ns = 12345;
    for (int i = 0; i < cpus; i++) {
        u->cpu[i] = 3 * i;
        u->sum[cpus + i] = (struct ticks){50, 10, 100};
    }
    for (size_t s = 0; s < SAMPLES; s++) {
        assert_int_equal(utilisation_add(u), 0);
        u->cell[s] = (signed char)((int)(s / 50 % 4) - 1);
        for (size_t i = 0; s % 7 && i < (size_t)cpus; i++) {
            size_t at = s * (size_t)cpus + i;

            u->busy[at] = (unsigned char)(s < 400 ? s % 101 : 100);
            u->stolen[at] = s == 300 ? 1 : 0; /* on one line only */
        }
    }
}

static void write_watched(const struct comparison *c)
{
    struct writer *w = opened("a.jsonl");
    struct judgement j;
    struct err err;

    assert_int_equal(writer_plan(w, c, &err), 0);
    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++)
            assert_int_equal(
                writer_trial(w, c, &c->cell[i], &c->cell[i].trial[t], &err), 0);
    }
    assert_int_equal(verdict_judge(c, &j, &err), 0);
    assert_int_equal(writer_summary(w, c, &j, &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
}

/* Counts the lines of utilisation and bad ones; the comparison goes to out. */
static int read_back(const char *path, unsigned flags, struct comparison *out,
                     int *bad)
{
    struct reader *reader;
    struct record line;
    struct err err = {0};
    int found = 0;

    *bad = 0;
    assert_int_equal(reader_open(&reader, path, flags, &err), 0);
    while (reader_next(reader, &line, &err) > 0) {
        found += line.type == RECORD_UTILISATION;
        *bad += line.type == RECORD_BAD;
        if (line.type == RECORD_UTILISATION && !(flags & READER_KEEP))
            assert_true(line.comparison->utilisation.samples <= 240);
        if (line.type == RECORD_SUMMARY)
            reader_take(reader, out);
    }
    assert_string_equal(err.text, "");
    reader_close(reader);
    return found;
}

static void test_record_gives_it_back(void **state)
{
    struct comparison c, back;
    const struct utilisation *u = &c.utilisation, *v = &back.utilisation;
    int bad;

    (void)state;
    sample_make(&c, 2, "n=1");
    watch_sample(&c, 3);
    write_watched(&c);
    assert_int_equal(read_back("a.jsonl", READER_KEEP, &back, &bad), 3);
    assert_int_equal(bad, 0);
    assert_int_equal(v->cpus, 3);
    assert_int_equal(v->samples, SAMPLES);
    assert_int_equal(v->first_ns, u->first_ns);
    assert_int_equal(v->period_ns, u->period_ns);
    assert_int_equal(v->tick_ns, u->tick_ns);
    assert_int_equal(v->cost_ns, u->cost_ns);
    assert_memory_equal(v->cpu, u->cpu, 3 * sizeof *u->cpu);
    assert_memory_equal(v->sum, u->sum, 3 * 4 * sizeof *u->sum);
    assert_memory_equal(v->cell, u->cell, SAMPLES);
    assert_memory_equal(v->busy, u->busy, 3 * SAMPLES);
    assert_memory_equal(v->stolen, u->stolen, 3 * SAMPLES);
    comparison_free(&back);
    assert_int_equal(read_back("a.jsonl", 0, &back, &bad), 3);
    comparison_free(&back);
    comparison_free(&c);
}

/* Replaces the first occurrence of a text in a copy of the record. */
static void spoil(const char *from, const char *to)
{
    size_t length;
    char *text = slurp("a.jsonl", &length), *at = strstr(text, from);
    FILE *file = fopen("b.jsonl", "w");

    assert_non_null(at);
    assert_non_null(file);
    fprintf(file, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fclose(file);
    free(text);
}

static void test_bad_lines_are_told(void **state)
{
    static const char *const pair[][2] = {
        {"\"cpus\":[0,3,6]", "\"cpus\":[0,3,3]"},
        {"\"cpus\":[0,3,6]", "\"cpus\":[0,3]"},
        {"\"cpus\":[0,3,6]", "\"cpus\":[]"},
        {"\"period_ns\":100000000", "\"period_ns\":0"},
        {"\"first_ns\":5024000000000", "\"first_ns\":5024000000001"},
        {"\"executor\":[null,", "\"executor\":[4,"},
        {"\"executor\":[null,", "\"executor\":["},
        {"\"busy\":[[null,1,", "\"busy\":[[null,101,"},
        {"\"busy\":[[null,1,", "\"busy\":[[null,\"1\","},
        {"\"ticks\":[0,0,0]", "\"ticks\":[0,0]"},
        {"\"trials\":[{\"executor\":\"serial\"",
         "\"trials\":[{\"executor\":\"x\""},
    };
    struct comparison c, back;
    int bad;

    (void)state;
    sample_make(&c, 2, "n=1");
    watch_sample(&c, 3);
    write_watched(&c);
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        spoil(pair[i][0], pair[i][1]);
        print_message("%s\n", pair[i][1]);
        read_back("b.jsonl", READER_KEEP, &back, &bad);
        assert_true(bad > 0); /* what follows on it is lost as well */
        comparison_free(&back);
    }
    comparison_free(&c);
}

/* -- drawing ------------------------------------------------------------- */

static void test_series_are_thinned(void **state)
{
    double x[] = {1, 3, NAN, 5, NAN, NAN}, y[] = {1, 2, 3, 4, 5};

    (void)state;
    assert_int_equal(series_thin(x, 6, 3), 3);
    assert_true(x[0] == 2 && x[1] == 5 && isnan(x[2]));
    assert_int_equal(series_thin(y, 5, 5), 5);
    assert_int_equal(series_thin(y, 5, 2), 2);
    assert_true(y[0] == 1.5 && y[1] == 4);
    assert_int_equal(series_thin(y, 0, 2), 0);
}

static void test_sparklines(void **state)
{
    const double x[] = {0, 0.1, 0.5, 0.99, 1, NAN, -1, 2};
    double many[100] = {0};
    char out[SPARKLINE_TEXT];

    (void)state;
    assert_string_equal(sparkline_format(x, 8, false, out), " .+@@? @");
    assert_string_equal(sparkline_format(x, 8, true, out),
                        "\u2581\u2581\u2585\u2588\u2588?\u2581\u2588");
    assert_string_equal(sparkline_format(x, 0, true, out), "");
    assert_int_equal(strlen(sparkline_format(many, 100, true, out)),
                     3 * SPARKLINE);
}

static char *draw(const struct comparison *c, bool blocks)
{
    size_t size;
    char *text;
    FILE *file = open_memstream(&text, &size);
    struct err err;

    assert_non_null(file);
    assert_int_equal(utilisation_print(file, c, blocks, &err), 0);
    fclose(file);
    return text;
}

/* In characters, not bytes. */
static void fits_80_columns(const char *text)
{
    for (int column = 0; *text; text++) {
        column = *text == '\n' ? 0 : column + ((*text & 0xc0) != 0x80);
        assert_true(column <= 80);
    }
}

static void test_each_core_has_a_line(void **state)
{
    struct comparison c;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1");
    text = draw(&c, false);
    assert_string_equal(text, "");
    free(text);
    watch_sample(&c, 2);
    text = draw(&c, true);
    fits_80_columns(text);
    assert_non_null(strstr(text, "sampled every 100 ms"));
    assert_non_null(strstr(text, "\nwatching took 0.0 ms"));
    assert_non_null(strstr(text, "\nthreads          0   50 %  \xe2\x96"));
    assert_non_null(strstr(text, "\n                 3   50 %  \xe2\x96"));
    assert_non_null(strstr(text, "\nserial           0      -  "));
    assert_null(strstr(text, "too short"));
    assert_null(strstr(text, "ranks"));
    free(text);
    comparison_free(&c);
}

static void test_short_trials_are_told(void **state)
{
    struct comparison c;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1");
    watch_sample(&c, 2);
    memset(c.utilisation.cell, -1, SAMPLES);
    text = draw(&c, false);
    fits_80_columns(text);
    assert_non_null(strstr(text, "  50 %  (too short to be seen)\n"));
    assert_non_null(strstr(text, "\nall in time      0 "));
    assert_non_null(strstr(text, "500 of 500 samples"));
    free(text);
    comparison_free(&c);
}

static void test_many_cores_are_gathered(void **state)
{
    struct comparison c;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1");
    watch_sample(&c, 40);
    c.utilisation.sum[40 + 7].busy = 90;
    c.utilisation.sum[40 + 8].busy = 10;
    text = draw(&c, false);
    fits_80_columns(text);
    assert_non_null(strstr(text, "over its 40 CPUs"));
    assert_non_null(strstr(text, "\nthreads      least   10 %  "));
    assert_non_null(strstr(text, "\n              mean   50 %  "));
    assert_non_null(strstr(text, "\n              most   90 %  "));
    free(text);
    comparison_free(&c);
}

/* Longer than the usual twelve columns, and longer than any. */
static void test_long_names_have_room(void **state)
{
    struct comparison c;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1");
    watch_sample(&c, 2);
    c.cell[1].executor = "a row with a longer name";
    text = draw(&c, true);
    fits_80_columns(text);
    assert_non_null(strstr(text, "\nexecutor                   cpu "));
    assert_non_null(strstr(text, "\na row with a longer name     0 "));
    assert_non_null(strstr(text, "\nserial                       0 "));
    free(text);
    c.cell[1].executor =
        "a name that does not end before the line does, really";
    text = draw(&c, true);
    fits_80_columns(text);
    assert_non_null(strstr(text, "\na name that does not end before     0 "));
    free(text);
    comparison_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_counters_are_read),
        TEST(test_odd_counters_are_passed_over),
        TEST(test_trials_are_summed_and_seen),
        TEST(test_no_counters_are_told),
        TEST(test_record_gives_it_back),
        TEST(test_bad_lines_are_told),
        TEST(test_series_are_thinned),
        TEST(test_sparklines),
        TEST(test_each_core_has_a_line),
        TEST(test_short_trials_are_told),
        TEST(test_many_cores_are_gathered),
        TEST(test_long_names_have_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
