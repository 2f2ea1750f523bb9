/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machines we do not have, with where each of their PUs is, worked out by hand.
 */
#ifndef DRIVE_TESTS_UNIT_MACHINES_H
#define DRIVE_TESTS_UNIT_MACHINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/placement.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIB          ((size_t)1024 * 1024)

#define EPYC                                            \
    "pack:2 group:4 [numa] l3:2(size=16777216) core:8 " \
    "pu:2(indexes=2*128:128*1)"
#define EPYC_PART "0-15,40-47,128-143,168-175"

struct machine {
    const char *name;   /* of the test */
    const char *golden; /* machines seen alike share one */
    const char *synthetic, *xml, *mask;
    int packages, numas, cores, pus;
    int fast; /* PUs of the fastest kind: the first ones; 0: one kind only */
    size_t l3;
    struct seat (*truth)(int pu); /* where a PU is, worked out by hand */
};

static inline struct seat truth_epyc(int pu)
{
    int core = pu % 128;

    return (struct seat){pu, core, pu / 128, core / 16, core / 64};
}

/* Cores 0-15 are all of domain 0; 40-47 are half of domain 2. */
static inline struct seat truth_epyc_part(int pu)
{
    int core = pu % 128;

    return core < 16 ? (struct seat){pu, core, pu / 128, 0, 0}
                     : (struct seat){pu, core - 24, pu / 128, 1, 0};
}

static inline struct seat truth_xeon(int pu)
{
    int core = pu % 112;

    return (struct seat){pu, core, pu / 112, core / 14, core / 56};
}

static inline struct seat truth_a64fx(int pu)
{
    return (struct seat){pu, pu, 0, pu / 12, 0};
}

static inline struct seat truth_hybrid(int pu)
{
    return pu < 8 ? (struct seat){pu, pu / 2, pu % 2, 0, 0}
                  : (struct seat){pu, pu - 4, 0, 0, 0};
}

static inline struct seat truth_two_of_eight(int pu)
{
    return (struct seat){pu, pu == 5, 0, 0, 0};
}

static inline struct seat truth_one_core(int pu)
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

static inline struct topology *machine_open(const struct machine *m)
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

static inline struct placement planned(const struct topology *t,
                                       const char *policy, int workers)
{
    struct placement p;
    struct err err = {0};

    if (placement_plan(t, policy, workers, &p, &err))
        fail_msg("%s, %d workers: %s", policy, workers, err.text);
    assert_string_equal(p.policy, policy);
    assert_int_equal(p.workers, workers);
    return p;
}

static inline const struct machine *machine_named(const char *name)
{
    for (size_t i = 0; i < COUNT(machines); i++)
        if (!strcmp(machines[i].name, name))
            return &machines[i];
    fail_msg("no machine %s", name);
    return NULL;
}

static inline char *pus_of(const struct placement *p, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < p->workers && p->seat[i].pu >= 0; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%d", i ? "," : "",
                                 p->seat[i].pu);
    return out;
}

static inline char *flags_of(const struct placement *p, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", p->crowded ? "crowded " : "",
             p->smt ? "smt " : "", p->mixed ? "mixed " : "");
    if (out[0])
        out[strlen(out) - 1] = '\0';
    return out;
}

#endif
