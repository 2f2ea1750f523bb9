/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peak: fused multiply-adds on registers alone, as many independent chains as
 * hide their latency: the bound of every flop rate on the same seats.
 *
 * Work: 2 flop a lane, chain and round. Check: every chain computes x/2 + 1/2
 * from 1 on, which stays 1 exactly.
 */
#include "kernels/fma.h"
#include "kernels/kernel.h"

enum { ROUNDS };

static const struct param params[] = {
    [ROUNDS] = {.name = "n",
                .type = PARAM_COUNT,
                .def = "2^22",
                .small = "1000",
                .min = 1,
                .max = 1e12,
                .help = "multiply-adds in each of the chains"},
    {.name = NULL},
};

struct peak {
    struct fma fma;
    int64_t rounds;
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    (void)workers, (void)err;
    work->amount = (double)FMA_FLOP * (double)problem->value[ROUNDS].count;
    work->memory = work->arena = 4096;
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct peak *peak = worker_alloc(w, sizeof *peak, err);

    if (!peak)
        return -1;
    peak->rounds = problem->value[ROUNDS].count;
    fma_init(&peak->fma);
    *state = peak;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct peak *peak = state;

    (void)w;
    for (int c = 0; c < FMA_CHAINS; c++)
        peak->fma.chain[c] = fma_fill(0);
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct peak *peak = state;

    (void)w, (void)err;
    fma_init(&peak->fma);
    fma_run(&peak->fma, peak->rounds);
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct peak *peak = state;

    (void)w;
    *outcome = (struct outcome){.residual = fma_sum(&peak->fma) !=
                                            FMA_CHAINS * FMA_LANES};
    if (outcome->residual == 0)
        return 0;
    return err_set(err, EXIT_WRONG, "the chains sum to %g instead of %d",
                   fma_sum(&peak->fma), FMA_CHAINS * FMA_LANES);
}

/* Compiled for the hunt of bugs it is slower than a library that was not: then
 * it bounds nothing. */
#if defined(__OPTIMIZE__) && !SANITIZED
#define ABSENT NULL
#else
#define ABSENT "built without optimisation or with a sanitizer"
#endif

const struct kernel kernel_peak = {
    .name = "peak",
    .summary = "fused multiply-adds on registers: the bound of flop rates",
    .unit = "flop",
    .params = params,
    .absent = ABSENT,
    .modes = MODE_REPLICATE,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
