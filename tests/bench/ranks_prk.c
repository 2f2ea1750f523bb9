/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stencil and transpose as the Parallel Research Kernels do them with MPI: a
 * grid of ranks near a square that packs halos and waits for them before it
 * computes; columns of blocks that go round all ranks.
 */
#include "ranks_trades.h"

#include <mpi.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "prk.h"
#include "trades.h"

static double *map_doubles(struct board *board, size_t n, struct err *err)
{
    void *map;

    return mem_map(&map, n * sizeof(double), board->pages, false, err) ? NULL
                                                                       : map;
}

static int agree(struct board *board, int rank, uint64_t sum, double error,
                 struct err *err)
{
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    board->slot[rank].outcome.checksum = sum;
    return error < 1e-6 ? 0 : err_set(err, EXIT_WRONG, "wrong by %g", error);
}

/* -- stencil ------------------------------------------------------------- */

enum side { UP, DOWN, LEFT, RIGHT, SIDES };

struct block {
    size_t n, rows, columns, first_row, first_column, stride;
    int iterations, rank_of[SIDES];
    double *in, *out; /* first own point; STAR more around it */
    double *sent[SIDES], *received[SIDES];
};

static void find_sides(struct block *b, int rank, int rows, int columns)
{
    int row = rank / columns, column = rank % columns;

    b->rank_of[UP] = row > 0 ? rank - columns : MPI_PROC_NULL;
    b->rank_of[DOWN] = row < rows - 1 ? rank + columns : MPI_PROC_NULL;
    b->rank_of[LEFT] = column > 0 ? rank - 1 : MPI_PROC_NULL;
    b->rank_of[RIGHT] = column < columns - 1 ? rank + 1 : MPI_PROC_NULL;
}

static void cut(struct block *b, const struct board *board, int rank)
{
    int columns = 1, rows;
    struct share row, column;

    for (int i = 1; i * i <= board->workers; i++)
        columns = board->workers % i ? columns : i;
    rows = board->workers / columns;
    row = share_of(b->n, 1, rows, rank / columns);
    column = share_of(b->n, 1, columns, rank % columns);
    b->first_row = row.first;
    b->rows = row.count;
    b->first_column = column.first;
    b->columns = column.count;
    b->stride = b->columns + 2 * STAR;
    find_sides(b, rank, rows, columns);
}

static int block_map(struct block *b, struct board *board, struct err *err)
{
    size_t room = (b->rows + 2 * STAR) * b->stride;
    size_t corner = STAR * b->stride + STAR, edge;

    b->in = map_doubles(board, room, err);
    b->out = map_doubles(board, room, err);
    if (!b->in || !b->out)
        return -1;
    b->in += corner;
    b->out += corner;
    for (int i = 0; i < SIDES; i++) {
        edge = STAR * (i < LEFT ? b->columns : b->rows);
        b->sent[i] = map_doubles(board, edge, err);
        b->received[i] = map_doubles(board, edge, err);
        if (!b->sent[i] || !b->received[i])
            return -1;
    }
    return 0;
}

static int stencil_setup(struct board *board, int rank, void **state,
                         struct err *err)
{
    static struct block kept;
    struct block *b = &kept;

    b->n = problem_n(board);
    b->iterations = (int)board->problem.value[STENCIL_ITERATIONS].count;
    if (board->problem.value[STENCIL_RADIUS].count != STAR)
        return err_set(err, EXIT_USAGE, "the peer's radius is %d", STAR);
    cut(b, board, rank);
    if (block_map(b, board, err))
        return -1;
    for (size_t i = 0; i < b->rows; i++) {
        for (size_t k = 0; k < b->columns; k++)
            b->in[i * b->stride + k] =
                (double)(b->first_row + i + b->first_column + k);
    }
    *state = b;
    return 0;
}

/* The edge points to a side, or the halo beyond it. */
static double *edge_of(const struct block *b, enum side side, bool halo,
                       size_t *rows, size_t *columns)
{
    size_t far = halo ? 0 : STAR;
    double *in = b->in;

    *rows = side < LEFT ? STAR : b->rows;
    *columns = side < LEFT ? b->columns : STAR;
    switch (side) {
    case UP: return in + far * b->stride - STAR * b->stride;
    case DOWN: return in + (b->rows - far) * b->stride;
    case LEFT: return in + far - STAR;
    default: return in + b->columns - far;
    }
}

static void pack(const struct block *b, enum side side)
{
    size_t rows, columns;
    const double *at = edge_of(b, side, false, &rows, &columns);

    for (size_t i = 0; i < rows; i++)
        memcpy(b->sent[side] + i * columns, at + i * b->stride,
               columns * sizeof *at);
}

static void unpack(const struct block *b, enum side side)
{
    size_t rows, columns;
    double *at = edge_of(b, side, true, &rows, &columns);

    for (size_t i = 0; i < rows; i++)
        memcpy(at + i * b->stride, b->received[side] + i * columns,
               columns * sizeof *at);
}

static void exchange(const struct block *b)
{
    static const int opposite[SIDES] = {DOWN, UP, RIGHT, LEFT};
    MPI_Request request[2 * SIDES];
    int n = 0;

    for (int i = 0; i < SIDES; i++) {
        int count = STAR * (int)(i < LEFT ? b->columns : b->rows);

        if (b->rank_of[i] == MPI_PROC_NULL)
            continue;
        MPI_Irecv(b->received[i], count, MPI_DOUBLE, b->rank_of[i], opposite[i],
                  MPI_COMM_WORLD, &request[n++]);
        pack(b, (enum side)i);
        MPI_Isend(b->sent[i], count, MPI_DOUBLE, b->rank_of[i], i,
                  MPI_COMM_WORLD, &request[n++]);
    }
    MPI_Waitall(n, request, MPI_STATUSES_IGNORE);
    for (int i = 0; i < SIDES; i++) {
        if (b->rank_of[i] != MPI_PROC_NULL)
            unpack(b, (enum side)i);
    }
}

/* Points that the star fits around. */
static struct share inside(size_t n, size_t first, size_t count)
{
    size_t low = first < STAR ? STAR - first : 0;
    size_t end = first + count > n - STAR ? n - STAR - first : count;

    return (struct share){low, end > low ? end - low : 0};
}

static void stencil_loop(const struct block *b)
{
    const struct prk_star star = prk_star_make();
    struct share row = inside(b->n, b->first_row, b->rows);
    struct share column = inside(b->n, b->first_column, b->columns);

    for (int t = 0; t < b->iterations; t++) {
        exchange(b);
        for (size_t i = row.first; i < row.first + row.count; i++) {
            size_t at = i * b->stride + column.first;

            prk_star_row(&star, b->out + at, b->in + at, b->stride,
                         column.count);
        }
        for (size_t i = 0; i < b->rows; i++) {
            for (size_t k = 0; k < b->columns; k++)
                b->in[i * b->stride + k] += 1.0;
        }
    }
}

static int stencil_check(struct board *board, int rank, const struct block *b,
                         struct err *err)
{
    struct share row = inside(b->n, b->first_row, b->rows);
    struct share column = inside(b->n, b->first_column, b->columns);
    uint64_t sum = 0;
    double error = 0;

    for (size_t i = 0; i < b->rows; i++) {
        for (size_t k = 0; k < b->columns; k++) {
            uint64_t at = (b->first_row + i) * b->n + b->first_column + k;
            double out = b->out[i * b->stride + k];
            bool in =
                i - row.first < row.count && k - column.first < column.count;

            error = fmax(error, prk_star_error(out, in, b->iterations));
            sum += prk_star_checksum(at, out, b->iterations);
        }
    }
    return agree(board, rank, sum, error, err);
}

static int stencil_turn(struct board *board, int rank, void *state,
                        struct err *err)
{
    struct span *span = &board->slot[rank].span;
    struct block *b = state;

    for (size_t i = 0; i < b->rows; i++)
        memset(b->out + i * b->stride, 0, b->columns * sizeof *b->out);
    MPI_Barrier(MPI_COMM_WORLD);
    span->start_ns = clock_now();
    stencil_loop(b);
    span->end_ns = clock_now();
    return stencil_check(board, rank, b, err);
}

const struct trade trade_mpi_stencil = {.setup = stencil_setup,
                                        .turn = stencil_turn};

/* -- transpose ----------------------------------------------------------- */

enum { TILE = 32 };

/* My rows of A and of B, as blocks beside each other. */
struct rows {
    size_t n, side; /* of a block */
    int iterations, ranks, rank;
    double total; /* iterations so far */
    double *a, *b, *out, *in;
};

static int transpose_setup(struct board *board, int rank, void **state,
                           struct err *err)
{
    static struct rows kept;
    struct rows *r = &kept;

    r->n = problem_n(board);
    if (r->n % (size_t)board->workers)
        return err_set(err, EXIT_ABSENT, "%zu rows are not cut evenly", r->n);
    r->side = r->n / (size_t)board->workers;
    r->iterations = (int)board->problem.value[TRANSPOSE_ITERATIONS].count;
    r->ranks = board->workers;
    r->rank = rank;
    r->total = 0;
    r->a = map_doubles(board, r->side * r->n, err);
    r->b = map_doubles(board, r->side * r->n, err);
    r->out = map_doubles(board, r->side * r->side, err);
    r->in = map_doubles(board, r->side * r->side, err);
    if (!r->a || !r->b || !r->out || !r->in)
        return -1;
    for (size_t i = 0; i < r->side; i++) {
        for (size_t k = 0; k < r->n; k++)
            r->a[i * r->n + k] =
                prk_matrix(r->n, (size_t)rank * r->side + i, k);
    }
    *state = r;
    return 0;
}

static inline size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* to += or = the transpose of block `which` of A, which is incremented. */
static inline __attribute__((always_inline)) void flip(const struct rows *r,
                                                       double *restrict to,
                                                       size_t stride, int which,
                                                       bool add)
{
    double *restrict a = r->a + (size_t)which * r->side;
    size_t side = r->side;

    for (size_t i = 0; i < side; i += TILE) {
        for (size_t k = 0; k < side; k += TILE) {
            for (size_t x = i; x < smaller(i + TILE, side); x++) {
                for (size_t y = k; y < smaller(k + TILE, side); y++) {
                    double *at = &a[y * r->n + x];

                    to[x * stride + y] = add ? to[x * stride + y] + *at : *at;
                    *at += 1.0;
                }
            }
        }
    }
}

static void add_block(const struct rows *r, int which)
{
    double *restrict b = r->b + (size_t)which * r->side;
    const double *restrict in = r->in;

    for (size_t i = 0; i < r->side; i++) {
        for (size_t k = 0; k < r->side; k++)
            b[i * r->n + k] += in[i * r->side + k];
    }
}

static void transpose_loop(const struct rows *r)
{
    int count = (int)(r->side * r->side);

    for (int t = 0; t < r->iterations; t++) {
        flip(r, r->b + (size_t)r->rank * r->side, r->n, r->rank, true);
        for (int phase = 1; phase < r->ranks; phase++) {
            int from = (r->rank + phase) % r->ranks;
            int to = (r->rank - phase + r->ranks) % r->ranks;
            MPI_Request request[2];

            MPI_Irecv(r->in, count, MPI_DOUBLE, from, phase, MPI_COMM_WORLD,
                      &request[0]);
            flip(r, r->out, r->side, to, false);
            MPI_Isend(r->out, count, MPI_DOUBLE, to, phase, MPI_COMM_WORLD,
                      &request[1]);
            MPI_Waitall(2, request, MPI_STATUSES_IGNORE);
            add_block(r, from);
        }
    }
}

static int transpose_check(struct board *board, int rank, const struct rows *r,
                           struct err *err)
{
    double added = prk_added(r->iterations, r->total), error = 0;
    uint64_t sum = 0;

    for (size_t i = 0; i < r->side; i++) {
        size_t row = (size_t)rank * r->side + i;

        for (size_t k = 0; k < r->n; k++) {
            double one = (r->b[i * r->n + k] - added) / r->iterations;

            error = fmax(error, fabs(one - prk_matrix(r->n, k, row)));
            sum += rng_checksum(row * r->n + k, one);
        }
    }
    return agree(board, rank, sum, error, err);
}

static int transpose_turn(struct board *board, int rank, void *state,
                          struct err *err)
{
    struct span *span = &board->slot[rank].span;
    struct rows *r = state;
    int failed;

    memset(r->b, 0, r->side * r->n * sizeof *r->b);
    MPI_Barrier(MPI_COMM_WORLD);
    span->start_ns = clock_now();
    transpose_loop(r);
    span->end_ns = clock_now();
    failed = transpose_check(board, rank, r, err);
    r->total += r->iterations;
    return failed;
}

const struct trade trade_mpi_transpose = {.setup = transpose_setup,
                                          .turn = transpose_turn};
