/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stencil: out += star(in), then in += 1, on n x n points: the stencil of the
 * Parallel Research Kernels (Van der Wijngaart and Mattson, "The Parallel
 * Research Kernels", HPEC 2014). in starts as x + y, so each iteration adds 2
 * to every point of out that is `radius` away from the edges.
 *
 * Work: 2 (4 radius + 1) + 1 flop a point and iteration, as the paper counts.
 * in is incremented as soon as the sweep has left it behind, which saves a
 * pass over memory.
 *
 * The workers form a grid (kernels/star.h), each with its block of in and out
 * in its own arena. In an iteration a worker computes what needs no halo while
 * the halo is under way (kernels/halo.h), then the rest. Where memory is
 * shared the halo is copied once, straight from the neighbour's block: at the
 * default size less than a thousandth of the data. Read in place for as long
 * as the sweep takes, it would keep the neighbour from going on.
 *
 * Check: the paper compares the mean of |out|. Here each point of out is
 * compared, and of in, so that one that is wrong cannot hide. The checksum is
 * of out per iteration in multiples of 2^-10, since weights are fractions of
 * the radius and sums not exact.
 */
#include <math.h>
#include <string.h>

#include "core/rng.h"
#include "kernels/comm.h"
#include "kernels/halo.h"
#include "kernels/kernel.h"
#include "kernels/pages.h"
#include "kernels/star.h"

enum { N, RADIUS, ITERATIONS, PAGES, COMM };

static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "4000",
           .small = "97",
           .min = 3,
           .max = 1e8,
           .help = "rows and columns of the grid"},
    [RADIUS] = {.name = "radius",
                .type = PARAM_COUNT,
                .def = "2",
                .min = 1,
                .max = STAR_RADIUS_MAX,
                .help = "how far the star reaches along each axis"},
    [ITERATIONS] = {.name = "iterations",
                    .type = PARAM_COUNT,
                    .def = "10",
                    .small = "3",
                    .min = 1,
                    .max = 1e6,
                    .help = "of a step; workers meet their neighbours in each"},
    [PAGES] = PAGES_PARAM,
    [COMM] = COMM_PARAM,
    {.name = NULL},
};

enum { METRIC_HALO, METRIC_MESSAGES };

static const struct metric metrics[] = {
    [METRIC_HALO] = {"halo", "byte", METRIC_SUM,
                     "handed over between neighbours in a step"},
    [METRIC_MESSAGES] = {"messages", "", METRIC_SUM,
                         "halos handed over in a step"},
    {.name = NULL},
};

enum { PROGRESS = 32 }; /* rows between two looks at what is under way */

/* Of local rows and columns, ends not included. */
struct range {
    size_t first, end;
};
struct area {
    struct range row, column;
};

struct stencil {
    size_t n, radius;
    int iterations;
    struct star star;
    struct halo halo;         /* around this worker's block of in */
    struct share row, column; /* of the block */
    double *in, *out;         /* its first point */
    size_t stride;            /* doubles from row to row, of both */
    struct area all, core, early;
    uint64_t since; /* iterations since reset */
    uint64_t *sums; /* [workers + 1] */
};

/* -- the model ------------------------------------------------------------- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows of out lie as those of in do. */
static size_t out_bytes(size_t n, int radius, struct grid grid)
{
    return halo_rows(n, grid) * halo_stride(n, radius, grid) * sizeof(double);
}

static int check_size(size_t n, int radius, struct err *err)
{
    if (n > 2 * (size_t)radius)
        return 0;
    return err_set(
        err, EXIT_USAGE,
        "radius=%d needs n=%d or more, no point of n=%zu is that far "
        "from the edges",
        radius, 2 * radius + 1, n);
}

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    size_t n = (size_t)problem->value[N].count;
    int radius = (int)problem->value[RADIUS].count;
    double iterations = (double)problem->value[ITERATIONS].count;
    struct grid grid = grid_choose(n, radius, workers);
    double inner = (double)n - 2 * radius;

    if (check_size(n, radius, err))
        return -1;
    if (grid.rows == 0)
        return err_set(err, EXIT_USAGE,
                       "n=%zu cannot be cut for %d workers into blocks of "
                       "radius=%d or more rows and columns: take another "
                       "number of workers, or a larger n",
                       n, workers, radius);
    work->amount = iterations * star_flops(radius) * inner * inner;
    work->bytes = iterations * 4 * sizeof(double) * (double)n * (double)n;
    work->arena = halo_bytes(n, radius, grid) +
                  (double)out_bytes(n, radius, grid) +
                  2 * workers * sizeof(uint64_t) + 4096;
    work->memory = workers * work->arena;
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

/* -- setup ----------------------------------------------------------------- */

/* Rows and columns that are computed at all; those of them that need no halo;
 * and the points of in that no halo, and nothing that waits for one, reads. */
static void outline(struct stencil *s)
{
    const struct neighbour *side = s->halo.side;
    size_t rows = s->row.count, columns = s->column.count, r = s->radius;
    bool up = side[UP].rank >= 0, down = side[DOWN].rank >= 0;
    bool left = side[LEFT].rank >= 0, right = side[RIGHT].rank >= 0;

    s->all = (struct area){{up ? 0 : r, rows - (down ? 0 : r)},
                           {left ? 0 : r, columns - (right ? 0 : r)}};
    if (rows <= 2 * r || columns <= 2 * r)
        return; /* no core: all waits for a halo, or there is nothing */
    s->core = (struct area){{r, rows - r}, {r, columns - r}};
    s->early.row.first = up ? 2 * r : 0;
    s->early.row.end = rows - (down ? 2 * r : 0);
    s->early.column.first = left ? 2 * r : 0;
    s->early.column.end = columns - (right ? 2 * r : 0);
    s->early.row.end = larger(s->early.row.end, s->early.row.first);
    s->early.column.end = larger(s->early.column.end, s->early.column.first);
}

static double start_value(const struct stencil *s, size_t i, size_t k)
{
    return (double)(s->row.first + i) + (double)(s->column.first + k);
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct stencil *s = worker_alloc(w, sizeof *s, err);
    struct grid grid;

    if (!s)
        return -1;
    s->n = (size_t)problem->value[N].count;
    s->radius = (size_t)problem->value[RADIUS].count;
    s->iterations = (int)problem->value[ITERATIONS].count;
    s->star = star_make((int)s->radius);
    grid = grid_choose(s->n, (int)s->radius, w->size);
    s->sums = worker_alloc(w, (size_t)(w->size + 1) * sizeof *s->sums, err);
    s->out = worker_alloc(w, out_bytes(s->n, (int)s->radius, grid), err);
    if (!s->sums || !s->out ||
        halo_open(&s->halo, w, s->n, (int)s->radius, grid, err))
        return -1;
    s->row = s->halo.row;
    s->column = s->halo.column;
    s->in = s->halo.in;
    s->stride = s->halo.stride;
    outline(s);
    for (size_t i = 0; i < s->row.count; i++) {
        for (size_t k = 0; k < s->column.count; k++) {
            s->in[i * s->stride + k] = start_value(s, i, k);
            s->out[i * s->stride + k] = 0;
        }
    }
    worker_barrier(w);
    *state = s;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct stencil *s = state;

    (void)w;
    s->since = 0;
    for (size_t i = 0; i < s->row.count; i++)
        memset(s->out + i * s->stride, 0, s->column.count * sizeof *s->out);
}

/* -- an iteration ---------------------------------------------------------- */

static void sum_rows(struct stencil *s, size_t first, size_t end,
                     struct range column)
{
    for (size_t i = first; i < end && column.first < column.end; i++) {
        size_t at = i * s->stride + column.first;

        star_row(&s->star, s->out + at, s->in + at, s->stride,
                 column.end - column.first);
    }
}

static void increment(struct stencil *s, size_t first, size_t end,
                      struct range column)
{
    for (size_t i = first; i < end; i++) {
        double *row = s->in + i * s->stride;

        for (size_t k = column.first; k < column.end; k++)
            row[k] += 1;
    }
}

/* One strip of the core from top to bottom, and behind it the increments: as
 * many rows and columns later as the star reaches, since the strip to the
 * right still reads that far into this one. */
static void sweep(struct worker *w, struct stencil *s, struct range strip)
{
    const struct area *core = &s->core, *early = &s->early;
    size_t r = s->radius;
    struct range behind = {larger(strip.first - r, early->column.first),
                           smaller(strip.end - r, early->column.end)};

    if (strip.end == core->column.end)
        behind.end = early->column.end;
    for (size_t i = core->row.first; i < core->row.end; i++) {
        sum_rows(s, i, i + 1, strip);
        if (i - r >= early->row.first && i - r < early->row.end)
            increment(s, i - r, i - r + 1, behind);
        if (i % PROGRESS == 0)
            halo_drive(&s->halo, w);
    }
    increment(s, larger(core->row.end - r, early->row.first), early->row.end,
              behind);
}

static void sum_core(struct worker *w, struct stencil *s)
{
    struct range all = s->core.column;
    size_t width = star_strip((int)s->radius), end;

    for (size_t first = all.first; first < all.end; first = end) {
        end = smaller(first + width, all.end);
        sweep(w, s, (struct range){first, end});
    }
}

/* What is around the core: rows above and below it, in their whole length, and
 * the columns beside it. */
static void sum_frame(struct stencil *s)
{
    struct area all = s->all, core = s->core;

    if (core.row.first == core.row.end) {
        sum_rows(s, all.row.first, all.row.end, all.column);
        return;
    }
    sum_rows(s, all.row.first, core.row.first, all.column);
    sum_rows(s, core.row.first, core.row.end,
             (struct range){all.column.first, core.column.first});
    sum_rows(s, core.row.first, core.row.end,
             (struct range){core.column.end, all.column.end});
    sum_rows(s, core.row.end, all.row.end, all.column);
}

static void increment_rest(struct stencil *s)
{
    const struct area *early = &s->early;
    struct range whole = {0, s->column.count};

    increment(s, 0, early->row.first, whole);
    increment(s, early->row.first, early->row.end,
              (struct range){0, early->column.first});
    increment(s, early->row.first, early->row.end,
              (struct range){early->column.end, whole.end});
    increment(s, early->row.end, s->row.count, whole);
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct stencil *s = state;

    (void)err;
    for (int i = 0; i < s->iterations; i++) {
        halo_begin(&s->halo, w);
        sum_core(w, s);
        halo_end(&s->halo, w);
        sum_frame(s);
        halo_release(&s->halo, w);
        increment_rest(s);
        halo_advance(&s->halo);
        s->since++;
    }
    return 0;
}

/* -- the check ------------------------------------------------------------- */

static bool computed(const struct stencil *s, size_t i, size_t k)
{
    return i >= s->all.row.first && i < s->all.row.end &&
           k >= s->all.column.first && k < s->all.column.end;
}

/* The largest error of out, as a part of what it ought to be; points of in are
 * whole numbers and none may differ. */
static double worst_error(const struct stencil *s)
{
    double expected = 2 * (double)s->since, worst = expected > 0 ? 0 : 1;

    for (size_t i = 0; i < s->row.count; i++) {
        for (size_t k = 0; k < s->column.count; k++) {
            size_t at = i * s->stride + k;
            double out = computed(s, i, k) ? expected : 0;
            double error = fabs(s->out[at] - out) / larger(s->since, 1) / 2;

            if (s->in[at] != start_value(s, i, k) + (double)s->halo.total)
                error = larger(1, s->n);
            if (!(error <= worst))
                worst = error;
        }
    }
    return worst;
}

static uint64_t checksum(struct worker *w, struct stencil *s)
{
    uint64_t *mine = s->sums + w->size, sum = 0;
    double iterations = (double)larger(s->since, 1);

    *mine = 0;
    for (size_t i = 0; i < s->row.count; i++) {
        uint64_t first = (s->row.first + i) * s->n + s->column.first;
        const double *out = s->out + i * s->stride;

        for (size_t k = 0; k < s->column.count; k++)
            *mine += rng_checksum(first + k, rint(out[k] / iterations * 1024));
    }
    worker_allgather(w, mine, s->sums, sizeof *mine);
    for (int i = 0; i < w->size; i++)
        sum += s->sums[i];
    return sum;
}

static void fill_metrics(const struct stencil *s, double *metric)
{
    metric[METRIC_HALO] = s->iterations * halo_received(&s->halo);
    metric[METRIC_MESSAGES] = (double)s->iterations * s->halo.transfers;
}

/* A sum of 4 radius + 1 products, whose weights add up to 2 at most and whose
 * other factors are below 2 n + total, and one more addition for each iteration
 * (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1); as a part of
 * 2 an iteration. */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct stencil *s = state;
    double largest = 2 * (double)s->n + (double)s->halo.total;

    outcome->residual = worst_error(s);
    outcome->tolerance =
        ((4 * (double)s->radius + 3) * largest + 2 * (double)s->since) *
        0x1p-53;
    outcome->checksum = checksum(w, s);
    fill_metrics(s, outcome->metric);
    if (outcome->residual <= outcome->tolerance)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "a point is wrong by %.3g of what it ought to be, allowed "
                   "are %.3g",
                   outcome->residual, outcome->tolerance);
}

const struct kernel kernel_stencil = {
    .name = "stencil",
    .summary = "two-dimensional star stencil with halo exchange",
    .unit = "flop",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .bound = "peak",
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
