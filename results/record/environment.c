/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/environment.h"

#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "results/record/variables.h"

#ifndef DRIVE_VERSION
#define DRIVE_VERSION "unknown"
#endif
#ifndef DRIVE_COMMIT
#define DRIVE_COMMIT "unknown"
#endif
#ifndef DRIVE_COMPILER
#define DRIVE_COMPILER "unknown"
#endif
#ifndef DRIVE_FLAGS
#define DRIVE_FLAGS "unknown"
#endif
#ifndef DRIVE_BUILD_TYPE
#define DRIVE_BUILD_TYPE "unknown"
#endif

void environment_clear(struct environment *env)
{
    *env = (struct environment){
        .version = DRIVE_VERSION,
        .commit = DRIVE_COMMIT,
        .compiler = DRIVE_COMPILER,
        .flags = DRIVE_FLAGS,
        .build_type = DRIVE_BUILD_TYPE,
        .cpu_family = -1,
        .cpu_model = -1,
        .cpu_stepping = -1,
        .cores = -1,
        .pus = -1,
        .numas = -1,
        .packages = -1,
        .all_cores = -1,
        .all_pus = -1,
        .all_numas = -1,
        .all_packages = -1,
        .smt = -1,
        .governor_cpus = -1,
        .frequency_cpus = -1,
        .frequency_min_hz = -1,
        .frequency_max_hz = -1,
        .boost = -1,
        .memory_bytes = -1,
        .numa_balancing = -1,
        .aslr = -1,
        .hypervisor = -1,
        .cpu_quota = -1,
        .memory_limit = -1,
        .load = {-1, -1, -1},
        .running = -1,
        .tasks = -1,
    };
}

/* -- topology ------------------------------------------------------------ */

/* Counts while it walks over PUs in logical order: a change of ancestor is a
 * new one. */
struct tally {
    int pus, cores, numas, packages;
    hwloc_obj_t core, numa, package;
};

static hwloc_obj_t core_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
    hwloc_obj_t core =
        hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);

    return core ? core : pu; /* some virtual machines show none */
}

/* What the nearest memory hangs on: two NUMA nodes there (DRAM and
 * high-bandwidth memory) are one domain. */
static hwloc_obj_t domain_of(hwloc_obj_t object)
{
    while (object && !object->memory_arity)
        object = object->parent;
    return object;
}

static void tally_pu(struct tally *t, hwloc_topology_t topology, hwloc_obj_t pu)
{
    hwloc_obj_t core = core_of(topology, pu), numa = domain_of(pu);
    hwloc_obj_t package =
        hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, pu);

    t->pus++;
    t->cores += core != t->core;
    t->numas += numa && numa != t->numa;
    t->packages += package && package != t->package;
    t->core = core;
    t->numa = numa;
    t->package = package;
}

static void count_places(struct environment *env, hwloc_topology_t topology,
                         struct cpuset *cpus)
{
    hwloc_const_bitmap_t set = hwloc_topology_get_allowed_cpuset(topology);
    struct tally all = {0}, allowed = {0};
    hwloc_obj_t pu = NULL;

    while ((pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu))) {
        tally_pu(&all, topology, pu);
        if (!hwloc_bitmap_isset(set, pu->os_index))
            continue;
        tally_pu(&allowed, topology, pu);
        cpuset_add(cpus, (int)pu->os_index);
    }
    env->pus = allowed.pus;
    env->cores = allowed.cores;
    env->numas = allowed.numas;
    env->packages = allowed.packages;
    env->all_pus = all.pus;
    env->all_cores = all.cores;
    env->all_numas = all.numas;
    env->all_packages = all.packages;
}

static char cache_kind(hwloc_obj_cache_type_t type)
{
    return type == HWLOC_OBJ_CACHE_UNIFIED ? 'u'
           : type == HWLOC_OBJ_CACHE_DATA  ? 'd'
                                           : 'i';
}

static void find_caches(struct environment *env, hwloc_topology_t topology)
{
    int depth = hwloc_topology_get_depth(topology);

    while (depth-- > 0 && env->caches < ENVIRONMENT_CACHES) {
        hwloc_obj_t first = hwloc_get_obj_by_depth(topology, depth, 0);

        if (!first || !hwloc_obj_type_is_cache(first->type))
            continue;
        env->cache[env->caches++] = (struct cache){
            .level = (int)first->attr->cache.depth,
            .kind = cache_kind(first->attr->cache.type),
            .bytes = (int64_t)first->attr->cache.size,
            .count = (int)hwloc_get_nbobjs_by_depth(topology, depth),
            .pus = hwloc_bitmap_weight(first->cpuset),
        };
    }
}

/* hwloc leaves I/O devices out unless told. The flags have it count what the
 * cgroup forbids too, and keep it from moving us over all PUs. */
static void read_topology(struct environment *env, struct cpuset *cpus)
{
    hwloc_topology_t topology;

    if (hwloc_topology_init(&topology))
        return;
    if (!hwloc_topology_set_flags(
            topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED |
                          HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING) &&
        !hwloc_topology_set_type_filter(topology, HWLOC_OBJ_L1ICACHE,
                                        HWLOC_TYPE_FILTER_KEEP_ALL) &&
        !hwloc_topology_load(topology)) {
        count_places(env, topology, cpus);
        find_caches(env, topology);
    }
    hwloc_topology_destroy(topology);
}

/* -- the whole ----------------------------------------------------------- */

/* Without a topology every CPU is asked for its governor. */
static void read_machine(struct environment *env)
{
    struct cpuset cpus = {{0}}, mask;

    if (!cpuset_current(&mask, NULL))
        cpuset_format(&mask, env->affinity, sizeof env->affinity);
    read_topology(env, &cpus);
    for (int cpu = 0; env->pus < 0 && cpu < CPUSET_MAX; cpu++)
        cpuset_add(&cpus, cpu);
    environment_read(env, "", &cpus);
}

static void read_system(struct environment *env)
{
    struct utsname name;

    if (!uname(&name)) {
        snprintf(env->host, sizeof env->host, "%s", name.nodename);
        snprintf(env->kernel, sizeof env->kernel, "%s %s %s", name.sysname,
                 name.release, name.machine);
    }
#ifdef __GLIBC__
    snprintf(env->libc, sizeof env->libc, "glibc %s", gnu_get_libc_version());
#endif
}

int environment_collect(struct environment **out, struct err *err)
{
    struct environment *env = malloc(sizeof *env);

    if (!env)
        return err_set(err, EXIT_RESOURCE, "no memory for the environment");
    environment_clear(env);
    if (variables_collect(environ, &env->variable, err)) {
        free(env);
        return -1;
    }
    read_system(env);
    read_machine(env);
    *out = env;
    return 0;
}

void environment_free(struct environment *env)
{
    if (!env)
        return;
    variables_free(env->variable);
    free(env);
}
