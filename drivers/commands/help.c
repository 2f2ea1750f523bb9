/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive help [WORD]: the commands and options; or one kernel with its
 * parameters; or one command.
 */
#include "drivers/commands/command.h"

#include <stdio.h>

static void print_all(void)
{
    printf("usage: drive [run] KERNEL [options]\n"
           "       mpirun -np N drive [run] KERNEL [options]\n\n"
           "Runs one kernel under serial, OpenMP threads, forked processes "
           "and MPI ranks,\npinned alike, and says which is faster, by how "
           "much, and how sure that is.\n\ncommands:\n");
    for (int i = 0; command_table[i]; i++)
        printf("  drive %-22s %s\n", command_table[i]->synopsis,
               command_table[i]->summary);
    printf("\nkernels (parameters: drive help KERNEL):\n");
    for (int i = 0; kernel_table[i]; i++)
        printf("  %-12s %s\n", kernel_table[i]->name, kernel_table[i]->summary);
    printf("\noptions:\n");
    options_print(stdout);
    printf("\nexit codes: 0 done; 1 regression; 2 usage; 3 wrong results; "
           "4 unfit environment\n(--strict); 5 precision not reached; 6 "
           "resources or a lost worker; 77 not in this\nbuild; 128+n "
           "signal n (138, SIGUSR1: after the trial in hand)\n");
}

static void print_kernel(const struct kernel *kernel)
{
    printf("%s: %s\n\nunit of work: %s; modes:%s%s\n", kernel->name,
           kernel->summary, kernel->unit,
           kernel->modes & MODE_DIVIDE ? " divide" : "",
           kernel->modes & MODE_REPLICATE ? " replicate" : "");
    if (kernel->absent)
        printf("not in this build: %s\n", kernel->absent);
    printf("\nparameters (-P NAME=VALUES):\n");
    for (const struct param *row = kernel->params; row->name; row++) {
        printf("  %-8s %s (default %s%s%s", row->name, row->help,
               *row->def ? row->def : "none", row->unit ? " " : "",
               row->unit ? row->unit : "");
        if (row->type == PARAM_COUNT || row->type == PARAM_REAL)
            printf("; %g to %g", row->min, row->max);
        printf(")\n");
    }
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    const struct command *command;
    int kernel;

    (void)conductor;
    if (options->words == 0) {
        print_all();
        return 0;
    }
    command = command_find(options->word[0]);
    if (command) {
        printf("usage: drive %s [options]\n\n%s\n\noptions:\n",
               command->synopsis, command->summary);
        options_print(stdout);
        return 0;
    }
    kernel = kernel_find(options->word[0], err);
    if (kernel < 0)
        return -1;
    print_kernel(kernel_table[kernel]);
    return 0;
}

const struct command command_help = {
    .name = "help",
    .synopsis = "help [KERNEL|COMMAND]",
    .summary = "print help",
    .run = run,
};
