/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/star.h"

/* How much dearer a point of a halo column is than one of a halo row, and what
 * a sweep may take of the second-level cache. */
enum { COLUMN_PRICE = 4, CACHE_BYTES = 256 << 10 };

struct star star_make(int radius)
{
    struct star star = {.radius = radius};

    for (int k = 1; k <= radius; k++) {
        double *weight = &star.weight[4 * k - 3];

        weight[1] = weight[3] = 1.0 / (2.0 * k * radius);
        weight[0] = weight[2] = -weight[1];
    }
    return star;
}

/* Becomes a loop of its own, without inner ones, for each radius that is
 * known to the compiler. */
static inline __attribute__((always_inline)) void sum_row(
    int radius, const double *restrict weight, double *restrict out,
    const double *restrict in, size_t stride, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double sum = weight[0] * in[i];

#pragma GCC unroll 8
        for (int k = 1; k <= radius; k++) {
            const double *at = in + i, *of = weight + 4 * k - 3;
            size_t far = (size_t)k * stride;

            sum += of[0] * at[-k];
            sum += of[1] * at[k];
            sum += of[2] * *(at - far);
            sum += of[3] * at[far];
        }
        out[i] += sum;
    }
}

/* Any radius: one distance after the other, on a piece of the row that stays
 * in the first-level cache. */
static void add_distance(const double *restrict weight, double *restrict out,
                         const double *restrict in, int k, size_t far,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] += weight[0] * in[i - (size_t)k] +
                  weight[1] * in[i + (size_t)k] + weight[2] * *(in + i - far) +
                  weight[3] * in[i + far];
}

static void sum_any_row(const struct star *star, double *restrict out,
                        const double *restrict in, size_t stride, size_t count)
{
    enum { PIECE = 512 };

    for (size_t first = 0; first < count; first += PIECE) {
        size_t part = count - first < PIECE ? count - first : PIECE;

        for (size_t i = first; i < first + part; i++)
            out[i] += star->weight[0] * in[i];
        for (int k = 1; k <= star->radius; k++)
            add_distance(&star->weight[4 * k - 3], out + first, in + first, k,
                         (size_t)k * stride, part);
    }
}

void star_row(const struct star *star, double *out, const double *in,
              size_t stride, size_t count)
{
    switch (star->radius) {
    case 1: sum_row(1, star->weight, out, in, stride, count); break;
    case 2: sum_row(2, star->weight, out, in, stride, count); break;
    case 3: sum_row(3, star->weight, out, in, stride, count); break;
    case 4: sum_row(4, star->weight, out, in, stride, count); break;
    case 5: sum_row(5, star->weight, out, in, stride, count); break;
    case 6: sum_row(6, star->weight, out, in, stride, count); break;
    default: sum_any_row(star, out, in, stride, count);
    }
}

void star_reference_row(const struct star *star, double *out, const double *in,
                        size_t stride, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] += star->weight[0] * in[i];
        for (int k = 1; k <= star->radius; k++) {
            const double *weight = &star->weight[4 * k - 3];

            out[i] += weight[0] * *(in + i - k);
            out[i] += weight[1] * *(in + i + k);
            out[i] += weight[2] * *(in + i - (size_t)k * stride);
            out[i] += weight[3] * *(in + i + (size_t)k * stride);
        }
    }
}

double star_flops(int radius)
{
    return 2 * (4.0 * radius + 1) + 1;
}

size_t star_strip(int radius)
{
    size_t rows = 2 * (size_t)radius + 2;

    return CACHE_BYTES / sizeof(double) / rows / 8 * 8;
}

/* What a part in the middle of the grid is handed, for n = 1. */
static double grid_price(int rows, int columns)
{
    return (rows > 1 ? 1.0 / columns : 0) +
           (columns > 1 ? (double)COLUMN_PRICE / rows : 0);
}

struct grid grid_choose(size_t n, int radius, int workers)
{
    size_t most = n / (size_t)radius; /* parts of an axis */
    struct grid best = {0, 0};

    for (int columns = 1; columns <= workers; columns++) {
        int rows = workers / columns;

        if (workers % columns || (size_t)columns > most || (size_t)rows > most)
            continue;
        if (best.rows == 0 ||
            grid_price(rows, columns) < grid_price(best.rows, best.columns))
            best = (struct grid){rows, columns};
    }
    return best;
}
