/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `drive compare --history` and `--nodes` as text for people and as one
 * document for programs.
 */
#ifndef DRIVE_RESULTS_REPORT_TRENDS_H
#define DRIVE_RESULTS_REPORT_TRENDS_H

#include <stdio.h>

#include "core/err.h"
#include "results/verdict/history.h"

void history_print(FILE *, const struct launches *, const struct history *);
void nodes_print(FILE *, const struct launches *, const struct node *,
                 size_t n);

/* Both fail with EXIT_RESOURCE. */
int history_print_json(FILE *, const struct history *, struct err *);
int nodes_print_json(FILE *, const struct node *, size_t n, struct err *);

#endif
