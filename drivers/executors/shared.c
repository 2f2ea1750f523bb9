/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/shared.h"

#include <string.h>

#include "core/futex.h"

enum {
    SPINS = 20000, /* some 0.3 ms: longer than any healthy wait */
    NOBODY = 0,    /* mail is for nobody: its slot is free */
};

/* What is on its way out. */
struct letter {
    const void *at;
    int tag;
    _Atomic uint32_t to; /* rank + 1, NOBODY once it was taken */
};

/* Where one worker posts what the others may read. */
struct mail {
    _Alignas(LINE) const void *_Atomic at;
    _Atomic uint32_t to;   /* rank + 1 of the partner in an exchange */
    _Atomic uint32_t bell; /* rung when a letter came or was taken */
    struct letter letter[TRANSFERS_MAX];
    int colour;
    int task; /* whose arena: the worker's place in the whole team */
};

struct crew {
    int size;
    unsigned spins;
    _Alignas(LINE) _Atomic uint32_t arrived;
    _Alignas(LINE) _Atomic uint32_t generation;
    _Atomic uint32_t sleepers;
    struct mail mail[];
};

/* A worker's view of its crew: what stands behind worker->impl. */
struct member {
    struct crew *crew;
    char *arenas;
    size_t arena_bytes;
    int whole; /* workers of the whole team */
    struct traffic {
        uint64_t written, awaited;
    } * post; /* [whole] letters so far, by peer */
};

static size_t crew_bytes(int size)
{
    return sizeof(struct crew) + (size_t)size * sizeof(struct mail);
}

static void crew_init(struct crew *crew, int size, bool crowded)
{
    crew->size = size;
    crew->spins = crowded ? 0 : SPINS;
}

static struct member *member_of(struct worker *w)
{
    return w->impl;
}

static struct crew *crew_of(struct worker *w)
{
    return member_of(w)->crew;
}

/* -- waiting ------------------------------------------------------------- */

void shared_barrier(struct worker *w)
{
    struct crew *crew = crew_of(w);
    uint32_t seen = atomic_load(&crew->generation);

    if (atomic_fetch_add(&crew->arrived, 1) + 1 == (uint32_t)crew->size) {
        atomic_store(&crew->arrived, 0);
        atomic_fetch_add(&crew->generation, 1);
        if (atomic_load(&crew->sleepers))
            futex_wake_all(&crew->generation);
        return;
    }
    for (unsigned i = 0; i < crew->spins; i++) {
        if (atomic_load_explicit(&crew->generation, memory_order_acquire) !=
            seen)
            return;
        cpu_relax();
    }
    /* Counted before looking again: the last to arrive either sees the
     * sleeper or is seen by it. */
    atomic_fetch_add(&crew->sleepers, 1);
    futex_await(&crew->generation, seen, 0);
    atomic_fetch_sub(&crew->sleepers, 1);
}

static void set_and_wake(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store(word, value);
    futex_wake_all(word);
}

static void await_value(_Atomic uint32_t *word, uint32_t value, unsigned spins)
{
    uint32_t now;

    while ((now = atomic_load(word)) != value)
        futex_await(word, now, spins);
}

/* -- verbs --------------------------------------------------------------- */

static void post(struct worker *w, const void *at)
{
    atomic_store_explicit(&crew_of(w)->mail[w->rank].at, at,
                          memory_order_relaxed);
    w->ops->barrier(w);
}

static const void *posted(struct worker *w, int rank)
{
    return atomic_load_explicit(&crew_of(w)->mail[rank].at,
                                memory_order_relaxed);
}

static void bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    post(w, buf);
    if (w->rank != root)
        memcpy(buf, posted(w, root), bytes);
    w->ops->barrier(w);
}

static void allgather(struct worker *w, const void *part, void *whole,
                      size_t bytes_each)
{
    post(w, part);
    for (int i = 0; i < w->size; i++)
        memcpy((char *)whole + (size_t)i * bytes_each, posted(w, i),
               bytes_each);
    w->ops->barrier(w);
}

static double reduced(double a, double b, enum reduce_op op)
{
    if (op == REDUCE_SUM)
        return a + b;
    return a > b ? a : b;
}

/* Each worker reduces its share of the vector over all copies, always in the
 * order of ranks, and writes it into all of them. */
static void allreduce(struct worker *w, double *x, size_t n, enum reduce_op op)
{
    struct share mine = share_of(n, LINE / sizeof *x, w->size, w->rank);

    post(w, x);
    for (size_t i = mine.first; i < mine.first + mine.count; i++) {
        double sum = ((const double *)posted(w, 0))[i];

        for (int rank = 1; rank < w->size; rank++)
            sum = reduced(sum, ((const double *)posted(w, rank))[i], op);
        for (int rank = 0; rank < w->size; rank++)
            ((double *)posted(w, rank))[i] = sum;
    }
    w->ops->barrier(w);
}

/* Mail to the peer says where my data stand; the peer takes them and empties
 * the mail, which tells me that they may change again. */
static void exchange(struct worker *w, int peer, const void *out, void *in,
                     size_t bytes)
{
    struct crew *crew = crew_of(w);
    struct mail *mine = &crew->mail[w->rank], *other = &crew->mail[peer];

    atomic_store_explicit(&mine->at, out, memory_order_relaxed);
    set_and_wake(&mine->to, (uint32_t)peer + 1);
    await_value(&other->to, (uint32_t)w->rank + 1, crew->spins);
    memcpy(in, posted(w, peer), bytes);
    set_and_wake(&other->to, NOBODY);
    await_value(&mine->to, NOBODY, crew->spins);
}

static void alltoall(struct worker *w, const void *out, void *in,
                     size_t bytes_each)
{
    post(w, out);
    for (int i = 0; i < w->size; i++) {
        int from = (w->rank + i) % w->size;

        memcpy((char *)in + (size_t)from * bytes_each,
               (const char *)posted(w, from) + (size_t)w->rank * bytes_each,
               bytes_each);
    }
    w->ops->barrier(w);
}

/* -- transfers ----------------------------------------------------------- */

/* In impl, where else stand the number of the letter that is awaited, and the
 * place of the one that was written. */
#define ENDED UINT64_MAX

static void ring(struct worker *w, int rank)
{
    _Atomic uint32_t *bell = &crew_of(w)->mail[rank].bell;

    atomic_fetch_add(bell, 1);
    futex_wake_all(bell);
}

static void write_letter(struct worker *w, struct transfer *t)
{
    struct mail *mine = &crew_of(w)->mail[w->rank];
    int i = 0;

    while (i < TRANSFERS_MAX && atomic_load(&mine->letter[i].to) != NOBODY)
        i++;
    if (i == TRANSFERS_MAX)
        BUG("more than TRANSFERS_MAX transfers under way");
    mine->letter[i].at = t->out;
    mine->letter[i].tag = t->tag;
    t->impl[1] = (uint64_t)i;
    atomic_store(&mine->letter[i].to, (uint32_t)t->peer + 1);
    ring(w, t->peer);
}

static void begin(struct worker *w, struct transfer *transfer, int count)
{
    for (int i = 0; i < count; i++) {
        struct transfer *t = &transfer[i];

        t->impl[0] = t->in ? 0 : ENDED;
        t->impl[1] = ENDED;
        if (t->out)
            write_letter(w, t);
    }
}

/* The peer's letter to me with that tag. */
static struct letter *find_letter(struct worker *w, int peer, int tag)
{
    struct mail *other = &crew_of(w)->mail[peer];

    for (int i = 0; i < TRANSFERS_MAX; i++) {
        struct letter *letter = &other->letter[i];

        if (atomic_load(&letter->to) == (uint32_t)w->rank + 1 &&
            letter->tag == tag)
            return letter;
    }
    return NULL;
}

static bool take_letter(struct worker *w, struct transfer *t)
{
    struct letter *letter = find_letter(w, t->peer, t->tag);

    if (!letter)
        return false;
    memcpy(t->in, letter->at, t->bytes);
    atomic_store(&letter->to, NOBODY);
    ring(w, t->peer);
    t->impl[0] = ENDED;
    return true;
}

static bool sent(struct worker *w, struct transfer *t)
{
    if (atomic_load(&crew_of(w)->mail[w->rank].letter[t->impl[1]].to) != NOBODY)
        return false;
    t->impl[1] = ENDED;
    return true;
}

static bool done(struct worker *w, struct transfer *transfer, int count)
{
    bool all = true;

    for (int i = 0; i < count; i++) {
        struct transfer *t = &transfer[i];

        all &= t->impl[0] == ENDED || take_letter(w, t);
        all &= t->impl[1] == ENDED || sent(w, t);
    }
    return all;
}

static void end(struct worker *w, struct transfer *transfer, int count)
{
    struct crew *crew = crew_of(w);
    _Atomic uint32_t *bell = &crew->mail[w->rank].bell;

    for (;;) {
        uint32_t heard = atomic_load(bell);

        if (done(w, transfer, count))
            return;
        futex_await(bell, heard, crew->spins);
    }
}

static void *peer_address(struct worker *w, int peer, void *mine)
{
    struct member *member = member_of(w);
    size_t there = (size_t)member->crew->mail[peer].task;

    return member->arenas + there * member->arena_bytes +
           ((char *)mine - w->arena->base);
}

/* -- parts of a team ----------------------------------------------------- */

/* Workers of my colour before `end`; sets the lowest rank of them. */
static int mates_before(struct worker *w, int end, int colour, int *lowest)
{
    int count = 0;

    for (int i = 0; i < end; i++) {
        if (crew_of(w)->mail[i].colour != colour)
            continue;
        if (count++ == 0)
            *lowest = i;
    }
    return count;
}

/* On lines of its own: arenas align to fewer bytes. */
static struct crew *alloc_crew(struct worker *w, int size, struct err *err)
{
    char *at = worker_alloc(w, crew_bytes(size) + LINE, err);

    if (!at)
        return NULL;
    return (struct crew *)(at + (LINE - (uintptr_t)at % LINE) % LINE);
}

static int split(struct worker *w, int colour, struct worker **sub,
                 struct err *err)
{
    struct crew *all = crew_of(w), *part;
    struct worker *mine = worker_alloc(w, sizeof *mine, err);
    struct member *member = worker_alloc(w, sizeof *member, err);
    int lowest = 0, size, rank;

    if (!mine || !member)
        return -1;
    all->mail[w->rank].colour = colour;
    w->ops->barrier(w);
    size = mates_before(w, w->size, colour, &lowest);
    rank = mates_before(w, w->rank, colour, &lowest);
    /* All take as much, though only the first one's is used: what stands at one
     * offset of the arenas shall go on to do so. */
    part = alloc_crew(w, member_of(w)->whole, err);
    if (!part)
        return -1;
    if (rank == 0)
        crew_init(part, size, w->crowded);
    post(w, part);
    *member = *member_of(w);
    member->crew = (struct crew *)posted(w, lowest);
    member->crew->mail[rank].task = w->task;
    *mine = *w;
    mine->rank = rank;
    mine->size = size;
    mine->ops = &shared_ops;
    mine->impl = member;
    w->ops->barrier(w);
    *sub = mine;
    return 0;
}

const struct worker_ops shared_ops = {
    .barrier = shared_barrier,
    .bcast = bcast,
    .allgather = allgather,
    .allreduce = allreduce,
    .exchange = exchange,
    .alltoall = alltoall,
    .begin = begin,
    .done = done,
    .end = end,
    .peer = peer_address,
    .split = split,
};

/* -- ground -------------------------------------------------------------- */

static size_t in_pages(size_t bytes)
{
    return (bytes + 4095) / 4096 * 4096;
}

int ground_open(struct ground *ground, const struct board *board, bool forked,
                struct err *err)
{
    size_t workers = (size_t)board->workers;
    size_t crew = in_pages(crew_bytes(board->workers));

    ground->arena_bytes = in_pages(board->arena_bytes);
    ground->bytes = crew + workers * ground->arena_bytes;
    if (household_open(&ground->house, board, true, err))
        return -1;
    if (mem_map(&ground->map, ground->bytes, board->pages, forked, err)) {
        household_close(&ground->house);
        return -1;
    }
    ground->crew = ground->map;
    crew_init(ground->crew, board->workers, board->crowded);
    for (int i = 0; i < board->workers; i++)
        ground->crew->mail[i].task = i;
    return 0;
}

void ground_close(struct ground *ground)
{
    if (!ground)
        return;
    household_close(&ground->house);
    mem_unmap(ground->map, ground->bytes);
}

int ground_hand(const struct ground *ground, struct board *board, int rank,
                struct hand *hand, struct err *err)
{
    char *arenas = (char *)ground->map + in_pages(crew_bytes(board->workers));

    hand->arena = (struct arena){
        .base = arenas + (size_t)rank * ground->arena_bytes,
        .bytes = ground->arena_bytes,
    };
    board_worker(board, rank, &hand->arena, &ground->house, &hand->worker);
    hand->worker.ops = &shared_ops;
    hand->member = worker_alloc(&hand->worker, sizeof *hand->member, err);
    if (!hand->member)
        return -1;
    hand->member->crew = ground->crew;
    hand->member->arenas = arenas;
    hand->member->arena_bytes = ground->arena_bytes;
    hand->member->whole = board->workers;
    hand->worker.impl = hand->member;
    return 0;
}
