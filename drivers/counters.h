/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hardware counters of the calling thread, by perf_event_open(2), where the
 * machine has them and the kernel lets us: often neither in virtual machines
 * and containers.
 */
#ifndef DRIVE_DRIVERS_COUNTERS_H
#define DRIVE_DRIVERS_COUNTERS_H

#include <stdint.h>

enum { COUNTER_CYCLES, COUNTER_INSTRUCTIONS, COUNTERS };

struct counters {
    int fd[COUNTERS]; /* -1: not to be had */
    int cause;        /* errno of the first that was not, or 0 */
};

/* Opens them for the calling thread, counting user mode at once. Never fails:
 * what cannot be had reads 0. Costs some 20 us, at a worker's birth. */
void counters_open(struct counters *);
void counters_close(struct counters *);
void counters_read(const struct counters *, uint64_t value[COUNTERS]);

#endif
