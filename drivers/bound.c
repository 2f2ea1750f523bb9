/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/bound.h"

#include "drivers/executors/executor.h"
#include "drivers/team.h"

/* Forked processes are in every build, and on the same seats as good as any. */
static const char hosts[] = "processes";

enum { TRIALS = 4, MEMORY_TIMES = 3 };

/* Vectors of the bound are small enough to be made quickly, and together four
 * times the last-level cache, so that memory is what is measured. */
static int size_problem(struct conductor *c, const struct kernel *bound,
                        int workers, struct problem *problem, struct err *err)
{
    double cache = (double)topology_cache_bytes(c->topology, 3);
    int row = param_find(bound->params, "n", err);

    problem->mode = MODE_REPLICATE;
    problem->seed = 1;
    param_defaults(bound->params, problem->value);
    if (row < 0)
        return -1;
    problem->value[row].count = 1 << 20;
    if (*bound->unit == 'b' && 4 * cache / 16 / workers > 1 << 20)
        problem->value[row].count = (int64_t)(4 * cache / 16 / workers);
    return 0;
}

static double best_rate(struct board *board, double amount, double best)
{
    uint64_t first = UINT64_MAX, last = 0;
    double rate;

    for (int w = 0; w < board->workers; w++) {
        const struct span *span = &board->slot[w].span;

        first = span->start_ns < first ? span->start_ns : first;
        last = span->end_ns > last ? span->end_ns : last;
    }
    rate = amount * board->workers / ((double)(last - first) * 1e-9);
    return rate > best ? rate : best;
}

static int run_team(struct conductor *c, const struct team_plan *plan,
                    double *rate, struct err *err)
{
    struct team *team = NULL;
    int failed =
        team_start(&team, c, plan, err) || team_order(team, ORDER_SETUP, err);

    for (int i = 0; i < TRIALS && !failed; i++) {
        failed = team_order(team, ORDER_TRIAL, err);
        if (!failed)
            *rate = best_rate(team_board(team), plan->work->amount, *rate);
    }
    team_stop(team);
    return failed ? -1 : 0;
}

int bound_measure(struct conductor *c, const char *name,
                  const struct placement *placement, int workers, double *rate,
                  struct err *err)
{
    struct problem problem;
    struct work work = {0};
    struct err why = {0};
    struct team_plan plan = {.executor = executor_find(hosts, &why),
                             .kernel = name ? kernel_find(name, &why) : -1,
                             .workers = workers,
                             .problem = &problem,
                             .work = &work,
                             .placement = placement};

    *rate = 0;
    if (plan.kernel < 0 || kernel_table[plan.kernel]->absent ||
        size_problem(c, kernel_table[plan.kernel], workers, &problem, &why) ||
        kernel_table[plan.kernel]->plan(&problem, 1, &work, &why))
        return 0;
    if (!run_team(c, &plan, rate, &why) || why.code < EXIT_SIGNAL)
        return 0;
    *err = why;
    return -1;
}

/* A number for the seats that the workers have. */
static uint64_t seats_of(const struct placement *placement, int workers)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (int w = 0; w < workers; w++)
        hash = (hash ^ (uint64_t)placement->seat[w].pu) * 0x100000001b3u;
    return hash;
}

/* Its place in the list; NULL: the list is full. */
static struct memory_bound *find_memory(struct conductor *c, uint64_t seats)
{
    const int room = (int)(sizeof c->memory / sizeof *c->memory);

    for (int i = 0; i < c->memories; i++) {
        if (c->memory[i].seats == seats)
            return &c->memory[i];
    }
    if (c->memories == room)
        return NULL;
    c->memory[c->memories] = (struct memory_bound){.seats = seats};
    return &c->memory[c->memories++];
}

int bound_memory(struct conductor *c, const struct placement *placement,
                 int workers, double *rate, struct err *err)
{
    struct memory_bound *known = find_memory(c, seats_of(placement, workers));

    *rate = 0;
    if ((!known || known->measured < MEMORY_TIMES) &&
        bound_measure(c, "copy", placement, workers, rate, err))
        return -1;
    if (!known)
        return 0;
    known->measured += known->measured < MEMORY_TIMES;
    if (*rate > known->rate)
        known->rate = *rate;
    *rate = known->rate;
    return 0;
}
