/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of the table, by what they run. Each prints its lines as it ends;
 * they fail only when the whole benchmark shall end (a signal, no memory).
 */
#ifndef DRIVE_TESTS_BENCH_ROWS_H
#define DRIVE_TESTS_BENCH_ROWS_H

#include "stage.h"

int rows_matmul(struct stage *, struct err *err);  /* 1, 3, 4, 5 */
int rows_null(struct stage *, struct err *err);    /* 2 */
int rows_triad(struct stage *, struct err *err);   /* 6 */
int rows_parked(struct stage *, struct err *err);  /* 7 */
int rows_first(struct stage *, struct err *err);   /* 8 */
int rows_barrier(struct stage *, struct err *err); /* 9, 10 */

/* Against peers: rows 11 to 20. */
int rows_shared(struct stage *, struct err *err);    /* 11, 12, 13 */
int rows_scalapack(struct stage *, struct err *err); /* 14 */
int rows_core(struct stage *, struct err *err);      /* 15 */
int rows_stream(struct stage *, struct err *err);    /* 16 */
int rows_meet(struct stage *, struct err *err);      /* 17 */
int rows_metg(struct stage *, struct err *err);      /* 18 */
int rows_prk(struct stage *, struct err *err);       /* 19 */
int rows_hpcc(struct stage *, struct err *err);      /* 20 */

#endif
