/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of each trial by its block, warm-up and uncounted ones too, with
 * those ringed of which there is evidence that something disturbed them.
 */
#include "results/report/plot.h"

static bool applies(const struct view *view)
{
    for (int i = 0; i < view->section[0]->c.cells; i++) {
        if (view->section[0]->track[i].points)
            return true;
    }
    return false;
}

static double slowest(const struct section *s)
{
    double most = 0;

    for (int i = 0; i < s->c.cells; i++) {
        for (size_t k = 0; k < s->track[i].points; k++) {
            double ns = s->track[i].point[k].ns;

            most = ns > most ? ns : most;
        }
    }
    return most;
}

static int fill_cell(const struct view *view, const struct track *track,
                     double unit, struct plot_data *d, struct err *err)
{
    size_t n = thinned_count(track->points, view->points);

    for (size_t i = 0; i < n; i++) {
        const struct point *point =
            &track->point[thinned_index(i, track->points, view->points)];
        double row[] = {point->block, point->ns / unit, point->counts,
                        point->disturbed != 0};

        if (plot_row(d, row, err))
            return -1;
    }
    d->of += track->trials;
    return 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const struct section *s = view->section[0];
    char heading[PLOT_NAME];
    const char *name;
    double unit = plot_unit(slowest(s), &name);

    plot_column(d, text_of(TEXT_block, view->language));
    plot_time_heading(heading, TEXT_time_of_trial, name, view->language);
    plot_column(d, heading);
    plot_column(d, text_of(TEXT_counts, view->language));
    plot_column(d, text_of(TEXT_c_disturbed, view->language));
    for (int i = 0; i < s->c.cells; i++) {
        plot_series(d, s->c.cell[i].executor);
        if (fill_cell(view, &s->track[i], unit, d, err))
            return -1;
    }
    return 0;
}

static void find_blocks(const struct plot_data *d, double *first, double *last)
{
    *first = *last = 0;
    for (size_t i = 0; i < d->rows; i++) {
        double block = d->value[i * (size_t)d->columns];

        *first = block < *first ? block : *first;
        *last = block > *last ? block : *last;
    }
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    const struct section *s = view->section[0];
    double first, last;
    bool begun = false;

    plot_label(out, "xlabel", d->heading[0]);
    plot_label(out, "ylabel", d->heading[1]);
    find_blocks(d, &first, &last);
    plot_block_tics(out, last - first);
    fprintf(out,
            "set yrange [0:*]\nset xrange [%g:%g]\n"
            "set arrow 1 from first -0.5, graph 0 to first -0.5, graph 1 "
            "nohead lc rgb '" INK "' lw 0.7\n",
            first - 0.6, last + 0.6);
    if (plot_spans(d, 1))
        plot_log_axis(out, "y", d->heading[1], view->language);
    for (int i = 0; i < s->c.cells; i++) {
        if (!d->series[i].n)
            continue;
        fprintf(out, "%sdata index %d using 1:2 with points ",
                plot_next(&begun), i);
        plot_marker(out, i, 0.7);
        fprintf(out,
                " title '%s', data index %d using 1:($4 > 0 ? $2 : NaN) with "
                "points pt 6 ps 1.3 lw 0.8 lc rgb '" FAINT "' notitle",
                d->series[i].name, i);
    }
    fprintf(out, "\n");
}

const struct plot plot_of_blocks = {
    .name = "blocks",
    .title = TEXT_blocks_title,
    .caption = TEXT_blocks_caption,
    .alt = TEXT_blocks_alt,
    .applies = applies,
    .fill = fill,
    .draw = draw,
};
