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

/* Units a second of kernel's bound with this many workers on the first seats
 * of the placement, the best of several trials; 0 where the kernel names none
 * or it could not be measured. Takes some 50 ms. Fails on a signal only. */
int bound_measure(struct conductor *, int kernel, const struct placement *,
                  int workers, double *rate, struct err *);

#endif
