/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SUMMA (van de Geijn and Watts, 1997) with look-ahead: C = A B over a grid of
 * workers, each of which has one block of A, of B and of C. For each panel of
 * the inner dimension the column of the grid that owns it broadcasts its piece
 * of A along the rows, the row that owns it its piece of B along the columns.
 * The broadcasts of the next panels are under way during a product.
 *
 * With layers (Solomonik and Demmel, "Communication-Optimal Parallel 2.5D
 * Matrix Multiplication", 2011) the workers form several such grids, one a
 * layer, each of which takes a part of the inner dimension; in the end the
 * layers' sums are added, and each keeps some rows of them. A grid of fewer
 * and larger blocks sends less; the price is a block of C for each layer.
 *
 * Which data, and what a product is, is the caller's affair.
 */
#ifndef DRIVE_KERNELS_SUMMA_H
#define DRIVE_KERNELS_SUMMA_H

#include <stddef.h>

#include "core/cascade.h"
#include "core/err.h"
#include "core/worker.h"

/* In the end a worker hands something to each of the other layers, and gets
 * something. */
enum { SUMMA_LAYERS_MAX = TRANSFERS_MAX / 2 };

/* Each pair of panels has at most two transfers under way: a cascade has one at
 * a time. */
enum { SUMMA_AHEAD_MAX = TRANSFERS_MAX / 2 - 1 };

/* A piece of the inner dimension that one product takes: cut so that one
 * column of the grid owns all of its A, and one row all of its B. */
struct panel {
    size_t first, width;
    int column, row; /* the owners */
};

/* A panel that is under way to this worker, and where. */
struct panel_pair {
    struct cascade a, b;
    double *room_a, *room_b; /* for what others own */
};

struct summa {
    size_t n;
    int grid_rows, grid_columns, layers;
    struct share row, column; /* of this worker's block of C */
    struct share a_column;    /* of A it has row x a_column, */
    struct share b_row;       /* of B b_row x column */
    struct share kept;        /* rows of C that are whole here in the end */
    struct panel *panel;      /* [panels] */
    int panels;
    int stride; /* from one panel to the next one taken */
    int ahead;  /* panels under way beside the one in use */
    struct worker *worker;
    struct cascade_line along_row, along_column;
    struct panel_pair pair[SUMMA_AHEAD_MAX + 1];
    double *sums; /* [layers - 1][kept.count][column.count] of others */

    /* The caller's. Its piece of A, row.count x width without gaps, or of B,
     * width x column.count, where this worker owns the panel. */
    double *(*own_a)(void *arg, const struct panel *);
    double *(*own_b)(void *arg, const struct panel *);
    /* Rows [first, first + count) of its block of C become, or for `keep` gain,
     * the product; a[count][width], b[width][column.count]. */
    void (*product)(void *arg, const struct panel *, size_t first, size_t count,
                    const double *a, const double *b, bool keep);
    void *arg;
};

/* What is asked of the grid; 0 rows: as square as can be. */
struct summa_grid {
    int layers, rows;
};

/* Rows and columns of a layer of `workers`: `rows`, or, if that is 0, those
 * that send least, 1/rows + 1/columns; of two such the wider one, since cutting
 * columns leaves the longer rows to the product. Fails with EXIT_USAGE where
 * several workers cannot stand in so many layers and rows; one alone can. */
int summa_grid(int workers, const struct summa_grid *, int *grid_rows,
               int *grid_columns, struct err *err);

/* Where this worker stands, and the panels: cut at multiples of `depth` from
 * each change of owner; blocks are cut at multiples of row_unit and
 * column_unit. Takes the panels' table from the arena. */
struct summa_cut {
    size_t n, row_unit, column_unit, depth;
    struct summa_grid grid;
};
int summa_cut(struct summa *, struct worker *, const struct summa_cut *,
              struct err *err);

/* At most so many panels. */
size_t summa_panels(const struct summa_cut *, int workers);

/* The two directions and room for panels under way. */
int summa_connect(struct summa *, int ahead, struct err *err);

/* The whole sum over the layers, of the rows that this worker keeps, from
 * c[row.count][column.count] of each; where there are several. */
void summa_add_layers(struct summa *, double *c);

/* Its first half: what the others have of the rows kept here comes into
 * `sums`, one layer after the other. */
void summa_swap_layers(struct summa *, double *c);

/* All panels. Slices of `slice` rows are multiplied between two looks at what
 * is under way. */
void summa_run(struct summa *, size_t slice);

#endif
