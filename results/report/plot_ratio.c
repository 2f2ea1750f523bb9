/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each block's ratio of a pair of executors, with the interval of the estimate
 * and the zone inside which a difference does not matter; a panel a pair.
 */
#include <math.h>

#include "results/report/plot.h"

static int pairs(const struct section *s)
{
    return s->j.pairs < PLOT_PAIRS ? s->j.pairs : PLOT_PAIRS;
}

static bool applies(const struct view *view)
{
    const struct section *s = view->section[0];

    for (int i = 0; i < pairs(s); i++) {
        if (s->ratios[i].n)
            return true;
    }
    return false;
}

static int fill_pair(const struct view *view, const struct ratios *ratios,
                     struct plot_data *d, struct err *err)
{
    size_t n = thinned_count(ratios->n, view->points);

    for (size_t i = 0; i < n; i++) {
        const struct ratio *ratio =
            &ratios->ratio[thinned_index(i, ratios->n, view->points)];
        double row[] = {ratio->block, 100 * (ratio->value - 1)};

        if (plot_row(d, row, err))
            return -1;
    }
    d->of += ratios->of;
    return 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const struct section *s = view->section[0];
    char name[PLOT_NAME];

    plot_column(d, text_of(TEXT_block, view->language));
    plot_column(d, text_of(TEXT_difference, view->language));
    for (int i = 0; i < pairs(s); i++) {
        snprintf(name, sizeof name, "%.28s : %.28s",
                 s->c.cell[s->j.pair[i].a].executor,
                 s->c.cell[s->j.pair[i].b].executor);
        plot_series(d, name);
        if (fill_pair(view, &s->ratios[i], d, err))
            return -1;
    }
    return 0;
}

static int height(const struct view *view, const struct plot_data *d)
{
    (void)d;
    return 20 + 210 * pairs(view->section[0]);
}

static double percent(double log_ratio)
{
    return 100 * expm1(log_ratio);
}

/* A line across the panel. */
static void ruler(FILE *out, int number, double y, const char *colour,
                  double width)
{
    fprintf(out,
            "set arrow %d from graph 0, first %.6g to graph 1, first %.6g "
            "nohead lc rgb '%s' lw %g\n",
            number, y, y, colour, width);
}

/* The zone and the band are to be seen even where no block is. */
static void set_range(FILE *out, const struct section *s,
                      const struct plot_data *d, int i)
{
    const struct estimate *r = &s->j.pair[i].pair.ratio;
    const struct plot_series *series = &d->series[i];
    double low = -100 * s->c.margin, high = 100 * s->c.margin, gap;

    if (r->valid) {
        low = fmin(low, percent(r->ci.low));
        high = fmax(high, percent(r->ci.high));
    }
    for (size_t k = series->first; k < series->first + series->n; k++) {
        low = fmin(low, d->value[2 * k + 1]);
        high = fmax(high, d->value[2 * k + 1]);
    }
    gap = 0.06 * (high - low) + 1e-6;
    fprintf(out, "set yrange [%.6g:%.6g]\nset ytics %g\n", low - gap,
            high + gap, plot_step(high - low));
}

static void draw_pair(FILE *out, const struct section *s,
                      const struct plot_data *d, int i)
{
    const struct estimate *r = &s->j.pair[i].pair.ratio;

    set_range(out, s, d, i);
    fprintf(out, "unset object\nset title '%s'\n", d->series[i].name);
    fprintf(out,
            "set object 1 rectangle from graph 0, first %.6g to graph 1, "
            "first %.6g fc rgb '" FAINT "' fs solid 0.25 noborder behind\n",
            percent(-log1p(s->c.margin)), 100 * s->c.margin);
    if (r->valid)
        fprintf(
            out,
            "set object 2 rectangle from graph 0, first %.6g to graph 1, "
            "first %.6g fc rgb '%s' fs solid 0.3 border lc rgb '%s' behind\n",
            percent(r->ci.low), percent(r->ci.high), plot_colour(i),
            plot_colour(i));
    ruler(out, 1, 0, INK, 0.7);
    ruler(out, 2, percent(r->value), plot_colour(i), 2);
    fprintf(out, "plot data index %d using 1:2 with points notitle ", i);
    plot_marker(out, i, 0.8);
    fprintf(out, "\n");
}

/* Characters left of the axis: the numbers of it, of five digits and more where
 * somebody is a thousand times slower, and its label. */
static int left_margin(const struct section *s, const struct plot_data *d)
{
    double most = 100 * s->c.margin;
    int margin = 9;

    for (int i = 0; i < pairs(s); i++) {
        if (s->j.pair[i].pair.ratio.valid)
            most = fmax(most, percent(s->j.pair[i].pair.ratio.ci.high));
    }
    for (size_t k = 0; k < d->rows; k++)
        most = fmax(most, d->value[2 * k + 1]);
    for (; most >= 10000 && margin < 13; most /= 10)
        margin++;
    return margin;
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    const struct section *s = view->section[0];

    fprintf(out,
            "set multiplot layout %d,1\nset lmargin %d\nset rmargin 2\n"
            "set tmargin 2\nset bmargin 2.5\nset xrange [-0.6:%g]\n",
            pairs(s), left_margin(s, d), s->c.blocks - 0.4);
    plot_block_tics(out, s->c.blocks);
    plot_label(out, "ylabel", d->heading[1]);
    for (int i = 0; i < pairs(s); i++) {
        if (i == pairs(s) - 1) {
            plot_label(out, "xlabel", d->heading[0]);
            fprintf(out, "set bmargin 3.5\n");
        }
        draw_pair(out, s, d, i);
    }
    fprintf(out, "unset multiplot\n");
}

const struct plot plot_of_ratio = {
    .name = "ratio",
    .title = TEXT_ratio_title,
    .caption = TEXT_ratio_caption,
    .alt = TEXT_ratio_alt,
    .applies = applies,
    .fill = fill,
    .height = height,
    .draw = draw,
};
