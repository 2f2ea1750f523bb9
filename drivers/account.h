/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the wall time of a comparison goes: what belongs to the kernels, and
 * what the suite takes for itself.
 */
#ifndef DRIVE_DRIVERS_ACCOUNT_H
#define DRIVE_DRIVERS_ACCOUNT_H

#include <stdint.h>

#include "core/study.h"
#include "drivers/board.h"

/* Nanoseconds during which at least one worker was in reset, step or verify of
 * the board's last trial; spans of workers that overlap count once. Stamps that
 * run backwards, of a clock that was put back, count nothing. */
uint64_t account_busy(const struct board *);

/* Enters the board's last trial, which took the conductor took_ns from its
 * order to its end. */
void account_trial(struct account *, const struct board *, uint64_t took_ns);

#endif
