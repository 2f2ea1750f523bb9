/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The peers among MPI's programs, one rank of them: bench_ranks TRADE BOARD.
 *
 *   barrier    MPI_Barrier in a loop
 *   pdgemm     C = A B by ScaLAPACK over a grid of ranks, in blocks
 *   stencil    after the Parallel Research Kernels (ranks_prk.c)
 *   transpose  likewise
 *   tasks      small tasks that wait for messages (metg_mpi.c)
 *
 * Between turns every rank sleeps on the board; none waits inside MPI.
 */
#include "ranks_trades.h"
#include "trades.h"

#include <dlfcn.h>
#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/rng.h"
#include "drivers/executors/executor.h"

/* The board is led without kernels here (CMakeLists.txt says why), and by one
 * executor, the first there is. */
const struct kernel *const kernel_table[] = {NULL};
static const struct executor launched = {.birth = BIRTH_LAUNCH};
const struct executor *const executor_table[] = {&launched, NULL};

/* -- barrier ------------------------------------------------------------- */

static int barrier_setup(struct board *board, int rank, void **state,
                         struct err *err)
{
    (void)board, (void)rank, (void)state, (void)err;
    return 0;
}

static int barrier_turn(struct board *board, int rank, void *state,
                        struct err *err)
{
    struct span *span = &board->slot[rank].span;

    (void)state, (void)err;
    for (unsigned i = 0; i < board->repeats / 8; i++)
        MPI_Barrier(MPI_COMM_WORLD);
    span->start_ns = clock_now();
    for (unsigned i = 0; i < board->repeats; i++)
        MPI_Barrier(MPI_COMM_WORLD);
    span->end_ns = clock_now();
    return 0;
}

static const struct trade trade_barrier = {.setup = barrier_setup,
                                           .turn = barrier_turn};

/* -- pdgemm -------------------------------------------------------------- */

#if HAVE_SCALAPACK
/* ScaLAPACK and BLACS have no header for C. */
void Cblacs_get(int context, int what, int *value);
void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
void Cblacs_gridinfo(int context, int *rows, int *columns, int *row,
                     int *column);
void Cblacs_gridexit(int context);
int numroc_(const int *n, const int *block, const int *mine, const int *first,
            const int *parts);
void descinit_(int *desc, const int *m, const int *n, const int *mb,
               const int *nb, const int *first_row, const int *first_column,
               const int *context, const int *stride, int *info);
void pdgemm_(const char *ta, const char *tb, const int *m, const int *n,
             const int *k, const double *alpha, const double *a, const int *ia,
             const int *ja, const int *desca, const double *b, const int *ib,
             const int *jb, const int *descb, const double *beta, double *c,
             const int *ic, const int *jc, const int *descc);

/* ScaLAPACK stores columns: what it sees is the transpose of our row-major
 * matrices, and C' = B' A'. Its row p, column q is our row q, column p, so that
 * a local column runs along one of our rows. */
struct grid {
    int context, n, block;
    int rows, columns, row, column; /* of the grid, and my place in it */
    int local_rows, local_columns;
    int desc[9];
    void *map;
    size_t bytes;
    double *a, *b, *c; /* [local_columns][local_rows] */
};

static int grid_open(struct grid *g, const struct board *board, struct err *err)
{
    const int zero = 0;
    int stride, info;

    g->n = (int)problem_n(board);
    g->block = (int)board->problem.value[SETTING_BLOCK].count;
    g->rows = (int)board->problem.value[SETTING_ROWS].count;
    g->columns = board->workers / g->rows;
    Cblacs_get(-1, 0, &g->context);
    Cblacs_gridinit(&g->context, "Row", g->rows, g->columns);
    Cblacs_gridinfo(g->context, &g->rows, &g->columns, &g->row, &g->column);
    g->local_rows = numroc_(&g->n, &g->block, &g->row, &zero, &g->rows);
    g->local_columns =
        numroc_(&g->n, &g->block, &g->column, &zero, &g->columns);
    stride = g->local_rows > 0 ? g->local_rows : 1;
    descinit_(g->desc, &g->n, &g->n, &g->block, &g->block, &zero, &zero,
              &g->context, &stride, &info);
    if (info)
        return err_set(err, EXIT_RESOURCE, "descinit refuses argument %d",
                       -info);
    return 0;
}

/* First element of a local block row, where its column begins, in order of
 * our elements; *count of them lie together. */
static size_t global_of(const struct grid *g, int local_row, int local_column,
                        size_t *count)
{
    int block_row = local_row / g->block,
        block_column = local_column / g->block;
    int p = (block_row * g->rows + g->row) * g->block;
    int q = (block_column * g->columns + g->column) * g->block +
            local_column % g->block;
    int left = g->local_rows - local_row;

    *count = (size_t)(left < g->block ? left : g->block);
    return (size_t)q * (size_t)g->n + (size_t)p;
}

static void grid_fill(const struct grid *g, double *x, uint64_t seed,
                      uint32_t stream)
{
    size_t count;

    for (int j = 0; j < g->local_columns; j++) {
        for (int i = 0; i < g->local_rows; i += g->block) {
            size_t first = global_of(g, i, j, &count);

            rng_fill(x + (size_t)j * (size_t)g->local_rows + i, count, seed,
                     stream, first);
        }
    }
}

static uint64_t grid_checksum(const struct grid *g)
{
    uint64_t sum = 0;
    size_t count;

    for (int j = 0; j < g->local_columns; j++) {
        for (int i = 0; i < g->local_rows; i += g->block) {
            size_t first = global_of(g, i, j, &count);
            const double *x = g->c + (size_t)j * (size_t)g->local_rows + i;

            for (size_t k = 0; k < count; k++)
                sum += rng_checksum(first + k, x[k]);
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    return sum;
}

static size_t in_pages(size_t bytes)
{
    return (bytes + 4095) / 4096 * 4096;
}

/* Which library the local products come from, for the table. */
static void note_blas(struct board *board)
{
    void *symbol = dlsym(RTLD_DEFAULT, "dgemm_");
    char file[PATH_MAX];
    Dl_info info;

    if (symbol && dladdr(symbol, &info) && realpath(info.dli_fname, file))
        snprintf(board->err.text, sizeof board->err.text, "%.390s", file);
}

static int pdgemm_setup(struct board *board, int rank, void **state,
                        struct err *err)
{
    static struct grid kept;
    struct grid *g = &kept;
    size_t each;

    if (g->map) {
        mem_unmap(g->map, g->bytes);
        Cblacs_gridexit(g->context);
        g->map = NULL;
    }
    if (grid_open(g, board, err))
        return -1;
    each = in_pages(
        (size_t)g->local_rows * (size_t)g->local_columns * sizeof(double) + 1);
    g->bytes = 3 * each;
    if (mem_map(&g->map, g->bytes, board->pages, false, err))
        return -1;
    g->a = g->map;
    g->b = g->a + each / sizeof(double);
    g->c = g->b + each / sizeof(double);
    grid_fill(g, g->a, board->problem.seed, MATMUL_STREAM_A);
    grid_fill(g, g->b, board->problem.seed, MATMUL_STREAM_B);
    if (rank == 0)
        note_blas(board);
    *state = g;
    return 0;
}

static int pdgemm_turn(struct board *board, int rank, void *state,
                       struct err *err)
{
    struct slot *slot = &board->slot[rank];
    struct grid *g = state;
    const double one = 1, zero = 0;
    const int first = 1;

    (void)err;
    memset(g->c, 0,
           (size_t)g->local_rows * (size_t)g->local_columns * sizeof(double));
    MPI_Barrier(MPI_COMM_WORLD);
    slot->span.start_ns = clock_now();
    pdgemm_("N", "N", &g->n, &g->n, &g->n, &one, g->b, &first, &first, g->desc,
            g->a, &first, &first, g->desc, &zero, g->c, &first, &first,
            g->desc);
    slot->span.end_ns = clock_now();
    slot->outcome.checksum = grid_checksum(g);
    return 0;
}

static const struct trade trade_pdgemm = {.setup = pdgemm_setup,
                                          .turn = pdgemm_turn};
#endif

/* -- main ---------------------------------------------------------------- */

static const struct trade *find_trade(const char *name)
{
    static const struct {
        const char *name;
        const struct trade *trade;
    } known[] = {
        {"barrier", &trade_barrier},
#if HAVE_SCALAPACK
        {"pdgemm", &trade_pdgemm},
#endif
        {"stencil", &trade_mpi_stencil},
        {"transpose", &trade_mpi_transpose},
        {"tasks", &trade_mpi_tasks},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, known[i].name) == 0)
            return known[i].trade;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct trade *trade = argc == 3 ? find_trade(argv[1]) : NULL;
    struct board *board;
    struct err err;
    int rank, size;

    if (!trade) {
        fprintf(stderr, "usage: bench_ranks TRADE BOARD\n");
        return EXIT_USAGE;
    }
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (board_join(&board, argv[2], &err) || board->workers != size) {
        fprintf(stderr, "bench_ranks: %d ranks cannot join %s\n", size,
                argv[2]);
        MPI_Abort(MPI_COMM_WORLD, EXIT_RESOURCE);
    }
    peer_live(board, rank, trade, NULL);
    board_close(board);
    MPI_Finalize();
    return 0;
}
