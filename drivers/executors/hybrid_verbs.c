/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of a whole team of threads of MPI ranks. Collective ones have two
 * levels: the threads of a process meet in its office, its first thread calls
 * MPI's collective, and all copy the result from where it stands.
 */
#include "drivers/executors/hybrid_post.h"

#if HAVE_MPI
#include <sched.h>
#include <string.h>

#include "core/futex.h"
#include "drivers/executors/messages.h"

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
static void gather(struct worker *w)
{
    struct office *o = office_of(w);
    unsigned turns = 0;

    for (;;) {
        uint32_t heard = atomic_load(&o->desk[0].bell);

        if (atomic_load(&o->arrived) == (uint32_t)o->threads - 1)
            break;
        post_take(member_of(w));
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

/* Sleeps until the first thread releases it, or for a while. */
static void doze(struct office *o, uint32_t seen, int64_t timeout_ns)
{
    atomic_fetch_add(&o->sleepers, 1);
    if (timeout_ns < 0)
        futex_await(&o->generation, seen, 0);
    else
        futex_wait(&o->generation, seen, timeout_ns);
    atomic_fetch_sub(&o->sleepers, 1);
}

/* Another thread: it is here, and waits until the first one releases it. It
 * takes its letters meanwhile, without which others might not come here. */
static void follow(struct worker *w)
{
    struct office *o = office_of(w);
    uint32_t seen = atomic_load(&o->generation);
    bool awaits = true;

    if (atomic_fetch_add(&o->arrived, 1) + 1 == (uint32_t)o->threads - 1)
        desk_ring(&o->desk[0]);
    for (unsigned i = 0;; i++) {
        if (atomic_load_explicit(&o->generation, memory_order_acquire) != seen)
            return;
        awaits = awaits && post_take(member_of(w));
        if (i < o->spins)
            cpu_relax();
        else
            doze(o, seen, awaits ? LOOK_NS : -1);
    }
}

static void meet(struct worker *w)
{
    if (!leads(w)) {
        follow(w);
        return;
    }
    gather(w);
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

/* Where threads outnumber places, MPI may not know it and would spin in its
 * collectives: those that do not block leave room for yielding. All ranks do
 * the same, for the two kinds do not match. */
static bool yields(const struct office *o)
{
    return o->yields;
}

static void finish(MPI_Request request)
{
    int done = 0;

    while (MPI_Test(&request, &done, MPI_STATUS_IGNORE), !done)
        sched_yield();
}

static void barrier_ranks(const struct office *o)
{
    MPI_Request request;

    if (!yields(o)) {
        MPI_Barrier(o->comm);
        return;
    }
    MPI_Ibarrier(o->comm, &request);
    finish(request);
}

/* -- the whole team -------------------------------------------------------- */

static void team_barrier(struct worker *w)
{
    if (!leads(w)) {
        follow(w);
        return;
    }
    gather(w);
    barrier_ranks(office_of(w));
    release(office_of(w));
}

static void bcast_ranks(struct office *o, void *buf, size_t bytes, int rank)
{
    for (size_t at = 0; at < bytes; at += COUNT_CHUNK) {
        int count = bytes - at < COUNT_CHUNK ? (int)(bytes - at) : COUNT_CHUNK;
        MPI_Request request;

        if (!yields(o)) {
            MPI_Bcast((char *)buf + at, count, MPI_BYTE, rank, o->comm);
            continue;
        }
        MPI_Ibcast((char *)buf + at, count, MPI_BYTE, rank, o->comm, &request);
        finish(request);
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
        gather(w);
        lead_bcast(o, bytes, root);
        release(o);
    } else {
        follow(w);
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
    bool blocks = bytes_each > (size_t)(COUNT_MOST / workers);
    struct extent unit =
        blocks ? extent_whole(bytes_each) : extent_of(bytes_each);
    MPI_Request request;

    for (int r = 0; r < o->ranks; r++) {
        count[r] = (o->first[r + 1] - o->first[r]) * unit.count;
        count[o->ranks + r] = o->first[r] * unit.count;
    }
    if (yields(o)) {
        MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, whole, count,
                        count + o->ranks, unit.type, o->comm, &request);
        finish(request);
    } else {
        MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, whole, count,
                       count + o->ranks, unit.type, o->comm);
    }
    extent_end(&unit);
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
        gather(w); /* whoever still read the last result is here */
        o->source = small ? (void *)o->small : whole;
        release(o);
    } else {
        follow(w);
    }
    memcpy((char *)o->source + (size_t)w->rank * bytes_each, part, bytes_each);
    if (leads(w)) {
        gather(w);
        allgather_ranks(o, o->source, bytes_each);
        release(o);
    } else {
        follow(w);
    }
    if (whole != o->source)
        memcpy(whole, o->source, bytes);
    if (!small)
        meet(w);
}

/* Elements `first` to `end` over the threads, always in their order. */
static void reduce_here(const struct office *o, double *into, size_t first,
                        size_t end, enum reduce_op op)
{
    for (size_t i = first; i < end; i++) {
        double sum = ((const double *)o->desk[0].at)[i];

        for (int t = 1; t < o->threads; t++)
            sum = hybrid_reduced(sum, ((const double *)o->desk[t].at)[i], op);
        into[i] = sum;
    }
}

static void allreduce_ranks(struct office *o, double *x, size_t n,
                            enum reduce_op op)
{
    MPI_Op how = op == REDUCE_SUM ? MPI_SUM : MPI_MAX;

    for (size_t at = 0; at < n; at += COUNT_CHUNK) {
        int count = n - at < COUNT_CHUNK ? (int)(n - at) : COUNT_CHUNK;
        MPI_Request request;

        if (!yields(o)) {
            MPI_Allreduce(MPI_IN_PLACE, x + at, count, MPI_DOUBLE, how,
                          o->comm);
            continue;
        }
        MPI_Iallreduce(MPI_IN_PLACE, x + at, count, MPI_DOUBLE, how, o->comm,
                       &request);
        finish(request);
    }
}

/* Few numbers: the first thread adds them up. */
static void allreduce_small(struct worker *w, double *x, size_t n,
                            enum reduce_op op)
{
    struct office *o = office_of(w);

    if (leads(w)) {
        gather(w);
        reduce_here(o, o->small, 0, n, op);
        allreduce_ranks(o, o->small, n, op);
        release(o);
    } else {
        follow(w);
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
        gather(w);
        allreduce_ranks(o, x, n, op);
        release(o);
    } else {
        follow(w);
        memcpy(x, o->desk[0].at, n * sizeof *x);
    }
    meet(w);
}

/* -- the team ------------------------------------------------------------- */

const struct worker_ops hybrid_ops = {
    .barrier = team_barrier,
    .bcast = team_bcast,
    .allgather = team_allgather,
    .allreduce = team_allreduce,
    .exchange = hybrid_exchange,
    .alltoall = hybrid_alltoall,
    .begin = post_begin,
    .done = post_done,
    .end = post_end,
    .some = post_some,
    .peer = hybrid_peer,
    .split = hybrid_split,
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
