/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bound: what the seats of a comparison can do at best, measured by the
 * kernel that the compared one names as its bound (peak for flop, copy for
 * bytes), in replicate mode, right before the comparison.
 */
#ifndef DRIVE_DRIVERS_BOUND_H
#define DRIVE_DRIVERS_BOUND_H

#include "core/err.h"
#include "drivers/conductor.h"

/* Units a second of the kernel of that name, NULL for none, with this many
 * workers on the first seats of the placement, the best of several trials; 0
 * where it could not be measured. Takes some 50 ms. Fails on a signal only. */
int bound_measure(struct conductor *, const char *kernel,
                  const struct placement *, int workers, double *rate,
                  struct err *err);

/* Bytes a second that memory moves for them, by the kernel copy: the
 * best that was found on the same seats, which are measured three times. */
int bound_memory(struct conductor *, const struct placement *, int workers,
                 double *rate, struct err *err);

#endif
