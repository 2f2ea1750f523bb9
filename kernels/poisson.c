/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/poisson.h"

#include <math.h>

struct poisson poisson_grid(size_t n, size_t points)
{
    struct poisson g = {.n = n, .deep = points == 5 ? 1 : n, .points = points};

    g.rows = n * n * g.deep;
    g.reach = points == 5 ? n : n * n;
    if (points == 27)
        g.reach += n + 1;
    return g;
}

/* A line of n points has 3 n - 2 neighbours, each its own included. */
double poisson_entries(const struct poisson *g)
{
    double n = (double)g->n, line = 3 * n - 2, across = (double)g->rows / n;

    if (g->points == 27)
        return line * line * line;
    return (double)g->rows + (g->points == 5 ? 2 : 3) * (line - n) * across;
}

double poisson_diagonal(const struct poisson *g)
{
    return (double)g->points - 1;
}

/* Eigenvalues are, for 5 and 7 points, the sums of 4 sin^2(i pi / (2 n + 2)),
 * one term for each dimension, and for 27 points 27 less the products of three
 * 1 + 2 cos(i pi / (n + 1)), i = 1 .. n. */
double poisson_condition(const struct poisson *g)
{
    double angle = acos(-1) / (double)(g->n + 1), c = 2 * cos(angle);
    double high = 1 + c, low = 1 - c, least;

    if (g->points != 27)
        return 1 / (tan(angle / 2) * tan(angle / 2));
    least = low < 0 ? high * high * low : low * low * low;
    return (27 - least) / (27 - high * high * high);
}

/* The neighbour of `row` in that direction, or `row` if it is none. */
static size_t neighbour(const struct poisson *g, size_t row, int dz, int dy,
                        int dx)
{
    size_t x = row % g->n + (size_t)dx, y = row / g->n % g->n + (size_t)dy;
    size_t z = row / g->n / g->n + (size_t)dz; /* -1 is beyond any edge, too */

    if (x >= g->n || y >= g->n || z >= g->deep ||
        (g->points != 27 && dz * dz + dy * dy + dx * dx > 1))
        return row;
    return (z * g->n + y) * g->n + x;
}

/* Directions come in the order of columns. */
static uint32_t fill_row(const struct poisson *g, size_t row, size_t origin,
                         struct csr *a, uint32_t k)
{
    enum { DIRECTIONS = 27, HERE = 13 };

    for (int d = 0; d < DIRECTIONS; d++) {
        size_t there = neighbour(g, row, d / 9 - 1, d / 3 % 3 - 1, d % 3 - 1);

        if (there == row && d != HERE)
            continue;
        a->column[k] = (uint32_t)(there - origin);
        a->value[k++] = d == HERE ? poisson_diagonal(g) : -1;
    }
    return k;
}

void poisson_fill(const struct poisson *g, size_t first, size_t count,
                  size_t shift, struct csr *a)
{
    uint32_t k = 0;

    for (size_t i = 0; i < count; i++) {
        a->start[i] = k;
        /* first - shift may wrap; so does what it is taken from. */
        k = fill_row(g, first + i, first - shift, a, k);
    }
    a->start[count] = k;
}
