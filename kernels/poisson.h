/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Poisson's equation on a grid of n x n or n x n x n points with zeros around
 * it, as a sparse matrix by rows (CSR). A row has `points` - 1 on its diagonal
 * and -1 for each neighbour: four in the plane (5 points), six in space (7), or
 * all that touch, also by an edge or a corner (27; the matrix of HPCG). It is
 * symmetric and positive definite.
 */
#ifndef DRIVE_KERNELS_POISSON_H
#define DRIVE_KERNELS_POISSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct poisson {
    size_t n, deep; /* n x n x deep points; deep: n, or 1 in the plane */
    size_t points;  /* 5, 7 or 27: entries of an inner row */
    size_t rows;
    size_t reach; /* columns of row i are in i - reach .. i + reach */
};

/* Any n whose rows size_t can count. */
struct poisson poisson_grid(size_t n, size_t points);

double poisson_entries(const struct poisson *); /* all that are not 0 */

double poisson_diagonal(const struct poisson *);

/* The largest eigenvalue against the least, from their formulas; for 27 points
 * an upper bound of it. */
double poisson_condition(const struct poisson *);

/* Rows by compression: entries of row i are start[i] .. start[i + 1] - 1. */
struct csr {
    uint32_t *start; /* [rows + 1] */
    uint32_t *column;
    double *value;
};

/* Fills in rows first .. first + count - 1, columns in rising order. A column
 * is counted from row first - shift, which need not exist: shift >= reach. The
 * caller sees to it that the last column fits into 32 bits. */
void poisson_fill(const struct poisson *, size_t first, size_t count,
                  size_t shift, struct csr *);

#endif
