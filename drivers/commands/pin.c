/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive pin: the affinity report. Each executor's workers come to life, bind
 * themselves, and tell where they found themselves: planned against observed.
 */
#include "drivers/commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/executors/executor.h"
#include "drivers/spread.h"
#include "drivers/team.h"

static void print_head(void)
{
    printf("%-10s %6s  %-12s %5s %5s %5s %5s  %-12s %s\n", "executor", "worker",
           "node", "core", "numa", "PU", "seen", "mask", "");
}

/* Threads of several ranks: rank.thread. */
static void print_worker(const char *executor, const char *node, int worker,
                         const struct board *board)
{
    const struct slot *slot = &board->slot[worker];
    char mask[64], name[32];

    snprintf(name, sizeof name, "%d", worker);
    if (executor_table[board->executor]->flags & EXECUTOR_HYBRID)
        snprintf(name, sizeof name, "%d.%d", slot->rank, slot->thread);
    printf("%-10s %6s  %-12.12s ", executor, name, node);
    if (slot->seat.pu < 0)
        printf("%5s %5s %5s", "-", "-", "-");
    else
        printf("%5d %5d %5d", slot->seat.core, slot->seat.numa, slot->seat.pu);
    printf(" %5d  %-12s %s\n", slot->pu,
           cpuset_format(&slot->mask, mask, sizeof mask),
           slot->bound ? "ok" : "NOT AS PLANNED");
}

/* Runs one step of nothing, so that workers are seen where they compute. */
static int observe(struct conductor *conductor, const struct team_plan *plan,
                   const char *host, bool *as_planned, struct err *err)
{
    const char *name = executor_table[plan->executor]->name;
    struct team *team = NULL;
    struct err why;

    if (team_start(&team, conductor, plan, &why) ||
        team_order(team, ORDER_SETUP, &why) ||
        team_order(team, ORDER_TRIAL, &why)) {
        team_stop(team);
        printf("%-10s %s\n", name, why.text);
        if (why.code < EXIT_SIGNAL)
            return 0;
        *err = why;
        return -1;
    }
    for (int i = 0; i < plan->workers; i++) {
        const struct slot *slot = &team_board(team)->slot[i];
        const char *node = conductor->lobby && conductor->lobby->nodes > 1
                               ? lobby_card(conductor->lobby, slot->node)->host
                               : host;

        print_worker(name, node, i, team_board(team));
        *as_planned = *as_planned && slot->bound;
    }
    team_stop(team);
    return 0;
}

static int report(struct conductor *conductor, const struct options *options,
                  int workers, struct placement *placement, bool *as_planned,
                  struct err *err)
{
    int kernel = kernel_find("null", err), executor[CELLS_MAX], executors;
    struct problem problem = {.mode = MODE_REPLICATE};
    struct work work = {0};
    char node[64] = "", text[128];

    if (kernel < 0 || options_chosen(options, executor, &executors, err))
        return -1;
    param_defaults(kernel_table[kernel]->params, problem.value);
    kernel_table[kernel]->plan(&problem, 1, &work, err);
    gethostname(node, sizeof node - 1);
    printf("policy %s: %s\n", options->placement,
           placement_describe(placement, text, sizeof text));
    print_head();
    for (int i = 0; i < executors; i++) {
        struct spread spread =
            spread_of(conductor, executor[i], kernel, MODE_REPLICATE, workers);
        struct team_plan plan = {.executor = executor[i],
                                 .kernel = kernel,
                                 .workers = spread.workers,
                                 .spread = spread.nodes,
                                 .problem = &problem,
                                 .work = &work,
                                 .ranks_per = options->ranks_per_what,
                                 .placement = placement};

        if (observe(conductor, &plan, node, as_planned, err))
            return -1;
    }
    return 0;
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    int places = conductor->lobby ? conductor->lobby->ranks
                                  : topology_cores(conductor->topology);
    int workers[WORKER_COUNTS], n;
    struct placement placement;
    bool as_planned = true;
    int failed;

    if (options_workers(options->workers ? options->workers : "cores", places,
                        workers, &n, err))
        return -1;
    if (n != 1)
        return err_set(err, EXIT_USAGE, "--workers %s: pin wants one number",
                       options->workers);
    if (placement_plan(conductor->topology, options->placement,
                       spread_here(conductor, workers[0]), &placement, err))
        return -1;
    if (placement.crowded)
        fprintf(stderr, "drive: %d workers share %d hardware threads\n",
                placement.workers, topology_pus(conductor->topology));
    failed =
        report(conductor, options, workers[0], &placement, &as_planned, err);
    placement_free(&placement);
    if (failed || as_planned || !options->strict)
        return failed;
    return err_set(err, EXIT_UNFIT, "workers are not where they were planned");
}

const struct command command_pin = {
    .name = "pin",
    .synopsis = "pin",
    .summary = "where each executor's workers sit, planned and observed",
    .flags = COMMAND_MAKES_TEAMS,
    .run = run,
};
