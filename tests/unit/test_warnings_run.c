/* SPDX-License-Identifier: Apache-2.0 */
/* Each code of a run fires on made-up trials, and on nothing else. */
#include <errno.h>

#include "tests/unit/facts.h"
#include "tests/unit/sample.h"

/* -- runs ---------------------------------------------------------------- */

static struct warnings of_run(const struct environment *env,
                              const struct probes *p,
                              const struct comparison *c)
{
    struct warnings list = {.n = 0};
    struct judgement j;
    struct err err;

    assert_int_equal(verdict_judge(c, &j, &err), 0);
    warnings_of_run(env, p, c, &j, &list);
    return list;
}

static void only_run(const struct comparison *c, const char *code)
{
    struct environment env = good_node();
    struct warnings list = of_run(&env, NULL, c);

    only(&list, code);
}

static void none_in_run(const struct comparison *c)
{
    struct environment env = good_node();
    struct warnings list = of_run(&env, NULL, c);

    if (list.n)
        fail_msg("%s %s", list.item[0].code, list.item[0].found);
}

static struct comparison sample(void)
{
    struct comparison c;

    sample_make(&c, 2, "n=100 pages=base");
    return c;
}

/* Marks the first n trials that count of a cell. */
static void disturb(struct cell *cell, unsigned kind, int n)
{
    for (size_t t = 0; t < cell->trials && n > 0; t++) {
        struct trial *trial = &cell->trial[t];

        if (!trial_counts(trial))
            continue;
        trial->disturbed |= kind;
        n--;
    }
}

static void a_clean_run_is_not_warned_of(void **state)
{
    struct environment env = good_node(), none = absent_node();
    struct comparison c = sample();
    struct probes p = good_probes();

    (void)state;
    assert_int_equal(of_run(&env, &p, &c).n, 0);
    assert_int_equal(of_run(&none, &p, &c).n, 0);
    assert_int_equal(of_run(NULL, NULL, &c).n, 0);
    comparison_free(&c);
}

static void a_run_without_trials_is_not_warned_of(void **state)
{
    struct comparison c = {.kernel = "null", .unit = "task", .mode = "divide"};

    (void)state;
    none_in_run(&c);
}

/* What the node told counts where it must move the result, as W101; but not
 * what needs evidence, as a virtual machine, a busy neighbour at the start or
 * counters that nobody asked for. */
static void what_of_the_node_counts(void **state)
{
    struct environment env = good_node();
    struct comparison c = sample();
    struct probes p = good_probes();
    struct warnings list;

    (void)state;
    strcpy(env.governor, "ondemand");
    env.numa_balancing = 1;
    strcpy(env.clock_source, "acpi_pm");
    strcpy(p.sanitizer, "thread");
    list = of_run(&env, &p, &c);
    assert_int_equal(list.n, 4);
    assert_string_equal(list.item[1].code, "W107");
    assert_string_equal(list.item[3].code, "W113");
    env = good_node();
    p = good_probes();
    env.hypervisor = 1;
    env.running = p.running = 9;
    p.counter_errno = EACCES;
    p.stolen = p.waited = p.throttled = 0.5;
    strcpy(p.file_system, "tmpfs");
    assert_int_equal(of_run(&env, &p, &c).n, 0);
    c.unit = "file";
    list = of_run(&env, &p, &c);
    only(&list, "W114");
    comparison_free(&c);
}

/* Where the real clock is known, the governor counts no more. */
static void measured_clock(void **state)
{
    struct environment env = good_node();
    struct comparison c = sample();
    struct warnings list;

    (void)state;
    strcpy(env.governor, "powersave");
    for (int i = 0; i < c.cells; i++) {
        for (size_t t = 0; t < c.cell[i].trials; t++) {
            struct usage *u = &c.cell[i].trial[t].usage;

            u->cpu_ns = 10000000;
            u->cycles = 30000000;
        }
    }
    assert_int_equal(of_run(&env, NULL, &c).n, 0);
    for (size_t t = 0; t < c.cell[0].trials; t++)
        c.cell[0].trial[t].usage.cycles = 33000000;
    list = of_run(&env, NULL, &c);
    only(&list, "W101");
    assert_string_equal(list.item[0].found,
                        "serial ran at 3.30 GHz, threads at 3.00");
    assert_non_null(strstr(list.item[0].effect, "10.0 %"));
    comparison_free(&c);
}

static void crowd_and_quota(void **state)
{
    struct environment env = good_node();
    struct comparison c = sample();
    struct warnings list;

    (void)state;
    env.cpu_quota = 1.5;
    list = of_run(&env, NULL, &c);
    only(&list, "W103");
    assert_non_null(strstr(list.item[0].effect, "25 %"));
    env.cpu_quota = 2;
    assert_int_equal(of_run(&env, NULL, &c).n, 0);
    c.crowded = true;
    c.cell[1].trial[3].balance = 0.1;
    disturb(&c.cell[1], DISTURBED_WAIT, 12); /* its own crowd */
    only_run(&c, "W103");
    comparison_free(&c);
}

static void seats(void **state)
{
    struct comparison c = sample();
    struct environment env = good_node();
    struct warnings list;

    (void)state;
    c.cell[1].post[1].bound = false;
    only_run(&c, "W103");
    c.cell[2].post[0].bound = false;
    list = of_run(&env, NULL, &c);
    assert_non_null(strstr(list.item[0].found, "2 of 3 executors"));
    comparison_free(&c);
    c = sample();
    disturb(&c.cell[2], DISTURBED_MIGRATION, 1);
    only_run(&c, "W103");
    comparison_free(&c);
    c = sample();
    c.cell[1].post[1].core = c.cell[1].post[0].core;
    only_run(&c, "W102");
    /* Not bound by intent: no core is planned. */
    for (int w = 0; w < 2; w++)
        c.cell[1].post[w] = (struct post){-1, 0, -1, -1, -1, true, "0-1", 0, 0};
    none_in_run(&c);
    comparison_free(&c);
}

static void disturbance(void **state)
{
    static const struct {
        unsigned kind;
        const char *code;
    } often[] = {{DISTURBED_WAIT, "W105"},
                 {DISTURBED_STEAL, "W109"},
                 {DISTURBED_PAGING, "W108"},
                 {DISTURBED_THROTTLE, "W104"}};

    (void)state;
    for (size_t i = 0; i < sizeof often / sizeof *often; i++) {
        struct comparison c = sample();

        disturb(&c.cell[1], often[i].kind, 3);
        only_run(&c, often[i].code);
        comparison_free(&c);
    }
}

/* Half of the trials lost a hundredth: that is within the margin. */
static void many_that_lost_little(void **state)
{
    struct comparison c = sample();

    (void)state;
    disturb(&c.cell[1], DISTURBED_WAIT, 6);
    for (size_t t = 0; t < c.cell[1].trials; t++)
        c.cell[1].trial[t].usage.waited_ns = 10000;
    none_in_run(&c);
    for (size_t t = 0; t < c.cell[1].trials; t++)
        c.cell[1].trial[t].usage.waited_ns = 50000;
    only_run(&c, "W105");
    comparison_free(&c);
}

/* One trial of many is no reason, nor are two that lost little. */
static void few_disturbed_trials(void **state)
{
    struct comparison c = sample();
    struct trial *trial = &c.cell[1].trial[4];

    (void)state;
    disturb(&c.cell[2], DISTURBED_STEAL, 1);
    disturb(&c.cell[0], DISTURBED_PAGING, 1);
    trial->disturbed = DISTURBED_WAIT;
    trial->usage.waited_ns = trial->ns / 20;
    none_in_run(&c);
    trial->usage.waited_ns = 2 * trial->ns;
    none_in_run(&c);
    c.cell[2].trial[7].disturbed = DISTURBED_WAIT;
    only_run(&c, "W105");
    comparison_free(&c);
}

static void warm_up_does_not_count(void **state)
{
    struct comparison c = sample();

    (void)state;
    for (int i = 0; i < c.cells; i++) {
        for (size_t t = 0; t < c.cell[i].trials; t++) {
            struct trial *trial = &c.cell[i].trial[t];

            if (trial->warmup)
                trial->disturbed = DISTURBED_THROTTLE | DISTURBED_MIGRATION;
        }
    }
    none_in_run(&c);
    comparison_free(&c);
}

static void late_starts(void **state)
{
    struct comparison c = sample();

    (void)state;
    c.late = 3;
    none_in_run(&c);
    c.late = SAMPLE_TRIALS / 4;
    only_run(&c, "W105");
    comparison_free(&c);
}

static void page_faults(void **state)
{
    struct comparison c = sample();

    (void)state;
    for (size_t t = 0; t < c.cell[2].trials; t++)
        c.cell[2].trial[t].usage.minor_faults = 1000;
    only_run(&c, "W106");
    /* The same for all is no difference. */
    for (int i = 0; i < 2; i++) {
        for (size_t t = 0; t < c.cell[i].trials; t++)
            c.cell[i].trial[t].usage.minor_faults = 1000;
    }
    none_in_run(&c);
    comparison_free(&c);
    sample_make(&c, 2, "n=100 pages=native");
    only_run(&c, "W106");
    comparison_free(&c);
}

static void memory_and_balance(void **state)
{
    struct comparison c = sample();

    (void)state;
    c.rebuilt = true;
    only_run(&c, "W108");
    c.rebuilt = false;
    for (size_t t = 0; t < c.cell[1].trials; t++)
        c.cell[1].trial[t].balance = 0.6;
    none_in_run(&c); /* half a millisecond: a start may be as long */
    for (size_t t = 0; t < c.cell[1].trials; t++)
        c.cell[1].trial[t].repeats = 10;
    only_run(&c, "W111");
    for (size_t t = 0; t < c.cell[1].trials; t++)
        c.cell[1].trial[t].usage.lock_ns = 1;
    none_in_run(&c); /* they wait for the lock, wherever they sit */
    for (size_t t = 0; t < c.cell[1].trials; t++)
        c.cell[1].trial[t].usage.lock_ns = 0;
    disturb(&c.cell[1], DISTURBED_STEAL, 12); /* which explains it */
    only_run(&c, "W109");
    comparison_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_run_is_not_warned_of),
        cmocka_unit_test(a_run_without_trials_is_not_warned_of),
        cmocka_unit_test(what_of_the_node_counts),
        cmocka_unit_test(measured_clock),
        cmocka_unit_test(crowd_and_quota),
        cmocka_unit_test(seats),
        cmocka_unit_test(disturbance),
        cmocka_unit_test(many_that_lost_little),
        cmocka_unit_test(few_disturbed_trials),
        cmocka_unit_test(warm_up_does_not_count),
        cmocka_unit_test(late_starts),
        cmocka_unit_test(page_faults),
        cmocka_unit_test(memory_and_balance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
