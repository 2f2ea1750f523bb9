/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A grid of texts with a row an executor: columns as wide as what is in them,
 * closer together where they all fit then, or else so many side by side as a
 * line has room for, and the rest below, with the names again. For
 * results/report/ only.
 */
#ifndef DRIVE_RESULTS_REPORT_GRID_H
#define DRIVE_RESULTS_REPORT_GRID_H

#include <stdbool.h>
#include <stdio.h>

#include "core/study.h"

enum { GRID_COLUMNS = METRICS_MAX + 8, GRID_TEXT = 48, GRID_ROWS = CELLS_MAX };

struct grid_column {
    char heading[GRID_TEXT];
    bool left; /* else its texts are ranged right */
    int gap;   /* spaces before it */
    char text[GRID_ROWS][GRID_TEXT];
};

/* Texts are borrowed until it is printed. */
struct grid {
    const char *title; /* above the names */
    int rows, columns;
    const char *name[GRID_ROWS];
    const char *note[GRID_ROWS]; /* stands for the whole row; or NULL */
    struct grid_column column[GRID_COLUMNS];
};

/* A new column, whose texts are to be filled in; at most GRID_COLUMNS. */
struct grid_column *grid_add(struct grid *, const char *heading, int gap);

/* At most `width` characters a line, if no single column needs more. Rows
 * without a name are left out. */
void grid_print(FILE *, const struct grid *, int width);

#endif
