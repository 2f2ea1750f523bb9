/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of trials are read in a quick way and in the common one, which mean the
 * same. */
#include "results/record/trial_line.h"

#include "results/record/json.h"
#include "tests/unit/reading.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_quick_way_means_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
