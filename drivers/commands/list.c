/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive list [kernels|executors]: what this build has, and why it lacks what
 * it lacks.
 */
#include "drivers/commands/command.h"

#include <stdio.h>
#include <string.h>

#include "drivers/executors/executor.h"
#include "results/report/document.h"

enum { ROWS_MAX = 64 };

static int kernel_rows(struct catalogue_row *row)
{
    int n = 0;

    for (; kernel_table[n] && n < ROWS_MAX; n++) {
        const struct kernel *kernel = kernel_table[n];
        int modes = 0;

        row[n] = (struct catalogue_row){.name = kernel->name,
                                        .summary = kernel->summary,
                                        .absent = kernel->absent};
        if (kernel->modes & MODE_DIVIDE)
            row[n].modes[modes++] = mode_name(MODE_DIVIDE);
        if (kernel->modes & MODE_REPLICATE)
            row[n].modes[modes++] = mode_name(MODE_REPLICATE);
    }
    return n;
}

static int executor_rows(struct catalogue_row *row)
{
    int n = 0;

    for (; executor_table[n] && n < ROWS_MAX; n++) {
        row[n] = (struct catalogue_row){.name = executor_table[n]->name,
                                        .summary = executor_table[n]->summary,
                                        .absent = executor_table[n]->absent};
    }
    return n;
}

static void print_rows(const char *heading, const struct catalogue_row *row,
                       int n)
{
    printf("%s\n", heading);
    for (int i = 0; i < n; i++) {
        printf("  %-10s  %s", row[i].name, row[i].summary);
        for (int m = 0; row[i].modes[m]; m++)
            printf("%s%s", m ? ", " : "  (", row[i].modes[m]);
        printf("%s", row[i].modes[0] ? ")" : "");
        if (row[i].absent)
            printf("  -- %s", row[i].absent);
        printf("\n");
    }
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct catalogue_row kernel[ROWS_MAX] = {{0}}, executor[ROWS_MAX] = {{0}};
    const char *what = options->words ? options->word[0] : "";
    int kernels = kernel_rows(kernel), executors = executor_rows(executor);

    (void)conductor;
    if (*what && strcmp(what, "kernels") && strcmp(what, "executors"))
        return err_set(err, EXIT_USAGE,
                       "cannot list '%s': want kernels or executors", what);
    if (strcmp(what, "kernels") == 0)
        executors = 0;
    if (strcmp(what, "executors") == 0)
        kernels = 0;
    if (options->json)
        return document_catalogue(stdout, kernel, kernels, executor, executors,
                                  err);
    if (kernels)
        print_rows("kernels", kernel, kernels);
    if (executors)
        print_rows("executors", executor, executors);
    return 0;
}

const struct command command_list = {
    .name = "list",
    .synopsis = "list [kernels|executors]",
    .summary = "what this build has, and why it lacks what it lacks",
    .run = run,
};
