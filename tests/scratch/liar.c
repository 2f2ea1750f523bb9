/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liar: claims work that it does not do, a kernel for a test: whatever is
 * faster than its bound must void the comparison.
 *
 * Work: 10^12 flop that are never done; of an honest one, 1000. Check: none,
 * its result is right whatever it is.
 */
#include "core/clock.h"
#include "kernels/kernel.h"

enum { HONEST, STEP_NS = 100000 };

static const char *const answers[] = {"no", "yes", NULL};

static const struct param params[] = {
    [HONEST] = {.name = "honest",
                .type = PARAM_CHOICE,
                .def = "no",
                .choices = answers,
                .help = "claims what could be"},
    {.name = NULL},
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    (void)workers, (void)err;
    work->amount = problem->value[HONEST].count ? 1e3 : 1e12;
    work->memory = work->arena = 4096;
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    (void)problem;
    *state = worker_alloc(w, 64, err);
    return *state ? 0 : -1;
}

static void reset(struct worker *w, void *state)
{
    (void)w, (void)state;
}

static int step(struct worker *w, void *state, struct err *err)
{
    uint64_t end = clock_now() + STEP_NS;

    (void)w, (void)state, (void)err;
    while (clock_now() < end)
        ;
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    (void)w, (void)state, (void)err;
    *outcome = (struct outcome){.checksum = 1};
    return 0;
}

const struct kernel kernel_liar = {
    .name = "liar",
    .summary = "claims work that it does not do",
    .unit = "flop",
    .bound = "peak",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
