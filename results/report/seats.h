/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was to sit where in a comparison. For results/report/ only.
 */
#ifndef DRIVE_RESULTS_REPORT_SEATS_H
#define DRIVE_RESULTS_REPORT_SEATS_H

#include "results/report/model.h"

enum { SEATS_SHOWN = 64 };

struct seat {
    int pu, core, numa;
};

/* The hardware threads that somebody was to sit on, in order. */
struct seats {
    struct seat seat[SEATS_SHOWN];
    int n, left; /* workers beyond */
};

void seats_collect(struct seats *, const struct section *);

/* Whether two cells have the same places. */
bool seats_alike(const struct cell *, const struct cell *);

#endif
