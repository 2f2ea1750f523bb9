/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roofline of a host: rates against arithmetic intensity, below what its
 * seats can compute and what memory can bring them. (Williams, Waterman &
 * Patterson, "Roofline: an insightful visual performance model for multicore
 * architectures", Communications of the ACM 52(4), 2009.)
 *
 * On it are comparisons whose work is counted in flop and whose least traffic
 * with memory is modelled. There is a roof for each number of workers: peak and
 * bandwidth are the highest that any comparison of so many found. Records from
 * before the bandwidth stood beside the peak have it where a comparison in
 * bytes ran.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/plot.h"

enum { ROOFS = 4, CORNERS = 3, LABELS = 32, LABEL_APART = 17 };

/* A point side by side with the next of its kernel is so much further right. */
static const double beside = 1.035;

struct roof {
    int workers;
    double peak, memory; /* flop and bytes a second; 0: not known */
};

/* Of one host; `n` fewest workers first. */
struct roofs {
    struct roof roof[ROOFS];
    int n;
};

static double intensity_of(const struct section *s)
{
    return s->c.bytes > 0 && strcmp(s->c.unit, "flop") == 0
               ? s->c.amount / s->c.bytes
               : NAN;
}

static bool is_shown(const struct section *s, int cell)
{
    return s->c.cell[cell].bound_rate > 0 && s->j.cell[cell].n > 0 &&
           s->j.cell[cell].rate > 0;
}

static bool has_points(const struct section *s)
{
    for (int i = 0; i < s->c.cells && intensity_of(s) > 0; i++) {
        if (is_shown(s, i))
            return true;
    }
    return false;
}

static bool applies(const struct view *view)
{
    for (size_t i = 0; i < view->n; i++) {
        if (has_points(view->section[i]))
            return true;
    }
    return false;
}

/* -- roofs --------------------------------------------------------------- */

/* The roof of so many; when there are too many, the last is the largest. */
static struct roof *roof_of(struct roofs *roofs, int workers)
{
    int i = 0;

    while (i < roofs->n && roofs->roof[i].workers < workers)
        i++;
    if (i < roofs->n && roofs->roof[i].workers == workers)
        return &roofs->roof[i];
    if (roofs->n == ROOFS && i < ROOFS)
        return NULL;
    if (roofs->n == ROOFS)
        i = --roofs->n;
    memmove(&roofs->roof[i + 1], &roofs->roof[i],
            (size_t)(roofs->n - i) * sizeof *roofs->roof);
    roofs->n++;
    roofs->roof[i] = (struct roof){.workers = workers};
    return &roofs->roof[i];
}

static void find_roofs(const struct view *view, struct roofs *roofs)
{
    *roofs = (struct roofs){.n = 0};
    for (size_t i = 0; i < view->n; i++) {
        const struct section *s = view->section[i];

        for (int k = 0; k < s->c.cells && has_points(s); k++) {
            const struct cell *cell = &s->c.cell[k];
            struct roof *roof =
                is_shown(s, k) ? roof_of(roofs, cell->workers) : NULL;

            if (!roof)
                continue;
            roof->peak = fmax(roof->peak, cell->bound_rate);
            roof->memory = fmax(roof->memory, cell->memory_rate);
        }
    }
    for (size_t i = 0; i < view->n; i++) {
        const struct section *s = view->section[i];

        for (int k = 0; k < s->c.cells && strcmp(s->c.unit, "byte") == 0; k++)
            for (int r = 0; r < roofs->n; r++)
                if (roofs->roof[r].workers == s->c.cell[k].workers)
                    roofs->roof[r].memory =
                        fmax(roofs->roof[r].memory, s->c.cell[k].bound_rate);
    }
}

static double roof_at(const struct roof *roof, double intensity)
{
    return roof->memory > 0 ? fmin(roof->peak, intensity * roof->memory)
                            : roof->peak;
}

static double roof_over(const struct roofs *roofs, int workers,
                        double intensity)
{
    for (int i = 0; i < roofs->n; i++) {
        if (roofs->roof[i].workers == workers)
            return roof_at(&roofs->roof[i], intensity);
    }
    return NAN;
}

/* -- numbers ------------------------------------------------------------- */

struct range {
    double low, high;
};

static void widen(struct range *range, double x)
{
    range->low = fmin(range->low, x);
    range->high = fmax(range->high, x);
}

/* Of the points and of where roofs bend. */
static struct range intensities(const struct view *view,
                                const struct roofs *roofs)
{
    struct range range = {INFINITY, 0};
    double beyond;

    for (size_t i = 0; i < view->n; i++) {
        if (has_points(view->section[i]))
            widen(&range, intensity_of(view->section[i]));
    }
    for (int i = 0; i < roofs->n; i++) {
        if (roofs->roof[i].memory > 0)
            widen(&range, roofs->roof[i].peak / roofs->roof[i].memory);
    }
    /* Marks are at powers of ten: two of them at least. */
    beyond = fmax(3, sqrt(100 * range.low / range.high));
    return (struct range){range.low / beyond, range.high * beyond};
}

static int add_roofs(const struct view *view, const struct roofs *roofs,
                     struct plot_data *d, struct err *err)
{
    struct range range = intensities(view, roofs);
    char name[PLOT_NAME];

    for (int i = 0; i < roofs->n; i++) {
        const struct roof *roof = &roofs->roof[i];
        double bend = roof->memory > 0 ? roof->peak / roof->memory : range.low;
        double corner[CORNERS] = {range.low, bend, range.high};

        snprintf(name, sizeof name,
                 text_of(TEXT_roofline_roof_of, view->language), roof->workers);
        plot_series(d, name);
        for (int k = 0; k < CORNERS; k++) {
            double height = roof_at(roof, corner[k]) * 1e-9;
            double row[] = {roof->workers, corner[k], NAN, NAN, NAN, height};

            if (plot_row(d, row, err))
                return -1;
        }
    }
    return 0;
}

static int add_point(const struct section *s, int cell,
                     const struct roofs *roofs, struct plot_data *d,
                     struct err *err)
{
    const struct summary *j = &s->j.cell[cell];
    double x = intensity_of(s), work = j->rate * j->median_ns;
    int workers = s->c.cell[cell].workers;
    double row[] = {workers,
                    x,
                    j->rate * 1e-9,
                    j->ci_ns.valid ? work / j->ci_ns.ci.high * 1e-9 : NAN,
                    j->ci_ns.valid ? work / j->ci_ns.ci.low * 1e-9 : NAN,
                    roof_over(roofs, workers, x) * 1e-9};

    return plot_row(d, row, err);
}

/* Executors and kernels that are on it, in the order in which they come. */
struct names {
    const char *name[PLOT_SERIES];
    int n;
};

static void add_name(struct names *names, const char *name)
{
    for (int i = 0; i < names->n; i++) {
        if (strcmp(names->name[i], name) == 0)
            return;
    }
    if (names->n < PLOT_SERIES)
        names->name[names->n++] = name;
}

static void find_names(const struct view *view, struct names *kernels,
                       struct names *executors)
{
    kernels->n = executors->n = 0;
    for (size_t i = 0; i < view->n; i++) {
        const struct section *s = view->section[i];

        if (!has_points(s))
            continue;
        add_name(kernels, s->c.kernel);
        for (int k = 0; k < s->c.cells; k++) {
            if (is_shown(s, k))
                add_name(executors, s->c.cell[k].executor);
        }
    }
}

/* A series a kernel and executor, executors together. */
static int add_series(const struct view *view, const struct roofs *roofs,
                      const char *kernel, const char *executor,
                      struct plot_data *d, struct err *err)
{
    char name[2 * PLOT_NAME];

    snprintf(name, sizeof name, "%.20s, %.30s", kernel, executor);
    plot_series(d, name);
    for (size_t i = 0; i < view->n; i++) {
        const struct section *s = view->section[i];

        for (int k = 0; k < s->c.cells && has_points(s); k++) {
            if (is_shown(s, k) && strcmp(s->c.kernel, kernel) == 0 &&
                strcmp(s->c.cell[k].executor, executor) == 0 &&
                add_point(s, k, roofs, d, err))
                return -1;
        }
    }
    return 0;
}

static int fill(const struct view *view, struct plot_data *d, struct err *err)
{
    struct roofs roofs;
    struct names kernels, executors;
    char heading[PLOT_NAME];
    static const enum text rates[] = {TEXT_rate, TEXT_rate_low, TEXT_rate_high,
                                      TEXT_roofline_roof};

    plot_column(d, text_of(TEXT_f_workers, view->language));
    plot_column(d, text_of(TEXT_roofline_intensity, view->language));
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        plot_time_heading(heading, rates[i], "Gflop/s", view->language);
        plot_column(d, heading);
    }
    find_roofs(view, &roofs);
    if (add_roofs(view, &roofs, d, err))
        return -1;
    find_names(view, &kernels, &executors);
    for (int e = 0; e < executors.n; e++) {
        for (int k = 0; k < kernels.n && d->all < PLOT_SERIES; k++) {
            if (add_series(view, &roofs, kernels.name[k], executors.name[e], d,
                           err))
                return -1;
        }
    }
    return 0;
}

/* -- the picture --------------------------------------------------------- */

/* A kernel's name stands upright at its intensity, below all points. */
struct label {
    const char *name;
    double at; /* intensity */
};

static int by_intensity(const void *a, const void *b)
{
    const struct label *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

/* One at a time, not over the one before; a name that is there is enough. */
static void draw_labels(FILE *out, const struct view *view,
                        const struct range *range)
{
    struct label label[LABELS];
    const char *before = "";
    double last = 0, step;
    int n = 0;

    for (size_t i = 0; i < view->n && n < LABELS; i++) {
        if (has_points(view->section[i]))
            label[n++] = (struct label){view->section[i]->c.kernel,
                                        intensity_of(view->section[i])};
    }
    qsort(label, (size_t)n, sizeof *label, by_intensity);
    /* of LABEL_APART pixels, on an axis of some 640 */
    step = pow(range->high / range->low, LABEL_APART / 640.0);
    for (int i = 0; i < n; i++) {
        char name[PLOT_NAME];
        double at = label[i].at * beside; /* among its marks */

        if (at < last * step && strcmp(before, label[i].name) == 0)
            continue;
        at = fmax(at, last * step);
        plot_name(name, label[i].name);
        fprintf(out, "set label '%.20s' at %.6g, graph 0.02 left rotate\n",
                name, at);
        last = at;
        before = label[i].name;
    }
}

static void draw_points(FILE *out, const struct plot_data *d, size_t s,
                        int look, bool named)
{
    const char *name = strstr(d->series[s].name, ", ");
    double shift = pow(beside, look);

    fprintf(out,
            ", \\\n     data index %zu using ($2*%.4g):($4 == $4 ? $3 : "
            "NaN):4:5 with "
            "yerrorbars ",
            s, shift);
    plot_marker(out, look, 1);
    fprintf(out, " notitle, data index %zu using ($2*%.4g):3 with points ", s,
            shift);
    plot_marker(out, look, 1);
    if (named && name)
        fprintf(out, " title '%s'", name + 2);
    else
        fputs(" notitle", out);
}

/* With room below all for names, a decade. */
static struct range heights(const struct plot_data *d)
{
    struct range range = {INFINITY, 0};

    for (size_t i = 0; i < d->rows; i++) {
        for (int k = 2; k < PLOT_COLUMNS; k++) {
            double x = d->value[i * PLOT_COLUMNS + (size_t)k];

            if (x > 0)
                widen(&range, x);
        }
    }
    return (struct range){range.low / 12, range.high * 2};
}

static void draw(FILE *out, const struct view *view, const struct plot_data *d)
{
    static const char *const dash[ROOFS] = {"1", "(12,4)", "(3,3)",
                                            "(12,3,3,3)"};
    struct roofs roofs;
    struct names kernels, executors;
    struct range range, height = heights(d);
    bool begun = false;
    size_t s;

    find_roofs(view, &roofs);
    find_names(view, &kernels, &executors);
    range = intensities(view, &roofs);
    plot_label(out, "xlabel", d->heading[1]);
    plot_label(out, "ylabel", d->heading[2]);
    fprintf(out,
            "set logscale xy\nset xrange [%.6g:%.6g]\n"
            "set yrange [%.6g:%.6g]\nset pointintervalbox 0\n",
            range.low, range.high, height.low, height.high);
    draw_labels(out, view, &range);
    for (s = 0; s < (size_t)roofs.n; s++)
        fprintf(out,
                "%sdata index %zu using 2:6 with lines lc rgb '" INK
                "' lw 1.5 dt %s title '%s'",
                plot_next(&begun), s, dash[s], d->series[s].name);
    for (; s < d->all; s++) {
        size_t i = s - (size_t)roofs.n;

        draw_points(out, d, s, (int)i / kernels.n, i % (size_t)kernels.n == 0);
    }
    fputc('\n', out);
}

/* -- the caption --------------------------------------------------------- */

static void tell(const struct view *view, char *out, size_t size)
{
    struct roofs roofs;
    struct names on, off = {.n = 0}, executors;
    char list[600] = "";
    double memory = 0;

    find_roofs(view, &roofs);
    find_names(view, &on, &executors);
    for (int i = 0; i < roofs.n; i++)
        memory = fmax(memory, roofs.roof[i].memory);
    for (size_t i = 0; i < view->n; i++) {
        if (!has_points(view->section[i]))
            add_name(&off, view->section[i]->c.kernel);
    }
    for (int i = 0; i < off.n; i++) {
        size_t used = strlen(list);

        snprintf(list + used, sizeof list - used, "%s%.20s", i ? ", " : "",
                 off.name[i]);
    }
    if (!(memory > 0))
        snprintf(out, size, "%s", text_of(TEXT_roofline_flat, view->language));
    if (!off.n)
        return;
    if (*out)
        strncat(out, " ", size - strlen(out) - 1);
    snprintf(out + strlen(out), size - strlen(out),
             text_of(TEXT_roofline_not_on_it, view->language), list);
}

const struct plot plot_of_roofline = {
    .name = "roofline",
    .title = TEXT_roofline_title,
    .caption = TEXT_roofline_caption,
    .alt = TEXT_roofline_alt,
    .roof = true,
    .applies = applies,
    .fill = fill,
    .draw = draw,
    .tell = tell,
};
