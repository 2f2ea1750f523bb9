/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matrix product of one worker: BLIS with one thread, or, in a build
 * without BLIS, a plain C product that is also the oracle of the tests.
 */
#ifndef DRIVE_KERNELS_BLAS_H
#define DRIVE_KERNELS_BLAS_H

#include <stddef.h>

/* c[m][n] = a[m][k] b[k][n] + keep c, all row-major; lda, ldb, ldc are the
 * distances between rows in elements; keep is 0 (c may be unset, even NaN) or
 * 1. Any of m, n, k may be 0. Safe to call from many threads at once; the
 * calling thread does all the work. */
void blas_gemm(size_t m, size_t n, size_t k, const double *a, size_t lda,
               const double *b, size_t ldb, double keep, double *c, size_t ldc);

/* The same, as three plain loops. */
void blas_reference_gemm(size_t m, size_t n, size_t k, const double *a,
                         size_t lda, const double *b, size_t ldb, double keep,
                         double *c, size_t ldc);

/* Shape of the register tile (rows x columns) and depth of a packed panel:
 * cuts of a matrix are best made at multiples of them. */
struct blas_blocks {
    size_t rows, columns, depth;
};
struct blas_blocks blas_blocks(void);

/* "BLIS 0.9.0 (zen3)", or "plain C" in a build without it; cut at size. */
char *blas_describe(char *out, size_t size);

#endif
