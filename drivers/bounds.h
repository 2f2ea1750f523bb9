/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounds of a comparison's cells: what is measured before its teams come to
 * life (drivers/bound.h), and what its rates are held against in the end.
 */
#ifndef DRIVE_DRIVERS_BOUNDS_H
#define DRIVE_DRIVERS_BOUNDS_H

#include "core/err.h"
#include "core/study.h"
#include "drivers/conductor.h"

/* Fills bound_rate of each cell, by the kernel named `bound` (NULL: none), and
 * memory_rate where work is counted in flop and its traffic is known; adds the
 * time to the account. Fails on a signal only. */
int bounds_measure(struct conductor *, const struct placement *,
                   const char *bound, struct comparison *, struct err *err);

/* Fails with EXIT_WRONG where a rate in flop lies above its bound, which is
 * then measured again a few times first. */
int bounds_check(struct conductor *, const struct placement *,
                 const char *bound, struct comparison *, struct err *err);

#endif
