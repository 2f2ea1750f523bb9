/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block of an n x n grid of points, in the arena of the worker that owns it,
 * with room around it for what its neighbours' edges hold, and how that gets
 * there. An iteration is
 *
 *     halo_begin; compute what needs no halo, halo_drive now and then;
 *     halo_end; compute the rest;
 *     halo_release; overwrite what neighbours may read; halo_advance.
 *
 * Points nearer to an edge than the radius may be written only between
 * halo_release and halo_advance, or where there is no neighbour. Nothing
 * allocates but halo_open.
 *
 * Where memory is shared, a halo is one copy straight from the neighbour's
 * block, and neighbours wait for each other alone (kernels/pace.h). Else each
 * side is a transfer; columns are packed.
 */
#ifndef DRIVE_KERNELS_HALO_H
#define DRIVE_KERNELS_HALO_H

#include "core/err.h"
#include "core/worker.h"
#include "kernels/pace.h"
#include "kernels/star.h"

enum side { UP, DOWN, LEFT, RIGHT, SIDES };

struct neighbour {
    int rank;   /* < 0: nobody, the grid ends here */
    double *in; /* its first point, where it can be addressed */
    size_t rows, columns;
    struct pace *ready, *taken;
    double *packed, *unpacked; /* [radius * rows] of LEFT and RIGHT */
};

struct halo {
    size_t radius;
    struct share row, column; /* of this worker */
    double *in;               /* its first point */
    size_t stride;            /* doubles from row to row */
    struct neighbour side[SIDES];
    bool shared;
    struct pace *ready, *taken; /* iterations that neighbours may read, and
                                   those whose halo this worker has */
    uint64_t total;             /* iterations so far */
    struct transfer transfer[SIDES];
    int transfers; /* one a side */
    int under_way; /* 0: none, or all have ended */
};

/* Rows of the largest block and doubles from row to row, the same for all
 * workers. Rows are an odd number of cache lines apart: a power of two would
 * have them compete for the same sets of the caches. */
size_t halo_rows(size_t n, struct grid);
size_t halo_stride(size_t n, int radius, struct grid);

/* Of a worker's arena, halo and all. */
double halo_bytes(size_t n, int radius, struct grid);

/* Takes zeroed memory for this worker's block; the grid must be one of
 * grid_choose. Collective; the points are the caller's to fill, then a barrier.
 */
int halo_open(struct halo *, struct worker *, size_t n, int radius, struct grid,
              struct err *);

void halo_begin(struct halo *, struct worker *);
void halo_drive(struct halo *, struct worker *);
void halo_end(struct halo *, struct worker *);
void halo_release(struct halo *, struct worker *);
void halo_advance(struct halo *);

/* Bytes that neighbours hand this worker in an iteration. */
double halo_received(const struct halo *);

#endif
