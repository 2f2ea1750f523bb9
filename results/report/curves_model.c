/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fitted laws in the plots of scaling.
 */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/curves.h"

int curves_reach(const struct view *view)
{
    int reach = view->section[view->n - 1]->c.workers;

    for (int i = 0; view->scaling && i < view->scaling->curves; i++) {
        const struct scaling_curve *curve = &view->scaling->curve[i];

        if (curve->fits && curve->carries &&
            curve->fit[curve->best].ahead > reach)
            reach = curve->fit[curve->best].ahead;
    }
    return reach;
}

bool curves_wide(const struct view *view)
{
    return curves_reach(view) >= 8 * view->section[0]->c.workers;
}

void curves_axis(FILE *out, const struct view *view)
{
    double low = view->section[0]->c.workers, high = curves_reach(view);

    curves_tics(out, view);
    if (curves_wide(view))
        fprintf(out, "set logscale x 2\nset xrange [%g:%g]\n", low / 1.15,
                high * 1.15);
    else
        fprintf(out, "set xrange [0:%g]\n", high * 1.05);
}

void curves_zone(FILE *out, const struct view *view)
{
    int largest = view->section[view->n - 1]->c.workers;

    if (curves_reach(view) > largest)
        fprintf(out,
                "set object 1 rectangle from first %d, graph 0 to first %d, "
                "graph 1 fc rgb '" FAINT "' fs solid 0.15 noborder behind\n",
                view->section[0]->c.workers, largest);
}

/* The rate that is a speed-up of 1, from all points of an executor; NAN. */
static double rate_of_one(const struct view *view, const char *name)
{
    struct curve_point *point = calloc(view->n + 1, sizeof *point);
    size_t n = point ? curves_points(view, name, point) : 0, k = 0, used = 0;
    double sum = 0;

    for (size_t i = 0; i < view->n && k < n; i++) {
        const struct section *s = view->section[i];

        for (int c = 0; c < s->c.cells; c++) {
            if (!s->j.cell[c].n || strcmp(s->c.cell[c].executor, name) != 0)
                continue;
            if (point[k].speedup > 0 && s->j.cell[c].rate > 0) {
                sum += log(s->j.cell[c].rate / point[k].speedup);
                used++;
            }
            k++;
            break;
        }
    }
    free(point);
    return used ? exp(sum / (double)used) : NAN;
}

/* X(x) over the rate of one, as gnuplot reads it. */
static void put_law(FILE *out, const struct fit *f, double gamma, double alpha,
                    double beta, double one, bool efficiency)
{
    double scale = gamma / one * (efficiency ? 100 : 1);

    if (f->law == FIT_GUSTAFSON)
        fprintf(out, "(%.9g*(x-%.9g*(x-1))", scale, alpha);
    else
        fprintf(out, "(%.9g*x/(1+%.9g*(x-1)+%.9g*x*(x-1))", scale, alpha, beta);
    fputs(efficiency ? "/x)" : ")", out);
}

static void put_range(FILE *out, int from, int to)
{
    fprintf(out, ", \\\n     [x=%d:%d] ", from, to);
}

static void draw_band(FILE *out, const struct fit *f, int from, int to,
                      double one, bool efficiency, int look)
{
    put_range(out, from, to);
    fputs("'+' using (x):", out);
    put_law(out, f, f->gamma_ci.low, f->alpha_ci.high, f->beta_ci.high, one,
            efficiency);
    fputs(":", out);
    put_law(out, f, f->gamma_ci.high, f->alpha_ci.low, f->beta_ci.low, one,
            efficiency);
    fprintf(out, " with filledcurves lc rgb '%s' fs solid 0.15 notitle",
            plot_colour(look));
}

static void draw_law(FILE *out, const struct fit *f, int from, int to,
                     double one, bool efficiency, int look, bool ahead)
{
    put_range(out, from, to);
    put_law(out, f, f->gamma, f->alpha, f->beta, one, efficiency);
    fprintf(out, " with lines lc rgb '%s' lw 1 dt %s ", plot_colour(look),
            ahead ? "(6,4)" : "1");
}

static void draw_curve(FILE *out, const struct view *view,
                       const struct scaling_curve *curve, int look,
                       bool efficiency)
{
    const struct fit *best = &curve->fit[curve->best];
    double one = rate_of_one(view, curve->executor);
    int from = view->section[0]->c.workers;
    int to = curve->carries ? best->ahead : best->largest;
    char name[PLOT_NAME];

    if (!isfinite(one))
        return;
    plot_name(name, curve->executor);
    draw_band(out, best, from, to, one, efficiency, look);
    draw_law(out, best, from, best->largest, one, efficiency, look, false);
    fprintf(out, "title '%.30s, %s'", name,
            text_translated(fit_law_name(best->law), view->language));
    if (!curve->carries)
        return;
    draw_law(out, best, best->largest, to, one, efficiency, look, true);
    fputs("notitle", out);
}

void curves_draw_model(FILE *out, const struct view *view, bool efficiency)
{
    const char *name[CELLS_MAX];
    int n = curves_executors(view, name);

    for (int i = 0; view->scaling && i < view->scaling->curves; i++) {
        const struct scaling_curve *curve = &view->scaling->curve[i];

        for (int k = 0; k < n && curve->fits; k++) {
            if (strcmp(name[k], curve->executor) == 0)
                draw_curve(out, view, curve, curves_look(view, k), efficiency);
        }
    }
}

__attribute__((format(printf, 3, 4))) static void add_text(char *out,
                                                           size_t size,
                                                           const char *format,
                                                           ...)
{
    size_t used = strlen(out);
    va_list list;

    va_start(list, format);
    vsnprintf(out + used, size - used, format, list);
    va_end(list);
}

void curves_tell(const struct view *view, char *out, size_t size)
{
    char base[PLOT_NAME];
    bool begun = false;

    curves_base(view, base, sizeof base);
    *base = (char)toupper((unsigned char)*base);
    add_text(out, size, "%s%s", base, text_of(TEXT_full_stop, view->language));
    if (curves_wide(view))
        add_text(out, size, " %s", text_of(TEXT_workers_log, view->language));
    for (int i = 0; view->scaling && i < view->scaling->curves; i++) {
        const struct scaling_curve *curve = &view->scaling->curve[i];
        const struct fit *f = &curve->fit[curve->best];

        if (!curve->fits)
            continue;
        if (!begun)
            add_text(out, size, " %s",
                     text_of(TEXT_fitted_laws, view->language));
        add_text(out, size, "%s%.40s, %s",
                 begun ? text_of(TEXT_semicolon, view->language) : " ",
                 curve->executor,
                 text_translated(fit_law_name(f->law), view->language));
        begun = true;
        if (f->law != FIT_LINEAR)
            add_text(out, size, ", alpha = %.3g [%.3g, %.3g]", f->alpha,
                     f->alpha_ci.low, f->alpha_ci.high);
        if (f->law == FIT_USL)
            add_text(out, size, ", beta = %.3g [%.3g, %.3g]", f->beta,
                     f->beta_ci.low, f->beta_ci.high);
    }
    add_text(out, size, "%s",
             begun ? text_of(TEXT_full_stop, view->language) : "");
}
