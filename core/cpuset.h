/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of logical CPUs by operating-system number (hwloc's os_index of a PU),
 * as a plain value that may stand in memory shared between processes.
 */
#ifndef DRIVE_CORE_CPUSET_H
#define DRIVE_CORE_CPUSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum { CPUSET_MAX = 4096 }; /* CPUs; the kernel's own largest NR_CPUS is 8192 */

struct cpuset {
    uint64_t word[CPUSET_MAX / 64];
};

void cpuset_add(struct cpuset *, int cpu); /* ignores cpu out of range */
bool cpuset_has(const struct cpuset *, int cpu);
int cpuset_count(const struct cpuset *);
void cpuset_union(struct cpuset *into, const struct cpuset *from);

/* The calling thread's affinity mask. */
int cpuset_current(struct cpuset *, struct err *);

/* Binds the calling thread to the set. */
int cpuset_bind(const struct cpuset *, struct err *);

/* "0-3,8" both ways; an empty set is written as "" but not read. Parsing fails
 * with EXIT_USAGE and quotes the text; the output is returned, is cut at size
 * with a closing "..." and is always terminated. */
int cpuset_parse(struct cpuset *, const char *text, struct err *);
char *cpuset_format(const struct cpuset *, char *out, size_t size);

/* For lists of the same grammar whose order counts: reads one "8" or "0-3"
 * and steps over it and its comma; *text is at the terminator after the last.
 * False, and nothing moved, where no such range stands. */
bool cpuset_range(const char **text, int *first, int *last);

#endif
