/* SPDX-License-Identifier: Apache-2.0 */
#include "core/worker.h"

#include <string.h>

enum { LINE = 64, PAGE = 4096, GAP = 5 * PAGE + 17 * LINE };

void *worker_alloc(struct worker *w, size_t bytes, struct err *err)
{
    struct arena *arena = w->arena;
    size_t at = (arena->used + LINE - 1) / LINE * LINE;

    if (at > arena->bytes || bytes > arena->bytes - at) {
        err_set(err, EXIT_RESOURCE,
                "worker %d needs %zu bytes beyond the %zu of its arena",
                w->task, bytes, arena->bytes);
        return NULL;
    }
    arena->used = at + bytes;
    if (bytes >= PAGE && arena->used + GAP <= arena->bytes)
        arena->used += GAP;
    return arena->base + at;
}

static void alone_barrier(struct worker *w)
{
    (void)w;
}

static void alone_bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    (void)w, (void)buf, (void)bytes, (void)root;
}

static void alone_allgather(struct worker *w, const void *part, void *whole,
                            size_t bytes_each)
{
    (void)w;
    memcpy(whole, part, bytes_each);
}

static void alone_allreduce(struct worker *w, double *x, size_t n,
                            enum reduce_op op)
{
    (void)w, (void)x, (void)n, (void)op;
}

static void alone_exchange(struct worker *w, int peer, const void *out,
                           void *in, size_t bytes)
{
    (void)w, (void)peer;
    memcpy(in, out, bytes);
}

static void alone_alltoall(struct worker *w, const void *out, void *in,
                           size_t bytes_each)
{
    (void)w;
    memcpy(in, out, bytes_each);
}

/* To itself: what goes out by one transfer may come in by the next. They match
 * in order, so the k-th out meets the k-th in of the same call. */
static void alone_begin(struct worker *w, struct transfer *transfer, int count)
{
    int in = 0;

    (void)w;
    for (int out = 0; out < count; out++) {
        if (!transfer[out].out)
            continue;
        while (in < count && !transfer[in].in)
            in++;
        if (in < count)
            memcpy(transfer[in].in, transfer[out].out, transfer[out].bytes);
        in++;
    }
}

static bool alone_done(struct worker *w, struct transfer *transfer, int count)
{
    (void)w, (void)transfer, (void)count;
    return true;
}

static void alone_end(struct worker *w, struct transfer *transfer, int count)
{
    (void)w, (void)transfer, (void)count;
}

static void alone_some(struct worker *w, struct transfer *const transfer[],
                       int count, bool wait)
{
    (void)w, (void)wait;
    for (int i = 0; i < count; i++)
        transfer[i]->ended = true;
}

static void *alone_peer(struct worker *w, int peer, void *mine)
{
    (void)w, (void)peer;
    return mine;
}

static int alone_split(struct worker *w, int colour, struct worker **sub,
                       struct err *err)
{
    (void)colour, (void)err;
    *sub = w;
    return 0;
}

void worker_alone(struct worker *alone, const struct worker *of)
{
    static const struct worker_ops ops = {
        .barrier = alone_barrier,
        .bcast = alone_bcast,
        .allgather = alone_allgather,
        .allreduce = alone_allreduce,
        .exchange = alone_exchange,
        .alltoall = alone_alltoall,
        .begin = alone_begin,
        .done = alone_done,
        .end = alone_end,
        .some = alone_some,
        .peer = alone_peer,
        .split = alone_split,
    };

    *alone = *of;
    alone->rank = 0;
    alone->size = 1;
    alone->ops = &ops;
}

bool worker_shares_memory(struct worker *w)
{
    for (int peer = 0; peer < w->size; peer++) {
        if (!worker_peer(w, peer, w->arena->base))
            return false;
    }
    return true;
}

struct share share_of(size_t total, size_t unit, int parts, int i)
{
    size_t units = (total + unit - 1) / unit, p = (size_t)parts, k = (size_t)i;
    size_t first = units * k / p * unit, end = units * (k + 1) / p * unit;

    first = first < total ? first : total;
    end = end < total ? end : total;
    return (struct share){first, end - first};
}
