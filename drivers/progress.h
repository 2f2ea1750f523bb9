/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a measurement is: a bar on a terminal, a line now and then
 * elsewhere. Drawn between blocks only, never while a trial runs.
 */
#ifndef DRIVE_DRIVERS_PROGRESS_H
#define DRIVE_DRIVERS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/study.h"
#include "results/verdict/language.h"

/* Whether the reader's terminal shows more than ASCII: by locale and TERM. */
bool terminal_has_blocks(void);

/* The language that stdout is written in: in a locale that is not UTF-8 it is
 * English, and a line on stderr says so where another was wanted. */
enum language terminal_language(enum language wanted);

struct progress {
    FILE *out;
    bool quiet, terminal;
    uint64_t budget_ns;
    int blocks; /* asked for, or 0 */
    uint64_t last_line_ns;
};

void progress_init(struct progress *, FILE *, bool quiet, uint64_t budget_ns,
                   int blocks);
void progress_block(struct progress *, const struct comparison *,
                    uint64_t elapsed_ns);
void progress_end(struct progress *); /* wipes the bar */

#endif
