/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive version: what was built, how, and against what.
 */
#include "drivers/commands/command.h"

#include <stdio.h>

#include "drivers/executors/executor.h"
#include "kernels/blas.h"

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    char blas[64];

    (void)conductor, (void)options, (void)err;
    printf("drive %s (%s)\n", DRIVE_VERSION, DRIVE_COMMIT);
    printf("build     %s, %s, %s\n", DRIVE_BUILD_TYPE, DRIVE_COMPILER,
           DRIVE_FLAGS);
    printf("product   %s\n", blas_describe(blas, sizeof blas));
    for (int i = 0; executor_table[i]; i++)
        printf("%-9s %s\n", executor_table[i]->name,
               executor_table[i]->absent ? executor_table[i]->absent : "yes");
    return 0;
}

const struct command command_version = {
    .name = "version",
    .synopsis = "version",
    .summary = "version, libraries and flags of this build",
    .run = run,
};
