/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/placement.h"

#include <ctype.h>
#include <hwloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Planning is choosing places and sorting them by some of these numbers. */
enum key {
    END,
    THREAD,
    SLOWNESS, /* 0: the fastest kind of core, or all of one kind */
    CORE,
    NUMA,
    TURN, /* position among its like (thread, slowness) in its domain */
    KEYS
};

/* One PU. */
struct place {
    struct seat seat;
    int kind; /* hwloc's kind of core, -1: it knows of none */
    int key[KEYS];
};

struct topology {
    hwloc_topology_t hwloc;
    int slowest; /* the largest SLOWNESS */
    int pus;
    struct place *place; /* [pus], in logical order */
};

/* Who comes where, while it is being planned. */
struct order {
    const struct topology *topology;
    const char *policy;
    int workers;
    int count;           /* 0: nobody is bound */
    struct place *place; /* [workers + pus], count of them in use */
};

static const struct seat nowhere = {-1, -1, -1, -1, -1};

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* --- the machine --------------------------------------------------------- */

/* Some virtual machines do not show cores: each PU is one then. */
static hwloc_obj_t core_of(const struct topology *t, hwloc_obj_t pu)
{
    hwloc_obj_t core =
        pu ? hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, pu)
           : NULL;

    return core ? core : pu;
}

/* What the nearest memory belongs to: one domain, even where it has two NUMA
 * nodes (DRAM and high-bandwidth memory). */
static hwloc_obj_t domain_of(hwloc_obj_t object)
{
    while (object && !object->memory_arity)
        object = object->parent;
    return object;
}

static bool alike(const struct place *a, const struct place *b)
{
    return a->key[THREAD] == b->key[THREAD] &&
           a->key[SLOWNESS] == b->key[SLOWNESS] && a->key[NUMA] == b->key[NUMA];
}

static void find_seat(const struct topology *t, hwloc_obj_t pu)
{
    struct place *place = &t->place[pu->logical_index];
    struct seat last = pu->prev_cousin ? place[-1].seat : nowhere;
    bool sibling = core_of(t, pu) == core_of(t, pu->prev_cousin);
    bool neighbour = domain_of(pu) == domain_of(pu->prev_cousin);
    hwloc_obj_t package =
        hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_PACKAGE, pu);

    place->seat.pu = (int)pu->os_index;
    place->seat.core = sibling ? last.core : last.core + 1;
    place->seat.thread = sibling ? last.thread + 1 : 0;
    place->seat.numa = neighbour ? last.numa : last.numa + 1;
    place->seat.package = package ? (int)package->logical_index : -1;
}

/* hwloc ranks kinds upwards, and none where it cannot tell which is faster. */
static void find_keys(const struct topology *t, hwloc_obj_t pu)
{
    struct place *place = &t->place[pu->logical_index];
    int speed = -1;

    place->kind = hwloc_cpukinds_get_by_cpuset(t->hwloc, pu->cpuset, 0);
    if (place->kind >= 0)
        hwloc_cpukinds_get_info(t->hwloc, (unsigned)place->kind, NULL, &speed,
                                NULL, NULL, 0);
    if (speed >= 0)
        place->key[SLOWNESS] = t->slowest - speed;
    place->key[THREAD] = place->seat.thread;
    place->key[CORE] = place->seat.core;
    place->key[NUMA] = place->seat.numa;
    for (const struct place *other = t->place; other < place; other++)
        place->key[TURN] += alike(place, other);
}

static int find_places(struct topology *t, struct err *err)
{
    hwloc_obj_t pu = NULL;

    t->slowest = larger(0, hwloc_cpukinds_get_nr(t->hwloc, 0) - 1);
    t->pus = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PU);
    t->place = calloc((unsigned)t->pus, sizeof *t->place);
    if (!t->place)
        return err_set(err, EXIT_RESOURCE, "no memory for %d places", t->pus);
    while ((pu = hwloc_get_next_obj_by_type(t->hwloc, HWLOC_OBJ_PU, pu))) {
        find_seat(t, pu);
        find_keys(t, pu);
    }
    return 0;
}

/* Without the flag, domains and packages left without CPUs would stay. */
static int restrict_to(hwloc_topology_t hwloc, const struct cpuset *mask,
                       struct err *err)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    char text[128];
    int status = -1;

    if (set && !hwloc_bitmap_from_ulongs(set, CPUSET_MAX / 64, mask->word))
        status = hwloc_topology_restrict(hwloc, set,
                                         HWLOC_RESTRICT_FLAG_REMOVE_CPULESS);
    hwloc_bitmap_free(set);
    if (status)
        err_set(err, EXIT_RESOURCE, "none of the CPUs '%s' may be used here",
                cpuset_format(mask, text, sizeof text));
    return status;
}

/* A source makes hwloc look at another machine than this one.
 * hwloc leaves out I/O devices and Misc objects unless told; the flag keeps
 * it from hopping over all PUs to ask each for its CPUID. */
static int load(hwloc_topology_t hwloc,
                int (*source)(hwloc_topology_t, const char *), const char *name,
                struct err *err)
{
    if (source && source(hwloc, name))
        return err_errno(err, EXIT_USAGE, "'%s' is not a topology", name);
    if (hwloc_topology_set_flags(hwloc,
                                 HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING) ||
        hwloc_topology_load(hwloc))
        return err_errno(err, source ? EXIT_USAGE : EXIT_RESOURCE,
                         "cannot load the topology of %s", name);
    return 0;
}

static int open_from(struct topology **out,
                     int (*source)(hwloc_topology_t, const char *),
                     const char *name, const struct cpuset *mask,
                     struct err *err)
{
    struct topology *t = calloc(1, sizeof *t);

    if (!t || hwloc_topology_init(&t->hwloc)) {
        free(t);
        return err_set(err, EXIT_RESOURCE, "no memory for a topology");
    }
    if (load(t->hwloc, source, name, err) ||
        (mask && restrict_to(t->hwloc, mask, err)) || find_places(t, err)) {
        topology_close(t);
        return -1;
    }
    *out = t;
    return 0;
}

int topology_open(struct topology **out, const struct cpuset *mask,
                  struct err *err)
{
    return open_from(out, NULL, "this machine", mask, err);
}

int topology_open_synthetic(struct topology **out, const char *description,
                            const struct cpuset *mask, struct err *err)
{
    return open_from(out, hwloc_topology_set_synthetic, description, mask, err);
}

int topology_open_xml(struct topology **out, const char *path,
                      const struct cpuset *mask, struct err *err)
{
    return open_from(out, hwloc_topology_set_xml, path, mask, err);
}

void topology_close(struct topology *t)
{
    if (!t)
        return;
    hwloc_topology_destroy(t->hwloc);
    free(t->place);
    free(t);
}

int topology_cores(const struct topology *t)
{
    return t->place[t->pus - 1].seat.core + 1;
}

int topology_pus(const struct topology *t)
{
    return t->pus;
}

int topology_numas(const struct topology *t)
{
    return t->place[t->pus - 1].seat.numa + 1;
}

int topology_packages(const struct topology *t)
{
    return t->place[t->pus - 1].seat.package + 1;
}

void topology_allowed(const struct topology *t, struct cpuset *out)
{
    *out = (struct cpuset){{0}};
    for (int i = 0; i < t->pus; i++)
        cpuset_add(out, t->place[i].seat.pu);
}

size_t topology_cache_bytes(const struct topology *t, int level)
{
    int depth = hwloc_get_cache_type_depth(t->hwloc, (unsigned)level,
                                           HWLOC_OBJ_CACHE_DATA);
    hwloc_obj_t cache = hwloc_get_obj_by_depth(t->hwloc, depth, 0);

    return cache ? (size_t)cache->attr->cache.size : 0;
}

int topology_last_cache(const struct topology *t, int pu)
{
    hwloc_obj_t at = NULL, last = NULL;

    if (pu >= 0)
        at = hwloc_get_pu_obj_by_os_index(t->hwloc, (unsigned)pu);
    for (; at; at = at->parent)
        last = hwloc_obj_type_is_dcache(at->type) ? at : last;
    return last ? (int)last->logical_index : -1;
}

/* --- policies: which places, and in which order -------------------------- */

static int choose_none(struct order *o, const char *rest, struct err *err)
{
    (void)o, (void)rest, (void)err;
    return 0;
}

static int choose_all(struct order *o, const char *rest, struct err *err)
{
    const struct topology *t = o->topology;

    (void)rest, (void)err;
    for (int i = 0; i < t->pus; i++)
        o->place[o->count++] = t->place[i];
    return 0;
}

static int choose_domain(struct order *o, const char *rest, struct err *err)
{
    const struct topology *t = o->topology;
    int numas = topology_numas(t), first, last;

    if (!cpuset_range(&rest, &first, &last) || *rest || first != last)
        return err_set(err, EXIT_USAGE,
                       "placement '%s': one NUMA domain is meant, as numa:0",
                       o->policy);
    if (first >= numas)
        return err_set(err, EXIT_USAGE,
                       "placement '%s': there is no NUMA domain %d, only 0-%d",
                       o->policy, first, numas - 1);
    for (int i = 0; i < t->pus; i++)
        if (t->place[i].seat.numa == first)
            o->place[o->count++] = t->place[i];
    return 0;
}

/* The PUs that are the same hardware thread of cores of the same speed:
 * spreading fills one such level after the other. */
struct level {
    const struct topology *topology;
    int thread, slowness;
};

static int room(const struct level *level, hwloc_obj_t at)
{
    const struct place *place = level->topology->place;
    int sum = 0;

    if (at->type == HWLOC_OBJ_PU)
        return place[at->logical_index].key[THREAD] == level->thread &&
               place[at->logical_index].key[SLOWNESS] == level->slowness;
    for (unsigned i = 0; i < at->arity; i++)
        sum += room(level, at->children[i]);
    return sum;
}

/* Shares count workers out over a subtree in proportion to its cores, the way
 * of hwloc_distrib: rounding the running sum leaves even gaps. That one rounds
 * up, though, which gives both of two workers to the larger of two unequal
 * domains; this offset does the same among equals only. */
static void spread(struct order *o, const struct level *level, hwloc_obj_t at,
                   int count)
{
    int total = room(level, at), largest = 0, sum = 0, given = 0, share;

    if (count && at->type == HWLOC_OBJ_PU)
        o->place[o->count++] = o->topology->place[at->logical_index];
    for (unsigned i = 0; i < at->arity; i++)
        largest = larger(largest, room(level, at->children[i]));
    for (unsigned i = 0; count && i < at->arity; i++, given += share) {
        sum += room(level, at->children[i]);
        share = (sum * count + total - largest) / total - given;
        spread(o, level, at->children[i], share);
    }
}

/* First threads of all cores, fast ones before slow, then second threads. */
static int choose_spread(struct order *o, const char *rest, struct err *err)
{
    const struct topology *t = o->topology;
    hwloc_obj_t root = hwloc_get_root_obj(t->hwloc);
    int goal = smaller(o->workers, t->pus);

    (void)rest, (void)err;
    for (int i = 0; o->count < goal; i++) {
        struct level level = {t, i / (t->slowest + 1), i % (t->slowest + 1)};

        spread(o, &level, root, smaller(goal - o->count, room(&level, root)));
    }
    return 0;
}

/* A bare list counts cores, one after "pu:" hardware threads. */
static int choose_list(struct order *o, const char *list, struct err *err)
{
    const struct topology *t = o->topology;
    bool of_core = list == o->policy;
    int known = of_core ? topology_cores(t) : t->pus, first, last, pu;

    do {
        if (!cpuset_range(&list, &first, &last))
            return err_set(err, EXIT_USAGE,
                           "placement '%s': '%s' is not a list such as 0-3,8",
                           o->policy, list);
        if (last >= known)
            return err_set(err, EXIT_USAGE,
                           "placement '%s': there is no %s %d, only 0-%d "
                           "(counted inside the allowed set)",
                           o->policy, of_core ? "core" : "hardware thread",
                           last, known - 1);
        for (int i = first; i <= last && o->count < o->workers; i++) {
            for (pu = i; of_core && t->place[pu].seat.core < i; pu++)
                ;
            o->place[o->count++] = t->place[pu];
        }
    } while (*list);
    return 0;
}

static const struct policy {
    const char *word; /* ends with ':' when something must follow */
    int (*choose)(struct order *, const char *rest, struct err *);
    enum key key[KEYS]; /* none: they stay as they were chosen */
} policies[] = {
    {"core", choose_all, {THREAD, SLOWNESS, CORE}},
    {"compact", choose_all, {SLOWNESS, CORE, THREAD}},
    {"spread", choose_spread, {CORE, THREAD}},
    {"numa", choose_all, {THREAD, SLOWNESS, TURN, NUMA}},
    {"numa:", choose_domain, {THREAD, SLOWNESS, CORE}},
    {"none", choose_none, {END}},
    {"pu:", choose_list, {END}},
    {"", choose_list, {END}}, /* a bare LIST */
};

/* *rest is what follows the word. */
static const struct policy *find_policy(const char *text, const char **rest)
{
    const struct policy *p;

    for (p = policies; *p->word; p++) {
        size_t length = strlen(p->word);

        *rest = text + length;
        if (!strncmp(text, p->word, length) &&
            (!text[length] || p->word[length - 1] == ':'))
            return p;
    }
    *rest = text;
    return isdigit((unsigned char)*text) ? p : NULL;
}

static int by_keys(const void *a, const void *b, void *keys)
{
    const struct place *x = a, *y = b;

    for (const enum key *k = keys; *k != END; k++)
        if (x->key[*k] != y->key[*k])
            return x->key[*k] < y->key[*k] ? -1 : 1;
    return 0;
}

static int arrange(struct order *o, struct err *err)
{
    const char *rest;
    const struct policy *policy = find_policy(o->policy, &rest);

    if (!policy)
        return err_set(err, EXIT_USAGE,
                       "placement '%s' is none of core, compact, spread, numa, "
                       "numa:K, none, a list of cores such as 0-3,8 and a list "
                       "of hardware threads such as pu:0,2",
                       o->policy);
    if (policy->choose(o, rest, err))
        return -1;
    if (policy->key[0] != END)
        qsort_r(o->place, (size_t)o->count, sizeof *o->place, by_keys,
                (void *)policy->key);
    return 0;
}

/* --- plans --------------------------------------------------------------- */

static void sit(struct placement *p, const struct order *o)
{
    struct cpuset pus = {{0}}, cores = {{0}};

    for (int i = 0; i < p->workers; i++) {
        const struct place *place = &o->place[i % o->count];

        p->seat[i] = place->seat;
        if (cpuset_has(&pus, place->seat.pu))
            p->crowded = true;
        else if (cpuset_has(&cores, place->seat.core))
            p->smt = true;
        if (place->kind != o->place[0].kind)
            p->mixed = true;
        cpuset_add(&pus, place->seat.pu);
        cpuset_add(&cores, place->seat.core);
    }
}

/* Unbound workers share what the numbers force them to. */
static void stand(struct placement *p, const struct topology *t)
{
    for (int i = 0; i < p->workers; i++)
        p->seat[i] = nowhere;
    p->crowded = p->workers > t->pus;
    p->smt = p->workers > topology_cores(t) && t->pus > topology_cores(t);
    p->mixed = t->slowest > 0;
}

int placement_plan(const struct topology *t, const char *policy, int workers,
                   struct placement *out, struct err *err)
{
    struct order o = {.topology = t, .policy = policy, .workers = workers};
    struct placement p = {.workers = workers};
    int status = -1;

    if (workers < 1)
        return err_set(err, EXIT_USAGE, "%d workers cannot be placed", workers);
    if (strlen(policy) >= sizeof p.policy)
        return err_set(err, EXIT_USAGE,
                       "placement '%.60s...' is longer than %zu characters",
                       policy, sizeof p.policy - 1);
    memcpy(p.policy, policy, strlen(policy) + 1);
    topology_allowed(t, &p.allowed);
    p.seat = calloc((size_t)workers, sizeof *p.seat);
    o.place = calloc((size_t)workers + (size_t)t->pus, sizeof *o.place);
    if (!p.seat || !o.place)
        err_set(err, EXIT_RESOURCE, "no memory to place %d workers", workers);
    else
        status = arrange(&o, err);
    if (status)
        placement_free(&p);
    else if (o.count)
        sit(&p, &o);
    else
        stand(&p, t);
    if (!status)
        *out = p;
    free(o.place);
    return status;
}

void placement_free(struct placement *p)
{
    if (!p)
        return;
    free(p->seat);
    p->seat = NULL;
}

/* --- workers ------------------------------------------------------------- */

int placement_bind(const struct seat *seat, const struct cpuset *allowed,
                   struct err *err)
{
    struct cpuset one = {{0}};

    if (seat->pu < 0)
        return cpuset_bind(allowed, err);
    cpuset_add(&one, seat->pu);
    return cpuset_bind(&one, err);
}

int placement_observe(struct cpuset *mask, int *pu, struct err *err)
{
    if (cpuset_current(mask, err))
        return -1;
    *pu = sched_getcpu();
    return 0;
}

char *placement_describe(const struct placement *p, char *out, size_t size)
{
    struct cpuset cores = {{0}};
    bool bound = p->seat[0].pu >= 0;
    const char *what, *threads;
    char list[64];

    for (int i = 0; i < p->workers; i++)
        cpuset_add(&cores, p->seat[i].core);
    what = cpuset_count(&cores) == 1 ? "core" : "cores";
    threads = p->smt ? ", several hardware threads each"
                     : ", one hardware thread each";
    snprintf(out, size, "%s %s%s%s%s", bound ? what : "not bound: CPUs",
             cpuset_format(bound ? &cores : &p->allowed, list, sizeof list),
             bound ? threads : "", p->mixed ? ", fast and slow cores" : "",
             p->crowded ? ", workers share hardware threads" : "");
    return out;
}
