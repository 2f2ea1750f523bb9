/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a picture as the shortest text: steps from corner to corner in
 * tenths of a pixel, without corners that lie on a straight line. For
 * results/report/svg*.c only.
 */
#ifndef DRIVE_RESULTS_REPORT_SVG_PEN_H
#define DRIVE_RESULTS_REPORT_SVG_PEN_H

#include <stdbool.h>
#include <stdio.h>

#include "results/report/svg_read.h"

enum { PASSED = 64 };

struct corner {
    long x, y;
};

/* Where the pen is, in tenths of a pixel, where it shall begin, and through
 * which corners it went on in a straight line since. */
struct pen {
    FILE *out;
    struct corner at, wanted, passed[PASSED];
    int n;     /* passed; the last is where the line ends so far */
    char last; /* command, or 0 */
    bool moved;
};

/* Where to begin; nothing is written before pen_settle(), or a line. */
void pen_move(struct pen *, long x, long y);
void pen_settle(struct pen *);
/* To a corner at once, which is kept. */
void pen_corner(struct pen *, struct corner);

/* All of "M0,1 L2,3 z", or of a polygon's corners; stops at what is neither. */
void pen_draw(struct pen *, const struct piece *);

#endif
