/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The peers' trades: what an expert would write without drive. Their data are
 * those of the kernels, element by element, so that checksums agree.
 */
#ifndef DRIVE_TESTS_BENCH_TRADES_H
#define DRIVE_TESTS_BENCH_TRADES_H

#include "peer.h"

/* One call of BLIS a turn, with its own threads: as many as workers. */
extern const struct trade trade_blis;

/* STREAM's triad: a plain loop for one worker, `parallel for` for more. */
extern const struct trade trade_stream;

/* Barriers in a loop, board->repeats of them, the time is that of all: of
 * OpenMP; of drive's threads and of its processes; of pthreads between
 * processes. */
extern const struct trade trade_omp_barrier;
extern const struct trade trade_threads_barrier;
extern const struct trade trade_shared_barrier;
extern const struct trade trade_pthread_barrier;

/* NULL, or what the build lacks for it. */
extern const char *const blis_absent;
extern const char *const openmp_absent;

/* The order in which the kernels draw their inputs. */
enum { MATMUL_STREAM_A, MATMUL_STREAM_B };
enum { TRIAD_STREAM_B, TRIAD_STREAM_C };

/* n of the problem: the first parameter of matmul and of triad. */
static inline size_t problem_n(const struct board *board)
{
    return (size_t)board->problem.value[0].count;
}

#endif
