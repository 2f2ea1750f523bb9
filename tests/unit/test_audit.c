/* SPDX-License-Identifier: Apache-2.0 */
/* What holds together passes; what was changed behind the writer's back does
 * not, whether or not the hash was made to fit. */
#include "results/record/audit.h"

#include "results/record/digest.h"
#include "results/record/read.h"
#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

/* A whole record; returns its text. */
static char *write_run(const char *path, size_t *length)
{
    struct writer *w = opened(path);
    struct comparison c;
    struct judgement j;
    struct err err;

    sample_make(&c, 2, "n=1024");
    assert_int_equal(writer_plan(w, &c, &err), 0);
    for (size_t t = 0; t < c.cell[0].trials; t++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(
                writer_trial(w, &c, &c.cell[i], &c.cell[i].trial[t], &err), 0);
    }
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    assert_int_equal(writer_summary(w, &c, &j, &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
    comparison_free(&c);
    return slurp(path, length);
}

static void write_text(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* Audits a file; *said is for free(). Returns the exit code. */
static int audit(const char *path, char **said)
{
    size_t size;
    FILE *out = open_memstream(said, &size);
    struct err err = {0};
    int failed = audit_print(out, path, &err);

    fclose(out);
    assert_true(!failed == !*err.text);
    return failed ? err.code : 0;
}

static int audit_text(const char *text, size_t length, char **said)
{
    write_text("b.jsonl", text, length);
    return audit("b.jsonl", said);
}

/* Puts `to`, as long as `from`, where `from` stands behind `after`. */
static void edit(char *text, const char *after, const char *from,
                 const char *to)
{
    char *at = strstr(text, after);

    assert_non_null(at);
    at = strstr(at, from);
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

/* What somebody would do who knows how the hash is made. */
static void forge(char *text)
{
    char *end = strstr(text, "{\"t\":\"end\""), hash[DIGEST_TEXT];
    struct digest *digest = digest_new();

    digest_add(digest, text, (size_t)(end - text));
    digest_text(digest, hash);
    digest_free(digest);
    memcpy(strstr(end, "\"sha256\":\"") + 10, hash, DIGEST_TEXT - 1);
}

static void test_a_record_holds_together(void **state)
{
    size_t length;
    char *text = write_run("a.jsonl", &length), *said;

    (void)state;
    assert_int_equal(audit("a.jsonl", &said), 0);
    assert_non_null(strstr(said, "SHA-256 fits"));
    assert_non_null(strstr(said, "1 comparison, 39 trials"));
    assert_non_null(strstr(said, "1 recomputed from the trials"));
    assert_null(strstr(said, "PROBLEM"));
    free(said);
    free(text);
}

/* No record can ask for any amount of memory. */
static void test_trials_beyond_all_measure_are_not_held(void **state)
{
    struct writer *w = opened("b.jsonl");
    struct comparison c;
    struct judgement j;
    struct err err;
    char *said;

    (void)state;
    sample_make(&c, 1, "n=1024");
    assert_int_equal(writer_plan(w, &c, &err), 0);
    for (int i = 0; i <= READER_KEPT; i++) {
        struct trial trial = c.cell[0].trial[3];

        trial.block = i;
        assert_int_equal(writer_trial(w, &c, &c.cell[0], &trial, &err), 0);
    }
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    assert_int_equal(writer_summary(w, &c, &j, &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
    comparison_free(&c);
    assert_int_equal(audit("b.jsonl", &said), 0);
    assert_non_null(strstr(said, "SHA-256 fits"));
    assert_non_null(strstr(said, "0 recomputed from the trials, 1 of more "
                                 "than 100000 trials not recomputed"));
    free(said);
}

static void test_partial_is_no_fault(void **state)
{
    size_t length;
    char *text = write_run("a.jsonl", &length), *said;

    (void)state;
    for (size_t cut = 1; cut < length; cut += 97) {
        assert_int_equal(audit_text(text, cut, &said), 0);
        assert_non_null(strstr(said, "  partial    cut short"));
        free(said);
    }
    free(text);
}

static void test_any_edit_shows(void **state)
{
    size_t length;
    char *text = write_run("a.jsonl", &length), *said;
    size_t end = (size_t)(strstr(text, "{\"t\":\"end\"") - text);

    (void)state;
    for (size_t at = 0; at < end; at += 53) {
        text[at] ^= 1;
        assert_true(audit_text(text, length, &said) >= EXIT_USAGE);
        free(said);
        text[at] ^= 1;
    }
    edit(text, "\"t\":\"trial\"", "\"residual\":1", "\"residual\":2");
    assert_int_equal(audit_text(text, length, &said), EXIT_WRONG);
    assert_non_null(strstr(said, "edited"));
    free(said);
    free(text);
}

struct forgery {
    const char *after, *from, *to, *says;
};

static void test_forged_numbers_show(void **state)
{
    static const struct forgery forgeries[] = {
        {"\"t\":\"trial\"", "\"ns\":2", "\"ns\":3", "first start to last end"},
        {"\"t\":\"trial\"", "\"seq\":4,", "\"seq\":5,", "its number is 5"},
        {"\"t\":\"summary\"", "\"median_ns\":5", "\"median_ns\":4",
         "threads: median_ns"},
        {"\"t\":\"summary\"", "\"trials\":12", "\"trials\":13", "trials is 13"},
        {"\"t\":\"summary\"", "\"verified\":13", "\"verified\":12", "verified"},
        {"\"t\":\"summary\"", "\"verdict\":\"different\"",
         "\"verdict\":\"unchanged\"", "processes v threads: verdict"},
        {"\"pairs\":", "\"ratio\":1.0", "\"ratio\":1.1", "ratio"},
        {"\"t\":\"end\"", "\"trials\":39", "\"trials\":38", "counts 38 trials"},
        {"\"t\":\"end\"", "\"lines\":4", "\"lines\":5", "lines, there are"},
        {"\"t\":\"calib\"", "\"run\":\"", "\"ran\":\"", "another run"},
        {"\"t\":\"plan\"", "\"plan\":0", "\"plan\":3", "plan 3"},
        {"\"t\":\"host\"", "\"t\":\"host\"", "\"t\":\"runs\"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        const struct forgery *f = &forgeries[i];
        size_t length;
        char *text = write_run("c.jsonl", &length), *said;
        int code;

        edit(text, f->after, f->from, f->to);
        forge(text);
        code = audit_text(text, length, &said);
        if (code != (f->says ? EXIT_WRONG : 0) ||
            (f->says && !strstr(said, f->says)))
            fail_msg("%s -> %s: %d\n%s", f->from, f->to, code, said);
        assert_non_null(strstr(said, "SHA-256 fits"));
        free(said);
        free(text);
        unlink("c.jsonl");
    }
}

static void test_lines_missing_or_twice(void **state)
{
    size_t length, size;
    char *text = write_run("a.jsonl", &length), *said, *line, *next;

    (void)state;
    line = strstr(text, "{\"t\":\"trial\"");
    next = strchr(line, '\n') + 1;
    size = (size_t)(next - line);
    memmove(line, next, length - (size_t)(next - text));
    forge(text);
    assert_int_equal(audit_text(text, length - size, &said), EXIT_WRONG);
    assert_non_null(strstr(said, "its number is"));
    free(said);
    /* Two records in one file. */
    free(text);
    text = slurp("a.jsonl", &length);
    write_text("b.jsonl", text, length);
    {
        FILE *file = fopen("b.jsonl", "a");

        fwrite(text, 1, length, file);
        fclose(file);
    }
    assert_int_equal(audit("b.jsonl", &said), EXIT_WRONG);
    assert_non_null(strstr(said, "behind the end"));
    assert_non_null(strstr(said, "more"));
    free(said);
    free(text);
}

static void test_what_is_no_record(void **state)
{
    char *said;

    (void)state;
    assert_int_equal(audit_text("hello\n", 6, &said), EXIT_USAGE);
    assert_string_equal(said, "");
    free(said);
    assert_int_equal(audit("none.jsonl", &said), EXIT_USAGE);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_record_holds_together),
        TEST(test_partial_is_no_fault),
        TEST(test_trials_beyond_all_measure_are_not_held),
        TEST(test_any_edit_shows),
        TEST(test_forged_numbers_show),
        TEST(test_lines_missing_or_twice),
        TEST(test_what_is_no_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
