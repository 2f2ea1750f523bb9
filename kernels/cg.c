/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cg: iterations of the method of conjugate gradients (Hestenes and Stiefel,
 * 1952) on Poisson's equation over a grid of n^2 or n^3 points: sparse product,
 * dot products, halos. Each step begins at x = 0.
 *
 * A is kept row by row (CSR) with indices of 32 bits, and the product makes no
 * use of what is known about its shape. Rows are shared out in contiguous
 * strips, in the order of the grid, each at least as long as what a row reaches
 * to: so only neighbours have to talk. When there are more workers than such
 * strips, those left over have no rows and take part in the sums alone.
 *
 * The halo costs no synchronisation of its own. What the product needs of the
 * neighbours is their p = r + beta p; each worker makes that itself, from its
 * copy of their old p and from their r, which is final before the sum of r r
 * is. So where memory is shared r is read in place after that sum, and is not
 * changed before the next one, of p A p. Where it is not, r is under way during
 * the sum, the update of p and the product with all rows that need no halo.
 *
 * Work: 2 (entries of A) + 10 (rows) flop an iteration. Check: see verify().
 */
#include <math.h>
#include <string.h>

#include "core/rng.h"
#include "kernels/comm.h"
#include "kernels/kernel.h"
#include "kernels/pages.h"
#include "kernels/poisson.h"

enum { N, POINTS, ITERATIONS, PAGES, COMM };

static const char *const point_choices[] = {"5", "7", "27", NULL};
static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "100",
           .small = "13",
           .min = 1,
           .max = 1e6,
           .help = "points along each edge of the grid"},
    [POINTS] = {.name = "points",
                .type = PARAM_CHOICE,
                .def = "7",
                .choices = point_choices,
                .help =
                    "entries of a row of A: 5 in the plane, 7 or 27 in space"},
    [ITERATIONS] = {.name = "iterations",
                    .type = PARAM_COUNT,
                    .def = "25",
                    .small = "100",
                    .min = 1,
                    .max = 1e6,
                    .help = "of a step"},
    [PAGES] = PAGES_PARAM,
    [COMM] = COMM_PARAM,
    {.name = NULL},
};

enum { RESIDUAL, ERROR, BOUND, HALO, BUSY };

static const struct metric metrics[] = {
    [RESIDUAL] = {.name = "residual",
                  .unit = "",
                  .merge = METRIC_MAX,
                  .help = "norm of b - A x against that of b"},
    [ERROR] = {.name = "error",
               .unit = "",
               .merge = METRIC_MAX,
               .help = "energy norm of what x is off, against that in the "
                       "beginning"},
    [BOUND] = {.name = "bound",
               .unit = "",
               .merge = METRIC_MAX,
               .help = "of the error, by the condition of A"},
    [HALO] = {.name = "halo",
              .unit = "byte",
              .merge = METRIC_SUM,
              .help = "read or received of neighbours in a step"},
    [BUSY] = {.name = "busy",
              .unit = "",
              .merge = METRIC_SUM,
              .help = "workers that have rows"},
    {.name = NULL},
};

/* Rows between two looks at transfers; accumulators of a sum, enough to hide
 * the latency of addition in vectors of any width; rows to a line. */
enum { CHUNK = 4096, LANES = 16, LINE = 8 };

enum { SUMS = 5, STREAM_X = 0 };

/* A vector and the halo on both sides of this worker's part. */
struct strip {
    double *all, *own; /* own = all + halo */
};

struct cg {
    struct poisson grid;
    int iterations;
    uint64_t seed;
    struct share mine; /* rows */
    size_t halo;       /* room on either side of `own` */
    size_t lo, hi;     /* what there is of it: grid.reach or 0 */
    struct csr a;      /* [mine.count], columns from a strip's `all` */
    struct strip b, r, p;
    double *x, *q;
    const double *before, *after; /* the neighbours' r; NULL: comes in r.all */
    struct transfer transfer[2];
    int pending; /* transfers under way */
    double rho;  /* r r after the last iteration */
    double *sum; /* [SUMS] */
};

/* -- plan ------------------------------------------------------------------ */

static struct poisson grid_of(const struct problem *problem)
{
    static const size_t points[] = {5, 7, 27};

    return poisson_grid((size_t)problem->value[N].count,
                        points[problem->value[POINTS].count]);
}

/* The workers that get rows; each has more than a row reaches to. */
static int busy_of(const struct poisson *g, int workers)
{
    size_t most = g->rows / (g->reach + 2 * LINE);

    most = most ? most : 1;
    return most < (size_t)workers ? (int)most : workers;
}

/* The largest part: all arenas have room for it, so that what stands at one
 * offset in one does so in all. */
static size_t most_rows(const struct poisson *g, int busy)
{
    size_t lines = (g->rows + LINE - 1) / LINE, parts = (size_t)busy;

    return (lines + parts - 1) / parts * LINE;
}

static size_t halo_of(const struct poisson *g)
{
    return (g->reach + LINE - 1) / LINE * LINE;
}

/* Bytes of an iteration: A once with its indices, the product's two vectors,
 * r -= alpha q, and x += alpha p with p = r + beta p. */
static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    struct poisson g = grid_of(problem);
    double n = (double)g.n, rows = n * n * (double)g.deep;
    double iterations = (double)problem->value[ITERATIONS].count, most;

    if (rows > 1e15)
        return err_set(err, EXIT_RESOURCE, "n=%zu makes a grid of %.3g points",
                       g.n, rows);
    most = (double)most_rows(&g, busy_of(&g, workers));
    if (most * (double)g.points + 2 * (double)halo_of(&g) > UINT32_MAX)
        return err_set(err, EXIT_USAGE,
                       "n=%zu gives a worker more entries of A than 32 bits "
                       "can count: want fewer points, or more workers",
                       g.n);
    work->amount = iterations * (2 * poisson_entries(&g) + 10 * rows);
    work->bytes =
        iterations * (12 * poisson_entries(&g) + (4 + 16 + 64) * rows);
    work->arena = most * (12 * (double)g.points + 4 + 5 * 8) +
                  6 * 8 * (double)halo_of(&g) + 1024;
    work->memory = 12 * poisson_entries(&g) + (4 + 5 * 8) * rows +
                   workers * (6 * 8 * (double)halo_of(&g) + 1024);
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

/* -- the parts of an iteration --------------------------------------------- */

/* Rows from .. to of q = A p; their part of p q. */
static double multiply(const struct cg *c, const struct strip *p, size_t from,
                       size_t to)
{
    const uint32_t *restrict start = c->a.start, *restrict column = c->a.column;
    const double *restrict value = c->a.value, *restrict all = p->all;
    double *restrict q = c->q, sum = 0;

    for (size_t i = from; i < to; i++) {
        double row = 0;

        for (uint32_t k = start[i]; k < start[i + 1]; k++)
            row += value[k] * all[column[k]];
        q[i] = row;
        sum += row * p->own[i];
    }
    return sum;
}

static double fold(const double *lane)
{
    double sum = 0;

    for (int i = 0; i < LANES; i++)
        sum += lane[i];
    return sum;
}

/* r r. */
static double square(const double *restrict r, size_t n)
{
    double lane[LANES] = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        for (size_t k = 0; k < LANES; k++)
            lane[k] += r[i + k] * r[i + k];
    }
    for (; i < n; i++)
        lane[0] += r[i] * r[i];
    return fold(lane);
}

/* r -= alpha q; its part of r r. */
static double update_residual(const struct cg *c, double alpha)
{
    double *restrict r = c->r.own, lane[LANES] = {0};
    const double *restrict q = c->q;
    size_t n = c->mine.count, i = 0;

    for (; i + LANES <= n; i += LANES) {
        for (size_t k = 0; k < LANES; k++) {
            r[i + k] -= alpha * q[i + k];
            lane[k] += r[i + k] * r[i + k];
        }
    }
    for (; i < n; i++) {
        r[i] -= alpha * q[i];
        lane[0] += r[i] * r[i];
    }
    return fold(lane);
}

/* x += alpha p. It waits until p is read anyhow, for p = r + beta p. */
static void update_solution(const struct cg *c, double alpha)
{
    const double *restrict p = c->p.own;
    double *restrict x = c->x;

    for (size_t i = 0; i < c->mine.count; i++)
        x[i] += alpha * p[i];
}

static void update_both(const struct cg *c, double alpha, double beta)
{
    double *restrict p = c->p.own, *restrict x = c->x;
    const double *restrict r = c->r.own;

    for (size_t i = 0; i < c->mine.count; i++) {
        x[i] += alpha * p[i];
        p[i] = r[i] + beta * p[i];
    }
}

/* The neighbours' part of p, made as they do. */
static void update_halo(const struct cg *c, double beta)
{
    const double *before = c->before ? c->before : c->r.own - c->lo;
    const double *after = c->after ? c->after : c->r.own + c->mine.count;
    double *low = c->p.own - c->lo, *high = c->p.own + c->mine.count;

    for (size_t i = 0; i < c->lo; i++)
        low[i] = before[i] + beta * low[i];
    for (size_t i = 0; i < c->hi; i++)
        high[i] = after[i] + beta * high[i];
}

/* -- halos by transfer ----------------------------------------------------- */

static void halo_begin(struct worker *w, struct cg *c, const struct strip *v)
{
    size_t bytes = c->grid.reach * sizeof(double), end = c->mine.count;
    struct transfer *t = c->transfer;

    c->pending = 0;
    if (c->lo)
        t[c->pending++] = (struct transfer){.peer = w->rank - 1,
                                            .bytes = bytes,
                                            .out = v->own,
                                            .in = v->own - c->lo};
    if (c->hi)
        t[c->pending++] = (struct transfer){.peer = w->rank + 1,
                                            .bytes = bytes,
                                            .out = v->own + end - c->hi,
                                            .in = v->own + end};
    if (c->pending)
        worker_begin(w, t, c->pending);
}

static void halo_end(struct worker *w, struct cg *c)
{
    if (c->pending)
        worker_end(w, c->transfer, c->pending);
    c->pending = 0;
}

/* -- setup ---------------------------------------------------------------- */

static int take_strip(struct worker *w, const struct cg *c, size_t rows,
                      struct strip *v, struct err *err)
{
    v->all = worker_alloc(w, (rows + 2 * c->halo) * sizeof *v->all, err);
    if (!v->all)
        return -1;
    v->own = v->all + c->halo;
    return 0;
}

static int take_memory(struct worker *w, struct cg *c, size_t rows,
                       struct err *err)
{
    size_t entries = rows * c->grid.points;

    c->a.start = worker_alloc(w, (rows + 1) * sizeof *c->a.start, err);
    c->a.column = worker_alloc(w, entries * sizeof *c->a.column, err);
    c->a.value = worker_alloc(w, entries * sizeof *c->a.value, err);
    c->x = worker_alloc(w, rows * sizeof *c->x, err);
    c->q = worker_alloc(w, rows * sizeof *c->q, err);
    c->sum = worker_alloc(w, SUMS * sizeof *c->sum, err);
    if (!c->a.start || !c->a.column || !c->a.value || !c->x || !c->q || !c->sum)
        return -1;
    return take_strip(w, c, rows, &c->b, err) ||
                   take_strip(w, c, rows, &c->r, err) ||
                   take_strip(w, c, rows, &c->p, err)
               ? -1
               : 0;
}

/* Where the neighbours' ends of r are, which border on this worker's part. */
static void find_neighbours(struct worker *w, struct cg *c, int busy)
{
    if (!worker_shares_memory(w))
        return;
    if (c->lo) {
        size_t theirs = share_of(c->grid.rows, LINE, busy, w->rank - 1).count;
        const double *r = worker_peer(w, w->rank - 1, c->r.own);

        c->before = r + theirs - c->lo;
    }
    if (c->hi)
        c->after = worker_peer(w, w->rank + 1, c->r.own);
}

/* b = A x for the x that is to be found. Each worker makes the part of x that
 * its rows reach to: what b is depends on no neighbour, only its halo does. */
static void make_right_side(struct worker *w, struct cg *c)
{
    size_t count = c->lo + c->mine.count + c->hi;

    rng_fill(c->p.own - c->lo, count, c->seed, STREAM_X, c->mine.first - c->lo);
    multiply(c, &c->p, 0, c->mine.count);
    memcpy(c->b.own, c->q, c->mine.count * sizeof *c->q);
    halo_begin(w, c, &c->b);
    halo_end(w, c);
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct cg *c = worker_alloc(w, sizeof *c, err);
    int busy;

    if (!c)
        return -1;
    *c = (struct cg){.grid = grid_of(problem),
                     .iterations = (int)problem->value[ITERATIONS].count,
                     .seed = problem->seed};
    busy = busy_of(&c->grid, w->size);
    c->halo = halo_of(&c->grid);
    if (w->rank < busy)
        c->mine = share_of(c->grid.rows, LINE, busy, w->rank);
    c->lo = w->rank > 0 && w->rank < busy ? c->grid.reach : 0;
    c->hi = w->rank + 1 < busy ? c->grid.reach : 0;
    if (take_memory(w, c, most_rows(&c->grid, busy), err))
        return -1;
    find_neighbours(w, c, busy);
    poisson_fill(&c->grid, c->mine.first, c->mine.count, c->halo, &c->a);
    make_right_side(w, c);
    *state = c;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct cg *c = state;

    (void)w;
    for (size_t i = 0; i < c->mine.count; i++)
        c->x[i] = c->r.own[i] = c->p.own[i] = NAN;
    c->rho = NAN;
}

/* -- a step --------------------------------------------------------------- */

static double sum_up(struct worker *w, struct cg *c, double mine)
{
    c->sum[0] = mine;
    worker_allreduce(w, c->sum, 1, REDUCE_SUM);
    return c->sum[0];
}

/* x = 0, r = p = b with its halo; r r. Nobody reads this worker's r any more:
 * the last who did has been in two sums since. */
static double start_over(struct worker *w, struct cg *c)
{
    size_t count = c->mine.count;

    memset(c->x, 0, count * sizeof *c->x);
    memcpy(c->r.own, c->b.own, count * sizeof *c->x);
    memcpy(c->p.own - c->lo, c->b.own - c->lo,
           (c->lo + count + c->hi) * sizeof *c->x);
    return sum_up(w, c, square(c->r.own, count));
}

/* All rows whose columns are here, then, when the halo has come, the others.
 * Where it is there already that is one sweep. */
static double multiply_all(struct worker *w, struct cg *c, double beta)
{
    size_t end = c->mine.count, high = end - c->hi;
    size_t low = c->lo < high ? c->lo : high, at = low;
    double sum = 0;

    if (!c->pending)
        return multiply(c, &c->p, 0, end);
    while (at < high && c->pending) {
        size_t to = high - at < CHUNK ? high : at + CHUNK;

        sum += multiply(c, &c->p, at, to);
        at = to;
        if (worker_done(w, c->transfer, c->pending))
            c->pending = 0;
    }
    halo_end(w, c);
    update_halo(c, beta);
    return sum + multiply(c, &c->p, at, end) + multiply(c, &c->p, 0, low);
}

/* Of a residual that has become 0 there is nothing to divide by. */
static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct cg *c = state;
    bool in_place = c->before || c->after;
    double rho = start_over(w, c), beta = 0;

    (void)err;
    for (int left = c->iterations; left > 0; left--) {
        double product = sum_up(w, c, multiply_all(w, c, beta));
        double alpha = ratio(rho, product);
        double mine = update_residual(c, alpha), was = rho;

        if (left > 1 && !in_place)
            halo_begin(w, c, &c->r);
        rho = sum_up(w, c, mine);
        if (left == 1) {
            update_solution(c, alpha);
            break;
        }
        beta = ratio(rho, was);
        update_both(c, alpha, beta);
        if (in_place)
            update_halo(c, beta);
    }
    c->rho = rho;
    return 0;
}

/* -- the check ------------------------------------------------------------ */

/* What is summed up for it, over all workers. */
enum { ERROR_NOW, ERROR_THEN, GAP, SQUARE_X, SQUARE_B };

/* e = x* - x with its halo, in the place of p, and q = A e, which is what is
 * left of b: b = A x*. The energy norm of e squared is e A e. */
static void find_error(struct worker *w, struct cg *c, double *sum)
{
    double *e = c->p.own;

    memset(sum, 0, SUMS * sizeof *sum);
    rng_fill(e, c->mine.count, c->seed, STREAM_X, c->mine.first);
    for (size_t i = 0; i < c->mine.count; i++) {
        sum[SQUARE_X] += e[i] * e[i];
        sum[SQUARE_B] += c->b.own[i] * c->b.own[i];
        sum[ERROR_THEN] += e[i] * c->b.own[i];
        e[i] -= c->x[i];
    }
    halo_begin(w, c, &c->p);
    halo_end(w, c);
    sum[ERROR_NOW] = multiply(c, &c->p, 0, c->mine.count);
    for (size_t i = 0; i < c->mine.count; i++) {
        double gap = c->q[i] - c->r.own[i];

        sum[GAP] += gap * gap;
    }
    worker_allreduce(w, sum, SUMS, REDUCE_SUM);
}

/* Norm against norm, from their squares. Rounding may leave less than 0. */
static double root(double part, double whole)
{
    return part <= 0 ? 0 : sqrt(part / whole);
}

/* How far the residual that the iteration goes by may drift from b - A x, for
 * each |A| |x| (Greenbaum, "Estimating the Attainable Accuracy of Recursively
 * Computed Residual Methods", 1997). Its largest x is x*, which the norm of the
 * iterates grows to, and its product errs by as many roundings as a row has
 * entries. */
static double drift_of(const struct cg *c)
{
    double k = c->iterations, points = (double)c->grid.points;

    return 0x1p-52 * (k + 1 + points + k * (10 + 2 * points));
}

/* The error in the energy norm after k iterations (Saad, "Iterative Methods for
 * Sparse Linear Systems", 2003, 6.11.3), and what drift may leave of it. */
static double bound_of(const struct cg *c)
{
    double condition = poisson_condition(&c->grid), s = sqrt(condition);

    return 2 * pow((s - 1) / (s + 1), c->iterations) + condition * drift_of(c);
}

static void fill_metrics(const struct cg *c, const double *sum, double error,
                         double *metric)
{
    double rounds = c->iterations - 1;

    metric[RESIDUAL] = root(c->rho, sum[SQUARE_B]);
    metric[ERROR] = error;
    metric[BOUND] = bound_of(c);
    metric[HALO] = rounds * (double)(c->lo + c->hi) * sizeof(double);
    metric[BUSY] = c->mine.count > 0;
}

/* The solution is known, so two things are checked: that the residual of the
 * iteration is that of x, and that the error is as small as theory promises.
 * There is no checksum: the bits of a sum depend on who adds up what. */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct cg *c = state;
    double *sum = c->sum, norm = 2 * poisson_diagonal(&c->grid), error, bound;

    find_error(w, c, sum);
    error = root(sum[ERROR_NOW], sum[ERROR_THEN]);
    bound = bound_of(c);
    outcome->residual = root(sum[GAP], sum[SQUARE_X]) / norm;
    outcome->tolerance = drift_of(c);
    outcome->checksum = 0;
    fill_metrics(c, sum, error, outcome->metric);
    if (!(outcome->residual <= outcome->tolerance))
        return err_set(err, EXIT_WRONG,
                       "the residual is off b - A x by %.3g of |A| |x|, "
                       "allowed are %.3g",
                       outcome->residual, outcome->tolerance);
    if (error <= bound)
        return 0;
    outcome->residual = error; /* so that it is beyond what is tolerated */
    return err_set(err, EXIT_WRONG,
                   "%d iterations leave %.3g of the error, at most %.3g may be",
                   c->iterations, error, bound);
}

const struct kernel kernel_cg = {
    .name = "cg",
    .summary = "conjugate gradients: sparse product, dot products, halos",
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
