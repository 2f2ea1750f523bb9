/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time against the number of workers, both logarithmic, with the ideal line:
 * shared-out work takes 1 / workers, replicated work always as long.
 */
#include <math.h>
#include <string.h>

#include "results/report/curves.h"

static bool applies(const struct view *view)
{
    const char *name[CELLS_MAX];

    return view->n > 1 && curves_executors(view, name) > 0;
}

static double longest(const struct view *view)
{
    double most = 0;

    for (size_t i = 0; i < view->n; i++) {
        for (int k = 0; k < view->section[i]->c.cells; k++) {
            const struct summary *s = &view->section[i]->j.cell[k];

            most = s->n ? fmax(most, s->median_ns) : most;
        }
    }
    return most;
}

static int fill_one(const struct view *view, const char *name, double unit,
                    struct plot_data *d, struct err *err)
{
    for (size_t i = 0; i < view->n; i++) {
        const struct section *s = view->section[i];

        for (int k = 0; k < s->c.cells; k++) {
            const struct summary *j = &s->j.cell[k];
            bool sure = j->ci_ns.valid;
            double row[] = {s->c.cell[k].workers, j->median_ns / unit,
                            sure ? j->ci_ns.ci.low / unit : NAN,
                            sure ? j->ci_ns.ci.high / unit : NAN};

            if (j->n && strcmp(s->c.cell[k].executor, name) == 0 &&
                plot_row(d, row, err))
                return -1;
        }
    }
    return 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const char *name[CELLS_MAX], *unit_name;
    double unit = plot_unit(longest(view), &unit_name);
    int n = curves_executors(view, name);
    char heading[PLOT_NAME];

    plot_time_heading(heading, TEXT_time_of_trial, unit_name, view->language);
    plot_column(d, text_of(TEXT_f_workers, view->language));
    plot_column(d, heading);
    plot_column(d, text_of(TEXT_ci_low, view->language));
    plot_column(d, text_of(TEXT_ci_high, view->language));
    for (int i = 0; i < n; i++) {
        plot_series(d, name[i]);
        if (fill_one(view, name[i], unit, d, err))
            return -1;
    }
    return 0;
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    bool begun = false;
    int least = view->section[0]->c.workers;

    plot_label(out, "xlabel", d->heading[0]);
    plot_label(out, "ylabel", d->heading[1]);
    curves_tics(out, view);
    fprintf(out,
            "set logscale xy\nset xrange [%g:%g]\nset yrange [*:*]\n"
            "%s%.9g%s with lines lc rgb '" FAINT "' lw 1.5 dt (6,4) title '%s'",
            least * 0.9, view->section[view->n - 1]->c.workers * 1.1,
            plot_next(&begun),
            d->value[1] * (view->section[0]->c.replicate ? 1 : d->value[0]),
            view->section[0]->c.replicate ? "" : "/x",
            text_of(TEXT_ideal, view->language));
    curves_draw(out, view, d);
}

const struct plot plot_of_times = {
    .name = "times",
    .title = TEXT_times_title,
    .caption = TEXT_times_caption,
    .alt = TEXT_times_alt,
    .scaling = true,
    .applies = applies,
    .fill = fill,
    .draw = draw,
};
