/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that a kernel may know of parallelism: it is one of `size` equal workers
 * and has a few verbs. What stands behind them, shared memory or messages, is
 * the executor's affair.
 *
 * Memory: each worker has an arena, as large as the kernel's plan asked for.
 * All that is handed to a verb, or looked at by a peer, lies in an arena; a
 * worker next door then reads it in place, without a copy in between.
 *
 * Every verb is collective over the team, `exchange` and transfers over the
 * pair. Between workers that share memory a verb orders the writes before it
 * with the reads after it. None allocates (split apart) and none fails: a lost
 * peer ends the team, not the call.
 */
#ifndef DRIVE_CORE_WORKER_H
#define DRIVE_CORE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/birth.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/giant.h"

struct worker;

enum reduce_op { REDUCE_SUM, REDUCE_MAX };

/* Data under way between this worker and one peer, while it computes: one way
 * or both. Two workers' transfers match by their tag; those from one to the
 * other that are under way at one time have different ones. */
enum { TRANSFERS_MAX = 16 }; /* under way at once, of one worker */
enum { TAG_MAX = 32766 };
struct transfer {
    int peer;
    int tag;          /* 0 to TAG_MAX */
    size_t bytes;     /* each way */
    const void *out;  /* or NULL; must not change before the end */
    void *in;         /* or NULL; must not be looked at before the end */
    bool ended;       /* as `some` has found */
    uint64_t impl[2]; /* the executor's */
};

struct worker_ops {
    void (*barrier)(struct worker *);
    /* buf[bytes] of root to everyone's buf */
    void (*bcast)(struct worker *, void *buf, size_t bytes, int root);
    /* whole[size][bytes_each], by rank; part may not lie inside whole */
    void (*allgather)(struct worker *, const void *part, void *whole,
                      size_t bytes_each);
    /* x[n] in place; every worker gets the same bits */
    void (*allreduce)(struct worker *, double *x, size_t n, enum reduce_op);
    /* out[bytes] to peer, its out into in; both name each other */
    void (*exchange)(struct worker *, int peer, const void *out, void *in,
                     size_t bytes);
    /* in[size][bytes_each] from all, by rank, each worker's out[size] to all */
    void (*alltoall)(struct worker *, const void *out, void *in,
                     size_t bytes_each);
    /* Transfers begin, and end when waited for, in the same call of the
     * kernel's. In between `done` drives them forward, to be called now and
     * then by one who computes meanwhile, and says whether all have ended; one
     * that has said so needs no end. Other verbs may be called in between:
     * whoever waits in one drives all its transfers, too. */
    void (*begin)(struct worker *, struct transfer *, int count);
    bool (*done)(struct worker *, struct transfer *, int count);
    void (*end)(struct worker *, struct transfer *, int count);
    /* One look at transfers that were begun; for `wait` at least until one more
     * of them has ended, unless all have. Those that have are marked. For who
     * has a use for each as it comes. */
    void (*some)(struct worker *, struct transfer *const transfer[], int count,
                 bool wait);
    /* the peer's counterpart of `mine`, if it can be addressed, else NULL
     * (ranks: where the kernel's plan asked for a window);
     * counterparts are what stands at the same offset of the arenas, as in
     * OpenSHMEM's symmetric heap */
    void *(*peer)(struct worker *, int peer, void *mine);
    /* the workers that gave the same colour, ranked as here; collective;
     * the new worker lives in the arena and ends with the team */
    int (*split)(struct worker *, int colour, struct worker **sub,
                 struct err *);
    /* Not for kernels: between two calls of the kernel's, when this worker has
     * nothing to say until the next. NULL where nobody needs to know. */
    void (*rest)(struct worker *);
};

struct arena {
    char *base; /* on a page of its own */
    size_t bytes, used;
};

/* What the static variables of a program are to its workers: threads have them
 * in common, a forked process has a copy from the moment of the fork, a rank
 * has its own. A page in the process of whoever brings the workers to life,
 * who sets `parent` before the first of them lives. */
enum { GLOBALS_BYTES = 4096, GLOBALS_PARENT = 0x9a7e47 };
struct globals {
    uint64_t parent; /* GLOBALS_PARENT where workers inherit it, else 0 */
    uint64_t room[GLOBALS_BYTES / 8 - 1]; /* the kernel's */
};

struct worker {
    int rank, size;
    uint64_t *talk_ns; /* time spent in verbs, added up; shared with parts */
    int task;          /* which of the team's workers, also in replicate mode */
    int tasks;         /* workers of the team, also in replicate mode; of a
                          KERNEL_PARENT those that it brings to life */
    bool crowded;      /* more workers than cores: waiting must not spin */
    enum birth birth;  /* how its executor brings workers to life */
    const char *launcher; /* command that starts ranks, or "" */
    const char *scratch;  /* a folder for files of this team, or "" */
    struct globals *globals;
    struct giant *giant; /* the lock it computes under, or NULL */
    uint64_t *lock_ns;   /* time spent waiting for it, added up */
    const struct worker_ops *ops;
    struct arena *arena;
    void *impl; /* the executor's */
};

/* What an arena has beyond the plan, for alignment and gaps. */
enum { ARENA_SLACK = 1 << 20 };

/* Takes zeroed memory from the worker's arena, aligned to 64 bytes. Behind
 * 4096 bytes and more it leaves a gap of five pages and some lines: vectors a
 * power of two apart compete for the same sets of the caches and banks of
 * memory, and a load that stands where a store does inside its page waits for
 * it (together 7 % of triad here). It ends with the team. Fails with
 * EXIT_RESOURCE where the kernel's plan asked for too little. */
void *worker_alloc(struct worker *, size_t bytes, struct err *);

/* The same worker seen as a team of one: what a kernel gets in replicate
 * mode and under the serial executor. Keeps task, arena and crowded. */
void worker_alone(struct worker *alone, const struct worker *of);

/* A place where a worker under the giant lock may be made to hand it over; to
 * be called every 100 us or so by kernels that shall be comparable with
 * interpreted threads. Free where there is no lock. */
static inline void worker_checkpoint(struct worker *w)
{
    if (w->giant)
        *w->lock_ns += giant_yield(w->giant);
}

/* Around what blocks: other workers go on meanwhile. Returns whether it had the
 * lock, as it does in a step, and not outside. */
static inline bool worker_blocks(struct worker *w)
{
    return w->giant && giant_release(w->giant);
}

static inline void worker_resumes(struct worker *w)
{
    if (w->giant)
        *w->lock_ns += giant_acquire(w->giant);
}

/* What kernels call: each verb, and the time it took added to *talk_ns, so
 * that a comparison can say what communication costs. That adds two readings
 * of the clock, some 50 ns, under every executor alike. A worker under
 * the giant lock lets others compute while it waits for peers, who could not
 * come otherwise. */
struct talk {
    uint64_t start;
    bool computed; /* under the giant lock */
};

static inline struct talk worker_talks(struct worker *w)
{
    bool computed = worker_blocks(w);

    return (struct talk){clock_now(), computed};
}

static inline void worker_talked(struct worker *w, struct talk talk)
{
    *w->talk_ns += clock_now() - talk.start;
    if (talk.computed)
        worker_resumes(w);
}

static inline void worker_barrier(struct worker *w)
{
    struct talk talk = worker_talks(w);

    w->ops->barrier(w);
    worker_talked(w, talk);
}

static inline void worker_bcast(struct worker *w, void *buf, size_t bytes,
                                int root)
{
    struct talk talk = worker_talks(w);

    w->ops->bcast(w, buf, bytes, root);
    worker_talked(w, talk);
}

static inline void worker_allgather(struct worker *w, const void *part,
                                    void *whole, size_t bytes_each)
{
    struct talk talk = worker_talks(w);

    w->ops->allgather(w, part, whole, bytes_each);
    worker_talked(w, talk);
}

static inline void worker_allreduce(struct worker *w, double *x, size_t n,
                                    enum reduce_op op)
{
    struct talk talk = worker_talks(w);

    w->ops->allreduce(w, x, n, op);
    worker_talked(w, talk);
}

static inline void worker_exchange(struct worker *w, int peer, const void *out,
                                   void *in, size_t bytes)
{
    struct talk talk = worker_talks(w);

    w->ops->exchange(w, peer, out, in, bytes);
    worker_talked(w, talk);
}

static inline void worker_alltoall(struct worker *w, const void *out, void *in,
                                   size_t bytes_each)
{
    struct talk talk = worker_talks(w);

    w->ops->alltoall(w, out, in, bytes_each);
    worker_talked(w, talk);
}

static inline void worker_begin(struct worker *w, struct transfer *transfer,
                                int count)
{
    struct talk talk = worker_talks(w);

    w->ops->begin(w, transfer, count);
    worker_talked(w, talk);
}

static inline bool worker_done(struct worker *w, struct transfer *transfer,
                               int count)
{
    struct talk talk = worker_talks(w);
    bool done = w->ops->done(w, transfer, count);

    worker_talked(w, talk);
    return done;
}

static inline void worker_end(struct worker *w, struct transfer *transfer,
                              int count)
{
    struct talk talk = worker_talks(w);

    w->ops->end(w, transfer, count);
    worker_talked(w, talk);
}

static inline void worker_some(struct worker *w,
                               struct transfer *const transfer[], int count,
                               bool wait)
{
    struct talk talk = worker_talks(w);

    w->ops->some(w, transfer, count, wait);
    worker_talked(w, talk);
}

/* Begins transfers and waits for them. */
static inline void worker_swap(struct worker *w, struct transfer *transfer,
                               int count)
{
    struct talk talk = worker_talks(w);

    w->ops->begin(w, transfer, count);
    w->ops->end(w, transfer, count);
    worker_talked(w, talk);
}

static inline void *worker_peer(struct worker *w, int peer, void *mine)
{
    return w->ops->peer(w, peer, mine);
}

static inline int worker_split(struct worker *w, int colour,
                               struct worker **sub, struct err *err)
{
    return w->ops->split(w, colour, sub, err);
}

/* Whether every peer's memory can be addressed: the team shares its memory. */
bool worker_shares_memory(struct worker *);

/* The contiguous share of `total` items that belongs to part `i` of `parts`,
 * cut at multiples of `unit` as evenly as that allows. */
struct share {
    size_t first, count;
};
struct share share_of(size_t total, size_t unit, int parts, int i);

#endif
