/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive scale KERNEL --mode strong|weak: one kernel at several numbers of
 * workers, in random order, into one record; then speed-ups, efficiencies and
 * the laws that they follow.
 * drive scale RECORD...: the same table of records that are there.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "drivers/commands/emit.h"
#include "drivers/commands/run.h"
#include "drivers/executors/executor.h"
#include "drivers/spread.h"
#include "results/record/read.h"
#include "results/report/scaling.h"

/* -- which numbers of workers -------------------------------------------- */

static int by_count(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Powers of two, what lies half-way between them, and all places. */
static int list_usual(int places, int *count)
{
    int n = 0;

    for (int p = 1; p < places; p *= 2) {
        count[n++] = p;
        if (p > 1 && p + p / 2 < places)
            count[n++] = p + p / 2;
    }
    count[n++] = places;
    return n;
}

static int list_counts(const struct job *job, int *count, int *n,
                       struct err *err)
{
    const struct conductor *c = job->conductor;
    int places = c->lobby ? c->lobby->ranks : topology_cores(c->topology);
    int counts = 0;

    if (!job->options->workers)
        *n = list_usual(places, count);
    else if (options_workers(job->options->workers, places, count, n, err))
        return -1;
    qsort(count, (size_t)*n, sizeof *count, by_count);
    for (int i = 0; i < *n; i++) {
        if (i == 0 || count[i] != count[counts - 1])
            count[counts++] = count[i];
    }
    *n = counts;
    return 0;
}

static void note_few(struct job *job)
{
    int n = job->points;

    if (n >= FIT_POINTS)
        return;
    snprintf(job->note, sizeof job->note,
             "%d point%s, as %s: a table is made, no law is fitted below %d", n,
             n == 1 ? "" : "s",
             job->options->workers ? "-n asks for no more"
                                   : "the machine has no more cores",
             FIT_POINTS);
}

/* -- which problems ------------------------------------------------------ */

static enum mode divides(const struct kernel *kernel, enum scaling_mode mode)
{
    bool grows = kernel->modes & MODE_DIVIDE && kernel->grows;

    if (mode == SCALING_STRONG || (grows && mode == SCALING_WEAK))
        return MODE_DIVIDE;
    return MODE_REPLICATE;
}

static int check_kernel(const struct kernel *kernel, enum scaling_mode mode,
                        struct err *err)
{
    if (kernel->traits & KERNEL_PARENT)
        return err_set(err, EXIT_USAGE,
                       "kernel '%s' is about bringing workers to life: there "
                       "is no work that scales",
                       kernel->name);
    if (mode == SCALING_STRONG && !(kernel->modes & MODE_DIVIDE))
        return err_set(err, EXIT_USAGE,
                       "kernel '%s' divides no problem, which strong scaling "
                       "wants; --mode weak replicates it",
                       kernel->name);
    if (divides(kernel, mode) == MODE_REPLICATE &&
        !(kernel->modes & MODE_REPLICATE))
        return err_set(err, EXIT_USAGE,
                       "kernel '%s' neither grows with the workers nor is "
                       "replicated: no weak scaling",
                       kernel->name);
    return 0;
}

/* The one problem, as asked for with -P: that of one worker under weak
 * scaling. */
static int read_problem(const struct job *job, enum scaling_mode mode,
                        struct problem *out, struct err *err)
{
    const struct kernel *kernel = kernel_table[job->kernel];
    struct options options = *job->options;
    struct problem *problem;
    int problems;

    options.mode = mode_name(divides(kernel, mode));
    if (options_problems(&options, kernel, &problem, &problems, err))
        return -1;
    *out = *problem;
    free(problem);
    if (problems > 1)
        return err_set(err, EXIT_USAGE,
                       "-P: %d problems; a scaling study has one", problems);
    return 0;
}

/* Each worker's work stays: work ~ size^power, so size ~ workers^(1/power). */
static int grow(const struct kernel *kernel, int workers,
                struct problem *problem, struct err *err)
{
    int row = param_find(kernel->params, kernel->grows, err);
    double size;

    if (row < 0)
        return -1;
    size = (double)problem->value[row].count * pow(workers, 1 / kernel->power);
    if (size > kernel->params[row].max)
        return err_set(err, EXIT_USAGE,
                       "%s grows to %.3g with %d workers, at most %g will do",
                       kernel->grows, size, workers, kernel->params[row].max);
    problem->value[row].count = llround(size);
    return 0;
}

/* Small sizes are too coarse to grow evenly: better said before than after. */
static int check_growth(const struct job *job, struct err *err)
{
    const struct kernel *kernel = kernel_table[job->kernel];
    double least = INFINITY, most = 0;

    for (int i = 0; i < job->points; i++) {
        const struct point *point = &job->point[i];
        struct work work = {.amount = 0};

        if (kernel->plan(&point->problem, point->workers, &work, err))
            return -1;
        least = fmin(least, work.amount / point->workers);
        most = fmax(most, work.amount / point->workers);
    }
    if (most <= least * (1 + SCALING_DRIFT))
        return 0;
    return err_set(err, EXIT_USAGE,
                   "the work of each worker would differ by %.1f %%, as %s "
                   "grows in whole steps; want a larger %s",
                   100 * (most / least - 1), kernel->grows, kernel->grows);
}

/* One of many workers is to have as many: what shares memory stays on the
 * first of several nodes. */
static int check_reach(const struct job *job, struct err *err)
{
    for (int i = 0; i < job->points; i++) {
        const struct point *point = &job->point[i];
        int most = 0;

        for (int k = 0; k < job->executors; k++) {
            struct spread s =
                spread_of(job->conductor, job->executor[k], job->kernel,
                          point->problem.mode, point->workers);

            most = s.workers > most ? s.workers : most;
        }
        if (most < point->workers)
            return err_set(err, EXIT_USAGE,
                           "-e %s: on one node, which has %d of %d workers; "
                           "over nodes ranks share a problem out",
                           job->options->executors ? job->options->executors
                                                   : "all",
                           most, point->workers);
    }
    return 0;
}

/* Serial would do the work of all workers where the problem grows, and is not
 * asked for unless it is the base. */
static int list_points(struct job *job, enum scaling_mode mode,
                       enum scaling_base base, struct err *err)
{
    const struct kernel *kernel = kernel_table[job->kernel];
    bool grows = mode == SCALING_WEAK && divides(kernel, mode) == MODE_DIVIDE;
    int count[WORKER_COUNTS], order[WORKER_COUNTS], n;
    struct problem problem;

    if (check_kernel(kernel, mode, err) || list_counts(job, count, &n, err) ||
        read_problem(job, mode, &problem, err))
        return -1;
    job->point = calloc((size_t)n, sizeof *job->point);
    if (!job->point)
        return err_set(err, EXIT_RESOURCE, "no memory for %d points", n);
    rng_shuffle(order, n, job->plan.seed, UINT64_MAX);
    for (int i = 0; i < n; i++) {
        struct point *point = &job->point[i];

        *point = (struct point){.problem = problem,
                                .workers = count[order[i]],
                                .grown = grows && base != BASE_SERIAL &&
                                         count[order[i]] > 1};
        if (grows && grow(kernel, point->workers, &point->problem, err))
            return -1;
    }
    job->points = n;
    if (check_reach(job, err))
        return -1;
    note_few(job);
    return grows ? check_growth(job, err) : 0;
}

/* -- the study ----------------------------------------------------------- */

static int print_study(const struct options *options,
                       const struct comparison *c, int n,
                       enum scaling_mode mode, enum scaling_base base,
                       uint64_t seed, const char *path, struct err *err)
{
    struct scaling scaling;
    int failed = 0;

    if (scaling_judge(c, n, mode, base, seed, &scaling, err))
        return -1;
    scaling_print(options->json ? stderr : stdout, &scaling, options->quiet);
    if (options->json)
        failed = scaling_print_json(stdout, &scaling, path, err);
    scaling_free(&scaling);
    return failed;
}

static int conclude(struct job *job, const char *path, struct err *err)
{
    if (!job->done)
        return 0;
    if (!job->options->quiet)
        fputc('\n', job->out);
    return print_study(job->options, job->comparison, job->done,
                       (enum scaling_mode)scaling_mode_find(job->scaling, NULL),
                       (enum scaling_base)scaling_base_find(job->base, NULL),
                       job->plan.seed, *path ? path : NULL, err);
}

static int check_executors(const struct job *job, enum scaling_base base,
                           struct err *err)
{
    bool serial = false, others = false;

    for (int i = 0; i < job->executors; i++) {
        bool one =
            executor_table[job->executor[i]]->flags & EXECUTOR_ONE_WORKER;

        serial = serial || one;
        others = others || !one;
    }
    if (!others)
        return err_set(err, EXIT_USAGE,
                       "-e %s: it has one worker, nothing scales",
                       job->options->executors);
    if (base == BASE_SERIAL && !serial)
        return err_set(err, EXIT_USAGE,
                       "--base serial: -e %s leaves serial out",
                       job->options->executors);
    return 0;
}

/* Nobody takes one problem over nodes. */
static bool stays(const struct job *job)
{
    for (int i = 0; i < job->executors; i++) {
        if (executor_table[job->executor[i]]->flags & EXECUTOR_NEEDS_LAUNCHER)
            return false;
    }
    return job->point[0].problem.mode == MODE_DIVIDE;
}

static int scale_kernel(struct job *job, struct conductor *conductor,
                        const struct options *options, int mode, int base,
                        struct err *err)
{
    job->brief = true;
    job->scaling = scaling_mode_name((enum scaling_mode)mode);
    job->base = scaling_base_name((enum scaling_base)base);
    job->conclude = conclude;
    if (job_begin(job, conductor, options, err) ||
        check_executors(job, (enum scaling_base)base, err) ||
        list_points(job, (enum scaling_mode)mode, (enum scaling_base)base, err))
        return -1;
    if (options->emit_slurm)
        return emit_slurm(options, kernel_table[job->kernel]->name,
                          topology_cores(conductor->topology), stays(job), err);
    return job_conduct(job, err);
}

/* -- from records -------------------------------------------------------- */

/* Comparisons of several records; their texts are the readers'. */
struct collection {
    struct resume **record; /* [records] */
    int records;
    struct comparison *all;
    int n;
};

static int collect(struct collection *k, const struct options *options,
                   struct err *err)
{
    size_t room = 0;

    k->record = calloc((size_t)options->words, sizeof *k->record);
    for (int i = 0; k->record && i < options->words; i++) {
        if (resume_open(&k->record[i], options->word[i], err))
            return -1;
        k->records++;
        room += (size_t)k->record[i]->comparisons;
    }
    k->all = calloc(room + 1, sizeof *k->all);
    if (!k->record || !k->all)
        return err_set(err, EXIT_RESOURCE, "no memory for %d records",
                       options->words);
    for (int i = 0; i < k->records; i++) {
        for (int c = 0; c < k->record[i]->comparisons; c++)
            k->all[k->n++] = k->record[i]->comparison[c];
    }
    return 0;
}

/* What was not said is as it was measured. */
static int choose(const struct options *options, const struct resume *record,
                  int *mode, int *base, struct err *err)
{
    const char *scaling = options->mode ? options->mode : record->scaling;
    const char *from = options->base   ? options->base
                       : *record->base ? record->base
                                       : scaling_base_name(BASE_SMALLEST);

    if (!*scaling)
        return err_set(err, EXIT_USAGE,
                       "'%s' was no scaling study: want --mode strong or weak",
                       record->path);
    *mode = scaling_mode_find(scaling, err);
    *base = *mode < 0 ? -1 : scaling_base_find(from, err);
    return *base < 0 ? -1 : 0;
}

static int scale_records(const struct options *options, struct err *err)
{
    struct collection k = {.n = 0};
    int mode = 0, base = 0, failed;

    failed = collect(&k, options, err) ||
             choose(options, k.record[0], &mode, &base, err) ||
             print_study(options, k.all, k.n, (enum scaling_mode)mode,
                         (enum scaling_base)base, k.record[0]->seed,
                         options->word[0], err);
    for (int i = 0; i < k.records; i++)
        resume_close(k.record[i]);
    free(k.record);
    free(k.all);
    return failed ? -1 : 0;
}

/* -- the command --------------------------------------------------------- */

static bool is_record(const char *word)
{
    size_t length = strlen(word);

    return strchr(word, '/') ||
           (length > 6 && strcmp(word + length - 6, ".jsonl") == 0);
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct job *job;
    int mode, base, failed;

    if (options->words && is_record(options->word[0]))
        return scale_records(options, err);
    if (!options->mode)
        return err_set(err, EXIT_USAGE,
                       "--mode strong (one problem) or --mode weak (as much "
                       "work for each worker)?");
    mode = scaling_mode_find(options->mode, err);
    base = mode < 0 ? -1
                    : scaling_base_find(
                          options->base ? options->base : "smallest", err);
    if (base < 0)
        return -1;
    if (options->launches > 1 && !options->emit_slurm)
        return err_set(err, EXIT_USAGE,
                       "--launches: scale makes one; start it several times "
                       "and name all records: drive scale RECORD...");
    job = calloc(1, sizeof *job);
    if (!job)
        return err_set(err, EXIT_RESOURCE, "no memory for a study");
    failed = scale_kernel(job, conductor, options, mode, base, err);
    job_free(job);
    free(job);
    return failed;
}

const struct command command_scale = {
    .name = "scale",
    .synopsis = "scale KERNEL",
    .summary = "strong or weak scaling: speed-ups, efficiency, laws",
    .flags = COMMAND_MAKES_TEAMS,
    .run = run,
};
