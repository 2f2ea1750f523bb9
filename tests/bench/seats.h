/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What OpenMP's threads of a peer need: their numbers and seats.
 */
#ifndef DRIVE_TESTS_BENCH_SEATS_H
#define DRIVE_TESTS_BENCH_SEATS_H

#include "peer.h"

#ifdef _OPENMP
#include <omp.h>
#define thread_number() omp_get_thread_num()
#else
#define thread_number() 0
#endif

/* In a region: this thread's rows, and its seat. */
static inline struct share take_seat(const struct board *board, size_t items,
                                     size_t unit)
{
    int thread = thread_number();

    placement_bind(&board->slot[thread].seat, &board->allowed, NULL);
    return share_of(items, unit, board->workers, thread);
}

static inline void stamp(struct board *board, uint64_t start_ns,
                         uint64_t end_ns)
{
    for (int i = 0; i < board->workers; i++)
        board->slot[i].span =
            (struct span){.start_ns = start_ns, .end_ns = end_ns};
}

#endif
