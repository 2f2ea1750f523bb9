/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker may do by core/worker.h while its transfers are under way: any
 * other verb, on the team and on a part of it.
 */
#ifndef DRIVE_TESTS_UNIT_OVER_H
#define DRIVE_TESTS_UNIT_OVER_H

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "core/rng.h"
#include "core/worker.h"

enum { OVER_WORDS = 1000 };

static inline void over_wait(struct worker *w, int round, double *x)
{
    int mirror = w->size - 1 - w->rank;
    double *all = x + OVER_WORDS;

    switch (round % 6) {
    case 0: w->ops->barrier(w); return;
    case 1: w->ops->allreduce(w, x, 1, REDUCE_MAX); return;
    case 2: w->ops->allreduce(w, x, OVER_WORDS, REDUCE_MAX); return;
    case 3: w->ops->bcast(w, x, 8, round % w->size); return;
    case 4: w->ops->allgather(w, x, all, 8); return;
    default: w->ops->exchange(w, mirror, x, all, 8); return;
    }
}

/* Round a ring. Every other worker ends what it sends, which its neighbour has
 * to take, before it comes where that one waits for it. Returns how often what
 * came was wrong. The arena needs 3 * OVER_WORDS + w->size words. */
static inline long send_over_verbs(struct worker *w, int rounds, bool lazy)
{
    struct err err;
    uint64_t *out = worker_alloc(w, OVER_WORDS * sizeof *out, &err);
    uint64_t *in = worker_alloc(w, OVER_WORDS * sizeof *in, &err);
    double *x = worker_alloc(w, (OVER_WORDS + (size_t)w->size) * 8, &err);
    int next = (w->rank + 1) % w->size;
    int before = (w->rank + w->size - 1) % w->size;
    bool hurries = w->rank % 2 == 0 && next;
    struct worker *half;
    long wrong = 0;

    if (!out || !in || !x || w->ops->split(w, w->rank % 2, &half, &err))
        BUG("no memory in an arena");
    for (uint64_t round = 0; round < (uint64_t)rounds; round++) {
        size_t last = round % 2 ? 0 : OVER_WORDS - 1;
        struct transfer to = {
            .peer = next, .tag = 1, .bytes = (last + 1) * 8, .out = out};
        struct transfer from = {
            .peer = before, .tag = 1, .bytes = (last + 1) * 8, .in = in};

        out[last] = round << 16 | (uint64_t)w->rank;
        w->ops->begin(w, &from, 1);
        if (lazy && rng_bits(1, (uint32_t)w->rank, round) % 8 == 0)
            usleep(500);
        w->ops->begin(w, &to, 1);
        if (hurries)
            w->ops->end(w, &to, 1);
        half->ops->barrier(half);
        over_wait(w, (int)round, x);
        if (!hurries)
            w->ops->end(w, &to, 1);
        w->ops->end(w, &from, 1);
        wrong += in[last] != (round << 16 | (uint64_t)before);
    }
    return wrong;
}

#endif
