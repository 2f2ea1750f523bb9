/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of a part of a team of threads of MPI ranks. It may lie across
 * processes in any way, and several parts talk at once: its verbs are made of
 * messages from worker to worker.
 */
#include "drivers/executors/hybrid_post.h"

#if HAVE_MPI
#include <string.h>

static const struct member *member_of(const struct worker *w)
{
    return w->impl;
}

static struct office *office_of(const struct worker *w)
{
    return member_of(w)->office;
}

/* -- by messages, on any part -----------------------------------------------
 */

static void send(struct worker *w, int to, const void *out, size_t bytes)
{
    struct transfer t = {
        .peer = to, .tag = INNER_TAG, .bytes = bytes, .out = out};

    post_begin(w, &t, 1);
    post_end(w, &t, 1);
}

static void receive(struct worker *w, int from, void *in, size_t bytes)
{
    struct transfer t = {
        .peer = from, .tag = INNER_TAG, .bytes = bytes, .in = in};

    post_begin(w, &t, 1);
    post_end(w, &t, 1);
}

static void send_receive(struct worker *w, int to, const void *out, int from,
                         void *in, size_t bytes)
{
    struct transfer t[] = {
        {.peer = to, .tag = INNER_TAG, .bytes = bytes, .out = out},
        {.peer = from, .tag = INNER_TAG, .bytes = bytes, .in = in},
    };

    post_begin(w, t, 2);
    post_end(w, t, 2);
}

/* Dissemination: Hensgen, Finkel and Manber, "Two Algorithms for Barrier
 * Synchronization", 1988. */
static void part_barrier(struct worker *w)
{
    char out = 0, in;

    for (int k = 1; k < w->size; k *= 2)
        send_receive(w, (w->rank + k) % w->size, &out,
                     (w->rank + w->size - k) % w->size, &in, 1);
}

/* Down a binomial tree from the root. */
static void part_bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    int me = (w->rank + w->size - root) % w->size, mask = 1;

    while (mask < w->size && !(me & mask))
        mask *= 2;
    if (mask < w->size)
        receive(w, (me - mask + root) % w->size, buf, bytes);
    for (mask /= 2; mask > 0; mask /= 2) {
        if (me + mask < w->size)
            send(w, (me + mask + root) % w->size, buf, bytes);
    }
}

/* Up the same tree, with worker 0 for its root. */
static void part_reduce(struct worker *w, double *x, size_t n,
                        enum reduce_op op)
{
    double other[SMALL / sizeof(double)];

    for (int mask = 1; mask < w->size; mask *= 2) {
        if (w->rank & mask) {
            send(w, w->rank - mask, x, n * sizeof *x);
            return;
        }
        if (w->rank + mask >= w->size)
            continue;
        receive(w, w->rank + mask, other, n * sizeof *x);
        for (size_t i = 0; i < n; i++)
            x[i] = hybrid_reduced(x[i], other[i], op);
    }
}

static void part_allreduce(struct worker *w, double *x, size_t n,
                           enum reduce_op op)
{
    const size_t most = SMALL / sizeof *x;

    for (size_t at = 0; at < n; at += most)
        part_reduce(w, x + at, n - at < most ? n - at : most, op);
    part_bcast(w, x, n * sizeof *x, 0);
}

/* Round a ring: each hands on what it got last. */
static void part_allgather(struct worker *w, const void *part, void *whole,
                           size_t bytes_each)
{
    int next = (w->rank + 1) % w->size;
    int before = (w->rank + w->size - 1) % w->size;
    char *at = whole;

    memcpy(at + (size_t)w->rank * bytes_each, part, bytes_each);
    for (int i = 0; i < w->size - 1; i++) {
        int out = (w->rank + w->size - i) % w->size;
        int in = (before + w->size - i) % w->size;

        send_receive(w, next, at + (size_t)out * bytes_each, before,
                     at + (size_t)in * bytes_each, bytes_each);
    }
}

void hybrid_alltoall(struct worker *w, const void *out, void *in,
                     size_t bytes_each)
{
    const char *from = out;
    char *to = in;

    for (int i = 0; i < w->size; i++) {
        int next = (w->rank + i) % w->size;
        int before = (w->rank + w->size - i) % w->size;

        send_receive(w, next, from + (size_t)next * bytes_each, before,
                     to + (size_t)before * bytes_each, bytes_each);
    }
}

void hybrid_exchange(struct worker *w, int peer, const void *out, void *in,
                     size_t bytes)
{
    struct transfer t = {.peer = peer,
                         .tag = EXCHANGE_TAG,
                         .bytes = bytes,
                         .out = out,
                         .in = in};

    post_begin(w, &t, 1);
    post_end(w, &t, 1);
}

/* -- memory and parts ------------------------------------------------------ */

void *hybrid_peer(struct worker *w, int peer, void *mine)
{
    const struct office *o = office_of(w);
    int task = member_of(w)->task[peer], first = o->first[o->rank];

    if (o->home[task] != o->rank)
        return NULL;
    return o->arenas + (size_t)(task - first) * o->arena_bytes +
           ((char *)mine - w->arena->base);
}

static const struct worker_ops part_ops = {
    .barrier = part_barrier,
    .bcast = part_bcast,
    .allgather = part_allgather,
    .allreduce = part_allreduce,
    .exchange = hybrid_exchange,
    .alltoall = hybrid_alltoall,
    .begin = post_begin,
    .done = post_done,
    .end = post_end,
    .some = post_some,
    .peer = hybrid_peer,
    .split = hybrid_split,
};

/* All take as much memory, however many are in a part: what stands at one
 * offset of the arenas shall go on to do so. */
int hybrid_split(struct worker *w, int colour, struct worker **sub,
                 struct err *err)
{
    size_t workers = (size_t)office_of(w)->first[office_of(w)->ranks];
    struct worker *mine = worker_alloc(w, sizeof *mine, err);
    struct member *member = worker_alloc(w, sizeof *member, err);
    int *colours = worker_alloc(w, workers * sizeof *colours, err);
    int *task = worker_alloc(w, workers * sizeof *task, err);

    if (!mine || !member || !colours || !task)
        return -1;
    w->ops->allgather(w, &colour, colours, sizeof colour);
    *mine = *w;
    mine->size = 0;
    for (int i = 0; i < w->size; i++) {
        if (colours[i] != colour)
            continue;
        if (i == w->rank)
            mine->rank = mine->size;
        task[mine->size++] = member_of(w)->task[i];
    }
    *member = *member_of(w);
    member->task = task;
    mine->ops = &part_ops;
    mine->impl = member;
    *sub = mine;
    return 0;
}
#endif
