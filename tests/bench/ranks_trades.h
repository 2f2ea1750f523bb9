/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trades of launched ranks: what an expert would write with MPI.
 */
#ifndef DRIVE_TESTS_BENCH_RANKS_TRADES_H
#define DRIVE_TESTS_BENCH_RANKS_TRADES_H

#include "peer.h"

/* The MPI loops of the Parallel Research Kernels. */
extern const struct trade trade_mpi_stencil;
extern const struct trade trade_mpi_transpose;

/* Rows of tasks, non-blocking messages between them. */
extern const struct trade trade_mpi_tasks;

#endif
