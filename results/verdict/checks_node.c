/* SPDX-License-Identifier: Apache-2.0 */
/* What each code asks of a node. */
#include "results/verdict/checks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cpuset.h"
#include "core/mem.h"

/* -- clock, cores, quota ------------------------------------------------- */

static void check_frequency(const struct environment *env,
                            const struct probes *p, struct check *c)
{
    bool same = env->governor_cpus == env->frequency_cpus;
    bool fixed = env->frequency_min_hz > 0 &&
                 env->frequency_min_hz == env->frequency_max_hz;

    (void)p;
    if (env->frequency_cpus <= 0 || env->governor_cpus < 0)
        return;
    check_found(c, "governor %s on %d of %d CPUs", env->governor,
                env->governor_cpus, env->frequency_cpus);
    if (env->boost >= 0)
        check_found(c, "turbo %s", env->boost ? "on" : "off");
    if (fixed) {
        check_found(c, "fixed at %.2f GHz",
                    (double)env->frequency_max_hz * 1e-9);
        return;
    }
    if (!same || strcmp(env->governor, "performance") != 0)
        check_worry(c, CHECK_WARN, "the clock may change between trials");
    if (env->boost == 1)
        check_worry(c, CHECK_WARN,
                    "serial may run at a higher clock than a full team: "
                    "speed-ups look smaller");
}

/* A core of which only one hardware thread is ours may be busy with another
 * job's. */
static void check_siblings(const struct environment *env,
                           const struct probes *p, struct check *c)
{
    (void)p;
    if (env->cores <= 0 || env->pus <= 0)
        return;
    check_found(c, "%d hardware thread%s on %d core%s", env->pus,
                env->pus == 1 ? "" : "s", env->cores,
                env->cores == 1 ? "" : "s");
    if (env->smt == 1 && env->pus == env->cores && env->all_pus > env->pus &&
        (double)env->all_pus / env->all_cores > 1) {
        check_found(c, "of %d on %d", env->all_pus, env->all_cores);
        check_worry(c, CHECK_WARN,
                    "the other threads of our cores may run somebody else's "
                    "work");
    }
}

/* Number behind "NAME=" among the variables kept, or -1. */
static int variable_number(const struct environment *env, const char *name)
{
    size_t length = strlen(name);

    for (char **v = env->variable; v && *v; v++) {
        if (strncmp(*v, name, length) == 0 && (*v)[length] == '=')
            return atoi(*v + length + 1);
    }
    return -1;
}

/* CPUs in the mask that we were started with, or -1. */
static int mask_size(const struct environment *env)
{
    struct cpuset mask;

    if (!*env->affinity || cpuset_parse(&mask, env->affinity, NULL))
        return -1;
    return cpuset_count(&mask);
}

static void check_places(const struct environment *env, const struct probes *p,
                         struct check *c)
{
    int asked = variable_number(env, "SLURM_CPUS_PER_TASK");
    int mask = mask_size(env);

    (void)p;
    if (env->cores <= 0)
        return;
    check_found(c, "%d of %d core%s allowed", env->cores, env->all_cores,
                env->all_cores == 1 ? "" : "s");
    if (mask > 0)
        check_found(c, "mask %s", env->affinity);
    if (env->cpu_quota > 0)
        check_found(c, "quota of %.3g CPUs", env->cpu_quota);
    else
        check_found(c, "no quota seen");
    if (env->cpu_quota > 0 && env->cpu_quota < env->cores - 0.005)
        check_worry(c, CHECK_WARN,
                    "with a worker on each core all of them are stopped for "
                    "%.0f %% of the time",
                    100 * (1 - env->cpu_quota / env->cores));
    if (mask > 0 && asked > mask)
        check_worry(c, CHECK_WARN,
                    "the job asked for %d CPUs a task and the task got %d",
                    asked, mask);
}

static void check_throttling(const struct environment *env,
                             const struct probes *p, struct check *c)
{
    (void)env;
    if (p->throttled < 0)
        return;
    check_found(c, "stopped for %.1f %% of %.1f s", 100 * p->throttled,
                p->watched_s);
    if (p->throttled > 0)
        check_worry(c, CHECK_WARN, "the quota stopped even one thread alone");
}

/* -- neighbours, memory -------------------------------------------------- */

/* What one thread may lose before the usual margin of 2 % is in doubt. */
static const double loss = 0.01;

static void check_neighbours(const struct environment *env,
                             const struct probes *p, struct check *c)
{
    int running = p->running >= 0 ? p->running : env->running;
    int spare = env->all_pus > env->pus ? env->all_pus - env->pus : 0;

    if (env->load[0] >= 0)
        check_found(c, "load %.2f", env->load[0]);
    if (running >= 1)
        check_found(c, "%d other task%s ready to run", running - 1,
                    running == 2 ? "" : "s");
    if (p->waited >= 0)
        check_found(c, "a thread lost %.1f %% of its core", 100 * p->waited);
    if (p->pressure >= 0)
        check_found(c, "pressure %.0f %%", 100 * p->pressure);
    /* Others may be busy on CPUs that are not ours. */
    if (running - 1 > spare)
        check_worry(c, CHECK_WARN,
                    "a team on all cores shares them: its slowest worker sets "
                    "the time");
    else if (p->waited > loss)
        check_worry(c, CHECK_WARN, "trials are longer by as much, by chance");
}

/* What the two switches lead to depends on -P pages, so that a run can tell
 * and the machine alone cannot. */
static void check_pages(const struct environment *env, const struct probes *p,
                        struct check *c)
{
    (void)p;
    if (!*env->thp)
        return;
    check_found(c, "private memory %s", env->thp);
    if (*env->thp_shmem)
        check_found(c, "shared %s", env->thp_shmem);
    check_found(c, "the same for all with -P pages=base");
}

static void check_domains(const struct environment *env, const struct probes *p,
                          struct check *c)
{
    (void)p;
    if (env->numas <= 0 || (env->numas > 1 && env->numa_balancing < 0))
        return;
    check_found(c, "%d domain%s", env->numas, env->numas == 1 ? "" : "s");
    if (env->numas == 1)
        return;
    check_found(c, "balancing %s", env->numa_balancing ? "on" : "off");
    if (env->numa_balancing)
        check_worry(c, CHECK_WARN,
                    "pages are unmapped and moved during trials, unlike from "
                    "executor to executor");
}

static void check_heat(const struct environment *env, const struct probes *p,
                       struct check *c)
{
    char text[32];

    if (p->swapped < 0 && p->heated < 0)
        return;
    if (p->swapped >= 0)
        check_found(c, "%lld pages swapped in %.1f s", (long long)p->swapped,
                    p->watched_s);
    if (p->heated >= 0)
        check_found(c, "%lld thermal events in %.1f s", (long long)p->heated,
                    p->watched_s);
    if (env->memory_bytes > 0)
        check_found(c, "memory %s",
                    mem_format((uint64_t)env->memory_bytes, text, sizeof text));
    if (p->swapped > 0)
        check_worry(c, CHECK_WARN, "memory is short: trials wait for the disk");
    if (p->heated > 0)
        check_worry(c, CHECK_WARN, "hot CPUs lower their clock");
}

/* -- the machine --------------------------------------------------------- */

static void check_virtual(const struct environment *env, const struct probes *p,
                          struct check *c)
{
    /* One tick of 10 ms may be chance. */
    const double seen = 0.04;

    if (env->hypervisor < 0 && !*env->container)
        return;
    if (env->hypervisor >= 0)
        check_found(c, "%s machine", env->hypervisor ? "virtual" : "real");
    if (*env->container)
        check_found(c, "container (%s)", env->container);
    if (p->stolen >= 0 && env->hypervisor == 1)
        check_found(c, "steal %.0f %% of %.1f s", 100 * p->stolen,
                    p->watched_s);
    if (p->stolen > seen)
        check_worry(c, CHECK_WARN,
                    "the hypervisor runs others on our cores: trials are "
                    "longer by as much, by chance");
}

/* Read in user space, each on its own kind of machine. */
static bool is_fast(const char *source)
{
    static const char *const fast[] = {"tsc",
                                       "kvm-clock",
                                       "arch_sys_counter",
                                       "timebase",
                                       "tod",
                                       "hyperv_clocksource_tsc_page",
                                       "stp",
                                       "riscv_clocksource"};

    for (size_t i = 0; i < sizeof fast / sizeof *fast; i++) {
        if (strcmp(source, fast[i]) == 0)
            return true;
    }
    return false;
}

static void check_timer(const struct environment *env, const struct probes *p,
                        struct check *c)
{
    const double dear_ns = 500;

    if (*env->clock_source)
        check_found(c, "source %s", env->clock_source);
    if (p->timer_ns >= 0)
        check_found(c, "a reading takes %.0f ns", p->timer_ns);
    if (p->timer_ns > dear_ns ||
        (*env->clock_source && !is_fast(env->clock_source)))
        check_worry(c, CHECK_WARN,
                    "short trials show the clock, more so with more workers");
}

static void check_caches(const struct environment *env, const struct probes *p,
                         struct check *c)
{
    const struct cache *last = NULL;
    char text[32];

    (void)p;
    for (int i = 0; i < env->caches && i < ENVIRONMENT_CACHES; i++) {
        if (env->cache[i].kind != 'i' &&
            (!last || env->cache[i].level > last->level))
            last = &env->cache[i];
    }
    if (!last || last->bytes <= 0)
        return;
    check_found(c, "L%d of %s for %d hardware thread%s", last->level,
                mem_format((uint64_t)last->bytes, text, sizeof text), last->pus,
                last->pus == 1 ? "" : "s");
    if (env->pus > 0 && last->pus > env->pus)
        check_found(c, "of which %d may be used: others may fill it", env->pus);
}

static void check_counters(const struct environment *env,
                           const struct probes *p, struct check *c)
{
    (void)env;
    if (p->counter_errno < 0)
        return;
    if (p->counter_errno == 0) {
        check_found(c, "cycles can be counted");
        return;
    }
    check_found(c, "perf_event_open: %s", strerror(p->counter_errno));
    if (p->paranoid > -2)
        check_found(c, "paranoid level %d", p->paranoid);
    /* Only a refusal can be lifted; what is not there is not there. */
    if (p->counter_errno == EACCES || p->counter_errno == EPERM)
        check_worry(c, CHECK_WARN,
                    "cycles, instructions and the real clock are not shown; "
                    "times are the same");
    else
        c->state = CHECK_UNREADABLE;
}

/* -- build, files, job --------------------------------------------------- */

/* The last -O of the flags counts; without any there is no optimisation. */
static bool is_slow_build(const struct environment *env)
{
    const char *at = env->flags, *last = NULL;

    if (strcmp(env->flags, "unknown") == 0)
        return false;
    while ((at = strstr(at, "-O")))
        last = at += 2;
    return !last || *last == '0' || *last == 'g';
}

static void check_build(const struct environment *env, const struct probes *p,
                        struct check *c)
{
    if (strcmp(env->build_type, "unknown") != 0)
        check_found(c, "%s", env->build_type);
    if (is_slow_build(env)) {
        check_found(c, "not optimised");
        check_worry(c, CHECK_WARN, "not the speed of a release");
    }
    if (*p->sanitizer) {
        check_found(c, "%s sanitizer", p->sanitizer);
        check_worry(c, CHECK_WARN, "2 to 20 times slower, and not evenly");
    }
    if (*p->preload) {
        check_found(c, "LD_PRELOAD %s", p->preload);
        check_worry(c, CHECK_WARN, "it may stand in every call that is timed");
    }
    if (p->tracer > 0) {
        check_found(c, "traced by process %d", p->tracer);
        check_worry(c, CHECK_WARN, "a debugger stops workers");
    }
}

static void check_files(const struct environment *env, const struct probes *p,
                        struct check *c)
{
    (void)env;
    if (!*p->file_system)
        return;
    check_found(c, "%s in the working directory", p->file_system);
    if (strcmp(p->file_system, "tmpfs") == 0 ||
        strcmp(p->file_system, "ramfs") == 0)
        check_worry(c, CHECK_WARN,
                    "kernels that work on files measure memory, and records "
                    "end with the node");
}

/* Slurm counts cores or hardware threads, as the site has it: only what is
 * fewer than the cores is surely not all. */
static void check_job(const struct environment *env, const struct probes *p,
                      struct check *c)
{
    int ours = variable_number(env, "SLURM_CPUS_ON_NODE");

    (void)p;
    if (!env->variable || env->all_cores <= 0)
        return;
    if (variable_number(env, "SLURM_JOB_ID") < 0 || ours <= 0) {
        check_found(c, "no Slurm job");
        return;
    }
    check_found(c, "the job has %d CPU%s of a node with %d core%s", ours,
                ours == 1 ? "" : "s", env->all_cores,
                env->all_cores == 1 ? "" : "s");
    if (8 * ours < 7 * env->all_cores)
        check_worry(c, CHECK_WARN,
                    "other jobs may take memory bandwidth, cache and power");
}

/* -- all of them --------------------------------------------------------- */

static const struct rule {
    const char *code, *name;
    void (*look)(const struct environment *, const struct probes *,
                 struct check *);
} rules[] = {
    {"W101", "clock frequency", check_frequency},
    {"W102", "hardware threads", check_siblings},
    {"W103", "places", check_places},
    {"W104", "throttling", check_throttling},
    {"W105", "neighbours", check_neighbours},
    {"W106", "huge pages", check_pages},
    {"W107", "NUMA", check_domains},
    {"W108", "swap and heat", check_heat},
    {"W109", "virtual machine", check_virtual},
    {"W110", "clock source", check_timer},
    {"W111", "shared cache", check_caches},
    {"W112", "counters", check_counters},
    {"W113", "build", check_build},
    {"W114", "file system", check_files},
    {"W115", "batch job", check_job},
};

enum { RULES = sizeof rules / sizeof rules[0] };

static void apply(const struct rule *rule, const struct environment *env,
                  const struct probes *probes, struct check *c)
{
    struct probes none;

    probes_clear(&none);
    rule->look(env, probes ? probes : &none, c);
}

void checks_of_environment(const struct environment *env,
                           const struct probes *probes, struct checks *list)
{
    for (int i = 0; i < RULES; i++)
        apply(&rules[i], env, probes,
              checks_add(list, rules[i].code, rules[i].name));
}

bool check_warns(const char *code, const struct environment *env,
                 const struct probes *probes, struct check *c)
{
    struct checks one = {.n = 0};

    for (int i = 0; i < RULES; i++) {
        if (strcmp(rules[i].code, code) != 0)
            continue;
        apply(&rules[i], env, probes, checks_add(&one, code, rules[i].name));
        *c = one.item[0];
        return c->state >= CHECK_WARN;
    }
    BUG("no check of that code");
}
