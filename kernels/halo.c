/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/halo.h"

enum { LINE = 8 }; /* doubles of a cache line */

static size_t in_lines(size_t doubles)
{
    return (doubles + LINE - 1) / LINE * LINE;
}

static size_t largest_share(size_t n, int parts)
{
    return (n + (size_t)parts - 1) / (size_t)parts;
}

size_t halo_rows(size_t n, struct grid grid)
{
    return largest_share(n, grid.rows);
}

size_t halo_stride(size_t n, int radius, struct grid grid)
{
    size_t stride =
        in_lines(largest_share(n, grid.columns)) + 2 * in_lines((size_t)radius);

    return stride / LINE % 2 ? stride : stride + LINE;
}

/* Points of a packed halo column; none where rows are not cut. */
static size_t packed_points(size_t n, int radius, struct grid grid)
{
    return grid.columns > 1 ? (size_t)radius * halo_rows(n, grid) : 0;
}

double halo_bytes(size_t n, int radius, struct grid grid)
{
    double rows = (double)halo_rows(n, grid) + 2.0 * radius;

    return sizeof(double) * (rows * (double)halo_stride(n, radius, grid) +
                             4 * (double)packed_points(n, radius, grid)) +
           2 * sizeof(struct pace);
}

/* -- opening --------------------------------------------------------------- */

static void place(struct halo *h, struct worker *w, size_t n, struct grid grid)
{
    int i = w->rank / grid.columns, k = w->rank % grid.columns;

    h->row = share_of(n, 1, grid.rows, i);
    h->column = share_of(n, 1, grid.columns, k);
    h->side[UP].rank = i > 0 ? w->rank - grid.columns : -1;
    h->side[DOWN].rank = i + 1 < grid.rows ? w->rank + grid.columns : -1;
    h->side[LEFT].rank = k > 0 ? w->rank - 1 : -1;
    h->side[RIGHT].rank = k + 1 < grid.columns ? w->rank + 1 : -1;
    for (int side = 0; side < SIDES; side++) {
        int rank = h->side[side].rank;

        if (rank < 0)
            continue;
        h->side[side].rows =
            share_of(n, 1, grid.rows, rank / grid.columns).count;
        h->side[side].columns =
            share_of(n, 1, grid.columns, rank % grid.columns).count;
    }
}

/* Every worker takes as much as the largest block needs: what stands at one
 * offset of the arenas shall be the same. */
static int take_memory(struct halo *h, struct worker *w, size_t n,
                       struct grid grid, struct err *err)
{
    size_t r = h->radius;
    size_t packed = packed_points(n, (int)r, grid) * sizeof(double);
    double *in;

    h->stride = halo_stride(n, (int)r, grid);
    h->ready = worker_alloc(w, sizeof *h->ready, err);
    h->taken = worker_alloc(w, sizeof *h->taken, err);
    in = worker_alloc(w, (halo_rows(n, grid) + 2 * r) * h->stride * sizeof *in,
                      err);
    if (!h->ready || !h->taken || !in)
        return -1;
    h->in = in + r * h->stride + in_lines(r);
    for (int side = LEFT; side <= RIGHT; side++) {
        h->side[side].packed = worker_alloc(w, packed, err);
        h->side[side].unpacked = worker_alloc(w, packed, err);
        if (!h->side[side].packed || !h->side[side].unpacked)
            return -1;
    }
    return 0;
}

static void find_neighbours(struct halo *h, struct worker *w)
{
    h->shared = worker_shares_memory(w);
    for (int side = 0; side < SIDES && h->shared; side++) {
        struct neighbour *next = &h->side[side];

        if (next->rank < 0)
            continue;
        next->in = worker_peer(w, next->rank, h->in);
        next->ready = worker_peer(w, next->rank, h->ready);
        next->taken = worker_peer(w, next->rank, h->taken);
    }
}

/* Whole rows lie as they are sent, but for what is between them; columns are
 * packed. */
static void make_transfers(struct halo *h)
{
    size_t r = h->radius, rows = h->row.count;
    size_t row_bytes = ((r - 1) * h->stride + h->column.count) * sizeof(double);
    struct transfer all[SIDES] = {
        [UP] = {.bytes = row_bytes, .out = h->in, .in = h->in - r * h->stride},
        [DOWN] = {.bytes = row_bytes,
                  .out = h->in + (rows - r) * h->stride,
                  .in = h->in + rows * h->stride},
    };

    for (int side = 0; side < SIDES; side++) {
        if (h->side[side].rank < 0)
            continue;
        if (side >= LEFT)
            all[side] = (struct transfer){.bytes = r * rows * sizeof(double),
                                          .out = h->side[side].packed,
                                          .in = h->side[side].unpacked};
        all[side].peer = h->side[side].rank;
        h->transfer[h->transfers++] = all[side];
    }
}

int halo_open(struct halo *h, struct worker *w, size_t n, int radius,
              struct grid grid, struct err *err)
{
    *h = (struct halo){.radius = (size_t)radius};
    place(h, w, n, grid);
    if (take_memory(h, w, n, grid, err))
        return -1;
    find_neighbours(h, w);
    make_transfers(h);
    return 0;
}

/* -- an iteration
 * ----------------------------------------------------------------- */

static void copy_columns(double *to, size_t to_stride, const double *from,
                         size_t from_stride, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < columns; k++)
            to[i * to_stride + k] = from[i * from_stride + k];
    }
}

/* Where the halo of that side begins, and the points that the neighbour on it
 * wants. */
static double *halo_of(const struct halo *h, int side)
{
    return side == LEFT ? h->in - h->radius : h->in + h->column.count;
}

static const double *edge_of(const struct halo *h, int side)
{
    return side == LEFT ? h->in : h->in + h->column.count - h->radius;
}

static void take_side(struct halo *h, int side)
{
    const struct neighbour *from = &h->side[side];
    size_t r = h->radius, stride = h->stride, columns = h->column.count;

    if (side == UP)
        copy_columns(h->in - r * stride, stride,
                     from->in + (from->rows - r) * stride, stride, r, columns);
    else if (side == DOWN)
        copy_columns(h->in + h->row.count * stride, stride, from->in, stride, r,
                     columns);
    else
        copy_columns(halo_of(h, side), stride,
                     side == LEFT ? from->in + from->columns - r : from->in,
                     stride, h->row.count, r);
}

static void take_all(struct halo *h, struct worker *w)
{
    for (int side = 0; side < SIDES; side++) {
        if (h->side[side].rank < 0)
            continue;
        pace_await(w, h->side[side].ready, (uint32_t)h->total);
        take_side(h, side);
    }
    pace_advance(h->taken);
}

void halo_begin(struct halo *h, struct worker *w)
{
    if (h->shared || !h->transfers)
        return;
    for (int side = LEFT; side <= RIGHT; side++) {
        if (h->side[side].rank >= 0)
            copy_columns(h->side[side].packed, h->radius, edge_of(h, side),
                         h->stride, h->row.count, h->radius);
    }
    worker_begin(w, h->transfer, h->transfers);
    h->under_way = h->transfers;
}

void halo_drive(struct halo *h, struct worker *w)
{
    if (h->under_way && worker_done(w, h->transfer, h->under_way))
        h->under_way = 0;
}

void halo_end(struct halo *h, struct worker *w)
{
    if (h->shared) {
        take_all(h, w);
        return;
    }
    if (h->under_way)
        worker_end(w, h->transfer, h->under_way);
    h->under_way = 0;
    for (int side = LEFT; side <= RIGHT; side++) {
        if (h->side[side].rank >= 0)
            copy_columns(halo_of(h, side), h->stride, h->side[side].unpacked,
                         h->radius, h->row.count, h->radius);
    }
}

/* All neighbours have what they need of this iteration. */
void halo_release(struct halo *h, struct worker *w)
{
    for (int side = 0; side < SIDES && h->shared; side++) {
        if (h->side[side].rank >= 0)
            pace_await(w, h->side[side].taken, (uint32_t)h->total + 1);
    }
}

void halo_advance(struct halo *h)
{
    h->total++;
    pace_advance(h->ready);
}

double halo_received(const struct halo *h)
{
    size_t points = 0;

    for (int side = 0; side < SIDES; side++) {
        size_t along = side < LEFT ? h->column.count : h->row.count;

        if (h->side[side].rank >= 0)
            points += h->radius * along;
    }
    return (double)(points * sizeof(double));
}
