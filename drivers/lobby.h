/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lobby: where the ranks of a launcher wait, asleep, until the conductor
 * calls them to a board. Like a board, it is a segment, joined by its path.
 */
#ifndef DRIVE_DRIVERS_LOBBY_H
#define DRIVE_DRIVERS_LOBBY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/cpuset.h"
#include "core/err.h"
#include "core/node.h"
#include "drivers/board.h"

/* What a rank tells of itself when it comes in. */
struct guest {
    struct cpuset mask; /* as the launcher gave it */
    uint64_t init_ns;   /* MPI's own start-up */
    pid_t pid;
    int node; /* 0 is rank 0's, and the conductor's */
    char host[64];
};

/* Over several nodes: what the conductor asks of the leader on its own node,
 * who does it with the leaders of the others (drivers/executors/relay.h). */
struct errand {
    enum {
        ERRAND_CALL,  /* a team for this board */
        ERRAND_ORDER, /* of the team's board */
        ERRAND_END,   /* the team ends, whatever it does */
    } what;
    uint32_t team;    /* a number of its own */
    char board[64];   /* path, to CALL */
    char policy[256]; /* of placement, likewise */
};

struct lobby {
    int ranks;
    int nodes;               /* of theirs; set before the last has joined */
    _Atomic uint32_t joined; /* ranks that are in; also the conductor's futex */
    _Atomic uint32_t calls;  /* twice the boards called out, and the closing;
                                odd while `board` is being written; the
                                ranks' futex */
    char board[64];          /* path of the board called last */
    _Atomic uint32_t closed; /* no more calls: go home with `code` */
    int code;
    _Atomic uint32_t trouble; /* a rank found that they cannot play together */
    struct err err;
    char library[128];      /* MPI's own name and version */
    _Atomic uint32_t bell;  /* errands, and the closing; the leader's futex */
    _Atomic uint32_t taken; /* errands that the leader has seen */
    struct errand errand;
    struct guest guest[];
};

/* The card of a node, behind the guests. */
struct node_card *lobby_card(struct lobby *, int node);

/* How many of the first `workers` ranks are on the conductor's node; all of
 * them when there is one node. */
int lobby_here(const struct lobby *, int workers);

int lobby_create(struct lobby **, int *fd, int ranks, struct err *);
int lobby_join(struct lobby **, const char *path, struct err *);
void lobby_leave(struct lobby *); /* NULL-safe: unmaps */

/* Conductor: waits until all ranks are in. Fails with their trouble, with
 * EXIT_SIGNAL on a signal, or when the launcher has ended. */
int lobby_wait(struct lobby *, const struct watch *, struct err *);
void lobby_call(struct lobby *, const char *board_path);
void lobby_close(struct lobby *, int code);

/* Sends the leader on an errand, once it has taken the one before. False: it
 * does not come for it, or is gone. */
bool lobby_send(struct lobby *, const struct errand *, const struct watch *);

/* Rank: comes in; then takes the latest board called since `*seen`, which
 * begins with 0. A rank that no team needs may miss calls; one that is needed
 * cannot, for the conductor waits for it. Returns false when it is time to go
 * home. */
void lobby_enter(struct lobby *, int rank, const struct guest *);
bool lobby_next(struct lobby *, uint32_t *seen, char *path, size_t size);

/* Rank: the ranks cannot play together. */
void lobby_trouble(struct lobby *, const struct err *);

#endif
