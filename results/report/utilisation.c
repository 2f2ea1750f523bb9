/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/utilisation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- sparklines ---------------------------------------------------------- */

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    size_t known = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        sum += x[i];
        known++;
    }
    return known ? sum / (double)known : NAN;
}

size_t series_thin(double *x, size_t n, size_t most)
{
    if (n <= most)
        return n;
    for (size_t i = 0; i < most; i++) {
        size_t first = i * n / most, behind = (i + 1) * n / most;

        x[i] = mean_of(x + first, behind - first);
    }
    return most;
}

static const char *level(double share, bool blocks)
{
    static const char *const block[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                        "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const plain[] = {" ", ".", ":", "-", "=",
                                        "+", "*", "#", "%", "@"};
    int levels = blocks ? 8 : 10, i;

    if (isnan(share))
        return "?";
    i = (int)(share * levels);
    i = i < 0 ? 0 : i >= levels ? levels - 1 : i;
    return blocks ? block[i] : plain[i];
}

char *sparkline_format(const double *share, size_t n, bool blocks,
                       char out[SPARKLINE_TEXT])
{
    char *at = out;

    *at = '\0';
    for (size_t i = 0; i < n && i < SPARKLINE; i++)
        at = stpcpy(at, level(share[i], blocks));
    return out;
}

/* -- one line ------------------------------------------------------------ */

/* What a line is of: one CPU, or something over all of them. */
enum over { OVER_LEAST = -3, OVER_MEAN, OVER_MOST };

struct drawing {
    FILE *out;
    const struct comparison *c;
    const struct utilisation *u;
    bool blocks;
    int wide;       /* columns of the longest name */
    size_t spark;   /* of a sparkline beside it */
    double *series; /* [samples] */
    double *column; /* [cpus] */
};

static double over(const double *x, int n, int which)
{
    double extreme = NAN;

    if (which >= 0)
        return x[which];
    if (which == OVER_MEAN)
        return mean_of(x, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (isnan(extreme) ||
            (which == OVER_MOST ? x[i] > extreme : x[i] < extreme))
            extreme = x[i];
    }
    return extreme;
}

static double share_at(const struct drawing *d, size_t sample, int which)
{
    const struct utilisation *u = d->u;

    for (int i = 0; i < u->cpus; i++) {
        unsigned char percent = u->busy[sample * (size_t)u->cpus + (size_t)i];

        d->column[i] = percent == PERCENT_UNKNOWN ? NAN : percent / 100.0;
    }
    return over(d->column, u->cpus, which);
}

/* cell -1: all samples, whoever they belong to. */
static size_t gather(const struct drawing *d, int cell, int which)
{
    size_t n = 0;

    for (size_t i = 0; i < d->u->samples; i++) {
        if (cell < 0 || d->u->cell[i] == cell)
            d->series[n++] = share_at(d, i, which);
    }
    return n;
}

static double mean_share(const struct drawing *d, int cell, int which, size_t n)
{
    if (cell < 0)
        return mean_of(d->series, n);
    for (int i = 0; i < d->u->cpus; i++)
        d->column[i] = utilisation_mean(d->u, cell, i);
    return over(d->column, d->u->cpus, which);
}

static void print_row(const struct drawing *d, const char *name, int cell,
                      int which)
{
    static const char *const words[] = {"least", "mean", "most"};
    char spark[SPARKLINE_TEXT], number[16], percent[16] = "-";
    size_t n = gather(d, cell, which);
    double mean = mean_share(d, cell, which, n);

    if (!isnan(mean))
        snprintf(percent, sizeof percent, "%.0f %%", 100 * mean);
    if (which >= 0)
        snprintf(number, sizeof number, "%d", d->u->cpu[which]);
    n = series_thin(d->series, n, d->spark);
    fprintf(d->out, "%-*.*s %5s %6s  %s\n", d->wide, d->wide, name,
            which >= 0 ? number : words[which - OVER_LEAST], percent,
            n ? sparkline_format(d->series, n, d->blocks, spark)
              : "(too short to be seen)");
}

static void print_rows(const struct drawing *d, const char *name, int cell)
{
    bool many = d->u->cpus > UTILISATION_CPUS;
    int first = many ? OVER_LEAST : 0, last = many ? OVER_MOST : d->u->cpus - 1;

    for (int which = first; which <= last; which++)
        print_row(d, which == first ? name : "", cell, which);
}

static const char heading[] = "in its trials, one after the other";

/* Names are shown in full where that leaves room for the heading. */
static void lay_out(struct drawing *d)
{
    const int line = 80, numbers = 15, least = 12;
    int most = line - numbers - (int)strlen(heading), room;

    d->wide = least;
    for (int i = 0; i < d->c->cells; i++) {
        int length = (int)strlen(d->c->cell[i].executor);

        if (d->c->cell[i].trials && length > d->wide)
            d->wide = length < most ? length : most;
    }
    room = line - numbers - d->wide;
    d->spark = room < SPARKLINE ? (size_t)room : SPARKLINE;
}

/* -- all of it ----------------------------------------------------------- */

static void print_head(const struct drawing *d)
{
    const struct utilisation *u = d->u;

    fprintf(d->out, "\neach core's use over time, sampled every %.0f ms",
            (double)u->period_ns * 1e-6);
    if (u->cpus > UTILISATION_CPUS)
        fprintf(d->out, "; over its %d CPUs", u->cpus);
    fprintf(d->out, "\n%-*s %5s %6s  %s\n", d->wide, "executor", "cpu", "mean",
            heading);
}

/* Samples that are no executor's are shown with all others, in time. */
static void print_body(const struct drawing *d)
{
    const struct utilisation *u = d->u;
    size_t short_ones = 0;

    for (int i = 0; i < d->c->cells; i++) {
        if (d->c->cell[i].trials == 0)
            continue;
        print_rows(d, d->c->cell[i].executor, i);
        short_ones += utilisation_count(u, i) == 0;
    }
    if (short_ones == 0)
        return;
    if (u->samples)
        print_rows(d, "all in time", -1);
    fprintf(d->out,
            "note  trials too short to be seen: %zu of %zu sample%s lie in no "
            "single trial\n",
            utilisation_count(u, -1), u->samples, u->samples == 1 ? "" : "s");
}

int utilisation_print(FILE *out, const struct comparison *c, bool blocks,
                      struct err *err)
{
    const struct utilisation *u = &c->utilisation;
    struct drawing d = {.out = out, .c = c, .u = u, .blocks = blocks};

    if (u->cpus == 0)
        return 0;
    d.series = calloc(u->samples + 1, sizeof *d.series);
    d.column = calloc((size_t)u->cpus, sizeof *d.column);
    if (d.series && d.column) {
        lay_out(&d);
        print_head(&d);
        print_body(&d);
        fprintf(out, "watching took %.1f ms of CPU time\n",
                (double)u->cost_ns * 1e-6);
    }
    free(d.series);
    free(d.column);
    return d.series && d.column
               ? 0
               : err_set(err, EXIT_RESOURCE, "no memory to draw the cores");
}
