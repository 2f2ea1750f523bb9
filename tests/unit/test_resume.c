/* SPDX-License-Identifier: Apache-2.0 */
/* A record cut anywhere can be gone on with: no trial lost, none twice. */
#include "results/record/resume.h"

#include <math.h>

#include "results/record/audit.h"
#include "results/record/environment.h"
#include "results/record/read.h"
#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

enum { COMPARISONS = 2, STARTED = 3 }; /* executors that run */

static struct run_info job_info(void)
{
    struct run_info info = info_of(NULL);

    info.comparisons = COMPARISONS;
    info.fingerprint = 42;
    return info;
}

static void make_both(struct comparison *c)
{
    sample_make(&c[0], 2, "n=8");
    sample_make(&c[1], 4, "n=8");
}

static void free_both(struct comparison *c)
{
    comparison_free(&c[0]);
    comparison_free(&c[1]);
}

/* Trials from the t-th of each cell on, and the summary. */
static void write_rest(struct writer *w, const struct comparison *c, size_t t)
{
    struct judgement j;
    struct err err = {0};

    for (; t < c->cell[0].trials; t++) {
        for (int i = 0; i < STARTED; i++)
            assert_int_equal(
                writer_trial(w, c, &c->cell[i], &c->cell[i].trial[t], &err), 0);
    }
    assert_int_equal(verdict_judge(c, &j, &err), 0);
    assert_int_equal(writer_event(w, "warning", "W999", &err), 0);
    assert_int_equal(writer_summary(w, c, &j, &err), 0);
}

static void write_job(const char *path, struct comparison *c, const char *why)
{
    struct run_info info = job_info();
    struct writer *w;
    struct err err = {0};

    assert_int_equal(writer_open(&w, path, &info, &err), 0);
    for (int i = 0; i < COMPARISONS; i++) {
        assert_int_equal(writer_plan(w, &c[i], &err), 0);
        write_rest(w, &c[i], 0);
    }
    assert_int_equal(writer_close(w, why, &err), 0);
}

static void write_text(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static int audit(const char *path)
{
    FILE *null = fopen("/dev/null", "w");
    struct err err = {0};
    int failed = audit_print(null, path, &err);

    if (failed)
        print_error("%s\n", err.text);
    fclose(null);
    return failed;
}

/* Every trial that was planned stands there once. */
static void check_trials(const char *path)
{
    int seen[COMPARISONS][STARTED][SAMPLE_BLOCKS + 1] = {{{0}}};
    struct reader *reader;
    struct record line;
    struct err err = {0};

    assert_int_equal(reader_open(&reader, path, 0, &err), 0);
    while (reader_next(reader, &line, &err) > 0) {
        const struct trial *trial = &line.is.trial;

        assert_int_not_equal(line.type, RECORD_BAD);
        if (line.type == RECORD_TRIAL)
            seen[line.plan][line.cell]
                [trial->warmup ? SAMPLE_BLOCKS : trial->block]++;
    }
    assert_null(reader_partial(reader));
    reader_close(reader);
    for (int c = 0; c < COMPARISONS; c++) {
        for (int i = 0; i < STARTED; i++) {
            for (int b = 0; b <= SAMPLE_BLOCKS; b++)
                assert_int_equal(seen[c][i][b], 1);
        }
    }
}

/* Makes what is missing of the job, as another process would. */
static void go_on(const char *path, struct comparison *c)
{
    struct resume *r = NULL;
    struct writer *w = NULL;
    struct err err = {0};
    int next;

    if (resume_open(&r, path, &err))
        fail_msg("%s", err.text);
    assert_false(r->finished);
    if (writer_resume(&w, r, "drive again", &err))
        fail_msg("%s", err.text);
    next = r->comparisons - r->open;
    for (int i = next; i < COMPARISONS; i++) {
        size_t there =
            i == next && r->open ? r->comparison[i].cell[0].trials : 0;

        if (!(i == next && r->open))
            assert_int_equal(writer_plan(w, &c[i], &err), 0);
        write_rest(w, &c[i], there);
    }
    assert_int_equal(writer_close(w, "complete", &err), 0);
    resume_close(r);
}

/* Where the first plan's line begins: nothing to go on from before its end. */
static size_t begin_of_plans(const char *text)
{
    return (size_t)(strstr(text, "{\"t\":\"plan\"") - text);
}

static void test_cut_anywhere(void **state)
{
    struct comparison c[COMPARISONS];
    size_t length, cuts = 0;
    char *text;

    (void)state;
    make_both(c);
    write_job("a.jsonl", c, "complete");
    text = slurp("a.jsonl", &length);
    for (size_t cut = begin_of_plans(text); cut < length - 1; cut++) {
        /* Around the ends of lines, and here and there. */
        if (text[cut] != '\n' && text[cut - 1] != '\n' && cut % 211)
            continue;
        write_text("b.jsonl", text, cut);
        go_on("b.jsonl", c);
        assert_int_equal(audit("b.jsonl"), 0);
        check_trials("b.jsonl");
        cuts++;
    }
    assert_true(cuts > 300);
    free(text);
    free_both(c);
}

static void test_cut_twice(void **state)
{
    struct comparison c[COMPARISONS];
    size_t length, again;
    char *text, *more;

    (void)state;
    make_both(c);
    write_job("a.jsonl", c, "complete");
    text = slurp("a.jsonl", &length);
    for (size_t cut = length / 4; cut < length / 2; cut += 1999) {
        write_text("b.jsonl", text, cut);
        go_on("b.jsonl", c);
        more = slurp("b.jsonl", &again);
        for (size_t second = cut - cut % 7; second < again; second += 4999) {
            write_text("b.jsonl", more, second);
            go_on("b.jsonl", c);
            assert_int_equal(audit("b.jsonl"), 0);
            check_trials("b.jsonl");
        }
        free(more);
    }
    free(text);
    free_both(c);
}

/* Interrupted by a signal, it has a summary and an end, which are set aside;
 * not a byte of what was there is lost. */
static void test_interrupted(void **state)
{
    struct comparison c[COMPARISONS];
    struct resume *r = NULL;
    struct err err = {0};
    json_t *lines, *line;
    size_t index, length;
    char *text;

    (void)state;
    make_both(c);
    c[1].stop = STOP_SIGNAL;
    write_job("a.jsonl", c, "interrupted");
    text = slurp("a.jsonl", &length);
    assert_int_equal(resume_open(&r, "a.jsonl", &err), 0);
    assert_true(r->open && !r->finished);
    assert_int_equal(r->comparisons, COMPARISONS);
    assert_int_equal(r->comparison[1].blocks, SAMPLE_BLOCKS);
    assert_int_equal(r->set_aside, 0);
    resume_close(r);
    go_on("a.jsonl", c);
    check_trials("a.jsonl");
    lines = parse_lines("a.jsonl");
    json_array_foreach(lines, index, line)
    {
        size_t k;
        json_t *aside;

        json_array_foreach(json_object_get(line, "aside"), k, aside)
        {
            assert_non_null(strstr(text, json_string_value(aside)));
            length -= json_string_length(aside) + 1;
        }
        if (strcmp(json_string_value(json_object_get(line, "t")), "resume"))
            continue;
        /* warning, three places, summary, end */
        assert_int_equal(json_array_size(json_object_get(line, "aside")), 6);
        assert_int_equal(
            json_integer_value(json_object_get(line, "aside_bytes")) + length,
            strlen(text));
    }
    json_decref(lines);
    free(text);
    free_both(c);
}

/* The last block counts only if it is whole; a late trial does not make it. */
static void test_half_block(void **state)
{
    struct comparison c[COMPARISONS];
    struct run_info info = job_info();
    struct resume *r = NULL;
    struct writer *w;
    struct err err = {0};

    (void)state;
    make_both(c);
    c[0].cell[2].trial[5].late = true;
    assert_int_equal(writer_open(&w, "a.jsonl", &info, &err), 0);
    assert_int_equal(writer_plan(w, &c[0], &err), 0);
    for (size_t t = 0; t <= 5; t++) {
        for (int i = 0; i < STARTED; i++)
            assert_int_equal(writer_trial(w, &c[0], &c[0].cell[i],
                                          &c[0].cell[i].trial[t], &err),
                             0);
    }
    assert_int_equal(writer_close(w, "interrupted", &err), 0);
    assert_int_equal(resume_open(&r, "a.jsonl", &err), 0);
    assert_int_equal(r->set_aside, 3);
    assert_int_equal(r->comparison[0].blocks, 4); /* one is of warm-up */
    assert_int_equal(r->trials, 15);
    for (int i = 0; i < STARTED; i++)
        assert_int_equal(r->comparison[0].cell[i].trials, 5);
    resume_close(r);
    free_both(c);
}

static void test_finished(void **state)
{
    struct comparison c[COMPARISONS];
    struct resume *r = NULL;
    struct err err = {0};

    (void)state;
    make_both(c);
    write_job("a.jsonl", c, "complete");
    assert_int_equal(resume_open(&r, "a.jsonl", &err), 0);
    assert_true(r->finished && !r->open);
    resume_close(r);
    free_both(c);
}

/* -- refusals ------------------------------------------------------------ */

static void refused(const char *path, const char *word)
{
    struct resume *r = NULL;
    struct err err = {0};

    assert_int_equal(resume_open(&r, path, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    if (!strstr(err.text, word))
        fail_msg("no '%s' in '%s'", word, err.text);
}

static void test_refused(void **state)
{
    struct comparison c[COMPARISONS];
    size_t length;
    char *text, *at;

    (void)state;
    make_both(c);
    write_job("a.jsonl", c, "complete");
    text = slurp("a.jsonl", &length);
    refused("nowhere.jsonl", "nowhere");
    write_text("b.jsonl", text, begin_of_plans(text) - 20);
    refused("b.jsonl", "begin anew");
    at = strstr(text, "\"minor_faults\":0");
    at[15] = '1';
    write_text("b.jsonl", text, length);
    refused("b.jsonl", "edited");
    at[0] = '?';
    write_text("b.jsonl", text, length / 2);
    refused("b.jsonl", "cannot be read");
    free(text);
    c[0].cell[1].trial[3].wrong = true;
    unlink("a.jsonl");
    write_job("a.jsonl", c, "complete");
    refused("a.jsonl", "wrong");
    free_both(c);
}

static void differs(const struct resume *r, const struct run_info *info,
                    const char *host, const char *word)
{
    struct err err = {0};

    assert_int_equal(host ? resume_check_hosts(r, info, host, &err)
                          : resume_check_run(r, info, &err),
                     -1);
    assert_int_equal(err.code, EXIT_USAGE);
    if (!strstr(err.text, word))
        fail_msg("no '%s' in '%s'", word, err.text);
}

/* A job over n nodes, all of whose names are in one text. */
static struct run_info on_nodes(struct node_card *node, const char *hosts)
{
    struct run_info info = job_info();

    for (info.nodes = 0; *hosts; info.nodes++, hosts++) {
        node[info.nodes] = (struct node_card){.ranks = 2, .memory_bytes = -1};
        snprintf(node[info.nodes].host, sizeof node->host, "n%c", *hosts);
    }
    info.node = node;
    return info;
}

static void test_other_nodes(void **state)
{
    struct node_card was[3], is[4];
    struct run_info info = on_nodes(was, "123"), other;
    struct environment *env;
    struct resume *r = NULL;
    struct writer *w;
    struct err err = {0};

    (void)state;
    assert_int_equal(environment_collect(&env, &err), 0);
    snprintf(env->host, sizeof env->host, "n1");
    info.environment = env;
    assert_int_equal(writer_open(&w, "a.jsonl", &info, &err), 0);
    assert_int_equal(writer_close(w, "interrupted", &err), 0);
    assert_int_equal(resume_open(&r, "a.jsonl", &err), 0);
    assert_int_equal(r->nodes, 3);
    assert_string_equal(r->node[2].host, "n3");
    assert_int_equal(r->node[2].ranks, 2);
    assert_int_equal(r->node[2].memory_bytes, -1);
    assert_int_equal(resume_check_hosts(r, &info, "n1", &err), 0);
    other = on_nodes(is, "132");
    assert_int_equal(resume_check_run(r, &other, &err), 0);
    differs(r, &other, "n1", "host 2 is 'n2' with 2 ranks, not 'n3' with 2");
    differs(r, &other, "n1", "start it where it was, or begin a new record");
    other = on_nodes(is, "1234");
    differs(r, &other, "n1", "host 4 is none, not 'n4'");
    other = on_nodes(is, "12");
    differs(r, &other, "n1", "host 3 is 'n3' with 2 ranks, not none");
    other = on_nodes(is, "1");
    differs(r, &other, "n1", "host 2 is 'n2', not none");
    other = on_nodes(is, "123"), is[0].ranks = 1;
    differs(r, &other, "n1", "host 1 is 'n1' with 2 ranks, not 'n1' with 1 ");
    resume_close(r);
    environment_free(env);
}

static void test_other_run(void **state)
{
    struct comparison c[COMPARISONS];
    struct run_info info = job_info(), other;
    struct resume *r = NULL;
    struct err err = {0};

    (void)state;
    make_both(c);
    write_job("a.jsonl", c, "complete");
    assert_int_equal(resume_open(&r, "a.jsonl", &err), 0);
    assert_int_equal(resume_check_run(r, &info, &err), 0);
    differs(r, &info, "elsewhere", "host");
    other = info, other.seed = 1;
    differs(r, &other, NULL, "seed");
    other = info, other.blocks = 3;
    differs(r, &other, NULL, "--blocks");
    other = info, other.fingerprint = 1;
    differs(r, &other, NULL, "otherwise");
    other = info, other.scaling = "weak";
    differs(r, &other, NULL, "'weak'");
    assert_int_equal(resume_check(r, 0, &c[0], &err), 0);
    assert_int_equal(resume_check(r, 7, &c[1], &err), 0);
    assert_int_equal(resume_check(r, 0, &c[1], &err), -1);
    assert_non_null(strstr(err.text, "workers"));
    strcpy(c[0].problem, "n=9");
    assert_int_equal(resume_check(r, 0, &c[0], &err), -1);
    assert_non_null(strstr(err.text, "n=9"));
    resume_close(r);
    free_both(c);
}

/* Who writes has the file for itself. */
static void test_locked(void **state)
{
    struct run_info info = job_info();
    struct resume *r = NULL;
    struct writer *w, *second = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(writer_open(&w, "a.jsonl", &info, &err), 0);
    assert_int_equal(resume_open(&r, "a.jsonl", &err), 0);
    assert_int_equal(writer_resume(&second, r, "", &err), -1);
    assert_non_null(strstr(err.text, "another process"));
    assert_int_equal(writer_close(w, "complete", &err), 0);
    resume_close(r);
    assert_int_equal(audit("a.jsonl"), 0);
}

static void test_fingerprint(void **state)
{
    struct comparison c[COMPARISONS];
    uint64_t a, b;

    (void)state;
    make_both(c);
    a = resume_print(resume_print(0, &c[0]), &c[1]);
    b = resume_print(resume_print(0, &c[1]), &c[0]);
    assert_true(a != b && a == resume_print(resume_print(0, &c[0]), &c[1]));
    free_both(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cut_anywhere), TEST(test_cut_twice), TEST(test_interrupted),
        TEST(test_half_block),   TEST(test_finished),  TEST(test_refused),
        TEST(test_other_nodes),  TEST(test_other_run), TEST(test_locked),
        TEST(test_fingerprint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
