/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans on machines we do not have. Three nets, one behind the other: plans
 * written down by hand, properties that every plan of a policy has, checked
 * against our own model of each machine, and golden files, which say when
 * anything changed (DRIVE_GOLDEN_UPDATE=1 rewrites them). Binding is tried on
 * this machine.
 */
#include "drivers/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIB          ((size_t)1024 * 1024)

#define EPYC                                            \
    "pack:2 group:4 [numa] l3:2(size=16777216) core:8 " \
    "pu:2(indexes=2*128:128*1)"
#define EPYC_PART "0-15,40-47,128-143,168-175"

/* --- machines ------------------------------------------------------------ */

struct machine {
    const char *name;   /* of the test */
    const char *golden; /* machines seen alike share one */
    const char *synthetic, *xml, *mask;
    int packages, numas, cores, pus;
    int fast; /* PUs of the fastest kind: the first ones; 0: one kind only */
    size_t l3;
    struct seat (*truth)(int pu); /* where a PU is, worked out by hand */
};

static struct seat truth_epyc(int pu)
{
    int core = pu % 128;

    return (struct seat){pu, core, pu / 128, core / 16, core / 64};
}

/* Cores 0-15 are all of domain 0; 40-47 are half of domain 2. */
static struct seat truth_epyc_part(int pu)
{
    int core = pu % 128;

    return core < 16 ? (struct seat){pu, core, pu / 128, 0, 0}
                     : (struct seat){pu, core - 24, pu / 128, 1, 0};
}

static struct seat truth_xeon(int pu)
{
    int core = pu % 112;

    return (struct seat){pu, core, pu / 112, core / 14, core / 56};
}

static struct seat truth_a64fx(int pu)
{
    return (struct seat){pu, pu, 0, pu / 12, 0};
}

static struct seat truth_hybrid(int pu)
{
    return pu < 8 ? (struct seat){pu, pu / 2, pu % 2, 0, 0}
                  : (struct seat){pu, pu - 4, 0, 0, 0};
}

static struct seat truth_two_of_eight(int pu)
{
    return (struct seat){pu, pu == 5, 0, 0, 0};
}

static struct seat truth_one_core(int pu)
{
    return (struct seat){pu, 0, 0, 0, 0};
}

static struct machine machines[] = {
    {.name = "epyc",
     .golden = "epyc",
     .synthetic = EPYC,
     .packages = 2,
     .numas = 8,
     .cores = 128,
     .pus = 256,
     .l3 = 16 * MIB,
     .truth = truth_epyc},
    {.name = "epyc-xml",
     .golden = "epyc",
     .xml = "epyc-2x64.xml",
     .packages = 2,
     .numas = 8,
     .cores = 128,
     .pus = 256,
     .l3 = 16 * MIB,
     .truth = truth_epyc},
    {.name = "epyc-part",
     .golden = "epyc-part",
     .synthetic = EPYC,
     .mask = EPYC_PART,
     .packages = 1,
     .numas = 2,
     .cores = 24,
     .pus = 48,
     .l3 = 16 * MIB,
     .truth = truth_epyc_part},
    {.name = "xeon",
     .golden = "xeon",
     .synthetic = "pack:2 l3:1(size=110100480) group:4 [numa] core:14 "
                  "l2:1(size=2097152) pu:2(indexes=2*112:112*1)",
     .packages = 2,
     .numas = 8,
     .cores = 112,
     .pus = 224,
     .l3 = 105 * MIB,
     .truth = truth_xeon},
    {.name = "a64fx",
     .golden = "a64fx",
     .synthetic = "pack:1 group:4 [numa(memory=8GB)] l2:1(size=8388608) "
                  "core:12 pu:1",
     .packages = 1,
     .numas = 4,
     .cores = 48,
     .pus = 48,
     .l3 = 0,
     .truth = truth_a64fx},
    {.name = "hybrid",
     .golden = "hybrid",
     .xml = "hybrid-laptop.xml",
     .packages = 1,
     .numas = 1,
     .cores = 12,
     .pus = 16,
     .fast = 8,
     .l3 = 24 * MIB,
     .truth = truth_hybrid},
    {.name = "two-of-eight",
     .golden = "two-of-eight",
     .synthetic = "pack:1 [numa] l3:1(size=8388608) core:8 pu:1",
     .mask = "3,5",
     .packages = 1,
     .numas = 1,
     .cores = 2,
     .pus = 2,
     .l3 = 8 * MIB,
     .truth = truth_two_of_eight},
    {.name = "one-core",
     .golden = "one-core",
     .synthetic = "pack:1 [numa] core:1 pu:1",
     .packages = 1,
     .numas = 1,
     .cores = 1,
     .pus = 1,
     .l3 = 0,
     .truth = truth_one_core},
};

static struct topology *machine_open(const struct machine *m)
{
    struct topology *t = NULL;
    struct cpuset mask, *limit = NULL;
    struct err err = {0};
    char path[1024];

    if (m->mask) {
        assert_int_equal(cpuset_parse(&mask, m->mask, &err), 0);
        limit = &mask;
    }
    if (m->xml) {
        snprintf(path, sizeof path, "%s/topo/%s", TEST_DIR, m->xml);
        assert_int_equal(topology_open_xml(&t, path, limit, &err), 0);
    } else {
        assert_int_equal(topology_open_synthetic(&t, m->synthetic, limit, &err),
                         0);
    }
    return t;
}

static struct placement planned(const struct topology *t, const char *policy,
                                int workers)
{
    struct placement p;
    struct err err = {0};

    if (placement_plan(t, policy, workers, &p, &err))
        fail_msg("%s, %d workers: %s", policy, workers, err.text);
    assert_string_equal(p.policy, policy);
    assert_int_equal(p.workers, workers);
    return p;
}

static void test_machine(void **state)
{
    const struct machine *m = *state;
    struct topology *t = machine_open(m);
    struct cpuset allowed;
    int pus = 0;

    assert_int_equal(topology_packages(t), m->packages);
    assert_int_equal(topology_numas(t), m->numas);
    assert_int_equal(topology_cores(t), m->cores);
    assert_int_equal(topology_pus(t), m->pus);
    assert_int_equal(topology_cache_bytes(t, 3), m->l3);
    topology_allowed(t, &allowed);
    for (int pu = 0; pu < CPUSET_MAX; pu++)
        pus += cpuset_has(&allowed, pu);
    assert_int_equal(pus, m->pus);
    topology_close(t);
}

/* --- properties ---------------------------------------------------------- */

static bool one_of(const char *word, const char *words)
{
    const char *at = strstr(words, word);

    return at && (at == words || at[-1] == ' ') &&
           (at[strlen(word)] == ' ' || !at[strlen(word)]);
}

static void check_seats(const struct machine *m, const struct placement *p)
{
    for (int i = 0; i < p->workers; i++) {
        struct seat truth = m->truth(p->seat[i].pu);

        assert_true(cpuset_has(&p->allowed, p->seat[i].pu));
        assert_memory_equal(&p->seat[i], &truth, sizeof truth);
    }
}

/* The flags once more, from their words: any two workers. */
static void check_flags(const struct machine *m, const struct placement *p)
{
    bool crowded = false, smt = false, mixed = false;

    for (int i = 0; i < p->workers; i++) {
        for (int j = 0; j < i; j++) {
            const struct seat *a = &p->seat[i], *b = &p->seat[j];

            crowded |= a->pu == b->pu;
            smt |= a->core == b->core && a->pu != b->pu;
            mixed |= m->fast && (a->pu < m->fast) != (b->pu < m->fast);
        }
    }
    assert_int_equal(p->crowded, crowded);
    assert_int_equal(p->smt, smt);
    assert_int_equal(p->mixed, mixed);
}

/* Every PU is used equally often, but for the rest of the division. */
static void check_fair(const struct machine *m, const struct placement *p)
{
    int *load = calloc(CPUSET_MAX, sizeof *load);
    int least = p->workers / m->pus;

    for (int i = 0; i < p->workers; i++)
        load[p->seat[i].pu]++;
    for (int pu = 0; pu < CPUSET_MAX; pu++) {
        if (!cpuset_has(&p->allowed, pu))
            assert_int_equal(load[pu], 0);
        else
            assert_in_range(load[pu], least, least + (p->workers % m->pus > 0));
    }
    free(load);
}

/* Domains and packages get as many workers as the others, give or take one. */
static void check_balance(const struct machine *m, const struct placement *p)
{
    int numa[16] = {0}, package[16] = {0};

    for (int i = 0; i < p->workers; i++) {
        numa[p->seat[i].numa]++;
        package[p->seat[i].package]++;
    }
    for (int k = 0; k < m->numas; k++)
        assert_in_range(numa[k], p->workers / m->numas,
                        (p->workers + m->numas - 1) / m->numas);
    for (int k = 0; one_of(p->policy, "spread") && k < m->packages; k++)
        assert_in_range(package[k], p->workers / m->packages,
                        (p->workers + m->packages - 1) / m->packages);
}

static int cores_used(const struct placement *p)
{
    struct cpuset cores = {{0}};

    for (int i = 0; i < p->workers; i++)
        cpuset_add(&cores, p->seat[i].core);
    return cpuset_count(&cores);
}

/* Fast cores in use: none is left out while a slow one works. */
static int fast_used(const struct machine *m, const struct placement *p)
{
    struct cpuset cores = {{0}};

    for (int i = 0; i < p->workers; i++)
        if (p->seat[i].pu < m->fast)
            cpuset_add(&cores, p->seat[i].core);
    return cpuset_count(&cores);
}

static void check_policy(const struct machine *m, const struct placement *p)
{
    bool even = !m->mask && !m->fast;
    int smt = m->pus / m->cores;

    if (one_of(p->policy, "core spread numa")) {
        assert_int_equal(cores_used(p),
                         p->workers < m->cores ? p->workers : m->cores);
        assert_int_equal(fast_used(m, p),
                         p->workers < m->fast / 2 ? p->workers : m->fast / 2);
    }
    if (one_of(p->policy, "compact") && even && p->workers <= m->pus)
        assert_int_equal(cores_used(p), (p->workers + smt - 1) / smt);
    if (one_of(p->policy, "compact") && m->fast && p->workers <= m->fast)
        assert_false(p->mixed);
    if (one_of(p->policy, "spread numa") && even && p->workers <= m->pus)
        check_balance(m, p);
    for (int i = 1; i < p->workers && i < m->pus; i++) {
        if (one_of(p->policy, "spread"))
            assert_true(p->seat[i].core >= p->seat[i - 1].core);
        if (one_of(p->policy, "numa") && even)
            assert_int_equal(p->seat[i].numa, i % m->numas);
    }
}

static void check_none(const struct machine *m, const struct placement *p)
{
    static const struct seat nowhere = {-1, -1, -1, -1, -1};

    for (int i = 0; i < p->workers; i++)
        assert_memory_equal(&p->seat[i], &nowhere, sizeof nowhere);
    assert_int_equal(p->crowded, p->workers > m->pus);
    assert_int_equal(p->smt, p->workers > m->cores && m->pus > m->cores);
    assert_int_equal(p->mixed, m->fast > 0);
}

static void test_properties(void **state)
{
    static const char *const policies[] = {"core", "compact", "spread", "numa"};
    const struct machine *m = *state;
    struct topology *t = machine_open(m);
    struct placement p;

    for (int workers = 1; workers <= 2 * m->pus + 3; workers++) {
        for (size_t i = 0; i < COUNT(policies); i++) {
            p = planned(t, policies[i], workers);
            check_seats(m, &p);
            check_flags(m, &p);
            check_fair(m, &p);
            check_policy(m, &p);
            placement_free(&p);
        }
        p = planned(t, "none", workers);
        check_none(m, &p);
        placement_free(&p);
    }
    topology_close(t);
}

static int domain_size(const struct machine *m, const struct cpuset *allowed,
                       int numa)
{
    int size = 0;

    for (int pu = 0; pu < CPUSET_MAX; pu++)
        size += cpuset_has(allowed, pu) && m->truth(pu).numa == numa;
    return size;
}

static void test_domains(void **state)
{
    const struct machine *m = *state;
    struct topology *t = machine_open(m);

    for (int numa = 0; numa < m->numas; numa++) {
        char policy[16];
        struct placement p;
        struct cpuset used = {{0}};
        int size;

        snprintf(policy, sizeof policy, "numa:%d", numa);
        p = planned(t, policy, m->pus + 1);
        check_seats(m, &p);
        check_flags(m, &p);
        size = domain_size(m, &p.allowed, numa);
        for (int i = 0; i < p.workers; i++) {
            assert_int_equal(p.seat[i].numa, numa);
            assert_int_equal(p.seat[i].pu, p.seat[i % size].pu);
            if (i % size)
                assert_true(p.seat[i].thread >= p.seat[i - 1].thread);
            cpuset_add(&used, p.seat[i].pu);
        }
        assert_int_equal(cpuset_count(&used), size);
        placement_free(&p);
    }
    topology_close(t);
}

/* --- by hand ------------------------------------------------------------- */

static const struct {
    const char *machine, *policy;
    int workers;
    const char *pus, *flags, *description;
} known[] = {
    /* Two packages of four domains of 16 cores; the sibling of n is n+128. */
    {"epyc", "core", 4, "0,1,2,3", "", "cores 0-3, one hardware thread each"},
    {"epyc", "compact", 5, "0,128,1,129,2", "smt",
     "cores 0-2, several hardware threads each"},
    {"epyc", "spread", 1, "0", "", NULL},
    {"epyc", "spread", 2, "0,64", "", "cores 0,64, one hardware thread each"},
    {"epyc", "spread", 3, "0,32,64", "", NULL},
    {"epyc", "spread", 4, "0,32,64,96", "", NULL},
    {"epyc", "spread", 8, "0,16,32,48,64,80,96,112", "", NULL},
    {"epyc", "spread", 12, "0,8,16,32,40,48,64,72,80,96,104,112", "", NULL},
    {"epyc", "numa", 9, "0,16,32,48,64,80,96,112,1", "", NULL},
    {"epyc", "numa:3", 3, "48,49,50", "", NULL},
    {"epyc", "127,0-2", 4, "127,0,1,2", "", NULL},
    {"epyc", "127,0-2", 2, "127,0", "", NULL},
    {"epyc", "3,1", 5, "3,1,3,1,3", "crowded",
     "cores 1,3, one hardware thread each, workers share hardware threads"},
    {"epyc", "pu:0-3,255", 5, "0,128,1,129,255", "smt", NULL},
    {"epyc", "pu:1", 1, "128", "", NULL},
    /* Domain 0 has 16 cores, domain 1 has 8. */
    {"epyc-part", "numa", 5, "0,40,1,41,2", "", NULL},
    {"epyc-part", "numa", 24,
     "0,40,1,41,2,42,3,43,4,44,5,45,6,46,7,47,8,9,10,11,12,13,14,15", "", NULL},
    {"epyc-part", "spread", 2, "0,40", "", NULL},
    {"epyc-part", "spread", 3, "0,8,40", "", NULL},
    {"epyc-part", "compact", 3, "0,128,1", "smt", NULL},
    {"epyc-part", "core", 17, "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,40", "",
     NULL},
    {"epyc-part", "16", 1, "40", "", NULL},
    {"epyc-part", "numa:1", 9, "40,41,42,43,44,45,46,47,168", "smt", NULL},
    /* Two packages of four clusters of 14 cores; siblings are n+112. */
    {"xeon", "spread", 4, "0,28,56,84", "", NULL},
    {"xeon", "numa", 8, "0,14,28,42,56,70,84,98", "", NULL},
    {"xeon", "compact", 2, "0,112", "smt", NULL},
    /* Four domains of 12 cores. */
    {"a64fx", "core", 3, "0,1,2", "", NULL},
    {"a64fx", "compact", 3, "0,1,2", "", NULL},
    {"a64fx", "spread", 3, "0,12,24", "", NULL},
    {"a64fx", "spread", 8, "0,6,12,18,24,30,36,42", "", NULL},
    {"a64fx", "numa:2", 13, "24,25,26,27,28,29,30,31,32,33,34,35,24", "crowded",
     NULL},
    /* Fast cores 0-3 have PUs 0-7, slow cores 4-11 have PUs 8-15. */
    {"hybrid", "core", 4, "0,2,4,6", "", NULL},
    {"hybrid", "core", 6, "0,2,4,6,8,9", "mixed",
     "cores 0-5, one hardware thread each, fast and slow cores"},
    {"hybrid", "core", 13, "0,2,4,6,8,9,10,11,12,13,14,15,1", "smt mixed",
     NULL},
    {"hybrid", "numa", 3, "0,2,4", "", NULL},
    {"hybrid", "compact", 8, "0,1,2,3,4,5,6,7", "smt", NULL},
    {"hybrid", "compact", 9, "0,1,2,3,4,5,6,7,8", "smt mixed", NULL},
    {"hybrid", "spread", 2, "0,4", "", NULL},
    {"hybrid", "spread", 6, "0,2,4,6,8,12", "mixed", NULL},
    {"hybrid", "spread", 14, "0,1,2,4,5,6,8,9,10,11,12,13,14,15", "smt mixed",
     NULL},
    {"hybrid", "4,0", 2, "8,0", "mixed", NULL},
    {"hybrid", "4-11", 8, "8,9,10,11,12,13,14,15", "", NULL},
    {"hybrid", "none", 1, "", "mixed",
     "not bound: CPUs 0-15, fast and slow cores"},
    {"two-of-eight", "core", 3, "3,5,3", "crowded", NULL},
    {"two-of-eight", "pu:1", 1, "5", "", NULL},
    {"two-of-eight", "none", 2, "", "", "not bound: CPUs 3,5"},
    {"two-of-eight", "1", 1, "5", "", "core 1, one hardware thread each"},
    {"one-core", "spread", 2, "0,0", "crowded", NULL},
    {"one-core", "0,0", 1, "0", "", NULL},
};

static const struct machine *machine_named(const char *name)
{
    for (size_t i = 0; i < COUNT(machines); i++)
        if (!strcmp(machines[i].name, name))
            return &machines[i];
    fail_msg("no machine %s", name);
    return NULL;
}

static char *pus_of(const struct placement *p, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < p->workers && p->seat[i].pu >= 0; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%d", i ? "," : "",
                                 p->seat[i].pu);
    return out;
}

static char *flags_of(const struct placement *p, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", p->crowded ? "crowded " : "",
             p->smt ? "smt " : "", p->mixed ? "mixed " : "");
    if (out[0])
        out[strlen(out) - 1] = '\0';
    return out;
}

static void test_known(void **state)
{
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        struct topology *t = machine_open(machine_named(known[i].machine));
        struct placement p = planned(t, known[i].policy, known[i].workers);

        assert_string_equal(pus_of(&p, text, sizeof text), known[i].pus);
        assert_string_equal(flags_of(&p, text, sizeof text), known[i].flags);
        placement_describe(&p, text, sizeof text);
        if (known[i].description)
            assert_string_equal(text, known[i].description);
        placement_free(&p);
        topology_close(t);
    }
}

/* Machines whose trees lack a level, have more memories than domains, are not
 * numbered in the order of the tree, or are cut in odd places. */
static const struct {
    const char *synthetic, *mask, *policy;
    int workers, packages, numas, cores;
    const char *pus, *last; /* last: the last seat without its PU */
} odd[] = {
    {"[numa] core:4 pu:1", NULL, "core", 4, 0, 1, 4, "0,1,2,3", "3 0 0 -1"},
    {"pack:2 [numa] l2:2 pu:2", NULL, "core", 8, 2, 2, 8, "0,1,2,3,4,5,6,7",
     "7 0 1 1"},
    {"[numa] pack:2 l2:2 pu:2", NULL, "compact", 3, 2, 1, 8, "0,1,2",
     "2 0 0 0"},
    {"pack:1 group:2 [numa] [numa] core:2 pu:2", NULL, "numa", 3, 1, 2, 4,
     "0,4,2", "1 0 0 0"},
    {"pack:2 [numa] core:2 pu:1(indexes=0,2,1,3)", NULL, "core", 3, 2, 2, 4,
     "0,2,1", "2 0 1 1"},
    {"pack:1 [numa] core:2 pu:4", NULL, "core", 5, 1, 1, 2, "0,4,1,5,2",
     "0 2 0 0"},
    {"pack:1 [numa] core:2 pu:4", NULL, "spread", 5, 1, 1, 2, "0,1,2,4,5",
     "1 1 0 0"},
    {"pack:1 [numa] core:2 pu:4", NULL, "1,0", 2, 1, 1, 2, "4,0", "0 0 0 0"},
    /* The second threads of two domains, one of which lacks one. */
    {"pack:1 group:2 [numa] core:2 pu:2", "0,2-7", "numa", 7, 1, 2, 4,
     "0,4,2,6,3,5,7", "3 1 1 0"},
    /* Inside the second package, second threads only in its first domain,
     * which comes last now: hwloc sorts siblings by their lowest PU. */
    {EPYC, "118,198-201", "core", 5, 1, 2, 5, "118,198,199,200,201", "4 0 1 0"},
};

static void test_odd_machines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct machine m = {.synthetic = odd[i].synthetic, .mask = odd[i].mask};
        struct topology *t = machine_open(&m);
        struct placement p = planned(t, odd[i].policy, odd[i].workers);
        const struct seat *last = &p.seat[p.workers - 1];
        char text[256];

        assert_int_equal(topology_packages(t), odd[i].packages);
        assert_int_equal(topology_numas(t), odd[i].numas);
        assert_int_equal(topology_cores(t), odd[i].cores);
        assert_string_equal(pus_of(&p, text, sizeof text), odd[i].pus);
        snprintf(text, sizeof text, "%d %d %d %d", last->core, last->thread,
                 last->numa, last->package);
        assert_string_equal(text, odd[i].last);
        placement_free(&p);
        topology_close(t);
    }
}

/* Domain 0 has slow cores 0-3 and fast 4-5, domain 1 fast 6-7 and middling
 * 8-11: the fastest stand neither first nor in one place. */
static void test_slow_cores_first(void **state)
{
    static const struct {
        const char *policy;
        int workers;
        const char *pus, *flags;
    } cases[] = {
        {"core", 4, "4,5,6,7", ""},
        {"core", 9, "4,5,6,7,8,9,10,11,0", "mixed"},
        {"compact", 5, "4,5,6,7,8", "mixed"},
        {"numa", 4, "4,6,5,7", ""},
        {"numa", 5, "4,6,5,7,8", "mixed"},
        {"numa:0", 3, "4,5,0", "mixed"},
        {"spread", 2, "4,6", ""},
        {"spread", 8, "4,5,6,7,8,9,10,11", "mixed"},
        {"spread", 6, "4,5,6,7,8,10", "mixed"},
        {"spread", 9, "0,4,5,6,7,8,9,10,11", "mixed"},
        {"0-3", 4, "0,1,2,3", ""},
    };
    struct machine m = {.xml = "slow-first.xml"};
    struct topology *t = machine_open(&m);
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct placement p = planned(t, cases[i].policy, cases[i].workers);

        assert_string_equal(pus_of(&p, text, sizeof text), cases[i].pus);
        assert_string_equal(flags_of(&p, text, sizeof text), cases[i].flags);
        placement_free(&p);
    }
    topology_close(t);
}

static void test_caches(void **state)
{
    struct machine m = {.synthetic = "pack:1 [numa] l3:1(size=8388608) "
                                     "l2:2(size=1048576) l1d:1(size=49152) "
                                     "l1i:1(size=32768) core:1 pu:1"};
    struct topology *t = machine_open(&m);

    (void)state;
    assert_int_equal(topology_cache_bytes(t, 1), 49152);
    assert_int_equal(topology_cache_bytes(t, 2), MIB);
    assert_int_equal(topology_cache_bytes(t, 3), 8 * MIB);
    assert_int_equal(topology_cache_bytes(t, 4), 0);
    assert_int_equal(topology_cache_bytes(t, 0), 0);
    assert_int_equal(topology_cache_bytes(t, -1), 0);
    topology_close(t);
}

/* In proportion to cores, yet no domain of two stays empty for two workers. */
static void test_spread_over_unequal_domains(void **state)
{
    static const struct {
        const char *mask;
        int workers;
        const char *pus;
    } cases[] = {
        {"0-15,40-47", 1, "0"},
        {"0-15,40-47", 2, "0,40"},
        {"0-15,40-47", 3, "0,8,40"},
        {"0-19", 2, "0,16"},
        {"12-31", 1, "16"},
        {"0-2,16-27", 5, "0,16,18,21,24"},
        {"0-7,128-135,64-71", 4, "0,4,64,68"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct machine m = {.synthetic = EPYC, .mask = cases[i].mask};
        struct topology *t = machine_open(&m);
        struct placement p = planned(t, "spread", cases[i].workers);
        char text[256];

        assert_string_equal(pus_of(&p, text, sizeof text), cases[i].pus);
        placement_free(&p);
        topology_close(t);
    }
}

static void test_describe_is_cut(void **state)
{
    struct topology *t = machine_open(machine_named("epyc"));
    struct placement p = planned(t, "core", 4);
    char text[8] = "1234567";

    (void)state;
    assert_string_equal(placement_describe(&p, text, 6), "cores");
    assert_int_equal(text[6], '7');
    placement_free(&p);
    topology_close(t);
}

/* --- refusals ------------------------------------------------------------ */

static const struct {
    const char *policy, *hint;
} refused[] = {
    {"corse", "core, compact, spread, numa, numa:K, none"},
    {"core ", "a list of cores such as 0-3,8"},
    {"Core", "pu:0,2"},
    {"pu", "core, compact"},
    {"none:", "core, compact"},
    {"-1", "core, compact"},
    {"", "a list of cores such as 0-3,8"},
    {"pu:", "not a list such as 0-3,8"},
    {"pu:x", "'x' is not a list"},
    {"pu:3-1", "'3-1' is not a list"},
    {"pu:256", "no hardware thread 256, only 0-255"},
    {"0,", "'0,' is not a list"},
    {"0,1,,2", "',2' is not a list"},
    {"0-", "not a list"},
    {"0 1", "not a list"},
    {"128", "no core 128, only 0-127"},
    {"0-3,100-128", "no core 128, only 0-127"},
    {"99999999999999999999", "only 0-127"},
    {"numa:9", "no NUMA domain 9, only 0-7"},
    {"numa:8", "no NUMA domain 8, only 0-7"},
    {"numa:", "numa:0"},
    {"numa:x", "numa:0"},
    {"numa:0,1", "numa:0"},
    {"numa:0-1", "numa:0"},
    {"numa:-1", "numa:0"},
};

static void test_refused(void **state)
{
    struct topology *t = machine_open(machine_named("epyc"));

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct placement p = {.workers = 77};
        struct err err = {0};
        char quoted[64];

        snprintf(quoted, sizeof quoted, "'%s'", refused[i].policy);
        if (!placement_plan(t, refused[i].policy, 2, &p, &err))
            fail_msg("placement '%s' was accepted", refused[i].policy);
        assert_int_equal(err.code, EXIT_USAGE);
        if (!strstr(err.text, quoted) || !strstr(err.text, refused[i].hint))
            fail_msg("no %s or no \"%s\" in: %s", quoted, refused[i].hint,
                     err.text);
        assert_int_equal(p.workers, 77);
        assert_null(p.seat);
    }
    topology_close(t);
}

/* Many more entries than workers and PUs together. */
static void test_long_list(void **state)
{
    struct topology *t = machine_open(machine_named("epyc"));
    struct placement p = planned(t, "7,0-127,0-127,0-127,0-127", 2);
    char text[16];

    (void)state;
    assert_string_equal(pus_of(&p, text, sizeof text), "7,0");
    placement_free(&p);
    topology_close(t);
}

static void test_refused_numbers(void **state)
{
    struct topology *t = machine_open(machine_named("epyc"));
    struct placement p = {.workers = 77};
    struct err err = {0};
    char list[301];

    (void)state;
    assert_int_equal(placement_plan(t, "core", 0, &p, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_int_equal(placement_plan(t, "core", -3, &p, &err), -1);
    assert_non_null(strstr(err.text, "-3"));
    memset(list, '0', sizeof list - 1);
    list[sizeof list - 1] = '\0';
    assert_int_equal(placement_plan(t, list, 1, &p, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    list[sizeof p.policy] = '\0';
    assert_int_equal(placement_plan(t, list, 1, &p, &err), -1);
    list[sizeof p.policy - 1] = '\0';
    p = planned(t, list, 1);
    placement_free(&p);
    assert_null(p.seat);
    placement_free(&p);
    placement_free(NULL);
    topology_close(t);
}

static void test_refused_topologies(void **state)
{
    struct topology *t = NULL;
    struct cpuset mask;
    struct err err = {0};

    (void)state;
    assert_int_equal(cpuset_parse(&mask, "8-9", &err), 0);
    assert_int_equal(topology_open_synthetic(&t, "nonsense", NULL, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "'nonsense'"));
    assert_int_equal(topology_open_xml(&t, "/nowhere.xml", NULL, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "/nowhere.xml"));
    assert_int_equal(
        topology_open_synthetic(&t, "[numa] core:8 pu:1", &mask, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_non_null(strstr(err.text, "'8-9'"));
    assert_null(t);
    topology_close(NULL);
}

/* --- golden files -------------------------------------------------------- */

static void write_case(FILE *to, const struct topology *t, const char *policy,
                       int workers)
{
    struct placement p;
    struct err err = {0};
    char text[256];

    fprintf(to, "\n== '%s', %d workers\n", policy, workers);
    if (placement_plan(t, policy, workers, &p, &err)) {
        fprintf(to, "refused (%d): %s\n", err.code, err.text);
        return;
    }
    fprintf(to, "%s\n", placement_describe(&p, text, sizeof text));
    flags_of(&p, text, sizeof text);
    fprintf(to, "flags: %s\n", text[0] ? text : "-");
    for (int i = 0; i < workers; i++)
        fprintf(to, "%d: %d %d %d %d %d\n", i, p.seat[i].pu, p.seat[i].core,
                p.seat[i].thread, p.seat[i].numa, p.seat[i].package);
    placement_free(&p);
}

static void write_cases(FILE *to, const struct topology *t,
                        const char *const *policies, const int *workers)
{
    for (; *policies; policies++)
        for (const int *w = workers; *w; w++)
            write_case(to, t, *policies, *w);
}

/* Many workers only under the policies that order them by a rule. */
static char *write_machine(const struct machine *m)
{
    static const char *const rules[] = {"core", "compact", "spread", "numa",
                                        NULL};
    static const char *const lists[] = {"numa:0", "numa:1",     "none",
                                        "0",      "8,0-3",      "1,1",
                                        "pu:0,2", "pu:12-17,0", NULL};
    static const char *const bad[] = {
        "numa:9", "numa:x", "1-2000", "pu:2000", "pu:3-1",
        "pu:",    "cores",  "",       NULL};
    const int few[] = {1, 2, 3, 12, 13, 0};
    const int many[] = {m->cores, m->cores + 3, m->pus + 1, 0};
    struct topology *t = machine_open(m);
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    assert_non_null(to);
    fprintf(to, "# worker: PU core thread NUMA package\n");
    write_cases(to, t, rules, few);
    write_cases(to, t, rules, many);
    write_cases(to, t, lists, few + 2);
    write_cases(to, t, bad, few + 4);
    fclose(to);
    topology_close(t);
    return text;
}

static char *read_text(const char *path)
{
    FILE *from = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    if (!from)
        fail_msg("no golden file %s: make it with DRIVE_GOLDEN_UPDATE=1", path);
    if (getdelim(&text, &size, '\0', from) < 0)
        fail_msg("nothing in %s", path);
    fclose(from);
    return text;
}

static void write_text(const char *path, const char *text)
{
    FILE *to = fopen(path, "w");

    assert_non_null(to);
    assert_true(fputs(text, to) >= 0);
    assert_int_equal(fclose(to), 0);
}

static void assert_same_lines(const char *path, const char *now,
                              const char *golden)
{
    int line = 1;

    for (; *now && *now == *golden; now++, golden++)
        line += *now == '\n';
    if (*now != *golden)
        fail_msg("%s:%d: expected \"%.40s\", got \"%.40s\" (from there on)",
                 path, line, golden, now);
}

static void test_golden(void **state)
{
    const struct machine *m = *state;
    char *now = write_machine(m), *golden;
    char path[1024];

    snprintf(path, sizeof path, "%s/golden/placement/%s.txt", TEST_DIR,
             m->golden);
    if (getenv("DRIVE_GOLDEN_UPDATE"))
        write_text(path, now);
    golden = read_text(path);
    assert_same_lines(path, now, golden);
    free(golden);
    free(now);
}

/* --- this machine -------------------------------------------------------- */

static void test_bind_here(void **state)
{
    struct cpuset mine, now, one;
    struct topology *t = NULL;
    struct placement p;
    struct err err = {0};
    int pu;

    (void)state;
    assert_int_equal(cpuset_current(&mine, &err), 0);
    assert_int_equal(topology_open(&t, &mine, &err), 0);
    assert_int_equal(topology_pus(t), cpuset_count(&mine));
    p = planned(t, "compact", topology_pus(t));
    assert_memory_equal(&p.allowed, &mine, sizeof mine);
    assert_false(p.crowded);
    for (int i = 0; i < p.workers; i++) {
        assert_int_equal(placement_bind(&p.seat[i], &p.allowed, &err), 0);
        assert_int_equal(placement_observe(&now, &pu, &err), 0);
        assert_int_equal(pu, p.seat[i].pu);
        one = (struct cpuset){{0}};
        cpuset_add(&one, p.seat[i].pu);
        assert_memory_equal(&now, &one, sizeof now);
    }
    placement_free(&p);
    p = planned(t, "none", 1);
    assert_int_equal(placement_bind(&p.seat[0], &p.allowed, &err), 0);
    assert_int_equal(placement_observe(&now, &pu, &err), 0);
    assert_memory_equal(&now, &mine, sizeof now);
    assert_true(cpuset_has(&mine, pu));
    placement_free(&p);
    topology_close(t);
}

static void test_limit_here(void **state)
{
    struct cpuset mine, one = {{0}}, none = {{0}}, allowed;
    struct topology *t = NULL;
    struct err err = {0};
    int last = CPUSET_MAX;

    (void)state;
    assert_int_equal(cpuset_current(&mine, &err), 0);
    while (!cpuset_has(&mine, --last))
        ;
    cpuset_add(&one, last);
    assert_int_equal(topology_open(&t, &one, &err), 0);
    topology_allowed(t, &allowed);
    assert_memory_equal(&allowed, &one, sizeof one);
    topology_close(t);
    t = NULL;
    assert_int_equal(topology_open(&t, &none, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_null(t);
    assert_int_equal(topology_open(&t, NULL, &err), 0);
    assert_true(topology_pus(t) >= cpuset_count(&mine));
    topology_close(t);
}

static void test_bind_nowhere_fails(void **state)
{
    struct seat seat = {.pu = CPUSET_MAX - 1};
    struct cpuset before, after;
    struct err err = {0};

    (void)state;
    assert_int_equal(cpuset_current(&before, &err), 0);
    assert_int_equal(placement_bind(&seat, &before, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_non_null(strstr(err.text, "'4095'"));
    assert_int_equal(cpuset_current(&after, &err), 0);
    assert_memory_equal(&before, &after, sizeof after);
}

/* Every machine takes each of these tests under its own name. */
static int run_machine(struct machine *m)
{
    const struct CMUnitTest tests[] = {
        {"machine", test_machine, NULL, NULL, m},
        {"properties", test_properties, NULL, NULL, m},
        {"domains", test_domains, NULL, NULL, m},
        {"golden", test_golden, NULL, NULL, m},
    };

    return cmocka_run_group_tests_name(m->name, tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_odd_machines),
        cmocka_unit_test(test_slow_cores_first),
        cmocka_unit_test(test_caches),
        cmocka_unit_test(test_spread_over_unequal_domains),
        cmocka_unit_test(test_describe_is_cut),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_refused_numbers),
        cmocka_unit_test(test_refused_topologies),
        cmocka_unit_test(test_bind_here),
        cmocka_unit_test(test_limit_here),
        cmocka_unit_test(test_bind_nowhere_fails),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    for (size_t i = 0; i < COUNT(machines); i++)
        failed += run_machine(&machines[i]);
    return failed != 0;
}
