/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time in integer nanoseconds. On one node every worker, thread or process,
 * reads the same CLOCK_MONOTONIC, so their stamps compare without any
 * synchronisation of clocks.
 */
#ifndef DRIVE_CORE_CLOCK_H
#define DRIVE_CORE_CLOCK_H

#include <stdint.h>

uint64_t clock_now(void);     /* CLOCK_MONOTONIC */
uint64_t clock_thread(void);  /* CPU time of the calling thread */
uint64_t clock_process(void); /* CPU time of the calling process, all threads */

/* What one reading costs (in the best of 100 rounds of 1,000 readings in a
 * row) and the smallest step seen between two. A timed region shall be at
 * least 20 overheads and 100 resolutions long: Hoefler and Belli, "Scientific
 * Benchmarking of Parallel Computing Systems", SC15. */
struct timer {
    uint64_t overhead_ns, resolution_ns;
};
void timer_calibrate(struct timer *);
uint64_t timer_least_region(const struct timer *); /* ns, by that rule */

void clock_sleep(uint64_t ns); /* goes on sleeping after a signal */

#endif
