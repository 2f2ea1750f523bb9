/* SPDX-License-Identifier: Apache-2.0 */
/* Each code of a node fires on made-up facts, and on nothing else: not on good
 * facts, not on absent ones. */
#include <errno.h>

#include "tests/unit/facts.h"

/* -- the node ------------------------------------------------------------ */

static struct warnings of_node(const struct environment *env,
                               const struct probes *p)
{
    struct warnings list = {.n = 0};

    warnings_of_environment(env, p, &list);
    return list;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
