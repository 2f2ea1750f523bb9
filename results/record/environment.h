/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where and with what a run was made: plain facts about this machine and this
 * build. Collected once, before anything is timed, by the process that writes
 * the record; nothing in it depends on the run.
 *
 * What cannot be read is absent: "" for a text, -1 for a number. An absent
 * fact is no error, and nothing is guessed.
 *
 * The counts without `all_` cover what the cgroup's cpuset allows, whatever
 * the caller's own affinity mask: a launcher may have bound it to one core.
 * A caller who knows better (the union of a launcher's masks) sets them.
 */
#ifndef DRIVE_RESULTS_RECORD_ENVIRONMENT_H
#define DRIVE_RESULTS_RECORD_ENVIRONMENT_H

#include <stdint.h>

#include "core/cpuset.h"
#include "core/err.h"

enum { ENVIRONMENT_CACHES = 8 };

/* The caches of one level and kind. */
struct cache {
    int level;     /* 1, 2, 3 */
    char kind;     /* 'd' data, 'i' instructions, 'u' both */
    int64_t bytes; /* of one of them */
    int count;     /* on the whole machine */
    int pus;       /* hardware threads that share one */
};

struct environment {
    /* ---- this build: constants ---- */
    const char *version, *commit;
    const char *compiler, *flags, *build_type;

    /* ---- the node ---- */
    char host[256];
    char os[128];              /* "Debian GNU/Linux 12 (bookworm)" */
    char kernel[256];          /* "Linux 6.1.0-18-amd64 x86_64" */
    char kernel_options[2048]; /* its command line; values of secrets cut */
    char libc[64];             /* "glibc 2.36" */

    /* ---- processor ---- */
    char cpu[128]; /* model name, as the kernel prints it */
    char cpu_vendor[64];
    int cpu_family, cpu_model, cpu_stepping;
    char microcode[32];
    int cores, pus, numas, packages;                 /* allowed */
    int all_cores, all_pus, all_numas, all_packages; /* of the machine */
    char affinity[256]; /* the caller's mask when it was read, "0-3" */
    int smt;            /* siblings in use: 1, 0 */
    struct cache cache[ENVIRONMENT_CACHES];
    int caches;

    /* ---- clock ---- */
    char clock_source[32]; /* "tsc" */
    char frequency_driver[64];
    char governor[64];  /* of the first allowed CPU that has one */
    int governor_cpus;  /* allowed CPUs with that governor */
    int frequency_cpus; /* allowed CPUs with any; 0: no cpufreq here */
    int64_t frequency_min_hz, frequency_max_hz; /* limits set on that CPU */
    int boost;                                  /* turbo allowed: 1, 0 */

    /* ---- memory ---- */
    int64_t memory_bytes;
    char thp[64], thp_shmem[64]; /* the switch in force: "madvise" */
    int numa_balancing;          /* 0: off */
    int aslr;                    /* kernel.randomize_va_space */

    /* ---- who shares it ---- */
    int hypervisor;       /* a virtual machine: 1, 0 */
    char container[64];   /* "docker", a hint; "": none was seen */
    double cpu_quota;     /* CPUs; -1: no limit, or not known */
    int64_t memory_limit; /* bytes; -1: no limit, or not known */
    double load[3];       /* 1, 5, 15 minutes */
    int running, tasks;   /* runnable now, this one included; all */

    /* Of the process's environment only what results/record/variables.h
     * keeps: "NAME=value", sorted; ends with NULL. */
    char **variable;
};

/* About 10 ms, most of it hwloc's. Fails with EXIT_RESOURCE when there is no
 * memory, never for what it finds. */
int environment_collect(struct environment **, struct err *);
void environment_free(struct environment *); /* NULL-safe */

/* The part read from /proc, /sys and the like, below `root` ("" is this
 * machine) and for these CPUs only, into an environment whose facts are all
 * absent. For environment_collect() and for tests with a tree of their own. */
void environment_read(struct environment *, const char *root,
                      const struct cpuset *cpus);

/* Makes all facts absent. */
void environment_clear(struct environment *);

#endif
