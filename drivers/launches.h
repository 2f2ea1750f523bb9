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
#include "results/verdict/verdict.h"

/*
 * How many launches to make: as many as were asked for; five for --rigorous
 * alone, and one for anything else. --rigorous makes but one where five cannot
 * be or would not be read: under a launcher, which starts its ranks once, and
 * with --json, which is one document; a note on stderr says what would.
 */
int launches_wanted(const struct conductor *, const struct options *);

/*
 * Runs the program `launches` times with the words it was started with and an
 * environment of random size (DRIVE_PADDING), and says on `out` at the end
 * whether the launches agree. Records go to files of their own: -o a.jsonl
 * becomes a-1.jsonl, a-2.jsonl, ... With --json the documents come one after
 * the other. Stops at the first launch that fails, whose exit code it returns
 * in err with an empty text, as that launch has said why. Fails with EXIT_USAGE
 * under a launcher.
 */
int launches_run(const struct conductor *, const struct options *, int launches,
                 FILE *out, struct err *);

/* From inside a launch: what came of a comparison, for whoever started it;
 * nothing where nobody did. Through a file in memory, inherited, whose number
 * is in DRIVE_LAUNCHES. */
void launches_tell(const struct comparison *, const struct judgement *);

#endif
