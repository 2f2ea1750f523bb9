/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/crew.h"

#include <sched.h>
#include <string.h>

#include "core/futex.h"
#include "drivers/executors/letters.h"

enum {
    SPINS = 20000, /* some 0.3 ms: longer than any healthy wait */
    YIELDS = 64,
};

/* Of processes too: lock-free atomics are address-free. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "words in shared memory are lock-free");
_Static_assert(sizeof(struct line) == LINE, "a mark and its room are a line");

struct member *crew_member(struct worker *w, int whole, struct err *err)
{
    size_t n = (size_t)whole;
    size_t member_bytes = sizeof(struct member) + n * sizeof(struct mate);
    size_t berth_bytes = sizeof(struct berth) + n * sizeof(uint32_t);
    struct member *member = worker_alloc(w, member_bytes, err);
    char *at = worker_alloc(w, berth_bytes + LINE, err);

    if (!member || !at)
        return NULL;
    member->whole = whole;
    member->rank = w->rank;
    member->expects = &member->expected_in_all;
    member->next = member;
    /* On lines of its own: arenas align to fewer bytes. By the offset, so that
     * all have it at the same one. */
    at += (LINE - (size_t)(at - w->arena->base) % LINE) % LINE;
    member->mate[w->rank].base = w->arena->base;
    member->mate[w->rank].berth = (struct berth *)at;
    return member;
}

/* -- marks --------------------------------------------------------------- */

enum { ASLEEP = 1 };

/* Of 31 bits: the highest one of the number falls out. */
static bool mark_is(uint32_t value, uint32_t number)
{
    return (value & ~(uint32_t)ASLEEP) == number << 1;
}

/* One exchange: either it finds the sleeper's bit, or the sleeper finds that
 * the word has changed. */
void mark_set(_Atomic uint32_t *mark, uint32_t number)
{
    if (atomic_exchange(mark, number << 1) & ASLEEP)
        futex_wake_all(mark);
}

/* Sleeps until somebody sets the mark, or has set it, or the time is over. */
static void mark_nap(_Atomic uint32_t *mark, uint32_t number,
                     int64_t timeout_ns)
{
    uint32_t value = atomic_load(mark);

    if (!mark_is(value, number) &&
        (value & ASLEEP ||
         atomic_compare_exchange_strong(mark, &value, value | ASLEEP)))
        futex_wait(mark, value | ASLEEP, timeout_ns);
}

static bool mark_stands(_Atomic uint32_t *mark, uint32_t number)
{
    return mark_is(atomic_load_explicit(mark, memory_order_acquire), number);
}

bool still_awake(unsigned *looks, bool crowded)
{
    if ((*looks)++ >= (crowded ? YIELDS : SPINS))
        return false;
    if (crowded)
        sched_yield();
    else
        cpu_relax();
    return true;
}

void mark_await(_Atomic uint32_t *mark, uint32_t number, bool crowded)
{
    unsigned looks = 0;

    do {
        if (mark_stands(mark, number))
            return;
    } while (still_awake(&looks, crowded));
    while (!mark_stands(mark, number))
        mark_nap(mark, number, -1);
}

/* Nobody who writes a letter wakes those who sleep on a mark: they look for it
 * themselves. */
void crew_await(struct worker *w, _Atomic uint32_t *mark, uint32_t number,
                bool crowded)
{
    const int *expects = member_of(w)->expects;
    unsigned looks = 0;

    while (*expects && !mark_stands(mark, number)) {
        letters_take(w);
        if (!still_awake(&looks, crowded))
            mark_nap(mark, number, LETTERS_LOOK_NS);
    }
    mark_await(mark, number, crowded);
}

/* -- meeting ------------------------------------------------------------- */

/* What is formed on the way. */
struct sum {
    double *x;
    size_t n;
    enum reduce_op op;
};

static struct line *line_of(const struct worker *w, int rank, int round)
{
    const struct member *member = member_of(w);

    return &member->mate[rank].berth->meeting[member->meetings % 2][round];
}

void crew_add(double *restrict into, const double *restrict from, size_t n,
              enum reduce_op op)
{
    if (op == REDUCE_SUM) {
        for (size_t i = 0; i < n; i++)
            into[i] += from[i];
    } else {
        for (size_t i = 0; i < n; i++)
            into[i] = into[i] > from[i] ? into[i] : from[i];
    }
}

static void add_line(const struct line *line, bool first, struct sum *sum)
{
    if (first)
        memcpy(sum->x, line->room.number, sum->n * sizeof *sum->x);
    else
        crew_add(sum->x, line->room.number, sum->n, sum->op);
}

/* A meeting of the blocks of so many workers that make up one block of RADIX
 * times as many; of each I hear the one that stands where I do in mine. */
static void meet_blocks(struct worker *w, int round, int block, struct sum *sum)
{
    int big = block * RADIX, first = w->rank / big * big;
    int place = w->rank % block;

    mark_set(&line_of(w, w->rank, round)->mark, member_of(w)->meetings);
    for (int at = first; at < first + big && at < w->size; at += block) {
        int there = w->size - at < block ? w->size - at : block;
        struct line *line = line_of(w, at + place % there, round);

        crew_await(w, &line->mark, member_of(w)->meetings, false);
        if (sum)
            add_line(line, at == first, sum);
    }
}

static void meet_in_rounds(struct worker *w, struct sum *sum)
{
    for (int round = 0, block = 1; block < w->size; round++, block *= RADIX) {
        if (sum)
            memcpy(line_of(w, w->rank, round)->room.number, sum->x,
                   sum->n * sizeof *sum->x);
        meet_blocks(w, round, block, sum);
    }
}

static void meet_crowded(struct worker *w)
{
    struct berth *all = member_of(w)->mate[0].berth;
    uint32_t meeting = member_of(w)->meetings;

    if (atomic_fetch_add(&all->arrived, 1) + 1 == (uint32_t)w->size) {
        atomic_store(&all->arrived, 0);
        mark_set(&all->left, meeting);
    } else {
        crew_await(w, &all->left, meeting, true);
    }
}

void crew_meet(struct worker *w, const void *say, size_t bytes)
{
    member_of(w)->meetings++;
    if (bytes)
        memcpy(line_of(w, w->rank, 0)->room.byte, say, bytes);
    if (w->crowded)
        meet_crowded(w);
    else
        meet_in_rounds(w, NULL);
}

const union room *crew_said(const struct worker *w, int rank)
{
    return &line_of(w, rank, 0)->room;
}

void crew_reduce(struct worker *w, double *x, size_t n, enum reduce_op op)
{
    struct sum sum = {x, n, op};

    if (!w->crowded) {
        member_of(w)->meetings++;
        meet_in_rounds(w, &sum);
        return;
    }
    crew_meet(w, x, n * sizeof *x);
    for (int i = 0; i < w->size; i++)
        add_line(line_of(w, i, 0), i == 0, &sum);
}

/* -- addresses ------------------------------------------------------------- */

uint64_t crew_offset(const struct worker *w, const void *at)
{
    uint64_t offset = (uint64_t)((const char *)at - w->arena->base);

    if (offset > w->arena->bytes)
        BUG("a verb was handed what is not in the worker's arena");
    return offset;
}

void crew_meet_at(struct worker *w, const void *at)
{
    uint64_t offset = crew_offset(w, at);

    crew_meet(w, &offset, sizeof offset);
}

char *crew_said_at(const struct worker *w, int rank)
{
    return member_of(w)->mate[rank].base + crew_said(w, rank)->offset;
}
