/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Poisson's matrix against its definition, entry by entry, and its condition
 * against vectors that are known to be eigenvectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/poisson.h"

static const size_t points_known[] = {5, 7, 27};
enum { KINDS = 3, LARGEST = 6 };

static struct csr csr_make(const struct poisson *g, size_t rows)
{
    struct csr a = {
        .start = calloc(rows + 1, sizeof *a.start),
        .column = calloc(rows * g->points + 1, sizeof *a.column),
        .value = calloc(rows * g->points + 1, sizeof *a.value),
    };

    assert_non_null(a.start);
    assert_non_null(a.column);
    assert_non_null(a.value);
    return a;
}

static void csr_free(struct csr *a)
{
    free(a->start);
    free(a->column);
    free(a->value);
}

static struct csr whole(const struct poisson *g)
{
    struct csr a = csr_make(g, g->rows);

    poisson_fill(g, 0, g->rows, 0, &a);
    return a;
}

static int distance(size_t a, size_t b)
{
    return abs((int)a - (int)b);
}

/* The entry by the book, from the coordinates of both points. */
static double entry(const struct poisson *g, size_t i, size_t j)
{
    int x = distance(i % g->n, j % g->n);
    int y = distance(i / g->n % g->n, j / g->n % g->n);
    int z = distance(i / g->n / g->n, j / g->n / g->n);
    int near = g->points == 27 ? x <= 1 && y <= 1 && z <= 1 : x + y + z <= 1;

    if (i == j)
        return (double)g->points - 1;
    return near ? -1 : 0;
}

static void compare_row(const struct poisson *g, const struct csr *a, size_t i)
{
    uint32_t k = a->start[i];

    for (size_t j = 0; j < g->rows; j++) {
        double value = entry(g, i, j);

        if (value == 0)
            continue;
        assert_true(k < a->start[i + 1]);
        assert_int_equal(a->column[k], j);
        assert_true(a->value[k] == value);
        assert_true((size_t)distance(i, j) <= g->reach);
        k++;
    }
    assert_int_equal(k, a->start[i + 1]);
}

static void rows_are_as_defined(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t n = 1; n <= LARGEST; n++) {
            struct poisson g = poisson_grid(n, points_known[kind]);
            struct csr a = whole(&g);

            for (size_t i = 0; i < g.rows; i++)
                compare_row(&g, &a, i);
            assert_true(a.start[g.rows] == poisson_entries(&g));
            csr_free(&a);
        }
    }
}

/* A part has the same rows, its columns counted from elsewhere. */
static void compare_part(const struct poisson *g, const struct csr *all,
                         size_t first, size_t count, size_t shift)
{
    struct csr part = csr_make(g, count);
    uint32_t from = all->start[first];

    poisson_fill(g, first, count, shift, &part);
    assert_int_equal(part.start[0], 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(part.start[i + 1], all->start[first + i + 1] - from);
    for (uint32_t k = 0; k < part.start[count]; k++) {
        assert_int_equal(part.column[k] + first, all->column[from + k] + shift);
        assert_true(part.value[k] == all->value[from + k]);
    }
    csr_free(&part);
}

static void parts_are_rows_of_the_whole(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct poisson g = poisson_grid(5, points_known[kind]);
        struct csr a = whole(&g);

        compare_part(&g, &a, 0, g.rows / 2, g.reach);
        compare_part(&g, &a, 3, g.rows - 3, g.reach + 5);
        compare_part(&g, &a, g.rows - 1, 1, g.reach);
        compare_part(&g, &a, 0, 0, g.reach);
        csr_free(&a);
    }
}

/* What A does to the product of sines of these numbers of half waves, which is
 * an eigenvector: its eigenvalue. */
static double eigenvalue(const struct poisson *g, const size_t wave[3])
{
    struct csr a = whole(g);
    double *v = calloc(g->rows, sizeof *v), found = NAN;

    assert_non_null(v);
    for (size_t i = 0; i < g->rows; i++) {
        size_t at[] = {i % g->n, i / g->n % g->n, i / g->n / g->n};

        v[i] = 1;
        for (int d = 0; d < (g->deep > 1 ? 3 : 2); d++)
            v[i] *= sin((double)((at[d] + 1) * wave[d]) * acos(-1) /
                        (double)(g->n + 1));
    }
    for (size_t i = 0; i < g->rows; i++) {
        double sum = 0;

        for (uint32_t k = a.start[i]; k < a.start[i + 1]; k++)
            sum += a.value[k] * v[a.column[k]];
        if (fabs(v[i]) < 1e-6)
            continue;
        assert_true(isnan(found) || fabs(found - sum / v[i]) < 1e-6);
        found = sum / v[i];
    }
    free(v);
    csr_free(&a);
    return found;
}

/* All of them: the condition is their quotient, or bounds it closely. */
static void condition_is_that_of_the_eigenvalues(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t n = 1; n <= LARGEST; n++) {
            struct poisson g = poisson_grid(n, points_known[kind]);
            double least = INFINITY, most = 0, condition;

            for (size_t i = 0; i < n * n * g.deep; i++) {
                const size_t wave[] = {i % n + 1, i / n % n + 1, i / n / n + 1};
                double value = eigenvalue(&g, wave);

                least = value < least ? value : least;
                most = value > most ? value : most;
            }
            condition = poisson_condition(&g);
            assert_true(condition > most / least * (1 - 1e-9));
            assert_true(condition < most / least * 1.1);
            if (g.points != 27)
                assert_true(condition < most / least * (1 + 1e-9));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_as_defined),
        cmocka_unit_test(parts_are_rows_of_the_whole),
        cmocka_unit_test(condition_is_that_of_the_eigenvalues),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
