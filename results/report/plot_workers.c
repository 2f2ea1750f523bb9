/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who worked when: each worker from its start to its end, in the trial nearest
 * to the median and in the slowest one, with the time it was ready but its core
 * was given to others. When that was inside the bar is not known: it is drawn
 * at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "results/report/plot.h"

static bool applies(const struct view *view)
{
    const struct section *s = view->section[0];

    for (int i = 0; i < s->c.cells; i++) {
        if (s->track[i].shown[SHOWN_MEDIAN].span)
            return true;
    }
    return false;
}

static int fill_trial(const struct trial *trial, int workers, double unit,
                      int *line, struct plot_data *d, struct err *err)
{
    uint64_t first = plot_first_start(trial, workers);
    size_t n = thinned_count((size_t)workers, PLOT_WORKERS);

    for (size_t i = 0; i < n; i++) {
        size_t w = thinned_index(i, (size_t)workers, PLOT_WORKERS);
        const struct span *span = &trial->span[w];
        double start = (double)(span->start_ns - first) / unit;
        double end = (double)(span->end_ns - first) / unit;
        double waited = (double)span->waited_ns / unit;
        double row[] = {(double)w, start, end,
                        waited < end - start ? waited : end - start,
                        (double)-(*line)++};

        if (plot_row(d, row, err))
            return -1;
    }
    d->of += (size_t)workers;
    return 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    static const enum text which[SHOWN] = {TEXT_median_trial, TEXT_worst_trial};
    const struct section *s = view->section[0];
    const char *unit_name;
    double unit = plot_unit(plot_longest(s), &unit_name);
    char name[PLOT_NAME];
    int line = 0;

    plot_column(d, text_of(TEXT_worker, view->language));
    plot_time_heading(name, TEXT_start, unit_name, view->language);
    plot_column(d, name);
    plot_time_heading(name, TEXT_end, unit_name, view->language);
    plot_column(d, name);
    plot_time_heading(name, TEXT_waited, unit_name, view->language);
    plot_column(d, name);
    plot_column(d, text_of(TEXT_line, view->language));
    for (int i = 0; i < s->c.cells; i++) {
        for (int k = 0; k < SHOWN; k++) {
            if (!s->track[i].shown[k].span)
                continue;
            plot_series_of(d, s->c.cell[i].executor,
                           text_of(which[k], view->language));
            if (fill_trial(&s->track[i].shown[k], s->c.cell[i].workers, unit,
                           &line, d, err))
                return -1;
            line++;
        }
    }
    return 0;
}

static int height(const struct view *view, const struct plot_data *d)
{
    (void)view;
    return 90 + 13 * (int)(d->rows + d->all);
}

/* Which executor a series is of: its bars have the executor's colour. */
static int cell_of(const struct section *s, size_t series)
{
    size_t at = 0;

    for (int i = 0; i < s->c.cells; i++) {
        for (int k = 0; k < SHOWN; k++) {
            if (s->track[i].shown[k].span && at++ == series)
                return i;
        }
    }
    return 0;
}

static double line_of(const struct plot_data *d, size_t row)
{
    return d->value[row * (size_t)d->columns + 4];
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    const char *unit = strrchr(d->heading[2], ' ');
    char label[PLOT_NAME];
    bool begun = false;

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
    for (size_t s = 0; s < d->all; s++) {
        fprintf(out,
                "%sdata index %zu using (($2+$3)/2):5:2:3:($5-0.4):($5+0.4) "
                "with boxxyerror fs solid 0.75 noborder lc rgb '%s' notitle, "
                "data index %zu using (($2+$3)/2):5:($3-$4):3:($5-0.4):"
                "($5+0.4) with boxxyerror fs solid 1 noborder "
                "lc rgb '" FAINT "' %s",
                plot_next(&begun), s, plot_colour(cell_of(view->section[0], s)),
                s, s ? "notitle" : "title ");
        if (!s)
            fprintf(out, "'%s'", text_of(TEXT_waited, view->language));
    }
    fprintf(out, "\n");
}

const struct plot plot_of_workers = {
    .name = "workers",
    .title = TEXT_workers_title,
    .caption = TEXT_workers_caption,
    .alt = TEXT_workers_alt,
    .applies = applies,
    .fill = fill,
    .height = height,
    .draw = draw,
};
