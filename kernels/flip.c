/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/flip.h"

#include <stdbool.h>

enum { QUAD = 4, BLOCK = 8 };

/* Four doubles of a register, and the same in memory, at any address. */
typedef double quad __attribute__((vector_size(QUAD * sizeof(double))));
typedef double quad_there
    __attribute__((vector_size(QUAD * sizeof(double)), aligned(8), may_alias));

#define SHUFFLE __builtin_shufflevector
#define INLINE  static inline __attribute__((always_inline))

INLINE void put(double *at, quad value, bool add)
{
    quad_there *there = (quad_there *)at;

    if (add)
        value += *there;
    *there = value;
}

/* Row i of a, which is incremented. */
INLINE quad take(double *a, size_t stride, size_t i)
{
    quad_there *there = (quad_there *)(a + i * stride);
    quad value = *there;

    *there = value + 1.0;
    return value;
}

INLINE void flip_quad(double *b, size_t b_stride, double *a, size_t a_stride,
                      bool add)
{
    quad r0 = take(a, a_stride, 0), r1 = take(a, a_stride, 1);
    quad r2 = take(a, a_stride, 2), r3 = take(a, a_stride, 3);
    quad even01 = SHUFFLE(r0, r1, 0, 4, 2, 6);
    quad odd01 = SHUFFLE(r0, r1, 1, 5, 3, 7);
    quad even23 = SHUFFLE(r2, r3, 0, 4, 2, 6);
    quad odd23 = SHUFFLE(r2, r3, 1, 5, 3, 7);

    put(b, SHUFFLE(even01, even23, 0, 1, 4, 5), add);
    put(b + b_stride, SHUFFLE(odd01, odd23, 0, 1, 4, 5), add);
    put(b + 2 * b_stride, SHUFFLE(even01, even23, 2, 3, 6, 7), add);
    put(b + 3 * b_stride, SHUFFLE(odd01, odd23, 2, 3, 6, 7), add);
}

INLINE void flip_block(double *b, size_t b_stride, double *a, size_t a_stride,
                       bool add)
{
    for (size_t i = 0; i < BLOCK; i += QUAD) {
        for (size_t k = 0; k < BLOCK; k += QUAD)
            flip_quad(b + i * b_stride + k, b_stride, a + k * a_stride + i,
                      a_stride, add);
    }
}

/* What is left over at the edges. */
INLINE void flip_plain(double *b, size_t b_stride, double *a, size_t a_stride,
                       size_t rows, size_t columns, bool add)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < columns; k++) {
            double value = a[k * a_stride + i];

            b[i * b_stride + k] = add ? b[i * b_stride + k] + value : value;
            a[k * a_stride + i] = value + 1;
        }
    }
}

/* Eight rows of b that come next: they begin on pages of their own, which no
 * hardware foresees. */
INLINE void fetch(const double *b, size_t stride, size_t columns)
{
    for (size_t i = 0; i < BLOCK; i++) {
        for (size_t k = 0; k < columns; k += BLOCK)
            __builtin_prefetch(b + i * stride + k, 1);
    }
}

INLINE void flip_tile(double *b, size_t b_stride, double *a, size_t a_stride,
                      size_t rows, size_t columns, bool add)
{
    size_t whole = columns / BLOCK * BLOCK, i = 0;

    for (; i + BLOCK <= rows; i += BLOCK) {
        double *row = b + i * b_stride;

        if (i + 2 * BLOCK <= rows)
            fetch(row + BLOCK * b_stride, b_stride, columns);
        for (size_t k = 0; k < whole; k += BLOCK)
            flip_block(row + k, b_stride, a + k * a_stride + i, a_stride, add);
        flip_plain(row + whole, b_stride, a + whole * a_stride + i, a_stride,
                   BLOCK, columns - whole, add);
    }
    flip_plain(b + i * b_stride, b_stride, a + i, a_stride, rows - i, columns,
               add);
}

INLINE void flip(double *b, size_t b_stride, double *a, size_t a_stride,
                 size_t rows, size_t columns, size_t tile, bool add)
{
    for (size_t k = 0; k < columns; k += tile) {
        size_t width = columns - k < tile ? columns - k : tile;

        flip_tile(b + k, b_stride, a + k * a_stride, a_stride, rows, width,
                  add);
    }
}

void flip_add(double *b, size_t b_stride, double *a, size_t a_stride,
              size_t rows, size_t columns, size_t tile)
{
    flip(b, b_stride, a, a_stride, rows, columns, tile, true);
}

void flip_pack(double *b, size_t b_stride, double *a, size_t a_stride,
               size_t rows, size_t columns, size_t tile)
{
    flip(b, b_stride, a, a_stride, rows, columns, tile, false);
}
