/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans on machines we do not have: properties that every plan of a policy has,
 * checked against our own model of each machine, and golden files, which say
 * when anything changed (DRIVE_GOLDEN_UPDATE=1 rewrites them).
 */
#include "tests/unit/machines.h"

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
    int failed = 0;

    for (size_t i = 0; i < COUNT(machines); i++)
        failed += run_machine(&machines[i]);
    return failed != 0;
}
