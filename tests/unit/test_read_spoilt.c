/* SPDX-License-Identifier: Apache-2.0 */
/* Records that are cut, spoilt or foreign: what can be read of them is read. */
#include "tests/unit/reading.h"

/* -- cut, spoilt, foreign ------------------------------------------------ */

/* Fewer trials make a shorter file. */
static void shorten(struct comparison *c, size_t trials)
{
    for (int i = 0; i < c->cells; i++) {
        while (c->cell[i].trials > trials)
            free(c->cell[i].trial[--c->cell[i].trials].span);
    }
    c->blocks = (int)trials - 1;
}

static void test_cut_at_every_byte(void **state)
{
    struct comparison c;
    size_t length;
    char *text;
    long before = 0;

    (void)state;
    sample_make(&c, 2, "n=1024");
    shorten(&c, 3);
    write_run("a.jsonl", &c);
    comparison_free(&c);
    text = slurp("a.jsonl", &length);
    for (size_t cut = 1; cut <= length; cut++) {
        struct outcome o;

        write_text("b.jsonl", text, cut);
        o = read_file("b.jsonl", cut % 2 ? READER_KEEP : 0);
        if (o.code || o.bad)
            fail_msg("cut at %zu of %zu: %s%s", cut, length, o.error, o.text);
        assert_true(o.lines - o.cuts >= before);
        before = o.lines - o.cuts;
        assert_true(o.partial == !o.ends);
        assert_int_equal(o.plans, o.summaries + o.cuts);
    }
    free(text);
}

static void test_comparison_without_summary_is_cut(void **state)
{
    struct writer *w = opened("a.jsonl");
    struct comparison c, back = {.cells = 0};
    struct reader *reader;
    struct record line;
    struct err err;
    int cuts = 0;

    (void)state;
    sample_make(&c, 2, "n=1024");
    assert_int_equal(writer_plan(w, &c, &err), 0);
    for (int t = 0; t < 3; t++)
        assert_int_equal(
            writer_trial(w, &c, &c.cell[1], &c.cell[1].trial[t], &err), 0);
    write_comparison(w, &c);
    assert_int_equal(writer_close(w, "complete", &err), 0);
    assert_int_equal(reader_open(&reader, "a.jsonl", READER_KEEP, &err), 0);
    while (reader_next(reader, &line, &err) > 0) {
        if (line.type != RECORD_CUT)
            continue;
        reader_take(reader, &back);
        cuts++;
    }
    assert_int_equal(cuts, 1);
    assert_int_equal(back.cell[1].trials, 3);
    assert_int_equal(back.blocks, 2);
    comparison_free(&back);
    comparison_free(&c);
    reader_close(reader);
}

#define HEAD(type) "{\"t\":\"" type "\",\"v\":1,\"run\":\"x\",\"seq\":0"
#define RUN        HEAD("run") "}\n"
#define PLAN                                                               \
    HEAD("plan")                                                           \
    ",\"plan\":0,\"kernel\":\"k\",\"unit\":\"u\",\"mode\":\"divide\","     \
    "\"params\":{},\"workers\":1,\"executors\":[{\"executor\":\"serial\"," \
    "\"workers\":1,\"status\":\"ok\"}]}\n"
/* A plan of one metric. */
#define METRIC(name, unit, merge)                               \
    HEAD("plan")                                                \
    ",\"plan\":0,\"executors\":[],\"metrics\":[{\"name\":" name \
    ",\"unit\":" unit ",\"merge\":" merge "}]}\n"
#define TRIAL(fields)                                                          \
    HEAD("trial")                                                              \
    ",\"plan\":0,\"executor\":\"serial\",\"workers\":1,\"block\":0" fields "}" \
    "\n"

static void test_no_record(void **state)
{
    static const char *const foreign[] = {
        "hello\n",
        "{}\n",
        "[1,2]\n",
        "{\"t\":\"run\"}\n",
        "{\"t\":\"run\",\"v\":1}\n",
        "{\"t\":\"run\",\"v\":\"1\",\"run\":\"x\"}\n",
        "{\n \"context\": {},\n \"benchmarks\": []\n}\n",
        "\n",
        "\177ELF\002",
        "{\"name\":\"x\"",
    };

    (void)state;
    assert_int_equal(read_text("").code, EXIT_USAGE);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        struct outcome o = read_text(foreign[i]);

        assert_int_equal(o.code, EXIT_USAGE);
        assert_non_null(strstr(o.error, "b.jsonl:1: "));
    }
    assert_int_equal(read_file("none.jsonl", 0).code, EXIT_USAGE);
    assert_int_equal(read_file(".", 0).code, EXIT_USAGE);
}

static void test_newer_schema(void **state)
{
    struct outcome o =
        read_text("{\"t\":\"run\",\"v\":2,\"run\":\"x\",\"seq\":0}\n");

    (void)state;
    assert_int_equal(o.code, EXIT_USAGE);
    assert_non_null(strstr(o.error, "b.jsonl:1: schema 2 is newer"));
    o = read_text(RUN "{\"t\":\"trial\",\"v\":3,\"run\":\"x\",\"seq\":1}\n");
    assert_int_equal(o.code, EXIT_USAGE);
    assert_non_null(strstr(o.error, "b.jsonl:2: schema 3 is newer"));
}

static void test_unknown_is_passed_over(void **state)
{
    struct outcome o =
        read_text(RUN HEAD("novel") ",\"x\":[1,{}]}\n" PLAN TRIAL(
            ",\"ns\":5,\"novel\":{\"a\":[1,2,\"x\"]},\"more\":\"\\u00e9\""));

    (void)state;
    assert_int_equal(o.code, 0);
    assert_int_equal(o.others, 1);
    assert_int_equal(o.trials, 1);
    assert_int_equal(o.bad, 0);
}

/* Each of these makes its line bad, and the next is read. */
static void test_absurd_trials(void **state)
{
    static const char *const absurd[] = {
        TRIAL(",\"ns\":NaN"),
        TRIAL(",\"ns\":-5"),
        TRIAL(",\"ns\":1e300"),
        TRIAL(",\"ns\":1e400"),
        TRIAL(",\"ns\":1.5"),
        TRIAL(",\"ns\":\"5\""),
        TRIAL(",\"ns\":2000000000000000000"),
        TRIAL(",\"ns\":99999999999999999999999"),
        TRIAL(",\"ns\":null"),
        TRIAL(""),
        TRIAL(",\"ns\":5,\"block\":7"),
        TRIAL(",\"ns\":5,\"block\":-1"),
        TRIAL(",\"ns\":5,\"block\":2147483647"),
        TRIAL(",\"ns\":5,\"workers\":2"),
        TRIAL(",\"ns\":5,\"workers\":9999999999"),
        TRIAL(",\"ns\":5,\"plan\":1"),
        TRIAL(",\"ns\":5,\"executor\":\"ranks\""),
        TRIAL(",\"ns\":5,\"executor\":7"),
        TRIAL(",\"ns\":5,\"balance\":1e300"),
        TRIAL(",\"ns\":5,\"balance\":-1"),
        TRIAL(",\"ns\":5,\"residual\":Infinity"),
        TRIAL(",\"ns\":5,\"warmup\":1"),
        TRIAL(",\"ns\":5,\"start_ns\":[9],\"end_ns\":[8]"),
        TRIAL(",\"ns\":5,\"start_ns\":[-9],\"end_ns\":[8]"),
        TRIAL(",\"ns\":5,\"start_ns\":[1,2],\"end_ns\":[3,4]"),
        TRIAL(",\"ns\":5,\"start_ns\":[1],\"end_ns\":[]"),
        TRIAL(",\"ns\":5,\"start_ns\":[1.5],\"end_ns\":[3]"),
        TRIAL(",\"ns\":5,\"start_ns\":{},\"end_ns\":[3]"),
        TRIAL(",\"ns\":5,\"metrics\":7"),
        TRIAL(",\"ns\":5,\"metrics\":[1,2]"),
        TRIAL(",\"ns\":5,\"metrics\":[\"1\"]"),
        TRIAL(",\"ns\":5,\"metrics\":[[1]]"),
        TRIAL(",\"ns\":5,\"metrics\":[-1e300]"),
        TRIAL(",\"ns\":5,\"metrics\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"),
        TRIAL(",\"ns\":5,\"lock_ns\":-1"),
        "\n",
        "null\n",
        "{\"t\":1,\"v\":1}\n",
        "{\"t\":\"trial\",\"v\":0}\n",
        HEAD("summary") ",\"plan\":0,\"blocks\":2000000000}\n",
        HEAD("summary") ",\"plan\":0,\"blocks\":-1}\n",
        HEAD("summary") ",\"plan\":0,\"cells\":[{\"executor\":\"serial\","
                        "\"huge_pages\":1.5}]}\n",
        HEAD("place") ",\"plan\":0,\"executor\":\"serial\",\"workers\":[]}\n",
        HEAD("end") ",\"lines\":-1}\n",
        HEAD("calib") ",\"overhead_ns\":\"fast\"}\n",
    };
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        struct outcome o;

        snprintf(text, sizeof text, "%s%s%s%s", RUN PLAN, absurd[i],
                 TRIAL(",\"ns\":5"), RUN);
        o = read_text(text);
        if (o.code || o.bad != 1 || o.trials != 1 || !*o.text)
            fail_msg("%s: code %d, %ld bad, %ld trials", absurd[i], o.code,
                     o.bad, o.trials);
    }
}

/* A trial may leave its metrics out, older programs write none. */
static void test_missing_metrics_are_unknown(void **state)
{
    static const char text[] = RUN HEAD(
        "plan") ",\"plan\":0,\"executors\":[{\"executor\":\"serial\","
                "\"workers\":1,\"status\":\"ok\"}],\"metrics\":"
                "[{\"name\":\"a\",\"unit\":\"\",\"merge\":\"min\"}]}\n" TRIAL(
                    ",\"ns\":5") TRIAL(",\"ns\":5,\"metrics\":null")
                    TRIAL(",\"ns\":5,\"metrics\":[null]")
                        TRIAL(",\"ns\":5,\"metrics\":[-3]");
    struct reader *reader;
    struct record line;
    struct err err;
    int trials = 0;

    (void)state;
    write_text("b.jsonl", text, strlen(text));
    assert_int_equal(reader_open(&reader, "b.jsonl", 0, &err), 0);
    while (reader_next(reader, &line, &err) > 0) {
        assert_int_not_equal(line.type, RECORD_BAD);
        if (line.type == RECORD_TRIAL)
            assert_true(++trials < 4 ? isnan(line.is.trial.metric[0])
                                     : line.is.trial.metric[0] == -3);
    }
    assert_int_equal(trials, 4);
    reader_close(reader);
}

static void test_absurd_plans(void **state)
{
    static const char *const absurd[] = {
        HEAD("plan") ",\"plan\":-1,\"executors\":[]}\n",
        HEAD("plan") ",\"plan\":0,\"executors\":[{}]}\n",
        HEAD("plan") ",\"plan\":0,\"amount\":1e300,\"executors\":[]}\n",
        HEAD("plan") ",\"plan\":0,\"executors\":[{\"executor\":\"x\","
                     "\"workers\":99999999}]}\n",
        HEAD("plan") ",\"plan\":0,\"executors\":[1,2,3,4,5,6,7,8,9]}\n",
        HEAD("plan") ",\"plan\":0,\"executors\":[],\"bytes\":-1}\n",
        HEAD("plan") ",\"plan\":0,\"executors\":[],\"metrics\":{}}\n",
        HEAD("plan") ",\"plan\":0,\"executors\":[],\"metrics\":[1]}\n",
        HEAD("plan") ",\"plan\":0,\"executors\":[],\"metrics\":"
                     "[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7]}\n",
        METRIC("\"\"", "\"s\"", "\"sum\""),
        METRIC("7", "\"s\"", "\"sum\""),
        METRIC("\"two words\"", "\"s\"", "\"sum\""),
        METRIC("\"a\"", "null", "\"sum\""),
        METRIC("\"a\"", "\"seventeen letters\"", "\"sum\""),
        METRIC("\"a\"", "\"s\"", "\"product\""),
        METRIC("\"a\"", "\"s\"", "0"),
    };
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        struct outcome o;

        snprintf(text, sizeof text, "%s%s%s", RUN, absurd[i],
                 TRIAL(",\"ns\":5"));
        o = read_text(text);
        assert_int_equal(o.code, 0);
        assert_int_equal(o.bad, 2); /* the plan, and its trial */
    }
}

static void test_long_lines(void **state)
{
    size_t length = RECORD_LINE_MAX + 2;
    char *text = malloc(length + sizeof RUN);
    struct outcome o;

    (void)state;
    if (!text)
        abort(); /* asserting it leaves GCC 12 in doubt when sanitising */
    memcpy(text, RUN, sizeof RUN - 1);
    memset(text + sizeof RUN - 1, 'x', length);
    write_text("b.jsonl", text, sizeof RUN - 1 + length);
    o = read_file("b.jsonl", 0);
    assert_int_equal(o.code, EXIT_USAGE);
    assert_non_null(strstr(o.error, "b.jsonl:2: a line of more than"));
    /* As long as it may be, and no JSON. */
    text[sizeof RUN - 1 + RECORD_LINE_MAX] = '\n';
    write_text("b.jsonl", text, sizeof RUN + RECORD_LINE_MAX);
    o = read_file("b.jsonl", 0);
    assert_int_equal(o.code, 0);
    assert_int_equal(o.bad, 1);
    free(text);
}

/* -- whatever it is, it ends --------------------------------------------- */

static void test_flipped_bits(void **state)
{
    struct comparison c;
    size_t length;
    char *text;
    uint64_t seed = 7;

    (void)state;
    sample_make(&c, 2, "n=1024");
    write_run("a.jsonl", &c);
    comparison_free(&c);
    text = slurp("a.jsonl", &length);
    alarm(120); /* to hang is to fail */
    for (int i = 0; i < 2000; i++) {
        char *copy = malloc(length);
        struct outcome o;

        assert_non_null(copy);
        memcpy(copy, text, length);
        for (int k = 0; k <= i % 8; k++)
            copy[next_random(&seed) % length] ^=
                (char)(1 << next_random(&seed) % 8);
        write_text("b.jsonl", copy,
                   length - next_random(&seed) % 3 * (length / 3));
        o = read_file("b.jsonl", READER_KEEP | READER_HASH);
        assert_true(o.code == 0 || o.code == EXIT_USAGE);
        free(copy);
    }
    alarm(0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cut_at_every_byte),
        TEST(test_comparison_without_summary_is_cut),
        TEST(test_no_record),
        TEST(test_newer_schema),
        TEST(test_unknown_is_passed_over),
        TEST(test_absurd_trials),
        TEST(test_missing_metrics_are_unknown),
        TEST(test_absurd_plans),
        TEST(test_long_lines),
        TEST(test_flipped_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
