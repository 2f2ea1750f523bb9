/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deals workers to ranks: which worker of `hybrid` is a thread of which rank.
 * Each rank has its threads side by side, in number and on the machine, so
 * seats may change hands; which seats are taken does not change.
 */
#ifndef DRIVE_DRIVERS_DEAL_H
#define DRIVE_DRIVERS_DEAL_H

#include "core/err.h"
#include "core/study.h"
#include "drivers/board.h"
#include "drivers/placement.h"

/* Ranks per what, or, from 1, how many. */
enum { RANKS_PER_L3 = -2, RANKS_PER_NODE, RANKS_PER_NUMA };

/* "node", "numa", "l3" (the last cache, whatever its level) or a number; else
 * fails with EXIT_USAGE. */
int deal_read(const char *text, int *ranks_per, struct err *err);

/* Fills seat[workers] and rank[workers], and returns how many ranks there are:
 * one for each domain that has a seat, however many workers sit there; or as
 * many as were asked for, none without a worker, with even shares. Workers
 * that are not bound sit in one domain. */
int deal_workers(const struct topology *, const struct placement *, int workers,
                 int ranks_per, struct seat *seat, int *rank);

/* The same for the slots of a board, by its ranks_per, and how many ranks that
 * are; numbered from 0. Fails with EXIT_RESOURCE. */
int deal_board(const struct topology *, const struct placement *,
               struct board *, struct err *err);

/* What a cell says of its ranks; how many there are only where all are on one
 * node, as each deals its own. Skips it for a kernel that starts its workers
 * itself. Fails with EXIT_RESOURCE. */
int deal_cell(const struct topology *, const struct placement *, int ranks_per,
              bool parent, struct cell *, struct err *err);

#endif
