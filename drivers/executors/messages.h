/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of workers that are MPI ranks, and their arenas. Plain MPI with no
 * word of boards or launchers, so that the same code runs inside a simulator.
 *
 * Without a window ranks talk by the library's own collectives, MPI_Sendrecv,
 * and MPI_Isend with MPI_Irecv. Messages and vectors may have more bytes, or
 * numbers, than an int counts.
 *
 * With one they are a crew like threads and forked processes, by the very same
 * code (shared.h, crew.h): MPI brings them to life and gives them the memory.
 * Its words are lock-free atomics, which are address-free (C11, 7.17.5): they
 * order loads and stores between processes as between threads. The window must
 * be of the unified model, where MPI leaves the consistency of loads and stores
 * to the architecture (MPI 3.1, 11.2.3 and 11.4); an MPI_Win_sync around each
 * verb, a full fence in Open MPI and MPICH, would add but its cost.
 *
 * Crowded ranks: our verbs give up the core and sleep. The libraries' own do
 * what they were told before MPI_Init. Open MPI's launcher tells ranks to yield
 * where it starts more than it has slots for, unless -host, a host file or
 * mpi_yield_when_idle=0 say otherwise: whoever launches has to see to that, it
 * cannot be changed later.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_MESSAGES_H
#define DRIVE_DRIVERS_EXECUTORS_MESSAGES_H

#if HAVE_MPI
#include <limits.h>
#include <mpi.h>
#include <stdbool.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/worker.h"

/* MPI counts in int. Where a message may go in several, of COUNT_CHUNK, it
 * does; else what is larger is one element of a type that is made for it. */
enum { COUNT_MOST = INT_MAX, COUNT_CHUNK = COUNT_MOST / 2 + 1 };

struct extent {
    MPI_Datatype type;
    int count;
};

/* So many bytes, and the same as one element, for tables of counts. To be ended
 * with extent_end(), also while messages of it are under way. */
struct extent extent_of(size_t bytes);
struct extent extent_whole(size_t bytes);
void extent_end(struct extent *);

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

/* Gives the worker, who lives in that arena, its verbs; it must have taken
 * nothing yet. The messenger must last as long. EXIT_RESOURCE. */
int messages_join(struct messenger *, struct worker *, struct err *);

/* Frees the arena and the communicators of split; collective. */
void messages_end(struct messenger *, struct arena *);

/* The communicator of the first ranks of all; only they call this. In ranks.c,
 * whose ranks they are. */
MPI_Comm ranks_comm(int ranks);
#endif

#endif
