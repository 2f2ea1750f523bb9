/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matmul: C = A B, double precision, n x n, row-major.
 *
 * Work: 2 n^3 flop. The workers form a grid of rows x columns; worker (i, j)
 * owns block (i, j) of A, B and C alike. Where the team shares memory the
 * blocks are windows of whole matrices and each worker makes its block of C
 * with one product. Where it does not, the blocks lie apart and the product is
 * SUMMA with look-ahead (kernels/summa.h); then also in layers, where wanted.
 *
 * Check: Freivalds (1977), A (B x) = C x for a random x, in O(n^2). The inputs
 * are sixteen-bit fractions, so every sum is exact and the checksum of C is
 * the same for every decomposition.
 */
#include <math.h>
#include <string.h>

#include "core/rng.h"
#include "kernels/blas.h"
#include "kernels/comm.h"
#include "kernels/kernel.h"
#include "kernels/pages.h"
#include "kernels/summa.h"

enum { N, PAGES, COMM, PANEL, ROWS, LAYERS, AHEAD };

/* Each call packs its panel of B anew: below 2048 rows that costs more than a
 * look at the messages is worth. */
enum { SLICE = 2048 };

static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "1024",
           .small = "97",
           .min = 1,
           .max = 1e9,
           .help = "rows and columns of each matrix"},
    [PAGES] = PAGES_PARAM,
    [COMM] = COMM_PARAM,
    [PANEL] = {.name = "panel",
               .type = PARAM_COUNT,
               .def = "0",
               .min = 0,
               .max = 1e6,
               .help = "depth of the panels that ranks send each other; 0: as "
                       "the caches want it"},
    [ROWS] = {.name = "rows",
              .type = PARAM_COUNT,
              .def = "0",
              .min = 0,
              .max = 65536,
              .help = "rows of the grid of workers; 0: as square as can be"},
    [LAYERS] = {.name = "layers",
                .type = PARAM_COUNT,
                .def = "1",
                .min = 1,
                .max = SUMMA_LAYERS_MAX,
                .help = "grids of ranks, each with a part of the inner "
                        "dimension and a sum of its own"},
    [AHEAD] = {.name = "ahead",
               .type = PARAM_COUNT,
               .def = "2",
               .min = 0,
               .max = SUMMA_AHEAD_MAX,
               .help = "panels under way while one is multiplied"},
    {.name = NULL},
};

enum { STREAM_A, STREAM_B, STREAM_X };

struct matmul {
    size_t n;
    uint64_t seed;
    struct blas_blocks blocks;
    struct summa summa;
    double *a, *b, *c;     /* this worker's blocks */
    size_t stride;         /* elements from row to row of a block */
    double *all_a, *all_b; /* whole matrices, where memory is shared */
    double *x, *y, *z;     /* [n] each, for the check */
    uint64_t *sums;        /* [workers] */
};

/* Panels as deep as BLIS packs at once. */
static struct summa_cut cut_of(const struct problem *problem)
{
    struct blas_blocks unit = blas_blocks();
    size_t panel = (size_t)problem->value[PANEL].count;

    return (struct summa_cut){
        .n = (size_t)problem->value[N].count,
        .row_unit = unit.rows,
        .column_unit = unit.columns,
        .depth = panel ? panel : unit.depth,
        .grid = {.layers = (int)problem->value[LAYERS].count,
                 .rows = (int)problem->value[ROWS].count},
    };
}

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double n = (double)problem->value[N].count;
    double layers = workers > 1 ? (double)problem->value[LAYERS].count : 1;
    double matrices = 3 * n * n * sizeof(double);
    struct summa_cut cut = cut_of(problem);
    double ahead = (double)problem->value[AHEAD].count + 1;
    double depth = cut.depth < n ? (double)cut.depth : n;
    double panels = 2 * n * ahead * depth * sizeof(double);
    double vectors = (3 * n + 2 * workers) * sizeof(double) +
                     (double)summa_panels(&cut, workers) * sizeof(struct panel);
    double sums = 2 * (layers - 1) * n * n * sizeof(double);
    int rows, columns;

    if (summa_grid(workers, &cut.grid, &rows, &columns, err))
        return -1;
    work->amount = 2 * n * n * n;
    work->bytes = matrices;
    work->memory = matrices + sums + workers * (panels + vectors);
    work->arena = matrices + panels + vectors;
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

/* The team's matrices, one copy in the arena of worker 0. */
static int share_matrices(struct worker *w, struct matmul *m, struct err *err)
{
    size_t bytes = m->n * m->n * sizeof(double);
    size_t corner = m->summa.row.first * m->n + m->summa.column.first;
    double *whole[3];

    for (int i = 0; i < 3; i++) {
        double *mine = worker_alloc(w, bytes, err);

        if (!mine)
            return -1;
        whole[i] = worker_peer(w, 0, mine);
    }
    m->all_a = whole[0];
    m->all_b = whole[1];
    m->a = whole[0] + corner;
    m->b = whole[1] + corner;
    m->c = whole[2] + corner;
    m->stride = m->n;
    return 0;
}

static double *take_block(struct worker *w, const struct share *row,
                          const struct share *column, struct err *err)
{
    return worker_alloc(w, row->count * column->count * sizeof(double), err);
}

/* A block of each in the worker's own arena. */
static int own_blocks(struct worker *w, struct matmul *m, struct err *err)
{
    const struct summa *s = &m->summa;

    m->stride = s->column.count;
    m->a = take_block(w, &s->row, &s->a_column, err);
    m->b = take_block(w, &s->b_row, &s->column, err);
    m->c = take_block(w, &s->row, &s->column, err);
    return m->a && m->b && m->c ? 0 : -1;
}

/* This worker's rows of a panel of A, if its column of the grid owns it. In a
 * whole matrix they are a window; apart, panels lie one after the other, each
 * without gaps, so that they are sent as they stand. */
static double *own_panel(const struct matmul *m, const struct panel *p,
                         size_t *stride)
{
    size_t before = p->first - m->summa.a_column.first;

    *stride = m->all_a ? m->stride : p->width;
    return m->a + (m->all_a ? before : before * m->summa.row.count);
}

static bool owns_panel(const struct matmul *m, const struct panel *p)
{
    const struct share *mine = &m->summa.a_column;

    return p->first >= mine->first && p->first < mine->first + mine->count;
}

static void fill_panel(const struct matmul *m, const struct panel *p)
{
    size_t stride;
    double *a = own_panel(m, p, &stride);

    for (size_t i = 0; i < m->summa.row.count; i++)
        rng_fill(a + i * stride, p->width, m->seed, STREAM_A,
                 (m->summa.row.first + i) * m->n + p->first);
}

static void fill(const struct matmul *m)
{
    const struct summa *s = &m->summa;

    for (int i = 0; i < m->summa.panels; i++) {
        if (owns_panel(m, &m->summa.panel[i]))
            fill_panel(m, &m->summa.panel[i]);
    }
    for (size_t i = 0; i < s->b_row.count; i++)
        rng_fill(m->b + i * m->stride, s->column.count, m->seed, STREAM_B,
                 (s->b_row.first + i) * m->n + s->column.first);
}

/* -- SUMMA's data --------------------------------------------------------- */

static double *summa_own_a(void *arg, const struct panel *p)
{
    size_t stride;

    return own_panel(arg, p, &stride);
}

/* Its rows of B lie together. */
static double *summa_own_b(void *arg, const struct panel *p)
{
    struct matmul *m = arg;

    return m->b + (p->first - m->summa.b_row.first) * m->stride;
}

static void summa_product(void *arg, const struct panel *p, size_t first,
                          size_t count, const double *a, const double *b,
                          bool keep)
{
    struct matmul *m = arg;

    blas_gemm(count, m->summa.column.count, p->width, a, p->width, b, m->stride,
              keep, m->c + first * m->stride, m->stride);
}

/* -- life ------------------------------------------------------------------ */

/* What the check needs. */
static int take_vectors(struct worker *w, struct matmul *m, struct err *err)
{
    m->x = worker_alloc(w, m->n * sizeof *m->x, err);
    m->y = worker_alloc(w, m->n * sizeof *m->y, err);
    m->z = worker_alloc(w, m->n * sizeof *m->z, err);
    m->sums = worker_alloc(w, (size_t)(w->size + 1) * sizeof *m->sums, err);
    return m->x && m->y && m->z && m->sums ? 0 : -1;
}

static int take_matrices(struct worker *w, struct matmul *m, int ahead,
                         struct err *err)
{
    if (worker_shares_memory(w))
        return share_matrices(w, m, err);
    if (own_blocks(w, m, err))
        return -1;
    return summa_connect(&m->summa, ahead, err);
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct matmul *m = worker_alloc(w, sizeof *m, err);
    struct summa_cut cut = cut_of(problem);

    if (!m)
        return -1;
    if (worker_shares_memory(w))
        cut.grid.layers = 1;
    m->n = cut.n;
    m->seed = problem->seed;
    if (take_vectors(w, m, err) || summa_cut(&m->summa, w, &cut, err))
        return -1;
    m->summa.own_a = summa_own_a;
    m->summa.own_b = summa_own_b;
    m->summa.product = summa_product;
    m->summa.arg = m;
    if (take_matrices(w, m, (int)problem->value[AHEAD].count, err))
        return -1;
    fill(m);
    rng_fill(m->x, m->n, m->seed, STREAM_X, 0);
    worker_barrier(w);
    *state = m;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct matmul *m = state;

    (void)w;
    for (size_t i = 0; i < m->summa.row.count; i++)
        memset(m->c + i * m->stride, 0, m->summa.column.count * sizeof *m->c);
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct matmul *m = state;
    const struct share *row = &m->summa.row, *column = &m->summa.column;

    (void)err;
    if (m->all_a) {
        blas_gemm(row->count, column->count, m->n, m->all_a + row->first * m->n,
                  m->n, m->all_b + column->first, m->n, 0, m->c, m->stride);
    } else {
        /* A layer without panels has no product that would overwrite C. */
        if (!m->summa.panels)
            reset(w, m);
        summa_run(&m->summa, SLICE);
        summa_add_layers(&m->summa, m->c);
    }
    return 0;
}

static double dot(const double *a, const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * x[i];
    return sum;
}

/* z += A y, this worker's part. */
static void add_product_with_a(const struct matmul *m, const double *y,
                               double *z)
{
    for (int k = 0; k < m->summa.panels; k++) {
        const struct panel *p = &m->summa.panel[k];
        size_t stride;
        const double *a;

        if (!owns_panel(m, p))
            continue;
        a = own_panel(m, p, &stride);
        for (size_t i = 0; i < m->summa.row.count; i++)
            z[m->summa.row.first + i] +=
                dot(a + i * stride, y + p->first, p->width);
    }
}

/* Of C, of those that are whole here. */
static const double *kept_row(const struct matmul *m, size_t i)
{
    return m->c + (m->summa.kept.first - m->summa.row.first + i) * m->stride;
}

/* The largest component of A (B x) - C x. Each worker adds what its blocks
 * contribute; two reductions bring the pieces together. */
static double freivalds(struct worker *w, struct matmul *m)
{
    const struct summa *s = &m->summa;
    size_t first = s->column.first, count = s->column.count;
    double worst = 0;

    memset(m->y, 0, m->n * sizeof *m->y);
    memset(m->z, 0, m->n * sizeof *m->z);
    for (size_t i = 0; i < s->b_row.count; i++)
        m->y[s->b_row.first + i] =
            dot(m->b + i * m->stride, m->x + first, count);
    worker_allreduce(w, m->y, m->n, REDUCE_SUM);
    add_product_with_a(m, m->y, m->z);
    for (size_t i = 0; i < s->kept.count; i++)
        m->z[s->kept.first + i] -= dot(kept_row(m, i), m->x + first, count);
    worker_allreduce(w, m->z, m->n, REDUCE_SUM);
    for (size_t i = 0; i < m->n; i++) {
        if (!(fabs(m->z[i]) <= worst))
            worst = fabs(m->z[i]);
    }
    return worst;
}

static uint64_t checksum(struct worker *w, struct matmul *m)
{
    const struct summa *s = &m->summa;
    uint64_t *mine = m->sums + w->size, sum = 0;

    *mine = 0;
    for (size_t i = 0; i < s->kept.count; i++) {
        uint64_t first = (s->kept.first + i) * m->n + s->column.first;
        const double *row = kept_row(m, i);

        for (size_t j = 0; j < s->column.count; j++)
            *mine += rng_checksum(first + j, row[j]);
    }
    worker_allgather(w, mine, m->sums, sizeof *mine);
    for (int i = 0; i < w->size; i++)
        sum += m->sums[i];
    return sum;
}

/* All inputs are at most 1, so |A| (|B| |x|) is at most n^2 and rounding may
 * move A (B x) by 2 n epsilon of that (Higham, "Accuracy and Stability of
 * Numerical Algorithms", 3.5). */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct matmul *m = state;
    double n = (double)m->n;

    outcome->residual = freivalds(w, m) / (n * n);
    outcome->tolerance = 2 * n * 0x1p-52;
    outcome->checksum = checksum(w, m);
    if (outcome->residual <= outcome->tolerance)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "A (B x) differs from C x by %.3g of n^2, allowed are %.3g",
                   outcome->residual, outcome->tolerance);
}

const struct kernel kernel_matmul = {
    .name = "matmul",
    .summary = "matrix product C = A B in double precision",
    .unit = "flop",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .bound = "peak",
    .grows = "n",
    .power = 3,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
