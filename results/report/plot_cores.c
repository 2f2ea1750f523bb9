/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How busy each core was while the comparison ran: a band a core, its height
 * the share that was used.
 */
#include "results/report/plot.h"

static bool applies(const struct view *view)
{
    return view->section[0]->cores.samples > 0;
}

static void name_line(const struct view *view, int cpu, char *out, size_t size)
{
    static const enum text over[] = {TEXT_least, TEXT_mean, TEXT_most};

    if (cpu < 0)
        snprintf(out, size, "%s", text_of(over[cpu + 3], view->language));
    else
        snprintf(out, size, "CPU %d", cpu);
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const struct cores *cores = &view->section[0]->cores;
    char name[PLOT_NAME];

    plot_time_heading(name, TEXT_time, "s", view->language);
    plot_column(d, name);
    plot_time_heading(name, TEXT_busy, "%", view->language);
    plot_column(d, name);
    for (int line = 0; line < cores->lines; line++) {
        name_line(view, cores->cpu[line], name, sizeof name);
        plot_series(d, name);
        if (cores->cpu[line] < 0) /* a text of ours, in any language */
            snprintf(d->series[d->all - 1].name, PLOT_NAME, "%s", name);
        for (size_t i = 0; i < cores->samples; i++) {
            double row[] = {
                (double)i * cores->period_s,
                100 * cores->share[(size_t)line * cores->samples + i]};

            if (plot_row(d, row, err))
                return -1;
        }
    }
    return 0;
}

static int height(const struct view *view, const struct plot_data *d)
{
    (void)view;
    return 100 + 46 * (int)d->all;
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    bool begun = false;

    (void)view;
    plot_label(out, "xlabel", d->heading[0]);
    plot_label(out, "ylabel", d->heading[1]);
    fprintf(out,
            "set xrange [0:*] noextend\nset yrange [%g:1]\nset border 1\n"
            "set ytics scale 0 (",
            1 - (double)d->all);
    for (size_t s = 0; s < d->all; s++)
        fprintf(out, "%s'%s' %g", s ? ", " : "", d->series[s].name,
                0.4 - (double)s);
    fprintf(out, ")\n");
    for (size_t s = 0; s < d->all; s++)
        fprintf(out,
                "%sdata index %zu using 1:(-%zu):($2*0.009-%zu) with "
                "filledcurves lc rgb '%s' fs solid 0.75 notitle",
                plot_next(&begun), s, s, s, plot_colour((int)s % 2 ? 6 : 0));
    fprintf(out, "\n");
}

const struct plot plot_of_cores = {
    .name = "cores",
    .title = TEXT_cores_title,
    .caption = TEXT_cores_caption,
    .alt = TEXT_cores_alt,
    .applies = applies,
    .fill = fill,
    .height = height,
    .draw = draw,
};
