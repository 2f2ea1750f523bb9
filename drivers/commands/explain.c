/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive explain [CODE...]: what a warning means, and what to do; without a
 * code, what codes there are.
 */
#include "drivers/commands/command.h"

#include <stdio.h>

#include "drivers/progress.h"
#include "results/report/advice.h"

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    enum language language;

    (void)conductor;
    if (language_find(options->lang ? options->lang : "en", &language, err))
        return -1;
    for (int i = 0; i < options->words; i++) {
        if (!warning_explain(options->word[i], err))
            return -1;
    }
    language = terminal_language(language);
    for (int i = 0; i < options->words; i++) {
        if (i > 0)
            printf("\n");
        advice_explain(stdout, warning_explain(options->word[i], err),
                       language);
    }
    if (options->words == 0)
        advice_codes(stdout, language);
    return 0;
}

const struct command command_explain = {
    .name = "explain",
    .synopsis = "explain [CODE...]",
    .summary = "what a warning means, and what to do",
    .run = run,
};
