/* SPDX-License-Identifier: Apache-2.0 */
/* The reader gives back what the writer was given. */
#include "tests/unit/reading.h"

/* -- there and back ------------------------------------------------------ */

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_written_is_read),
        TEST(test_lines_of_no_comparison),
        TEST(test_hash),
        TEST(test_many_workers_have_no_spans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
