/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Barriers between forked processes: drive's own, and that of pthreads.
 */
#include "trades.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/clock.h"
#include "drivers/executors/shared.h"

/* -- drive's ------------------------------------------------------------- */

static int ground_share(struct board *board, void **state, struct err *err)
{
    struct ground *ground = malloc(sizeof *ground);

    if (!ground)
        return err_set(err, EXIT_RESOURCE, "no memory for a barrier");
    *state = ground;
    return ground_open(ground, board, true, err);
}

static int hand_setup(struct board *board, int rank, void **state,
                      struct err *err)
{
    struct hand *hand = malloc(sizeof *hand);

    if (!hand)
        return err_set(err, EXIT_RESOURCE, "no memory for a barrier");
    if (ground_hand(*state, board, rank, hand, err))
        return -1;
    *state = hand;
    return 0;
}

static int shared_turn(struct board *board, int rank, void *state,
                       struct err *err)
{
    struct worker *w = &((struct hand *)state)->worker;
    struct span *span = &board->slot[rank].span;

    (void)err;
    for (unsigned i = 0; i < board->repeats / 8; i++)
        shared_barrier(w);
    span->start_ns = clock_now();
    for (unsigned i = 0; i < board->repeats; i++)
        shared_barrier(w);
    span->end_ns = clock_now();
    return 0;
}

const struct trade trade_shared_barrier = {
    .share = ground_share, .setup = hand_setup, .turn = shared_turn};

/* -- pthreads' ----------------------------------------------------------- */

static int pthread_share(struct board *board, void **state, struct err *err)
{
    pthread_barrier_t *barrier =
        mmap(NULL, sizeof *barrier, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t how;

    if (barrier == MAP_FAILED)
        return err_errno(err, EXIT_RESOURCE, "cannot map a barrier");
    pthread_barrierattr_init(&how);
    pthread_barrierattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(barrier, &how, (unsigned)board->workers);
    *state = barrier;
    return 0;
}

static int pthread_setup(struct board *board, int rank, void **state,
                         struct err *err)
{
    (void)board, (void)rank, (void)state, (void)err;
    return 0;
}

static int pthread_turn(struct board *board, int rank, void *state,
                        struct err *err)
{
    struct span *span = &board->slot[rank].span;

    (void)err;
    for (unsigned i = 0; i < board->repeats / 8; i++)
        pthread_barrier_wait(state);
    span->start_ns = clock_now();
    for (unsigned i = 0; i < board->repeats; i++)
        pthread_barrier_wait(state);
    span->end_ns = clock_now();
    return 0;
}

const struct trade trade_pthread_barrier = {
    .share = pthread_share, .setup = pthread_setup, .turn = pthread_turn};
