/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads: one OpenMP parallel region, open for as long as the team lives.
 * Between trials the threads sleep on the board, inside the region, so that
 * no OpenMP run-time spins at its end while others are timed. They meet by our
 * own barrier, as processes do: libgomp's is slower with a thread a core, and
 * by far with more (tests/bench prints both).
 */
#include "drivers/executors/executor.h"

#if HAVE_OPENMP
#include <omp.h>

#include "drivers/executors/shared.h"

static int run(struct board *board, struct err *err)
{
    struct ground ground;
    int failed = 0;

    board_born(board);
    if (ground_open(&ground, board, false, err))
        return -1;
    omp_set_dynamic(0);
#pragma omp parallel num_threads(board->workers) reduction(| : failed)
    {
        struct hand hand;
        struct err mine;

        if (omp_get_num_threads() != board->workers ||
            ground_hand(&ground, board, omp_get_thread_num(), &hand, &mine)) {
            failed = 1;
        } else {
            board_work(board, &hand.worker);
        }
    }
    ground_close(&ground);
    if (failed)
        return err_set(err, EXIT_RESOURCE,
                       "OpenMP gave fewer than %d threads (OMP_THREAD_LIMIT?)",
                       board->workers);
    return 0;
}

#define ABSENT NULL
#else
static int run(struct board *board, struct err *err)
{
    (void)board, (void)err;
    BUG("threads in a build without OpenMP");
}

#define ABSENT "built without OpenMP"
#endif

const struct executor executor_threads = {
    .name = "threads",
    .summary = "OpenMP threads of one process",
    .absent = ABSENT,
    .flags = EXECUTOR_SHARED_MEMORY,
    .birth = BIRTH_CLONE,
    .run = run,
};
