/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placement: which processing units (PUs) the workers sit on. Seats are planned
 * once per (workers, policy) from the allowed set and given to every executor
 * alike; each worker binds itself and later observes where it sits.
 *
 * The plan is a pure function of a topology, so that it is tested on machines
 * we do not have. hwloc stays behind this header.
 *
 * Policies (numbers are logical: counted inside the allowed set, in hwloc's
 * order, never operating-system numbers):
 *   core       one worker a core, neighbouring cores first; second hardware
 *              threads only once every core has a worker (the default)
 *   compact    neighbouring hardware threads first, SMT siblings together
 *   spread     as far apart as possible, neighbours in rank close together:
 *              every subtree of the machine gets a share in proportion to its
 *              cores (as hwloc_distrib does); siblings last, as `core`
 *   numa       round robin over NUMA domains, as `core` inside each; a domain
 *              whose cores all have a worker is passed over
 *   numa:K     as `core`, inside NUMA domain K only
 *   none       not bound: every worker may use the whole allowed set
 *   LIST       "0-3,8": worker i on core LIST[i], first hardware thread
 *   pu:LIST    "pu:0,2": worker i on hardware thread LIST[i]
 *
 * More workers than seats wrap round, and the placement is marked crowded.
 * On machines with several kinds of cores (hwloc cpukinds) `core`, `compact`,
 * `spread`, `numa` and `numa:K` use the fastest kind only, as long as it has
 * enough cores (`compact`: hardware threads); slower kinds are added when every
 * faster one is in use, and the placement is marked mixed.
 *
 * A NUMA domain is a set of PUs with the same nearest memory, be that one node
 * or several (DRAM and high-bandwidth memory).
 *
 * Source of the words: LIKWID's pinning expressions and Open MPI's --map-by.
 */
#ifndef DRIVE_DRIVERS_PLACEMENT_H
#define DRIVE_DRIVERS_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/cpuset.h"
#include "core/err.h"

struct topology; /* a machine restricted to an allowed set */

/* Where one worker sits. Plain data: it travels through shared memory. */
struct seat {
    int pu;      /* operating-system number of the PU; -1: not bound */
    int core;    /* logical core inside the allowed set; -1: not bound */
    int thread;  /* which hardware thread of that core, 0 is the first */
    int numa;    /* logical NUMA domain inside the allowed set, or -1 */
    int package; /* logical package inside the allowed set, or -1 */
};

/* The flags of `none` say what must or may happen: crowded when there are too
 * few PUs, smt when there are too few cores but some have several threads,
 * mixed when there are several kinds of cores. */
struct placement {
    char policy[256]; /* as asked: a list may be long */
    int workers;
    bool crowded;          /* two workers share a PU */
    bool smt;              /* two workers share a core, on different PUs */
    bool mixed;            /* more than one kind of core is in use */
    struct cpuset allowed; /* all PUs of the topology, whatever the policy */
    struct seat *seat;     /* [workers], owned */
};

/* This machine, restricted to what the cgroup allows and, unless mask is NULL,
 * to mask (the union of the launcher's masks, or taskset's). An empty
 * intersection fails with EXIT_RESOURCE. */
int topology_open(struct topology **, const struct cpuset *mask, struct err *);

/* A foreign machine, for tests: an hwloc synthetic description or XML file.
 * What cannot be read fails with EXIT_USAGE. */
int topology_open_synthetic(struct topology **, const char *description,
                            const struct cpuset *mask, struct err *);
int topology_open_xml(struct topology **, const char *path,
                      const struct cpuset *mask, struct err *);
void topology_close(struct topology *);

int topology_cores(const struct topology *);
int topology_pus(const struct topology *);
int topology_numas(const struct topology *);
int topology_packages(const struct topology *);
void topology_allowed(const struct topology *, struct cpuset *);

/* Size of the first data or unified cache of a level (1, 2, 3); 0: none. */
size_t topology_cache_bytes(const struct topology *, int level);

/* Which of the last caches, of whatever level, is the PU's: those of a machine
 * are counted from 0. -1 where there is none, or the PU is -1. */
int topology_last_cache(const struct topology *, int pu);

/* Plans seats for workers. An unknown policy, a list entry that is not there
 * or an empty list fails with EXIT_USAGE, quotes it and says what would do. */
int placement_plan(const struct topology *, const char *policy, int workers,
                   struct placement *, struct err *);
void placement_free(struct placement *); /* NULL-safe; not the struct itself */

/* Binds the calling thread to its seat, or to allowed when it is not bound.
 * One system call, the same under every executor: no worker pays for loading
 * a topology in its start-up. */
int placement_bind(const struct seat *, const struct cpuset *allowed,
                   struct err *);

/* What the calling thread is bound to now, and the PU it runs on (-1: the
 * kernel does not tell). */
int placement_observe(struct cpuset *mask, int *pu, struct err *);

/* One line for the table's head, as "cores 0-3,8, one hardware thread each" or
 * "not bound: CPUs 0-7", and what is remarkable; returns out, cut at size. */
char *placement_describe(const struct placement *, char *out, size_t size);

#endif
