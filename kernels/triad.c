/* SPDX-License-Identifier: Apache-2.0 */
/*
 * triad: a = b + s c over vectors of n doubles, the triad of STREAM (McCalpin,
 * 1995). Each worker touches its share first, so that the pages lie in its
 * NUMA domain.
 *
 * Where the vectors of the team are past the last-level cache, a is stored past
 * the caches (non-temporal), which spares the reading of what is overwritten:
 * -P stores=cached leaves that out.
 *
 * Work: 24 n bytes, as STREAM counts (what a write-allocate cache reads before
 * it writes is not counted). Check: every element, exactly: the inputs are
 * sixteen-bit fractions and s is 3.
 */
#include <math.h>

#include "core/rng.h"
#include "kernels/kernel.h"
#include "kernels/pages.h"
#include "kernels/past.h"

enum { N, PAGES, STORES };

static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "2^24",
           .small = "10007",
           .min = 1,
           .max = 1e12,
           .help = "elements of each vector; take them larger than the "
                   "last-level cache four times over"},
    [PAGES] = PAGES_PARAM,
    [STORES] = STORES_PARAM,
    {.name = NULL},
};

enum { STREAM_B, STREAM_C, SPOILT_EVERY = 512 };

static const double scale = 3;

struct triad {
    struct share mine;
    double *a, *b, *c; /* [mine.count] */
    bool past;         /* a is stored past the caches */
    uint64_t *sums;    /* [workers + 1] */
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double bytes = 3.0 * sizeof(double) * (double)problem->value[N].count;
    double sums = (workers + 1) * sizeof(uint64_t);

    (void)err;
    work->amount = bytes;
    work->bytes = bytes;
    work->memory = bytes + workers * sums;
    work->arena = bytes / workers + sums;
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    size_t n = (size_t)problem->value[N].count, bytes;
    int tasks = problem->mode == MODE_REPLICATE ? w->tasks : 1;
    struct triad *t = worker_alloc(w, sizeof *t, err);

    if (!t)
        return -1;
    t->mine = share_of(n, 8, w->size, w->rank);
    t->past = past_caches((enum stores)problem->value[STORES].count,
                          3.0 * sizeof(double) * (double)n * tasks);
    bytes = t->mine.count * sizeof(double);
    t->a = worker_alloc(w, bytes, err);
    t->b = worker_alloc(w, bytes, err);
    t->c = worker_alloc(w, bytes, err);
    t->sums = worker_alloc(w, (size_t)(w->size + 1) * sizeof *t->sums, err);
    if (!t->a || !t->b || !t->c || !t->sums)
        return -1;
    rng_fill(t->b, t->mine.count, problem->seed, STREAM_B, t->mine.first);
    rng_fill(t->c, t->mine.count, problem->seed, STREAM_C, t->mine.first);
    for (size_t i = 0; i < t->mine.count; i++)
        t->a[i] = 0;
    *state = t;
    return 0;
}

/* One element a page: to spoil them all would cost as much as a step. */
static void reset(struct worker *w, void *state)
{
    struct triad *t = state;

    (void)w;
    for (size_t i = 0; i < t->mine.count; i += SPOILT_EVERY)
        t->a[i] = NAN;
}

/* Elements from `first` on. */
static void add_cached(struct triad *t, size_t first)
{
    double *restrict a = t->a;
    const double *restrict b = t->b, *restrict c = t->c;
    size_t n = t->mine.count;

    for (size_t i = first; i < n; i++)
        a[i] = b[i] + scale * c[i];
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct triad *t = state;

    (void)w, (void)err;
    add_cached(t, t->past ? past_triad(t->a, t->b, scale, t->c, t->mine.count)
                          : 0);
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct triad *t = state;
    uint64_t *mine = t->sums + w->size;
    size_t wrong = 0;

    *mine = 0;
    for (size_t i = 0; i < t->mine.count; i++) {
        wrong += !(t->a[i] == t->b[i] + scale * t->c[i]);
        *mine += rng_checksum(t->mine.first + i, t->a[i]);
    }
    worker_allgather(w, mine, t->sums, sizeof *mine);
    outcome->checksum = 0;
    for (int i = 0; i < w->size; i++)
        outcome->checksum += t->sums[i];
    outcome->residual = (double)wrong;
    outcome->tolerance = 0;
    if (!wrong)
        return 0;
    return err_set(err, EXIT_WRONG, "%zu of %zu elements of a are wrong", wrong,
                   t->mine.count);
}

const struct kernel kernel_triad = {
    .name = "triad",
    .summary = "STREAM's triad a = b + s c: memory bandwidth",
    .unit = "byte",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .bound = "copy",
    .grows = "n",
    .power = 1,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
