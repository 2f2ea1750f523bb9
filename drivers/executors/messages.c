/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranks talk with the library's own collectives. Where they have a window, the
 * verbs synchronise it before and after, so that whoever meets in one sees
 * what was written before it.
 */
#include "drivers/executors/messages.h"

#if HAVE_MPI
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

struct comm_list {
    MPI_Comm comm;
    struct comm_list *next;
};

enum { CHUNK = 1 << 30 }; /* MPI counts in int */
enum { EXCHANGE_TAG = TAG_MAX + 1 };

static const struct messenger *member_of(const struct worker *w)
{
    return w->impl;
}

static MPI_Comm comm_of(const struct worker *w)
{
    return member_of(w)->comm;
}

/* Around each verb, for what peers write into each other's arenas. */
static void settle(const struct worker *w)
{
    if (member_of(w)->window != MPI_WIN_NULL)
        MPI_Win_sync(member_of(w)->window);
}

/* -- verbs --------------------------------------------------------------- */

static void barrier(struct worker *w)
{
    settle(w);
    MPI_Barrier(comm_of(w));
    settle(w);
}

static void bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    settle(w);
    for (size_t at = 0; at < bytes; at += CHUNK) {
        size_t left = bytes - at;

        MPI_Bcast((char *)buf + at, left < CHUNK ? (int)left : CHUNK, MPI_BYTE,
                  root, comm_of(w));
    }
    settle(w);
}

/* More than int can count: one large block each. */
static void allgather_large(struct worker *w, const void *part, void *whole,
                            size_t bytes_each)
{
    MPI_Datatype block;

    MPI_Type_contiguous((int)(bytes_each / sizeof(double)), MPI_DOUBLE, &block);
    MPI_Type_commit(&block);
    MPI_Allgather(part, 1, block, whole, 1, block, comm_of(w));
    MPI_Type_free(&block);
}

static void allgather(struct worker *w, const void *part, void *whole,
                      size_t bytes_each)
{
    settle(w);
    if (bytes_each <= INT_MAX)
        MPI_Allgather(part, (int)bytes_each, MPI_BYTE, whole, (int)bytes_each,
                      MPI_BYTE, comm_of(w));
    else
        allgather_large(w, part, whole, bytes_each);
    settle(w);
}

static void allreduce(struct worker *w, double *x, size_t n, enum reduce_op op)
{
    MPI_Op how = op == REDUCE_SUM ? MPI_SUM : MPI_MAX;

    settle(w);
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t left = n - at;

        MPI_Allreduce(MPI_IN_PLACE, x + at, left < CHUNK ? (int)left : CHUNK,
                      MPI_DOUBLE, how, comm_of(w));
    }
    settle(w);
}

static void exchange(struct worker *w, int peer, const void *out, void *in,
                     size_t bytes)
{
    settle(w);
    for (size_t at = 0; at < bytes; at += CHUNK) {
        size_t left = bytes - at;
        int count = left < CHUNK ? (int)left : CHUNK;

        MPI_Sendrecv((const char *)out + at, count, MPI_BYTE, peer,
                     EXCHANGE_TAG, (char *)in + at, count, MPI_BYTE, peer,
                     EXCHANGE_TAG, comm_of(w), MPI_STATUS_IGNORE);
    }
    settle(w);
}

static void alltoall(struct worker *w, const void *out, void *in,
                     size_t bytes_each)
{
    settle(w);
    MPI_Alltoall(out, (int)bytes_each, MPI_BYTE, in, (int)bytes_each, MPI_BYTE,
                 comm_of(w));
    settle(w);
}

/* -- transfers ------------------------------------------------------------ */

/* A request is a pointer in Open MPI and a number in MPICH. */
_Static_assert(sizeof(MPI_Request) <= sizeof(uint64_t), "requests fit");

static MPI_Request request_of(const uint64_t *impl)
{
    MPI_Request request;

    memcpy(&request, impl, sizeof request);
    return request;
}

static void keep_request(uint64_t *impl, MPI_Request request)
{
    memcpy(impl, &request, sizeof request);
}

static void begin_one(struct worker *w, struct transfer *t)
{
    MPI_Request in = MPI_REQUEST_NULL, out = MPI_REQUEST_NULL;

    if (t->in)
        MPI_Irecv(t->in, (int)t->bytes, MPI_BYTE, t->peer, t->tag, comm_of(w),
                  &in);
    if (t->out)
        MPI_Isend(t->out, (int)t->bytes, MPI_BYTE, t->peer, t->tag, comm_of(w),
                  &out);
    keep_request(&t->impl[0], in);
    keep_request(&t->impl[1], out);
}

static void begin(struct worker *w, struct transfer *transfer, int count)
{
    settle(w);
    for (int i = 0; i < count; i++)
        begin_one(w, &transfer[i]);
}

static void take_requests(const struct transfer *transfer, int count,
                          MPI_Request *request)
{
    for (int i = 0; i < 2 * count; i++)
        request[i] = request_of(&transfer[i / 2].impl[i % 2]);
}

static void keep_requests(struct transfer *transfer, int count,
                          const MPI_Request *request)
{
    for (int i = 0; i < 2 * count; i++)
        keep_request(&transfer[i / 2].impl[i % 2], request[i]);
}

static bool done(struct worker *w, struct transfer *transfer, int count)
{
    MPI_Request request[2 * TRANSFERS_MAX];
    int all;

    take_requests(transfer, count, request);
    MPI_Testall(2 * count, request, &all, MPI_STATUSES_IGNORE);
    keep_requests(transfer, count, request);
    settle(w);
    return all;
}

static void end(struct worker *w, struct transfer *transfer, int count)
{
    MPI_Request request[2 * TRANSFERS_MAX];

    take_requests(transfer, count, request);
    MPI_Waitall(2 * count, request, MPI_STATUSES_IGNORE);
    keep_requests(transfer, count, request);
    settle(w);
}

/* -- memory and parts ----------------------------------------------------- */

static void *peer_address(struct worker *w, int peer, void *mine)
{
    char *const *base = member_of(w)->base;

    if (base)
        return base[peer] + ((char *)mine - w->arena->base);
    return peer == w->rank ? mine : NULL;
}

/* The arenas of a part's workers, by their ranks in it. All take as much
 * memory, however many they are: what stands at one offset shall go on to do
 * so. */
static int keep_bases(struct worker *w, struct messenger *part, int size,
                      struct err *err)
{
    size_t whole = (size_t)part->whole;
    char **base = worker_alloc(w, whole * sizeof *base, err);
    int *rank = worker_alloc(w, whole * sizeof *rank, err);

    if (!base || !rank)
        return -1;
    MPI_Allgather(&w->rank, 1, MPI_INT, rank, 1, MPI_INT, part->comm);
    for (int i = 0; i < size; i++)
        base[i] = member_of(w)->base[rank[i]];
    part->base = base;
    return 0;
}

static int split(struct worker *w, int colour, struct worker **sub,
                 struct err *err)
{
    struct worker *mine = worker_alloc(w, sizeof *mine, err);
    struct messenger *member = worker_alloc(w, sizeof *member, err);
    struct comm_list *kept = worker_alloc(w, sizeof *kept, err);

    if (!mine || !member || !kept)
        return -1;
    *member = *member_of(w);
    MPI_Comm_split(comm_of(w), colour, w->rank, &member->comm);
    kept->comm = member->comm;
    kept->next = *member->splits;
    *member->splits = kept;
    *mine = *w;
    mine->impl = member;
    MPI_Comm_rank(member->comm, &mine->rank);
    MPI_Comm_size(member->comm, &mine->size);
    if (member->base && keep_bases(w, member, mine->size, err))
        return -1;
    *sub = mine;
    return 0;
}

const struct worker_ops message_ops = {
    .barrier = barrier,
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

int messages_here(MPI_Comm of)
{
    MPI_Comm node;
    int here;

    MPI_Comm_split_type(of, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &here);
    MPI_Comm_free(&node);
    return here;
}

/* -- arenas in a window --------------------------------------------------- */

/* Whether all ranks of the team can say so. */
static bool all_agree(const struct messenger *member, bool mine)
{
    int all = mine;

    MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, member->comm);
    return all;
}

/* Both Open MPI and MPICH keep windows in /dev/shm, which containers have
 * little of. It is looked at first: where there is too little, Open MPI 4 lets
 * rank 0 return an error and the others wait for ever. */
static int check_room(const struct messenger *member, const struct arena *arena,
                      struct err *err)
{
    double need = 1.1 * (double)member->whole * (double)arena->bytes, room;
    char wanted[32], there[32];
    struct statvfs shm;

    if (statvfs("/dev/shm", &shm))
        shm = (struct statvfs){.f_bavail = UINT32_MAX, .f_frsize = UINT32_MAX};
    room = (double)shm.f_bavail * (double)shm.f_frsize;
    if (all_agree(member, need <= room))
        return 0;
    return err_set(err, EXIT_RESOURCE,
                   "a window for %d ranks needs %s of /dev/shm, there are %s",
                   member->whole,
                   mem_format((uint64_t)need, wanted, sizeof wanted),
                   mem_format((uint64_t)room, there, sizeof there));
}

/* Segments begin where the library likes; arenas on a page. */
enum { PAGE = 4096 };

static char *first_page(char *segment)
{
    return segment + (PAGE - (uintptr_t)segment % PAGE) % PAGE;
}

/* A segment for each rank, on pages of its own. An error of the library's is
 * returned, not fatal; nobody knows then where the other ranks are. */
static int window_allocate(struct messenger *member, struct arena *arena,
                           struct err *err)
{
    char text[MPI_MAX_ERROR_STRING];
    int failed, length;
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    MPI_Comm_set_errhandler(member->comm, MPI_ERRORS_RETURN);
    failed =
        MPI_Win_allocate_shared((MPI_Aint)arena->bytes + PAGE, 1, info,
                                member->comm, &arena->base, &member->window);
    MPI_Comm_set_errhandler(member->comm, MPI_ERRORS_ARE_FATAL);
    MPI_Info_free(&info);
    if (!failed)
        return 0;
    member->astray = true;
    MPI_Error_string(failed, text, &length);
    return err_set(err, EXIT_RESOURCE, "MPI has no shared window: %s", text);
}

static bool window_unified(const struct messenger *member)
{
    int *model, found;

    MPI_Win_get_attr(member->window, MPI_WIN_MODEL, &model, &found);
    return found && *model == MPI_WIN_UNIFIED;
}

/* Where each arena lies in this process. */
static int find_bases(struct messenger *member, struct err *err)
{
    MPI_Aint bytes;
    int unit;

    member->base = calloc((size_t)member->whole, sizeof *member->base);
    if (!all_agree(member, member->base != NULL))
        return err_set(err, EXIT_RESOURCE, "no memory for %d arenas",
                       member->whole);
    for (int i = 0; i < member->whole; i++) {
        MPI_Win_shared_query(member->window, i, &bytes, &unit,
                             &member->base[i]);
        member->base[i] = first_page(member->base[i]);
    }
    return 0;
}

static void window_close(struct messenger *member)
{
    if (member->window == MPI_WIN_NULL)
        return;
    free(member->base);
    MPI_Win_unlock_all(member->window);
    MPI_Win_free(&member->window);
}

/* All ranks or none. Zeroed by the rank whose arena it is: it is the first to
 * touch it, and the standard does not promise zeros. */
static int window_open(struct messenger *member, struct arena *arena,
                       enum mem_pages pages, struct err *err)
{
    if (messages_here(member->comm) < member->whole)
        return err_set(err, EXIT_ABSENT,
                       "ranks on several nodes have no memory in common");
    if (check_room(member, arena, err) || window_allocate(member, arena, err))
        return -1;
    MPI_Win_lock_all(MPI_MODE_NOCHECK, member->window);
    if (!window_unified(member))
        err_set(err, EXIT_ABSENT, "MPI's shared windows are not coherent here");
    else if (!find_bases(member, err)) {
        arena->base = first_page(arena->base);
        mem_advise(arena->base, arena->bytes, pages);
        memset(arena->base, 0, arena->bytes);
        return 0;
    }
    window_close(member);
    return -1;
}

/* -- arenas --------------------------------------------------------------- */

int messages_arena(struct messenger *member, struct arena *arena, size_t bytes,
                   enum mem_pages pages, bool window, struct err *err)
{
    void *map;

    arena->bytes = bytes;
    if (window)
        return window_open(member, arena, pages, err);
    if (mem_map(&map, arena->bytes, pages, false, err))
        return -1;
    arena->base = map;
    return 0;
}

void messages_end(struct messenger *member, struct arena *arena)
{
    for (struct comm_list *kept = *member->splits; kept; kept = kept->next)
        MPI_Comm_free(&kept->comm);
    if (member->window == MPI_WIN_NULL)
        mem_unmap(arena->base, arena->bytes);
    window_close(member);
}
#endif
