/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/commands/aa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "drivers/executors/executor.h"
#include "drivers/measure.h"
#include "drivers/progress.h"
#include "drivers/spread.h"
#include "results/record/environment.h"
#include "results/record/noise.h"
#include "results/report/document.h"
#include "results/report/table.h"

enum { LABELS = 3, BLOCKS_LEAST = 10 };

static const char *const same[CELLS_MAX] = {"A1", "A2", "A3"};
static const char *const unlike[CELLS_MAX] = {"A", "B", "C", "D",
                                              "E", "F", "G", "H"};

/* One call of the command. */
struct control {
    struct conductor *conductor;
    const struct options *options;
    struct problem *problem; /* [problems] */
    int problems;            /* 1: all labels are the same */
    struct measure_plan plan;
    struct environment *environment;
    struct table_place place;
    FILE *out; /* where people read */
    struct progress progress;
    struct comparison comparison;
    struct judgement judgement;
};

/* -- what to run --------------------------------------------------------- */

/* Threads, or processes where the build has no threads. */
static int default_executor(void)
{
    struct err err;
    int threads = executor_find("threads", &err);

    if (threads >= 0 && !executor_table[threads]->absent)
        return threads;
    return executor_find("processes", &err);
}

static int choose_executor(const struct control *a, int *out, struct err *err)
{
    const char *text = a->options->executors;
    int list[CELLS_MAX], n = 1;

    list[0] = default_executor();
    if (text && options_executors(text, list, &n, err))
        return -1;
    if (n != 1)
        return err_set(err, EXIT_USAGE,
                       "--aa compares one executor with itself: '%s' are %d",
                       text, n);
    /* Ranks that were launched with us can be in one team at a time. */
    if (a->conductor->lobby &&
        executor_table[list[0]]->flags & EXECUTOR_NEEDS_LAUNCHER)
        return err_set(err, EXIT_USAGE,
                       "--aa makes several teams of ranks: start it without "
                       "a launcher");
    *out = list[0];
    return 0;
}

static int choose_workers(const struct control *a, int *out, struct err *err)
{
    const struct conductor *c = a->conductor;
    const char *text = a->options->workers ? a->options->workers : "cores";
    int places = c->lobby ? c->lobby->ranks : topology_cores(c->topology);
    int list[WORKER_COUNTS], n;

    if (options_workers(text, places, list, &n, err))
        return -1;
    if (n != 1)
        return err_set(err, EXIT_USAGE, "--aa wants one number of workers");
    *out = list[0];
    return 0;
}

/* matmul is what it takes by itself, small enough for many blocks; what was
 * given with -P comes behind that and so overrides it. */
static int choose_problems(struct control *a, int kernel, struct err *err)
{
    struct options own = *a->options;

    if (!own.words && own.params < OPTION_PARAMS) {
        memmove(own.param + 1, own.param,
                (size_t)own.params * sizeof own.param[0]);
        own.param[0] = "n=512";
        own.params++;
    }
    if (options_problems(&own, kernel_table[kernel], &a->problem, &a->problems,
                         err))
        return -1;
    if (a->problems > CELLS_MAX)
        return err_set(err, EXIT_USAGE,
                       "--aa with %d problems: at most one for each of %d "
                       "labels",
                       a->problems, CELLS_MAX);
    return 0;
}

static int choose_kernel(const struct options *o, int *out, struct err *err)
{
    if (o->words > 1)
        return err_set(err, EXIT_USAGE, "--aa: one kernel, '%s' is too many",
                       o->word[1]);
    *out = kernel_find(o->words ? o->word[0] : "matmul", err);
    if (*out < 0 || !kernel_table[*out]->absent)
        return *out < 0 ? -1 : 0;
    return err_set(err, EXIT_ABSENT, "kernel '%s': %s",
                   kernel_table[*out]->name, kernel_table[*out]->absent);
}

/* Without a seed the order in the blocks is one of its own each time. */
static int fill_plan(struct control *a, struct err *err)
{
    const struct options *o = a->options;
    bool twins = a->problems == 1;
    struct timer timer;
    int executor = -1;

    if (spread_refuse(a->conductor,
                      "--aa finds the noise of one host; qualify.sbatch "
                      "compares nodes",
                      err) ||
        choose_executor(a, &executor, err) ||
        choose_workers(a, &a->plan.workers, err))
        return -1;
    timer_calibrate(&timer);
    a->plan.policy = o->placement;
    a->plan.ranks_per = o->ranks_per_what;
    a->plan.seed = o->seeded ? o->seed : clock_now();
    a->plan.warmups = o->warmups;
    a->plan.stop.least_blocks = BLOCKS_LEAST;
    a->plan.stop.blocks = o->blocks;
    a->plan.stop.budget_ns = (uint64_t)(o->budget * 1e9);
    /* A floor is as low as the budget allows, within reason. */
    a->plan.precision = twins ? o->margin / 20 : o->precision;
    a->plan.margin = o->margin;
    a->plan.region_ns = timer_least_region(&timer);
    a->plan.problem = a->problem[0];
    a->plan.executors = twins ? LABELS : a->problems;
    for (int i = 0; i < a->plan.executors; i++) {
        a->plan.executor[i] = executor;
        a->plan.label[i] = twins ? same[i] : unlike[i];
        a->plan.own[i] = &a->problem[twins ? 0 : i];
    }
    return 0;
}

static int look_around(struct control *a, struct err *err)
{
    const struct conductor *c = a->conductor;

    if (environment_collect(&a->environment, err))
        return -1;
    a->out = a->options->json ? stderr : stdout;
    a->place = (struct table_place){
        .version = a->environment->version,
        .cores = topology_cores(c->topology),
        .threads = topology_pus(c->topology),
        .numas = topology_numas(c->topology),
        .mpi = c->mpi,
        .ranks = c->lobby ? c->lobby->ranks : 0,
    };
    snprintf(a->place.host, sizeof a->place.host, "%.63s",
             a->environment->host);
    return 0;
}

/* -- what came of it ----------------------------------------------------- */

static void print_head(const struct control *a, const struct comparison *c)
{
    const char *name = executor_table[a->plan.executor[0]]->name;

    table_head(a->out, &a->place, c);
    if (a->problems == 1) {
        fprintf(
            a->out,
            "A/A   %d teams of %s that differ in nothing but their labels\n",
            c->cells, name);
        return;
    }
    fprintf(a->out, "A/B   %d teams of %s, each with its own problem:\n",
            c->cells, name);
    for (int i = 0; i < c->cells; i++) {
        const struct param *row = kernel_table[a->plan.kernel]->params;
        char text[32];

        fprintf(a->out, "      %s ", c->cell[i].executor);
        for (int k = 0; row[k].name; k++)
            fprintf(a->out, " %s=%s", row[k].name,
                    param_format(&row[k], a->problem[i].value[k], text,
                                 sizeof text));
        fprintf(a->out, "\n");
    }
}

static int print_result(const struct control *a, struct err *err)
{
    const struct comparison *c = &a->comparison;

    if (a->options->quiet)
        table_verdict(a->out, &a->place, &a->judgement);
    else if (table_body(a->out, &a->place, c, &a->judgement, err))
        return -1;
    if (!a->options->json)
        return 0;
    return document_print(stdout, c, &a->judgement, 1, NULL, NULL, err);
}

static void print_floor(const struct control *a, const struct noise *noise)
{
    if (!a->options->quiet)
        fprintf(a->out,
                "\nlargest apparent difference: %s %+.2f %% [%+.2f, %+.2f], "
                "widest interval +-%.2f %%\n",
                noise->pair, 100 * noise->largest, 100 * noise->low,
                100 * noise->high, 100 * noise->half_width);
    fprintf(a->out,
            "noise floor of this host: %.2g %% (A/A, %d labels, %d blocks)\n",
            100 * noise->floor, noise->labels, noise->blocks);
    if (noise->floor > a->comparison.margin)
        fprintf(a->out,
                "that is above the margin of %g %%: a larger --budget "
                "may lower it, a quieter host will\n",
                100 * a->comparison.margin);
}

static int keep_floor(const struct control *a, struct noise *noise,
                      struct err *err)
{
    const struct options *o = a->options;
    char own[NOISE_PATH];
    const char *path = o->output
                           ? o->output
                           : noise_path(a->environment->host, own, sizeof own);

    if (o->no_record)
        return 0;
    snprintf(noise->host, sizeof noise->host, "%s", a->environment->host);
    snprintf(noise->executor, sizeof noise->executor, "%s",
             executor_table[a->plan.executor[0]]->name);
    if (noise_write(path, noise, err))
        return -1;
    if (!o->quiet)
        fprintf(a->out, "saved %s\n", path);
    return 0;
}

/* A floor from labels that all ran, and what --strict makes of it. */
static int find_floor(const struct control *a, struct err *err)
{
    struct noise noise;

    if (noise_measure(&a->comparison, &a->judgement, &noise, err))
        return -1;
    print_floor(a, &noise);
    if (keep_floor(a, &noise, err))
        return -1;
    for (int i = 0; a->options->strict && i < a->judgement.pairs; i++) {
        if (a->judgement.pair[i].pair.verdict == VERDICT_DIFFERENT)
            return err_set(err, EXIT_UNFIT, "labels of one executor differ: %s",
                           noise.pair);
    }
    if (a->options->strict && noise.floor > a->comparison.margin)
        return err_set(err, EXIT_UNFIT, "the noise floor is above the margin");
    return 0;
}

/* What went wrong with a label is told even when the others went on. */
static int check_cells(const struct comparison *c, struct err *err)
{
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].status != CELL_OK)
            return err_set(err, c->cell[i].why.code, "%s: %s",
                           c->cell[i].executor, c->cell[i].why.text);
    }
    return 0;
}

static int on_begin(void *arg, const struct comparison *c, struct err *err)
{
    const struct control *a = arg;

    (void)err;
    if (!a->options->quiet)
        print_head(a, c);
    return 0;
}

static int on_block(void *arg, const struct comparison *c, uint64_t elapsed_ns,
                    struct err *err)
{
    struct control *a = arg;

    (void)err;
    progress_block(&a->progress, c, elapsed_ns);
    return 0;
}

static int show_plan(struct control *a, struct err *err)
{
    struct placement placement = {.seat = NULL};
    int failed = measure_prepare(a->conductor, &a->plan, &a->comparison,
                                 &placement, err);

    placement_free(&placement);
    return failed ? -1 : on_begin(a, &a->comparison, err);
}

static int compare(struct control *a, struct err *err)
{
    int failed;

    a->plan.listener =
        (struct listener){.arg = a, .begin = on_begin, .block = on_block};
    progress_init(&a->progress, stderr, a->options->quiet,
                  a->plan.stop.budget_ns, a->plan.stop.blocks);
    failed = measure_compare(a->conductor, &a->plan, &a->comparison, err);
    progress_end(&a->progress);
    return failed;
}

static int measure(struct control *a, struct err *err)
{
    if (a->options->dry_run)
        return show_plan(a, err);
    if (compare(a, err) || check_cells(&a->comparison, err) ||
        verdict_judge(&a->comparison, &a->judgement, err) ||
        print_result(a, err))
        return -1;
    return a->problems == 1 ? find_floor(a, err) : 0;
}

int aa_run(struct conductor *conductor, const struct options *options,
           struct err *err)
{
    struct control *a = calloc(1, sizeof *a);
    int failed;

    if (!a)
        return err_set(err, EXIT_RESOURCE, "no memory for a control");
    a->conductor = conductor;
    a->options = options;
    failed = choose_kernel(options, &a->plan.kernel, err) ||
             choose_problems(a, a->plan.kernel, err) || fill_plan(a, err) ||
             look_around(a, err) || measure(a, err);
    comparison_free(&a->comparison);
    environment_free(a->environment);
    free(a->problem);
    free(a);
    return failed ? -1 : 0;
}
