/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/plot.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLOT(name) extern const struct plot plot_of_##name;
#include "results/report/plots.def"
#undef PLOT

const struct plot *const plot_table[] = {
#define PLOT(name) &plot_of_##name,
#include "results/report/plots.def"
#undef PLOT
    NULL,
};

enum { KEY_NAME = 40 }; /* longer ones leave a key no room */

/* -- numbers ------------------------------------------------------------- */

void plot_column(struct plot_data *d, const char *heading)
{
    if (d->columns == PLOT_COLUMNS)
        BUG("columns of a plot");
    snprintf(d->heading[d->columns++], PLOT_NAME, "%s", heading);
}

void plot_series(struct plot_data *d, const char *name)
{
    struct plot_series *series;

    if (d->all == PLOT_SERIES)
        return;
    series = &d->series[d->all++];
    *series = (struct plot_series){.first = d->rows};
    plot_name(series->name, name);
    if (strlen(series->name) > KEY_NAME)
        strcpy(series->name + KEY_NAME, "...");
}

void plot_series_of(struct plot_data *d, const char *name, const char *kind)
{
    char *own;
    size_t length;

    plot_series(d, name);
    own = d->series[d->all - 1].name;
    length = strlen(own) < 24 ? strlen(own) : 24;
    snprintf(own + length, PLOT_NAME - length, ", %s", kind);
}

int plot_row(struct plot_data *d, const double *value, struct err *err)
{
    size_t columns = (size_t)d->columns;

    if ((d->rows + 1) * columns > d->room) {
        size_t room = 2 * d->room + 64 * columns;
        double *grown = realloc(d->value, room * sizeof *grown);

        if (!grown)
            return err_set(err, EXIT_RESOURCE, "no memory for a plot");
        d->value = grown;
        d->room = room;
    }
    memcpy(d->value + d->rows * columns, value, columns * sizeof *value);
    d->rows++;
    d->series[d->all - 1].n++;
    return 0;
}

void plot_free(struct plot_data *d)
{
    free(d->value);
    d->value = NULL;
}

double plot_unit(double ns, const char **name)
{
    static const struct {
        double ns;
        const char *name;
    } unit[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    size_t i = 0;

    while (i < 3 && ns < 2 * unit[i].ns)
        i++;
    *name = unit[i].name;
    return unit[i].ns;
}

uint64_t plot_first_start(const struct trial *trial, int workers)
{
    uint64_t first = UINT64_MAX;

    for (int w = 0; w < workers; w++)
        first =
            trial->span[w].start_ns < first ? trial->span[w].start_ns : first;
    return first;
}

double plot_longest(const struct section *s)
{
    double most = 0;

    for (int i = 0; i < s->c.cells; i++) {
        const struct trial *trial = &s->track[i].shown[SHOWN_WORST];
        double ns = (double)trial->ns * trial->repeats;

        most = trial->span && ns > most ? ns : most;
    }
    return most;
}

void plot_time_heading(char *out, enum text what, const char *unit,
                       enum language language)
{
    snprintf(out, PLOT_NAME, "%s, %s", text_of(what, language), unit);
}

void plot_name(char out[PLOT_NAME], const char *name)
{
    size_t i = 0;

    for (; name[i] && i < PLOT_NAME - 1; i++)
        out[i] =
            isalnum((unsigned char)name[i]) || strchr(" .,:+-=/()", name[i])
                ? name[i]
                : '?';
    out[i] = '\0';
}

void plot_data_write(FILE *out, const struct plot_data *d)
{
    for (int k = 0; k < d->columns; k++)
        fprintf(out, "%s%s", k ? "\t" : "# ", d->heading[k]);
    for (size_t s = 0; s < d->all; s++) {
        const struct plot_series *series = &d->series[s];

        fprintf(out, "\n%s# %s\n", s ? "\n" : "", series->name);
        if (!series->n) /* an empty series would not be counted */
            for (int k = 0; k < d->columns; k++)
                fprintf(out, "NaN%c", k + 1 < d->columns ? '\t' : '\n');
        for (size_t i = series->first; i < series->first + series->n; i++) {
            for (int k = 0; k < d->columns; k++) {
                double x = d->value[i * (size_t)d->columns + (size_t)k];

                fprintf(out, isnan(x) ? "%sNaN" : "%s%.10g", k ? "\t" : "", x);
            }
            fprintf(out, "\n");
        }
    }
}

/* -- scripts ------------------------------------------------------------- */

const char *plot_colour(int cell)
{
    return svg_palette[cell % 8];
}

void plot_line(FILE *out, int cell)
{
    static const char *const dash[] = {"1",          "(12,4)", "(3,3)",
                                       "(12,3,3,3)", "(6,3)",  "(18,4)"};

    fprintf(out, "lc rgb '%s' dt %s lw 2", plot_colour(cell), dash[cell % 6]);
}

void plot_marker(FILE *out, int cell, double size)
{
    static const int form[] = {6, 1, 8, 2, 4, 10, 12, 3};

    fprintf(out, "lc rgb '%s' lw 1.5 pt %d ps %.2f", plot_colour(cell),
            form[cell % 8], size);
}

void plot_label(FILE *out, const char *axis, const char *text)
{
    fprintf(out, "set %s '%s'\n", axis, text);
}

double plot_step(double range)
{
    double power = pow(10, floor(log10(range > 0 ? range / 5 : 1)));
    double steps = range / 5 / power;

    return power * (steps <= 1 ? 1 : steps <= 2 ? 2 : steps <= 5 ? 5 : 10);
}

bool plot_spans(const struct plot_data *d, int column)
{
    double low = INFINITY, high = 0;

    for (size_t i = 0; i < d->rows; i++) {
        double x = d->value[i * (size_t)d->columns + (size_t)column];

        low = fmin(low, x);
        high = fmax(high, x);
    }
    return low > 0 && high > 30 * low;
}

void plot_log_axis(FILE *out, const char *axis, const char *heading,
                   enum language language)
{
    char name[8], text[2 * PLOT_NAME];

    snprintf(name, sizeof name, "%slabel", axis);
    snprintf(text, sizeof text, text_of(TEXT_axis_log, language), heading);
    plot_label(out, name, text);
    fprintf(out, "set logscale %s\nset %srange [*:*]\n", axis, axis);
}

void plot_block_tics(FILE *out, double blocks)
{
    fprintf(out, "set xtics %g\n", fmax(1, plot_step(blocks / 2)));
}

const char *plot_next(bool *begun)
{
    bool before = *begun;

    *begun = true;
    return before ? ", \\\n     " : "plot ";
}

void plot_script(FILE *out, const struct plot *plot, const struct view *view,
                 const struct plot_data *d, const char *data)
{
    fprintf(out,
            "# gnuplot %s.gp >%s.svg\n"
            "data = '%s'\n"
            "set encoding utf8\n"
            "set terminal svg size %d,%d dynamic noenhanced "
            "font 'sans-serif,14'\n"
            "set border 3 lc rgb '" FAINT "'\n"
            "set tics nomirror textcolor rgb '" INK "'\n"
            "set grid lc rgb '" FAINT "' lw 0.3 dt 1\n"
            "set key above left horizontal maxrows 3 samplen 2.5\n"
            "set style fill solid 1 noborder\n",
            plot->name, plot->name, data, PLOT_WIDTH,
            plot->height ? plot->height(view, d) : 380);
    plot->draw(out, view, d);
}
