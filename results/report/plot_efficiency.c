/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Efficiency, speed-up over workers, against the number of workers, with a
 * ruler at 80 %.
 */
#include "results/report/curves.h"

static bool applies(const struct view *view)
{
    const char *name[CELLS_MAX];

    return view->n > 1 && curves_executors(view, name) > 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    return curves_fill(view, d, true, err);
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    bool begun = false;

    plot_label(out, "xlabel", d->heading[0]);
    plot_label(out, "ylabel", d->heading[1]);
    curves_axis(out, view);
    curves_zone(out, view);
    fprintf(out,
            "set yrange [0:*]\n"
            "%s80 with lines lc rgb '" FAINT "' lw 1.5 dt (6,4) title '80 %%'",
            plot_next(&begun));
    curves_draw_model(out, view, true);
    curves_draw(out, view, d);
}

const struct plot plot_of_efficiency = {
    .name = "efficiency",
    .title = TEXT_efficiency_title,
    .caption = TEXT_efficiency_caption,
    .alt = TEXT_efficiency_alt,
    .scaling = true,
    .applies = applies,
    .fill = fill,
    .draw = draw,
    .tell = curves_tell,
};
