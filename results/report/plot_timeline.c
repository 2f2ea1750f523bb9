/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phases of each worker over time, as a kernel of files reads, waits and
 * writes: who did what when, in the trial nearest to the median and in the
 * slowest one. Records that do not hold phases of each worker have no such
 * picture, but that of their medians.
 */
#include <string.h>

#include "results/report/plot.h"

/* Columns: worker, start, end of each phase, line. */
enum { BEFORE = 2, PHASES = PLOT_COLUMNS - BEFORE - 1 };

_Static_assert((int)PHASES <= (int)PHASES_MAX,
               "a picture shows no more than there are");

/* Metrics in seconds, which phases are of, in their order. */
static int list_phases(const struct section *s, int *out)
{
    int n = 0;

    for (int m = 0; m < s->c.metrics && n < PHASES; m++) {
        if (strcmp(s->c.metric[m].unit, "s") == 0)
            out[n++] = m;
    }
    return n;
}

static double sum_of(const struct span *span, int phases)
{
    double sum = 0;

    for (int p = 0; p < phases; p++)
        sum += (double)span->phase_ns[p];
    return sum;
}

/* Fewer than PHASES_MAX phases come first; a trial has them or has not. */
static bool has_phases(const struct section *s, const struct trial *trial,
                       int workers)
{
    int phase[PHASES], n = list_phases(s, phase);

    for (int w = 0; trial->span && w < workers; w++) {
        if (sum_of(&trial->span[w], n) > 0)
            return true;
    }
    return false;
}

static bool is_shown(const struct section *s, int cell, int which)
{
    return has_phases(s, &s->track[cell].shown[which], s->c.cell[cell].workers);
}

static bool applies(const struct view *view)
{
    const struct section *s = view->section[0];

    for (int i = 0; i < s->c.cells; i++) {
        if (is_shown(s, i, SHOWN_MEDIAN))
            return true;
    }
    return false;
}

/* -- numbers ------------------------------------------------------------- */

/* Phases end where the worker does; what rounding leaves over is at the
 * begin. */
static int fill_worker(const struct trial *trial, size_t w, uint64_t first,
                       double unit, int phases, double line,
                       struct plot_data *d, struct err *err)
{
    const struct span *span = &trial->span[w];
    double at = (double)(span->end_ns - first) - sum_of(span, phases);
    double row[PLOT_COLUMNS] = {(double)w, (at > 0 ? at : 0) / unit};

    for (int p = 0; p < phases; p++) {
        at += (double)span->phase_ns[p];
        row[BEFORE + p] = (at > 0 ? at : 0) / unit;
    }
    row[BEFORE + phases] = line;
    return plot_row(d, row, err);
}

static int fill_trial(const struct trial *trial, int workers, double unit,
                      int phases, int *line, struct plot_data *d,
                      struct err *err)
{
    uint64_t first = plot_first_start(trial, workers);
    size_t n = thinned_count((size_t)workers, PLOT_WORKERS);

    for (size_t i = 0; i < n; i++) {
        size_t w = thinned_index(i, (size_t)workers, PLOT_WORKERS);

        if (fill_worker(trial, w, first, unit, phases, (double)-(*line)++, d,
                        err))
            return -1;
    }
    d->of += (size_t)workers;
    ++*line;
    return 0;
}

static void add_columns(const struct view *view, const int *phase, int phases,
                        const char *unit, struct plot_data *d)
{
    const struct section *s = view->section[0];
    char heading[PLOT_NAME], name[PLOT_NAME];

    plot_column(d, text_of(TEXT_worker, view->language));
    plot_time_heading(heading, TEXT_start, unit, view->language);
    plot_column(d, heading);
    for (int p = 0; p < phases; p++) {
        plot_name(name, s->c.metric[phase[p]].name);
        snprintf(heading, sizeof heading, "%.40s, %s", name, unit);
        plot_column(d, heading);
    }
    plot_column(d, text_of(TEXT_line, view->language));
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    static const enum text which[SHOWN] = {TEXT_median_trial, TEXT_worst_trial};
    const struct section *s = view->section[0];
    const char *unit_name;
    double unit = plot_unit(plot_longest(s), &unit_name);
    int phase[PHASES], phases = list_phases(s, phase), line = 0;

    add_columns(view, phase, phases, unit_name, d);
    for (int i = 0; i < s->c.cells; i++) {
        for (int k = 0; k < SHOWN; k++) {
            if (!is_shown(s, i, k))
                continue;
            plot_series_of(d, s->c.cell[i].executor,
                           text_of(which[k], view->language));
            if (fill_trial(&s->track[i].shown[k], s->c.cell[i].workers, unit,
                           phases, &line, d, err))
                return -1;
        }
    }
    return 0;
}

/* -- the picture --------------------------------------------------------- */

static int height(const struct view *view, const struct plot_data *d)
{
    (void)view;
    return 90 + 13 * (int)(d->rows + d->all);
}

static double line_of(const struct plot_data *d, size_t row)
{
    return d->value[row * (size_t)d->columns + (size_t)d->columns - 1];
}

/* Phases differ by colour and by how light they are, and by their order. */
static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    static const double fill[] = {1, 0.35, 0.7, 0.5};
    static const int look[] = {0, 4, 1, 2};
    const char *unit = strrchr(d->heading[1], ' ');
    char label[PLOT_NAME];
    bool begun = false;
    int lines = d->columns;

    plot_time_heading(label, TEXT_time, unit ? unit + 1 : "", view->language);
    plot_label(out, "xlabel", label);
    fprintf(out,
            "set xrange [0:*]\nset yrange [%g:1]\nset grid noytics\n"
            "set border 1\nset ytics scale 0 (",
            line_of(d, d->rows - 1) - 0.9);
    for (size_t s = 0; s < d->all; s++)
        fprintf(out, "%s'%s' %g", s ? ", " : "", d->series[s].name,
                (line_of(d, d->series[s].first) +
                 line_of(d, d->series[s].first + d->series[s].n - 1)) /
                    2);
    fprintf(out, ")\n");
    for (int k = BEFORE + 1; k < lines; k++) {
        size_t name = strcspn(d->heading[k - 1], ",");

        fprintf(out,
                "%sdata using (($%d+$%d)/2):%d:%d:%d:($%d-0.4):($%d+0.4) with "
                "boxxyerror lc rgb '%s' fs solid %g border lc rgb '%s' title "
                "'%.*s'",
                plot_next(&begun), k - 1, k, lines, k - 1, k, lines, lines,
                plot_colour(look[k - BEFORE - 1]), fill[k - BEFORE - 1],
                plot_colour(look[k - BEFORE - 1]), (int)name,
                d->heading[k - 1]);
    }
    fputc('\n', out);
}

const struct plot plot_of_timeline = {
    .name = "timeline",
    .title = TEXT_timeline_title,
    .caption = TEXT_timeline_caption,
    .alt = TEXT_timeline_alt,
    .applies = applies,
    .fill = fill,
    .height = height,
    .draw = draw,
};
