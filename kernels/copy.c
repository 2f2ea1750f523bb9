/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy: one vector to another, each worker its share: as fast as memory gets.
 * Where the vectors outlive no cache it is stored past them, else by the C
 * library's memcpy, which knows the cores but in a guest not the caches. The
 * bound of every memory-bound rate on the same seats.
 *
 * Work: 16 n bytes, one read and one write. Check: the vectors are equal.
 */
#include <string.h>

#include "core/rng.h"
#include "kernels/kernel.h"
#include "kernels/past.h"

enum { N, STORES };

static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "2^24",
           .small = "10007",
           .min = 1,
           .max = 1e12,
           .help = "elements of 8 bytes of each vector"},
    [STORES] = STORES_PARAM,
    {.name = NULL},
};

struct copy {
    size_t count;
    double *from, *to; /* [count] */
    bool past;         /* stored past the caches */
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double bytes = 2.0 * sizeof(double) * (double)problem->value[N].count;

    (void)err;
    work->amount = work->bytes = work->memory = bytes;
    work->arena = bytes / workers;
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    size_t n = (size_t)problem->value[N].count;
    int tasks = problem->mode == MODE_REPLICATE ? w->tasks : 1;
    struct share mine = share_of(n, 8, w->size, w->rank);
    struct copy *copy = worker_alloc(w, sizeof *copy, err);

    if (!copy)
        return -1;
    copy->count = mine.count;
    copy->past = past_caches((enum stores)problem->value[STORES].count,
                             2.0 * sizeof(double) * (double)n * tasks);
    copy->from = worker_alloc(w, mine.count * sizeof(double), err);
    copy->to = worker_alloc(w, mine.count * sizeof(double), err);
    if (!copy->from || !copy->to)
        return -1;
    rng_fill(copy->from, mine.count, problem->seed, 0, mine.first);
    memset(copy->to, 0, mine.count * sizeof(double));
    *state = copy;
    return 0;
}

/* One byte a page: to spoil them all would cost as much as a step. */
static void reset(struct worker *w, void *state)
{
    struct copy *copy = state;

    (void)w;
    for (size_t i = 0; i < copy->count; i += 512)
        copy->to[i] = -2;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct copy *copy = state;
    size_t done = 0;

    (void)w, (void)err;
    if (copy->past)
        done = past_copy(copy->to, copy->from, copy->count);
    memcpy(copy->to + done, copy->from + done,
           (copy->count - done) * sizeof(double));
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct copy *copy = state;
    size_t bytes = copy->count * sizeof(double);

    (void)w;
    *outcome = (struct outcome){
        .residual = bytes && memcmp(copy->to, copy->from, bytes) != 0};
    if (outcome->residual == 0)
        return 0;
    return err_set(err, EXIT_WRONG, "the copy differs from the original");
}

const struct kernel kernel_copy = {
    .name = "copy",
    .summary = "copy memory: the bound of memory-bound rates",
    .unit = "byte",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .grows = "n",
    .power = 1,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
