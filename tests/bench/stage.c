/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/cpuset.h"
#include "drivers/executors/executor.h"

static volatile int stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

static void handle_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

int stage_open(struct stage *stage, struct err *err)
{
    struct conductor *c = &stage->conductor;
    struct cpuset mask;

    handle_signals();
    *c = (struct conductor){.launch = {.size = 1}, .stop = &stop_signal};
    if (nursery_open(&c->nursery, err) || cpuset_current(&mask, err) ||
        topology_open(&c->topology, &mask, err))
        return -1;
    if (launcher_find(NULL, stage->launcher, sizeof stage->launcher,
                      &stage->no_launcher) == 0)
        c->launcher = stage->launcher;
    stage->workers = topology_cores(c->topology);
    return placement_plan(c->topology, "core", stage->workers,
                          &stage->placement, err);
}

void stage_close(struct stage *stage)
{
    placement_free(&stage->placement);
    topology_close(stage->conductor.topology);
    nursery_close(stage->conductor.nursery);
}

int stage_crowd(const struct stage *stage, int workers, struct stage *crowd,
                struct err *err)
{
    *crowd = *stage;
    crowd->workers = workers;
    return placement_plan(stage->conductor.topology, "core", workers,
                          &crowd->placement, err);
}

void stage_free(struct stage *crowd)
{
    placement_free(&crowd->placement);
}

/* "name=value" */
static int set_param(const struct param *table, const char *text,
                     union param_value *value, struct err *err)
{
    const char *equals = strchr(text, '=');
    char name[64];
    int row, n;

    if (!equals)
        return err_set(err, EXIT_USAGE, "no value in '%s'", text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    row = param_find(table, name, err);
    if (row < 0)
        return -1;
    return param_parse(&table[row], equals + 1, &value[row], 1, &n, err);
}

int stage_plan(const struct stage *stage, const struct subject *subject,
               const char *executor, int workers, struct plan *plan,
               struct err *err)
{
    int k = kernel_find(subject->kernel, err), e = 0;

    if (k < 0)
        return -1;
    if (executor && (e = executor_find(executor, err)) < 0)
        return -1;
    plan->problem = (struct problem){
        .mode = subject->replicate ? MODE_REPLICATE : MODE_DIVIDE, .seed = 1};
    param_defaults(kernel_table[k]->params, plan->problem.value);
    if (subject->n)
        plan->problem.value[0].count = subject->n;
    for (const char *const *p = subject->params; p && *p; p++) {
        if (set_param(kernel_table[k]->params, *p, plan->problem.value, err))
            return -1;
    }
    /* A peer has one arena for all: what one worker alone would need. */
    if (kernel_table[k]->plan(&plan->problem, executor ? workers : 1,
                              &plan->work, err))
        return -1;
    plan->team = (struct team_plan){.executor = e,
                                    .kernel = k,
                                    .workers = workers,
                                    .problem = &plan->problem,
                                    .work = &plan->work,
                                    .placement = &stage->placement};
    return 0;
}
