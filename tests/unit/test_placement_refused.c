/* SPDX-License-Identifier: Apache-2.0 */
/* Placements and topologies that are refused, and what is said then. */
#include "tests/unit/machines.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_refused_numbers),
        cmocka_unit_test(test_refused_topologies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
