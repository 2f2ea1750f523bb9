/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scratch folder: all that kernels write, they write there, and it goes
 * when the program ends. Nothing that was there before is ever touched.
 *
 * The nursery makes it and removes it, for it outlives a conductor that is
 * killed. Inside each team has a folder of its own, which goes with the team:
 * what a team that failed has left takes no room from the next.
 */
#ifndef DRIVE_DRIVERS_SCRATCH_H
#define DRIVE_DRIVERS_SCRATCH_H

#include "core/err.h"
#include "drivers/conductor.h"

/* Makes it, once: conductor->scratch is its absolute path. Fails with
 * EXIT_RESOURCE, or with EXIT_USAGE where the folder it was to be made in was
 * named and is none. */
int scratch_open(struct conductor *, struct err *err);

/* After the nursery was closed: removes what is still there, and fails where
 * that cannot be done. */
int scratch_close(struct conductor *, struct err *err);

#endif
