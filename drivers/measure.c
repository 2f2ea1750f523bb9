/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/rng.h"
#include "drivers/account.h"
#include "drivers/bounds.h"
#include "drivers/cell.h"
#include "drivers/deal.h"
#include "drivers/evidence.h"
#include "drivers/executors/executor.h"
#include "drivers/scratch.h"
#include "drivers/spread.h"
#include "drivers/takeover.h"
#include "drivers/team.h"
#include "drivers/trial.h"
#include "drivers/utilisation.h"
#include "results/verdict/verdict.h"

/* Late starts of one trial that are run again; two late starts of so many widen
 * the start window. */
enum { RETRIES = 3, LATE_OF = 20, WINDOW_MAX_NS = 1000000 };

/* The widest window over several nodes, where a word takes longer. */
enum { WINDOW_NODES_NS = 20000000 };

/* One comparison on its way. */
struct session {
    struct conductor *conductor;
    const struct measure_plan *plan;
    struct comparison *comparison;
    struct placement placement;
    struct team_plan team_plan[CELLS_MAX];
    struct work work[CELLS_MAX];
    struct team *team[CELLS_MAX];
    uint64_t window_ns;
    int nodes;
    int takers; /* cells that were planned to take the launched ranks; later,
                   when one may have been dropped, trials are as before */
    int starts, late; /* since the window was changed */
    struct evidence_source *evidence;
    struct sampler *sampler; /* or NULL */
    struct takeover before;  /* what was taken over */
    bool fatal;              /* the listener failed: nothing can go on */
};

/* -- before anything runs ------------------------------------------------ */

static bool is_parent(const struct measure_plan *plan)
{
    return kernel_table[plan->kernel]->traits & KERNEL_PARENT;
}

static struct spread spread(const struct conductor *c,
                            const struct measure_plan *plan, int i)
{
    return spread_of(c, plan->executor[i], plan->kernel, plan->problem.mode,
                     plan->workers);
}

static void describe_problem(const struct kernel *kernel,
                             const struct problem *problem, char *out,
                             size_t size)
{
    char text[PARAM_TEXT_MAX];
    size_t used = 0;

    *out = '\0';
    for (int i = 0; kernel->params[i].name && used < size; i++) {
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s=%s", i ? " " : "",
                             kernel->params[i].name,
                             param_format(&kernel->params[i], problem->value[i],
                                          text, sizeof text));
    }
}

static const struct problem *problem_of(const struct measure_plan *plan, int i)
{
    return plan->own[i] ? plan->own[i] : &plan->problem;
}

static int plan_cell(const struct conductor *c, const struct measure_plan *plan,
                     int i, struct cell *cell, struct work *work,
                     struct err *err)
{
    const struct kernel *kernel = kernel_table[plan->kernel];
    bool divide = plan->problem.mode == MODE_DIVIDE;
    int executor = plan->executor[i], sharers;

    *cell = (struct cell){.huge_share = NAN};
    cell->executor =
        plan->label[i] ? plan->label[i] : executor_table[executor]->name;
    cell->workers = spread(c, plan, i).workers;
    *work = (struct work){0};
    sharers = is_parent(plan) ? plan->workers : divide ? cell->workers : 1;
    if (kernel->plan(problem_of(plan, i), sharers, work, err))
        return -1;
    cell->memory_bytes = work->memory * (divide ? 1 : cell->workers);
    if (executor_table[executor]->absent) {
        cell->status = CELL_SKIPPED;
        err_set(&cell->why, EXIT_ABSENT, "%s",
                executor_table[executor]->absent);
    }
    return 0;
}

/* Whether each team fits, and whether all of them fit together. */
static int check_memory(const struct conductor *c,
                        struct comparison *comparison, struct err *err)
{
    double all = 0, most = 0, there = (double)mem_available();
    char need[32], have[32];

    for (int i = 0; i < comparison->cells; i++) {
        const struct cell *cell = &comparison->cell[i];
        double bytes = cell->memory_bytes *
                       spread_share(c, comparison->workers, cell->workers);

        if (cell->status != CELL_OK)
            continue;
        all += bytes;
        if (bytes > most)
            most = bytes;
    }
    /* Some room is left for the kernel's page tables and for others. */
    comparison->rebuilt = all > 0.9 * there;
    if (most <= 0.95 * there)
        return 0;
    return err_set(err, EXIT_RESOURCE,
                   "%s %s with %d workers needs %s of memory, there are %s",
                   comparison->kernel, comparison->problem, comparison->workers,
                   mem_format((uint64_t)(most < 1.8e19 ? most : 1.8e19), need,
                              sizeof need),
                   mem_format((uint64_t)there, have, sizeof have));
}

static int prepare(struct session *s, struct err *err)
{
    const struct measure_plan *plan = s->plan;
    const struct kernel *kernel = kernel_table[plan->kernel];
    struct comparison *c = s->comparison;

    *c = (struct comparison){
        .kernel = kernel->name,
        .unit = kernel->unit,
        .mode = mode_name(plan->problem.mode),
        .seed = plan->problem.seed,
        .workers = plan->workers,
        .nodes = s->conductor->lobby ? s->conductor->lobby->nodes : 1,
        .repeats = 1,
        .replicate = plan->problem.mode == MODE_REPLICATE,
        .precision = plan->precision,
        .margin = plan->margin,
        .widest = -1};
    describe_problem(kernel, &plan->problem, c->problem, sizeof c->problem);
    for (; kernel->metrics && kernel->metrics[c->metrics].name; c->metrics++)
        c->metric[c->metrics] = kernel->metrics[c->metrics];
    if (placement_plan(
            s->conductor->topology, plan->policy,
            is_parent(plan) ? 1 : spread_here(s->conductor, plan->workers),
            &s->placement, err))
        return -1;
    /* What a parent brings to life inherits its mask. */
    if (is_parent(plan))
        s->placement.seat[0].pu = -1;
    placement_describe(&s->placement, c->placement, sizeof c->placement);
    c->crowded = s->placement.crowded;
    for (int i = 0; i < plan->executors; i++) {
        if (plan_cell(s->conductor, plan, i, &c->cell[i], &s->work[i], err) ||
            (executor_table[plan->executor[i]]->flags & EXECUTOR_HYBRID &&
             deal_cell(s->conductor->topology, &s->placement, plan->ranks_per,
                       is_parent(plan), &c->cell[i], err)))
            return -1;
        c->cells++;
        s->team_plan[i] =
            (struct team_plan){.executor = plan->executor[i],
                               .kernel = plan->kernel,
                               .workers = c->cell[i].workers,
                               .tasks = is_parent(plan) ? plan->workers : 0,
                               .serialized = plan->serialized[i],
                               .spread = spread(s->conductor, plan, i).nodes,
                               .ranks_per = plan->ranks_per,
                               .problem = problem_of(plan, i),
                               .work = &s->work[i],
                               .placement = &s->placement};
        s->takers += c->cell[i].status == CELL_OK &&
                     team_takes_ranks(s->conductor, &s->team_plan[i]);
    }
    c->amount = s->work[0].amount;
    c->bytes = s->work[0].bytes;
    return check_memory(s->conductor, c, err);
}

int measure_prepare(struct conductor *conductor,
                    const struct measure_plan *plan,
                    struct comparison *comparison, struct placement *placement,
                    struct err *err)
{
    struct session s = {conductor, plan, comparison, .window_ns = 0};
    int failed = prepare(&s, err);

    *placement = s.placement;
    return failed;
}

/* -- teams --------------------------------------------------------------- */

static bool is_ending(const struct err *err)
{
    return err->code > EXIT_SIGNAL;
}

/* A cell that cannot go on: its row keeps the reason. */
static void drop_cell(struct session *s, int i, const struct err *why)
{
    struct cell *cell = &s->comparison->cell[i];

    cell->status = why->code == EXIT_ABSENT ? CELL_SKIPPED : CELL_FAILED;
    cell->why = *why;
    team_stop(s->team[i]);
    s->team[i] = NULL;
}

static int build_team(struct session *s, int i, struct err *err)
{
    struct cell *cell = &s->comparison->cell[i];
    struct account *account = &s->comparison->account;
    uint64_t start = clock_now();

    if (team_start(&s->team[i], s->conductor, &s->team_plan[i], err))
        return -1;
    account->teams_ns += clock_now() - start;
    cell->startup_ns = team_startup(s->team[i]);
    if (*cell->ranks_per) /* over several nodes it is known only now */
        cell->ranks = team_board(s->team[i])->slot[cell->workers - 1].rank + 1;
    start = clock_now();
    if (team_order(s->team[i], ORDER_SETUP, err))
        return -1;
    cell->setup_ns = clock_now() - start;
    account->kernel_ns += cell->setup_ns;
    return 0;
}

/* A rank that was launched with us is in one team at a time: where several take
 * them, each comes to life for its trial, and goes home after it. */
static bool takes_turns(const struct session *s, int i)
{
    return s->takers > 1 && team_takes_ranks(s->conductor, &s->team_plan[i]);
}

static void end_team(struct session *s, int i)
{
    struct cell *cell = &s->comparison->cell[i];
    uint64_t start = clock_now();

    if (!s->team[i])
        return;
    cell_note(cell, team_board(s->team[i]), s->nodes > 1);
    cell->teardown_ns = team_stop(s->team[i]);
    s->team[i] = NULL;
    s->comparison->account.teams_ns += clock_now() - start;
}

/* -- trials -------------------------------------------------------------- */

/* As soon as too many starts are late; faster over nodes, where the first
 * window is far from what is needed. */
static void adapt_window(struct session *s, bool late)
{
    const uint64_t most = s->nodes > 1 ? WINDOW_NODES_NS : WINDOW_MAX_NS;

    s->starts++;
    s->late += late;
    if (s->late > 1) {
        s->window_ns *= s->nodes > 1 ? 4 : 2;
        s->window_ns = s->window_ns < most ? s->window_ns : most;
    } else if (s->starts < LATE_OF) {
        return;
    }
    s->starts = s->late = 0;
    s->comparison->window_ns = s->window_ns;
}

/* Where a trial stands: block, place in it, warm-up or not, and whether it
 * would be run again if it starts late. */
struct place {
    int block, order;
    bool warmup, again;
};

/* One trial of a team, entered in the account. */
static int order_trial(struct session *s, int i, struct err *err)
{
    struct board *board = team_board(s->team[i]);
    uint64_t start = clock_now();

    board->window_ns = s->window_ns;
    board->repeats = s->comparison->repeats;
    if (team_order(s->team[i], ORDER_TRIAL, err))
        return -1;
    account_trial(&s->comparison->account, board, clock_now() - start);
    return 0;
}

static int wrong_result(const struct session *s, const struct cell *cell,
                        const char *text, struct err *err)
{
    return err_set(err, EXIT_WRONG, "wrong result: %s under %s: %s",
                   s->comparison->kernel, cell->executor, text);
}

/* One that comes to life for a trial has cold caches and untouched memory, one
 * that stays has caches that others used meanwhile: where there are both, each
 * trial follows one of the same cell that nobody sees. Its result has to be
 * right all the same. */
static int warm_cell(struct session *s, int i, struct err *err)
{
    const struct board *board = team_board(s->team[i]);

    if (order_trial(s, i, err))
        return -1;
    for (int w = 0; w < board->workers; w++) {
        if (board->slot[w].wrong)
            return wrong_result(s, &s->comparison->cell[i],
                                board->slot[w].err.text, err);
    }
    return 0;
}

static int come_to_life(struct session *s, int i, struct err *err)
{
    if (!s->team[i] && build_team(s, i, err))
        return -1;
    return s->takers > 1 ? warm_cell(s, i, err) : 0;
}

/* One trial of one cell, whatever comes of it. */
static int run_once(struct session *s, int i, const struct place *place,
                    struct trial **out, struct err *err)
{
    struct cell *cell = &s->comparison->cell[i];
    struct board *board = team_board(s->team[i]);
    struct evidence before, after;
    struct err wrong = {0};
    struct trial *trial;
    int failed;

    evidence_read(s->evidence, &before);
    sampler_mark(s->sampler, i);
    failed = order_trial(s, i, err);
    sampler_mark(s->sampler, -1);
    if (failed)
        return -1;
    evidence_read(s->evidence, &after);
    trial = cell_add_trial(cell);
    if (!trial)
        return err_set(err, EXIT_RESOURCE, "no memory for one more trial");
    trial->block = place->block;
    trial->order = place->order;
    trial->warmup = place->warmup;
    trial_read(trial, board, &wrong);
    evidence_judge(&before, &after, s->plan->margin, cell->workers, trial);
    /* A crowd of our own is no disturbance. */
    if (s->comparison->crowded)
        trial->disturbed &= ~(unsigned)DISTURBED_WAIT;
    trial_check(s->comparison, board, trial, &wrong);
    adapt_window(s, trial->late);
    s->comparison->late += trial->late;
    trial->late = (trial->late && place->again) || board->doubtful;
    if (s->plan->listener.trial &&
        s->plan->listener.trial(s->plan->listener.arg, s->comparison, cell,
                                trial, err)) {
        s->fatal = true;
        return -1;
    }
    *out = trial;
    if (!trial->wrong)
        return 0;
    return wrong_result(s, cell, wrong.text, err);
}

/* Late starts are run again, a few times; the last one counts as it is, for
 * the machine may stay that busy. */
static int run_cell(struct session *s, int i, int block, int order, bool warmup,
                    struct err *err)
{
    struct place place = {block, order, warmup, false};
    struct trial *trial = NULL;

    for (int left = RETRIES; left >= 0; left--) {
        place.again = left > 0;
        if (run_once(s, i, &place, &trial, err))
            return -1;
        if (!trial->late)
            break;
    }
    return 0;
}

/* A whole block. Cells that fail on the way are dropped; a wrong result, a
 * signal or a deaf listener end it. */
static int run_block(struct session *s, int block, bool warmup, struct err *err)
{
    struct comparison *c = s->comparison;
    uint64_t round = (uint64_t)block * 2 + warmup;
    int order[CELLS_MAX];

    rng_shuffle(order, c->cells, s->plan->seed, round);
    for (int k = 0; k < c->cells; k++) {
        int i = order[k];
        struct err why;

        if (conductor_stop(s->conductor))
            return err_set(err, EXIT_SIGNAL + conductor_stop(s->conductor),
                           "interrupted");
        if (c->cell[i].status != CELL_OK)
            continue;
        if (come_to_life(s, i, &why) ||
            run_cell(s, i, block, k, warmup, &why)) {
            if (s->fatal || is_ending(&why) || why.code == EXIT_WRONG) {
                *err = why;
                return -1;
            }
            drop_cell(s, i, &why);
        } else if (c->rebuilt || takes_turns(s, i)) {
            end_team(s, i);
        }
    }
    return 0;
}

/* -- when to stop -------------------------------------------------------- */

/* A region too short for the clock is stretched by repeating the step, the
 * same for all executors. */
static void choose_repeats(struct session *s)
{
    struct comparison *c = s->comparison;
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++) {
            if (c->cell[i].trial[t].ns < least)
                least = c->cell[i].trial[t].ns;
        }
    }
    while (c->repeats * (least ? least : 1) < s->plan->region_ns &&
           c->repeats < 1u << 16)
        c->repeats *= 2;
}

/* Warm-up takes part of the budget, but never the half of it. */
static int warm_up(struct session *s, uint64_t start_ns, struct err *err)
{
    for (int i = 0; i < s->plan->warmups; i++) {
        if (i > 0 && clock_now() - start_ns > s->plan->stop.budget_ns / 4)
            return 0;
        if (run_block(s, s->before.warmups + i, true, err))
            return -1;
        if (i == 0 && s->comparison->blocks == 0)
            choose_repeats(s);
    }
    return 0;
}

static int run_blocks(struct session *s, struct err *err)
{
    const struct listener *listener = &s->plan->listener;
    struct comparison *c = s->comparison;
    uint64_t start_ns = clock_now() - s->before.spent_ns;

    if (warm_up(s, clock_now(), err))
        return -1;
    while ((c->stop = stop_decide(&s->plan->stop, c, clock_now() - start_ns)) ==
           STOP_NONE) {
        if (run_block(s, c->blocks, false, err))
            return -1;
        c->blocks++;
        if (verdict_widest(c, &c->widest, err))
            return -1;
        if (listener->block &&
            listener->block(listener->arg, c, clock_now() - start_ns, err))
            return -1;
    }
    return 0;
}

/* Where the cores cannot be watched, the comparison says so and goes on. */
static int run_watched(struct session *s, struct err *err)
{
    struct comparison *c = s->comparison;
    int failed;

    if (s->plan->utilisation)
        s->sampler =
            sampler_start(SAMPLER_FILE, &s->placement.allowed, c->cells,
                          SAMPLER_PERIOD_NS, &c->utilisation.why);
    failed = run_blocks(s, err);
    sampler_stop(s->sampler, &c->utilisation);
    s->sampler = NULL;
    return failed;
}

/* Teams live as long as the comparison, unless they do not fit together. */
static int build_teams(struct session *s, struct err *err)
{
    struct comparison *c = s->comparison;

    for (int i = 0; i < c->cells && !c->rebuilt; i++) {
        struct err why;

        if (c->cell[i].status != CELL_OK || takes_turns(s, i) ||
            !build_team(s, i, &why))
            continue;
        if (is_ending(&why)) {
            *err = why;
            return -1;
        }
        drop_cell(s, i, &why);
    }
    return 0;
}

/* True where nothing is left to measure. */
static bool take_over(struct session *s)
{
    struct comparison *c = s->comparison;

    if (!s->plan->before)
        return false;
    s->before = takeover(c, s->plan->before);
    if (!c->blocks || verdict_widest(c, &c->widest, NULL))
        return false;
    c->stop = stop_decide(&s->plan->stop, c, s->before.spent_ns);
    return c->stop != STOP_NONE;
}

int measure_compare(struct conductor *conductor,
                    const struct measure_plan *plan,
                    struct comparison *comparison, struct err *err)
{
    struct session s = {.conductor = conductor,
                        .plan = plan,
                        .comparison = comparison,
                        .nodes = conductor->lobby ? conductor->lobby->nodes : 1,
                        .window_ns = 2000};
    const char *bound = kernel_table[plan->kernel]->bound;
    uint64_t start = clock_now();
    int failed = prepare(&s, err);

    comparison->window_ns = s.window_ns;
    if (!failed && kernel_table[plan->kernel]->traits & KERNEL_FILES)
        failed = scratch_open(conductor, err);
    if (!failed)
        s.evidence = evidence_open(&s.placement.allowed);
    if (!failed && plan->listener.begin)
        failed = plan->listener.begin(plan->listener.arg, comparison, err);
    if (!failed && !take_over(&s))
        failed =
            bounds_measure(conductor, &s.placement, bound, comparison, err) ||
            build_teams(&s, err) || run_watched(&s, err);
    if (failed)
        comparison->stop = err->code == EXIT_WRONG ? STOP_WRONG : STOP_SIGNAL;
    for (int i = 0; i < comparison->cells; i++)
        end_team(&s, i);
    if (!failed &&
        bounds_check(conductor, &s.placement, bound, comparison, err)) {
        failed = -1;
        comparison->stop = STOP_BOUND;
    }
    comparison->account.total_ns = clock_now() - start;
    evidence_close(s.evidence);
    placement_free(&s.placement);
    return failed ? -1 : 0;
}
