/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison goes on that another process began: what it measured is taken
 * over, and new trials are added to it.
 */
#ifndef DRIVE_DRIVERS_TAKEOVER_H
#define DRIVE_DRIVERS_TAKEOVER_H

#include <stdint.h>

#include "core/study.h"

struct takeover {
    int warmups;       /* blocks of warm-up that are there */
    uint64_t spent_ns; /* in trials: so much of the budget is used */
};

/* Moves all trials of `before` into *c, which is prepared and has the same
 * cells, with blocks, late starts and repeats. */
struct takeover takeover(struct comparison *c, struct comparison *before);

#endif
