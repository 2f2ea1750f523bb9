/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the leaders of several nodes do together: they wait without using a
 * core, hand words down a binomial tree, and agree on the time; what they
 * report goes up it (drivers/executors/gather.h). Plain MPI with no word of
 * boards or launchers, so that the same code runs inside a simulator.
 *
 * Rank 0 is the root. The parent of a rank is the rank without its lowest set
 * bit, so a word takes at most log2(size) steps, and behind a rank are
 * consecutive ones.
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

/* One sleep between two looks of somebody who has waited for so long; the next
 * is longer. *nap_ns begins as 2000. */
void tree_nap(uint64_t *nap_ns, uint64_t waited);

/* The root's word[bytes] to everyone. The others look for it for `spin_ns`,
 * then sleep between looks, ever longer, up to 200 us or a thousandth of what
 * they have waited. */
void tree_bcast(const struct tree *, void *word, size_t bytes,
                uint64_t spin_ns);

/* The same for one who does not wait for ever: false if nothing has come by
 * then, and the rest of the tree below has not heard of it either. */
bool tree_hear(const struct tree *, void *word, size_t bytes, uint64_t spin_ns,
               uint64_t patience_ns);

/* Whether the parent has said something that has not been heard yet. */
bool tree_word_waits(const struct tree *);

/* What tells the messages of one gathering from another's. */
int tree_serial_tag(uint32_t serial);

/* An empty word up the tree, when all below have given theirs. */
void tree_ready(const struct tree *, uint64_t spin_ns);

/* A reading of the root's clock for each, and its drift fitted: each asks its
 * parent, who has asked before. Returns true where this rank's clock, or the
 * root's, has jumped. */
bool tree_clock(struct tree *, struct drift *);
#endif

#endif
