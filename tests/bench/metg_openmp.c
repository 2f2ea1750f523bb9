/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small tasks that depend on each other, as Task Bench (Slaughter et al., SC20)
 * has them under OpenMP: one thread creates all tasks of all rows, `depend`
 * clauses tell what each waits for. Task, grain and check are those of the
 * kernel `tasks`; the threads are there already and awake.
 */
#include "trades.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/clock.h"
#include "kernels/fma.h"
#include "seats.h"

enum { NONE, STENCIL };

struct mark {
    int64_t row, column;
};

struct graph {
    int pattern;
    int64_t grain, width, rows;
    struct mark *mark; /* [rows][width]: none is used twice */
    struct fma *fma;   /* [width]: a column's tasks follow each other */
    _Atomic int64_t wrong;
};

static int graph_setup(struct board *board, int rank, void **state,
                       struct err *err)
{
    const union param_value *value = board->problem.value;
    struct graph *g = calloc(1, sizeof *g);

    (void)rank;
    if (!g)
        return err_set(err, EXIT_RESOURCE, "no memory for a graph");
    *state = g;
    g->pattern = (int)value[TASKS_PATTERN].count;
    g->grain = value[TASKS_GRAIN].count;
    g->width = value[TASKS_WIDTH].count;
    g->rows = value[TASKS_STEPS].count;
    g->mark = calloc((size_t)(g->rows * g->width), sizeof *g->mark);
    g->fma =
        aligned_alloc(_Alignof(struct fma), (size_t)g->width * sizeof *g->fma);
    if (!g->mark || !g->fma)
        return err_set(err, EXIT_RESOURCE, "no memory for a graph");
#pragma omp parallel num_threads(board->workers)
    take_seat(board, 1, 1);
    return 0;
}

static void expect(struct graph *g, int64_t row, int64_t column)
{
    const struct mark *mark = &g->mark[row * g->width + column];

    if (mark->row != row || mark->column != column)
        atomic_fetch_add(&g->wrong, 1);
}

static void task(struct graph *g, int64_t row, int64_t column)
{
    for (int64_t k = column - 1; k <= column + 1 && row > 0; k++) {
        if (k == column || (g->pattern == STENCIL && k >= 0 && k < g->width))
            expect(g, row - 1, k);
    }
    fma_run(&g->fma[column], g->grain);
    g->mark[row * g->width + column] = (struct mark){row, column};
}

static void create_task(struct graph *g, int64_t row, int64_t column)
{
    struct mark *own = &g->mark[row * g->width + column];
    struct mark *above = row > 0 ? own - g->width : own;
    bool both = row > 0 && g->pattern == STENCIL;
    struct mark *left = both && column > 0 ? above - 1 : above;
    struct mark *right = both && column < g->width - 1 ? above + 1 : above;

    (void)left, (void)right;
    if (row == 0) {
#pragma omp task depend(out : own[0]) firstprivate(g, row, column)
        task(g, row, column);
    } else if (left == right) {
#pragma omp task depend(in                           \
                        : above[0]) depend(out       \
                                           : own[0]) \
    firstprivate(g, row, column)
        task(g, row, column);
    } else if (left == above || right == above) {
#pragma omp task depend(in                                    \
                        : left[0], right[0]) depend(out       \
                                                    : own[0]) \
    firstprivate(g, row, column)
        task(g, row, column);
    } else {
#pragma omp task depend(in                                              \
                        : left[0], above[0], right[0]) depend(out       \
                                                              : own[0]) \
    firstprivate(g, row, column)
        task(g, row, column);
    }
}

/* Begins and ends as a row of ours does, with all threads there. */
static int graph_turn(struct board *board, int rank, void *state,
                      struct err *err)
{
    struct graph *g = state;
    uint64_t start = 0, end = 0;

    (void)rank;
    for (int64_t i = 0; i < g->rows * g->width; i++)
        g->mark[i] = (struct mark){-1, -1};
    for (int64_t i = 0; i < g->width; i++)
        fma_init(&g->fma[i]);
    g->wrong = 0;
#pragma omp parallel num_threads(board->workers)
    {
        take_seat(board, 1, 1);
#pragma omp barrier
#pragma omp master
        {
            start = clock_now();
            for (int64_t row = 0; row < g->rows; row++) {
                for (int64_t column = 0; column < g->width; column++)
                    create_task(g, row, column);
            }
#pragma omp taskwait
            end = clock_now();
        }
    }
    stamp(board, start, end);
    for (int64_t column = 0; column < g->width; column++)
        g->wrong += fma_sum(&g->fma[column]) != FMA_CHAINS * FMA_LANES;
    for (int64_t column = 0; column < g->width; column++)
        expect(g, g->rows - 1, column);
    return g->wrong == 0 ? 0
                         : err_set(err, EXIT_WRONG, "%lld tasks are wrong",
                                   (long long)g->wrong);
}

const struct trade trade_omp_tasks = {
    .threads = true, .setup = graph_setup, .turn = graph_turn};
