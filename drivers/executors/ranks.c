/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ranks: the processes of an MPI launcher. They talk by messages alone, with
 * the library's own collectives; only the gate and the orders of the board,
 * which is no part of what is measured, go through shared memory.
 *
 * Where the kernel's plan asks for a window, the arenas are the segments of
 * one shared window (MPI 3.1, 11.2.3) and peers can be addressed: the verbs
 * then synchronise the window before and after, so that whoever meets in one
 * sees what was written before it.
 */
#include "drivers/executors/ranks.h"

#include "drivers/executors/executor.h"

#if HAVE_MPI
#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "drivers/born.h"
#include "drivers/lobby.h"

/* Communicators made by split, freed when the team ends. */
struct comm_list {
    MPI_Comm comm;
    struct comm_list *next;
};

/* What stands behind worker->impl. */
struct member {
    MPI_Comm comm;
    struct comm_list **splits;
    MPI_Win window; /* or MPI_WIN_NULL */
    char **base;    /* arenas by rank in comm; NULL without a window */
    int whole;      /* workers of the whole team */
    bool astray;    /* some rank may never come back from a call */
};

enum { CHUNK = 1 << 30 }; /* MPI counts in int */

static const struct member *member_of(const struct worker *w)
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

        MPI_Sendrecv((const char *)out + at, count, MPI_BYTE, peer, 0,
                     (char *)in + at, count, MPI_BYTE, peer, 0, comm_of(w),
                     MPI_STATUS_IGNORE);
    }
    settle(w);
}

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
static int keep_bases(struct worker *w, struct member *part, int size,
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
    struct member *member = worker_alloc(w, sizeof *member, err);
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

static const struct worker_ops ops = {
    .barrier = barrier,
    .bcast = bcast,
    .allgather = allgather,
    .allreduce = allreduce,
    .exchange = exchange,
    .peer = peer_address,
    .split = split,
};

/* -- a team -------------------------------------------------------------- */

/* The communicator of the first `workers` ranks; only they call this. */
static MPI_Comm team_comm(int workers)
{
    MPI_Group all, team;
    MPI_Comm comm;
    int range[1][3] = {{0, workers - 1, 1}};

    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_range_incl(all, 1, range, &team);
    MPI_Comm_create_group(MPI_COMM_WORLD, team, 0, &comm);
    MPI_Group_free(&team);
    MPI_Group_free(&all);
    return comm;
}

static void free_splits(struct comm_list *kept)
{
    for (; kept; kept = kept->next)
        MPI_Comm_free(&kept->comm);
}

static int ranks_here(MPI_Comm of)
{
    MPI_Comm node;
    int here;

    MPI_Comm_split_type(of, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &here);
    MPI_Comm_free(&node);
    return here;
}

/* Whether all ranks of the team can say so. */
static bool all_agree(const struct member *member, bool mine)
{
    int all = mine;

    MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, member->comm);
    return all;
}

/* -- arenas in a window --------------------------------------------------- */

/* Both Open MPI and MPICH keep windows in /dev/shm, which containers have
 * little of. It is looked at first: where there is too little, Open MPI 4 lets
 * rank 0 return an error and the others wait for ever. */
static int check_room(const struct member *member, const struct arena *arena,
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

/* A segment for each rank, on pages of its own. An error of the library's is
 * returned, not fatal; nobody knows then where the other ranks are. */
static int window_allocate(struct member *member, struct arena *arena,
                           struct err *err)
{
    char text[MPI_MAX_ERROR_STRING];
    int failed, length;
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    MPI_Comm_set_errhandler(member->comm, MPI_ERRORS_RETURN);
    failed =
        MPI_Win_allocate_shared((MPI_Aint)arena->bytes, 1, info, member->comm,
                                &arena->base, &member->window);
    MPI_Comm_set_errhandler(member->comm, MPI_ERRORS_ARE_FATAL);
    MPI_Info_free(&info);
    if (!failed)
        return 0;
    member->astray = true;
    MPI_Error_string(failed, text, &length);
    return err_set(err, EXIT_RESOURCE, "MPI has no shared window: %s", text);
}

static bool window_unified(const struct member *member)
{
    int *model, found;

    MPI_Win_get_attr(member->window, MPI_WIN_MODEL, &model, &found);
    return found && *model == MPI_WIN_UNIFIED;
}

/* Where each arena lies in this process. */
static int find_bases(struct member *member, struct err *err)
{
    MPI_Aint bytes;
    int unit;

    member->base = calloc((size_t)member->whole, sizeof *member->base);
    if (!all_agree(member, member->base != NULL))
        return err_set(err, EXIT_RESOURCE, "no memory for %d arenas",
                       member->whole);
    for (int i = 0; i < member->whole; i++)
        MPI_Win_shared_query(member->window, i, &bytes, &unit,
                             &member->base[i]);
    return 0;
}

static void window_close(struct member *member)
{
    if (member->window == MPI_WIN_NULL)
        return;
    free(member->base);
    MPI_Win_unlock_all(member->window);
    MPI_Win_free(&member->window);
}

/* All ranks or none. Zeroed by the rank whose arena it is: it is the first to
 * touch it, and the standard does not promise zeros. */
static int window_open(struct member *member, struct arena *arena,
                       enum mem_pages pages, struct err *err)
{
    if (ranks_here(member->comm) < member->whole)
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
        return 0;
    }
    window_close(member);
    return -1;
}

/* -- arenas --------------------------------------------------------------- */

static int arena_open(const struct board *board, struct member *member,
                      struct arena *arena, struct err *err)
{
    void *map;

    arena->bytes = board->arena_bytes;
    if (board->window)
        return window_open(member, arena, board->pages, err);
    if (mem_map(&map, arena->bytes, board->pages, false, err))
        return -1;
    arena->base = map;
    return 0;
}

static void arena_close(struct member *member, struct arena *arena)
{
    if (member->window == MPI_WIN_NULL)
        mem_unmap(arena->base, arena->bytes);
    window_close(member);
}

/* From the first verb to the last. */
static int live(struct board *board, struct member *member,
                const struct household *house, int rank, struct err *err)
{
    struct arena arena = {.base = NULL};
    struct worker w;

    if (arena_open(board, member, &arena, err))
        return -1;
    board_worker(board, rank, &arena, house, &w);
    w.ops = &ops;
    w.impl = member;
    board_work(board, &w);
    free_splits(*member->splits);
    arena_close(member, &arena);
    return 0;
}

static int run(struct board *board, struct err *err)
{
    struct comm_list *splits = NULL;
    struct member member = {
        .splits = &splits, .window = MPI_WIN_NULL, .whole = board->workers};
    struct household house;
    int rank, failed;

    mem_follow(board->pages);
    if (household_open(&house, board, false, err))
        return -1;
    member.comm = team_comm(board->workers);
    MPI_Comm_rank(member.comm, &rank);
    failed = live(board, &member, &house, rank, err);
    MPI_Comm_free(&member.comm);
    household_close(&house);
    /* A window mostly fails for all ranks at once, and all come back. */
    if (rank == 0 && (!failed || (board->window && !member.astray)))
        board_ended(board);
    return failed;
}

/* -- a rank -------------------------------------------------------------- */

/* In its slot, so that the code of the error is kept. */
static void report_failure(struct board *board, int rank, const struct err *err)
{
    board->slot[rank].err = *err;
    board->slot[rank].failed = true;
    board_lost(board, err->text);
}

static int play(struct lobby *lobby, int rank, struct err *err)
{
    char path[64];
    uint32_t seen = 0;

    while (lobby_next(lobby, &seen, path, sizeof path)) {
        struct board *board;
        int failed = 0;

        if (board_join(&board, path, err))
            return -1;
        if (rank < board->workers)
            failed = run(board, err);
        if (failed)
            report_failure(board, rank, err);
        board_close(board);
    }
    return 0;
}

/* All ranks were given the same words: their least and greatest hash agree. */
static bool same_words(uint64_t hash)
{
    uint64_t two[2] = {hash, ~hash};

    MPI_Allreduce(MPI_IN_PLACE, two, 2, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    return two[0] == ~two[1];
}

static int check_company(const struct rank_start *start, int size,
                         struct err *err)
{
    bool same = same_words(start->words_hash);
    int here = ranks_here(MPI_COMM_WORLD);

    if (size != start->expected)
        return err_set(err, EXIT_RESOURCE,
                       "the launcher started %d ranks, but MPI sees %d: "
                       "start with the launcher of the MPI this was built "
                       "with",
                       start->expected, size);
    if (!same)
        return err_set(err, EXIT_USAGE,
                       "the ranks disagree: all must be given the same "
                       "command line");
    if (here < size)
        return err_set(err, EXIT_RESOURCE,
                       "the ranks are on several nodes (%d of %d here); this "
                       "version compares on one node",
                       here, size);
    return 0;
}

static void introduce(const struct rank_start *start, struct lobby *lobby,
                      int rank)
{
    struct guest guest = {.mask = *start->mask,
                          .init_ns = clock_now() - start->started_ns,
                          .pid = getpid()};
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;

    gethostname(guest.host, sizeof guest.host - 1);
    if (rank == 0) {
        MPI_Get_library_version(text, &length);
        text[strcspn(text, ",\n")] = '\0';
        snprintf(lobby->library, sizeof lobby->library, "%.*s",
                 (int)sizeof lobby->library - 1, text);
    }
    lobby_enter(lobby, rank, &guest);
}

int ranks_live(const struct rank_start *start, int *code, struct err *err)
{
    char path[64] = "";
    struct lobby *lobby = NULL;
    int rank, size, provided, failed;

    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (start->lobby)
        snprintf(path, sizeof path, "%s", start->lobby);
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, MPI_COMM_WORLD);
    failed = check_company(start, size, err);
    if (lobby_join(&lobby, path, failed ? NULL : err))
        return -1;
    if (failed) {
        lobby_trouble(lobby, err);
        failed = lobby_next(lobby, &(uint32_t){0}, path, sizeof path);
    } else {
        introduce(start, lobby, rank);
        failed = play(lobby, rank, err);
    }
    *code = lobby->code;
    lobby_leave(lobby);
    MPI_Finalize();
    return failed;
}

int ranks_born(const struct born *born, uint64_t started_ns, int *code,
               struct err *err)
{
    int rank, size;

    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size == born->desk->n)
        *code = born_life(born, rank, started_ns);
    else
        *code = err_set(err, EXIT_RESOURCE, "%d ranks of %d see each other",
                        size, born->desk->n);
    MPI_Finalize();
    return size == born->desk->n ? 0 : -1;
}

#define ABSENT NULL
#else
static int run(struct board *board, struct err *err)
{
    (void)board, (void)err;
    BUG("ranks in a build without MPI");
}

int ranks_live(const struct rank_start *start, int *code, struct err *err)
{
    (void)start, (void)code;
    return err_set(err, EXIT_ABSENT, "built without MPI");
}

int ranks_born(const struct born *born, uint64_t started_ns, int *code,
               struct err *err)
{
    (void)born, (void)started_ns, (void)code;
    return err_set(err, EXIT_ABSENT, "built without MPI");
}

#define ABSENT "built without MPI"
#endif

const struct executor executor_ranks = {
    .name = "ranks",
    .summary = "MPI ranks",
    .absent = ABSENT,
    .flags = EXECUTOR_OWN_PROCESS | EXECUTOR_NEEDS_LAUNCHER,
    .birth = BIRTH_LAUNCH,
    .run = run,
};
