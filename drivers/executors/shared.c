/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/shared.h"

#include <string.h>

#include "drivers/executors/crew.h"
#include "drivers/executors/letters.h"

/* -- verbs --------------------------------------------------------------- */

void shared_barrier(struct worker *w)
{
    crew_meet(w, NULL, 0);
}

static void bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    if (bytes <= ROOM) {
        crew_meet(w, buf, w->rank == root ? bytes : 0);
        if (w->rank != root)
            memcpy(buf, crew_said(w, root)->byte, bytes);
        return;
    }
    crew_meet_at(w, buf);
    if (w->rank != root)
        memcpy(buf, crew_said_at(w, root), bytes);
    crew_meet(w, NULL, 0);
}

/* Each begins with its own part, so that not all read from one. */
static void allgather(struct worker *w, const void *part, void *whole,
                      size_t bytes_each)
{
    bool brief = bytes_each <= ROOM;

    if (brief)
        crew_meet(w, part, bytes_each);
    else
        crew_meet_at(w, part);
    for (int i = 0; i < w->size; i++) {
        int from = (w->rank + i) % w->size;

        memcpy((char *)whole + (size_t)from * bytes_each,
               brief ? crew_said(w, from)->byte : crew_said_at(w, from),
               bytes_each);
    }
    if (!brief)
        crew_meet(w, NULL, 0);
}

static void alltoall(struct worker *w, const void *out, void *in,
                     size_t bytes_each)
{
    size_t bytes = (size_t)w->size * bytes_each;
    size_t mine = (size_t)w->rank * bytes_each;
    bool brief = bytes <= ROOM;

    if (brief)
        crew_meet(w, out, bytes);
    else
        crew_meet_at(w, out);
    for (int i = 0; i < w->size; i++) {
        int from = (w->rank + i) % w->size;
        const char *its =
            brief ? crew_said(w, from)->byte : crew_said_at(w, from);

        memcpy((char *)in + (size_t)from * bytes_each, its + mine, bytes_each);
    }
    if (!brief)
        crew_meet(w, NULL, 0);
}

/* Each worker reduces its share of the vector over all copies, always in the
 * order of ranks, and writes it into all of them: piece by piece, so that what
 * was added up last is still in the cache when it is written. */
static void reduce_share(struct worker *w, size_t n, enum reduce_op op)
{
    enum { PIECE = 512 };
    struct share mine = share_of(n, LINE / sizeof(double), w->size, w->rank);
    double sum[PIECE];

    for (size_t done = 0; done < mine.count; done += PIECE) {
        size_t left = mine.count - done, at = mine.first + done;
        size_t count = left < PIECE ? left : PIECE;

        memcpy(sum, (double *)crew_said_at(w, 0) + at, count * sizeof *sum);
        for (int rank = 1; rank < w->size; rank++)
            crew_add(sum, (double *)crew_said_at(w, rank) + at, count, op);
        for (int rank = 0; rank < w->size; rank++)
            memcpy((double *)crew_said_at(w, rank) + at, sum,
                   count * sizeof *sum);
    }
}

/* Up to two meetings' worth of numbers are reduced on the way. */
static void allreduce(struct worker *w, double *x, size_t n, enum reduce_op op)
{
    if (n <= 2 * NUMBERS) {
        size_t first = n < NUMBERS ? n : NUMBERS;

        crew_reduce(w, x, first, op);
        if (n > first)
            crew_reduce(w, x + first, n - first, op);
        return;
    }
    crew_meet_at(w, x);
    reduce_share(w, n, op);
    crew_meet(w, NULL, 0);
}

static void *peer_address(struct worker *w, int peer, void *mine)
{
    return member_of(w)->mate[peer].base + ((char *)mine - w->arena->base);
}

/* -- parts of a team ----------------------------------------------------- */

/* What each says when it is to become part of a part. */
struct colours {
    int colour;
    uint64_t berth; /* offset: arenas may have been used unevenly */
};

static void find_mates(struct worker *w, struct worker *part, int colour)
{
    const struct member *all = member_of(w);
    struct member *member = part->impl;

    part->size = 0;
    for (int i = 0; i < w->size; i++) {
        struct colours its;

        memcpy(&its, crew_said(w, i)->byte, sizeof its);
        if (its.colour != colour)
            continue;
        if (i == w->rank)
            member->rank = part->rank = part->size;
        member->mate[part->size++] = (struct mate){
            .base = all->mate[i].base,
            .berth = (struct berth *)(all->mate[i].base + its.berth),
        };
    }
}

/* All take as much from their arenas, however many the parts have: what stands
 * at one offset shall go on to do so. */
static int split(struct worker *w, int colour, struct worker **sub,
                 struct err *err)
{
    struct worker *part = worker_alloc(w, sizeof *part, err);
    struct member *member = crew_member(w, member_of(w)->whole, err);
    struct colours mine = {.colour = colour};

    if (!part || !member)
        return -1;
    *part = *w;
    part->impl = member;
    member->expects = member_of(w)->expects;
    member->next = member_of(w)->next;
    member_of(w)->next = member;
    mine.berth = crew_offset(w, member->mate[w->rank].berth);
    member->mate[w->rank] = (struct mate){.base = NULL};
    crew_meet(w, &mine, sizeof mine);
    find_mates(w, part, colour);
    *sub = part;
    return 0;
}

const struct worker_ops shared_ops = {
    .barrier = shared_barrier,
    .bcast = bcast,
    .allgather = allgather,
    .allreduce = allreduce,
    .exchange = letters_exchange,
    .alltoall = alltoall,
    .begin = letters_begin,
    .done = letters_done,
    .end = letters_end,
    .some = letters_some,
    .peer = peer_address,
    .split = split,
};

/* -- a team -------------------------------------------------------------- */

int shared_join(struct worker *w, char *(*base)(const void *arg, int rank),
                const void *arg, struct err *err)
{
    struct member *member = crew_member(w, w->size, err);
    uint64_t berth;

    if (!member)
        return -1;
    w->impl = member;
    w->ops = &shared_ops;
    berth = crew_offset(w, member->mate[w->rank].berth);
    for (int i = 0; i < w->size; i++) {
        member->mate[i].base = base(arg, i);
        member->mate[i].berth = (struct berth *)(member->mate[i].base + berth);
    }
    return 0;
}

static size_t in_pages(size_t bytes)
{
    return (bytes + 4095) / 4096 * 4096;
}

int ground_open(struct ground *ground, const struct board *board, bool forked,
                struct err *err)
{
    ground->arena_bytes = in_pages(board->arena_bytes);
    ground->bytes = (size_t)board->workers * ground->arena_bytes;
    if (household_open(&ground->house, board, true, err))
        return -1;
    if (mem_map(&ground->map, ground->bytes, board->pages, forked, err)) {
        household_close(&ground->house);
        return -1;
    }
    return 0;
}

void ground_close(struct ground *ground)
{
    if (!ground)
        return;
    household_close(&ground->house);
    mem_unmap(ground->map, ground->bytes);
}

static char *base_of(const void *ground, int rank)
{
    const struct ground *all = ground;

    return (char *)all->map + (size_t)rank * all->arena_bytes;
}

int ground_hand(const struct ground *ground, struct board *board, int rank,
                struct hand *hand, struct err *err)
{
    hand->arena = (struct arena){
        .base = base_of(ground, rank),
        .bytes = ground->arena_bytes,
    };
    board_worker(board, rank, &hand->arena, &ground->house, &hand->worker);
    return shared_join(&hand->worker, base_of, ground, err);
}
