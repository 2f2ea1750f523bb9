/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive check --aa [KERNEL]: the A/A control. One executor runs under three
 * labels, interleaved as different executors would be: whatever differs
 * between them is noise, and no smaller difference is to be believed on this
 * host. The floor is kept for later runs (results/record/noise.h).
 *
 * With several values of -P each label has a problem of its own, so that a
 * difference is known beforehand (null, delay=0.005,0.00515: 3 %). That checks
 * the instrument, stops as a run does, and leaves no floor.
 */
#ifndef DRIVE_DRIVERS_COMMANDS_AA_H
#define DRIVE_DRIVERS_COMMANDS_AA_H

#include "core/err.h"
#include "drivers/conductor.h"
#include "drivers/options.h"

/* Fails with EXIT_USAGE, EXIT_IMPRECISE when there are too few blocks for a
 * floor, with --strict EXIT_UNFIT when labels differ or the floor is above
 * the margin, and as measure_compare. */
int aa_run(struct conductor *, const struct options *, struct err *);

#endif
