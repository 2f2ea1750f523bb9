/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One trial, from the board into the study.
 */
#ifndef DRIVE_DRIVERS_TRIAL_H
#define DRIVE_DRIVERS_TRIAL_H

#include "core/err.h"
#include "core/study.h"
#include "drivers/board.h"

/* Takes a trial off the board: times, usage, metrics and outcome of all its
 * workers. Where a worker's result was wrong, says how in *wrong. */
void trial_read(struct trial *, const struct board *, struct err *wrong);

/* Marks a trial wrong whose checksum is not that of the comparison's first
 * right one. */
void trial_check(const struct comparison *, const struct board *,
                 struct trial *, struct err *wrong);

#endif
