/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reduce: the sum, or the maximum, of several vectors of n doubles, element by
 * element, in the end with every worker: the vector reduction of the Parallel
 * Research Kernels (Van der Wijngaart and Mattson, "The Parallel Research
 * Kernels", HPEC 2014), whose result only the first worker gets. The vectors
 * are shared out; each worker reduces those that it has, then one all-reduce
 * brings the parts together. With as many vectors as workers nothing else is
 * left. The number of vectors is part of the problem, and not that of workers,
 * so that all do the same work.
 *
 * Work: 8 n bytes for each vector that is read and for the result.
 *
 * Check: element i of vector v is ((i + v + seed) mod 2^15) / 2^15, which has
 * sums and maxima in closed form; they are exact, and so is the check.
 */
#include <math.h>

#include "core/rng.h"
#include "kernels/comm.h"
#include "kernels/kernel.h"
#include "kernels/pages.h"

enum { N, VECTORS, OP, PAGES, COMM };

static const char *const op_choices[] = {"sum", "max", NULL};
static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "10^6",
           .small = "10007",
           .min = 1,
           .max = 1e12,
           .help = "elements of each vector"},
    [VECTORS] = {.name = "vectors",
                 .type = PARAM_COUNT,
                 .def = "8",
                 .small = "5",
                 .min = 1,
                 .max = 1e6,
                 .help = "that are reduced to one, shared out over the "
                         "workers"},
    [OP] = {.name = "op",
            .type = PARAM_CHOICE,
            .def = "sum",
            .choices = op_choices,
            .help = "sum or max, element by element"},
    [PAGES] = PAGES_PARAM,
    [COMM] = COMM_PARAM,
    {.name = NULL},
};

enum { METRIC_REDUCED };

static const struct metric metrics[] = {
    [METRIC_REDUCED] = {"reduced", "byte", METRIC_SUM,
                        "what workers put into the all-reduce of a step"},
    {.name = NULL},
};

enum {
    LINE = 8,        /* doubles of a cache line */
    CYCLE = 1 << 15, /* different values, and what they are parts of */
    PIECE = 1024,    /* elements of the result that stay in the first-level
                        cache while all vectors are added to them */
    SPOILT_EVERY = 512,
};

struct reduce {
    size_t n, stride; /* elements of a vector, and to the next */
    size_t vectors;   /* of all workers */
    enum reduce_op op;
    uint64_t seed;
    struct share mine;    /* vectors */
    const double *vector; /* [mine.count][stride] */
    double *result;       /* [n] */
    bool sent;            /* there is someone to reduce with */
};

/* An odd number of cache lines: vectors a power of two apart would compete for
 * the same sets of the caches. */
static size_t choose_stride(size_t n)
{
    return (n + LINE - 1) / LINE / 2 * 2 * LINE + LINE;
}

static double bytes_of(double elements, double vectors)
{
    return sizeof(double) * elements * vectors;
}

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    size_t n = (size_t)problem->value[N].count;
    double vectors = (double)problem->value[VECTORS].count;
    double each = ceil(vectors / workers);

    (void)err;
    work->amount = work->bytes = bytes_of((double)n, vectors + 1);
    work->memory = bytes_of((double)choose_stride(n), vectors + workers);
    work->arena = bytes_of((double)choose_stride(n), each + 1);
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

/* Element i of vector v, in parts of CYCLE. */
static uint64_t digit(const struct reduce *r, size_t i, size_t v)
{
    return (i + v + r->seed) % CYCLE;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct reduce *r = worker_alloc(w, sizeof *r, err);
    double *vector;

    if (!r)
        return -1;
    r->n = (size_t)problem->value[N].count;
    r->stride = choose_stride(r->n);
    r->vectors = (size_t)problem->value[VECTORS].count;
    r->op = problem->value[OP].count ? REDUCE_MAX : REDUCE_SUM;
    r->seed = problem->seed % CYCLE;
    r->mine = share_of(r->vectors, 1, w->size, w->rank);
    r->sent = w->size > 1;
    r->result = worker_alloc(w, r->n * sizeof *r->result, err);
    vector = worker_alloc(w, r->mine.count * r->stride * sizeof *vector, err);
    if (!r->result || !vector)
        return -1;
    for (size_t v = 0; v < r->mine.count; v++) {
        for (size_t i = 0; i < r->n; i++)
            vector[v * r->stride + i] =
                (double)digit(r, i, r->mine.first + v) / CYCLE;
    }
    for (size_t i = 0; i < r->n; i++)
        r->result[i] = 0;
    r->vector = vector;
    worker_barrier(w);
    *state = r;
    return 0;
}

/* One element a page: to spoil them all would cost as much as a step. */
static void reset(struct worker *w, void *state)
{
    struct reduce *r = state;

    (void)w;
    for (size_t i = 0; i < r->n; i += SPOILT_EVERY)
        r->result[i] = NAN;
}

/* -- the step -------------------------------------------------------------- */

static void set(double *restrict to, const double *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

static void set_two(double *restrict to, const double *restrict a,
                    const double *restrict b, size_t n, enum reduce_op op)
{
    if (op == REDUCE_SUM)
        for (size_t i = 0; i < n; i++)
            to[i] = a[i] + b[i];
    else
        for (size_t i = 0; i < n; i++)
            to[i] = a[i] > b[i] ? a[i] : b[i];
}

static void join(double *restrict to, const double *restrict from, size_t n,
                 enum reduce_op op)
{
    if (op == REDUCE_SUM)
        for (size_t i = 0; i < n; i++)
            to[i] += from[i];
    else
        for (size_t i = 0; i < n; i++)
            to[i] = to[i] > from[i] ? to[i] : from[i];
}

/* A worker without vectors has what changes nothing: no value is negative. */
static void reduce_piece(const struct reduce *r, size_t first, size_t n)
{
    double *to = r->result + first;
    const double *from = r->vector + first;
    size_t vectors = r->mine.count;

    if (vectors == 0)
        for (size_t i = 0; i < n; i++)
            to[i] = 0;
    else if (vectors == 1)
        set(to, from, n);
    else
        set_two(to, from, from + r->stride, n, r->op);
    for (size_t v = 2; v < vectors; v++)
        join(to, from + v * r->stride, n, r->op);
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct reduce *r = state;

    (void)err;
    for (size_t i = 0; i < r->n; i += PIECE)
        reduce_piece(r, i, r->n - i < PIECE ? r->n - i : PIECE);
    if (r->sent)
        worker_allreduce(w, r->result, r->n, r->op);
    return 0;
}

/* -- the check ------------------------------------------------------------- */

/* The sum of count values from `from` on that begin anew at CYCLE. */
static uint64_t sum_of_cycle(uint64_t from, uint64_t count)
{
    const uint64_t cycle = CYCLE, whole = count / cycle;
    uint64_t rest = count % cycle, sum = whole * (cycle * (cycle - 1) / 2);
    uint64_t until = from + rest > cycle ? cycle - from : rest;

    sum += until * from + until * (until - 1) / 2;
    rest -= until;
    return rest ? sum + rest * (rest - 1) / 2 : sum;
}

static uint64_t max_of_cycle(uint64_t from, uint64_t count)
{
    return from + count > CYCLE ? CYCLE - 1 : from + count - 1;
}

static double expected(const struct reduce *r, size_t i)
{
    uint64_t from = digit(r, i, 0);
    uint64_t parts = r->op == REDUCE_SUM ? sum_of_cycle(from, r->vectors)
                                         : max_of_cycle(from, r->vectors);

    return (double)parts / CYCLE;
}

/* Every worker has the whole result, and all of them look at it. */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct reduce *r = state;
    size_t wrong = 0;

    (void)w;
    outcome->checksum = 0;
    for (size_t i = 0; i < r->n; i++) {
        wrong += r->result[i] != expected(r, i);
        outcome->checksum += rng_checksum(i, r->result[i]);
    }
    outcome->residual = (double)wrong;
    outcome->tolerance = 0;
    outcome->metric[METRIC_REDUCED] =
        r->sent ? (double)(r->n * sizeof(double)) : 0;
    if (!wrong)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "%zu of %zu elements of the result are "
                   "wrong",
                   wrong, r->n);
}

const struct kernel kernel_reduce = {
    .name = "reduce",
    .summary = "all-reduce of vectors: their sum or maximum",
    .unit = "byte",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .bound = "copy",
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
