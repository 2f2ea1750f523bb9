/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison that was read, judged and reduced to what is shown of it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/model.h"
#include "results/report/parts.h"
#include "results/report/table.h"
#include "results/report/utilisation.h"
#include "results/verdict/found.h"

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for the report");
}

/* -- texts --------------------------------------------------------------- */

enum { TEXTS_OWNED = 3 + CELLS_MAX + 3 * METRICS_MAX };

static int list_texts(struct comparison *c, const char **out[TEXTS_OWNED])
{
    int n = 0;

    out[n++] = &c->kernel;
    out[n++] = &c->unit;
    out[n++] = &c->mode;
    for (int i = 0; i < c->cells; i++)
        out[n++] = &c->cell[i].executor;
    for (int i = 0; i < c->metrics; i++) {
        out[n++] = &c->metric[i].name;
        out[n++] = &c->metric[i].unit;
        out[n++] = &c->metric[i].help;
    }
    return n;
}

int section_own_texts(struct comparison *c, struct err *err)
{
    const char **text[TEXTS_OWNED];
    int n = list_texts(c, text);
    bool failed = false;

    for (int i = 0; i < n; i++) {
        *text[i] = text_cut(*text[i] ? *text[i] : "");
        failed = failed || !*text[i];
    }
    return failed ? no_memory(err) : 0;
}

static void free_texts(struct comparison *c)
{
    const char **text[TEXTS_OWNED];
    int n = list_texts(c, text);

    for (int i = 0; i < n; i++)
        free((char *)*text[i]);
}

/* -- trials -------------------------------------------------------------- */

/* Warm-up blocks come before block 0 in time. */
static int warmup_blocks(const struct comparison *c)
{
    int n = 0;

    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++) {
            const struct trial *trial = &c->cell[i].trial[t];

            if (trial->warmup && trial->block >= n)
                n = trial->block + 1;
        }
    }
    return n;
}

static int take_points(const struct cell *cell, int warmups,
                       struct track *track, struct err *err)
{
    size_t n = thinned_count(cell->trials, POINTS_MAX);

    track->point = calloc(n + 1, sizeof *track->point);
    if (!track->point)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct trial *trial =
            &cell->trial[thinned_index(i, cell->trials, POINTS_MAX)];

        track->point[i] = (struct point){.block = trial->block -
                                                  (trial->warmup ? warmups : 0),
                                         .ns = (double)trial->ns,
                                         .counts = trial_counts(trial),
                                         .disturbed = trial->disturbed};
    }
    track->points = n;
    return 0;
}

static int counting_times(const struct cell *cell, double **out, size_t *n,
                          struct err *err)
{
    double *ns = malloc((cell->trials + 1) * sizeof *ns);

    *n = 0;
    *out = ns;
    if (!ns)
        return no_memory(err);
    for (size_t i = 0; i < cell->trials; i++) {
        if (trial_counts(&cell->trial[i]) && cell->trial[i].ns)
            ns[(*n)++] = (double)cell->trial[i].ns;
    }
    return 0;
}

static int take_steps(const struct cell *cell, struct track *track,
                      struct err *err)
{
    double *ns;
    size_t n, steps;

    if (counting_times(cell, &ns, &n, err))
        return -1;
    stats_sort(ns, n);
    steps = thinned_count(n, STEPS_MAX);
    for (size_t i = 0; i < steps; i++)
        ns[i] = ns[thinned_index(i, n, STEPS_MAX)];
    track->step = ns;
    track->steps = steps;
    track->stepped = n;
    return 0;
}

static int take_steadiness(const struct comparison *c, struct track *track,
                           struct err *err)
{
    double log_ns[POINTS_MAX], margin = log1p(c->margin) / 2;
    size_t n = 0;

    for (size_t i = 0; i < track->points; i++) {
        if (track->point[i].counts && track->point[i].ns > 0)
            log_ns[n++] = log(track->point[i].ns);
    }
    return stats_steady(log_ns, n, margin > 0 ? margin : 1e-9,
                        &track->steadiness, err);
}

/* The counting trial nearest to the median, and the slowest. */
static const struct trial *find_shown(const struct cell *cell, int which,
                                      double median)
{
    const struct trial *best = NULL;
    double least = INFINITY;

    for (size_t i = 0; i < cell->trials; i++) {
        const struct trial *trial = &cell->trial[i];
        double badness = which == SHOWN_MEDIAN
                             ? fabs((double)trial->ns - median)
                             : -(double)trial->ns;

        if (trial_counts(trial) && trial->span && badness < least) {
            least = badness;
            best = trial;
        }
    }
    return best;
}

static int take_shown(const struct cell *cell, double median,
                      struct track *track, struct err *err)
{
    for (int which = 0; which < SHOWN; which++) {
        const struct trial *trial = find_shown(cell, which, median);
        struct trial *mine = &track->shown[which];
        size_t size = (size_t)cell->workers * sizeof *mine->span;

        if (!trial)
            continue;
        *mine = *trial;
        mine->span = malloc(size);
        if (!mine->span)
            return no_memory(err);
        memcpy(mine->span, trial->span, size);
    }
    return 0;
}

static int take_metrics(const struct comparison *c, const struct cell *cell,
                        struct track *track, struct err *err)
{
    for (int m = 0; m < METRICS_MAX; m++)
        track->metric[m] = NAN;
    for (int m = 0; m < c->metrics; m++) {
        if (found_median(cell, m, &track->metric[m], err))
            return -1;
    }
    return 0;
}

static int reduce_cell(struct section *s, int i, int warmups, struct err *err)
{
    const struct cell *cell = &s->c.cell[i];
    struct track *track = &s->track[i];

    return take_points(cell, warmups, track, err) ||
                   take_steps(cell, track, err) ||
                   take_steadiness(&s->c, track, err) ||
                   take_shown(cell, s->j.cell[i].median_ns, track, err) ||
                   take_metrics(&s->c, cell, track, err) ||
                   why_parts(cell, track->parts, err)
               ? -1
               : 0;
}

/* -- pairs --------------------------------------------------------------- */

static int reduce_pair(struct section *s, const struct judged *judged,
                       struct ratios *out, struct err *err)
{
    size_t blocks = (size_t)s->c.blocks, n = 0, kept;
    double *a = calloc(2 * blocks + 1, sizeof *a), *b = a + blocks;
    struct ratio *all = calloc(blocks + 1, sizeof *all);

    if (!a || !all) {
        free(a);
        free(all);
        return no_memory(err);
    }
    cell_times(&s->c.cell[judged->a], s->c.blocks, a);
    cell_times(&s->c.cell[judged->b], s->c.blocks, b);
    for (size_t i = 0; i < blocks; i++) {
        if (a[i] > 0 && b[i] > 0)
            all[n++] = (struct ratio){(int)i, a[i] / b[i]};
    }
    free(a);
    kept = thinned_count(n, POINTS_MAX);
    for (size_t i = 0; i < kept; i++)
        all[i] = all[thinned_index(i, n, POINTS_MAX)];
    *out = (struct ratios){all, kept, n};
    return 0;
}

/* -- cores --------------------------------------------------------------- */

/* Of all CPUs at one sample. */
static double over_cpus(const struct utilisation *u, size_t sample, int which)
{
    double least = NAN, most = NAN, sum = 0;
    int known = 0;

    for (int i = 0; i < u->cpus; i++) {
        unsigned char busy = u->busy[sample * (size_t)u->cpus + (size_t)i];

        if (busy == PERCENT_UNKNOWN)
            continue;
        known++;
        sum += busy / 100.0;
        least = fmin(least, busy / 100.0);
        most = fmax(most, busy / 100.0);
    }
    if (!known)
        return NAN;
    return which == -3 ? least : which == -1 ? most : sum / known;
}

static double core_share(const struct utilisation *u, size_t sample, int line,
                         bool many)
{
    unsigned char busy;

    if (many)
        return over_cpus(u, sample, line - 3);
    busy = u->busy[sample * (size_t)u->cpus + (size_t)line];
    return busy == PERCENT_UNKNOWN ? NAN : busy / 100.0;
}

static int reduce_cores(const struct comparison *c, struct cores *out,
                        struct err *err)
{
    const struct utilisation *u = &c->utilisation;
    bool many = u->cpus > CORE_LINES;
    double *series = malloc((u->samples + 1) * sizeof *series);

    *out = (struct cores){.lines = many ? 3 : u->cpus,
                          .cpus = u->cpus,
                          .of = u->samples,
                          .cost_s = (double)u->cost_ns * 1e-9};
    out->samples = thinned_count(u->samples, CORE_SAMPLES);
    out->share =
        calloc((size_t)out->lines * out->samples + 1, sizeof *out->share);
    if (!series || !out->share) {
        free(series);
        return no_memory(err);
    }
    for (int line = 0; line < out->lines; line++) {
        out->cpu[line] = many ? line - 3 : u->cpu[line];
        for (size_t i = 0; i < u->samples; i++)
            series[i] = core_share(u, i, line, many);
        series_thin(series, u->samples, CORE_SAMPLES);
        memcpy(out->share + (size_t)line * out->samples, series,
               out->samples * sizeof *series);
        for (int i = 0; i < c->cells && !many && i < u->cells; i++)
            out->mean[i][line] = utilisation_mean(u, i, line);
    }
    if (out->samples)
        out->period_s = (double)u->period_ns * 1e-9 * (double)u->samples /
                        (double)out->samples;
    free(series);
    return 0;
}

/* -- tables -------------------------------------------------------------- */

static int new_grid(struct grid **out, struct err *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : no_memory(err);
}

static int take_grids(struct section *s, struct err *err)
{
    if (new_grid(&s->rows, err) || new_grid(&s->parts, err))
        return -1;
    for (int i = 0; i < s->c.cells; i++) {
        s->note[i] = malloc(TABLE_NOTE);
        if (!s->note[i])
            return no_memory(err);
    }
    table_rows(s->rows, &s->c, &s->j, s->note);
    if (parts_fill(s->parts, &s->c, &s->j, err))
        return -1;
    if (!s->c.metrics)
        return 0;
    return new_grid(&s->found, err) || found_fill(s->found, &s->c, &s->j, err)
               ? -1
               : 0;
}

/* -- all of it ----------------------------------------------------------- */

static void drop_trials(struct comparison *c)
{
    for (int i = 0; i < c->cells; i++) {
        struct cell *cell = &c->cell[i];

        for (size_t t = 0; t < cell->trials; t++)
            free(cell->trial[t].span);
        free(cell->trial);
        cell->trial = NULL;
        cell->trials = cell->capacity = 0;
    }
    utilisation_free(&c->utilisation);
}

static int judge(struct section *s, struct err *err)
{
    if (verdict_judge(&s->c, &s->j, err))
        return -1;
    verdict_sentence_in(LANGUAGE_ZH, &s->c, &s->j, s->chinese,
                        sizeof s->chinese);
    for (int i = 0; i < LANGUAGES; i++) {
        if (why_text_in((enum language)i, &s->c, &s->j, s->why[i],
                        sizeof s->why[i], err))
            return -1;
    }
    return 0;
}

int section_reduce(struct section *s, struct err *err)
{
    int warmups = warmup_blocks(&s->c), failed = judge(s, err);

    for (int i = 0; i < s->c.cells && !failed; i++)
        failed = reduce_cell(s, i, warmups, err);
    for (int i = 0; i < s->j.pairs && !failed; i++)
        failed = reduce_pair(s, &s->j.pair[i], &s->ratios[i], err);
    if (!failed && s->c.utilisation.cpus)
        failed = reduce_cores(&s->c, &s->cores, err);
    if (!failed)
        failed = take_grids(s, err);
    drop_trials(&s->c);
    return failed;
}

void section_free(struct section *s)
{
    if (!s)
        return;
    for (int i = 0; i < CELLS_MAX; i++) {
        free(s->track[i].point);
        free(s->track[i].step);
        for (int k = 0; k < SHOWN; k++)
            free(s->track[i].shown[k].span);
        free(s->note[i]);
    }
    for (int i = 0; i < PAIRS_MAX; i++)
        free(s->ratios[i].ratio);
    for (size_t i = 0; i < s->warnings; i++)
        free(s->warning[i]);
    free(s->cores.share);
    free(s->rows);
    free(s->parts);
    free(s->found);
    free_texts(&s->c);
    comparison_free(&s->c);
    free(s);
}
