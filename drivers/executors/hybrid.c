/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hybrid: few ranks of an MPI launcher, each with threads: one OpenMP parallel
 * region a rank, open for as long as the team lives, as `threads` has it. The
 * thread that initialised MPI is the first one there and the only one that
 * calls MPI. Which worker is a thread of which rank, the board says.
 */
#include "drivers/executors/executor.h"

#if HAVE_MPI && HAVE_OPENMP
#include <mpi.h>
#include <omp.h>

#include "drivers/executors/hybrid_post.h"
#include "drivers/executors/messages.h"

/* What the threads of a rank have in common. */
struct crew {
    struct board *board;
    struct office *office;
    struct household house;
};

static int live(const struct crew *crew, int thread)
{
    struct office *o = crew->office;
    int task = o->first[o->rank] + thread;
    struct slot *slot = &crew->board->slot[task];
    struct arena arena = {.base = o->arenas + (size_t)thread * o->arena_bytes,
                          .bytes = o->arena_bytes};
    struct worker w;

    board_worker(crew->board, task, &arena, &crew->house, &w);
    if (hybrid_join(&w, o, thread, &slot->err)) {
        slot->failed = true;
        return -1;
    }
    board_work(crew->board, &w);
    return 0;
}

/* The region; its threads are given back, so that none of them spins while
 * other executors are timed. */
static int open_region(const struct crew *crew, struct err *err)
{
    int threads = crew->office->threads, failed = 0;

    omp_set_dynamic(0);
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        if (omp_get_num_threads() != threads)
            failed = 1;
        else
            failed = live(crew, omp_get_thread_num()) != 0;
    }
    omp_pause_resource_all(omp_pause_hard);
    if (failed)
        return err_set(err, EXIT_RESOURCE,
                       "OpenMP gave rank %d fewer than %d threads "
                       "(OMP_THREAD_LIMIT?)",
                       crew->office->rank, threads);
    return 0;
}

static int check_means(const struct board *board, struct err *err)
{
    int provided;

    MPI_Query_thread(&provided);
    if (provided < MPI_THREAD_FUNNELED)
        return err_set(err, EXIT_ABSENT, "this MPI suffers no threads");
    if (board->window && board->ranks > 1)
        return err_set(err, EXIT_ABSENT,
                       "threads of several ranks have no window in common");
    return 0;
}

static int run(struct board *board, struct err *err)
{
    struct crew crew = {.board = board};
    MPI_Comm comm;
    int rank, failed;

    mem_follow(board->pages);
    if (check_means(board, err) ||
        household_open(&crew.house, board, false, err))
        return -1;
    comm = ranks_comm(board->ranks);
    MPI_Comm_rank(comm, &rank);
    failed =
        office_open(&crew.office, board, comm, err) || open_region(&crew, err);
    office_close(crew.office);
    MPI_Comm_free(&comm);
    household_close(&crew.house);
    if (rank == 0 && !failed)
        board_ended(board);
    return failed ? -1 : 0;
}

#define ABSENT NULL
#else
static int run(struct board *board, struct err *err)
{
    (void)board, (void)err;
    BUG("hybrid in a build without MPI or OpenMP");
}

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
