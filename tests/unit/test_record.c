/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a record; how its file behaves: test_record_file.c. */
#include "results/record/write.h"

#include <math.h>

#include "results/record/json.h"
#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static json_int_t number_of(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

static bool null_at(const json_t *object, const char *key)
{
    return json_is_null(json_object_get(object, key));
}

/* The nth line of a type, from 0. */
static json_t *line_of(const json_t *all, const char *type, int n)
{
    size_t i;
    json_t *line;

    json_array_foreach(all, i, line)
    {
        if (strcmp(text_of(line, "t"), type) == 0 && n-- == 0)
            return line;
    }
    fail_msg("no such line: %s", type);
    return NULL;
}

static void write_comparison(struct writer *w, const struct comparison *c)
{
    struct judgement j;
    struct err err;

    assert_int_equal(writer_plan(w, c, &err), 0);
    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++)
            assert_int_equal(
                writer_trial(w, c, &c->cell[i], &c->cell[i].trial[t], &err), 0);
    }
    assert_int_equal(writer_block(w, &err), 0);
    assert_int_equal(verdict_judge(c, &j, &err), 0);
    assert_int_equal(writer_summary(w, c, &j, &err), 0);
}

/* A whole run in a file of that name. */
static void write_run(const char *path, const struct comparison *c)
{
    struct writer *w = opened(path);
    struct err err;

    write_comparison(w, c);
    assert_int_equal(writer_close(w, "complete", &err), 0);
}

/* -- lines --------------------------------------------------------------- */

static void test_lines_stand_alone_and_in_order(void **state)
{
    struct comparison c;
    json_t *all, *line;
    char order[512] = "", run[64];
    size_t i;

    (void)state;
    sample_make(&c, 2, "n=1024");
    write_run("a.jsonl", &c);
    comparison_free(&c);
    all = parse_lines("a.jsonl");
    snprintf(run, sizeof run, "%s", text_of(json_array_get(all, 0), "run"));
    assert_int_equal(strlen(run), 36);
    json_array_foreach(all, i, line)
    {
        assert_int_equal(number_of(line, "seq"), i);
        assert_int_equal(number_of(line, "v"), RECORD_VERSION);
        assert_string_equal(text_of(line, "run"), run);
        if (strcmp(text_of(line, "t"), "trial") != 0) {
            strcat(order, text_of(line, "t"));
            strcat(order, " ");
        }
    }
    assert_string_equal(order,
                        "run host calib plan place place place summary end ");
    line = line_of(all, "end", 0);
    assert_int_equal(number_of(line, "lines"), json_array_size(all));
    assert_int_equal(number_of(line, "trials"), SAMPLE_TRIALS);
    assert_string_equal(text_of(line, "why"), "complete");
    json_decref(all);
}

static void test_trial_goes_round(void **state)
{
    struct comparison c;
    const struct trial *trial;
    json_t *all, *line, *starts;

    (void)state;
    sample_make(&c, 2, "n=1024 pages=base");
    write_run("a.jsonl", &c);
    all = parse_lines("a.jsonl");
    line = line_of(all, "trial", SAMPLE_BLOCKS + 2); /* threads, measured */
    trial = &c.cell[1].trial[1];
    assert_string_equal(text_of(line, "executor"), "threads");
    assert_int_equal(number_of(line, "plan"), 0);
    assert_int_equal(number_of(line, "workers"), 2);
    assert_int_equal(number_of(line, "ns"), trial->ns);
    assert_int_equal(number_of(line, "block"), trial->block);
    assert_int_equal(number_of(line, "cpu_ns"), trial->usage.cpu_ns);
    assert_string_equal(text_of(line, "checksum"), "0xfedcba9876543210");
    assert_true(json_is_false(json_object_get(line, "warmup")));
    starts = json_object_get(line, "start_ns");
    assert_int_equal(json_array_size(starts), 2);
    assert_int_equal(json_integer_value(json_array_get(starts, 1)),
                     trial->span[1].start_ns);
    assert_string_equal(text_of(json_object_get(line, "params"), "pages"),
                        "base");
    assert_int_equal(number_of(json_object_get(line, "params"), "n"), 1024);
    assert_true(
        json_is_true(json_object_get(line_of(all, "trial", 0), "warmup")));
    json_decref(all);
    comparison_free(&c);
}

static void test_summary_is_the_judgement(void **state)
{
    struct comparison c;
    struct judgement j;
    struct err err;
    json_t *all, *summary, *cell;

    (void)state;
    sample_make(&c, 2, "n=1024");
    write_run("a.jsonl", &c);
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    all = parse_lines("a.jsonl");
    summary = line_of(all, "summary", 0);
    assert_string_equal(text_of(summary, "verdict"), j.sentence);
    assert_string_equal(text_of(summary, "stop"), "precision");
    assert_string_equal(text_of(summary, "base"), "serial");
    cell = json_array_get(json_object_get(summary, "cells"), 2);
    assert_int_equal(number_of(cell, "median_ns"),
                     llround(j.cell[2].median_ns));
    assert_int_equal(number_of(cell, "trials"), SAMPLE_BLOCKS);
    cell = json_array_get(json_object_get(summary, "cells"), 3);
    assert_string_equal(text_of(cell, "status"), "skipped");
    assert_string_equal(text_of(cell, "why"), "built without MPI");
    assert_true(null_at(cell, "median_ns") && null_at(cell, "startup_ns"));
    json_decref(all);
    comparison_free(&c);
}

static void test_several_comparisons_are_numbered(void **state)
{
    struct writer *w = opened("a.jsonl");
    struct comparison c;
    struct err err;
    json_t *all;

    (void)state;
    sample_make(&c, 2, "n=1024");
    write_comparison(w, &c);
    /* One that was refused before it began, and could not be judged. */
    assert_int_equal(writer_summary(w, &c, NULL, &err), 0);
    assert_int_equal(writer_event(w, "warning", "W103", &err), 0);
    assert_int_equal(writer_close(w, "interrupted", &err), 0);
    comparison_free(&c);
    all = parse_lines("a.jsonl");
    assert_int_equal(number_of(line_of(all, "plan", 0), "plan"), 0);
    assert_int_equal(number_of(line_of(all, "plan", 1), "plan"), 1);
    assert_int_equal(number_of(line_of(all, "summary", 1), "plan"), 1);
    assert_true(null_at(line_of(all, "summary", 1), "verdict"));
    assert_non_null(text_of(line_of(all, "summary", 1), "why"));
    assert_string_equal(text_of(line_of(all, "event", 0), "what"), "warning");
    json_decref(all);
}

static void test_many_workers_are_summed_up(void **state)
{
    enum { MANY = RECORD_SPANS_MAX + 1 };
    struct writer *w = opened("a.jsonl");
    struct comparison c;
    struct err err;
    json_t *all, *line, *took;

    (void)state;
    sample_make(&c, MANY, "n=1024");
    write_comparison(w, &c);
    assert_int_equal(writer_close(w, "complete", &err), 0);
    all = parse_lines("a.jsonl");
    line = line_of(all, "trial", SAMPLE_BLOCKS + 2);
    assert_true(null_at(line, "start_ns"));
    assert_non_null(text_of(line, "why"));
    took = json_object_get(json_object_get(line, "spread"), "took_ns");
    assert_int_equal(json_array_size(took), 5);
    assert_int_equal(json_integer_value(json_array_get(took, 0)),
                     c.cell[1].trial[1].ns - MANY + 1);
    assert_int_equal(json_integer_value(json_array_get(took, 2)),
                     c.cell[1].trial[1].ns - MANY / 2);
    assert_int_equal(json_integer_value(json_array_get(took, 4)),
                     c.cell[1].trial[1].ns);
    json_decref(all);
    comparison_free(&c);
}

static void test_raw_keeps_all_workers(void **state)
{
    enum { MANY = RECORD_SPANS_MAX + 1 };
    struct run_info info = info_of(NULL);
    struct writer *w;
    struct comparison c;
    struct err err;
    json_t *all, *ends;

    (void)state;
    info.raw = true;
    assert_int_equal(writer_open(&w, "a.jsonl", &info, &err), 0);
    sample_make(&c, MANY, "n=1024");
    write_comparison(w, &c);
    assert_int_equal(writer_close(w, "complete", &err), 0);
    comparison_free(&c);
    all = parse_lines("a.jsonl");
    ends = json_object_get(line_of(all, "trial", SAMPLE_BLOCKS + 2), "end_ns");
    assert_int_equal(json_array_size(ends), MANY);
    json_decref(all);
}

/* Whole lines stay readable, and a torn one cannot be taken for whole. */
static void test_cut_anywhere(void **state)
{
    struct comparison c;
    size_t length, line = 0;
    char *text;

    (void)state;
    sample_make(&c, 2, "n=1024");
    write_run("a.jsonl", &c);
    comparison_free(&c);
    text = slurp("a.jsonl", &length);
    for (size_t cut = 0; cut < length; cut++) {
        json_t *value = json_loadb(text + line, cut - line, 0, NULL);

        if (text[cut] == '\n') {
            assert_non_null(value);
            line = cut + 1;
        } else {
            assert_null(value);
        }
        json_decref(value);
    }
    assert_int_equal(line, length);
    free(text);
}

/* -- what is hostile ----------------------------------------------------- */

static void test_no_number_is_not_a_number(void **state)
{
    struct writer *w = opened("a.jsonl");
    const struct estimate nonsense = {NAN, {NAN, INFINITY}, NAN, 1, true};
    struct comparison c;
    struct judgement j = {.base = -1};
    struct err err;
    size_t length;
    char *text;
    json_t *all;

    (void)state;
    sample_make(&c, 2, "n=nan m=inf k=0x10");
    c.amount = c.widest = c.margin = NAN;
    c.cell[1].memory_bytes = INFINITY;
    c.cell[1].trial[0].balance = NAN;
    c.cell[1].trial[0].residual = INFINITY;
    j.cell[1] = (struct summary){.n = 1,
                                 .median_ns = NAN,
                                 .min_ns = -INFINITY,
                                 .max_ns = INFINITY,
                                 .ci_ns = nonsense,
                                 .rate = NAN,
                                 .speedup = nonsense,
                                 .efficiency = NAN,
                                 .balance = NAN};
    j.pairs = 1;
    j.pair[0] = (struct judged){.a = 1,
                                .pair = {.ratio = nonsense,
                                         .narrow = nonsense,
                                         .p = NAN,
                                         .p_adjusted = NAN,
                                         .more = SIZE_MAX}};
    strcpy(j.sentence, "x");
    assert_int_equal(writer_plan(w, &c, &err), 0);
    assert_int_equal(writer_trial(w, &c, &c.cell[1], &c.cell[1].trial[0], &err),
                     0);
    assert_int_equal(writer_summary(w, &c, &j, &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
    comparison_free(&c);
    text = slurp("a.jsonl", &length);
    assert_null(strstr(text, "NaN"));
    assert_null(strstr(text, ":nan"));
    assert_null(strstr(text, ":inf"));
    assert_null(strstr(text, ":-nan"));
    free(text);
    all = parse_lines("a.jsonl");
    assert_true(null_at(line_of(all, "trial", 0), "balance"));
    assert_true(null_at(line_of(all, "trial", 0), "residual"));
    assert_string_equal(
        text_of(json_object_get(line_of(all, "plan", 0), "params"), "n"),
        "nan");
    json_decref(all);
}

static void test_hostile_text(void **state)
{
    static const char evil[] = "a\"b\\c\n\x01\xff\xc3\x28\xed\xa0\x80"
                               "end";
    static const char mended[] =
        "a\"b\\c\n\x01\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd"
        "\xef\xbf\xbd"
        "end";
    struct environment env = {0};
    struct run_info info = info_of(&env);
    struct writer *w;
    struct comparison c;
    struct err err;
    json_t *all, *cell;

    (void)state;
    environment_clear(&env);
    strcpy(env.host, evil);
    info.command_line = evil;
    assert_int_equal(writer_open(&w, "a.jsonl", &info, &err), 0);
    sample_make(&c, 2, "n\xff=\xfe");
    strcpy(c.cell[3].why.text, evil);
    write_comparison(w, &c);
    assert_int_equal(writer_close(w, evil, &err), 0);
    comparison_free(&c);
    all = parse_lines("a.jsonl");
    assert_string_equal(text_of(line_of(all, "host", 0), "host"), mended);
    assert_string_equal(text_of(line_of(all, "run", 0), "command_line"),
                        mended);
    cell = json_array_get(json_object_get(line_of(all, "plan", 0), "executors"),
                          3);
    assert_string_equal(text_of(cell, "why"), mended);
    json_decref(all);
}

static void test_utf8_is_kept(void **state)
{
    static const char *const good[] = {"", "z\xc3\xbcrich", "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80", "\x7f"};
    static const char *const bad[] = {
        "\x80",             /* a rest alone */
        "\xc0\xaf",         /* overlong */
        "\xe0\x80\xaf",     /* overlong */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf5\x80\x80\x80", /* the same */
        "\xe2\x82",         /* cut */
        "\xf0\x9f\x98",     /* cut */
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        json_t *value = value_text(good[i]);

        assert_string_equal(json_string_value(value), good[i]);
        json_decref(value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *value = value_text(bad[i]);

        assert_int_equal(json_string_length(value), 3 * strlen(bad[i]));
        json_decref(value);
    }
}

static void test_params_are_read_back(void **state)
{
    json_t *params = value_params("n=1024 scale=0.5 pages=base e=1e3 v=1-2 "
                                  "big=123456789012345678901 empty= =x odd");

    (void)state;
    assert_int_equal(number_of(params, "n"), 1024);
    assert_true(json_real_value(json_object_get(params, "scale")) == 0.5);
    assert_true(json_real_value(json_object_get(params, "e")) == 1000);
    assert_true(json_is_real(json_object_get(params, "big")));
    assert_string_equal(text_of(params, "pages"), "base");
    assert_string_equal(text_of(params, "v"), "1-2");
    assert_string_equal(text_of(params, "empty"), "");
    assert_int_equal(json_object_size(params), 7);
    json_decref(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines_stand_alone_and_in_order),
        TEST(test_trial_goes_round),
        TEST(test_summary_is_the_judgement),
        TEST(test_several_comparisons_are_numbered),
        TEST(test_many_workers_are_summed_up),
        TEST(test_raw_keeps_all_workers),
        TEST(test_cut_anywhere),
        TEST(test_no_number_is_not_a_number),
        TEST(test_hostile_text),
        cmocka_unit_test(test_utf8_is_kept),
        cmocka_unit_test(test_params_are_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
