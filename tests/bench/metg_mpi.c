/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small tasks that wait for each other, as Task Bench (Slaughter et al., SC20)
 * has them under MPI without blocking: a rank has a piece of the columns, and
 * in each row begins all receives and sends, waits for all, and computes. Task,
 * grain and check are those of the kernel `tasks`.
 */
#include "ranks_trades.h"

#include <mpi.h>
#include <stdlib.h>

#include "core/clock.h"
#include "kernels/fma.h"
#include "trades.h"

enum { NONE, STENCIL };

struct mark {
    int64_t row, column;
};

struct graph {
    int pattern;
    int64_t grain, width, rows;
    struct share mine;
    struct mark *left, *made; /* [width + 2], from column -1 on */
    struct fma fma;
    int64_t wrong;
    int before, after; /* ranks that have columns beside mine, or nobody */
};

static int side(const struct graph *g, const struct board *board, int rank)
{
    if (rank < 0 || rank >= board->workers || g->pattern != STENCIL ||
        g->mine.count == 0 ||
        share_of((size_t)g->width, 1, board->workers, rank).count == 0)
        return MPI_PROC_NULL;
    return rank;
}

static int graph_setup(struct board *board, int rank, void **state,
                       struct err *err)
{
    const union param_value *value = board->problem.value;
    static struct graph kept; /* its vectors are aligned */
    struct graph *g = &kept;
    struct mark *marks;

    *state = g;
    g->pattern = (int)value[TASKS_PATTERN].count;
    g->grain = value[TASKS_GRAIN].count;
    g->width = value[TASKS_WIDTH].count;
    g->rows = value[TASKS_STEPS].count;
    g->mine = share_of((size_t)g->width, 1, board->workers, rank);
    marks = calloc(2 * (size_t)(g->width + 2), sizeof *marks);
    if (!marks)
        return err_set(err, EXIT_RESOURCE, "no memory for a graph");
    g->left = marks + 1;
    g->made = marks + g->width + 3;
    g->before = side(g, board, rank - 1);
    g->after = side(g, board, rank + 1);
    return 0;
}

/* The edges of my piece: its outer columns, and those just outside. */
static void talk(struct graph *g)
{
    MPI_Request request[4];
    int n = 0, bytes = sizeof *g->left;
    int64_t first = (int64_t)g->mine.first;
    int64_t last = first + (int64_t)g->mine.count - 1;

    if (g->before != MPI_PROC_NULL) {
        MPI_Irecv(&g->left[first - 1], bytes, MPI_BYTE, g->before, 0,
                  MPI_COMM_WORLD, &request[n++]);
        MPI_Isend(&g->made[first], bytes, MPI_BYTE, g->before, 0,
                  MPI_COMM_WORLD, &request[n++]);
    }
    if (g->after != MPI_PROC_NULL) {
        MPI_Irecv(&g->left[last + 1], bytes, MPI_BYTE, g->after, 0,
                  MPI_COMM_WORLD, &request[n++]);
        MPI_Isend(&g->made[last], bytes, MPI_BYTE, g->after, 0, MPI_COMM_WORLD,
                  &request[n++]);
    }
    MPI_Waitall(n, request, MPI_STATUSES_IGNORE);
    for (int64_t i = first; i <= last; i++)
        g->left[i] = g->made[i];
}

static void expect(struct graph *g, int64_t row, int64_t column)
{
    if (column >= 0 && column < g->width)
        g->wrong +=
            g->left[column].row != row - 1 || g->left[column].column != column;
}

static void run_row(struct graph *g, int64_t row)
{
    for (size_t i = 0; i < g->mine.count; i++) {
        int64_t column = (int64_t)(g->mine.first + i);

        if (row > 0) {
            expect(g, row, column);
            if (g->pattern == STENCIL) {
                expect(g, row, column - 1);
                expect(g, row, column + 1);
            }
        }
        fma_run(&g->fma, g->grain);
        g->made[column] = (struct mark){row, column};
    }
}

static int graph_turn(struct board *board, int rank, void *state,
                      struct err *err)
{
    struct span *span = &board->slot[rank].span;
    struct graph *g = state;

    for (int64_t i = -1; i <= g->width; i++)
        g->left[i] = g->made[i] = (struct mark){-1, -1};
    g->wrong = 0;
    fma_init(&g->fma);
    MPI_Barrier(MPI_COMM_WORLD);
    span->start_ns = clock_now();
    for (int64_t row = 0; row < g->rows; row++) {
        if (row > 0)
            talk(g);
        run_row(g, row);
    }
    span->end_ns = clock_now();
    if (g->wrong == 0 && fma_sum(&g->fma) == FMA_CHAINS * FMA_LANES)
        return 0;
    return err_set(err, EXIT_WRONG, "%lld marks are wrong",
                   (long long)g->wrong);
}

const struct trade trade_mpi_tasks = {.setup = graph_setup, .turn = graph_turn};
