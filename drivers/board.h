/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board: the memory through which the conductor leads one team. It posts
 * orders; the workers, asleep on a futex in between, carry them out and write
 * their stamps into slots of their own. It is a segment that any process of
 * this user on the node can join, whoever started it, so that threads, forked
 * processes and MPI ranks are led and timed by the very same code.
 */
#ifndef DRIVE_DRIVERS_BOARD_H
#define DRIVE_DRIVERS_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/cpuset.h"
#include "core/err.h"
#include "core/study.h"
#include "core/worker.h"
#include "drivers/folder.h"
#include "drivers/pages.h"
#include "drivers/placement.h"
#include "kernels/kernel.h"

enum order {
    ORDER_COME, /* be there: what workers do unasked when they come to life */
    ORDER_SETUP,
    ORDER_TRIAL,
    ORDER_LEAVE,
};

enum { LINE = 128 }; /* two cache lines: neighbours are fetched in pairs */

/* One worker's line on the board, written by it alone. */
struct slot {
    _Alignas(LINE) struct seat seat; /* planned; by the conductor */
    int task;                        /* its number in the team; likewise */
    int node;                        /* where it is; likewise */
    int rank, thread;                /* likewise: its process, by number in the
                                        team, and which of the workers in it */
    struct span span;                /* of the last trial */
    uint64_t began_ns, reset_ns;     /* of the last trial: the order was seen,
                                        the last result was spoilt */
    uint64_t done_ns;                /* and the new one verified */
    struct usage usage;              /* of the last trial, gate to stamp */
    struct outcome outcome;          /* of the last trial */
    bool late;                       /* T0 had passed when it saw it */
    bool wrong;                      /* verify failed: err says how */
    bool failed;                     /* anything else did */
    struct err err;
    uint64_t talk_ns;              /* in verbs since the trial began */
    uint64_t lock_ns;              /* waiting for the giant lock, likewise */
    struct page_use pages;         /* of its process; where threads share one,
                                      the first of them says it for all */
    int uncounted;                 /* errno of perf_event_open, or 0 */
    uint64_t ready_ns;             /* it came to life */
    uint64_t idle_ns, idle_cpu_ns; /* asleep between orders, naps
                                      below 10 ms apart */
    int pu;                        /* observed after the last order */
    bool bound;                    /* its mask is its seat and no more */
    struct cpuset mask;            /* observed */
};

struct board {
    /* The cell; constant while the team lives. */
    int kernel, executor, workers;
    int whole; /* workers of the team; `workers` where all are on one node */
    int ranks; /* processes of a launcher that it takes, or 0; of a board for
                  several nodes: not known */
    int ranks_per; /* of EXECUTOR_HYBRID, as drivers/deal.h */
    int tasks;     /* what workers know as worker->tasks */
    struct problem problem;
    size_t arena_bytes; /* of each worker */
    enum mem_pages pages;
    bool window;      /* ranks put their arenas into a window */
    bool crowded;     /* more workers than places: never spin */
    bool own_process; /* each worker is a process of its own */
    bool serialized;  /* the workers of one process share a giant lock */
    char launcher[256], scratch[FOLDER_PATH]; /* "": none */
    struct cpuset allowed;
    bool tied; /* others of the team are on other nodes: the node's leader opens
                  the gate, and the conductor is behind it */

    /* Set between orders. */
    uint64_t window_ns; /* from the last arrival at the gate to T0 */
    unsigned repeats;   /* steps in a trial */

    uint64_t born_ns; /* the executor began to bring workers to life */
    struct err err;   /* of the host, when it fails */

    _Alignas(LINE) _Atomic uint32_t orders; /* posted so far; workers sleep
                                               on it */
    enum order order;
    _Alignas(LINE) _Atomic uint32_t done; /* workers done with the order */
    _Atomic uint32_t troubles;            /* failed workers, lost hosts */
    _Atomic uint32_t ended;               /* the last worker has */
    _Atomic uint32_t news;                /* the conductor sleeps on it */
    bool doubtful; /* stamps of the last trial are of a clock that has jumped;
                      they may not count */
    _Atomic uint32_t heard; /* tied: reports that the leader has sent */
    _Alignas(LINE) _Atomic uint32_t arrived; /* at the gate */
    _Alignas(LINE) _Atomic uint32_t open;
    _Atomic uint64_t t0;

    struct slot slot[];
};

/* A board for `workers`, zeroed; *fd keeps it alive and is the caller's. */
int board_create(struct board **, int *fd, int workers, struct err *);

/* Maps the board behind the path of its segment. */
int board_join(struct board **, const char *path, struct err *);
void board_close(struct board *); /* NULL-safe: unmaps */

/* Who looks now and then, while the conductor waits, whether the team's host
 * is still there: gone returns true and fills err when it is not. */
struct watch {
    bool (*gone)(void *arg, struct err *err); /* NULL: nobody looks */
    void *arg;
    const volatile int *stop; /* a signal's number once one has come */
};

/* Conductor: posts an order, and waits until all workers are done with it.
 * Fails at once when a worker fails or is lost, with its words; with
 * EXIT_SIGNAL + number when a signal asks the program to end. */
void board_post(struct board *, enum order);
int board_wait(struct board *, const struct watch *, struct err *err);

/* Wakes the conductor: there is news on the board. */
void board_tell(struct board *);

/* The first worker of a process, by its place among those of this board. */
int board_first(const struct board *, int place);

/* Host: before it makes the first worker, and after the last has ended. */
void board_born(struct board *);
void board_ended(struct board *);

/* Host, or who watches it: the team cannot go on, `text` says why. */
void board_lost(struct board *, const char *text);

/* What the workers of one process have in common. Whoever brings them to life
 * opens it before the first; children that are `inheriting` find there what
 * their parent left. */
struct household {
    struct globals *globals;
    struct giant *giant;
};
int household_open(struct household *, const struct board *, bool inheriting,
                   struct err *err);
void household_close(struct household *);

/* Fills what every executor's worker has in common: it is in slot `rank`, which
 * is its rank in the team unless the executor knows better. */
void board_worker(struct board *, int rank, struct arena *,
                  const struct household *, struct worker *);

/* A worker's whole life, from its binding to ORDER_LEAVE. */
void board_work(struct board *, struct worker *);

/* What the leader of a node, who is a worker as well, does in the place of the
 * others' waiting (drivers/executors/relay.h). */
struct lead {
    void (*gate)(void *arg, struct board *); /* opens it */
    /* until there is another order than `seen`; false: there will be none */
    bool (*await)(void *arg, struct board *, uint32_t seen);
    void *arg;
};

/* The same for a worker in any slot; lead is NULL unless it is the leader. */
void board_work_as(struct board *, int place, struct worker *,
                   const struct lead *);

#endif
