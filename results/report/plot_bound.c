/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rate of each executor beside what its seats can do, where that bound was
 * measured.
 */
#include <math.h>

#include "results/report/plot.h"

static bool applies(const struct view *view)
{
    const struct section *s = view->section[0];

    for (int i = 0; i < s->c.cells; i++) {
        if (s->c.cell[i].bound_rate > 0 && s->j.cell[i].n)
            return true;
    }
    return false;
}

/* Characters that fit below the picture; names share them. */
enum { TICKS_TEXT = 64 };

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const struct section *s = view->section[0];
    char unit[24], heading[PLOT_NAME];

    plot_name(heading, s->c.unit);
    snprintf(unit, sizeof unit, "G%.16s/s", heading);
    plot_time_heading(heading, TEXT_rate, unit, view->language);
    plot_column(d, heading);
    plot_time_heading(heading, TEXT_rate_low, unit, view->language);
    plot_column(d, heading);
    plot_time_heading(heading, TEXT_rate_high, unit, view->language);
    plot_column(d, heading);
    plot_time_heading(heading, TEXT_bound, unit, view->language);
    plot_column(d, heading);
    for (int i = 0; i < s->c.cells; i++) {
        const struct summary *j = &s->j.cell[i];
        double bound = s->c.cell[i].bound_rate, work = j->rate * j->median_ns;
        double row[] = {j->rate * 1e-9,
                        j->ci_ns.valid ? work / j->ci_ns.ci.high * 1e-9 : NAN,
                        j->ci_ns.valid ? work / j->ci_ns.ci.low * 1e-9 : NAN,
                        bound > 0 ? bound * 1e-9 : NAN};

        plot_series(d, s->c.cell[i].executor);
        if (j->n && plot_row(d, row, err))
            return -1;
    }
    return 0;
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    bool begun = false;

    plot_label(out, "ylabel", d->heading[0]);
    fprintf(out,
            "set yrange [0:*]\nset xrange "
            "[-0.6:%g]\nset xtics scale 0 (",
            (double)d->all - 0.4);
    for (size_t s = 0; s < d->all; s++)
        fprintf(out, "%s'%.*s' %zu", s ? ", " : "", TICKS_TEXT / (int)d->all,
                d->series[s].name, s);
    fprintf(out, ")\nset grid noxtics\n");
    for (size_t s = 0; s < d->all; s++) {
        if (!d->series[s].n)
            continue;
        fprintf(out,
                "%sdata index %zu using (%zu):($1/2):(%g):(%g):(0):1 with "
                "boxxyerror fs solid 0.7 noborder lc rgb '%s' notitle, "
                "data index %zu using (%zu):2:(0):($3-$2) with vectors heads "
                "size graph 0.012,90 lw 1.5 lc rgb '" INK "' notitle, "
                "data index %zu using (%g):4:(0.7):(0) with vectors nohead "
                "lw 3 lc rgb '%s' ",
                plot_next(&begun), s, s, (double)s - 0.3, (double)s + 0.3,
                plot_colour((int)s), s, s, s, (double)s - 0.35, plot_colour(1));
        if (s + 1 == d->all)
            fprintf(out, "title '%s'", text_of(TEXT_bound, view->language));
        else
            fprintf(out, "notitle");
    }
    fprintf(out, "\n");
}

const struct plot plot_of_bound = {
    .name = "bound",
    .title = TEXT_bound_title,
    .caption = TEXT_bound_caption,
    .alt = TEXT_bound_alt,
    .applies = applies,
    .fill = fill,
    .draw = draw,
};
