/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ranks: the processes of an MPI launcher. They talk by messages alone, with
 * the library's own collectives; only the gate and the orders of the board,
 * which is no part of what is measured, go through shared memory.
 */
#include "drivers/executors/ranks.h"

#include "drivers/executors/executor.h"

#if HAVE_MPI
#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>
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
};

enum { CHUNK = 1 << 30 }; /* MPI counts in int */

static MPI_Comm comm_of(const struct worker *w)
{
    return ((const struct member *)w->impl)->comm;
}

/* -- verbs --------------------------------------------------------------- */

static void barrier(struct worker *w)
{
    MPI_Barrier(comm_of(w));
}

static void bcast(struct worker *w, void *buf, size_t bytes, int root)
{
    for (size_t at = 0; at < bytes; at += CHUNK) {
        size_t left = bytes - at;

        MPI_Bcast((char *)buf + at, left < CHUNK ? (int)left : CHUNK, MPI_BYTE,
                  root, comm_of(w));
    }
}

static void allgather(struct worker *w, const void *part, void *whole,
                      size_t bytes_each)
{
    MPI_Datatype block;

    if (bytes_each <= INT_MAX) {
        MPI_Allgather(part, (int)bytes_each, MPI_BYTE, whole, (int)bytes_each,
                      MPI_BYTE, comm_of(w));
        return;
    }
    MPI_Type_contiguous((int)(bytes_each / sizeof(double)), MPI_DOUBLE, &block);
    MPI_Type_commit(&block);
    MPI_Allgather(part, 1, block, whole, 1, block, comm_of(w));
    MPI_Type_free(&block);
}

static void allreduce(struct worker *w, double *x, size_t n, enum reduce_op op)
{
    MPI_Op how = op == REDUCE_SUM ? MPI_SUM : MPI_MAX;

    for (size_t at = 0; at < n; at += CHUNK) {
        size_t left = n - at;

        MPI_Allreduce(MPI_IN_PLACE, x + at, left < CHUNK ? (int)left : CHUNK,
                      MPI_DOUBLE, how, comm_of(w));
    }
}

static void exchange(struct worker *w, int peer, const void *out, void *in,
                     size_t bytes)
{
    for (size_t at = 0; at < bytes; at += CHUNK) {
        size_t left = bytes - at;
        int count = left < CHUNK ? (int)left : CHUNK;

        MPI_Sendrecv((const char *)out + at, count, MPI_BYTE, peer, 0,
                     (char *)in + at, count, MPI_BYTE, peer, 0, comm_of(w),
                     MPI_STATUS_IGNORE);
    }
}

static void *peer_address(struct worker *w, int peer, void *mine)
{
    return peer == w->rank ? mine : NULL;
}

static int split(struct worker *w, int colour, struct worker **sub,
                 struct err *err)
{
    struct worker *mine = worker_alloc(w, sizeof *mine, err);
    struct member *member = worker_alloc(w, sizeof *member, err);
    struct comm_list *kept = worker_alloc(w, sizeof *kept, err);

    if (!mine || !member || !kept)
        return -1;
    *member = *(struct member *)w->impl;
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

static int run(struct board *board, struct err *err)
{
    struct arena arena = {.bytes = board->arena_bytes};
    struct comm_list *splits = NULL;
    struct member member = {.splits = &splits};
    struct household house;
    struct worker w;
    void *map;
    int rank;

    mem_follow(board->pages);
    if (household_open(&house, board, false, err))
        return -1;
    if (mem_map(&map, arena.bytes, board->pages, false, err)) {
        household_close(&house);
        return -1;
    }
    arena.base = map;
    member.comm = team_comm(board->workers);
    MPI_Comm_rank(member.comm, &rank);
    board_worker(board, rank, &arena, &house, &w);
    w.ops = &ops;
    w.impl = &member;
    board_work(board, &w);
    free_splits(splits);
    MPI_Comm_free(&member.comm);
    mem_unmap(map, arena.bytes);
    household_close(&house);
    if (rank == 0)
        board_ended(board);
    return 0;
}

/* -- a rank -------------------------------------------------------------- */

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
            board_lost(board, err->text);
        board_close(board);
    }
    return 0;
}

static int ranks_here(void)
{
    MPI_Comm node;
    int here;

    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL,
                        &node);
    MPI_Comm_size(node, &here);
    MPI_Comm_free(&node);
    return here;
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
    int here = ranks_here();

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
