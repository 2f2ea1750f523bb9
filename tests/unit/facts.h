/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up facts of nodes, good ones and absent ones. */
#ifndef DRIVE_TESTS_UNIT_FACTS_H
#define DRIVE_TESTS_UNIT_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "results/verdict/checks.h"
#include "results/verdict/warnings.h"

/* Nothing is known, not even of the build. */
static inline struct environment absent_node(void)
{
    struct environment env;

    environment_clear(&env);
    env.build_type = env.flags = "unknown";
    return env;
}

/* A quiet node of eight cores, all of them ours. */
static inline struct environment good_node(void)
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

static inline struct probes good_probes(void)
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

/* It fired, and nothing else did. */
static inline void only(const struct warnings *list, const char *code)
{
    for (int i = 0; i < list->n; i++) {
        if (strcmp(list->item[i].code, code) != 0)
            fail_msg("%s %s", list->item[i].code, list->item[i].found);
        assert_true(*list->item[i].found && *list->item[i].effect);
    }
    if (list->n != 1)
        fail_msg("%s did not fire", code);
}

#endif
