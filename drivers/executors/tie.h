/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A team over several nodes, as it is on one of them: a board of this node's
 * workers, led by the node's leader (drivers/executors/relay.h).
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_TIE_H
#define DRIVE_DRIVERS_EXECUTORS_TIE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "drivers/board.h"
#include "drivers/folder.h"
#include "drivers/lobby.h"
#include "drivers/nursery.h"
#include "drivers/placement.h"

/* What a leader has for the teams of its node. */
struct home {
    int node;                  /* its number */
    int ranks, *rank;          /* in the world, rising; owned */
    struct lobby *lobby;       /* of these ranks */
    struct nursery *nursery;   /* or NULL */
    struct topology *topology; /* owned; NULL: no place is left */
    char scratch[FOLDER_PATH]; /* made by the nursery; "": none yet */
};

/* What the root tells of a team: the head of the conductor's board, as bytes,
 * and the policy by which each node plans its seats. */
struct call {
    _Alignas(LINE) char board[sizeof(struct board)];
    char policy[256];
};

struct tie {
    uint32_t team;
    bool ranks;                  /* who are called, not hosted by the nursery */
    bool hybrid;                 /* they have threads */
    bool alive;                  /* it has workers here */
    struct board *board, *whole; /* of those; root: the conductor's, or NULL */
    int fd;                      /* of `board` */
    char path[64];
    pid_t host; /* of the nursery, or 0 */
    bool made_scratch;
    struct err err; /* why it could not be brought to life */
    struct tie *next;
};

/* NULL: no memory. `whole` becomes the tie's. */
struct tie *tie_new(uint32_t team, const struct call *, struct board *whole);
void tie_free(struct tie *); /* NULL-safe */

/* How many of the team's ranks are on this node, and so how many workers its
 * other executors have there. */
int tie_count(const struct home *, const struct call *);

/* Makes this node's board: the head of the whole one, and `here` slots, whose
 * workers are the team's from `first` on, or these ranks. Where ranks have
 * threads, this node deals its own; tie_number then gives them their numbers in
 * the team, from `first` on. */
int tie_board(struct tie *, struct home *, const struct call *, int here,
              int first, struct err *);
void tie_number(struct tie *, int first);

/* Has the nursery host its workers; ranks are called by the lobby. */
int tie_host(struct tie *, const struct home *, struct err *);

/* Until all workers are done with the order, or it is of no use to wait: a
 * failure gives the others `patience_ns`. */
void tie_await(struct tie *, const struct home *, uint64_t patience_ns);

/* Until all workers are at the gate, or something has failed. */
void tie_await_arrivals(const struct tie *);

#endif
