/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `transpose` computes with: blocks of matrices, row-major, transposed
 * through registers, eight by eight elements, so that every cache line that is
 * fetched is used whole. Strides are in elements; the blocks may not overlap.
 */
#ifndef DRIVE_KERNELS_FLIP_H
#define DRIVE_KERNELS_FLIP_H

#include <stddef.h>

/* b[rows][columns] += the transpose of a[columns][rows], and a += 1. Takes
 * `tile` columns of b at a time from top to bottom. */
void flip_add(double *b, size_t b_stride, double *a, size_t a_stride,
              size_t rows, size_t columns, size_t tile);

/* The same, but b becomes the transpose. */
void flip_pack(double *b, size_t b_stride, double *a, size_t a_stride,
               size_t rows, size_t columns, size_t tile);

#endif
