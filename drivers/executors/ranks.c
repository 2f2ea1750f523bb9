/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ranks: the processes of an MPI launcher. They talk by messages alone, or,
 * where the kernel's plan asks for a window, through shared memory of MPI's
 * (drivers/executors/messages.h); only the gate and the orders of the board,
 * which is no part of what is measured, go through shared memory of ours.
 */
#include "drivers/executors/ranks.h"

#include "drivers/executors/executor.h"

#if HAVE_MPI
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "drivers/born.h"
#include "drivers/executors/messages.h"
#include "drivers/lobby.h"

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

/* From the first verb to the last. */
static int live(struct board *board, struct messenger *member,
                const struct household *house, int rank, struct err *err)
{
    struct arena arena = {.base = NULL};
    struct worker w;
    int failed;

    if (messages_arena(member, &arena, board->arena_bytes, board->pages,
                       board->window, err))
        return -1;
    board_worker(board, rank, &arena, house, &w);
    failed = messages_join(member, &w, err);
    if (!failed)
        board_work(board, &w);
    messages_end(member, &arena);
    return failed;
}

static int run(struct board *board, struct err *err)
{
    struct comm_list *splits = NULL;
    struct messenger member = {
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
    int here = messages_here(MPI_COMM_WORLD);

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
