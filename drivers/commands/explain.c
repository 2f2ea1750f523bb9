/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive explain [CODE...]: what a warning means, and what to do; without a
 * code, what codes there are.
 */
#include "drivers/commands/command.h"

#include <stdio.h>

#include "results/report/advice.h"

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    (void)conductor;
    for (int i = 0; i < options->words; i++) {
        if (!warning_explain(options->word[i], err))
            return -1;
    }
    for (int i = 0; i < options->words; i++) {
        if (i > 0)
            printf("\n");
        advice_explain(stdout, warning_explain(options->word[i], err));
    }
    if (options->words == 0)
        advice_codes(stdout);
    return 0;
}

const struct command command_explain = {
    .name = "explain",
    .synopsis = "explain [CODE...]",
    .summary = "what a warning means, and what to do",
    .run = run,
};
