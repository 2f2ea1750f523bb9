/* SPDX-License-Identifier: Apache-2.0 */
/* Workers bound on this machine. */
#include "tests/unit/machines.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bind_here),
        cmocka_unit_test(test_limit_here),
        cmocka_unit_test(test_bind_nowhere_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
