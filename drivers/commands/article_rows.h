/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was found to the lines of an experiment.
 */
#ifndef DRIVE_DRIVERS_COMMANDS_ARTICLE_ROWS_H
#define DRIVE_DRIVERS_COMMANDS_ARTICLE_ROWS_H

#include "drivers/commands/article_claims.h"

/* A line for each executor of finding[which], which had so many workers. */
void article_add_rows(const struct finding *finding, int which, int workers,
                      struct article_experiment *);

/* What each cause of APART costs, as times the time without it; beside it
 * python_times[PARTS], what it costs CPython's threads. */
void article_add_causes(const struct finding *finding,
                        const double *python_times,
                        struct article_experiment *);

#endif
