/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel measured of its own phases: every metric that is a time, as
 * the phases of input and output are. A kernel that adds such a metric has it
 * drawn.
 */
#include <math.h>
#include <string.h>

#include "results/report/plot.h"

enum { PHASES = PLOT_COLUMNS };

static bool is_phase(const struct metric *metric)
{
    return strcmp(metric->unit, "s") == 0;
}

static int list_phases(const struct section *s, int *out)
{
    int n = 0;

    for (int m = 0; m < s->c.metrics && n < PHASES; m++) {
        if (is_phase(&s->c.metric[m]))
            out[n++] = m;
    }
    return n;
}

static bool applies(const struct view *view)
{
    const struct section *s = view->section[0];
    int phase[PHASES], n = list_phases(s, phase);

    for (int i = 0; i < s->c.cells; i++) {
        for (int p = 0; p < n; p++) {
            if (isfinite(s->track[i].metric[phase[p]]))
                return true;
        }
    }
    return false;
}

static double longest(const struct section *s, const int *phase, int n)
{
    double most = 0;

    for (int i = 0; i < s->c.cells; i++) {
        for (int p = 0; p < n; p++)
            most = fmax(most, s->track[i].metric[phase[p]]);
    }
    return most;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const struct section *s = view->section[0];
    int phase[PHASES], n = list_phases(s, phase);
    const char *unit_name;
    double unit = plot_unit(longest(s, phase, n) * 1e9, &unit_name) * 1e-9;
    char heading[PLOT_NAME], name[PLOT_NAME];

    for (int p = 0; p < n; p++) {
        plot_name(name, s->c.metric[phase[p]].name);
        snprintf(heading, sizeof heading, "%.40s, %s", name, unit_name);
        plot_column(d, heading);
    }
    for (int i = 0; i < s->c.cells; i++) {
        double row[PHASES];

        plot_series(d, s->c.cell[i].executor);
        for (int p = 0; p < n; p++)
            row[p] = s->track[i].metric[phase[p]] / unit;
        if (s->j.cell[i].n && plot_row(d, row, err))
            return -1;
    }
    return 0;
}

/* Bars of an executor stand together, a bar a phase. */
static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    const char *unit = strrchr(d->heading[0], ' ');
    char label[PLOT_NAME];
    bool begun = false;
    double width = 0.8 / d->columns;

    plot_time_heading(label, TEXT_phase_time, unit ? unit + 1 : "",
                      view->language);
    plot_label(out, "ylabel", label);
    fprintf(out, "set yrange [0:*]\nset xrange [-0.6:%g]\nset xtics scale 0 (",
            (double)d->all - 0.4);
    for (size_t s = 0; s < d->all; s++)
        fprintf(out, "%s'%s' %zu", s ? ", " : "", d->series[s].name, s);
    fprintf(out, ")\nset grid noxtics\n");
    for (size_t s = 0; s < d->all; s++) {
        for (int k = 0; k < d->columns; k++) {
            double left = (double)s - 0.4 + k * width;

            fprintf(out,
                    "%sdata index %zu using (%g):($%d/2):(%g):(%g):(0):%d "
                    "with boxxyerror fs solid 0.8 noborder lc rgb '%s' ",
                    plot_next(&begun), s, left, k + 1, left, left + 0.9 * width,
                    k + 1, plot_colour(k));
            if (s)
                fprintf(out, "notitle");
            else
                fprintf(out, "title '%.*s'", (int)strcspn(d->heading[k], ","),
                        d->heading[k]);
        }
    }
    fprintf(out, "\n");
}

const struct plot plot_of_phases = {
    .name = "phases",
    .title = TEXT_phases_title,
    .caption = TEXT_phases_caption,
    .alt = TEXT_phases_alt,
    .applies = applies,
    .fill = fill,
    .draw = draw,
};
