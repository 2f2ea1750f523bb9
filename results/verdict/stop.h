/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to stop: on precision or budget, never on significance. Stopping when a
 * difference appears makes one session in four a false alarm; stopping when
 * the intervals are narrow keeps the error at its nominal 5 %.
 */
#ifndef DRIVE_RESULTS_VERDICT_STOP_H
#define DRIVE_RESULTS_VERDICT_STOP_H

#include <stdint.h>

#include "core/study.h"

struct stop_rule {
    int blocks;         /* exactly so many; 0: until precise or budget */
    int least_blocks;   /* before precision may end it */
    uint64_t budget_ns; /* ends it once at least one block is there */
};

/* STOP_NONE: go on. Looks at the comparison's blocks, cells and `widest`
 * against its precision; pure. */
enum stop_reason stop_decide(const struct stop_rule *,
                             const struct comparison *, uint64_t elapsed_ns);

#endif
