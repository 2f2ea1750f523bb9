/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/summa.h"

#include <sched.h>

int summa_grid(int workers, int rows, int *grid_rows, int *grid_columns,
               struct err *err)
{
    *grid_rows = 1;
    for (int r = 2; r * r <= workers; r++) {
        if (workers % r == 0)
            *grid_rows = r;
    }
    if (rows > 0 && workers > 1 && workers % rows)
        return err_set(err, EXIT_USAGE,
                       "%d workers do not make a grid of %d rows: the rows "
                       "must divide the workers, 0 lets drive choose",
                       workers, rows);
    if (rows > 0 && workers > 1)
        *grid_rows = rows;
    *grid_columns = workers / *grid_rows;
    return 0;
}

/* -- panels --------------------------------------------------------------- */

size_t summa_panels(const struct summa_cut *cut, int workers)
{
    return cut->n / cut->depth + 2 * (size_t)workers + 2;
}

/* Which part of a split of n items holds item k, and where that part ends. */
static int owner_of(size_t n, size_t unit, int parts, size_t k, size_t *end)
{
    struct share part;
    int i = 0;

    do
        part = share_of(n, unit, parts, i++);
    while (part.first + part.count <= k);
    *end = part.first + part.count;
    return i - 1;
}

/* Never across a cut of A or B. */
static void cut_panels(struct summa *s, const struct summa_cut *cut)
{
    size_t end_a, end_b, end;

    for (size_t k = 0; k < s->n; k = end) {
        struct panel *p = &s->panel[s->panels++];

        p->first = k;
        p->column =
            owner_of(s->n, cut->column_unit, s->grid_columns, k, &end_a);
        p->row = owner_of(s->n, cut->row_unit, s->grid_rows, k, &end_b);
        end = end_a < end_b ? end_a : end_b;
        end = end - k < cut->depth ? end : k + cut->depth;
        p->width = end - k;
    }
}

static int divisor_of(int a, int b)
{
    return b ? divisor_of(b, a % b) : a;
}

/* As many panels as one owner has at most, or a few more, so that steps of so
 * many come by all panels. */
static int stride_of(const struct summa *s)
{
    int stride = (s->panels + s->grid_columns - 1) / s->grid_columns;

    while (divisor_of(s->panels, stride) > 1)
        stride++;
    return stride;
}

int summa_cut(struct summa *s, struct worker *w, const struct summa_cut *cut,
              struct err *err)
{
    if (summa_grid(w->size, cut->rows, &s->grid_rows, &s->grid_columns, err))
        return -1;
    s->n = cut->n;
    s->row =
        share_of(s->n, cut->row_unit, s->grid_rows, w->rank / s->grid_columns);
    s->column = share_of(s->n, cut->column_unit, s->grid_columns,
                         w->rank % s->grid_columns);
    s->panel =
        worker_alloc(w, summa_panels(cut, w->size) * sizeof *s->panel, err);
    if (!s->panel)
        return -1;
    cut_panels(s, cut);
    s->stride = stride_of(s);
    return 0;
}

/* -- under way ------------------------------------------------------------ */

static size_t widest(const struct summa *s)
{
    size_t most = 0;

    for (int i = 0; i < s->panels; i++) {
        if (s->panel[i].width > most)
            most = s->panel[i].width;
    }
    return most;
}

int summa_connect(struct summa *s, struct worker *w, int ahead, struct err *err)
{
    size_t width = widest(s);

    s->ahead = ahead;
    for (int i = 0; i <= ahead; i++) {
        struct panel_pair *pair = &s->pair[i];

        pair->room_a =
            worker_alloc(w, s->row.count * width * sizeof(double), err);
        pair->room_b =
            worker_alloc(w, s->column.count * width * sizeof(double), err);
        if (!pair->room_a || !pair->room_b)
            return -1;
    }
    if (worker_split(w, w->rank / s->grid_columns, &s->along_row, err))
        return -1;
    return worker_split(w, w->rank % s->grid_columns, &s->along_column, err);
}

/* The panel that is taken i-th. */
static const struct panel *panel_at(const struct summa *s, int i)
{
    return &s->panel[(size_t)i * (size_t)s->stride % (size_t)s->panels];
}

static struct panel_pair *pair_of(struct summa *s, int panel)
{
    return &s->pair[panel % (s->ahead + 1)];
}

/* The owners send what they own from where it stands. */
static void fetch(struct summa *s, int i)
{
    const struct panel *p = panel_at(s, i);
    struct panel_pair *pair = pair_of(s, i);
    double *a = pair->room_a, *b = pair->room_b;

    if (s->along_row->rank == p->column)
        a = s->own_a(s->arg, p);
    if (s->along_column->rank == p->row)
        b = s->own_b(s->arg, p);
    relay_begin(&pair->a, s->along_row, a, s->row.count * p->width * sizeof *a,
                p->column, i % (TAG_MAX + 1));
    relay_begin(&pair->b, s->along_column, b,
                s->column.count * p->width * sizeof *b, p->row,
                i % (TAG_MAX + 1));
}

/* All that are under way, the next needed first. */
static void drive_panels(struct summa *s, int i)
{
    for (int later = i; later < s->panels && later <= i + s->ahead; later++) {
        relay_drive(&pair_of(s, later)->a);
        relay_drive(&pair_of(s, later)->b);
    }
}

static void multiply(struct summa *s, int i, size_t slice)
{
    const struct panel *p = panel_at(s, i);
    const double *a = pair_of(s, i)->a.buf, *b = pair_of(s, i)->b.buf;

    for (size_t first = 0; first < s->row.count; first += slice) {
        size_t left = s->row.count - first;

        drive_panels(s, i);
        s->product(s->arg, p, first, left < slice ? left : slice,
                   a + first * p->width, b, i > 0);
    }
}

/* Others may wait for what comes by here, and so all is driven meanwhile. */
static void wait_for(struct summa *s, int i, struct panel_pair *pair,
                     bool (*reached)(struct relay *))
{
    while (!reached(&pair->a) || !reached(&pair->b)) {
        drive_panels(s, i);
        if (s->along_row->crowded)
            sched_yield();
    }
}

/* A panel's room is free for the one that comes `ahead` + 1 later when its
 * product is made and the children have it. */
void summa_run(struct summa *s, size_t slice)
{
    for (int i = 0; i < s->ahead && i < s->panels; i++)
        fetch(s, i);
    for (int i = 0; i < s->panels; i++) {
        if (i > 0)
            wait_for(s, i, pair_of(s, i - 1), relay_over);
        if (i + s->ahead < s->panels)
            fetch(s, i + s->ahead);
        wait_for(s, i, pair_of(s, i), relay_drive);
        multiply(s, i, slice);
    }
    if (s->panels > 0)
        wait_for(s, s->panels - 1, pair_of(s, s->panels - 1), relay_over);
}
