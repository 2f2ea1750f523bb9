/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive [run] KERNEL: compares the executors on one kernel, for every problem
 * and number of workers asked for.
 */
#include "drivers/commands/run.h"

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
#include "drivers/scratch.h"
#include "drivers/spread.h"
#include "results/record/noise.h"
#include "results/report/advice.h"
#include "results/report/document.h"
#include "results/report/metg.h"
#include "results/report/utilisation.h"

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

    if (o->words == 0)
        return err_set(err, EXIT_USAGE,
                       "which kernel? `drive list` shows them");
    if (o->words > 1)
        return err_set(err, EXIT_USAGE, "one kernel at a time: '%s' too many",
                       o->word[1]);
    if (o->aa)
        return err_set(err, EXIT_USAGE,
                       "--aa is no part of a run: `drive check --aa %s` does "
                       "that",
                       o->word[0]);
    job->kernel = find_kernel(o->word[0], err);
    if (job->kernel < 0)
        return -1;
    if (kernel_table[job->kernel]->absent)
        return err_set(err, EXIT_ABSENT, "kernel '%s': %s", o->word[0],
                       kernel_table[job->kernel]->absent);
    return options_chosen(o, job->executor, &job->executors, err);
}

/* The product of all problems and all numbers of workers. */
static int list_points(struct job *job, struct err *err)
{
    const struct options *o = job->options;
    const struct conductor *c = job->conductor;
    int places = c->lobby ? c->lobby->ranks : topology_cores(c->topology);
    int workers[WORKER_COUNTS], counts, problems;
    struct problem *problem;

    if (options_workers(o->workers ? o->workers : "cores", places, workers,
                        &counts, err) ||
        options_problems(o, kernel_table[job->kernel], &problem, &problems,
                         err))
        return -1;
    job->point = calloc((size_t)(problems * counts), sizeof *job->point);
    for (int i = 0; job->point && i < problems * counts; i++)
        job->point[i] = (struct point){.problem = problem[i / counts],
                                       .workers = workers[i % counts]};
    free(problem);
    if (!job->point)
        return err_set(err, EXIT_RESOURCE, "no memory for %d problems",
                       problems);
    job->points = problems * counts;
    return 0;
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
    job->plan.seed = job->resume ? job->resume->seed
                     : o->seeded ? o->seed
                                 : random_seed();
    job->plan.warmups = o->warmups;
    job->plan.stop.least_blocks = 10;
    job->plan.stop.blocks = o->blocks;
    job->plan.precision = o->precision;
    job->plan.margin = o->margin;
    job->plan.utilisation = o->utilisation;
    job->plan.stop.budget_ns = (uint64_t)(o->budget * 1e9);
    job->plan.region_ns = timer_least_region(&job->timer);
}

/* The plan of one point: who takes part, on what. */
static void plan_point(struct job *job, int i)
{
    const struct point *point = &job->point[i];
    struct measure_plan *plan = &job->plan;

    plan->problem = point->problem;
    plan->workers = point->workers;
    plan->executors = 0;
    for (int k = 0; k < job->executors; k++) {
        if (point->grown &&
            spread_of(job->conductor, job->executor[k], job->kernel,
                      point->problem.mode, point->workers)
                    .workers < point->workers)
            continue;
        plan->executor[plan->executors] = job->executor[k];
        plan->label[plan->executors] = NULL;
        plan->serialized[plan->executors] = false;
        if (job->options->serialize)
            serialize(plan, plan->executors);
        plan->executors++;
    }
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

    /* Fixed before the run: a resumed one keeps its own. */
    if (job->resume) {
        job->plan.margin = job->resume->margin;
        return;
    }
    if (noise_raise(job->environment->host, kernel_table[job->kernel]->name,
                    job->points == 1 ? job->point[0].workers : 0,
                    &job->plan.margin, job->raised, sizeof job->raised, &err))
        fprintf(stderr, "drive: warning: %s\n", err.text);
}

static void print_head(const struct job *job, const struct comparison *c)
{
    table_head(job->out, &job->place, c);
    spread_print(job->out, job->conductor, c);
    if (*job->raised)
        fprintf(job->out, "note  %s\n", job->raised);
}

/* All that can be refused is refused before a file is made. */
static int prepare_all(struct job *job, bool show, struct err *err)
{
    int failed = 0;

    for (int i = 0; i < job->points && !failed; i++) {
        struct comparison comparison;
        struct placement placement = {.seat = NULL};
        char need[32];

        plan_point(job, i);
        failed = measure_prepare(job->conductor, &job->plan, &comparison,
                                 &placement, err);
        if (!failed)
            job->fingerprint = resume_print(job->fingerprint, &comparison);
        if (!failed && job->resume)
            failed = resume_check(job->resume, i, &comparison, err);
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

/* -- while it runs ------------------------------------------------------- */

/* Where all comparisons together are what matters, one head will do. */
static bool wants_head(const struct job *job)
{
    return !job->options->quiet && !job->brief &&
           (!job->options->brief || job->done == 0);
}

static int on_begin(void *arg, const struct comparison *c, struct err *err)
{
    struct job *job = arg;
    bool open = job->plan.before != NULL;

    if (wants_head(job))
        print_head(job, c);
    return job->writer && !open ? writer_plan(job->writer, c, err) : 0;
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
static int show(struct job *job, const struct comparison *c,
                const struct judgement *j, struct err *err)
{
    if ((job->brief && job->options->quiet) ||
        (job->options->brief && !job->options->quiet))
        return 0;
    if (job->brief)
        fprintf(job->out, "point %d worker%s: %d blocks, stopped: %s\n",
                c->workers, c->workers == 1 ? "" : "s", c->blocks,
                stop_name(c->stop));
    else if (job->options->quiet)
        table_verdict(job->out, &job->place, j);
    else
        return table_body(job->out, &job->place, c, j, err);
    return 0;
}

static int report(struct job *job, const struct comparison *c,
                  struct judgement *j, struct err *err)
{
    if (verdict_judge(c, j, err) || warn(job, c, j, err))
        return -1;
    launches_tell(c, j);
    if (show(job, c, j, err) || show_utilisation(job, c, err))
        return -1;
    if (!job->writer)
        return 0;
    if (*job->conductor->mpi &&
        writer_event(job->writer, "mpi", job->conductor->mpi, err))
        return -1;
    return writer_summary(job->writer, c, j, err);
}

/* One that the record has: it is shown, and not measured again. */
static int recall(struct job *job, int i, struct err *err)
{
    struct comparison *c = &job->comparison[i];
    struct judgement *j = &job->judgement[i];

    *c = job->resume->comparison[i];
    job->resume->comparison[i] = (struct comparison){.widest = -1};
    if (wants_head(job))
        print_head(job, c);
    job->done = i + 1;
    if (verdict_judge(c, j, err) || show(job, c, j, err))
        return -1;
    return grade(job, c, j, err);
}

static int measure_one(struct job *job, int i, struct err *err)
{
    struct comparison *c = &job->comparison[i];
    int recorded = job->resume ? job->resume->comparisons : 0;
    bool open = job->resume && job->resume->open && i == recorded - 1;
    struct err later = {0};
    int failed;

    if (i > 0 && !job->options->quiet && !job->brief && !job->options->brief)
        fprintf(job->out, "\n");
    if (i < recorded && !open)
        return recall(job, i, err);
    plan_point(job, i);
    job->plan.before = open ? &job->resume->comparison[i] : NULL;
    progress_init(&job->progress, stderr, job->options->quiet,
                  job->plan.stop.budget_ns, job->plan.stop.blocks);
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
    int n = job->points, failed = 0;

    job->comparison = calloc((size_t)n, sizeof *job->comparison);
    job->judgement = calloc((size_t)n, sizeof *job->judgement);
    if (!job->comparison || !job->judgement)
        return err_set(err, EXIT_RESOURCE, "no memory for %d comparisons", n);
    for (int i = 0; i < n && !conductor_stop(job->conductor); i++) {
        struct err why = {0};

        if (measure_one(job, i, &why) && (!failed || why.code > EXIT_SIGNAL)) {
            *err = why;
            failed = -1;
        }
    }
    if (conductor_stop(job->conductor) && !failed)
        failed = err_set(err, EXIT_SIGNAL + conductor_stop(job->conductor),
                         "interrupted");
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
    if (job->conclude(job, path, failed ? &later : err))
        failed = -1;
    if (*path && !job->options->quiet)
        fprintf(job->out, "saved %s\n", path);
    return failed;
}

int job_begin(struct job *job, struct conductor *conductor,
              const struct options *options, struct err *err)
{
    job->conductor = conductor;
    job->options = options;
    if (read_job(job, err))
        return -1;
    if (options->resume && (options->output || options->no_record))
        return err_set(err, EXIT_USAGE,
                       "--resume %s goes on with that record: leave --output "
                       "and --no-record out",
                       options->resume);
    if (options->resume && resume_open(&job->resume, options->resume, err))
        return -1;
    fill_plan(job);
    return 0;
}

/* All that can be refused is refused before a file is made. */
static int prepare_job(struct job *job, struct err *err)
{
    if (look_around(job, err))
        return -1;
    raise_margin(job);
    if (job_check_hosts(job, err) ||
        prepare_all(job, job->options->dry_run, err) ||
        job_check_resume(job, err))
        return -1;
    if (job->options->dry_run || (job->resume && job->resume->finished))
        return 0;
    if (kernel_table[job->kernel]->traits & KERNEL_FILES &&
        scratch_open(job->conductor, err))
        return -1;
    job->plan.listener = (struct listener){
        .arg = job, .begin = on_begin, .trial = on_trial, .block = on_block};
    return job_open_record(job, err);
}

int job_conduct(struct job *job, struct err *err)
{
    if (prepare_job(job, err))
        return -1;
    if (*job->note && !job->options->quiet)
        fprintf(stderr, "drive: note: %s\n", job->note);
    if (job->options->dry_run)
        return 0;
    if (job->resume && job->resume->finished) {
        fprintf(job->out, "'%s' is complete: nothing to resume\n",
                job->resume->path);
        return 0;
    }
    if (job->resume)
        job_tell_resume(job);
    return finish(job, measure_all(job, err), err);
}

void job_free(struct job *job)
{
    for (int i = 0; i < job->done; i++)
        comparison_free(&job->comparison[i]);
    free(job->comparison);
    free(job->judgement);
    free(job->point);
    environment_free(job->environment);
    resume_close(job->resume);
}

/* -- the command --------------------------------------------------------- */

static int print_document(struct job *job, const char *path, struct err *err)
{
    const char *codes[WARNINGS_MAX + 1];

    if (!job->options->json)
        return 0;
    return document_print(stdout, job->comparison, job->judgement, job->done,
                          warnings_codes(&job->warnings, codes),
                          *path ? path : NULL, err);
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    int launches = launches_wanted(conductor, options), failed;
    struct job *job;

    if (launches > 1 && options->resume)
        return err_set(err, EXIT_USAGE,
                       "--resume goes on with one launch, not with %d",
                       launches);
    if (launches > 1)
        return launches_run(conductor, options, launches,
                            options->json ? stderr : stdout, err);
    job = calloc(1, sizeof *job);
    if (!job)
        return err_set(err, EXIT_RESOURCE, "no memory for a run");
    job->conclude = print_document;
    failed = job_begin(job, conductor, options, err) || list_points(job, err) ||
                     job_conduct(job, err)
                 ? -1
                 : 0;
    job_free(job);
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
