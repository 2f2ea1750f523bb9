/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells of disturbance on this node: counters, read before and
 * after a trial, outside the timed part. What cannot be read stays 0, and
 * evidence_missing says which, so that "undisturbed" is never claimed blindly.
 */
#ifndef DRIVE_DRIVERS_EVIDENCE_H
#define DRIVE_DRIVERS_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cpuset.h"
#include "core/study.h"

struct evidence {
    uint64_t steal_ns;     /* of the CPUs given; /proc/stat, 10 ms steps */
    uint64_t throttled_ns; /* of our cgroup; cpu.stat */
    uint64_t pressure_ns;  /* some task waited for a core; PSI */
    uint64_t swaps;        /* pages swapped in and out on the node */
};

struct evidence_source; /* open files, so that a reading is a few pread */

/* NULL when there is no memory; then nothing is ever evident. */
struct evidence_source *evidence_open(const struct cpuset *cpus);
void evidence_close(struct evidence_source *); /* NULL-safe */
void evidence_read(const struct evidence_source *, struct evidence *);

/* Puts into the trial what changed from one reading to the next, and flags
 * it. margin: of the comparison; a wait for a core longer than half of it is
 * evidence. */
void evidence_judge(const struct evidence *before, const struct evidence *after,
                    double margin, int workers, struct trial *trial);

/* "steal, cgroup throttling" or "": what this machine does not let us read. */
char *evidence_missing(const struct evidence_source *, char *out, size_t size);

#endif
