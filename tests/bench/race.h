/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A race: entrants that take turns, each once a round, in random order. Pairs
 * of them are then compared by what they did in the same rounds.
 */
#ifndef DRIVE_TESTS_BENCH_RACE_H
#define DRIVE_TESTS_BENCH_RACE_H

#include "peer.h"
#include "stage.h"

enum { ENTRANTS_MAX = 16, ROUNDS_MAX = 1000, WARMUPS = 2 };

/* How to bring an entrant to life. */
struct recipe {
    const char *executor;      /* a team of it, or NULL: a peer */
    const struct trade *trade; /* of forked members, or NULL: ranks */
    const char *ranks_trade;
    const char *const *settings;
    struct subject subject;
    int workers;
    /* Or neither team nor peer: whatever gives a time, by itself. */
    int (*outside)(void *arg, double *ns, struct err *err);
    void *arg;
};

/* One of drive's teams, or a peer. */
struct entrant {
    char name[64];
    struct recipe recipe;
    struct team *team;
    struct peer *peer;
    struct err why; /* when it has neither: code is not 0 */
    double amount;  /* of work in a turn: speeds are amounts over times */
    int trials;     /* in a turn; their median is the turn's time */
    int starts, late;
    double ns[ROUNDS_MAX]; /* of the rounds that count */
    double whole_ns;       /* from order to done; of its last turn */
};

struct race {
    struct stage *stage;
    bool same_result; /* all must come to the same checksum */
    bool fresh;       /* all come to life anew each round, in random order:
                         for what depends on where the pages lie */
    uint64_t checksum;
    int entrants, rounds; /* rounds done */
    struct entrant entrant[ENTRANTS_MAX];
};

/* Free with race_end. Set the flags before the first entrant. */
struct race *race_begin(struct stage *, struct err *err);
void race_end(struct race *); /* NULL-safe */

/* Enters a team of the executor, set up (in a fresh race: later). What cannot
 * be had is entered as absent. Never NULL. */
struct entrant *race_team(struct race *, const char *executor, int workers,
                          const char *kernel, int64_t n);

/* Enters a peer whose members are forked; `absent` is why it cannot be had,
 * or NULL. Forks: before any other thread. */
struct entrant *race_peer(struct race *, const char *name, const struct trade *,
                          const char *absent, int workers, const char *kernel,
                          int64_t n);

/* Enters a peer of launched ranks, not yet set up; settings as peer_launch. */
struct entrant *race_ranks(struct race *, const char *name, const char *trade,
                           const char *const *settings, const char *kernel,
                           int64_t n);

/* Why there can be no peer of ranks, or NULL. */
const char *race_without_ranks(const struct race *);

/* The general form: `absent` is why it cannot be had, or NULL. */
struct entrant *race_enter(struct race *, const char *name, const char *absent,
                           const struct recipe *);

/* Enters what this build has not. */
struct entrant *race_absent(struct race *, const char *name,
                            const char *absent);

/* The fastest of those that have stayed in the race, the first if none has. */
const struct entrant *race_best(const struct race *,
                                const struct entrant *const *, int n);

struct board *entrant_board(struct entrant *);
int entrant_order(struct entrant *, enum order, struct err *);

/* One turn, checked; an entrant that fails is out of the race. Returns 0, or
 * -1 when it is out. */
int race_turn(struct race *, struct entrant *, double *ns);

/* Takes it out: it has done its part, or `why` says what happened. */
void entrant_leave(struct entrant *, const struct err *why);

/* Warm-up, then all rounds. Fails on a signal. */
int race_run(struct race *, const char *what, struct err *err);

/* -- the table ----------------------------------------------------------- */

enum bar_kind {
    BAR_SPEED,  /* speed of mine over that of the other: at least */
    BAR_COST,   /* time of mine over that of the other: at most */
    BAR_WITHIN, /* speeds apart by no more than */
};
struct bar {
    enum bar_kind kind;
    double value;
};

void table_head(void);

/* One row: ratio of medians, interval of the paired ratio, what is wanted, and
 * ok or short. A question mark: the bar lies inside the interval. */
void table_row(const struct race *, const char *row, const char *text,
               const struct entrant *mine, const struct entrant *other,
               struct bar);
/* The same without a bar, for information. */
void table_note(const struct race *, const char *text,
                const struct entrant *mine, const struct entrant *other);
/* Of speeds, likewise. */
void table_speed(const struct race *, const char *row, const char *text,
                 const struct entrant *mine, const struct entrant *other);
/* What a trial of it takes from order to done, for information. */
void table_whole(const struct entrant *);
/* One row of another kind: the number, what is wanted, ok or short. */
void table_number(const char *row, const char *text, const char *number,
                  const char *wanted, bool ok);
/* Names those of entrants that are not there. */
void table_absent(const struct entrant *const *, int n);
void table_missing(const char *row, const char *text, const struct err *why);

#endif
