/* SPDX-License-Identifier: Apache-2.0 */
/*
 * null: a scripted delay. With none it measures the harness itself; with one
 * it is the double that tests put in a real kernel's place: slow, wrong or
 * lost on request.
 *
 * Work: one task. Check: the number of steps since the last reset is not 0.
 */
#include <signal.h>

#include "core/clock.h"
#include "core/futex.h"
#include "kernels/kernel.h"

enum { DELAY, SLOW, EXTRA, FAULT, AT };

enum fault { FAULT_NONE, FAULT_WRONG, FAULT_FAIL, FAULT_LOST };

static const char *const faults[] = {"none", "wrong", "fail", "lost", NULL};

static const struct param params[] = {
    [DELAY] = {.name = "delay",
               .type = PARAM_REAL,
               .def = "0",
               .min = 0,
               .max = 86400,
               .unit = "s",
               .help = "busy time of every step"},
    [SLOW] = {.name = "slow",
              .type = PARAM_COUNT,
              .def = "0",
              .min = 0,
              .max = 1e6,
              .help = "the worker that is slower than the others"},
    [EXTRA] = {.name = "extra",
               .type = PARAM_REAL,
               .def = "0",
               .min = 0,
               .max = 86400,
               .unit = "s",
               .help = "by how much"},
    [FAULT] = {.name = "fault",
               .type = PARAM_CHOICE,
               .def = "none",
               .choices = faults,
               .help = "what goes wrong in the slow worker: a wrong result, "
                       "a step that fails, a worker that is lost"},
    [AT] = {.name = "at",
            .type = PARAM_COUNT,
            .def = "0",
            .min = 0,
            .max = 1e9,
            .help = "in which trial, warm-up included"},
    {.name = NULL},
};

struct null {
    uint64_t delay_ns;
    enum fault fault;
    int64_t due; /* resets until the fault happens */
    int steps;
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
    struct null *null = worker_alloc(w, sizeof *null, err);
    double delay = problem->value[DELAY].real;

    if (!null)
        return -1;
    if (w->task == problem->value[SLOW].count) {
        delay += problem->value[EXTRA].real;
        null->fault = (enum fault)problem->value[FAULT].count;
        null->due = problem->value[AT].count + 1;
    }
    null->delay_ns = (uint64_t)(delay * 1e9);
    *state = null;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct null *null = state;

    (void)w;
    null->steps = 0;
    null->due--;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct null *null = state;

    null->steps++;
    if (null->delay_ns) {
        uint64_t end = clock_now() + null->delay_ns;

        while (clock_now() < end)
            cpu_relax();
    }
    if (null->due == 0 && null->fault == FAULT_LOST)
        raise(SIGKILL);
    if (null->due == 0 && null->fault == FAULT_FAIL)
        return err_set(err, EXIT_RESOURCE, "worker %d was told to fail",
                       w->task);
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct null *null = state;
    bool wrong = null->due == 0 && null->fault == FAULT_WRONG;

    *outcome = (struct outcome){.residual = wrong || null->steps == 0};
    if (outcome->residual == 0)
        return 0;
    return err_set(err, EXIT_WRONG, "worker %d has a wrong result", w->task);
}

const struct kernel kernel_null = {
    .name = "null",
    .summary = "a scripted delay: the harness's own calibrator",
    .unit = "task",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
