/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/hybrid_post.h"

#if HAVE_MPI
#include <sched.h>
#include <string.h>

#include "core/futex.h"
#include "core/mem.h"
#include "drivers/executors/messages.h"

enum {
    SPINS = 20000, /* some 0.3 ms: longer than any healthy wait */
};

/* -- waiting --------------------------------------------------------------- */

void desk_ring(struct desk *desk)
{
    atomic_fetch_add(&desk->bell, 1);
    if (atomic_load(&desk->asleep))
        futex_wake_all(&desk->bell);
}

/* Announced before looking again: who rings either sees the sleeper or is seen
 * by it. */
static void sleep_at(struct desk *desk, uint32_t heard, int64_t timeout_ns)
{
    atomic_store(&desk->asleep, 1);
    futex_wait(&desk->bell, heard, timeout_ns);
    atomic_store(&desk->asleep, 0);
}

void office_wait(struct office *o, int thread, uint32_t heard, unsigned *turns)
{
    bool busy = thread == 0 && office_serve(o), patient = ++*turns > o->spins;
    int any;

    if (!patient) {
        cpu_relax();
    } else if (busy) {
        sched_yield();
    } else {
        sleep_at(&o->desk[thread], heard, thread ? -1 : LOOK_NS);
        if (thread == 0)
            MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, o->comm, &any,
                       MPI_STATUS_IGNORE);
    }
}

/* -- parcels --------------------------------------------------------------- */

static void hand_over(struct office *o, struct parcel *p)
{
    struct extent way = extent_of(p->bytes);

    if (p->sent)
        MPI_Isend(p->data, way.count, way.type, p->rank, p->tag, o->comm,
                  &p->request);
    else
        MPI_Irecv(p->data, way.count, way.type, p->rank, p->tag, o->comm,
                  &p->request);
    extent_end(&way);
}

/* Returns whether it is under way. */
static bool move_on(struct office *o, struct desk *desk, struct parcel *p)
{
    uint32_t state = atomic_load_explicit(&p->state, memory_order_acquire);
    int done;

    if (state == PARCEL_ASKED)
        hand_over(o, p);
    else if (state != PARCEL_UNDER_WAY)
        return false;
    MPI_Test(&p->request, &done, MPI_STATUS_IGNORE);
    atomic_store(&p->state, done ? PARCEL_DONE : PARCEL_UNDER_WAY);
    if (done)
        desk_ring(desk);
    return !done;
}

bool office_serve(struct office *o)
{
    bool under_way = false;

    for (int t = 0; t < o->threads; t++) {
        struct desk *desk = &o->desk[t];

        for (int i = 0; atomic_load(&desk->open) && i < PARCELS; i++)
            under_way |= move_on(o, desk, &desk->parcel[i]);
    }
    return under_way;
}

/* Both ends count alike: from which thread, to which, and the verb's tag. */
static int tag_of(const struct office *o, int from, int to, int tag)
{
    return (from * o->most + to) * TAGS + tag;
}

static uint64_t ask(const struct member *m, const struct transfer *t, bool sent)
{
    struct office *o = m->office;
    struct desk *desk = &o->desk[m->thread];
    int rank = o->home[m->task[t->peer]];
    int there = m->task[t->peer] - o->first[rank], i = 0;
    struct parcel *p;

    while (i < PARCELS && atomic_load(&desk->parcel[i].state) != PARCEL_NONE)
        i++;
    if (i == PARCELS)
        BUG("more than TRANSFERS_MAX transfers under way");
    p = &desk->parcel[i];
    p->data = sent ? (void *)(uintptr_t)t->out : t->in;
    p->bytes = t->bytes;
    p->rank = rank;
    p->tag = sent ? tag_of(o, m->thread, there, t->tag)
                  : tag_of(o, there, m->thread, t->tag);
    p->sent = sent;
    atomic_store(&p->state, PARCEL_ASKED);
    atomic_fetch_add(&desk->open, 1);
    if (m->thread)
        desk_ring(&o->desk[0]);
    return (uint64_t)i;
}

static bool delivered(const struct member *m, uint64_t i)
{
    struct desk *desk = &m->office->desk[m->thread];

    if (atomic_load(&desk->parcel[i].state) != PARCEL_DONE)
        return false;
    atomic_store(&desk->parcel[i].state, PARCEL_NONE);
    atomic_fetch_sub(&desk->open, 1);
    return true;
}

/* -- letters --------------------------------------------------------------- */

/* The desk of a peer in this process, or NULL. */
static struct desk *neighbour(const struct member *m, int peer)
{
    const struct office *o = m->office;
    int task = m->task[peer];

    if (o->home[task] != o->rank)
        return NULL;
    return &m->office->desk[task - o->first[o->rank]];
}

static uint64_t write_letter(const struct member *m, struct desk *to,
                             const struct transfer *t)
{
    struct desk *mine = &m->office->desk[m->thread];
    int i = 0;

    while (i < LETTERS && atomic_load(&mine->letter[i].to))
        i++;
    if (i == LETTERS)
        BUG("more than TRANSFERS_MAX transfers under way");
    mine->letter[i].at = t->out;
    mine->letter[i].tag = t->tag;
    atomic_store(&mine->letter[i].to, (uint32_t)(to - m->office->desk) + 1);
    desk_ring(to);
    return (uint64_t)i;
}

static uint64_t await_letter(const struct member *m, struct desk *from,
                             const struct transfer *t)
{
    struct desk *mine = &m->office->desk[m->thread];
    int i = 0;

    while (i < LETTERS && mine->awaited[i].in)
        i++;
    if (i == LETTERS)
        BUG("more than TRANSFERS_MAX transfers under way");
    mine->awaited[i] = (struct awaited){t->in, t->bytes, t->tag, from};
    return (uint64_t)i;
}

static void take_letter(const struct member *m, struct awaited *a)
{
    uint32_t me = (uint32_t)m->thread + 1;

    for (int i = 0; i < LETTERS; i++) {
        struct letter *letter = &a->from->letter[i];

        if (atomic_load(&letter->to) != me || letter->tag != a->tag)
            continue;
        memcpy(a->in, letter->at, a->bytes);
        a->in = NULL;
        atomic_store(&letter->to, 0);
        desk_ring(a->from);
        return;
    }
}

bool post_take(const struct member *m)
{
    struct desk *mine = &m->office->desk[m->thread];
    bool more = false;

    for (int i = 0; i < LETTERS; i++) {
        if (mine->awaited[i].in)
            take_letter(m, &mine->awaited[i]);
        more |= mine->awaited[i].in != NULL;
    }
    return more;
}

/* -- transfers ------------------------------------------------------------- */

/* In impl, where else stands the number of a letter or parcel. */
#define ENDED UINT64_MAX

void post_begin(struct worker *w, struct transfer *transfer, int count)
{
    const struct member *m = w->impl;

    for (int i = 0; i < count; i++) {
        struct transfer *t = &transfer[i];
        struct desk *near = neighbour(m, t->peer);

        t->impl[0] = t->impl[1] = ENDED;
        t->ended = false;
        if (t->in)
            t->impl[0] = near ? await_letter(m, near, t) : ask(m, t, false);
        if (t->out)
            t->impl[1] = near ? write_letter(m, near, t) : ask(m, t, true);
    }
    if (m->thread == 0)
        office_serve(m->office);
}

static bool received(const struct member *m, const struct transfer *t)
{
    const struct desk *mine = &m->office->desk[m->thread];

    return neighbour(m, t->peer) ? !mine->awaited[t->impl[0]].in
                                 : delivered(m, t->impl[0]);
}

static bool sent(const struct member *m, const struct transfer *t)
{
    const struct desk *mine = &m->office->desk[m->thread];

    return neighbour(m, t->peer) ? !atomic_load(&mine->letter[t->impl[1]].to)
                                 : delivered(m, t->impl[1]);
}

static bool has_ended(const struct member *m, struct transfer *t)
{
    if (t->impl[0] != ENDED && received(m, t))
        t->impl[0] = ENDED;
    if (t->impl[1] != ENDED && sent(m, t))
        t->impl[1] = ENDED;
    return t->impl[0] == ENDED && t->impl[1] == ENDED;
}

static bool look(const struct member *m, struct transfer *transfer, int count)
{
    bool all = true;

    post_take(m);
    for (int i = 0; i < count; i++)
        all &= has_ended(m, &transfer[i]);
    return all;
}

/* Whether one more has ended, or all have. */
static bool look_for_some(const struct member *m,
                          struct transfer *const transfer[], int count)
{
    bool found = false, all = true;

    post_take(m);
    for (int i = 0; i < count; i++) {
        struct transfer *t = transfer[i];

        if (!t->ended && has_ended(m, t))
            found = t->ended = true;
        all &= t->ended;
    }
    return found || all;
}

bool post_done(struct worker *w, struct transfer *transfer, int count)
{
    const struct member *m = w->impl;

    if (m->thread == 0)
        office_serve(m->office);
    return look(m, transfer, count);
}

void post_end(struct worker *w, struct transfer *transfer, int count)
{
    const struct member *m = w->impl;
    unsigned turns = 0;

    for (;;) {
        uint32_t heard = atomic_load(&m->office->desk[m->thread].bell);

        if (look(m, transfer, count))
            return;
        office_wait(m->office, m->thread, heard, &turns);
    }
}

void post_some(struct worker *w, struct transfer *const transfer[], int count,
               bool wait)
{
    const struct member *m = w->impl;
    unsigned turns = 0;

    if (m->thread == 0)
        office_serve(m->office);
    for (;;) {
        uint32_t heard = atomic_load(&m->office->desk[m->thread].bell);

        if (look_for_some(m, transfer, count) || !wait)
            return;
        office_wait(m->office, m->thread, heard, &turns);
    }
}

/* -- the office ------------------------------------------------------------ */

/* Workers of one rank stand side by side on the board. */
static int count_threads(const struct board *board, int first)
{
    int end = first + 1;

    while (end < board->workers &&
           board->slot[end].rank == board->slot[first].rank)
        end++;
    return end - first;
}

/* Each rank tells of its own: a board knows of one node only. */
static void list_homes(struct office *o, bool crowded)
{
    int mine[2] = {o->threads, crowded};

    MPI_Allgather(mine, 2, MPI_INT, o->count, 2, MPI_INT, o->comm);
    for (int r = 0, i = 0; r < o->ranks; r++) {
        int threads = o->count[2 * r];

        o->first[r] = i;
        o->most = threads > o->most ? threads : o->most;
        o->yields = o->yields || o->count[2 * r + 1];
        for (int end = i + threads; i < end; i++) {
            o->home[i] = r;
            o->identity[i] = i;
        }
        o->first[r + 1] = i;
    }
}

static int check_tags(const struct office *o, struct err *err)
{
    int *most, found;

    MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &most, &found);
    if (o->ranks == 1 || (found && (double)o->most * o->most * TAGS <= *most))
        return 0;
    return err_set(err, EXIT_ABSENT,
                   "MPI's tags end at %d, too few for %d threads a rank: more "
                   "ranks would do, as with --ranks-per l3",
                   found ? *most : 0, o->most);
}

static size_t in_pages(size_t bytes)
{
    return (bytes + 4095) / 4096 * 4096;
}

/* The office with its desks and tables. */
static int map_office(struct office **out, int threads, int workers, int ranks,
                      struct err *err)
{
    size_t team = (size_t)workers, r = (size_t)ranks;
    size_t tables = (3 * r + 1 + 2 * team) * sizeof(int);
    size_t desks =
        sizeof(struct office) + (size_t)threads * sizeof(struct desk);
    size_t bytes = in_pages(desks + tables);
    struct office *o;
    void *map;

    if (mem_map(&map, bytes, MEM_BASE, false, err))
        return -1;
    o = map;
    o->bytes = bytes;
    o->threads = threads;
    o->ranks = ranks;
    o->first = (int *)((char *)map + desks);
    o->count = o->first + r + 1;
    o->home = o->count + 2 * r;
    o->identity = o->home + team;
    *out = o;
    return 0;
}

int office_open(struct office **out, const struct board *board, int first,
                MPI_Comm comm, struct err *err)
{
    int threads = count_threads(board, first), ranks;
    struct office *o;
    void *map;

    MPI_Comm_size(comm, &ranks);
    if (map_office(&o, threads, board->whole, ranks, err))
        return -1;
    o->comm = comm;
    MPI_Comm_rank(comm, &o->rank);
    list_homes(o, board->crowded);
    o->spins = board->crowded ? 0 : SPINS;
    o->arena_bytes = in_pages(board->arena_bytes);
    if (check_tags(o, err) || mem_map(&map, (size_t)o->threads * o->arena_bytes,
                                      board->pages, false, err)) {
        mem_unmap(o, o->bytes);
        return -1;
    }
    o->arenas = map;
    *out = o;
    return 0;
}

void office_close(struct office *o)
{
    if (!o)
        return;
    mem_unmap(o->arenas, (size_t)o->threads * o->arena_bytes);
    mem_unmap(o, o->bytes);
}
#endif
