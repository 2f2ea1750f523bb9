/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive metg: how small may tasks be before an executor stops paying? A run of
 * the kernel `tasks` over its grain and its patterns; what -P says stands.
 *
 * The largest grain is one of which a few blocks fit into a point's share of
 * the time: the highest rate of a sweep is the measure for all of it, and must
 * not be that of a single block.
 */
#include "drivers/commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/placement.h"

/* Seconds for all points together, and the least for one of them, where
 * nothing else was said: there are dozens, and few become precise. */
static const double sweep_budget = 60, least_budget = 0.5;

static bool given(const struct options *o, const char *name)
{
    size_t length = strlen(name);

    for (int i = 0; i < o->params; i++) {
        if (strncmp(o->param[i], name, length) == 0 &&
            o->param[i][length] == '=')
            return true;
    }
    return false;
}

static int add(struct options *o, const char *name, const char *text,
               struct err *err)
{
    if (given(o, name))
        return 0;
    if (o->params == OPTION_PARAMS)
        return err_set(err, EXIT_USAGE, "too many parameters");
    o->param[o->params++] = text;
    return 0;
}

/* As Task Bench does: a column a worker, that of the largest team asked for. */
static int columns(const struct conductor *c, const struct options *o,
                   int *most, int *counts, struct err *err)
{
    int count[WORKER_COUNTS], n;
    int places = c->lobby ? c->lobby->ranks : topology_cores(c->topology);

    if (options_workers(o->workers ? o->workers : "cores", places, count, &n,
                        err))
        return -1;
    *most = 1;
    for (int i = 0; i < n; i++)
        *most = count[i] > *most ? count[i] : *most;
    *counts = n;
    return 0;
}

/* Deals the time out, and says what it comes to. */
static int share_budget(struct options *o, int counts, struct err *err)
{
    int kernel = kernel_find("tasks", err), points;
    struct problem *problem;

    if (kernel < 0 ||
        options_problems(o, kernel_table[kernel], &problem, &points, err))
        return -1;
    free(problem);
    points *= counts;
    o->budget = sweep_budget / points;
    if (o->budget < least_budget)
        o->budget = least_budget;
    if (!o->quiet && !o->blocks)
        fprintf(stderr,
                "drive: note: %d points of %.2g s at most: %.0f s, and the "
                "start of their workers each time (--budget is for each)\n",
                points, o->budget, points * o->budget);
    return 0;
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct options o = *options;
    char width[32];
    int most, counts;

    if (o.words)
        return err_set(err, EXIT_USAGE,
                       "metg sweeps the kernel tasks and takes no other: '%s'",
                       o.word[0]);
    if (columns(conductor, &o, &most, &counts, err))
        return -1;
    snprintf(width, sizeof width, "width=%d", most);
    o.word[o.words++] = "tasks";
    o.brief = true;
    if (add(&o, "width", width, err) ||
        add(&o, "pattern", "pattern=none,stencil,alltoall,tree", err) ||
        add(&o, "grain", "grain=0,2^2..2^12,2^14", err))
        return -1;
    if (!o.budgeted && !o.rigorous && share_budget(&o, counts, err))
        return -1;
    return command_find("run")->run(conductor, &o, err);
}

const struct command command_metg = {
    .name = "metg",
    .synopsis = "metg [-P pattern=LIST] [-P grain=LIST]",
    .summary = "how small may tasks be before an executor stops paying?",
    .flags = COMMAND_MAKES_TEAMS,
    .run = run,
};
