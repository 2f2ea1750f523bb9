/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/summa.h"

int summa_grid(int workers, const struct summa_grid *wanted, int *grid_rows,
               int *grid_columns, struct err *err)
{
    int layers = workers > 1 ? wanted->layers : 1;
    int rows = workers > 1 ? wanted->rows : 0, plane = workers / layers;

    *grid_rows = 1;
    for (int r = 2; r * r <= plane; r++) {
        if (plane % r == 0)
            *grid_rows = r;
    }
    if (workers % layers)
        return err_set(err, EXIT_USAGE,
                       "%d workers do not make %d layers: the layers must "
                       "divide the workers",
                       workers, layers);
    if (rows > 0 && plane % rows)
        return err_set(err, EXIT_USAGE,
                       "%d workers do not make a grid of %d rows: the rows "
                       "must divide the workers%s, 0 lets drive choose",
                       plane, rows, layers > 1 ? " of a layer" : "");
    if (rows > 0)
        *grid_rows = rows;
    *grid_columns = plane / *grid_rows;
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

/* Never across a cut of A or B; `inner` is the layer's. */
static void cut_panels(struct summa *s, const struct summa_cut *cut,
                       const struct share *inner)
{
    size_t end_a, end_b, end;

    for (size_t k = 0; k < inner->count; k = end) {
        struct panel *p = &s->panel[s->panels++];

        p->first = inner->first + k;
        p->column = owner_of(inner->count, cut->column_unit, s->grid_columns, k,
                             &end_a);
        p->row = owner_of(inner->count, cut->row_unit, s->grid_rows, k, &end_b);
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

/* A part of a part. */
static struct share share_in(const struct share *of, size_t unit, int parts,
                             int i)
{
    struct share part = share_of(of->count, unit, parts, i);

    part.first += of->first;
    return part;
}

/* This worker's parts of the matrices. */
static void find_shares(struct summa *s, const struct worker *w,
                        const struct summa_cut *cut, struct share *inner)
{
    int plane = s->grid_rows * s->grid_columns;
    int layer = w->rank / plane, at = w->rank % plane;
    int i = at / s->grid_columns, j = at % s->grid_columns;

    *inner = share_of(s->n, 1, s->layers, layer);
    s->row = share_of(s->n, cut->row_unit, s->grid_rows, i);
    s->column = share_of(s->n, cut->column_unit, s->grid_columns, j);
    s->a_column = share_in(inner, cut->column_unit, s->grid_columns, j);
    s->b_row = share_in(inner, cut->row_unit, s->grid_rows, i);
    s->kept = share_in(&s->row, 1, s->layers, layer);
}

int summa_cut(struct summa *s, struct worker *w, const struct summa_cut *cut,
              struct err *err)
{
    struct share inner;

    if (summa_grid(w->size, &cut->grid, &s->grid_rows, &s->grid_columns, err))
        return -1;
    s->n = cut->n;
    s->worker = w;
    s->layers = w->size / (s->grid_rows * s->grid_columns);
    find_shares(s, w, cut, &inner);
    s->panel =
        worker_alloc(w, summa_panels(cut, w->size) * sizeof *s->panel, err);
    if (!s->panel)
        return -1;
    cut_panels(s, cut, &inner);
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

/* For what the other layers have of the rows kept here; the most that any
 * worker keeps, as all take as much. */
static int take_sums(struct summa *s, struct err *err)
{
    size_t most = s->row.count / (size_t)s->layers + 1;
    size_t others = (size_t)s->layers - 1;

    s->sums = worker_alloc(
        s->worker, others * most * s->column.count * sizeof *s->sums, err);
    return s->sums ? 0 : -1;
}

int summa_connect(struct summa *s, int ahead, struct err *err)
{
    struct worker *w = s->worker;
    int columns = s->grid_columns, plane = s->grid_rows * columns;
    int corner = w->rank / plane * plane, at = w->rank - corner;
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
    s->along_row = (struct cascade_line){w->rank - at % columns, 1, columns};
    s->along_column =
        (struct cascade_line){corner + at % columns, columns, s->grid_rows};
    return take_sums(s, err);
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

static struct cascade *cascade_of(struct summa *s, int i)
{
    struct panel_pair *pair = &s->pair[i / 2];

    return i % 2 ? &pair->b : &pair->a;
}

/* The owners send what they own from where it stands. No two workers share
 * both a row and a column: one tag does for both. */
static void fetch(struct summa *s, int i)
{
    const struct panel *p = panel_at(s, i);
    struct panel_pair *pair = pair_of(s, i);
    double *a = pair->room_a, *b = pair->room_b;
    int tag = i % (TAG_MAX + 1);

    if (s->worker->rank == s->along_row.first + p->column)
        a = s->own_a(s->arg, p);
    if (s->worker->rank == s->along_column.first + p->row * s->grid_columns)
        b = s->own_b(s->arg, p);
    cascade_begin(&pair->a, s->worker, &s->along_row, a,
                  s->row.count * p->width * sizeof *a, p->column, tag);
    cascade_begin(&pair->b, s->worker, &s->along_column, b,
                  s->column.count * p->width * sizeof *b, p->row, tag);
}

/* One look at all that is under way, or, to wait, until some of it has come. */
static void drive_panels(struct summa *s, bool wait)
{
    int cascades = 2 * (s->ahead + 1), pending = 0;
    struct transfer *transfer[TRANSFERS_MAX];

    for (int i = 0; i < cascades; i++) {
        transfer[pending] = cascade_pending(cascade_of(s, i));
        pending += transfer[pending] != NULL;
    }
    if (!pending)
        return;
    worker_some(s->worker, transfer, pending, wait);
    for (int i = 0; i < cascades; i++)
        cascade_drive(cascade_of(s, i));
}

static void multiply(struct summa *s, int i, size_t slice)
{
    const struct panel *p = panel_at(s, i);
    const double *a = pair_of(s, i)->a.buf, *b = pair_of(s, i)->b.buf;

    for (size_t first = 0; first < s->row.count; first += slice) {
        size_t left = s->row.count - first;

        drive_panels(s, false);
        s->product(s->arg, p, first, left < slice ? left : slice,
                   a + first * p->width, b, i > 0);
    }
}

/* Others may wait for what comes by here, and so all is driven meanwhile. */
static void wait_for(struct summa *s, const struct panel_pair *pair,
                     bool (*reached)(const struct cascade *))
{
    while (!reached(&pair->a) || !reached(&pair->b))
        drive_panels(s, true);
}

/* A panel's room is free for the one that comes `ahead` + 1 later when its
 * product is made and the children have it. */
void summa_run(struct summa *s, size_t slice)
{
    for (int i = 0; i < s->ahead && i < s->panels; i++)
        fetch(s, i);
    for (int i = 0; i < s->panels; i++) {
        if (i > 0)
            wait_for(s, pair_of(s, i - 1), cascade_is_over);
        if (i + s->ahead < s->panels)
            fetch(s, i + s->ahead);
        wait_for(s, pair_of(s, i), cascade_has_come);
        multiply(s, i, slice);
    }
    for (int i = 0; i <= s->ahead; i++)
        wait_for(s, &s->pair[i], cascade_is_over);
}

/* -- layers --------------------------------------------------------------- */

/* To and from the peers of the other layers; returns how many. */
static int pose_sums(const struct summa *s, double *c,
                     struct transfer *transfer)
{
    int plane = s->grid_rows * s->grid_columns, n = 0;
    int mine = s->worker->rank / plane, at = s->worker->rank % plane;
    size_t row = s->column.count * sizeof *c;

    for (int layer = 0; layer < s->layers; layer++) {
        struct share its = share_of(s->row.count, 1, s->layers, layer);

        if (layer == mine)
            continue;
        transfer[n] = (struct transfer){
            .peer = layer * plane + at,
            .bytes = s->kept.count * row,
            .in = s->sums + (size_t)(n / 2) * s->kept.count * s->column.count};
        transfer[n + 1] =
            (struct transfer){.peer = layer * plane + at,
                              .bytes = its.count * row,
                              .out = c + its.first * s->column.count};
        n += 2;
    }
    return n;
}

void summa_swap_layers(struct summa *s, double *c)
{
    struct transfer transfer[TRANSFERS_MAX];

    worker_swap(s->worker, transfer, pose_sums(s, c, transfer));
}

void summa_add_layers(struct summa *s, double *c)
{
    size_t kept = s->kept.count * s->column.count;
    double *whole = c + (s->kept.first - s->row.first) * s->column.count;

    summa_swap_layers(s, c);
    for (int i = 0; i < s->layers - 1; i++) {
        const double *its = s->sums + (size_t)i * kept;

        for (size_t k = 0; k < kept; k++)
            whole[k] += its[k];
    }
}
