/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the leaders of several nodes do together: they wait without using a
 * core, hand words down a binomial tree, gather parts up it, and agree on the
 * time. Plain MPI with no word of boards or launchers, so that the same code
 * runs inside a simulator.
 *
 * Rank 0 is the root. The parent of a rank is the rank without its lowest set
 * bit, so a word takes at most log2(size) steps, and what a rank gathers is the
 * consecutive ranks behind it.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_TREE_H
#define DRIVE_DRIVERS_EXECUTORS_TREE_H

#if HAVE_MPI
#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drift.h"
#include "core/err.h"

enum { TREE_CHILDREN = 31 };

struct tree {
    MPI_Comm comm;
    int rank, size;
    int parent;               /* -1: root */
    int child[TREE_CHILDREN]; /* the nearest first: 1, 2, 4 ... further */
    int children;
    uint64_t reach_ns; /* a word from the root takes about this long to come
                          here; known after the first tree_clock */
};

void tree_open(struct tree *, MPI_Comm);

/* Waits until the request is complete: looks for `spin_ns`, then sleeps between
 * looks, ever longer, up to 200 us or a thousandth of what it has waited. Sets
 * *request to MPI_REQUEST_NULL. */
void tree_park(MPI_Request *request, uint64_t spin_ns);

/* The same for at most `patience_ns`; false, and the request stands, if it has
 * not been completed by then. */
bool tree_park_until(MPI_Request *request, uint64_t spin_ns,
                     uint64_t patience_ns);

/* The root's word[bytes] to everyone; spin_ns as above, for the others. */
void tree_bcast(const struct tree *, void *word, size_t bytes,
                uint64_t spin_ns);

/* The same for one who does not wait for ever: false if nothing has come by
 * then, and the rest of the tree below has not heard of it either. */
bool tree_hear(const struct tree *, void *word, size_t bytes, uint64_t spin_ns,
               uint64_t patience_ns);

/* Parts of any length that grow on the way up: begins as the rank's own, in
 * memory of its own, and is at the root all of them, by rank. */
struct sheaf {
    char *bytes;
    size_t n, room;
};
int sheaf_add(struct sheaf *, const void *bytes, size_t n, struct err *);
void sheaf_free(struct sheaf *); /* NULL-safe; what it owns */

/* Everybody's own sheaf to the root; what passed through is in the others'.
 * `serial` tells gatherings apart. */
int tree_gather(const struct tree *, struct sheaf *, uint32_t serial,
                struct err *);

/* The same in steps, for one who has to give up waiting: receives the sheaf
 * of child[i], false if it has not come by then; sends one's own. */
int tree_take(const struct tree *, int i, struct sheaf *, uint32_t serial,
              uint64_t patience_ns, bool *came, struct err *);
void tree_give(const struct tree *, struct sheaf *, uint32_t serial);

/* An empty word up the tree, when all below have given theirs. */
void tree_ready(const struct tree *, uint64_t spin_ns);

/* A reading of the root's clock for each, and its drift fitted: each asks its
 * parent, who has asked before. Returns true where this rank's clock, or the
 * root's, has jumped. */
bool tree_clock(struct tree *, struct drift *);
#endif

#endif
