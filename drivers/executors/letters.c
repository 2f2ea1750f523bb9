/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/letters.h"

#include <string.h>

#include "core/futex.h"
#include "drivers/executors/crew.h"

static struct berth *berth_of(const struct worker *w, int rank)
{
    return member_of(w)->mate[rank].berth;
}

/* -- exchange ------------------------------------------------------------ */

/* Each writes into a channel of its own berth, and reads the other's. Those of
 * a pair are used by turns: exchange i + 1 of both has come to its end only
 * when both have read i, so that i + 2 may overwrite it. Peers that have a
 * channel in common are asked whether they have read. */
static struct line *channel_of(const struct worker *w, int owner, int reader,
                               uint32_t number)
{
    return &berth_of(w, owner)->channel[reader % CHANNELS][number % 2];
}

/* Of rank and number in one mark: no two that follow in a line are the same. */
static uint32_t mark_for(int reader, uint32_t number)
{
    return (number & 0x7fff) << 16 | ((uint32_t)reader + 1);
}

static void await_reader(struct worker *w, int peer, uint32_t number)
{
    _Atomic uint32_t *heard = &berth_of(w, peer)->heard[w->rank];
    unsigned looks = 0;

    /* It has what it waits for: it will not be long. Never asleep: later
     * exchanges with it may have passed. */
    while ((int32_t)(atomic_load_explicit(heard, memory_order_acquire) -
                     ((number + 1) << 1)) < 0) {
        if (!still_awake(&looks, w->crowded))
            looks = 0;
    }
}

static struct line *claim_channel(struct worker *w, int peer, uint32_t number)
{
    struct member *member = member_of(w);
    int place = peer % CHANNELS, turn = (int)(number % 2);
    int before = member->used[place][turn].peer - 1;

    if (before >= 0 && before != peer)
        await_reader(w, before, member->used[place][turn].number);
    member->used[place][turn].peer = peer + 1;
    member->used[place][turn].number = number;
    return channel_of(w, w->rank, peer, number);
}

void letters_exchange(struct worker *w, int peer, const void *out, void *in,
                      size_t bytes)
{
    struct mate *mate = &member_of(w)->mate[peer];
    _Atomic uint32_t *heard = &berth_of(w, w->rank)->heard[peer];
    uint32_t number = mate->exchanges++;
    struct line *mine, *its;

    if (peer == w->rank) {
        memmove(in, out, bytes);
        return;
    }
    mine = claim_channel(w, peer, number);
    its = channel_of(w, peer, w->rank, number);
    if (bytes <= ROOM)
        memcpy(mine->room.byte, out, bytes);
    else
        mine->room.offset = crew_offset(w, out);
    mark_set(&mine->mark, mark_for(peer, number));
    crew_await(w, &its->mark, mark_for(w->rank, number), w->crowded);
    if (bytes <= ROOM) {
        memcpy(in, its->room.byte, bytes);
        /* Nobody sleeps on it. */
        atomic_store_explicit(heard, (number + 1) << 1, memory_order_release);
        return;
    }
    memcpy(in, mate->base + its->room.offset, bytes);
    mark_set(heard, number + 1);
    mark_await(&mate->berth->heard[w->rank], number + 1, w->crowded);
}

/* -- transfers ----------------------------------------------------------- */

/* A berth has so many letters. Words packed side by side, `to`, say for whom
 * each is and with what tag, so that a reader finds its own at one glance, and
 * empties the word when it has taken it. Their number tells letters of one tag
 * apart: who wrote a short one may write the next before it was taken. */
enum { NOBODY = 0 };

/* In impl, where else stand the places of what is awaited, among those of the
 * member, and of the letter that was written, in its berth. */
#define ENDED UINT64_MAX

static uint64_t addressed(int rank, int tag, uint32_t number)
{
    return ((uint64_t)rank + 1) << 47 | (uint64_t)tag << 32 | number;
}

/* Wakes who sleeps for want of letters, or of their being taken. Either this
 * sees it asleep, or it sees what was done before this: all in one order. */
static void rouse(const struct mate *mate)
{
    _Atomic uint32_t *asleep = &mate->berth->asleep;

    if (atomic_load(asleep)) {
        atomic_store(asleep, 0);
        futex_wake_all(asleep);
    }
}

/* -- reading ------------------------------------------------------------- */

static void expect_letter(struct worker *w, struct transfer *t)
{
    struct member *member = member_of(w);
    int i = 0;

    while (i < TRANSFERS_MAX && member->incoming[i].in)
        i++;
    if (i == TRANSFERS_MAX)
        BUG("more than TRANSFERS_MAX transfers under way");
    member->incoming[i] = (struct incoming){
        .in = t->in, .bytes = t->bytes, .peer = t->peer, .tag = t->tag};
    member->expected++;
    ++*member->expects;
    t->impl[0] = (uint64_t)i;
}

/* The place of the oldest of its letters that bears the address, or
 * TRANSFERS_MAX. Numbers are compared by their distance: they wrap round. */
static int oldest_letter(struct berth *its, uint64_t address)
{
    int oldest = TRANSFERS_MAX;
    uint64_t found = 0;

    for (int i = 0; i < TRANSFERS_MAX; i++) {
        uint64_t to = atomic_load(&its->to[i]);

        if (to >> 32 != address >> 32)
            continue;
        if (oldest == TRANSFERS_MAX ||
            (int32_t)((uint32_t)to - (uint32_t)found) < 0) {
            oldest = i;
            found = to;
        }
    }
    return oldest;
}

/* A letter may be put into a place that was looked at already while a younger
 * one is found further on: the second look sees it. */
static void take_letter(struct member *member, struct incoming *incoming)
{
    const struct mate *mate = &member->mate[incoming->peer];
    uint64_t mine = addressed(member->rank, incoming->tag, 0);
    struct berth *its = mate->berth;
    int i = oldest_letter(its, mine);

    if (i == TRANSFERS_MAX)
        return;
    i = oldest_letter(its, mine);
    memcpy(incoming->in,
           incoming->bytes <= ROOM ? its->letter[i].byte
                                   : mate->base + its->letter[i].offset,
           incoming->bytes);
    incoming->taken = true;
    member->expected--;
    --*member->expects;
    atomic_store(&its->to[i], NOBODY);
    rouse(mate);
}

static void take_of_crew(struct member *member)
{
    for (int i = 0; i < TRANSFERS_MAX && member->expected; i++) {
        struct incoming *incoming = &member->incoming[i];

        if (incoming->in && !incoming->taken)
            take_letter(member, incoming);
    }
}

void letters_take(struct worker *w)
{
    struct member *first = member_of(w), *member = first;

    do {
        take_of_crew(member);
        member = member->next;
    } while (*first->expects && member != first);
}

static bool came(struct worker *w, struct transfer *t)
{
    struct incoming *incoming = &member_of(w)->incoming[t->impl[0]];

    if (!incoming->taken)
        return false;
    incoming->in = NULL;
    t->impl[0] = ENDED;
    return true;
}

static bool left(struct worker *w, struct transfer *t)
{
    if (atomic_load(&berth_of(w, w->rank)->to[t->impl[1]]) != NOBODY)
        return false;
    member_of(w)->outgoing--;
    t->impl[1] = ENDED;
    return true;
}

static bool has_ended(struct worker *w, struct transfer *t)
{
    bool in = t->impl[0] == ENDED || came(w, t);
    bool out = t->impl[1] == ENDED || left(w, t);

    return in && out;
}

/* What a worker may wait for. */
struct wish {
    bool (*granted)(struct worker *, const struct wish *);
    struct transfer *transfer;         /* [count], or */
    struct transfer *const *scattered; /* [count] */
    int count;
};

static bool all_have_ended(struct worker *w, const struct wish *wish)
{
    bool all = true;

    letters_take(w);
    for (int i = 0; i < wish->count; i++)
        all &= has_ended(w, &wish->transfer[i]);
    return all;
}

/* One more, or all there are. */
static bool some_have_ended(struct worker *w, const struct wish *wish)
{
    bool found = false, all = true;

    letters_take(w);
    for (int i = 0; i < wish->count; i++) {
        struct transfer *t = wish->scattered[i];

        if (!t->ended && has_ended(w, t))
            found = t->ended = true;
        all &= t->ended;
    }
    return found || all;
}

bool letters_done(struct worker *w, struct transfer *transfer, int count)
{
    struct wish wish = {.transfer = transfer, .count = count};

    return all_have_ended(w, &wish);
}

/* -- waiting ------------------------------------------------------------- */

/* It is roused in the crew where it sleeps. */
static bool expects_elsewhere(const struct worker *w)
{
    return *member_of(w)->expects > member_of(w)->expected;
}

static void wait_for(struct worker *w, const struct wish *wish)
{
    _Atomic uint32_t *asleep = &berth_of(w, w->rank)->asleep;
    unsigned looks = 0;

    do {
        if (wish->granted(w, wish))
            return;
    } while (still_awake(&looks, w->crowded));
    for (;;) {
        atomic_store(asleep, 1);
        if (wish->granted(w, wish))
            break;
        futex_wait(asleep, 1, expects_elsewhere(w) ? LETTERS_LOOK_NS : -1);
    }
    atomic_store(asleep, 0);
}

void letters_end(struct worker *w, struct transfer *transfer, int count)
{
    struct wish wish = {all_have_ended, transfer, NULL, count};

    wait_for(w, &wish);
}

void letters_some(struct worker *w, struct transfer *const transfer[],
                  int count, bool wait)
{
    struct wish wish = {some_have_ended, NULL, transfer, count};

    if (wait)
        wait_for(w, &wish);
    else
        some_have_ended(w, &wish);
}

/* -- writing ------------------------------------------------------------- */

static int free_letter(struct worker *w)
{
    struct berth *mine = berth_of(w, w->rank);
    int i = 0;

    while (i < TRANSFERS_MAX && atomic_load(&mine->to[i]) != NOBODY)
        i++;
    return i;
}

static bool some_letter_is_free(struct worker *w, const struct wish *wish)
{
    (void)wish;
    letters_take(w);
    return free_letter(w) < TRANSFERS_MAX;
}

/* A letter that says it all has ended for who wrote it, though nobody may have
 * taken it yet: all of them may be in use for a while. */
static void write_letter(struct worker *w, struct transfer *t)
{
    struct member *member = member_of(w);
    struct berth *mine = berth_of(w, w->rank);
    uint32_t number = member->mate[t->peer].written++;
    int i = free_letter(w);

    if (member->outgoing == TRANSFERS_MAX)
        BUG("more than TRANSFERS_MAX transfers under way");
    if (i == TRANSFERS_MAX) {
        wait_for(w, &(struct wish){.granted = some_letter_is_free});
        i = free_letter(w);
    }
    if (t->bytes <= ROOM) {
        memcpy(mine->letter[i].byte, t->out, t->bytes);
    } else {
        mine->letter[i].offset = crew_offset(w, t->out);
        member->outgoing++;
        t->impl[1] = (uint64_t)i;
    }
    atomic_store(&mine->to[i], addressed(t->peer, t->tag, number));
    rouse(&member->mate[t->peer]);
}

/* All that is to come in is known before the first waits for a free letter. */
void letters_begin(struct worker *w, struct transfer *transfer, int count)
{
    for (int i = 0; i < count; i++) {
        transfer[i].impl[0] = transfer[i].impl[1] = ENDED;
        transfer[i].ended = false;
        if (transfer[i].in)
            expect_letter(w, &transfer[i]);
    }
    for (int i = 0; i < count; i++) {
        if (transfer[i].out)
            write_letter(w, &transfer[i]);
    }
}
