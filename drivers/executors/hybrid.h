/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hybrid: what a rank does whose threads are workers of a team.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_HYBRID_H
#define DRIVE_DRIVERS_EXECUTORS_HYBRID_H

#if HAVE_MPI
#include <mpi.h>

#include "core/err.h"
#include "drivers/board.h"

/* Brings the rank's threads to life and returns when the last has ended. The
 * communicator is of all ranks of the team, ordered as their workers are, and
 * the caller's; `first` is the slot of the rank's first thread. A leader's
 * first thread, the only one that calls MPI, relays as well; lead is NULL for
 * all others. Fails with EXIT_RESOURCE, or EXIT_ABSENT where MPI does not
 * suffer threads. Collective; where one rank fails, others may wait for it. */
int hybrid_play(struct board *, MPI_Comm, int first, const struct lead *,
                struct err *err);

/* Over several nodes a failure has to be carried to the conductor by leaders,
 * who may be waiting for a message of whoever failed. Waits until that of the
 * worker in a slot, of this rank's, is heard of; where it is not, within 15 s,
 * all ranks end. Returns at once where it has not failed. Not for
 * leaders. In ranks.c, whose ranks they are. */
void ranks_heard(struct board *, int place, int rank);
#endif

#endif
