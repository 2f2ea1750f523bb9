/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speed-up against the number of workers, with the ideal line.
 */
#include "results/report/curves.h"

static bool applies(const struct view *view)
{
    const char *name[CELLS_MAX];

    return view->n > 1 && curves_executors(view, name) > 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    return curves_fill(view, d, false, err);
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    bool begun = false;

    plot_label(out, "xlabel", d->heading[0]);
    plot_label(out, "ylabel", d->heading[1]);
    curves_axis(out, view);
    curves_zone(out, view);
    fprintf(out,
            "%s\n%sx with lines lc rgb '" FAINT "' lw 1.5 dt (6,4) title '%s'",
            curves_wide(view) ? "set logscale y 2" : "set yrange [0:*]",
            plot_next(&begun), text_of(TEXT_ideal, view->language));
    curves_draw_model(out, view, false);
    curves_draw(out, view, d);
}

const struct plot plot_of_speedup = {
    .name = "speedup",
    .title = TEXT_speedup_title,
    .caption = TEXT_speedup_caption,
    .alt = TEXT_speedup_alt,
    .scaling = true,
    .brief = true,
    .applies = applies,
    .fill = fill,
    .draw = draw,
    .tell = curves_tell,
};
