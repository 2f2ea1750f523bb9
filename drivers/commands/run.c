/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive [run] KERNEL: compares the executors on one kernel, for every problem
 * and number of workers asked for.
 */
#include "drivers/commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "drivers/executors/executor.h"
#include "drivers/launches.h"
#include "drivers/measure.h"
#include "drivers/probe.h"
#include "drivers/progress.h"
#include "drivers/scratch.h"
#include "kernels/blas.h"
#include "results/record/environment.h"
#include "results/record/noise.h"
#include "results/record/write.h"
#include "results/report/advice.h"
#include "results/report/document.h"
#include "results/report/metg.h"
#include "results/report/table.h"
#include "results/report/utilisation.h"

/* One call of the command. */
struct job {
    struct conductor *conductor;
    const struct options *options;
    int kernel;
    struct problem *problem; /* [problems] */
    int problems;
    int workers[WORKER_COUNTS], counts;
    struct measure_plan plan; /* all but problem and workers */
    char raised[160];         /* why the margin is not the one asked for */
    struct timer timer;
    struct environment *environment;
    struct probes probes;
    struct warnings warnings; /* of all comparisons */
    struct writer *writer;
    struct table_place place;
    struct progress progress;
    FILE *out; /* where people read */
    struct comparison *comparison;
    struct judgement *judgement;
    int done; /* comparisons that were begun */
};

/* -- before the first trial ---------------------------------------------- */

/* A first word that is no command is a kernel; one that is neither may be a
 * slip in either. */
static int find_kernel(const char *name, struct err *err)
{
    const char *names[64] = {NULL}, *near;
    int kernel = kernel_find(name, err);

    for (int i = 0; command_table[i] && i < 63; i++)
        names[i] = command_table[i]->name;
    near = nearest_name(name, names);
    if (kernel < 0 && near && !strstr(err->text, "did you mean"))
        err_set(err, EXIT_USAGE,
                "unknown kernel or command '%s'; did you mean '%s'?", name,
                near);
    return kernel;
}

static int read_job(struct job *job, struct err *err)
{
    const struct options *o = job->options;
    const struct conductor *c = job->conductor;
    int places = c->lobby ? c->lobby->ranks : topology_cores(c->topology);

    if (o->words == 0)
        return err_set(err, EXIT_USAGE,
                       "which kernel? `drive list` shows them");
    if (o->words > 1)
        return err_set(err, EXIT_USAGE, "one kernel at a time: '%s' too many",
                       o->word[1]);
    job->kernel = find_kernel(o->word[0], err);
    if (job->kernel < 0)
        return -1;
    if (kernel_table[job->kernel]->absent)
        return err_set(err, EXIT_ABSENT, "kernel '%s': %s", o->word[0],
                       kernel_table[job->kernel]->absent);
    if (options_chosen(o, job->plan.executor, &job->plan.executors, err))
        return -1;
    if (options_workers(o->workers ? o->workers : "cores", places, job->workers,
                        &job->counts, err))
        return -1;
    return options_problems(o, kernel_table[job->kernel], &job->problem,
                            &job->problems, err);
}

static uint64_t random_seed(void)
{
    uint64_t seed;

    return getrandom(&seed, sizeof seed, 0) == sizeof seed ? seed : clock_now();
}

/* Only threads have a lock in common; their row gets a name of its own. */
static void serialize(struct measure_plan *plan, int i)
{
    if (executor_table[plan->executor[i]]->birth != BIRTH_CLONE)
        return;
    plan->serialized[i] = true;
    plan->label[i] = "threads-lock";
}

/* The data are the same from run to run, the order in the blocks is not,
 * unless a seed was asked for. */
static void fill_plan(struct job *job)
{
    const struct options *o = job->options;

    timer_calibrate(&job->timer);
    job->plan.kernel = job->kernel;
    job->plan.policy = o->placement;
    job->plan.ranks_per = o->ranks_per_what;
    job->plan.seed = o->seeded ? o->seed : random_seed();
    job->plan.warmups = o->warmups;
    job->plan.stop.least_blocks = 10;
    job->plan.stop.blocks = o->blocks;
    job->plan.precision = o->precision;
    job->plan.margin = o->margin;
    job->plan.utilisation = o->utilisation;
    job->plan.stop.budget_ns = (uint64_t)(o->budget * 1e9);
    job->plan.region_ns = timer_least_region(&job->timer);
    for (int i = 0; o->serialize && i < job->plan.executors; i++)
        serialize(&job->plan, i);
}

/* Launchers give their ranks a terminal even when they write to a file. */
static bool wants_bold(const struct conductor *c, FILE *out)
{
    const char *term = getenv("TERM");

    return !c->launch.launched && isatty(fileno(out)) && !getenv("NO_COLOR") &&
           term && strcmp(term, "dumb") != 0;
}

static int look_around(struct job *job, struct err *err)
{
    const struct conductor *c = job->conductor;

    if (environment_collect(&job->environment, err))
        return -1;
    probes_look(&job->probes);
    job->out = job->options->json ? stderr : stdout;
    job->place = (struct table_place){
        .version = DRIVE_VERSION,
        .cores = topology_cores(c->topology),
        .threads = topology_pus(c->topology),
        .numas = topology_numas(c->topology),
        .mpi = c->mpi,
        .ranks = c->lobby ? c->lobby->ranks : 0,
        .bold = wants_bold(c, job->out),
    };
    snprintf(job->place.host, sizeof job->place.host, "%.63s",
             job->environment->host);
    return 0;
}

/* A margin below the noise of this host would call noise a difference. */
static void raise_margin(struct job *job)
{
    struct err err;

    if (noise_raise(job->environment->host, kernel_table[job->kernel]->name,
                    job->counts == 1 ? job->workers[0] : 0, &job->plan.margin,
                    job->raised, sizeof job->raised, &err))
        fprintf(stderr, "drive: warning: %s\n", err.text);
}

static void print_head(const struct job *job, const struct comparison *c)
{
    table_head(job->out, &job->place, c);
    if (*job->raised)
        fprintf(job->out, "note  %s\n", job->raised);
}

/* All that can be refused is refused before a file is made. */
static int prepare_all(struct job *job, bool show, struct err *err)
{
    int failed = 0;

    for (int i = 0; i < job->problems * job->counts && !failed; i++) {
        struct comparison comparison;
        struct placement placement = {.seat = NULL};
        char need[32];

        job->plan.problem = job->problem[i / job->counts];
        job->plan.workers = job->workers[i % job->counts];
        failed = measure_prepare(job->conductor, &job->plan, &comparison,
                                 &placement, err);
        if (!failed && show) {
            print_head(job, &comparison);
            for (int k = 0; k < comparison.cells; k++)
                fprintf(job->out, "      %-10s %d worker%s, %s%s%s\n",
                        comparison.cell[k].executor, comparison.cell[k].workers,
                        comparison.cell[k].workers == 1 ? "" : "s",
                        mem_format((uint64_t)comparison.cell[k].memory_bytes,
                                   need, sizeof need),
                        *comparison.cell[k].why.text ? ", skipped: " : "",
                        comparison.cell[k].why.text);
        }
        placement_free(&placement);
    }
    return failed;
}

static int open_record(struct job *job, struct err *err)
{
    const struct options *o = job->options;
    char words[4096], blas[64];
    struct run_info info = {
        .command_line = words,
        .kernel = kernel_table[job->kernel]->name,
        .seed = job->plan.seed,
        .precision = o->precision,
        .margin = job->plan.margin,
        .budget_s = o->budget,
        .warmups = o->warmups,
        .least_blocks = job->plan.stop.least_blocks,
        .blocks = o->blocks,
        .environment = job->environment,
        .timer = &job->timer,
        .region_ns = job->plan.region_ns,
        .launcher = job->conductor->lobby ? NULL : job->conductor->launcher,
        .ranks = job->place.ranks,
        .mpi = job->conductor->mpi,
        .blas = blas_describe(blas, sizeof blas),
    };

    if (o->no_record)
        return 0;
    options_command_line(words, sizeof words);
    return writer_open(&job->writer, o->output, &info, err);
}

/* -- while it runs ------------------------------------------------------- */

static int on_begin(void *arg, const struct comparison *c, struct err *err)
{
    struct job *job = arg;

    if (!job->options->quiet && (!job->options->brief || job->done == 0))
        print_head(job, c);
    return job->writer ? writer_plan(job->writer, c, err) : 0;
}

static int on_trial(void *arg, const struct comparison *c,
                    const struct cell *cell, const struct trial *trial,
                    struct err *err)
{
    struct job *job = arg;

    return job->writer ? writer_trial(job->writer, c, cell, trial, err) : 0;
}

static int on_block(void *arg, const struct comparison *c, uint64_t elapsed_ns,
                    struct err *err)
{
    struct job *job = arg;

    progress_block(&job->progress, c, elapsed_ns);
    return job->writer ? writer_block(job->writer, err) : 0;
}

/* The worst that became of a comparison whose measurement went through. */
static int grade(const struct job *job, const struct comparison *c,
                 const struct judgement *j, struct err *err)
{
    for (int i = 0; i < c->cells; i++) {
        const struct cell *cell = &c->cell[i];

        if (cell->status == CELL_FAILED ||
            (cell->status == CELL_SKIPPED && job->options->executors))
            return err_set(err, cell->why.code, "%s: %s", cell->executor,
                           cell->why.text);
    }
    for (int i = 0; i < c->cells && job->options->strict; i++) {
        bool unbound = j->cell[i].n && !c->cell[i].pinned;

        if (c->crowded || unbound || j->cell[i].migrations)
            return err_set(err, EXIT_UNFIT, "%s",
                           c->crowded ? "more workers than places"
                                      : "workers not where they were planned");
    }
    return 0;
}

/* Above the table; -q wants the verdict and nothing else. */
static int warn(struct job *job, const struct comparison *c,
                const struct judgement *j, struct err *err)
{
    struct warnings found = {.n = 0};
    char text[2 * WARNING_TEXT + 16];

    warnings_of_run(job->environment, &job->probes, c, j, &found);
    warnings_silence(&found, job->options->quiet_warn);
    warnings_forget(&found, &job->warnings);
    warnings_merge(&job->warnings, &found);
    if (!job->options->quiet)
        advice_warnings(job->out, &found);
    for (int i = 0; job->writer && i < found.n; i++) {
        warning_format(&found.item[i], text, sizeof text);
        if (writer_event(job->writer, "warning", text, err))
            return -1;
    }
    return 0;
}

/* Each core's use, or why it is not known: no reason to lose a run. */
static int show_utilisation(struct job *job, const struct comparison *c,
                            struct err *err)
{
    const char *why = c->utilisation.why.text;

    if (*why)
        fprintf(stderr, "drive: warning: no use of cores: %s\n", why);
    if (*why && job->writer &&
        writer_event(job->writer, "utilisation", why, err))
        return -1;
    return job->options->quiet
               ? 0
               : utilisation_print(job->out, c, terminal_has_blocks(), err);
}

/* Says and writes what came of it, also when it ended early. */
static int report(struct job *job, const struct comparison *c,
                  struct judgement *j, struct err *err)
{
    if (verdict_judge(c, j, err) || warn(job, c, j, err))
        return -1;
    launches_tell(c, j);
    if (job->options->quiet)
        table_verdict(job->out, &job->place, j);
    else if (!job->options->brief &&
             table_body(job->out, &job->place, c, j, err))
        return -1;
    if (show_utilisation(job, c, err))
        return -1;
    if (!job->writer)
        return 0;
    if (*job->conductor->mpi &&
        writer_event(job->writer, "mpi", job->conductor->mpi, err))
        return -1;
    return writer_summary(job->writer, c, j, err);
}

static int measure_one(struct job *job, int i, struct err *err)
{
    struct comparison *c = &job->comparison[i];
    struct err later = {0};
    int failed;

    job->plan.problem = job->problem[i / job->counts];
    job->plan.workers = job->workers[i % job->counts];
    progress_init(&job->progress, stderr, job->options->quiet,
                  job->plan.stop.budget_ns, job->plan.stop.blocks);
    if (i > 0 && !job->options->quiet && !job->options->brief)
        fprintf(job->out, "\n");
    failed = measure_compare(job->conductor, &job->plan, c, err);
    job->done = i + 1;
    progress_end(&job->progress);
    if (report(job, c, &job->judgement[i], failed ? &later : err))
        return -1;
    return failed ? -1 : grade(job, c, &job->judgement[i], err);
}

/* A signal or a full disk ends the run; what is wrong with one comparison is
 * remembered, and the others go on. */
static int measure_all(struct job *job, struct err *err)
{
    int n = job->problems * job->counts, failed = 0;

    job->comparison = calloc((size_t)n, sizeof *job->comparison);
    job->judgement = calloc((size_t)n, sizeof *job->judgement);
    if (!job->comparison || !job->judgement)
        return err_set(err, EXIT_RESOURCE, "no memory for %d comparisons", n);
    for (int i = 0; i < n && !*job->conductor->stop; i++) {
        struct err why = {0};

        if (measure_one(job, i, &why) && (!failed || why.code > EXIT_SIGNAL)) {
            *err = why;
            failed = -1;
        }
    }
    if (*job->conductor->stop && !failed)
        failed =
            err_set(err, EXIT_SIGNAL + *job->conductor->stop, "interrupted");
    return failed;
}

/* -- after the last ------------------------------------------------------ */

/* How small tasks may be, where a sweep over their grain was asked for. */
static int show_metg(struct job *job, struct err *err)
{
    struct metg *sweep;
    int sweeps;

    if (metg_find(job->comparison, job->judgement, job->done, &sweep, &sweeps,
                  err))
        return -1;
    if (sweeps && !job->options->quiet)
        metg_print(job->out, sweep, sweeps);
    free(sweep);
    return 0;
}

static int finish(struct job *job, int failed, struct err *err)
{
    const char *why = !failed                   ? "complete"
                      : err->code > EXIT_SIGNAL ? "interrupted"
                                                : err->text;
    const char *codes[WARNINGS_MAX + 1];
    char path[512] = "";
    struct err later;

    if (show_metg(job, failed ? &later : err))
        failed = -1;
    if (job->writer) {
        snprintf(path, sizeof path, "%s", writer_path(job->writer));
        if (writer_close(job->writer, why, failed ? &later : err))
            failed = -1;
        job->writer = NULL;
    }
    if (job->options->json &&
        document_print(stdout, job->comparison, job->judgement, job->done,
                       warnings_codes(&job->warnings, codes),
                       *path ? path : NULL, failed ? &later : err))
        failed = -1;
    if (*path && !job->options->quiet)
        fprintf(job->out, "saved %s\n", path);
    return failed;
}

static int run_job(struct job *job, struct err *err)
{
    if (read_job(job, err))
        return -1;
    fill_plan(job);
    if (look_around(job, err))
        return -1;
    raise_margin(job);
    if (prepare_all(job, job->options->dry_run, err) || job->options->dry_run)
        return job->options->dry_run && !*err->text ? 0 : -1;
    if (kernel_table[job->kernel]->traits & KERNEL_FILES &&
        scratch_open(job->conductor, err))
        return -1;
    job->plan.listener = (struct listener){
        .arg = job, .begin = on_begin, .trial = on_trial, .block = on_block};
    if (open_record(job, err))
        return -1;
    return finish(job, measure_all(job, err), err);
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    int launches = launches_wanted(conductor, options), failed;
    struct job *job;

    if (launches > 1)
        return launches_run(conductor, options, launches,
                            options->json ? stderr : stdout, err);
    job = calloc(1, sizeof *job);
    if (!job)
        return err_set(err, EXIT_RESOURCE, "no memory for a run");
    job->conductor = conductor;
    job->options = options;
    failed = run_job(job, err);
    for (int i = 0; i < job->done; i++)
        comparison_free(&job->comparison[i]);
    free(job->comparison);
    free(job->judgement);
    free(job->problem);
    environment_free(job->environment);
    free(job);
    return failed;
}

const struct command command_run = {
    .name = "run",
    .synopsis = "[run] KERNEL",
    .summary = "compare the executors on one kernel",
    .flags = COMMAND_MAKES_TEAMS,
    .run = run,
};
