/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stencil and transpose as the Parallel Research Kernels do them with OpenMP:
 * loops shared out by rows or tiles, and their barriers.
 */
#include "trades.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "prk.h"
#include "seats.h"

struct square {
    size_t n, tile;
    int iterations;
    double total;  /* iterations so far */
    double *a, *b; /* [n][n] each */
};

static int square_map(struct board *board, struct square *s, size_t n,
                      struct err *err)
{
    size_t bytes = n * n * sizeof(double);
    void *map;

    if (mem_map(&map, 2 * bytes + 8192, board->pages, false, err))
        return -1;
    s->n = n;
    s->total = 0;
    s->a = map;
    s->b = s->a + n * n + 512 - n * n % 512;
    return 0;
}

/* -- stencil ------------------------------------------------------------- */

static int stencil_setup(struct board *board, int rank, void **state,
                         struct err *err)
{
    static struct square kept;
    struct square *s = &kept;
    size_t n = problem_n(board);

    (void)rank;
    if (board->problem.value[STENCIL_RADIUS].count != STAR)
        return err_set(err, EXIT_USAGE, "the peer's radius is %d", STAR);
    if (square_map(board, s, n, err))
        return -1;
    s->iterations = (int)board->problem.value[STENCIL_ITERATIONS].count;
#pragma omp parallel num_threads(board->workers)
    {
        take_seat(board, 1, 1);
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n; k++) {
                s->a[i * n + k] = (double)(i + k);
                s->b[i * n + k] = 0;
            }
        }
    }
    *state = s;
    return 0;
}

static void stencil_loop(const struct square *s, int threads)
{
    const struct prk_star star = prk_star_make();
    double *restrict in = s->a, *restrict out = s->b;
    size_t n = s->n;

    (void)threads;
#pragma omp parallel num_threads(threads)
    for (int t = 0; t < s->iterations; t++) {
#pragma omp for schedule(static)
        for (size_t i = STAR; i < n - STAR; i++)
            prk_star_row(&star, out + i * n + STAR, in + i * n + STAR, n,
                         n - 2 * STAR);
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n; k++)
                in[i * n + k] += 1.0;
        }
    }
}

static int stencil_check(struct board *board, const struct square *s,
                         struct err *err)
{
    size_t n = s->n;
    uint64_t sum = 0;
    double error = 0;

#pragma omp parallel for num_threads(board->workers) schedule(static) \
    reduction(+ : sum) reduction(max : error)
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            double out = s->b[i * n + k];
            bool inside =
                i >= STAR && i < n - STAR && k >= STAR && k < n - STAR;

            error = fmax(error, prk_star_error(out, inside, s->iterations));
            sum += prk_star_checksum(i * n + k, out, s->iterations);
        }
    }
    board->slot[0].outcome.checksum = sum;
    return error < 1e-6
               ? 0
               : err_set(err, EXIT_WRONG, "stencil: wrong by %g", error);
}

static int stencil_turn(struct board *board, int rank, void *state,
                        struct err *err)
{
    struct square *s = state;
    uint64_t start;

    (void)rank;
#pragma omp parallel num_threads(board->workers)
    {
        struct share rows = take_seat(board, s->n, 1);

        memset(s->b + rows.first * s->n, 0, rows.count * s->n * sizeof *s->b);
    }
    start = clock_now();
    stencil_loop(s, board->workers);
    stamp(board, start, clock_now());
    return stencil_check(board, s, err);
}

const struct trade trade_prk_stencil = {
    .threads = true, .setup = stencil_setup, .turn = stencil_turn};

/* -- transpose ----------------------------------------------------------- */

enum { TILE = 32 };

static int transpose_setup(struct board *board, int rank, void **state,
                           struct err *err)
{
    static struct square kept;
    struct square *s = &kept;
    size_t n = problem_n(board);

    (void)rank;
    if (square_map(board, s, n, err))
        return -1;
    s->iterations = (int)board->problem.value[TRANSPOSE_ITERATIONS].count;
    s->tile = TILE;
#pragma omp parallel num_threads(board->workers)
    {
        take_seat(board, 1, 1);
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n; k++) {
                s->a[i * n + k] = prk_matrix(n, i, k);
                s->b[i * n + k] = 0;
            }
        }
    }
    *state = s;
    return 0;
}

static inline size_t tile_end(const struct square *s, size_t first)
{
    return first + s->tile < s->n ? first + s->tile : s->n;
}

static void transpose_loop(const struct square *s, int threads)
{
    double *restrict a = s->a, *restrict b = s->b;
    size_t n = s->n;

    (void)threads;
#pragma omp parallel num_threads(threads)
    for (int t = 0; t < s->iterations; t++) {
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += s->tile) {
            for (size_t k = 0; k < n; k += s->tile) {
                for (size_t x = i; x < tile_end(s, i); x++) {
                    for (size_t y = k; y < tile_end(s, k); y++) {
                        b[x * n + y] += a[y * n + x];
                        a[y * n + x] += 1.0;
                    }
                }
            }
        }
    }
}

static int transpose_check(struct board *board, const struct square *s,
                           struct err *err)
{
    double added = prk_added(s->iterations, s->total), error = 0;
    size_t n = s->n;
    uint64_t sum = 0;

#pragma omp parallel for num_threads(board->workers) schedule(static) \
    reduction(+ : sum) reduction(max : error)
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            double one = (s->b[i * n + k] - added) / s->iterations;

            error = fmax(error, fabs(one - prk_matrix(n, k, i)));
            sum += rng_checksum(i * n + k, one);
        }
    }
    board->slot[0].outcome.checksum = sum;
    return error == 0
               ? 0
               : err_set(err, EXIT_WRONG, "transpose: wrong by %g", error);
}

static int transpose_turn(struct board *board, int rank, void *state,
                          struct err *err)
{
    struct square *s = state;
    uint64_t start;
    int failed;

    (void)rank;
#pragma omp parallel num_threads(board->workers)
    {
        struct share rows = take_seat(board, s->n, 1);

        memset(s->b + rows.first * s->n, 0, rows.count * s->n * sizeof *s->b);
    }
    start = clock_now();
    transpose_loop(s, board->workers);
    stamp(board, start, clock_now());
    failed = transpose_check(board, s, err);
    s->total += s->iterations;
    return failed;
}

const struct trade trade_prk_transpose = {
    .threads = true, .setup = transpose_setup, .turn = transpose_turn};
