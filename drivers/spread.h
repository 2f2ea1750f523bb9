/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who works where when a launcher's ranks are on several nodes. In replicate
 * mode all executors are on all of them, as many workers on each as it has
 * ranks. One problem can be shared out over nodes by messages only: there the
 * other executors are on the conductor's node, and show what it does alone.
 */
#ifndef DRIVE_DRIVERS_SPREAD_H
#define DRIVE_DRIVERS_SPREAD_H

#include <stdbool.h>
#include <stdio.h>

#include "core/study.h"
#include "drivers/conductor.h"
#include "kernels/kernel.h"

/* How many of the first `workers` ranks are on this node; all of them without a
 * launcher. */
int spread_here(const struct conductor *, int workers);

/* Which part of a team of `of` workers is on this node, when `workers` were
 * asked for. */
double spread_share(const struct conductor *, int workers, int of);

/* The team of an executor when `workers` are asked for. */
struct spread {
    int workers;
    bool nodes; /* on several */
};
struct spread spread_of(const struct conductor *, int executor, int kernel,
                        enum mode, int workers);

/* For commands that work on one node only: EXIT_USAGE, "WHY: ...", where there
 * are several. */
int spread_refuse(const struct conductor *, const char *why, struct err *);

/* Lines for the head of the table: the nodes, how they differ, and who stays on
 * the first. Nothing where there is one node. */
void spread_print(FILE *, const struct conductor *, const struct comparison *);

#endif
