/* SPDX-License-Identifier: Apache-2.0 */
/*
 * burn: a loop of known length that lives in the registers. Built twice, with
 * another BURN_ROUNDS, it is two builds of one program of which one is slower
 * by a known part. With -DALONE it is that program, for tools that time
 * commands; without, a kernel for a copy of this tree (builds.sh).
 */
#include <stdint.h>

#ifndef BURN_ROUNDS
#define BURN_ROUNDS 10000000
#endif

/* Each round needs the one before: no compiler and no core shortens it. */
static uint64_t burn(uint64_t x)
{
    for (long i = 0; i < BURN_ROUNDS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return x;
}

#ifdef ALONE

int main(int argc, char **argv)
{
    (void)argv;
    return burn((uint64_t)argc) == 0;
}

#else

#include "kernels/kernel.h"

static const struct param params[] = {{.name = NULL}};

struct burning {
    uint64_t x;
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    (void)problem, (void)workers, (void)err;
    *work = (struct work){.amount = 1, .memory = 4096, .arena = 4096};
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    (void)problem;
    *state = worker_alloc(w, sizeof(struct burning), err);
    return *state ? 0 : -1;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct burning *burning = state;

    (void)w, (void)err;
    burning->x = burn(1);
    return 0;
}

/* A xorshift generator never reaches 0. */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct burning *burning = state;

    (void)w;
    *outcome = (struct outcome){.residual = burning->x == 0};
    if (burning->x)
        return 0;
    return err_set(err, EXIT_WRONG, "nothing was burned");
}

const struct kernel kernel_burn = {
    .name = "burn",
    .summary = "a loop of known length in the registers",
    .unit = "task",
    .params = params,
    .modes = MODE_REPLICATE,
    .plan = plan,
    .setup = setup,
    .step = step,
    .verify = verify,
};

#endif
