/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the time goes: the parts of the median trial, one bar an executor.
 */
#include "results/report/plot.h"

static const enum text names[PARTS] = {
    [PART_COMPUTE] = TEXT_h_compute, [PART_TALK] = TEXT_h_communicate,
    [PART_LOCK] = TEXT_h_lock,       [PART_SYSTEM] = TEXT_h_system,
    [PART_WAITED] = TEXT_h_wait,     [PART_IMBALANCE] = TEXT_h_imbalance};

static double total(const struct track *track)
{
    double sum = 0;

    for (int p = 0; p < PARTS; p++)
        sum += track->parts[p];
    return sum;
}

static double longest(const struct section *s)
{
    double most = 0;

    for (int i = 0; i < s->c.cells; i++) {
        double sum = total(&s->track[i]);

        most = sum > most ? sum : most;
    }
    return most;
}

static bool applies(const struct view *view)
{
    return longest(view->section[0]) > 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    const struct section *s = view->section[0];
    const char *unit_name;
    double unit = plot_unit(longest(s), &unit_name);
    char heading[PLOT_NAME];

    for (int p = 0; p < PARTS; p++) {
        plot_time_heading(heading, names[p], unit_name, view->language);
        plot_column(d, heading);
    }
    for (int i = 0; i < s->c.cells; i++) {
        double row[PARTS];

        plot_series(d, s->c.cell[i].executor);
        for (int p = 0; p < PARTS; p++)
            row[p] = s->track[i].parts[p] / unit;
        if (total(&s->track[i]) > 0 && plot_row(d, row, err))
            return -1;
    }
    return 0;
}

static int height(const struct view *view, const struct plot_data *d)
{
    (void)view;
    return 120 + 34 * (int)d->rows;
}

static bool occurs(const struct plot_data *d, int part)
{
    for (size_t i = 0; i < d->rows; i++) {
        if (d->value[i * PARTS + (size_t)part] > 0)
            return true;
    }
    return false;
}

/* From the sum of the columns before to that with this one. */
static void draw_part(FILE *out, const struct view *view, int part, int rows,
                      bool *begun)
{
    static const double shade[PARTS] = {0.9, 0.9, 0.9, 0.75, 0.9, 0.75};
    static const int colour[PARTS] = {0, 1, 4, 2, 3, 5};

    fprintf(out, "%sfor [i=0:%d] data index order[i+1]+0 using (0):(-i):(0",
            plot_next(begun), rows - 1);
    for (int p = 0; p < part; p++)
        fprintf(out, "+$%d", p + 1);
    fprintf(out, "):(0");
    for (int p = 0; p <= part; p++)
        fprintf(out, "+$%d", p + 1);
    fprintf(out,
            "):(-i-0.35):(-i+0.35) with boxxyerror lc rgb '%s' fs solid %g "
            "border lc rgb 'white' title (i == 0 ? '%s' : '')",
            plot_colour(colour[part]), shade[part],
            text_of(names[part], view->language));
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    bool begun = false, first = true;
    char heading[PLOT_NAME];
    const char *unit_name;
    int rows = 0;

    fprintf(out, "array order[%zu]\n", d->rows);
    for (size_t s = 0; s < d->all; s++) {
        if (d->series[s].n)
            fprintf(out, "order[%d] = %zu\n", ++rows, s);
    }
    fprintf(out, "set ytics scale 0 (");
    rows = 0;
    for (size_t s = 0; s < d->all; s++) {
        if (!d->series[s].n)
            continue;
        fprintf(out, "%s'%s' %d", first ? "" : ", ", d->series[s].name,
                -rows++);
        first = false;
    }
    fprintf(out,
            ")\nset xrange [0:*]\nset yrange [%g:0.6]\n"
            "set grid noytics\nset border 1\n",
            -rows + 0.4);
    plot_unit(longest(view->section[0]), &unit_name);
    plot_time_heading(heading, TEXT_time_of_trial, unit_name, view->language);
    plot_label(out, "xlabel", heading);
    for (int p = 0; p < PARTS; p++) {
        if (occurs(d, p))
            draw_part(out, view, p, rows, &begun);
    }
    fprintf(out, "\n");
}

const struct plot plot_of_parts = {
    .name = "parts",
    .title = TEXT_parts_table,
    .caption = TEXT_parts_caption,
    .alt = TEXT_parts_alt,
    .applies = applies,
    .fill = fill,
    .height = height,
    .draw = draw,
};
