/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of workers that are MPI ranks, and their arenas. Plain MPI with no
 * word of boards or launchers, so that the same code runs inside a simulator.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_MESSAGES_H
#define DRIVE_DRIVERS_EXECUTORS_MESSAGES_H

#if HAVE_MPI
#include <mpi.h>
#include <stdbool.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/worker.h"

/* Communicators made by split, freed when the team ends. */
struct comm_list;

/* What stands behind worker->impl. Begin with {.comm, .splits, .window =
 * MPI_WIN_NULL, .whole}; splits points to a list that is NULL. */
struct messenger {
    MPI_Comm comm;
    struct comm_list **splits;
    MPI_Win window; /* or MPI_WIN_NULL */
    char **base;    /* arenas by rank in comm; NULL without a window */
    int whole;      /* workers of the whole team */
    bool astray;    /* some rank may never come back from a call */
};

extern const struct worker_ops message_ops;

/* The worker's arena: memory of its own, or, where asked for, its segment of
 * one shared window (MPI 3.1, 11.2.3), so that peers can be addressed.
 * Collective over member->comm, for all ranks or none; fails with EXIT_ABSENT
 * where the ranks share no memory, EXIT_RESOURCE where there is too little. */
int messages_arena(struct messenger *, struct arena *, size_t bytes,
                   enum mem_pages, bool window, struct err *);

/* Frees the arena and the communicators of split; collective. */
void messages_end(struct messenger *, struct arena *);

/* The communicator of the first ranks of all; only they call this. In ranks.c,
 * whose ranks they are. */
MPI_Comm ranks_comm(int ranks);

/* How many ranks of the communicator are on this node; collective. */
int messages_here(MPI_Comm);
#endif

#endif
