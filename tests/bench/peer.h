/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer: what an executor is held against. It lives in processes of its own
 * and is led through a board, as a team is: bound to the same seats, asleep
 * between its turns, stamping the same clock.
 */
#ifndef DRIVE_TESTS_BENCH_PEER_H
#define DRIVE_TESTS_BENCH_PEER_H

#include "drivers/board.h"
#include "drivers/conductor.h"
#include "drivers/team.h"

/* What one peer does. */
struct trade {
    bool threads; /* one process stands for all workers; else each is one */
    /* In the parent, before the fork: what the processes will share becomes
     * their state. May be NULL. */
    int (*share)(struct board *, void **state, struct err *);
    /* Makes the data. May be asked again, with other settings. */
    int (*setup)(struct board *, int rank, void **state, struct err *);
    /* One turn: fills span and outcome.checksum of its slot. Whatever is not
     * to be timed happens before and after. */
    int (*turn)(struct board *, int rank, void *state, struct err *);
};

/* Settings that no kernel has: the last of the problem's values. */
enum { SETTING_BLOCK = PARAM_MAX - 2, SETTING_ROWS };

struct peer;

/* Forks the peer's processes; call before the caller has threads. The conductor
 * must outlive it. */
int peer_fork(struct peer **, const struct conductor *,
              const struct team_plan *, const struct trade *, struct err *);

/* Starts `LAUNCHER -n workers env SETTINGS PROGRAM TRADE BOARD` with the
 * conductor's launcher: ranks that live by peer_live. settings ends with
 * NULL. */
int peer_launch(struct peer **, const struct conductor *,
                const struct team_plan *, const char *const *settings,
                const char *program, const char *trade, struct err *);

/* Gives an order and waits for it. After a failure only peer_end is left. */
int peer_order(struct peer *, enum order, struct err *);
struct board *peer_board(struct peer *);
void peer_end(struct peer *); /* NULL-safe */

/* A process's whole life as one member of a peer. */
void peer_live(struct board *, int rank, const struct trade *, void *state);

/* Memory for a member: page size and layout are those of a team's arena. */
int peer_arena(struct board *, int rank, struct arena *, struct worker *,
               struct err *);

#endif
