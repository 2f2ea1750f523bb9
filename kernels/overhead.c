/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overhead: what one act of cooperation costs between workers that are there
 * already and awake.
 *
 *   dispatch  worker 0 hands out an order, all carry out nothing, and it learns
 *             that they have: fork and join of an empty parallel region
 *   barrier   all wait for all
 *   reduce    `bytes` of doubles are summed over all, and everybody has the
 * sums exchange  workers 2i and 2i+1 swap `bytes`; a last one without partner
 * rests
 *
 * Work: `count` such acts a step, on data made once, in buffers that are warm.
 * Every act is checked by what it brought: sums, the order's number, the
 * partner's; a barrier where peers can be addressed, by the number of acts that
 * they have begun.
 */
#include <math.h>
#include <string.h>

#include "kernels/comm.h"
#include "kernels/kernel.h"

enum { WHAT, BYTES, COUNT, COMM };
enum what { DISPATCH, BARRIER, REDUCE, EXCHANGE };

static const char *const acts[] = {"dispatch", "barrier", "reduce", "exchange",
                                   NULL};

static const struct param params[] = {
    [WHAT] = {.name = "what",
              .type = PARAM_CHOICE,
              .def = "barrier",
              .choices = acts,
              .help = "dispatch, barrier, reduce or exchange"},
    [BYTES] = {.name = "bytes",
               .type = PARAM_COUNT,
               .def = "8",
               .min = 8,
               .max = 1e12,
               .unit = "byte",
               .help = "of a reduction's vector, or that either side sends; "
                       "2^3..2^26 sweeps"},
    [COUNT] = {.name = "count",
               .type = PARAM_COUNT,
               .def = "100",
               .small = "5",
               .min = 1,
               .max = 1e9,
               .help = "acts in a step"},
    [COMM] = COMM_PARAM,
    {.name = NULL},
};

enum { EACH, BANDWIDTH };

static const struct metric metrics[] = {
    [EACH] = {.name = "each",
              .unit = "s",
              .merge = METRIC_MAX,
              .help = "time of one act, of the slowest worker"},
    [BANDWIDTH] = {.name = "moved",
                   .unit = "byte/s",
                   .merge = METRIC_MIN,
                   .help = "bytes of the vector, or sent each way, over that"},
    {.name = NULL},
};

struct overhead {
    enum what what;
    size_t bytes, words;
    int64_t count;
    int64_t *begun; /* acts so far, for peers to look at */
    double *out, *in;
    double took_ns;
    int64_t acts, wrong;
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double buffers = 2 * (double)problem->value[BYTES].count;

    (void)err;
    work->amount = (double)problem->value[COUNT].count;
    work->arena = 8192 + buffers;
    work->memory = workers * work->arena;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct overhead *o = worker_alloc(w, sizeof *o, err);

    if (!o)
        return -1;
    o->what = (enum what)problem->value[WHAT].count;
    o->words = (size_t)problem->value[BYTES].count / sizeof(double);
    o->bytes = o->words * sizeof(double);
    o->count = problem->value[COUNT].count;
    o->begun = worker_alloc(w, sizeof *o->begun, err);
    o->out = worker_alloc(w, o->bytes, err);
    o->in = worker_alloc(w, o->bytes, err);
    if (!o->begun || !o->out || !o->in)
        return -1;
    for (size_t i = 0; i < o->words; i++)
        o->out[i] = o->in[i] = 0;
    *state = o;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct overhead *o = state;

    (void)w;
    o->acts = o->wrong = 0;
}

/* -- acts ------------------------------------------------------------------ */

static void dispatch(struct worker *w, struct overhead *o)
{
    double order = (double)*o->begun;

    o->in[0] = w->rank == 0 ? order : -1;
    worker_bcast(w, o->in, sizeof *o->in, 0);
    worker_barrier(w);
    o->wrong += o->in[0] != order;
}

/* First and last word are new in every act: the sums of the last one are not
 * those of this one. */
static void stamp(double *x, size_t words, double value)
{
    x[0] = x[words - 1] = value;
}

static bool stamped(const double *x, size_t words, double value)
{
    return x[0] == value && x[words - 1] == value;
}

static void reduce(struct worker *w, struct overhead *o)
{
    double act = (double)*o->begun;

    stamp(o->in, o->words, act);
    worker_allreduce(w, o->in, o->words, REDUCE_SUM);
    o->wrong += !stamped(o->in, o->words, act * w->size);
}

static void exchange(struct worker *w, struct overhead *o)
{
    int peer = w->rank ^ 1;
    double act = (double)*o->begun;

    if (peer >= w->size)
        return;
    stamp(o->out, o->words, act + w->rank);
    worker_exchange(w, peer, o->out, o->in, o->bytes);
    o->wrong += !stamped(o->in, o->words, act + peer);
}

static void act(struct worker *w, struct overhead *o)
{
    ++*o->begun;
    switch (o->what) {
    case DISPATCH: dispatch(w, o); break;
    case BARRIER: worker_barrier(w); break;
    case REDUCE: reduce(w, o); break;
    case EXCHANGE: exchange(w, o); break;
    }
    o->acts++;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct overhead *o = state;
    uint64_t start = clock_now();

    (void)err;
    for (int64_t i = 0; i < o->count; i++)
        act(w, o);
    o->took_ns = (double)(clock_now() - start);
    return 0;
}

/* -- the check ---------------------------------------------------------------
 */

/* Behind a barrier nobody is found who has not come to it. */
static void look_at_peers(struct worker *w, struct overhead *o)
{
    int64_t mine = ++*o->begun;

    worker_barrier(w);
    for (int peer = 0; peer < w->size; peer++) {
        const int64_t *there = worker_peer(w, peer, o->begun);

        o->wrong += there && *there != mine;
    }
    worker_barrier(w);
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct overhead *o = state;
    bool moves = o->what == REDUCE || o->what == EXCHANGE;
    double each = o->took_ns * 1e-9 / (double)o->count;

    look_at_peers(w, o);
    *outcome = (struct outcome){.residual = (double)o->wrong};
    for (int i = 0; i < METRICS_MAX; i++)
        outcome->metric[i] = NAN;
    outcome->metric[EACH] = each;
    if (moves && w->size > 1)
        outcome->metric[BANDWIDTH] = (double)o->bytes / each;
    if (o->acts < o->count)
        return err_set(err, EXIT_WRONG, "worker %d did %lld of %lld acts",
                       w->rank, (long long)o->acts, (long long)o->count);
    if (o->wrong == 0)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "worker %d: %lld acts brought what is not "
                   "true",
                   w->rank, (long long)o->wrong);
}

const struct kernel kernel_overhead = {
    .name = "overhead",
    .summary = "what dispatch, barrier, reduction and exchange cost",
    .unit = "act",
    .params = params,
    .modes = MODE_DIVIDE,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
