/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of threads of MPI ranks. Those of the whole team have two levels:
 * the threads of a process meet in its office, its first thread calls MPI's
 * collective, and all copy the result from where it stands. A part of a team
 * may lie across processes in any way, and several parts talk at once: its
 * verbs are made of messages from worker to worker.
 */
#include "drivers/executors/hybrid_post.h"

#if HAVE_MPI
#include <limits.h>
#include <string.h>

#include "core/futex.h"

enum { CHUNK = 1 << 30 }; /* MPI counts in int */

static const struct member *member_of(const struct worker *w)
{
    return w->impl;
}

static struct office *office_of(const struct worker *w)
{
    return member_of(w)->office;
}

static bool leads(const struct worker *w)
{
    return member_of(w)->thread == 0;
}

static struct desk *desk_of(const struct worker *w)
{
    return &office_of(w)->desk[member_of(w)->thread];
}

/* -- in one process -------------------------------------------------------- */

/* The first thread: until the others are here. What they asked for before is
 * then under way, and MPI moves it on in whatever is called next. */
static void gather(struct office *o)
{
    unsigned turns = 0;

    for (;;) {
        uint32_t heard = atomic_load(&o->desk[0].bell);

        if (atomic_load(&o->arrived) == (uint32_t)o->threads - 1)
            break;
        office_wait(o, 0, heard, &turns);
    }
    atomic_store(&o->arrived, 0);
    office_serve(o);
}

static void release(struct office *o)
{
    atomic_fetch_add(&o->generation, 1);
    if (atomic_load(&o->sleepers))
        futex_wake_all(&o->generation);
}

/* Another thread: it is here, and waits until the first one releases it. */
static void follow(struct office *o)
{
    uint32_t seen = atomic_load(&o->generation);

    if (atomic_fetch_add(&o->arrived, 1) + 1 == (uint32_t)o->threads - 1)
        desk_ring(&o->desk[0]);
    for (unsigned i = 0; i < o->spins; i++) {
        if (atomic_load_explicit(&o->generation, memory_order_acquire) != seen)
            return;
        cpu_relax();
    }
    atomic_fetch_add(&o->sleepers, 1);
    futex_await(&o->generation, seen, 0);
    atomic_fetch_sub(&o->sleepers, 1);
}

static void meet(struct worker *w)
{
    if (!leads(w)) {
        follow(office_of(w));
        return;
    }
    gather(office_of(w));
    release(office_of(w));
}

/* What other threads still ask for is served until they rest, too. Each has a
 * count of its own, as a fast one may rest again before a slow one does. */
static void rest(struct worker *w)
{
    struct office *o = office_of(w);
    uint32_t mine = atomic_fetch_add(&desk_of(w)->rests, 1) + 1;
    unsigned turns = 0;

    if (!leads(w))
        desk_ring(&o->desk[0]);
    for (int t = 1; leads(w) && t < o->threads; t++) {
        uint32_t heard = atomic_load(&o->desk[0].bell);

        while ((int32_t)(atomic_load(&o->desk[t].rests) - mine) < 0) {
            office_wait(o, 0, heard, &turns);
            heard = atomic_load(&o->desk[0].bell);
        }
    }
}

/* -- the whole team -------------------------------------------------------- */

static void team_barrier(struct worker *w)
{
    if (!leads(w)) {
        follow(office_of(w));
        return;
    }
    gather(office_of(w));
    MPI_Barrier(office_of(w)->comm);
    release(office_of(w));
}

static void bcast_ranks(struct office *o, void *buf, size_t bytes, int rank)
{
    for (size_t at = 0; at < bytes; at += CHUNK) {
        size_t left = bytes - at;

        MPI_Bcast((char *)buf + at, left < CHUNK ? (int)left : CHUNK, MPI_BYTE,
                  rank, o->comm);
    }
}

/* Straight out of the root's buffer, and elsewhere into the first thread's;
 * what is small passes through the office, which nobody has to wait for. */
static void lead_bcast(struct office *o, size_t bytes, int root)
{
    int rank = o->home[root];
    bool here = rank == o->rank;
    void *at = o->desk[here ? root - o->first[rank] : 0].at;

    o->source = bytes > SMALL ? at : o->small;
    if (bytes <= SMALL && here)
        memcpy(o->small, at, bytes);
    bcast_ranks(o, o->source, bytes, rank);
}

static void team_bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    struct office *o = office_of(w);

    desk_of(w)->at = buf;
    if (leads(w)) {
        gather(o);
        lead_bcast(o, bytes, root);
        release(o);
    } else {
        follow(o);
    }
    if (buf != o->source && w->rank != root)
        memcpy(buf, o->source, bytes);
    if (bytes > SMALL)
        meet(w);
}

/* Where counts in bytes do not fit an int, in blocks. */
static void allgather_ranks(struct office *o, void *whole, size_t bytes_each)
{
    int workers = o->first[o->ranks], *count = o->count;
    bool blocks = bytes_each > INT_MAX / (size_t)workers;
    int unit = blocks ? 1 : (int)bytes_each;
    MPI_Datatype block = MPI_BYTE;

    for (int r = 0; r < o->ranks; r++) {
        count[r] = (o->first[r + 1] - o->first[r]) * unit;
        count[o->ranks + r] = o->first[r] * unit;
    }
    if (blocks) {
        bool longer = bytes_each > INT_MAX;

        MPI_Type_contiguous((int)(longer ? bytes_each / 8 : bytes_each),
                            longer ? MPI_DOUBLE : MPI_BYTE, &block);
        MPI_Type_commit(&block);
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, whole, count,
                   count + o->ranks, block, o->comm);
    if (blocks)
        MPI_Type_free(&block);
}

/* The threads lay their parts into one place, the first one's or the office's,
 * where MPI adds those of other ranks. */
static void team_allgather(struct worker *w, const void *part, void *whole,
                           size_t bytes_each)
{
    struct office *o = office_of(w);
    size_t bytes = (size_t)w->size * bytes_each;
    bool small = bytes <= SMALL;

    if (leads(w)) {
        gather(o); /* whoever still read the last result is here */
        o->source = small ? (void *)o->small : whole;
        release(o);
    } else {
        follow(o);
    }
    memcpy((char *)o->source + (size_t)w->rank * bytes_each, part, bytes_each);
    if (leads(w)) {
        gather(o);
        allgather_ranks(o, o->source, bytes_each);
        release(o);
    } else {
        follow(o);
    }
    if (whole != o->source)
        memcpy(whole, o->source, bytes);
    if (!small)
        meet(w);
}

static double reduced(double a, double b, enum reduce_op op)
{
    if (op == REDUCE_SUM)
        return a + b;
    return a > b ? a : b;
}

/* Elements `first` to `end` over the threads, always in their order. */
static void reduce_here(const struct office *o, double *into, size_t first,
                        size_t end, enum reduce_op op)
{
    for (size_t i = first; i < end; i++) {
        double sum = ((const double *)o->desk[0].at)[i];

        for (int t = 1; t < o->threads; t++)
            sum = reduced(sum, ((const double *)o->desk[t].at)[i], op);
        into[i] = sum;
    }
}

static void allreduce_ranks(struct office *o, double *x, size_t n,
                            enum reduce_op op)
{
    MPI_Op how = op == REDUCE_SUM ? MPI_SUM : MPI_MAX;

    for (size_t at = 0; at < n; at += CHUNK) {
        size_t left = n - at;

        MPI_Allreduce(MPI_IN_PLACE, x + at, left < CHUNK ? (int)left : CHUNK,
                      MPI_DOUBLE, how, o->comm);
    }
}

/* Few numbers: the first thread adds them up. */
static void allreduce_small(struct worker *w, double *x, size_t n,
                            enum reduce_op op)
{
    struct office *o = office_of(w);

    if (leads(w)) {
        gather(o);
        reduce_here(o, o->small, 0, n, op);
        allreduce_ranks(o, o->small, n, op);
        release(o);
    } else {
        follow(o);
    }
    memcpy(x, o->small, n * sizeof *x);
}

static void team_allreduce(struct worker *w, double *x, size_t n,
                           enum reduce_op op)
{
    struct office *o = office_of(w);
    const struct member *m = member_of(w);
    struct share mine = share_of(n, LINE / sizeof *x, o->threads, m->thread);

    desk_of(w)->at = x;
    if (n <= SMALL / sizeof *x) {
        allreduce_small(w, x, n, op);
        return;
    }
    meet(w);
    reduce_here(o, o->desk[0].at, mine.first, mine.first + mine.count, op);
    if (leads(w)) {
        gather(o);
        allreduce_ranks(o, x, n, op);
        release(o);
    } else {
        follow(o);
        memcpy(x, o->desk[0].at, n * sizeof *x);
    }
    meet(w);
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
            x[i] = reduced(x[i], other[i], op);
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

static void alltoall(struct worker *w, const void *out, void *in,
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

static void exchange(struct worker *w, int peer, const void *out, void *in,
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

static void *peer_address(struct worker *w, int peer, void *mine)
{
    const struct office *o = office_of(w);
    int task = member_of(w)->task[peer], first = o->first[o->rank];

    if (o->home[task] != o->rank)
        return NULL;
    return o->arenas + (size_t)(task - first) * o->arena_bytes +
           ((char *)mine - w->arena->base);
}

static int split(struct worker *, int colour, struct worker **sub,
                 struct err *);

static const struct worker_ops part_ops = {
    .barrier = part_barrier,
    .bcast = part_bcast,
    .allgather = part_allgather,
    .allreduce = part_allreduce,
    .exchange = exchange,
    .alltoall = alltoall,
    .begin = post_begin,
    .done = post_done,
    .end = post_end,
    .peer = peer_address,
    .split = split,
    .rest = rest,
};

/* All take as much memory, however many are in a part: what stands at one
 * offset of the arenas shall go on to do so. */
static int split(struct worker *w, int colour, struct worker **sub,
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

const struct worker_ops hybrid_ops = {
    .barrier = team_barrier,
    .bcast = team_bcast,
    .allgather = team_allgather,
    .allreduce = team_allreduce,
    .exchange = exchange,
    .alltoall = alltoall,
    .begin = post_begin,
    .done = post_done,
    .end = post_end,
    .peer = peer_address,
    .split = split,
    .rest = rest,
};

int hybrid_join(struct worker *w, struct office *office, int thread,
                struct err *err)
{
    struct member *member = worker_alloc(w, sizeof *member, err);

    if (!member)
        return -1;
    *member = (struct member){office, thread, office->identity};
    w->ops = &hybrid_ops;
    w->impl = member;
    return 0;
}
#endif
