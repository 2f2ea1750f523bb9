/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Efficiency against the granularity of tasks, with rulers at 50 and 90 %.
 */
#include <math.h>
#include <stdlib.h>

#include "results/report/plot.h"

static bool applies(const struct view *view)
{
    return view->sweep && view->sweep->rows > 0;
}

static int fill_one(const struct view *view, int row, double unit,
                    struct plot_data *d, struct err *err)
{
    const struct study_sweeps *s = view->sweeps;
    struct metg_point *point = calloc((size_t)s->n + 1, sizeof *point);
    int n = point ? metg_points(s->c, s->j, s->n, view->sweep, row, point, err)
                  : err_set(err, EXIT_RESOURCE, "no memory for a plot");
    int failed = n < 0;

    for (int i = 0; i < n && !failed; i++) {
        double value[] = {point[i].ns / unit, 100 * point[i].efficiency};

        failed = plot_row(d, value, err);
    }
    free(point);
    return failed ? -1 : 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    char heading[PLOT_NAME];

    plot_time_heading(heading, TEXT_metg_task, "us", view->language);
    plot_column(d, heading);
    plot_column(d, text_of(TEXT_efficiency_percent, view->language));
    for (int i = 0; i < view->sweep->rows; i++) {
        plot_series(d, view->sweep->row[i].executor);
        if (fill_one(view, i, 1e3, d, err))
            return -1;
    }
    return 0;
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    bool begun = false;

    plot_label(out, "xlabel", d->heading[0]);
    plot_label(out, "ylabel", d->heading[1]);
    fprintf(out, "set logscale x\nset yrange [0:*]\n");
    for (int k = 0; k < METG_LEVELS; k++)
        fprintf(out,
                "%s%g with lines lc rgb '" FAINT "' lw 1.5 dt (6,4) notitle",
                plot_next(&begun), 100 * metg_level[k]);
    for (size_t s = 0; s < d->all; s++) {
        fprintf(out, "%sdata index %zu using 1:2 with lines ",
                plot_next(&begun), s);
        plot_line(out, (int)s);
        fprintf(out, " notitle, data index %zu using 1:2 with points ", s);
        plot_marker(out, (int)s, 0.9);
        fprintf(out, " title '%s'", d->series[s].name);
    }
    fprintf(out, "\n");
    (void)view;
}

const struct plot plot_of_metg = {
    .name = "metg",
    .title = TEXT_metg_title,
    .caption = TEXT_metg_caption,
    .alt = TEXT_metg_alt,
    .sweep = true,
    .applies = applies,
    .fill = fill,
    .draw = draw,
};
