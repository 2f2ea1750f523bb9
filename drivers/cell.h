/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a board tells of its team, into the cell: where each worker was seen,
 * its pages, the counters it lacks, how it slept.
 */
#ifndef DRIVE_DRIVERS_CELL_H
#define DRIVE_DRIVERS_CELL_H

#include <stdbool.h>

#include "core/study.h"
#include "drivers/board.h"

/* The team is between two orders. Without memory the posts stay as they are.
 * over_nodes: workers are on several, and posts say on which. */
void cell_note(struct cell *, const struct board *, bool over_nodes);

#endif
