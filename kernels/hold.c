/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold: every worker sleeps for a while and does nothing else. What a trial
 * takes beyond the hold is the price of waking and waiting.
 *
 * Work: one task a worker. Check: nobody came back early.
 */
#include "core/clock.h"
#include "kernels/kernel.h"

enum { HOLD };

static const struct param params[] = {
    [HOLD] = {.name = "hold",
              .type = PARAM_REAL,
              .def = "0.1",
              .small = "0.01",
              .min = 0,
              .max = 86400,
              .unit = "s",
              .help = "how long each worker sleeps"},
    {.name = NULL},
};

struct hold {
    uint64_t wanted_ns, held_ns;
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    (void)problem, (void)workers, (void)err;
    work->amount = 1;
    work->memory = work->arena = 4096;
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct hold *hold = worker_alloc(w, sizeof *hold, err);

    if (!hold)
        return -1;
    hold->wanted_ns = (uint64_t)(problem->value[HOLD].real * 1e9);
    *state = hold;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct hold *hold = state;

    (void)w;
    hold->held_ns = 0;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct hold *hold = state;
    uint64_t start = clock_now();

    (void)err;
    worker_blocks(w);
    clock_sleep(hold->wanted_ns);
    worker_resumes(w);
    hold->held_ns = clock_now() - start;
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct hold *hold = state;
    double missing = (double)hold->wanted_ns - (double)hold->held_ns;

    (void)w;
    *outcome = (struct outcome){.residual = missing > 0 ? missing : 0};
    if (missing <= 0)
        return 0;
    return err_set(err, EXIT_WRONG, "held %.9f s too short", missing * 1e-9);
}

const struct kernel kernel_hold = {
    .name = "hold",
    .summary = "sleep for a while: create, wait, join",
    .unit = "task",
    .params = params,
    .modes = MODE_REPLICATE,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
