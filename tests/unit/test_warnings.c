/* SPDX-License-Identifier: Apache-2.0 */
/* Each code fires on made-up facts, and on nothing else: not on good facts,
 * not on absent ones. */
#include "results/verdict/warnings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "results/report/advice.h"
#include "results/report/doctor_document.h"
#include "results/verdict/checks.h"
#include "tests/unit/sample.h"

enum { TEXT = 1 << 16 };

/* -- made-up facts ------------------------------------------------------- */

/* Nothing is known, not even of the build. */
static struct environment absent_node(void)
{
    struct environment env;

    environment_clear(&env);
    env.build_type = env.flags = "unknown";
    return env;
}

/* A quiet node of eight cores, all of them ours. */
static struct environment good_node(void)
{
    static char *variable[] = {"OMP_NUM_THREADS=1", NULL};
    struct environment env = absent_node();

    env.build_type = "Release";
    env.flags = "-O3 -DNDEBUG -march=native";
    env.cores = env.all_cores = 8;
    env.pus = env.all_pus = 16;
    env.numas = env.all_numas = 2;
    env.smt = 1;
    strcpy(env.affinity, "0-15");
    env.cache[0] = (struct cache){3, 'u', 32 << 20, 2, 8};
    env.caches = 1;
    strcpy(env.clock_source, "tsc");
    strcpy(env.governor, "performance");
    env.governor_cpus = env.frequency_cpus = 16;
    env.boost = 0;
    strcpy(env.thp, "madvise");
    strcpy(env.thp_shmem, "never");
    env.numa_balancing = 0;
    env.hypervisor = 0;
    env.load[0] = env.load[1] = env.load[2] = 0.1;
    env.running = 1;
    env.tasks = 200;
    env.memory_bytes = INT64_C(1) << 36;
    env.variable = variable;
    return env;
}

static struct probes good_probes(void)
{
    struct probes p;

    probes_clear(&p);
    p.tracer = 0;
    strcpy(p.file_system, "xfs");
    p.watched_s = 0.4;
    p.waited = p.stolen = p.throttled = p.pressure = 0;
    p.running = 1;
    p.swapped = p.heated = 0;
    p.timer_ns = 25;
    p.counter_errno = 0;
    p.paranoid = 2;
    return p;
}

/* -- the table ----------------------------------------------------------- */

static void every_code_has_its_page(void **state)
{
    (void)state;
    for (int i = 0; i < WARNINGS_MAX; i++) {
        const struct warning_text *t = &warning_table[i];
        char code[8];

        snprintf(code, sizeof code, "W%d", 101 + i);
        assert_string_equal(t->code, code);
        assert_true(strlen(t->title) > 8 && strlen(t->title) < 60);
        assert_true(strlen(t->checked) > 20);
        assert_true(strlen(t->effect) > 40);
        assert_true(strlen(t->remedy) > 20);
        assert_true(strlen(t->site) > 10);
    }
}

static void codes_are_found(void **state)
{
    static const char *const wrong[] = {"",     "W",     "W1",  "W100", "W116",
                                        "X103", "W1030", "W10", "W103 "};
    struct err err = {0};

    (void)state;
    assert_ptr_equal(warning_explain("W103", &err), &warning_table[2]);
    assert_ptr_equal(warning_explain("w115", &err), &warning_table[14]);
    assert_ptr_equal(warning_explain("101", &err), &warning_table[0]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err.code = 0;
        assert_null(warning_explain(wrong[i], &err));
        assert_int_equal(err.code, EXIT_USAGE);
        assert_non_null(strstr(err.text, "W101 to W115"));
    }
}

static void lists_of_codes(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(warning_list_check("W101", &err), 0);
    assert_int_equal(warning_list_check("W101,w109,115", &err), 0);
    assert_int_equal(warning_list_check("", &err), -1);
    assert_int_equal(warning_list_check("W101,", &err), -1);
    assert_int_equal(warning_list_check("W101,W200", &err), -1);
    assert_non_null(strstr(err.text, "'W200'"));
    assert_true(warning_listed("W109", "W101,W109"));
    assert_true(warning_listed("W109", "w109"));
    assert_false(warning_listed("W109", "W101"));
    assert_false(warning_listed("W109", NULL));
    assert_false(warning_listed("W109", ""));
}

/* -- lists of warnings --------------------------------------------------- */

static void identical_ones_are_merged(void **state)
{
    struct warnings list = {.n = 0}, more = {.n = 0};
    const char *codes[WARNINGS_MAX + 1];
    char text[3 * WARNING_TEXT];

    (void)state;
    warnings_add(&list, "W109", "steal", "slow");
    warnings_add(&list, "W103", "crowd", "turns");
    warnings_add(&list, "W103", "crowd", "turns");
    warnings_add(&list, "W103", "quota", "stops");
    assert_int_equal(list.n, 2);
    assert_string_equal(list.item[0].found, "crowd; quota");
    assert_string_equal(warning_format(&list.item[0], text, sizeof text),
                        "W103 crowd; quota: turns");
    warnings_add(&more, "W101", "powersave", "spread");
    warnings_add(&more, "W109", "steal", "slow");
    warnings_merge(&list, &more);
    warnings_codes(&list, codes);
    assert_string_equal(codes[0], "W101");
    assert_string_equal(codes[1], "W103");
    assert_string_equal(codes[2], "W109");
    assert_null(codes[3]);
    warnings_silence(&list, NULL);
    assert_int_equal(list.n, 3);
    warnings_silence(&list, "W101,W109");
    assert_int_equal(list.n, 1);
    assert_string_equal(list.item[0].code, "W103");
}

static void what_was_said_is_not_said_again(void **state)
{
    struct warnings said = {.n = 0}, list = {.n = 0};

    (void)state;
    warnings_add(&said, "W101", "governor powersave", "spread");
    warnings_add(&said, "W105", "3 of 9 trials", "x");
    warnings_add(&list, "W101", "governor powersave", "spread");
    warnings_add(&list, "W105", "4 of 9 trials", "y");
    warnings_forget(&list, &said);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.item[0].found, "4 of 9 trials");
}

static void long_texts_are_cut(void **state)
{
    struct warnings list = {.n = 0};
    char text[WARNING_TEXT];

    (void)state;
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 20; i++) {
        snprintf(text + 100, sizeof text - 100, "%d", i);
        warnings_add(&list, "W105", text, text);
    }
    assert_true(strlen(list.item[0].found) == WARNING_TEXT - 1);
}

/* -- the node ------------------------------------------------------------ */

static struct warnings of_node(const struct environment *env,
                               const struct probes *p)
{
    struct warnings list = {.n = 0};

    warnings_of_environment(env, p, &list);
    return list;
}

static void only(const struct warnings *list, const char *code)
{
    for (int i = 0; i < list->n; i++) {
        if (strcmp(list->item[i].code, code) != 0)
            fail_msg("%s %s", list->item[i].code, list->item[i].found);
        assert_true(*list->item[i].found && *list->item[i].effect);
    }
    if (list->n != 1)
        fail_msg("%s did not fire", code);
}

static void only_node(const struct environment *env, const struct probes *p,
                      const char *code)
{
    struct warnings list = of_node(env, p);

    only(&list, code);
}

static void a_good_node_gives_no_reason(void **state)
{
    struct environment env = good_node();
    struct probes p = good_probes();

    (void)state;
    assert_int_equal(of_node(&env, &p).n, 0);
    assert_int_equal(of_node(&env, NULL).n, 0);
}

static void what_is_absent_is_no_reason(void **state)
{
    struct environment env = absent_node();
    struct checks list = {.n = 0};
    struct probes p;

    (void)state;
    probes_clear(&p);
    checks_of_environment(&env, &p, &list);
    assert_int_equal(list.n, WARNINGS_MAX);
    assert_int_equal(checks_count(&list, CHECK_UNREADABLE), WARNINGS_MAX);
    assert_int_equal(of_node(&env, &p).n, 0);
}

/* Any one fact may be missing: the others stay good. */
static void a_fact_that_is_missing_is_no_reason(void **state)
{
    struct environment none = absent_node(), env;
    struct probes p = good_probes();

    (void)state;
#define WITHOUT(field)                                 \
    env = good_node();                                 \
    memcpy(&env.field, &none.field, sizeof env.field); \
    assert_int_equal(of_node(&env, &p).n, 0)
    WITHOUT(cores);
    WITHOUT(pus);
    WITHOUT(numas);
    WITHOUT(all_cores);
    WITHOUT(all_pus);
    WITHOUT(smt);
    WITHOUT(affinity);
    WITHOUT(caches);
    WITHOUT(clock_source);
    WITHOUT(governor_cpus);
    WITHOUT(frequency_cpus);
    WITHOUT(boost);
    WITHOUT(thp);
    WITHOUT(thp_shmem);
    WITHOUT(numa_balancing);
    WITHOUT(hypervisor);
    WITHOUT(load);
    WITHOUT(running);
    WITHOUT(memory_bytes);
    WITHOUT(variable);
#undef WITHOUT
}

static void frequency(void **state)
{
    struct environment env = good_node();
    struct probes p = good_probes();

    (void)state;
    strcpy(env.governor, "powersave");
    only_node(&env, &p, "W101");
    assert_non_null(strstr(of_node(&env, &p).item[0].found, "16 of 16"));
    env.frequency_min_hz = env.frequency_max_hz = 2000000000;
    assert_int_equal(of_node(&env, &p).n, 0);
    env = good_node();
    env.governor_cpus = 12;
    only_node(&env, &p, "W101");
    env = good_node();
    env.boost = 1;
    only_node(&env, &p, "W101");
    env.frequency_cpus = env.governor_cpus = 0; /* no cpufreq here */
    assert_int_equal(of_node(&env, &p).n, 0);
}

static void places(void **state)
{
    static char *slurm[] = {"SLURM_CPUS_PER_TASK=8", NULL};
    struct environment env = good_node();
    struct probes p = good_probes();

    (void)state;
    env.cpu_quota = 1.5;
    only_node(&env, &p, "W103");
    env.cpu_quota = 8;
    assert_int_equal(of_node(&env, &p).n, 0);
    env.variable = slurm;
    assert_int_equal(of_node(&env, &p).n, 0);
    strcpy(env.affinity, "3");
    only_node(&env, &p, "W103");
    env = good_node();
    env.pus = 8; /* one hardware thread of each core */
    only_node(&env, &p, "W102");
}

static void neighbours(void **state)
{
    struct environment env = good_node();
    struct probes p = good_probes();

    (void)state;
    p.running = 3;
    only_node(&env, &p, "W105");
    env.pus = 12; /* four CPUs are others': two tasks may be on them */
    assert_int_equal(of_node(&env, &p).n, 0);
    p.waited = 0.2;
    only_node(&env, &p, "W105");
    p = good_probes();
    p.throttled = 0.3;
    only_node(&env, &p, "W104");
    p = good_probes();
    p.stolen = 0.3;
    env.hypervisor = 1;
    only_node(&env, &p, "W109");
    p.stolen = 0.02; /* a tick */
    assert_int_equal(of_node(&env, &p).n, 0);
    p = good_probes();
    p.swapped = 7;
    only_node(&env, &p, "W108");
    p = good_probes();
    p.heated = 1;
    only_node(&env, &p, "W108");
}

static void switches(void **state)
{
    struct environment env = good_node();
    struct probes p = good_probes();

    (void)state;
    env.numa_balancing = 1;
    only_node(&env, &p, "W107");
    env.numas = 1;
    assert_int_equal(of_node(&env, &p).n, 0);
    strcpy(env.clock_source, "hpet");
    only_node(&env, &p, "W110");
    strcpy(env.clock_source, "kvm-clock");
    assert_int_equal(of_node(&env, &p).n, 0);
    p.timer_ns = 1200;
    only_node(&env, &p, "W110");
}

static void counters(void **state)
{
    struct environment env = good_node();
    struct probes p = good_probes();
    struct check check;

    (void)state;
    p.counter_errno = EACCES;
    p.paranoid = 4;
    only_node(&env, &p, "W112");
    assert_non_null(strstr(of_node(&env, &p).item[0].found, "level 4"));
    p.counter_errno = ENOENT;
    assert_false(check_warns("W112", &env, &p, &check));
    assert_int_equal(check.state, CHECK_UNREADABLE);
    assert_true(*check.found);
}

static void build_and_files(void **state)
{
    static const char *const slow[] = {"-g", "-O0", "-O2 -O0", "-Og -g", ""};
    struct environment env = good_node();
    struct probes p = good_probes();

    (void)state;
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
        env.flags = slow[i];
        only_node(&env, &p, "W113");
    }
    env.flags = "-g -O2";
    assert_int_equal(of_node(&env, &p).n, 0);
    strcpy(p.sanitizer, "address");
    only_node(&env, &p, "W113");
    p = good_probes();
    strcpy(p.preload, "libdarshan.so");
    only_node(&env, &p, "W113");
    p = good_probes();
    p.tracer = 42;
    only_node(&env, &p, "W113");
    p = good_probes();
    strcpy(p.file_system, "tmpfs");
    only_node(&env, &p, "W114");
}

static void jobs(void **state)
{
    static char *part[] = {"SLURM_CPUS_ON_NODE=4", "SLURM_JOB_ID=7", NULL};
    static char *whole[] = {"SLURM_CPUS_ON_NODE=7", "SLURM_JOB_ID=7", NULL};
    struct environment env = good_node();
    struct probes p = good_probes();

    (void)state;
    env.variable = part;
    only_node(&env, &p, "W115");
    env.variable = whole; /* one core is kept for the system */
    assert_int_equal(of_node(&env, &p).n, 0);
}

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

/* -- what people and scripts read ---------------------------------------- */

static char *text_of(void (*print)(FILE *))
{
    char *text = calloc(1, TEXT);
    FILE *out = fmemopen(text, TEXT, "w");

    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}

static void print_all(FILE *out)
{
    struct warnings list = {.n = 0};
    struct checks checks = {.n = 0};
    struct environment env = good_node();
    struct probes p = good_probes();

    for (int i = 0; i < WARNINGS_MAX; i++) {
        advice_explain(out, &warning_table[i], LANGUAGE_EN);
        warnings_add(&list, warning_table[i].code, warning_table[i].checked,
                     warning_table[i].effect);
    }
    advice_codes(out, LANGUAGE_EN);
    advice_warnings(out, &list);
    strcpy(env.governor, "powersave");
    checks_of_environment(&env, &p, &checks);
    advice_checks(out, &checks);
}

static void lines_are_short(void **state)
{
    char *text = text_of(print_all), *rest = text, *line;

    (void)state;
    while ((line = strsep(&rest, "\n"))) {
        if (strlen(line) > 80)
            fail_msg("%zu columns: %s", strlen(line), line);
        for (const char *at = line; *at; at++)
            assert_true(*at >= ' ' && *at < 127);
    }
    free(text);
}

static void warnings_lead_to_their_page(void **state)
{
    char *text = text_of(print_all);

    (void)state;
    assert_non_null(strstr(text, "warn  W103 "));
    assert_non_null(strstr(text, "explain W103)\n"));
    assert_non_null(strstr(text, "WARN  W101  clock frequency "));
    free(text);
}

static void the_document(void **state)
{
    struct environment env = good_node();
    struct probes p = good_probes();
    struct checks checks = {.n = 0};
    char *text = calloc(1, TEXT);
    FILE *out = fmemopen(text, TEXT, "w");
    json_t *document, *first;

    (void)state;
    env.boost = 1;
    checks_of_environment(&env, &p, &checks);
    checks_silence(&checks, "W105");
    assert_int_equal(doctor_document_print(out, &env, &checks, NULL), 0);
    fclose(out);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(document));
    first = json_array_get(json_object_get(document, "checks"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "code")),
                        "W101");
    assert_string_equal(json_string_value(json_object_get(first, "state")),
                        "WARN");
    assert_true(json_is_string(json_object_get(first, "remedy")));
    assert_int_equal(json_array_size(json_object_get(document, "checks")),
                     WARNINGS_MAX - 1);
    json_decref(document);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_page),
        cmocka_unit_test(codes_are_found),
        cmocka_unit_test(lists_of_codes),
        cmocka_unit_test(identical_ones_are_merged),
        cmocka_unit_test(what_was_said_is_not_said_again),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(a_good_node_gives_no_reason),
        cmocka_unit_test(what_is_absent_is_no_reason),
        cmocka_unit_test(a_fact_that_is_missing_is_no_reason),
        cmocka_unit_test(frequency),
        cmocka_unit_test(places),
        cmocka_unit_test(neighbours),
        cmocka_unit_test(switches),
        cmocka_unit_test(counters),
        cmocka_unit_test(build_and_files),
        cmocka_unit_test(jobs),
        cmocka_unit_test(a_clean_run_is_not_warned_of),
        cmocka_unit_test(a_run_without_trials_is_not_warned_of),
        cmocka_unit_test(what_of_the_node_counts),
        cmocka_unit_test(measured_clock),
        cmocka_unit_test(crowd_and_quota),
        cmocka_unit_test(seats),
        cmocka_unit_test(disturbance),
        cmocka_unit_test(few_disturbed_trials),
        cmocka_unit_test(many_that_lost_little),
        cmocka_unit_test(warm_up_does_not_count),
        cmocka_unit_test(late_starts),
        cmocka_unit_test(page_faults),
        cmocka_unit_test(memory_and_balance),
        cmocka_unit_test(lines_are_short),
        cmocka_unit_test(warnings_lead_to_their_page),
        cmocka_unit_test(the_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
