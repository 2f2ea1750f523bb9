/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hybrid: few ranks of an MPI launcher, each with threads: one OpenMP parallel
 * region a rank, open for as long as the team lives, as `threads` has it. The
 * thread that initialised MPI is the first one there and the only one that
 * calls MPI. Which worker is a thread of which rank, the board says; over
 * several nodes each has one, and the ranks tell each other the rest.
 */
#include "drivers/executors/hybrid.h"

#include "drivers/executors/executor.h"

#if HAVE_MPI && HAVE_OPENMP
#include <omp.h>

#include "drivers/executors/hybrid_post.h"
#include "drivers/executors/messages.h"

/* What the threads of a rank have in common. */
struct crew {
    struct board *board;
    int first; /* slot */
    const struct lead *lead;
    struct office *office;
    struct household house;
};

/* A leader relays until its team goes, though it may have failed itself: its
 * other threads wait for orders, and for whoever is on other nodes. */
static void lead_out(struct board *board, const struct lead *lead)
{
    while (board->order != ORDER_LEAVE) {
        if (!lead->await(lead->arg, board, atomic_load(&board->orders)))
            board_post(board, ORDER_LEAVE);
    }
}

static void live(const struct crew *crew, int thread)
{
    struct board *board = crew->board;
    const struct lead *lead = thread == 0 ? crew->lead : NULL;
    struct office *o = crew->office;
    int place = crew->first + thread;
    struct slot *slot = &board->slot[place];
    struct arena arena = {.base = o->arenas + (size_t)thread * o->arena_bytes,
                          .bytes = o->arena_bytes};
    struct worker w;

    board_worker(board, place, &arena, &crew->house, &w);
    w.rank = slot->task;
    w.size = board->whole;
    if (hybrid_join(&w, o, thread, &slot->err)) {
        slot->failed = true;
        board_lost(board, slot->err.text);
    } else {
        board_work_as(board, place, &w, lead);
    }
    if (lead)
        lead_out(board, lead);
    else if (board->tied)
        ranks_heard(board, place, o->rank);
}

/* The region; its threads are given back, so that none of them spins while
 * other executors are timed. */
static int open_region(const struct crew *crew, struct err *err)
{
    int threads = crew->office->threads, short_of = 0;

    omp_set_dynamic(0);
#pragma omp parallel num_threads(threads) reduction(| : short_of)
    {
        if (omp_get_num_threads() != threads)
            short_of = 1;
        else
            live(crew, omp_get_thread_num());
    }
    omp_pause_resource_all(omp_pause_hard);
    if (short_of)
        return err_set(err, EXIT_RESOURCE,
                       "OpenMP gave rank %d fewer than %d threads "
                       "(OMP_THREAD_LIMIT?)",
                       crew->office->rank, threads);
    return 0;
}

static int check_means(const struct board *board, int ranks, struct err *err)
{
    int provided;

    MPI_Query_thread(&provided);
    if (provided < MPI_THREAD_FUNNELED)
        return err_set(err, EXIT_ABSENT, "this MPI suffers no threads");
    if (board->window && ranks > 1)
        return err_set(err, EXIT_ABSENT,
                       "threads of several ranks have no window in common");
    return 0;
}

int hybrid_play(struct board *board, MPI_Comm comm, int first,
                const struct lead *lead, struct err *err)
{
    struct crew crew = {.board = board, .first = first, .lead = lead};
    int rank, ranks, failed;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    mem_follow(board->pages);
    if (check_means(board, ranks, err) ||
        household_open(&crew.house, board, false, err))
        return -1;
    failed = office_open(&crew.office, board, first, comm, err) ||
             open_region(&crew, err);
    office_close(crew.office);
    household_close(&crew.house);
    if (rank == 0 && !failed)
        board_ended(board);
    return failed ? -1 : 0;
}

/* The executor's, which is not how ranks come to their boards. */
static int run(struct board *board, struct err *err)
{
    (void)board;
    return err_set(err, EXIT_ABSENT, "ranks are brought by a launcher");
}

#define ABSENT NULL
#else
static int run(struct board *board, struct err *err)
{
    (void)board, (void)err;
    BUG("hybrid in a build without MPI or OpenMP");
}

#if HAVE_MPI
int hybrid_play(struct board *board, MPI_Comm comm, int first,
                const struct lead *lead, struct err *err)
{
    (void)comm, (void)first, (void)lead;
    return run(board, err);
}
#endif

#if HAVE_OPENMP
#define ABSENT "built without MPI"
#elif HAVE_MPI
#define ABSENT "built without OpenMP"
#else
#define ABSENT "built without MPI and OpenMP"
#endif
#endif

const struct executor executor_hybrid = {
    .name = "hybrid",
    .summary = "OpenMP threads of few MPI ranks",
    .absent = ABSENT,
    .flags = EXECUTOR_NEEDS_LAUNCHER | EXECUTOR_HYBRID,
    .birth = BIRTH_LAUNCH,
    .run = run,
};
