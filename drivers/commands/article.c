/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive article: the article's experiments, with its figures, those of CPython
 * on this machine, and ours; and what holds of its claims.
 */
#include "drivers/commands/command.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "drivers/commands/article_claims.h"
#include "drivers/commands/article_plan.h"
#include "drivers/commands/article_rows.h"
#include "drivers/executors/executor.h"
#include "drivers/measure.h"
#include "drivers/progress.h"
#include "drivers/python.h"
#include "drivers/scratch.h"
#include "drivers/spread.h"
#include "kernels/blas.h"
#include "results/record/environment.h"
#include "results/record/reference.h"
#include "results/record/write.h"
#include "results/report/article.h"
#include "results/report/utilisation.h"

enum { WORDS = 16, PATIENCE_S = 60 };

/* One call of the command. */
struct tour {
    struct conductor *conductor;
    const struct options *options;
    int workers;
    bool python; /* there is one, with its scripts unpacked */
    char scripts[300], work[300];
    struct timer timer;
    struct environment *environment;
    struct writer *writer;
    struct progress progress;
    FILE *out;
    struct article article;
    struct finding finding[VARIANTS];
    double python_times[PARTS]; /* of article_part; NAN: not known */
    struct err trouble;         /* the first failure of a row */
    bool blocks;                /* the terminal shows UTF-8 */
};

/* -- one comparison ------------------------------------------------------ */

/* "a=1 b=2" as options have it; the words are in `copy`. */
static void split_params(const char *params, char *copy, size_t size,
                         struct options *out)
{
    char *rest = copy, *word;

    snprintf(copy, size, "%s", params);
    while ((word = strsep(&rest, " "))) {
        if (*word)
            out->param[out->params++] = word;
    }
}

static double hold_of(const struct tour *tour, const struct variant *v)
{
    return tour->options->quick ? v->hold / 10 : v->hold;
}

static int make_problem(const struct tour *tour, const struct variant *v,
                        const char *more, struct problem *out, struct err *err)
{
    const char *params = tour->options->full && v->full ? v->full : v->params;
    struct options own = {.seed = tour->options->seed,
                          .mode = v->divide ? "divide" : "replicate"};
    char text[256], copy[256];
    struct problem *problem;
    int n, kernel = kernel_find(v->kernel, err);

    if (kernel < 0)
        return -1;
    snprintf(text, sizeof text, v->hold > 0 ? "%s %s hold=%g" : "%s %s", params,
             more, hold_of(tour, v));
    split_params(text, copy, sizeof copy, &own);
    if (options_problems(&own, kernel_table[kernel], &problem, &n, err))
        return -1;
    *out = problem[0];
    free(problem);
    return 0;
}

static int workers_of(const struct tour *tour, const struct variant *v)
{
    int cores = topology_cores(tour->conductor->topology);

    return v->cores ? cores : v->workers ? v->workers : tour->workers;
}

static int on_begin(void *arg, const struct comparison *c, struct err *err)
{
    struct tour *tour = arg;

    return tour->writer ? writer_plan(tour->writer, c, err) : 0;
}

static int on_trial(void *arg, const struct comparison *c,
                    const struct cell *cell, const struct trial *trial,
                    struct err *err)
{
    struct tour *tour = arg;

    return tour->writer ? writer_trial(tour->writer, c, cell, trial, err) : 0;
}

static int on_block(void *arg, const struct comparison *c, uint64_t elapsed_ns,
                    struct err *err)
{
    struct tour *tour = arg;

    progress_block(&tour->progress, c, elapsed_ns);
    return tour->writer ? writer_block(tour->writer, err) : 0;
}

static void fill_plan(struct tour *tour, const struct variant *v,
                      struct measure_plan *plan)
{
    const struct options *o = tour->options;

    *plan = (struct measure_plan){
        .kernel = kernel_find(v->kernel, NULL),
        .workers = workers_of(tour, v),
        .policy = o->placement,
        .seed = o->seeded ? o->seed : clock_now(),
        .warmups = v->warmups,
        .stop = {.least_blocks = 8,
                 .blocks = o->blocks ? o->blocks : v->blocks},
        .precision = o->precision,
        .margin = o->margin,
        .region_ns = timer_least_region(&tour->timer),
        .utilisation = true,
        .listener = {.arg = tour,
                     .begin = on_begin,
                     .trial = on_trial,
                     .block = on_block},
    };
}

/* The parts of experiment 6 under labels of their own. */
static int plan_parts(struct tour *tour, const struct variant *v,
                      struct measure_plan *plan, struct problem *own,
                      struct err *err)
{
    for (int i = 0; i < PARTS; i++) {
        const struct part *part = &article_part[i];

        if (make_problem(tour, v, part->params, &own[i], err))
            return -1;
        plan->executor[i] = executor_find(part->executor, err);
        plan->label[i] = part->label;
        plan->own[i] = &own[i];
        plan->serialized[i] = part->serialized;
    }
    plan->executors = PARTS;
    plan->problem = own[PART_PROCESSES];
    return 0;
}

/* Executors that this build lacks keep their row. */
static int plan_executors(struct measure_plan *plan, const char *list,
                          struct err *err)
{
    char copy[128], *rest = copy, *name;

    snprintf(copy, sizeof copy, "%s", list);
    while ((name = strsep(&rest, ","))) {
        plan->executor[plan->executors] = executor_find(name, err);
        if (plan->executor[plan->executors++] < 0)
            return -1;
    }
    return 0;
}

/* The first that went wrong gives the exit code; what this build or an
 * executor cannot do is no failure. */
static void note_trouble(struct tour *tour, const struct finding *found,
                         bool failed)
{
    const struct comparison *c = &found->comparison;

    if (failed && !tour->trouble.code)
        tour->trouble = found->why;
    for (int i = 0; i < c->cells && !tour->trouble.code; i++) {
        if (c->cell[i].status == CELL_FAILED)
            tour->trouble = c->cell[i].why;
    }
}

/* What fails in one comparison is told in its rows; only a signal and a record
 * that cannot be written end the tour. */
static int measure(struct tour *tour, int which, struct err *err)
{
    const struct variant *v = &article_variant[which];
    struct finding *found = &tour->finding[which];
    struct measure_plan plan;
    struct problem own[PARTS];
    int failed;

    if (kernel_find(v->kernel, err) < 0)
        return -1;
    fill_plan(tour, v, &plan);
    if (kernel_table[plan.kernel]->absent) {
        err_set(&found->why, EXIT_ABSENT, "%s",
                kernel_table[plan.kernel]->absent);
        return 0;
    }
    if (which == APART ? plan_parts(tour, v, &plan, own, err)
                       : make_problem(tour, v, "", &plan.problem, err) ||
                             plan_executors(&plan, v->executors, err))
        return -1;
    progress_init(&tour->progress, stderr, tour->options->quiet, 0,
                  plan.stop.blocks);
    failed = measure_compare(tour->conductor, &plan, &found->comparison,
                             &found->why);
    progress_end(&tour->progress);
    found->ran = !failed;
    if (verdict_judge(&found->comparison, &found->judgement, err) ||
        (tour->writer && writer_summary(tour->writer, &found->comparison,
                                        &found->judgement, err)))
        return -1;
    if (failed && found->why.code > EXIT_SIGNAL) {
        *err = found->why;
        return -1;
    }
    note_trouble(tour, found, failed);
    return 0;
}

/* -- CPython ------------------------------------------------------------- */

static void run_script(struct tour *tour, const struct variant *v,
                       const char *words, const char *model,
                       struct python_result *result, char *why, size_t size)
{
    char script[400], copy[128], *rest = copy, *text = NULL, count[16];
    char hold[32];
    const char *word[WORDS + 1] = {script, "--model",   model,     "--workers",
                                   count,  "--scratch", tour->work};
    struct err err = {0};
    int n = 7;

    snprintf(script, sizeof script, "%s/%s", tour->scripts, v->script);
    snprintf(count, sizeof count, "%d", workers_of(tour, v));
    snprintf(copy, sizeof copy, "%s", words);
    snprintf(hold, sizeof hold, "--hold=%g", hold_of(tour, v));
    if (v->hold > 0)
        word[n++] = hold;
    while (n < WORDS && (word[n] = strsep(&rest, " ")))
        n += *word[n] != '\0';
    word[n] = NULL;
    if (python_run(word, strcmp(v->script, article_variant[PLOT].script) == 0,
                   PATIENCE_S * UINT64_C(1000000000), tour->conductor->stop,
                   &text, &err) ||
        python_result_read(result, text, &err))
        snprintf(why, size, "%.*s", (int)size - 1, err.text);
    else if (!result->ran)
        snprintf(why, size, "%.*s", (int)size - 1, result->why);
    free(text);
}

/* What the same causes cost CPython's threads: two against one. */
static void ask_python_parts(struct tour *tour, struct article_experiment *e)
{
    struct variant v = article_variant[SQUARE];

    v.workers = workers_of(tour, &article_variant[APART]);
    for (int i = 0; i < PARTS && tour->python; i++) {
        struct python_result result = {.ran = false};
        char words[128];

        if (!article_part[i].words || *tour->conductor->stop)
            continue;
        snprintf(words, sizeof words, "--n 2500 --rounds 4 --repeat 3 %s",
                 article_part[i].words);
        run_script(tour, &v, words, "thread", &result, e->python,
                   sizeof e->python);
        tour->python_times[i] = python_number(&result, "ratio");
        python_result_free(&result);
    }
}

static void ask_python(struct tour *tour, int which,
                       struct article_experiment *e)
{
    static const char *const models[PYTHON_MODELS] = {"thread", "process"};
    const struct variant *v = &article_variant[which];

    if (which == APART)
        ask_python_parts(tour, e);
    if (!v->script)
        return;
    if (!tour->python) {
        snprintf(e->python, sizeof e->python, "python3 was not found");
        return;
    }
    for (int m = 0; m < PYTHON_MODELS && !*tour->conductor->stop; m++) {
        if (!tour->options->quiet)
            fprintf(stderr, "CPython: %s, %s\n", v->script, models[m]);
        run_script(tour, v, v->words, models[m],
                   &tour->finding[which].python[m], e->python,
                   sizeof e->python);
    }
}

/* -- all of it ----------------------------------------------------------- */

static int show_experiment(struct tour *tour, struct article_experiment *e,
                           const struct experiment *x, struct err *err)
{
    article_print_experiment(tour->out, e);
    for (int which = x[0].first; which < x[1].first; which++) {
        if (utilisation_print(tour->out, &tour->finding[which].comparison,
                              tour->blocks, err))
            return -1;
    }
    fflush(tour->out);
    return 0;
}

/* --full is for ours: the scripts keep their sizes, and the row says so. */
static void note_scale(const struct tour *tour, const struct experiment *x,
                       struct article_experiment *e)
{
    bool full = false, script = false;

    for (int which = x[0].first; which < x[1].first; which++) {
        full = full || (tour->options->full && article_variant[which].full);
        script = script || article_variant[which].script;
    }
    if (x->scale && (!full || script))
        snprintf(e->scale, sizeof e->scale, "%s%s",
                 full ? "CPython only: " : "", x->scale);
}

static int run_experiment(struct tour *tour, const struct experiment *x,
                          struct err *err)
{
    struct article_experiment *e =
        &tour->article.experiment[tour->article.experiments++];

    snprintf(e->id, sizeof e->id, "%s", x->id);
    e->title = x->title;
    note_scale(tour, x, e);
    if (!tour->options->quiet)
        fprintf(stderr, "experiment %s: %s\n", x->id, x->title);
    for (int which = x[0].first; which < x[1].first; which++) {
        ask_python(tour, which, e);
        if (measure(tour, which, err))
            return -1;
        article_add_rows(tour->finding, which,
                         workers_of(tour, &article_variant[which]), e);
        if (which == APART)
            article_add_causes(tour->finding, tour->python_times, e);
    }
    return show_experiment(tour, e, x, err);
}

static int run_all(struct tour *tour, struct err *err)
{
    for (const struct experiment *x = article_experiment; x->id; x++) {
        if (*tour->conductor->stop)
            return err_set(err, EXIT_SIGNAL + *tour->conductor->stop,
                           "interrupted");
        if (run_experiment(tour, x, err))
            return -1;
    }
    claims_judge(tour->finding, &tour->article);
    article_print_claims(tour->out, &tour->article);
    if (tour->trouble.code)
        *err = tour->trouble;
    return tour->trouble.code ? -1 : 0;
}

/* -- before and after ---------------------------------------------------- */

static int read_options(struct tour *tour, struct err *err)
{
    const struct options *o = tour->options;
    int list[WORKER_COUNTS], n;

    if (o->words)
        return err_set(err, EXIT_USAGE, "article takes no word '%s'",
                       o->word[0]);
    if (spread_refuse(tour->conductor,
                      "article's experiments are about one host", err) ||
        options_workers(o->workers ? o->workers : "12",
                        topology_cores(tour->conductor->topology), list, &n,
                        err))
        return -1;
    if (n != 1)
        return err_set(err, EXIT_USAGE, "article wants one number of workers");
    tour->workers = list[0];
    return 0;
}

/* At the article's sizes, before anything runs. */
static int check_memory(struct tour *tour, struct err *err)
{
    int failed = 0;

    for (int i = 0; i < VARIANTS && !failed; i++) {
        const struct variant *v = &article_variant[i];
        struct placement placement = {.seat = NULL};
        struct comparison comparison;
        struct measure_plan plan;

        if (!v->full || i == APART || kernel_find(v->kernel, err) < 0)
            continue;
        fill_plan(tour, v, &plan);
        failed = make_problem(tour, v, "", &plan.problem, err) ||
                 plan_executors(&plan, v->executors, err) ||
                 measure_prepare(tour->conductor, &plan, &comparison,
                                 &placement, err);
        placement_free(&placement);
    }
    return failed ? -1 : 0;
}

static int open_scripts(struct tour *tour, struct err *err)
{
    tour->python = python_there();
    if (!tour->python)
        return 0;
    if (scratch_open(tour->conductor, err))
        return -1;
    snprintf(tour->scripts, sizeof tour->scripts, "%s/cpython",
             tour->conductor->scratch);
    snprintf(tour->work, sizeof tour->work, "%s/cpython-work",
             tour->conductor->scratch);
    if (mkdir(tour->scripts, 0777) || mkdir(tour->work, 0777))
        return err_errno(err, EXIT_RESOURCE, "cannot make '%s'", tour->scripts);
    return reference_unpack(tour->scripts, err);
}

static int open_record(struct tour *tour, struct err *err)
{
    const struct options *o = tour->options;
    const struct lobby *lobby = tour->conductor->lobby;
    char words[4096], blas[64];
    struct run_info info = {
        .command_line = words,
        .kernel = "article",
        .seed = o->seed,
        .precision = o->precision,
        .margin = o->margin,
        .least_blocks = 8,
        .environment = tour->environment,
        .timer = &tour->timer,
        .region_ns = timer_least_region(&tour->timer),
        .launcher = lobby ? NULL : tour->conductor->launcher,
        .ranks = lobby ? lobby->ranks : 0,
        .mpi = tour->conductor->mpi,
        .blas = blas_describe(blas, sizeof blas),
    };

    if (o->no_record)
        return 0;
    options_command_line(words, sizeof words);
    return writer_open(&tour->writer, o->output, &info, err);
}

static int finish(struct tour *tour, int failed, struct err *err)
{
    const char *why = !failed                   ? "complete"
                      : err->code > EXIT_SIGNAL ? "interrupted"
                                                : err->text;
    char path[512] = "";
    struct err later;

    if (tour->writer) {
        snprintf(path, sizeof path, "%s", writer_path(tour->writer));
        if (writer_close(tour->writer, why, failed ? &later : err))
            failed = -1;
    }
    if (tour->options->json &&
        article_print_json(stdout, &tour->article, *path ? path : NULL,
                           failed ? &later : err))
        failed = -1;
    if (*path && !tour->options->quiet)
        fprintf(tour->out, "saved %s\n", path);
    return failed;
}

static int run_tour(struct tour *tour, struct err *err)
{
    timer_calibrate(&tour->timer);
    if (read_options(tour, err) ||
        (tour->options->full && check_memory(tour, err)) ||
        environment_collect(&tour->environment, err) ||
        open_scripts(tour, err) || open_record(tour, err))
        return -1;
    return finish(tour, run_all(tour, err), err);
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct tour *tour = calloc(1, sizeof *tour);
    int failed;

    if (!tour)
        return err_set(err, EXIT_RESOURCE, "no memory for the article");
    tour->conductor = conductor;
    tour->options = options;
    tour->out = options->json ? stderr : stdout;
    tour->blocks = terminal_has_blocks();
    for (int i = 0; i < PARTS; i++)
        tour->python_times[i] = NAN;
    failed = run_tour(tour, err);
    for (int i = 0; i < VARIANTS; i++)
        finding_free(&tour->finding[i]);
    environment_free(tour->environment);
    free(tour);
    return failed;
}

const struct command command_article = {
    .name = "article",
    .synopsis = "article",
    .summary = "the article's experiments beside its figures and CPython's",
    .flags = COMMAND_MAKES_TEAMS,
    .run = run,
};
