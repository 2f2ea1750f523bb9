/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several launches of the same run, one after the other, each in a fresh image
 * of the program, so that what differs from one start to the next (the layout
 * of memory, the places of pages) is seen in the results instead of being
 * taken for a difference of executors. (Mytkowicz et al., "Producing Wrong
 * Data Without Doing Anything Obviously Wrong!", ASPLOS 2009.)
 */
#ifndef DRIVE_DRIVERS_LAUNCHES_H
#define DRIVE_DRIVERS_LAUNCHES_H

#include "core/err.h"
#include "drivers/conductor.h"
#include "drivers/options.h"

/*
 * Runs the program options->launches times with the words it was started with
 * and an environment of random size (DRIVE_PADDING). Records go to files of
 * their own: -o a.jsonl becomes a-1.jsonl, a-2.jsonl, ... Stops at the first
 * launch that fails, whose exit code it returns in err with an empty text, as
 * that launch has said why. Fails with EXIT_USAGE under a launcher, which
 * starts its ranks once.
 */
int launches_run(const struct conductor *, const struct options *,
                 struct err *);

#endif
