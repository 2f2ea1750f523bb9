/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring with real teams of the nursery and the kernel null, the double
 * that is slow, wrong or lost on request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "drivers/executors/executor.h"
#include "drivers/measure.h"

static volatile int stop;

struct stage {
    struct conductor conductor;
    struct measure_plan plan;
    struct comparison comparison;
    struct err err;
    int trials, blocks; /* that the listener heard of */
    int deaf_after;     /* trials; 0: never */
};

static int on_trial(void *arg, const struct comparison *c,
                    const struct cell *cell, const struct trial *trial,
                    struct err *err)
{
    struct stage *s = arg;

    (void)c, (void)cell, (void)trial;
    if (++s->trials == s->deaf_after)
        return err_set(err, EXIT_RESOURCE, "the disk is full");
    return 0;
}

static int on_block(void *arg, const struct comparison *c, uint64_t elapsed_ns,
                    struct err *err)
{
    struct stage *s = arg;

    (void)c, (void)elapsed_ns, (void)err;
    s->blocks++;
    return 0;
}

/* Processes alone: threads are not to be had in every build. */
static int open_stage(void **state)
{
    static struct stage s;
    struct err err;

    s = (struct stage){.conductor = {.launch = {.size = 1}, .stop = &stop}};
    stop = 0;
    if (nursery_open(&s.conductor.nursery, &err) ||
        topology_open(&s.conductor.topology, NULL, &err))
        return -1;
    s.plan = (struct measure_plan){
        .kernel = kernel_find("null", &err),
        .executor = {executor_find("serial", &err),
                     executor_find("processes", &err)},
        .executors = 2,
        .problem = {.mode = MODE_DIVIDE},
        .workers = 2,
        .policy = "core",
        .seed = 1,
        .stop = {.blocks = 8, .budget_ns = UINT64_MAX},
        .precision = 0.01,
        .margin = 0.02,
        .listener = {&s, NULL, on_trial, on_block},
    };
    param_defaults(kernel_table[s.plan.kernel]->params, s.plan.problem.value);
    *state = &s;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;

    comparison_free(&s->comparison);
    topology_close(s->conductor.topology);
    nursery_close(s->conductor.nursery);
    return 0;
}

static void set(struct stage *s, const char *name, const char *text)
{
    const struct param *table = kernel_table[s->plan.kernel]->params;
    int row = param_find(table, name, &s->err), n;

    assert_int_equal(param_parse(&table[row], text, &s->plan.problem.value[row],
                                 1, &n, &s->err),
                     0);
}

static int measure(struct stage *s)
{
    return measure_compare(&s->conductor, &s->plan, &s->comparison, &s->err);
}

static void blocks_are_complete(void **state)
{
    struct stage *s = *state;
    const struct comparison *c = &s->comparison;

    assert_int_equal(measure(s), 0);
    assert_int_equal(c->stop, STOP_BLOCKS);
    assert_int_equal(c->blocks, 8);
    assert_int_equal(s->blocks, 8);
    for (int i = 0; i < c->cells; i++) {
        double ns[8];

        cell_times(&c->cell[i], 8, ns);
        for (int b = 0; b < 8; b++)
            assert_true(ns[b] > 0);
        assert_true(c->cell[i].startup_ns > 0);
        assert_true(c->cell[i].teardown_ns > 0);
        assert_true(c->cell[i].pinned);
        if (access("/proc/self/smaps_rollup", R_OK) == 0)
            assert_true(c->cell[i].huge_share >= 0 &&
                        c->cell[i].huge_share <= 1);
        else
            assert_true(isnan(c->cell[i].huge_share));
        assert_true(*c->cell[i].uncounted ||
                    c->cell[i].trial[0].usage.cycles > 0);
    }
    assert_int_equal(c->cell[0].workers, 1);
    assert_int_equal(c->cell[1].workers, 2);
}

/* All trials are in it, and no time twice. */
static void the_account_adds_up(void **state)
{
    struct stage *s = *state;
    const struct account *a = &s->comparison.account;
    uint64_t steps = 0;

    set(s, "delay", "0.001");
    s->plan.warmups = 1;
    assert_int_equal(measure(s), 0);
    for (int i = 0; i < s->comparison.cells; i++) {
        const struct cell *cell = &s->comparison.cell[i];

        steps += cell->setup_ns;
        for (size_t t = 0; t < cell->trials; t++)
            steps +=
                cell->trial[t].span[0].end_ns - cell->trial[t].span[0].start_ns;
    }
    assert_true(a->kernel_ns >= steps);
    assert_true(a->teams_ns > 0);
    assert_true(a->orders_ns > 0);
    assert_true(a->bounds_ns + a->teams_ns + a->kernel_ns + a->gates_ns +
                    a->orders_ns <=
                a->total_ns);
}

/* Both orders occur, and the same seed gives the same ones. */
static void order_is_random_and_repeatable(void **state)
{
    struct stage *s = *state;
    int first[2][8], serial_first = 0;

    s->plan.stop.blocks = 8;
    for (int run = 0; run < 2; run++) {
        comparison_free(&s->comparison);
        assert_int_equal(measure(s), 0);
        for (size_t t = 0; t < s->comparison.cell[0].trials; t++) {
            const struct trial *trial = &s->comparison.cell[0].trial[t];

            first[run][trial->block] = trial->order;
            serial_first += trial->order == 0;
        }
    }
    assert_memory_equal(first[0], first[1], sizeof first[0]);
    assert_in_range(serial_first, 1, 15);
}

static void warmups_are_kept_and_flagged(void **state)
{
    struct stage *s = *state;
    int warm = 0;

    s->plan.warmups = 2;
    assert_int_equal(measure(s), 0);
    for (size_t t = 0; t < s->comparison.cell[0].trials; t++)
        warm += s->comparison.cell[0].trial[t].warmup;
    assert_true(warm >= 2);
    assert_int_equal(cell_count(&s->comparison.cell[0]), 8);
}

static void one_slow_worker_is_seen_in_full(void **state)
{
    struct stage *s = *state;
    const struct cell *cell = &s->comparison.cell[1];

    set(s, "delay", "0.001");
    set(s, "extra", "0.01");
    set(s, "slow", "1");
    assert_int_equal(measure(s), 0);
    for (size_t t = 0; t < cell->trials; t++) {
        assert_true(cell->trial[t].ns >= 11000000);
        assert_true(cell->trial[t].balance < 0.95);
    }
    /* The serial worker, number 0, is not slow, and sleeps meanwhile. */
    assert_true(s->comparison.cell[0].idle_ns > 0);
    assert_true(s->comparison.cell[0].idle_cpu_ns <
                s->comparison.cell[0].idle_ns);
    assert_true(s->comparison.cell[0].trial[7].ns >= 1000000);
}

static void short_steps_are_repeated(void **state)
{
    struct stage *s = *state;

    s->plan.warmups = 1;
    s->plan.region_ns = 1000000;
    assert_int_equal(measure(s), 0);
    assert_true(s->comparison.repeats > 1);
    assert_int_equal(s->comparison.cell[0].trial[3].repeats,
                     s->comparison.repeats);
}

static void a_wrong_result_voids_and_is_kept(void **state)
{
    struct stage *s = *state;
    const struct cell *cell = &s->comparison.cell[1];

    set(s, "fault", "wrong");
    set(s, "slow", "1");
    set(s, "at", "3");
    assert_int_equal(measure(s), -1);
    assert_int_equal(s->err.code, EXIT_WRONG);
    assert_non_null(strstr(s->err.text, "processes"));
    assert_int_equal(s->comparison.stop, STOP_WRONG);
    assert_true(cell->trial[cell->trials - 1].wrong);
    assert_int_equal(s->trials, s->comparison.cell[0].trials + cell->trials);
}

static void expect_dropped(struct stage *s, const char *words)
{
    assert_int_equal(measure(s), 0);
    assert_int_equal(s->comparison.cell[1].status, CELL_FAILED);
    assert_int_equal(s->comparison.cell[1].why.code, EXIT_RESOURCE);
    assert_non_null(strstr(s->comparison.cell[1].why.text, words));
    assert_int_equal(s->comparison.cell[0].status, CELL_OK);
    assert_int_equal(cell_count(&s->comparison.cell[0]), 8);
}

static void a_failed_worker_costs_its_row(void **state)
{
    struct stage *s = *state;

    set(s, "fault", "fail");
    set(s, "slow", "1");
    set(s, "at", "2");
    expect_dropped(s, "worker 1 was told to fail");
}

static void a_lost_worker_costs_its_row(void **state)
{
    struct stage *s = *state;

    set(s, "fault", "lost");
    set(s, "slow", "1");
    set(s, "at", "2");
    expect_dropped(s, "worker 1 was lost: signal 9");
}

static void a_deaf_listener_ends_it(void **state)
{
    struct stage *s = *state;

    s->deaf_after = 5;
    assert_int_equal(measure(s), -1);
    assert_int_equal(s->err.code, EXIT_RESOURCE);
    assert_string_equal(s->err.text, "the disk is full");
    assert_int_equal(s->trials, 5);
}

static void a_signal_ends_it(void **state)
{
    struct stage *s = *state;

    stop = 15;
    assert_int_equal(measure(s), -1);
    assert_int_equal(s->err.code, EXIT_SIGNAL + 15);
}

static void the_budget_ends_it(void **state)
{
    struct stage *s = *state;

    s->plan.stop.blocks = 0;
    s->plan.stop.least_blocks = 1000000;
    s->plan.stop.budget_ns = 20000000;
    assert_int_equal(measure(s), 0);
    assert_int_equal(s->comparison.stop, STOP_BUDGET);
}

static void precision_ends_it(void **state)
{
    struct stage *s = *state;

    s->plan.stop.blocks = 0;
    s->plan.stop.least_blocks = 7;
    s->plan.precision = 1e6;
    assert_int_equal(measure(s), 0);
    assert_int_equal(s->comparison.stop, STOP_PRECISION);
    /* The first interval comes with block 6, and counts two blocks later. */
    assert_int_equal(s->comparison.blocks, 8);
}

static void too_much_memory_is_refused_before(void **state)
{
    struct stage *s = *state;
    struct err err;

    s->plan.kernel = kernel_find("triad", &err);
    param_defaults(kernel_table[s->plan.kernel]->params, s->plan.problem.value);
    s->plan.problem.value[0].count = 1000000000000;
    assert_int_equal(measure(s), -1);
    assert_int_equal(s->err.code, EXIT_RESOURCE);
    assert_non_null(strstr(s->err.text, "TiB"));
}

#define STAGED(test) \
    cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGED(blocks_are_complete),
        STAGED(the_account_adds_up),
        STAGED(order_is_random_and_repeatable),
        STAGED(warmups_are_kept_and_flagged),
        STAGED(one_slow_worker_is_seen_in_full),
        STAGED(short_steps_are_repeated),
        STAGED(a_wrong_result_voids_and_is_kept),
        STAGED(a_failed_worker_costs_its_row),
        STAGED(a_lost_worker_costs_its_row),
        STAGED(a_deaf_listener_ends_it),
        STAGED(a_signal_ends_it),
        STAGED(the_budget_ends_it),
        STAGED(precision_ends_it),
        STAGED(too_much_memory_is_refused_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
