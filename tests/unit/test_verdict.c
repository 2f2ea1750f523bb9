/* SPDX-License-Identifier: Apache-2.0 */
/* From trials to summaries, pairs and the sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/rng.h"
#include "results/verdict/verdict.h"

enum { BLOCKS = 20 };

/* Times of one cell: a level in ns with a little noise of its own. */
static void add_cell(struct comparison *c, const char *executor, int workers,
                     double level, double noise)
{
    struct cell *cell = &c->cell[c->cells];
    double x[BLOCKS];

    rng_fill(x, BLOCKS, 1, (uint32_t)c->cells, 0);
    c->cells++;
    cell->executor = executor;
    cell->workers = workers;
    for (int i = 0; i < BLOCKS; i++) {
        struct trial *trial = cell_add_trial(cell);

        trial->block = i;
        trial->balance = 0.9;
        trial->ns = (uint64_t)(level * (1 + noise * x[i]));
    }
}

static struct comparison study(void)
{
    return (struct comparison){.kernel = "matmul",
                               .unit = "flop",
                               .mode = "divide",
                               .workers = 2,
                               .amount = 2e9,
                               .precision = 0.01,
                               .margin = 0.02,
                               .blocks = BLOCKS,
                               .stop = STOP_BLOCKS};
}

static struct judgement judge(const struct comparison *c)
{
    struct judgement j;
    struct err err;

    if (verdict_judge(c, &j, &err))
        fail_msg("%s", err.text);
    return j;
}

static void summary_of_a_cell(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    add_cell(&c, "serial", 1, 1e8, 0.001);
    add_cell(&c, "threads", 2, 5e7, 0.001);
    j = judge(&c);
    assert_int_equal(j.base, 0);
    assert_int_equal(j.cell[1].n, BLOCKS);
    assert_true(fabs(j.cell[1].median_ns / 5e7 - 1) < 0.001);
    assert_true(j.cell[1].ci_ns.valid);
    assert_true(j.cell[1].ci_ns.ci.low <= j.cell[1].median_ns &&
                j.cell[1].median_ns <= j.cell[1].ci_ns.ci.high);
    assert_true(fabs(j.cell[1].rate / 4e10 - 1) < 0.001);
    assert_true(fabs(j.cell[1].speedup.value - 2) < 0.004);
    assert_true(fabs(j.cell[1].efficiency - 1) < 0.002);
    assert_true(j.cell[1].balance == 0.9);
    comparison_free(&c);
}

/* n tasks in T_n against n times one task serially. */
static void replicate_counts_tasks(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    c.replicate = true;
    add_cell(&c, "serial", 1, 1e8, 0.001);
    add_cell(&c, "threads", 2, 1e8, 0.001);
    j = judge(&c);
    assert_true(fabs(j.cell[1].speedup.value - 2) < 0.004);
    assert_true(fabs(j.cell[1].rate / 4e10 - 1) < 0.001);
    assert_true(fabs(j.cell[0].rate / 2e10 - 1) < 0.001);
    comparison_free(&c);
}

static void warmup_late_and_wrong_do_not_count(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    add_cell(&c, "serial", 1, 1e8, 0.001);
    c.cell[0].trial[0].warmup = true;
    c.cell[0].trial[1].late = true;
    c.cell[0].trial[2].wrong = true;
    for (int i = 0; i < 3; i++)
        c.cell[0].trial[i].ns = 1;
    j = judge(&c);
    assert_int_equal(j.cell[0].n, BLOCKS - 3);
    assert_true(j.cell[0].min_ns > 1);
    assert_int_equal(j.cell[0].wrong, 1);
    comparison_free(&c);
}

static void the_same_are_equal(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    add_cell(&c, "serial", 1, 1e8, 0.001);
    add_cell(&c, "threads", 2, 5e7, 0.001);
    add_cell(&c, "processes", 2, 5e7, 0.001);
    j = judge(&c);
    assert_int_equal(j.pairs, 1);
    assert_int_equal(j.pair[0].a, 2);
    assert_int_equal(j.pair[0].b, 1);
    assert_int_equal(j.pair[0].pair.verdict, VERDICT_EQUAL);
    assert_non_null(strstr(j.sentence, "No measurable difference between"));
    assert_non_null(strstr(j.sentence, "within 2 %"));
    assert_non_null(strstr(j.sentence, "times the serial speed"));
    comparison_free(&c);
}

static void the_slower_is_named(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    add_cell(&c, "serial", 1, 1e8, 0.001);
    add_cell(&c, "threads", 2, 5e7, 0.001);
    add_cell(&c, "processes", 2, 5e7, 0.001);
    add_cell(&c, "ranks", 2, 5.25e7, 0.001);
    j = judge(&c);
    assert_int_equal(j.pairs, 3);
    assert_non_null(strstr(j.sentence, "are equal (within 2 %)"));
    assert_non_null(strstr(j.sentence, "ranks are 5.0 % ["));
    assert_non_null(strstr(j.sentence, "] slower than"));
    comparison_free(&c);
}

static void the_sign_is_right_both_ways(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    add_cell(&c, "threads", 2, 5.5e7, 0.001);
    add_cell(&c, "processes", 2, 5e7, 0.001);
    j = judge(&c);
    assert_int_equal(j.base, -1);
    assert_true(j.pair[0].pair.ratio.value < 0);
    assert_non_null(strstr(j.sentence, "Threads are 10.0 % ["));
    assert_non_null(strstr(j.sentence, "slower than processes"));
    comparison_free(&c);
}

static void noise_is_inconclusive(void **state)
{
    struct comparison c = study();
    struct judgement j;
    double widest = 0;
    struct err err;

    (void)state;
    add_cell(&c, "threads", 2, 5e7, 0.3);
    add_cell(&c, "processes", 2, 5e7, 0.3);
    j = judge(&c);
    assert_int_equal(j.pair[0].pair.verdict, VERDICT_INCONCLUSIVE);
    assert_non_null(strstr(j.sentence, "inconclusive"));
    assert_non_null(strstr(j.sentence, "more block"));
    assert_int_equal(verdict_widest(&c, &widest, &err), 0);
    assert_true(widest > 0.02);
    comparison_free(&c);
}

static void with_few_blocks_there_is_no_interval(void **state)
{
    struct comparison c = study();
    struct judgement j;
    double widest = 0;
    struct err err;

    (void)state;
    add_cell(&c, "threads", 2, 5e7, 0.001);
    add_cell(&c, "processes", 2, 5e7, 0.001);
    c.blocks = 5;
    j = judge(&c);
    assert_false(j.cell[0].ci_ns.valid);
    assert_false(j.pair[0].pair.ratio.valid);
    assert_int_equal(verdict_widest(&c, &widest, &err), 0);
    assert_true(widest == -1);
    c.blocks = 6;
    assert_int_equal(verdict_widest(&c, &widest, &err), 0);
    assert_true(widest > 0);
    comparison_free(&c);
}

static void nothing_is_said_of_nothing(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    c.blocks = 0;
    j = judge(&c);
    assert_string_equal(j.sentence, "Nothing was measured");
    c.blocks = BLOCKS;
    add_cell(&c, "threads", 2, 5e7, 0.001);
    j = judge(&c);
    assert_non_null(strstr(j.sentence, "only threads was measured"));
    comparison_free(&c);
}

static void a_wrong_result_voids(void **state)
{
    struct comparison c = study();
    struct judgement j;

    (void)state;
    add_cell(&c, "threads", 2, 5e7, 0.001);
    add_cell(&c, "processes", 2, 5e7, 0.001);
    c.stop = STOP_WRONG;
    j = judge(&c);
    assert_non_null(strstr(j.sentence, "VOID"));
    comparison_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_of_a_cell),
        cmocka_unit_test(replicate_counts_tasks),
        cmocka_unit_test(warmup_late_and_wrong_do_not_count),
        cmocka_unit_test(the_same_are_equal),
        cmocka_unit_test(the_slower_is_named),
        cmocka_unit_test(the_sign_is_right_both_ways),
        cmocka_unit_test(noise_is_inconclusive),
        cmocka_unit_test(with_few_blocks_there_is_no_interval),
        cmocka_unit_test(nothing_is_said_of_nothing),
        cmocka_unit_test(a_wrong_result_voids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
