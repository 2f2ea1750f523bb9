/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Over several nodes, the lowest rank of each is its leader. The conductor sees
 * one board for all workers of a team; the workers of a node, on every node,
 * see a board of their own, no different from one that a conductor leads. In
 * between stand the leaders, who hand orders down a tree, open the gates of all
 * nodes at one moment, gather the workers' reports up it, and keep the nodes'
 * clocks together (drivers/executors/tree.h).
 *
 * A leader is a worker of the ranks' teams as well; it relays in the pauses, by
 * board_work_as()'s hooks, and does nothing of it while a trial runs. For the
 * workers of the other executors it has a nursery, forked before MPI.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_RELAY_H
#define DRIVE_DRIVERS_EXECUTORS_RELAY_H

#if HAVE_MPI
#include "core/cpuset.h"
#include "core/err.h"
#include "drivers/board.h"
#include "drivers/executors/tree.h"
#include "drivers/lobby.h"
#include "drivers/nursery.h"

struct relay;

struct relay_start {
    MPI_Comm leaders;          /* of all nodes, by rank; kept, not freed */
    int ranks;                 /* on this node */
    const int *rank;           /* [ranks] in the world, rising */
    struct lobby *lobby;       /* of this node's ranks */
    struct nursery *nursery;   /* or NULL: only ranks can work on this node */
    const struct cpuset *mask; /* all that the node's ranks may use */
};

/* Collective over the leaders. It makes a first reading of the clocks, and
 * fills card with what this node is. What a node lacks, a leader tells when a
 * team needs it. */
int relay_open(struct relay **, const struct relay_start *, struct node_card *,
               struct err *);
void relay_close(struct relay *); /* NULL-safe */

/* Relays until a team of ranks is called in which this rank plays: its board,
 * or NULL when it is time to go home. */
struct board *relay_next(struct relay *);

/* For board_work_as(). */
struct lead relay_lead(struct relay *);
#endif

#endif
