/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that were written down by hand. */
#include "tests/unit/machines.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_odd_machines),
        cmocka_unit_test(test_slow_cores_first),
        cmocka_unit_test(test_caches),
        cmocka_unit_test(test_spread_over_unequal_domains),
        cmocka_unit_test(test_describe_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
