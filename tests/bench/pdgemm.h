/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ScaLAPACK's best: pdgemm of as many ranks as the race's stage has workers,
 * in the fastest of its ways. They differ in block size, grid and the BLAS that
 * makes the local products, and are chosen in a round-robin.
 */
#ifndef DRIVE_TESTS_BENCH_PDGEMM_H
#define DRIVE_TESTS_BENCH_PDGEMM_H

#include "race.h"

/* Takes part in `matmul` of the stage's n. Prints which way was chosen. Never
 * NULL. */
struct entrant *pdgemm_enter(struct race *);

#endif
