/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/metg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double metg_level[METG_LEVELS] = {0.5, 0.9};

enum { LEAST_POINTS = 3 };

/* One executor at one grain; times of the whole step. */
struct point {
    double amount, tasks, ns, lo_ns, hi_ns;
};

/* Which end of the medians' intervals is taken. */
enum end { MEDIAN, LOW, HIGH };

/* -- sweeps ---------------------------------------------------------------- */

/* The problem's text without its "grain=..."; false if it has none. */
static bool without_grain(const char *problem, char *out, size_t size)
{
    const char *at = strstr(problem, "grain="), *rest;

    if (!at || (at > problem && at[-1] != ' '))
        return false;
    rest = at + strcspn(at, " ");
    rest += *rest == ' ';
    snprintf(out, size, "%.*s%s", (int)(at - problem), problem, rest);
    return true;
}

static int tasks_row(const struct comparison *c)
{
    for (int i = 0; i < c->metrics; i++) {
        if (strcmp(c->metric[i].name, "tasks") == 0)
            return i;
    }
    return -1;
}

static bool belongs(const struct metg *sweep, const struct comparison *c)
{
    char problem[PROBLEM_TEXT];

    return tasks_row(c) >= 0 &&
           without_grain(c->problem, problem, sizeof problem) &&
           strcmp(c->kernel, sweep->kernel) == 0 &&
           strcmp(c->mode, sweep->mode) == 0 && c->workers == sweep->workers &&
           strcmp(problem, sweep->problem) == 0;
}

/* -- points ---------------------------------------------------------------- */

static double tasks_of(const struct comparison *c, const struct cell *cell)
{
    int row = tasks_row(c);

    for (size_t i = 0; i < cell->trials; i++) {
        if (trial_counts(&cell->trial[i]))
            return cell->trial[i].metric[row];
    }
    return NAN;
}

static const struct cell *find_cell(const struct comparison *c,
                                    const char *executor, int *k)
{
    for (*k = 0; *k < c->cells; ++*k) {
        if (strcmp(c->cell[*k].executor, executor) == 0)
            return &c->cell[*k];
    }
    return NULL;
}

static bool get_point(const struct comparison *c, const struct judgement *j,
                      const char *executor, struct point *p)
{
    int k;
    const struct cell *cell = find_cell(c, executor, &k);
    const struct summary *s = &j->cell[k < c->cells ? k : 0];

    if (!cell || s->n == 0)
        return false;
    *p = (struct point){
        .amount = c->amount * (c->replicate ? cell->workers : 1),
        .tasks = tasks_of(c, cell),
        .ns = s->median_ns,
        .lo_ns = s->ci_ns.valid ? s->ci_ns.ci.low : s->median_ns,
        .hi_ns = s->ci_ns.valid ? s->ci_ns.ci.high : s->median_ns,
    };
    return p->tasks > 0;
}

static int by_amount(const void *left, const void *right)
{
    double a = ((const struct point *)left)->amount;
    double b = ((const struct point *)right)->amount;

    return (a > b) - (a < b);
}

struct input {
    const struct comparison *c;
    const struct judgement *j;
    int n;
};

/* By rising amount; room for in->n. */
static int get_points(const struct input *in, const struct metg *sweep,
                      const char *executor, struct point *point)
{
    int points = 0;

    for (int i = 0; i < in->n; i++) {
        if (belongs(sweep, &in->c[i]) &&
            get_point(&in->c[i], &in->j[i], executor, &point[points]))
            points++;
    }
    qsort(point, (size_t)points, sizeof *point, by_amount);
    return points;
}

/* The highest rate of any executor with so many workers. */
static double peak_of(const struct input *in, const struct metg *sweep,
                      int workers)
{
    double peak = 0;

    for (int i = 0; i < in->n; i++) {
        const struct comparison *c = &in->c[i];
        struct point p;

        for (int k = 0; k < c->cells && belongs(sweep, c); k++) {
            if (c->cell[k].workers == workers &&
                get_point(c, &in->j[i], c->cell[k].executor, &p) &&
                p.amount / p.ns > peak)
                peak = p.amount / p.ns;
        }
    }
    return peak;
}

/* -- the level ------------------------------------------------------------- */

static double time_of(const struct point *p, enum end end)
{
    return end == LOW ? p->lo_ns : end == HIGH ? p->hi_ns : p->ns;
}

static double efficiency(const struct point *p, double peak, enum end end)
{
    return p->amount / time_of(p, end) / peak;
}

static double granularity(const struct point *p, int workers, enum end end)
{
    return time_of(p, end) * workers / p->tasks;
}

/* From the largest task down to where efficiency is lost. */
static enum metg_how cross(const struct point *point, int points, double peak,
                           int workers, double level, enum end end, double *ns)
{
    int i = points - 1;
    double above, below, share;

    *ns = granularity(&point[i], workers, end);
    if (efficiency(&point[i], peak, end) < level)
        return METG_NEVER;
    while (i > 0 && efficiency(&point[i - 1], peak, end) >= level)
        i--;
    *ns = granularity(&point[i], workers, end);
    if (i == 0)
        return METG_BELOW;
    above = efficiency(&point[i], peak, end);
    below = efficiency(&point[i - 1], peak, end);
    share = (above - level) / (above - below);
    *ns *= pow(granularity(&point[i - 1], workers, end) / *ns, share);
    return METG_FOUND;
}

static void mark(const struct point *point, int points, double peak,
                 int workers, double level, struct metg_mark *out)
{
    double ends[2];

    out->how = cross(point, points, peak, workers, level, MEDIAN, &out->ns);
    if (cross(point, points, peak, workers, level, LOW, &ends[0]) == METG_BELOW)
        ends[0] = 0;
    if (cross(point, points, peak, workers, level, HIGH, &ends[1]) ==
        METG_NEVER)
        ends[1] = INFINITY;
    out->lo_ns = fmin(ends[0], out->ns);
    out->hi_ns = fmax(ends[1], out->ns);
}

/* -- with start-up --------------------------------------------------------- */

static double startup_of(const struct input *in, const struct metg *sweep,
                         const char *executor)
{
    double sum = 0;
    int n = 0, k;

    for (int i = 0; i < in->n; i++) {
        const struct cell *cell = find_cell(&in->c[i], executor, &k);

        if (!cell || !belongs(sweep, &in->c[i]))
            continue;
        sum += (double)(cell->startup_ns + cell->teardown_ns);
        n++;
    }
    return n ? sum / n : NAN;
}

static double pays(const struct point *smallest, double startup, double peak,
                   int workers)
{
    double work = smallest->amount / smallest->tasks / peak * workers;
    double overhead = granularity(smallest, workers, MEDIAN) - work;

    if (workers < 2)
        return NAN;
    return (startup + fmax(overhead, 0)) / (workers - 1);
}

/* -- all ------------------------------------------------------------------- */

static void fill_row(const struct input *in, struct metg *sweep,
                     const struct cell *cell, struct point *point)
{
    struct metg_row *row = &sweep->row[sweep->rows];
    double peak = peak_of(in, sweep, cell->workers);

    row->executor = cell->executor;
    row->workers = cell->workers;
    row->points = get_points(in, sweep, cell->executor, point);
    if (row->points < LEAST_POINTS)
        return;
    for (int k = 0; k < METG_LEVELS; k++)
        mark(point, row->points, peak, row->workers, metg_level[k],
             &row->at[k]);
    row->pays_ns = pays(&point[0], startup_of(in, sweep, row->executor), peak,
                        row->workers);
    sweep->rows++;
}

static bool known(const struct metg *sweeps, int n, const struct comparison *c)
{
    for (int i = 0; i < n; i++) {
        if (belongs(&sweeps[i], c))
            return true;
    }
    return false;
}

/* A sweep that begins with this comparison. */
static void fill_sweep(const struct input *in, const struct comparison *c,
                       struct metg *sweep, struct point *point)
{
    *sweep = (struct metg){
        .kernel = c->kernel, .mode = c->mode, .workers = c->workers};
    if (!without_grain(c->problem, sweep->problem, sizeof sweep->problem))
        return;
    for (int k = 0; k < c->cells; k++)
        fill_row(in, sweep, &c->cell[k], point);
}

int metg_find(const struct comparison *c, const struct judgement *j, int n,
              struct metg **out, int *sweeps, struct err *err)
{
    struct input in = {c, j, n};
    struct metg *all = calloc((size_t)n + 1, sizeof *all);
    struct point *point = calloc((size_t)n + 1, sizeof *point);

    *out = NULL;
    *sweeps = 0;
    if (!all || !point) {
        free(all);
        free(point);
        return err_set(err, EXIT_RESOURCE, "no memory for METG");
    }
    for (int i = 0; i < n; i++) {
        if (tasks_row(&c[i]) < 0 || known(all, *sweeps, &c[i]))
            continue;
        fill_sweep(&in, &c[i], &all[*sweeps], point);
        *sweeps += all[*sweeps].rows > 0;
    }
    free(point);
    if (*sweeps)
        *out = all;
    else
        free(all);
    return 0;
}

int metg_points(const struct comparison *c, const struct judgement *j, int n,
                const struct metg *sweep, int row, struct metg_point *out,
                struct err *err)
{
    const struct metg_row *of = &sweep->row[row];
    struct input in = {c, j, n};
    struct point *point = calloc((size_t)n + 1, sizeof *point);
    double peak = peak_of(&in, sweep, of->workers);
    int points;

    if (!point)
        return err_set(err, EXIT_RESOURCE, "no memory for METG");
    points = get_points(&in, sweep, of->executor, point);
    for (int i = 0; i < points; i++)
        out[i] =
            (struct metg_point){granularity(&point[i], of->workers, MEDIAN),
                                efficiency(&point[i], peak, MEDIAN)};
    free(point);
    return points;
}
