/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches how busy each core is while a comparison runs, by the counters of
 * /proc/stat. A thread of the conductor sleeps from one point of a fixed grid
 * of time to the next, reads, and sleeps again; the conductor reads as well
 * before and after each trial, when no clock of ours runs. Both readings cost
 * some ten microseconds on a small machine, more with many CPUs and
 * interrupts; utilisation.cost_ns says how much it was.
 *
 * The counters advance in ticks (10 ms), charged by the kernel's own clock
 * interrupt: what sleeps and wakes with that clock may look idler or busier
 * than it is.
 */
#ifndef DRIVE_DRIVERS_UTILISATION_H
#define DRIVE_DRIVERS_UTILISATION_H

#include <stdint.h>

#include "core/cpuset.h"
#include "core/err.h"
#include "core/utilisation.h"

#define SAMPLER_FILE      "/proc/stat"
#define SAMPLER_PERIOD_NS UINT64_C(100000000)

struct sampler;

/* Begins to sample these CPUs for a comparison of so many cells. NULL, and
 * err with EXIT_RESOURCE: the file cannot be read or counts nothing, as in some
 * sandboxes, or there is no memory or thread. */
struct sampler *sampler_start(const char *file, const struct cpuset *,
                              int cells, uint64_t period_ns, struct err *);

/* A trial of this cell begins; -1: it has ended. By one thread; NULL-safe. */
void sampler_mark(struct sampler *, int cell);

/* Ends it, within a period, and hands over what was seen; out is left alone
 * when there is no sampler. */
void sampler_stop(struct sampler *, struct utilisation *out);

/* Reads the lines "cpuN ..." of a text for the CPUs listed in ascending order.
 * One that is not there, being unplugged, has a total of 0. A last line without
 * an end is not read, nor is one of fewer than four numbers. Returns how many
 * were found. */
int ticks_parse(const char *text, const int *cpu, int cpus, struct ticks *);

#endif
