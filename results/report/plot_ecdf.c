/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The share of trials that took at most so long, a step a trial: honest with
 * few of them, and with two humps.
 */
#include "results/report/plot.h"

enum { DENSE = 60 }; /* points whose marks would hide each other */

static bool applies(const struct view *view)
{
    for (int i = 0; i < view->section[0]->c.cells; i++) {
        if (view->section[0]->track[i].steps)
            return true;
    }
    return false;
}

static double slowest(const struct section *s)
{
    double most = 0;

    for (int i = 0; i < s->c.cells; i++) {
        const struct track *track = &s->track[i];

        if (track->steps && track->step[track->steps - 1] > most)
            most = track->step[track->steps - 1];
    }
    return most;
}

static int fill_cell(const struct view *view, const struct track *track,
                     double unit, struct plot_data *d, struct err *err)
{
    size_t n = thinned_count(track->steps, view->points);

    for (size_t i = 0; i < n; i++) {
        size_t at = thinned_index(i, track->steps, view->points);
        size_t rank = thinned_index(at, track->stepped, STEPS_MAX) + 1;
        double row[] = {track->step[at] / unit,
                        (double)rank / (double)track->stepped};

        if (plot_row(d, row, err))
            return -1;
    }
    d->of += track->stepped;
    return 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const struct section *s = view->section[0];
    char heading[PLOT_NAME];
    const char *name;
    double unit = plot_unit(slowest(s), &name);

    plot_time_heading(heading, TEXT_time_of_trial, name, view->language);
    plot_column(d, heading);
    plot_column(d, text_of(TEXT_share_of_trials, view->language));
    for (int i = 0; i < s->c.cells; i++) {
        plot_series(d, s->c.cell[i].executor);
        if (fill_cell(view, &s->track[i], unit, d, err))
            return -1;
    }
    return 0;
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    const struct section *s = view->section[0];
    bool begun = false;

    plot_label(out, "xlabel", d->heading[0]);
    plot_label(out, "ylabel", d->heading[1]);
    fprintf(out, "set yrange [0:1.02]\n");
    if (plot_spans(d, 0))
        plot_log_axis(out, "x", d->heading[0], view->language);
    for (int i = 0; i < s->c.cells; i++) {
        if (!s->track[i].steps)
            continue;
        fprintf(out, "%sdata index %d using 1:2 with fsteps ",
                plot_next(&begun), i);
        plot_line(out, i);
        fprintf(out, " title '%s', data index %d using 1:2 with points ",
                d->series[i].name, i);
        plot_marker(out, i, d->series[i].n > DENSE ? 0.35 : 0.7);
        fprintf(out, " notitle");
    }
    fprintf(out, "\n");
}

const struct plot plot_of_ecdf = {
    .name = "ecdf",
    .title = TEXT_ecdf_title,
    .caption = TEXT_ecdf_caption,
    .alt = TEXT_ecdf_alt,
    .brief = true,
    .applies = applies,
    .fill = fill,
    .draw = draw,
};
