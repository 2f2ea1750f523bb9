/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of whole matrices in one process, by whatever library.
 */
#ifndef DRIVE_TESTS_BENCH_PRODUCT_H
#define DRIVE_TESTS_BENCH_PRODUCT_H

#include "peer.h"

struct product {
    size_t n;
    double *a, *b, *c; /* [n][n] each, row-major */
};

/* C = A B by so many threads. */
typedef void product_call(const struct product *, int threads);

/* A trade's setup, which makes a struct product. */
int product_setup(struct board *, int rank, void **state, struct err *);

/* One turn: the call is what is timed. Never fails. */
int product_take(struct board *, int rank, struct product *, product_call *);

#endif
