/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/messages.h"

#if HAVE_MPI
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "drivers/executors/shared.h"

struct comm_list {
    MPI_Comm comm;
    struct comm_list *next;
};

enum { EXCHANGE_TAG = TAG_MAX + 1 };

static const struct messenger *member_of(const struct worker *w)
{
    return w->impl;
}

static MPI_Comm comm_of(const struct worker *w)
{
    return member_of(w)->comm;
}

/* -- sizes --------------------------------------------------------------- */

static MPI_Datatype make_type(size_t bytes)
{
    int length[] = {1, (int)(bytes % COUNT_CHUNK)};
    MPI_Aint at[] = {0, (MPI_Aint)(bytes - bytes % COUNT_CHUNK)};
    MPI_Datatype chunk, piece[] = {MPI_BYTE, MPI_BYTE}, whole;

    MPI_Type_contiguous(COUNT_CHUNK, MPI_BYTE, &chunk);
    MPI_Type_contiguous((int)(bytes / COUNT_CHUNK), chunk, &piece[0]);
    MPI_Type_create_struct(2, length, at, piece, &whole);
    MPI_Type_commit(&whole);
    MPI_Type_free(&piece[0]);
    MPI_Type_free(&chunk);
    return whole;
}

struct extent extent_of(size_t bytes)
{
    if (bytes <= COUNT_MOST)
        return (struct extent){MPI_BYTE, (int)bytes};
    return extent_whole(bytes);
}

struct extent extent_whole(size_t bytes)
{
    return (struct extent){make_type(bytes), 1};
}

void extent_end(struct extent *extent)
{
    if (extent->type != MPI_BYTE)
        MPI_Type_free(&extent->type);
}

static int chunk_of(size_t left)
{
    return left < COUNT_CHUNK ? (int)left : COUNT_CHUNK;
}

/* -- verbs --------------------------------------------------------------- */

static void barrier(struct worker *w)
{
    MPI_Barrier(comm_of(w));
}

static void bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    for (size_t at = 0; at < bytes; at += COUNT_CHUNK)
        MPI_Bcast((char *)buf + at, chunk_of(bytes - at), MPI_BYTE, root,
                  comm_of(w));
}

static void allgather(struct worker *w, const void *part, void *whole,
                      size_t bytes_each)
{
    struct extent each = extent_of(bytes_each);

    MPI_Allgather(part, each.count, each.type, whole, each.count, each.type,
                  comm_of(w));
    extent_end(&each);
}

static void allreduce(struct worker *w, double *x, size_t n, enum reduce_op op)
{
    MPI_Op how = op == REDUCE_SUM ? MPI_SUM : MPI_MAX;

    for (size_t at = 0; at < n; at += COUNT_CHUNK)
        MPI_Allreduce(MPI_IN_PLACE, x + at, chunk_of(n - at), MPI_DOUBLE, how,
                      comm_of(w));
}

static void exchange(struct worker *w, int peer, const void *out, void *in,
                     size_t bytes)
{
    for (size_t at = 0; at < bytes; at += COUNT_CHUNK) {
        int count = chunk_of(bytes - at);

        MPI_Sendrecv((const char *)out + at, count, MPI_BYTE, peer,
                     EXCHANGE_TAG, (char *)in + at, count, MPI_BYTE, peer,
                     EXCHANGE_TAG, comm_of(w), MPI_STATUS_IGNORE);
    }
}

static void alltoall(struct worker *w, const void *out, void *in,
                     size_t bytes_each)
{
    struct extent each = extent_of(bytes_each);

    MPI_Alltoall(out, each.count, each.type, in, each.count, each.type,
                 comm_of(w));
    extent_end(&each);
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
    struct extent way = extent_of(t->bytes);

    if (t->in)
        MPI_Irecv(t->in, way.count, way.type, t->peer, t->tag, comm_of(w), &in);
    if (t->out)
        MPI_Isend(t->out, way.count, way.type, t->peer, t->tag, comm_of(w),
                  &out);
    extent_end(&way);
    keep_request(&t->impl[0], in);
    keep_request(&t->impl[1], out);
    t->ended = false;
}

static void begin(struct worker *w, struct transfer *transfer, int count)
{
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

    (void)w;
    take_requests(transfer, count, request);
    MPI_Testall(2 * count, request, &all, MPI_STATUSES_IGNORE);
    keep_requests(transfer, count, request);
    return all;
}

static void end(struct worker *w, struct transfer *transfer, int count)
{
    MPI_Request request[2 * TRANSFERS_MAX];

    (void)w;
    take_requests(transfer, count, request);
    MPI_Waitall(2 * count, request, MPI_STATUSES_IGNORE);
    keep_requests(transfer, count, request);
}

static bool has_ended(const struct transfer *t)
{
    return request_of(&t->impl[0]) == MPI_REQUEST_NULL &&
           request_of(&t->impl[1]) == MPI_REQUEST_NULL;
}

static int find_some(MPI_Request *request, int n, bool wait)
{
    int some, index[2 * TRANSFERS_MAX];

    if (wait)
        MPI_Waitsome(n, request, &some, index, MPI_STATUSES_IGNORE);
    else
        MPI_Testsome(n, request, &some, index, MPI_STATUSES_IGNORE);
    return some;
}

/* One that goes both ways may be half done when MPI has found some. */
static void some(struct worker *w, struct transfer *const transfer[], int count,
                 bool wait)
{
    MPI_Request request[2 * TRANSFERS_MAX];
    bool found = false;
    int open = 0;

    (void)w;
    for (int i = 0; i < count; i++, open += 2)
        take_requests(transfer[i], 1, request + open);
    do {
        if (find_some(request, open, wait) == MPI_UNDEFINED)
            found = true;
        for (int i = 0; i < count; i++) {
            keep_requests(transfer[i], 1, request + 2 * i);
            found |= has_ended(transfer[i]) && !transfer[i]->ended;
            transfer[i]->ended = has_ended(transfer[i]);
        }
    } while (wait && !found);
}

/* -- memory and parts ----------------------------------------------------- */

static void *peer_address(struct worker *w, int peer, void *mine)
{
    return peer == w->rank ? mine : NULL;
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
    .some = some,
    .peer = peer_address,
    .split = split,
};

/* -- arenas in a window --------------------------------------------------- */

/* How many ranks of the communicator are on this node. */
static int count_here(MPI_Comm of)
{
    MPI_Comm node;
    int here;

    MPI_Comm_split_type(of, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &here);
    MPI_Comm_free(&node);
    return here;
}

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

/* Segments begin where the library likes, in Open MPI 64 bytes into a page; an
 * arena on the next page, as others do. It is the same for all: what ranks map
 * is pages. */
enum { PAGE = 4096 };

static char *next_page(char *at)
{
    return at + (PAGE - (uintptr_t)at % PAGE) % PAGE;
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
    arena->base = next_page(arena->base);
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
        member->base[i] = next_page(member->base[i]);
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
 * touch it, and the standard does not promise zeros. Peers write there as soon
 * as they have a verb: not before all are zeroed. */
static int window_open(struct messenger *member, struct arena *arena,
                       enum mem_pages pages, struct err *err)
{
    if (count_here(member->comm) < member->whole)
        return err_set(err, EXIT_ABSENT,
                       "ranks on several nodes have no memory in common");
    if (check_room(member, arena, err) || window_allocate(member, arena, err))
        return -1;
    MPI_Win_lock_all(MPI_MODE_NOCHECK, member->window);
    if (!window_unified(member))
        err_set(err, EXIT_ABSENT, "MPI's shared windows are not coherent here");
    else if (!find_bases(member, err)) {
        mem_advise(arena->base, arena->bytes, pages);
        memset(arena->base, 0, arena->bytes);
        MPI_Win_sync(member->window);
        MPI_Barrier(member->comm);
        MPI_Win_sync(member->window);
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

static char *base_of(const void *member, int rank)
{
    return ((const struct messenger *)member)->base[rank];
}

int messages_join(struct messenger *member, struct worker *w, struct err *err)
{
    if (member->window != MPI_WIN_NULL)
        return shared_join(w, base_of, member, err);
    w->ops = &message_ops;
    w->impl = member;
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
