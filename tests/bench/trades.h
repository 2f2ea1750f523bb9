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

/* The same by OpenBLAS: built without threads, with its own, with OpenMP's. */
extern const struct trade trade_openblas_serial;
extern const struct trade trade_openblas_pthread;
extern const struct trade trade_openblas_openmp;

/* Path of the library of one of these builds; false when it is not there. */
bool openblas_find(const char *build, char *path, size_t size);
/* Its folder, with a libblas beside it: for LD_LIBRARY_PATH. */
bool openblas_folder(const char *build, char *path, size_t size);

/* STREAM's triad: a plain loop for one worker, `parallel for` for more. */
extern const struct trade trade_stream;
/* The same with stores that go past the caches; NULL, or why it has none. */
extern const struct trade trade_stream_past;
extern const char *const stream_past_absent;

/* The OpenMP loops of the Parallel Research Kernels, and tasks that depend on
 * each other. */
extern const struct trade trade_prk_stencil;
extern const struct trade trade_prk_transpose;
extern const struct trade trade_omp_tasks;

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

/* Rows of the parameters that these peers read. */
enum { STENCIL_N, STENCIL_RADIUS, STENCIL_ITERATIONS };
enum { TRANSPOSE_N, TRANSPOSE_ITERATIONS, TRANSPOSE_TILE };
enum { TASKS_PATTERN, TASKS_GRAIN, TASKS_WIDTH, TASKS_STEPS };

/* n of the problem: the first parameter of matmul and of triad. */
static inline size_t problem_n(const struct board *board)
{
    return (size_t)board->problem.value[0].count;
}

#endif
