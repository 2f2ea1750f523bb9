/* SPDX-License-Identifier: Apache-2.0 */
/* The reader gives back what the writer was given, whatever became of the
 * file in between. */
#include "results/record/read.h"

#include <math.h>

#include "results/record/json.h"
#include "results/record/trial_line.h"
#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

static void write_comparison(struct writer *w, const struct comparison *c)
{
    struct judgement j;
    struct err err;

    assert_int_equal(writer_plan(w, c, &err), 0);
    for (size_t t = 0; t < c->cell[0].trials; t++) {
        for (int i = 0; i < c->cells; i++) {
            if (t < c->cell[i].trials)
                assert_int_equal(
                    writer_trial(w, c, &c->cell[i], &c->cell[i].trial[t], &err),
                    0);
        }
    }
    assert_int_equal(verdict_judge(c, &j, &err), 0);
    assert_int_equal(writer_summary(w, c, &j, &err), 0);
}

static void write_run(const char *path, const struct comparison *c)
{
    struct writer *w = opened(path);
    struct err err;

    write_comparison(w, c);
    assert_int_equal(writer_event(w, "note", "text", &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
}

static void write_text(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* What came of a file. */
struct outcome {
    long lines, trials, bad, plans, summaries, cuts, ends, others;
    bool partial;
    char text[512]; /* of the last bad line */
    int code;       /* of the error that ended it, or 0 */
    char error[400];
};

static void count(struct outcome *o, const struct record *line)
{
    o->lines++;
    o->trials += line->type == RECORD_TRIAL;
    o->bad += line->type == RECORD_BAD;
    o->plans += line->type == RECORD_PLAN;
    o->summaries += line->type == RECORD_SUMMARY;
    o->cuts += line->type == RECORD_CUT;
    o->ends += line->type == RECORD_END;
    o->others += line->type == RECORD_OTHER;
    if (line->type == RECORD_BAD)
        snprintf(o->text, sizeof o->text, "%s", line->is.text);
}

static struct outcome read_file(const char *path, unsigned flags)
{
    struct outcome o = {.code = 0};
    struct reader *reader;
    struct record line;
    struct err err = {0};
    int got = -1;

    if (!reader_open(&reader, path, flags, &err)) {
        while ((got = reader_next(reader, &line, &err)) > 0)
            count(&o, &line);
        o.partial = reader_partial(reader) != NULL;
        reader_close(reader);
    }
    if (got < 0) {
        o.code = err.code;
        memcpy(o.error, err.text, sizeof o.error);
        assert_true(*err.text && !strchr(err.text, '\n'));
    }
    return o;
}

static struct outcome read_text(const char *text)
{
    write_text("b.jsonl", text, strlen(text));
    return read_file("b.jsonl", READER_KEEP | READER_HASH);
}

/* -- there and back ------------------------------------------------------ */

static bool same_real(double a, double b)
{
    return fabs(a - b) <= 1e-14 * fabs(a) || (isnan(a) && isnan(b));
}

static void same_metrics(const struct trial *a, const struct trial *b, int n)
{
    for (int m = 0; m < n; m++) {
        if (!same_real(a->metric[m], b->metric[m]))
            fail_msg("metric %d: %g is not %g", m, a->metric[m], b->metric[m]);
    }
}

static void same_trial(const struct trial *a, const struct trial *b, int n)
{
    struct trial x = *a, y = *b;

    assert_int_equal(x.block, y.block);
    assert_int_equal(x.order, y.order);
    assert_true(x.warmup == y.warmup && x.late == y.late && x.wrong == y.wrong);
    assert_int_equal(x.repeats, y.repeats);
    assert_int_equal(x.ns, y.ns);
    assert_true(x.balance == y.balance && x.residual == y.residual);
    assert_true(x.checksum == y.checksum && x.disturbed == y.disturbed);
    assert_int_equal(x.steal_ns, y.steal_ns);
    assert_int_equal(x.throttled_ns, y.throttled_ns);
    assert_int_equal(x.pressure_ns, y.pressure_ns);
    assert_memory_equal(&x.usage, &y.usage, sizeof x.usage);
    assert_memory_equal(x.span, y.span, (size_t)n * sizeof *x.span);
}

static void same_cell(const struct cell *a, const struct cell *b)
{
    assert_string_equal(a->executor, b->executor);
    assert_int_equal(a->workers, b->workers);
    assert_int_equal(a->status, b->status);
    assert_string_equal(a->why.text, b->why.text);
    assert_int_equal(a->startup_ns, b->startup_ns);
    assert_int_equal(a->setup_ns, b->setup_ns);
    assert_int_equal(a->teardown_ns, b->teardown_ns);
    assert_int_equal(a->idle_ns, b->idle_ns);
    assert_true(a->memory_bytes == b->memory_bytes);
    assert_true(a->bound_rate == b->bound_rate);
    assert_true(a->memory_rate == b->memory_rate);
    assert_true(a->pinned == b->pinned);
    if (a->status == CELL_OK)
        assert_true(a->huge_share == b->huge_share);
    else
        assert_true(isnan(b->huge_share));
    assert_string_equal(a->uncounted, b->uncounted);
    assert_int_equal(a->trials, b->trials);
    for (size_t i = 0; i < a->trials; i++) {
        same_trial(&a->trial[i], &b->trial[i], a->workers);
        same_metrics(&a->trial[i], &b->trial[i], 2);
        assert_true(isnan(b->trial[i].metric[2]));
    }
    assert_true(!a->post == !b->post);
    for (int i = 0; a->post && i < a->workers; i++) {
        assert_int_equal(a->post[i].observed_pu, b->post[i].observed_pu);
        assert_int_equal(a->post[i].core, b->post[i].core);
        assert_true(a->post[i].bound == b->post[i].bound);
        assert_string_equal(a->post[i].mask, b->post[i].mask);
    }
}

static void same_comparison(const struct comparison *a,
                            const struct comparison *b)
{
    assert_string_equal(a->kernel, b->kernel);
    assert_string_equal(a->unit, b->unit);
    assert_string_equal(a->mode, b->mode);
    assert_string_equal(a->problem, b->problem);
    assert_string_equal(a->placement, b->placement);
    assert_true(a->seed == b->seed && a->workers == b->workers);
    assert_true(a->crowded == b->crowded && a->rebuilt == b->rebuilt);
    assert_true(a->replicate == b->replicate);
    assert_int_equal(a->repeats, b->repeats);
    assert_true(a->amount == b->amount && a->margin == b->margin);
    assert_true(a->precision == b->precision && a->widest == b->widest);
    assert_int_equal(a->blocks, b->blocks);
    assert_int_equal(a->stop, b->stop);
    assert_int_equal(a->window_ns, b->window_ns);
    assert_int_equal(a->late, b->late);
    assert_true(a->bytes == b->bytes);
    assert_int_equal(a->metrics, b->metrics);
    for (int m = 0; m < a->metrics; m++) {
        assert_string_equal(a->metric[m].name, b->metric[m].name);
        assert_string_equal(a->metric[m].unit, b->metric[m].unit);
        assert_int_equal(a->metric[m].merge, b->metric[m].merge);
    }
    assert_int_equal(a->cells, b->cells);
    for (int i = 0; i < a->cells; i++)
        same_cell(&a->cell[i], &b->cell[i]);
}

static void test_what_was_written_is_read(void **state)
{
    struct comparison c, back = {.cells = 0};
    struct reader *reader;
    struct record line;
    struct err err;
    struct trial *marked;

    (void)state;
    sample_make(&c, 2, "n=1024 f=0.5 pages=base");
    marked = &c.cell[1].trial[3];
    marked->disturbed = DISTURBED_STEAL | DISTURBED_PAGING;
    marked->usage.waited_ns = 7;
    marked->usage.talk_ns = 8;
    marked->usage.lock_ns = 11;
    marked->pressure_ns = 9;
    write_run("a.jsonl", &c);
    assert_int_equal(reader_open(&reader, "a.jsonl", READER_KEEP, &err), 0);
    while (reader_next(reader, &line, &err) > 0) {
        assert_int_equal(line.seq, line.line - 1);
        assert_false(line.foreign);
        if (line.type == RECORD_SUMMARY)
            reader_take(reader, &back);
    }
    assert_null(reader_partial(reader));
    same_comparison(&c, &back);
    comparison_free(&back);
    comparison_free(&c);
    reader_close(reader);
}

static void test_lines_of_no_comparison(void **state)
{
    struct comparison c;
    struct reader *reader;
    struct record line;
    struct err err;

    (void)state;
    sample_make(&c, 2, "n=1024");
    write_run("a.jsonl", &c);
    comparison_free(&c);
    assert_int_equal(reader_open(&reader, "a.jsonl", READER_HASH, &err), 0);
    assert_int_equal(reader_next(reader, &line, &err), 1);
    assert_int_equal(line.type, RECORD_RUN);
    assert_string_equal(line.is.run.info.command_line, "drive null -n 2");
    assert_true(line.is.run.info.seed == UINT64_MAX);
    assert_true(line.is.run.info.budget_s == 60);
    assert_int_equal(strlen(line.is.run.id), 36);
    assert_int_equal(reader_next(reader, &line, &err), 1);
    assert_int_equal(line.type, RECORD_HOST);
    assert_int_equal(reader_next(reader, &line, &err), 1);
    assert_int_equal(line.type, RECORD_CALIB);
    assert_int_equal(line.is.timer.overhead_ns, 30);
    while (line.type != RECORD_EVENT)
        assert_int_equal(reader_next(reader, &line, &err), 1);
    assert_string_equal(line.is.event.what, "note");
    assert_int_equal(reader_next(reader, &line, &err), 1);
    assert_int_equal(line.type, RECORD_END);
    assert_int_equal(line.is.end.trials, SAMPLE_TRIALS);
    {
        char hash[DIGEST_TEXT];

        reader_hash(reader, hash);
        assert_string_equal(hash, line.is.end.sha256);
    }
    assert_int_equal(reader_next(reader, &line, &err), 0);
    assert_int_equal(reader_next(reader, &line, &err), 0);
    reader_close(reader);
    reader_close(NULL);
}

/* The known answer of FIPS 180-4. */
static void test_hash(void **state)
{
    struct digest *digest = digest_new();
    char text[DIGEST_TEXT];

    (void)state;
    digest_add(digest, "a", 1);
    digest_text(digest, text);
    digest_add(digest, "bc", 2);
    assert_string_equal(
        digest_text(digest, text),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_free(digest);
    digest_free(NULL);
}

static void test_many_workers_have_no_spans(void **state)
{
    struct comparison c;
    struct outcome o;

    (void)state;
    sample_make(&c, RECORD_SPANS_MAX + 1, "n=1");
    write_run("a.jsonl", &c);
    comparison_free(&c);
    o = read_file("a.jsonl", READER_KEEP);
    assert_int_equal(o.trials, SAMPLE_TRIALS);
    assert_int_equal(o.bad, 0);
}

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
    assert_non_null(text);
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

/* -- two ways, one meaning ----------------------------------------------- */

static bool same_slice(const struct slice *a, const struct slice *b)
{
    return a->length == b->length &&
           (!a->length || memcmp(a->at, b->at, a->length) == 0);
}

static void same_line(const struct trial_line *a, const struct trial_line *b)
{
    struct trial x, y;

    assert_true(same_slice(&a->type, &b->type) && same_slice(&a->run, &b->run));
    assert_true(same_slice(&a->executor, &b->executor));
    assert_true(a->version == b->version && a->seq == b->seq);
    assert_true(a->plan == b->plan && a->workers == b->workers);
    trial_line_fill(a, &x);
    trial_line_fill(b, &y);
    assert_true(x.ns == y.ns && x.block == y.block && x.repeats == y.repeats);
    assert_true(x.balance == y.balance ||
                (isnan(x.balance) && isnan(y.balance)));
    assert_true(x.residual == y.residual ||
                (isnan(x.residual) && isnan(y.residual)));
    assert_memory_equal(&x.usage, &y.usage, sizeof x.usage);
    same_metrics(&x, &y, METRICS_MAX);
    assert_true(a->metrics.n == b->metrics.n);
    assert_true(x.checksum == y.checksum && x.disturbed == y.disturbed);
    assert_true(a->start_ns.n == b->start_ns.n && a->end_ns.n == b->end_ns.n);
    for (size_t i = 0; i < a->start_ns.n; i++)
        assert_true(a->start_ns.x[i] == b->start_ns.x[i]);
    for (size_t i = 0; i < a->end_ns.n; i++)
        assert_true(a->end_ns.x[i] == b->end_ns.x[i]);
    assert_true(a->waited_by_worker.n == b->waited_by_worker.n);
    for (size_t i = 0; i < a->waited_by_worker.n; i++)
        assert_true(a->waited_by_worker.x[i] == b->waited_by_worker.x[i]);
    assert_true(a->phases_by_worker.n == b->phases_by_worker.n);
    for (size_t i = 0; i < a->phases_by_worker.n; i++)
        assert_true(a->phases_by_worker.x[i] == b->phases_by_worker.x[i]);
}

/* What the quick way accepts is JSON and means the same to jansson. Returns
 * whether it did accept it. */
static bool agree(const char *text, size_t length)
{
    struct trial_line quick = {.seq = 0}, common = {.seq = 0};
    struct err err;
    bool accepted = trial_line_scan(&quick, text, length);

    if (accepted) {
        json_t *json = json_loadb(text, length, 0, NULL);

        if (!json || trial_line_parse(&common, json, &err))
            fail_msg("only the quick way reads %.*s", (int)length, text);
        same_line(&quick, &common);
        json_decref(json);
    }
    free(quick.start_ns.x);
    free(quick.end_ns.x);
    free(quick.waited_by_worker.x);
    free(quick.phases_by_worker.x);
    free(common.start_ns.x);
    free(common.end_ns.x);
    free(common.waited_by_worker.x);
    free(common.phases_by_worker.x);
    return accepted;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void test_quick_way_means_the_same(void **state)
{
    static const char bytes[] = "{}[]\",:0123456789-+.eEtrufalsn \\\x01\xc3";
    struct comparison c;
    size_t length;
    char *text, *line, *rest;
    uint64_t seed = 1;
    long accepted = 0, tried = 0;

    (void)state;
    sample_make(&c, 2, "n=1024 f=0.5");
    write_run("a.jsonl", &c);
    comparison_free(&c);
    rest = text = slurp("a.jsonl", &length);
    while ((line = strsep(&rest, "\n")) && rest) {
        size_t n = strlen(line);

        if (!strstr(line, "\"t\":\"trial\""))
            continue;
        line[n] = '\n';
        assert_true(agree(line, n));
        for (int i = 0; i < 300; i++, tried++) {
            size_t at = next_random(&seed) % n;
            char old = line[at];

            line[at] = bytes[next_random(&seed) % (sizeof bytes - 1)];
            accepted += agree(line, n);
            line[at] = old;
        }
    }
    assert_true(tried > 3000 && accepted > tried / 100);
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
        TEST(test_what_was_written_is_read),
        TEST(test_lines_of_no_comparison),
        TEST(test_hash),
        TEST(test_many_workers_have_no_spans),
        TEST(test_cut_at_every_byte),
        TEST(test_comparison_without_summary_is_cut),
        TEST(test_no_record),
        TEST(test_newer_schema),
        TEST(test_unknown_is_passed_over),
        TEST(test_absurd_trials),
        TEST(test_missing_metrics_are_unknown),
        TEST(test_absurd_plans),
        TEST(test_long_lines),
        TEST(test_quick_way_means_the_same),
        TEST(test_flipped_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
