/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- groups -------------------------------------------------------------- */

static int by_text(const struct section *a, const struct section *b)
{
    int order = strcmp(a->c.kernel, b->c.kernel);

    if (!order)
        order = strcmp(a->c.problem, b->c.problem);
    return order ? order : strcmp(a->c.mode, b->c.mode);
}

static int by_group(const void *a, const void *b)
{
    const struct section *x = *(const struct section *const *)a;
    const struct section *y = *(const struct section *const *)b;
    int order = by_text(x, y);

    if (!order)
        order = (x->c.workers > y->c.workers) - (x->c.workers < y->c.workers);
    if (!order)
        order = (x->file > y->file) - (x->file < y->file);
    return order ? order : (x->plan > y->plan) - (x->plan < y->plan);
}

static size_t same_group(const struct section **s, size_t n)
{
    size_t same = 1;

    while (same < n && by_text(s[0], s[same]) == 0)
        same++;
    return same;
}

int curves_groups(const struct report *report, const struct section ***section,
                  size_t **size, size_t *groups, struct err *err)
{
    size_t n = report->sections, out = 0;
    const struct section **all = calloc(n + 1, sizeof *all);

    *groups = 0;
    *size = calloc(n + 1, sizeof **size);
    *section = all;
    if (!all || !*size)
        return err_set(err, EXIT_RESOURCE, "no memory for the report");
    for (size_t i = 0; i < n; i++)
        all[i] = report->section[i];
    qsort(all, n, sizeof *all, by_group);
    for (size_t i = 0, same; i < n; i += same) {
        same = same_group(all + i, n - i);
        if (all[i]->c.workers == all[i + same - 1]->c.workers)
            continue;
        memmove(all + out, all + i, same * sizeof *all);
        (*size)[(*groups)++] = same;
        out += same;
    }
    return 0;
}

/* -- points -------------------------------------------------------------- */

static int find_cell(const struct section *s, const char *name)
{
    for (int i = 0; i < s->c.cells; i++) {
        if (s->j.cell[i].n && strcmp(s->c.cell[i].executor, name) == 0)
            return i;
    }
    return -1;
}

static bool all_based(const struct view *view)
{
    for (size_t i = 0; i < view->n; i++) {
        if (view->section[i]->j.base < 0)
            return false;
    }
    return true;
}

int curves_executors(const struct view *view, const char *name[CELLS_MAX])
{
    int n = 0;

    for (size_t i = 0; i < view->n; i++) {
        const struct section *s = view->section[i];

        for (int k = 0; k < s->c.cells && n < CELLS_MAX; k++) {
            bool known = k == s->j.base || !s->j.cell[k].n;

            for (int e = 0; e < n; e++)
                known = known || strcmp(name[e], s->c.cell[k].executor) == 0;
            if (!known)
                name[n++] = s->c.cell[k].executor;
        }
    }
    return n;
}

/* Tasks a second, over those of the first point. */
static double own_speedup(const struct view *view, const char *name, size_t i)
{
    const struct section *s = view->section[i];

    for (size_t k = 0; k <= i; k++) {
        const struct section *base = view->section[k];
        int cell = find_cell(base, name), mine = find_cell(s, name);

        if (cell >= 0 && base->j.cell[cell].rate > 0)
            return s->j.cell[mine].rate / base->j.cell[cell].rate *
                   base->c.cell[cell].workers;
    }
    return NAN;
}

size_t curves_points(const struct view *view, const char *name,
                     struct curve_point *out)
{
    bool based = all_based(view);
    size_t n = 0;

    for (size_t i = 0; i < view->n; i++) {
        const struct section *s = view->section[i];
        int cell = find_cell(s, name);
        const struct estimate *e = cell < 0 ? NULL : &s->j.cell[cell].speedup;

        if (!e)
            continue;
        out[n] = (struct curve_point){s->c.cell[cell].workers, NAN, NAN, NAN};
        out[n].speedup = based ? e->value : own_speedup(view, name, i);
        if (based && e->valid) {
            out[n].low = e->ci.low;
            out[n].high = e->ci.high;
        }
        n++;
    }
    return n;
}

void curves_base(const struct view *view, char *out, size_t size)
{
    if (all_based(view))
        snprintf(out, size, "%s", text_of(TEXT_base_serial, view->language));
    else
        snprintf(out, size, text_of(TEXT_base_fewest, view->language),
                 view->section[0]->c.workers);
}

/* -- plots --------------------------------------------------------------- */

static int fill_one(const struct view *view, const char *name, bool efficiency,
                    struct plot_data *d, struct err *err)
{
    struct curve_point *point = calloc(view->n, sizeof *point);
    size_t n;
    int failed = 0;

    if (!point)
        return err_set(err, EXIT_RESOURCE, "no memory for a plot");
    n = curves_points(view, name, point);
    for (size_t i = 0; i < n && !failed; i++) {
        double scale = efficiency ? 100.0 / point[i].workers : 1;
        double row[] = {point[i].workers, scale * point[i].speedup,
                        scale * point[i].low, scale * point[i].high};

        failed = plot_row(d, row, err);
    }
    free(point);
    return failed;
}

int curves_fill(const struct view *view, struct plot_data *d, bool efficiency,
                struct err *err)
{
    const char *name[CELLS_MAX];
    int n = curves_executors(view, name);
    char heading[PLOT_NAME], base[PLOT_NAME];

    curves_base(view, base, sizeof base);
    snprintf(heading, sizeof heading, "%s (%.40s)",
             text_of(efficiency ? TEXT_efficiency_percent : TEXT_h_speedup,
                     view->language),
             base);
    plot_column(d, text_of(TEXT_f_workers, view->language));
    plot_column(d, heading);
    plot_column(d, text_of(TEXT_ci_low, view->language));
    plot_column(d, text_of(TEXT_ci_high, view->language));
    for (int i = 0; i < n; i++) {
        plot_series(d, name[i]);
        if (fill_one(view, name[i], efficiency, d, err))
            return -1;
    }
    return 0;
}

enum { TICS = 12 };

void curves_tics(FILE *out, const struct view *view)
{
    int counts = 0, before = -1;

    for (size_t i = 0; i < view->n; i++) {
        counts += view->section[i]->c.workers != before;
        before = view->section[i]->c.workers;
    }
    if (counts > TICS)
        return;
    fputs("set xtics (", out);
    for (size_t i = 0; i < view->n; i++)
        fprintf(out, "%s%d", i ? ", " : "", view->section[i]->c.workers);
    if (curves_reach(view) > before)
        fprintf(out, ", %d", curves_reach(view));
    fputs(")\n", out);
}

/* An executor has the colour and form that it has in other pictures. */
int curves_look(const struct view *view, int series)
{
    const char *name[CELLS_MAX];
    int n = curves_executors(view, name), cell = -1;

    for (size_t i = 0; i < view->n && cell < 0 && series < n; i++)
        cell = find_cell(view->section[i], name[series]);
    return cell < 0 ? series : cell;
}

void curves_draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    for (size_t s = 0; s < d->all; s++) {
        int look = curves_look(view, (int)s);

        fprintf(out, ", \\\n     data index %zu using 1:2 with lines ", s);
        plot_line(out, look);
        fprintf(out,
                " notitle, data index %zu using 1:($3 == $3 ? $2 : NaN):3:4 "
                "with yerrorbars ",
                s);
        plot_marker(out, look, 0.9);
        fprintf(out, " title '%s', data index %zu using 1:2 with points ",
                d->series[s].name, s);
        plot_marker(out, look, 0.9);
        fprintf(out, " notitle");
    }
    fprintf(out, "\n");
}
