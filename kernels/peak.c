/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peak: fused multiply-adds on registers alone, as many independent chains as
 * hide their latency: the bound of every flop rate on the same seats.
 *
 * Work: 2 flop a lane, chain and round. Check: every chain computes x/2 + 1/2
 * from 1 on, which stays 1 exactly.
 */
#include "kernels/kernel.h"

#if defined(__AVX512F__)
enum { VECTOR = 64 };
#elif defined(__AVX__)
enum { VECTOR = 32 };
#else
enum { VECTOR = 16 };
#endif

enum { ROUNDS };

enum { CHAINS = 12, LANES = VECTOR / sizeof(double) };

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

/* One register; compilers spread operations on it over all lanes. */
struct vector {
    double lane __attribute__((vector_size(VECTOR)));
};

struct peak {
    int64_t rounds;
    double half; /* 0.5, but not for the compiler to know */
    double sum;  /* of all lanes */
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    (void)workers, (void)err;
    work->amount = 2.0 * LANES * CHAINS * (double)problem->value[ROUNDS].count;
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
    peak->half = 0.5;
    *state = peak;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct peak *peak = state;

    (void)w;
    peak->sum = 0;
}

static struct vector fill(double value)
{
    struct vector v;

    for (int i = 0; i < LANES; i++)
        v.lane[i] = value;
    return v;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct peak *peak = state;
    struct vector chain[CHAINS], half = fill(*(volatile double *)&peak->half);
    double sum = 0;

    (void)w, (void)err;
    for (int c = 0; c < CHAINS; c++)
        chain[c] = fill(1);
    for (int64_t r = 0; r < peak->rounds; r++) {
        for (int c = 0; c < CHAINS; c++)
            chain[c].lane = chain[c].lane * half.lane + half.lane;
    }
    for (int c = 0; c < CHAINS; c++) {
        for (int i = 0; i < LANES; i++)
            sum += chain[c].lane[i];
    }
    peak->sum = sum;
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct peak *peak = state;

    (void)w;
    *outcome = (struct outcome){.residual = peak->sum != CHAINS * LANES};
    if (outcome->residual == 0)
        return 0;
    return err_set(err, EXIT_WRONG, "the chains sum to %g instead of %d",
                   peak->sum, CHAINS * LANES);
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
