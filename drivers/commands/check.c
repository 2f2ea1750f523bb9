/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive check [KERNEL...]: correctness only. Every kernel in every mode under
 * every executor, on a small problem, with several numbers of workers; all
 * results must verify, and all checksums of one problem agree.
 * drive check FILE...: does each record hold together?
 */
#include "drivers/commands/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drivers/commands/aa.h"
#include "drivers/measure.h"
#include "results/record/audit.h"

struct tally {
    int passed, failed, skipped;
};

/* The parameters' values for a quick check, then what -P says. */
static int small_problem(const struct options *options,
                         const struct kernel *kernel, struct problem *problem,
                         struct err *err)
{
    int n;

    param_defaults(kernel->params, problem->value);
    for (int i = 0; kernel->params[i].name; i++) {
        const struct param *row = &kernel->params[i];

        if (row->small &&
            param_parse(row, row->small, &problem->value[i], 1, &n, err))
            return -1;
    }
    problem->seed = options->seed;
    return options_override(options, kernel, problem, err);
}

static void print_cells(const struct comparison *c, const struct err *err,
                        struct tally *tally)
{
    printf("%-10s %-10s %3d workers ", c->kernel, c->mode, c->workers);
    for (int i = 0; i < c->cells; i++) {
        const struct cell *cell = &c->cell[i];
        const char *word = "ok";

        if (cell->status == CELL_SKIPPED) {
            word = "skipped";
            tally->skipped++;
        } else if (cell->status == CELL_FAILED || !cell->trials ||
                   cell->trial[cell->trials - 1].wrong) {
            word = "FAILED";
            tally->failed++;
        } else {
            tally->passed++;
        }
        printf("  %s %s", cell->executor, word);
    }
    printf("\n");
    if (err)
        printf("           %s\n", err->text);
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].status == CELL_FAILED)
            printf("           %s: %s\n", c->cell[i].executor,
                   c->cell[i].why.text);
    }
    fflush(stdout);
}

static int check_one(struct conductor *conductor, struct measure_plan *plan,
                     struct tally *tally, struct err *err)
{
    struct comparison comparison;
    struct err why = {0};
    int failed = measure_compare(conductor, plan, &comparison, &why);

    print_cells(&comparison, failed ? &why : NULL, tally);
    comparison_free(&comparison);
    if (!failed || why.code == EXIT_WRONG)
        return 0;
    *err = why;
    return -1;
}

/* One, two, a prime, and as many as there are places: without repetition. */
static int worker_counts(const struct options *options, int places, int *out,
                         int *n, struct err *err)
{
    const int usual[] = {1, 2, 3, places};

    if (options->workers)
        return options_workers(options->workers, places, out, n, err);
    *n = 0;
    for (int i = 0; i < 4; i++) {
        bool again = false;

        for (int k = 0; k < *n; k++)
            again = again || out[k] == usual[i];
        if (!again)
            out[(*n)++] = usual[i];
    }
    return 0;
}

static int check_kernel(struct conductor *conductor,
                        const struct options *options,
                        struct measure_plan *plan, struct tally *tally,
                        struct err *err)
{
    const struct kernel *kernel = kernel_table[plan->kernel];
    int places = conductor->lobby ? conductor->lobby->ranks
                                  : topology_cores(conductor->topology);
    int workers[WORKER_COUNTS], counts;

    if (worker_counts(options, places, workers, &counts, err) ||
        small_problem(options, kernel, &plan->problem, err))
        return -1;
    for (int mode = MODE_DIVIDE; mode <= MODE_REPLICATE; mode *= 2) {
        plan->problem.mode = (enum mode)mode;
        for (int i = 0; i < counts && (kernel->modes & (unsigned)mode); i++) {
            plan->workers = workers[i];
            if (check_one(conductor, plan, tally, err))
                return -1;
        }
    }
    return 0;
}

static bool named(const struct options *options, const char *name)
{
    for (int i = 0; i < options->words; i++) {
        if (strcmp(options->word[i], name) == 0)
            return true;
    }
    return options->words == 0;
}

/* A word that is no kernel's name, and leads somewhere or tries to. */
static bool is_path(const char *word)
{
    struct err ignored;

    return kernel_find(word, &ignored) < 0 &&
           (strchr(word, '/') || access(word, F_OK) == 0);
}

/* All of them, whatever becomes of one; the worst is what is returned: one
 * that contradicts itself, then one that cannot be read. */
static int check_records(const struct options *options, struct err *err)
{
    int failed = 0;

    for (int i = 0; i < options->words; i++) {
        struct err why = {0};

        if (!audit_print(stdout, options->word[i], &why))
            continue;
        if (options->words > 1)
            printf("%s\n", why.text);
        if (!failed || (why.code == EXIT_WRONG && err->code != EXIT_WRONG))
            *err = why;
        failed = -1;
    }
    return failed;
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct measure_plan plan = {.policy = options->placement,
                                .ranks_per = options->ranks_per_what,
                                .seed = options->seed,
                                .stop = {.blocks = 1, .budget_ns = UINT64_MAX},
                                .precision = options->precision,
                                .margin = options->margin};
    struct tally tally = {0};

    if (options->aa)
        return aa_run(conductor, options, err);
    for (int i = 0; i < options->words; i++) {
        if (is_path(options->word[i]))
            return check_records(options, err);
    }
    for (int i = 0; i < options->words; i++) {
        if (kernel_find(options->word[i], err) < 0)
            return -1;
    }
    if (options_chosen(options, plan.executor, &plan.executors, err))
        return -1;
    for (int i = 0; kernel_table[i]; i++) {
        plan.kernel = i;
        if (named(options, kernel_table[i]->name) && !kernel_table[i]->absent &&
            check_kernel(conductor, options, &plan, &tally, err))
            return -1;
    }
    printf("%d passed, %d failed, %d skipped\n", tally.passed, tally.failed,
           tally.skipped);
    if (!tally.failed)
        return 0;
    return err_set(err, EXIT_WRONG, "%d of %d results are wrong or missing",
                   tally.failed, tally.failed + tally.passed);
}

const struct command command_check = {
    .name = "check",
    .synopsis = "check [KERNEL...|FILE...]",
    .summary = "are results right? is a record whole and unedited?",
    .flags = COMMAND_MAKES_TEAMS,
    .run = run,
};
