/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive metg: how small may tasks be before an executor stops paying? A run of
 * the kernel `tasks` over its grain and its patterns; what -P says stands.
 */
#include "drivers/commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/placement.h"

/* Seconds for one point, where nothing else was said: there are dozens. */
static const double point_budget = 3;

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
                   int *most, struct err *err)
{
    int count[WORKER_COUNTS], n;
    int places = c->lobby ? c->lobby->ranks : topology_cores(c->topology);

    if (options_workers(o->workers ? o->workers : "cores", places, count, &n,
                        err))
        return -1;
    *most = 1;
    for (int i = 0; i < n; i++)
        *most = count[i] > *most ? count[i] : *most;
    return 0;
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct options o = *options;
    char width[32];
    int most;

    if (o.words)
        return err_set(err, EXIT_USAGE,
                       "metg sweeps the kernel tasks and takes no other: '%s'",
                       o.word[0]);
    if (columns(conductor, &o, &most, err))
        return -1;
    snprintf(width, sizeof width, "width=%d", most);
    o.word[o.words++] = "tasks";
    o.brief = true;
    if (add(&o, "width", width, err) ||
        add(&o, "pattern", "pattern=none,stencil,alltoall,tree", err) ||
        add(&o, "grain", "grain=0,2^2..2^12,2^14,2^16", err))
        return -1;
    if (!o.budgeted && !o.rigorous)
        o.budget = point_budget;
    return command_find("run")->run(conductor, &o, err);
}

const struct command command_metg = {
    .name = "metg",
    .synopsis = "metg [-P pattern=LIST] [-P grain=LIST]",
    .summary = "how small may tasks be before an executor stops paying?",
    .flags = COMMAND_MAKES_TEAMS,
    .run = run,
};
