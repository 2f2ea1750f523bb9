/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/scaling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ranktests.h"

static const double level = 0.95, good_efficiency = 0.8;

static const char *const modes[] = {"strong", "weak", NULL};
static const char *const bases[] = {"smallest", "self", "serial", NULL};

const char *scaling_mode_name(enum scaling_mode mode)
{
    return modes[mode];
}

const char *scaling_base_name(enum scaling_base base)
{
    return bases[base];
}

static int find(const char *option, const char *word, const char *const *names,
                const char *want, struct err *err)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(word, names[i]) == 0)
            return i;
    }
    return err_set(err, EXIT_USAGE, "--%s %s: want %s", option, word, want);
}

int scaling_mode_find(const char *word, struct err *err)
{
    return find("mode", word, modes, "strong or weak", err);
}

int scaling_base_find(const char *word, struct err *err)
{
    return find("base", word, bases, "smallest, self or serial", err);
}

/* -- rows ---------------------------------------------------------------- */

/* The trials of a row, and of the serial cell in the same blocks. */
struct sample_of_row {
    double *log_ns, *log_ratio; /* [n], [ratios]; owned by `all` */
    size_t n, ratios;
};

/* What a judgement works with. */
struct work_room {
    const struct comparison *c;
    int n;
    double *all;
    size_t used;
    struct sample_of_row (*sample)[SCALING_COUNTS]; /* [curves] */
    bool each; /* the work of each worker is what is constant */
};

static bool is_serial(const char *executor)
{
    return strcmp(executor, "serial") == 0;
}

static const struct cell *cell_named(const struct comparison *c,
                                     const char *executor)
{
    for (int i = 0; i < c->cells; i++) {
        if (strcmp(c->cell[i].executor, executor) == 0)
            return &c->cell[i];
    }
    return NULL;
}

static double tasks(const struct comparison *c, const struct cell *cell)
{
    return c->replicate ? cell->workers : 1;
}

/* log ns of the cell's trials, and log(serial's rate / its rate) by block. */
static int add_trials(const struct comparison *c, const struct cell *cell,
                      struct sample_of_row *s, struct err *err)
{
    const struct cell *serial = cell_named(c, "serial");
    size_t blocks = (size_t)c->blocks;
    double *mine = calloc(2 * blocks + 1, sizeof *mine), *base = mine + blocks;

    if (!mine)
        return err_set(err, EXIT_RESOURCE, "no memory for %zu blocks", blocks);
    cell_times(cell, c->blocks, mine);
    if (serial)
        cell_times(serial, c->blocks, base);
    for (size_t i = 0; i < blocks; i++) {
        if (mine[i] > 0)
            s->log_ns[s->n++] = log(mine[i]);
        if (mine[i] > 0 && base[i] > 0)
            s->log_ratio[s->ratios++] = log(base[i] / mine[i] * tasks(c, cell));
    }
    free(mine);
    return 0;
}

/* The executor's cell that had so many workers. One that had fewer than were
 * asked for did the same work under strong scaling, another under weak. */
static const struct cell *cell_with(const struct work_room *w, int i,
                                    const char *executor, int workers)
{
    const struct cell *cell = cell_named(&w->c[i], executor);
    bool whole = cell && cell->workers == w->c[i].workers;

    return cell && cell->workers == workers && (whole || !w->each) ? cell
                                                                   : NULL;
}

/* Launches of the same count may have been given different nodes. */
static int add_footing(const struct comparison *c, const struct cell *cell,
                       struct scaling_row *row, struct err *err)
{
    bool first = !row->on.cores;
    struct footing on;

    if (footing_of(c, cell, &on, err))
        return -1;
    row->differs = row->differs || (!first && on.nodes != row->on.nodes);
    if (first || on.nodes > row->on.nodes ||
        (on.nodes == row->on.nodes && on.cores > row->on.cores))
        row->on = on;
    return 0;
}

/* All comparisons of one count, taken together. */
static int fill_row(struct work_room *w, const char *executor, int workers,
                    struct scaling_row *row, struct sample_of_row *s,
                    struct err *err)
{
    size_t room = 0;

    *row = (struct scaling_row){.workers = workers};
    for (int i = 0; i < w->n; i++)
        room += cell_with(w, i, executor, workers) ? (size_t)w->c[i].blocks : 0;
    s->log_ns = w->all + w->used;
    s->log_ratio = s->log_ns + room;
    w->used += 2 * room;
    for (int i = 0; i < w->n; i++) {
        const struct comparison *c = &w->c[i];
        const struct cell *cell = cell_with(w, i, executor, workers);

        if (!cell)
            continue;
        row->crowded = row->crowded || c->crowded;
        row->amount = c->amount * tasks(c, cell);
        if (cell->status != CELL_OK)
            snprintf(row->why, sizeof row->why, "%s: %.120s",
                     cell_status_name(cell->status), cell->why.text);
        if (add_trials(c, cell, s, err) || add_footing(c, cell, row, err))
            return -1;
    }
    row->n = s->n;
    if (!row->n && !*row->why)
        snprintf(row->why, sizeof row->why, "not measured");
    return 0;
}

static void exp_estimate(struct estimate *e)
{
    e->value = exp(e->value);
    e->ci.low = exp(e->ci.low);
    e->ci.high = exp(e->ci.high);
}

static int summarise(struct scaling_row *row, const struct sample_of_row *s,
                     struct err *err)
{
    double median;

    if (!row->n)
        return 0;
    if (stats_median(s->log_ns, s->n, &median, err) ||
        stats_signed_rank(s->log_ns, s->n, level, &row->ci_ns, err))
        return -1;
    exp_estimate(&row->ci_ns);
    row->median_ns = exp(median);
    row->ci_ns.ci.low = fmin(row->ci_ns.ci.low, row->median_ns);
    row->ci_ns.ci.high = fmax(row->ci_ns.ci.high, row->median_ns);
    row->core_hours = row->on.cores * row->median_ns * 1e-9 / 3600;
    return 0;
}

/* -- speed-ups ----------------------------------------------------------- */

/* Two independent samples: B X(p) / X(base), of rates. */
static int against_row(struct scaling_row *row, const struct sample_of_row *s,
                       const struct scaling_row *base,
                       const struct sample_of_row *b, struct err *err)
{
    double scale = base->workers * row->amount / base->amount, p;
    struct estimate *e = &row->speedup, shift;

    if (row == base) {
        row->base = true;
        *e = (struct estimate){
            base->workers, {base->workers, base->workers}, 1, row->n, true};
        return 0;
    }
    if (stats_rank_sum(s->log_ns, s->n, b->log_ns, b->n, level, &shift, &p,
                       err))
        return -1;
    *e = shift;
    exp_estimate(e);
    e->value *= scale;
    e->ci.low *= scale;
    e->ci.high *= scale;
    return 0;
}

/* The serial executor in the same blocks: pairs. */
static int against_serial(struct scaling_row *row,
                          const struct sample_of_row *s, struct err *err)
{
    if (stats_signed_rank(s->log_ratio, s->ratios, level, &row->speedup, err))
        return -1;
    exp_estimate(&row->speedup);
    return 0;
}

static const struct scaling_row *find_base(const struct scaling_curve *curve,
                                           enum scaling_base base)
{
    for (int i = 0; i < curve->rows; i++) {
        const struct scaling_row *row = &curve->row[i];

        if (row->n && !row->crowded &&
            (base == BASE_SMALLEST || row->workers == 1))
            return row;
    }
    return NULL;
}

static int speed_up(const struct scaling *s, struct scaling_curve *curve,
                    const struct sample_of_row *sample, struct err *err)
{
    const struct scaling_row *base = find_base(curve, s->base);

    if (s->base != BASE_SERIAL && !base) {
        snprintf(curve->no_base, sizeof curve->no_base,
                 s->base == BASE_SELF ? "was not measured with one worker"
                                      : "was not measured");
        return 0;
    }
    for (int i = 0; i < curve->rows; i++) {
        struct scaling_row *row = &curve->row[i];
        int failed;

        if (!row->n)
            continue;
        failed = s->base == BASE_SERIAL
                     ? against_serial(row, &sample[i], err)
                     : against_row(row, &sample[i], base,
                                   &sample[base - curve->row], err);
        if (failed)
            return -1;
        row->efficiency.low = row->speedup.ci.low / row->workers;
        row->efficiency.high = row->speedup.ci.high / row->workers;
        if (s->base == BASE_SERIAL && !row->speedup.n)
            snprintf(curve->no_base, sizeof curve->no_base,
                     "serial was not measured with it");
    }
    return 0;
}

int scaling_largest(const struct scaling_curve *curve, double least,
                    enum certainty *certainty)
{
    int largest = 0;

    for (int i = 0; i < curve->rows; i++) {
        const struct scaling_row *row = &curve->row[i];

        if (!row->n || !row->speedup.n || row->crowded ||
            row->speedup.value < least * row->workers)
            continue;
        largest = row->workers;
        *certainty = row->base ? BY_DEFINITION
                     : row->speedup.valid && row->efficiency.low >= least
                         ? SURE
                         : STRADDLES;
    }
    return largest;
}

const struct scaling_row *scaling_find(const struct scaling_curve *curve,
                                       int workers)
{
    for (int i = 0; i < curve->rows; i++) {
        if (curve->row[i].workers == workers)
            return &curve->row[i];
    }
    return NULL;
}

/* -- laws ---------------------------------------------------------------- */

/* Rates in place of times. */
static size_t list_points(const struct scaling_curve *curve,
                          struct sample_of_row *sample, struct fit_point *point)
{
    size_t points = 0;

    for (int i = 0; i < curve->rows; i++) {
        const struct scaling_row *row = &curve->row[i];
        double rate = log(row->amount * 1e9);

        if (!row->n || row->crowded)
            continue;
        for (size_t k = 0; k < sample[i].n; k++)
            sample[i].log_ns[k] = rate - sample[i].log_ns[k];
        point[points++] =
            (struct fit_point){row->workers, sample[i].log_ns, sample[i].n};
    }
    return points;
}

static int fit_laws(const struct scaling *s, struct scaling_curve *curve,
                    struct sample_of_row *sample, uint64_t seed,
                    struct err *err)
{
    static const enum fit_law laws[][SCALING_LAWS] = {
        [SCALING_STRONG] = {FIT_LINEAR, FIT_AMDAHL, FIT_USL},
        [SCALING_WEAK] = {FIT_LINEAR, FIT_GUSTAFSON, FIT_USL}};
    struct fit_point point[SCALING_COUNTS];
    size_t points = list_points(curve, sample, point);
    const char *refusal = fit_refusal(point, points);
    int crowded = 0;

    for (int i = 0; i < curve->rows; i++)
        crowded += curve->row[i].crowded;
    if (refusal) {
        snprintf(curve->no_fit, sizeof curve->no_fit, "%s%s", refusal,
                 crowded ? " (those with more workers than places do not count)"
                         : "");
        return 0;
    }
    for (int i = 0; i < SCALING_LAWS; i++) {
        if (fit_law(laws[s->mode][i], point, points, seed, &curve->fit[i], err))
            return -1;
    }
    curve->fits = SCALING_LAWS;
    curve->best = fit_best(curve->fit, curve->fits);
    curve->carries = fit_carries(curve->fit, curve->fits, &curve->hull);
    return 0;
}

/* -- the study ----------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void add_count(int *count, int *counts, int workers)
{
    for (int k = 0; k < *counts; k++) {
        if (count[k] == workers)
            return;
    }
    if (*counts < SCALING_COUNTS)
        count[(*counts)++] = workers;
}

/* Each count of an executor once, ascending; returns how many. */
static int list_counts(const struct work_room *w, struct scaling_curve *curve,
                       int *count)
{
    int counts = 0;

    for (int i = 0; i < w->n; i++) {
        const struct cell *cell = cell_named(&w->c[i], curve->executor);

        if (!cell) {
            curve->stays = curve->stays || w->c[i].nodes > 1;
            continue;
        }
        curve->stays = curve->stays || cell->workers < w->c[i].workers;
        if (cell_with(w, i, curve->executor, cell->workers))
            add_count(count, &counts, cell->workers);
    }
    qsort(count, (size_t)counts, sizeof *count, by_count);
    return counts;
}

/* What must be the same from comparison to comparison: all work under strong
 * scaling, that of each worker under weak. */
static int check_study(const struct comparison *c, int n, struct scaling *s,
                       struct err *err)
{
    double least = INFINITY, most = 0;

    for (int i = 0; i < n; i++) {
        bool each = s->mode == SCALING_WEAK && !c[i].replicate;
        double amount = c[i].amount / (each ? c[i].workers : 1);

        if (strcmp(c[i].kernel, c[0].kernel) != 0 ||
            strcmp(c[i].mode, c[0].mode) != 0)
            return err_set(err, EXIT_USAGE,
                           "not one study: %s in mode %s, and %s in mode %s",
                           c[0].kernel, c[0].mode, c[i].kernel, c[i].mode);
        least = fmin(least, amount);
        most = fmax(most, amount);
    }
    s->constant =
        n ? c[0].amount /
                (s->mode == SCALING_WEAK && !c[0].replicate ? c[0].workers : 1)
          : 0;
    s->drift = least > 0 ? most / least - 1 : 0;
    if (s->mode == SCALING_STRONG && n && c[0].replicate)
        return err_set(err, EXIT_USAGE,
                       "replicated problems grow with the workers: "
                       "--mode weak");
    if (n && s->drift > (s->mode == SCALING_WEAK ? SCALING_DRIFT : 1e-9))
        return err_set(err, EXIT_USAGE,
                       "not one study of %s scaling: the work %s differs by "
                       "%.3g %%",
                       scaling_mode_name(s->mode),
                       s->mode == SCALING_WEAK ? "of each worker" : "of all",
                       100 * s->drift);
    return 0;
}

/* Serial has one worker at any count: one row of all, the base of others. */
static int make_curve(struct work_room *w, struct scaling *s,
                      const char *executor, uint64_t seed, struct err *err)
{
    struct sample_of_row *sample = w->sample[s->curves];
    struct scaling_curve *curve = &s->curve[s->curves++];
    int count[SCALING_COUNTS], counts;

    *curve = (struct scaling_curve){.executor = executor};
    counts = list_counts(w, curve, count);
    curve->row = calloc((size_t)counts + 1, sizeof *curve->row);
    if (!curve->row)
        return err_set(err, EXIT_RESOURCE, "no memory for a curve");
    curve->rows = counts;
    for (int i = 0; i < counts; i++) {
        if (fill_row(w, executor, count[i], &curve->row[i], &sample[i], err) ||
            summarise(&curve->row[i], &sample[i], err))
            return -1;
    }
    if (speed_up(s, curve, sample, err))
        return -1;
    curve->good = scaling_largest(curve, good_efficiency, &curve->certainty);
    return fit_laws(s, curve, sample, seed, err);
}

static int make_curves(struct work_room *w, struct scaling *s, uint64_t seed,
                       struct err *err)
{
    for (int i = 0; i < w->n; i++) {
        int workers = w->c[i].workers;

        s->smallest = i && s->smallest < workers ? s->smallest : workers;
        s->largest = s->largest > workers ? s->largest : workers;
        for (int k = 0; k < w->c[i].cells; k++) {
            const char *executor = w->c[i].cell[k].executor;
            bool known = is_serial(executor);

            for (int j = 0; j < s->curves; j++)
                known = known || strcmp(s->curve[j].executor, executor) == 0;
            if (!known && s->curves < CELLS_MAX &&
                make_curve(w, s, executor, seed, err))
                return -1;
        }
    }
    return 0;
}

/* All trials, also those that do not count, take place on all cores that the
 * comparison holds. */
static int add_cost(const struct comparison *c, struct scaling *s,
                    struct err *err)
{
    double ns = 0;
    int cores = 0;

    for (int i = 0; i < c->cells; i++) {
        const struct cell *cell = &c->cell[i];
        struct footing on;

        if (footing_of(c, cell, &on, err))
            return -1;
        cores = on.cores > cores ? on.cores : cores;
        for (size_t k = 0; k < cell->trials; k++)
            ns += (double)cell->trial[k].ns * cell->trial[k].repeats;
    }
    s->core_hours += cores * ns * 1e-9 / 3600;
    return 0;
}

int scaling_judge(const struct comparison *c, int n, enum scaling_mode mode,
                  enum scaling_base base, uint64_t seed, struct scaling *out,
                  struct err *err)
{
    struct scaling s = {.mode = mode, .base = base};
    struct work_room w = {.c = c, .n = n};
    size_t blocks = 0;
    int failed;

    if (check_study(c, n, &s, err))
        return -1;
    for (int i = 0; i < n; i++) {
        blocks += (size_t)c[i].blocks;
        if (add_cost(&c[i], &s, err))
            return -1;
    }
    w.each = mode == SCALING_WEAK && n && !c[0].replicate;
    s.kernel = n ? c[0].kernel : "";
    s.unit = n ? c[0].unit : "";
    s.replicate = n && c[0].replicate;
    s.curve = calloc(CELLS_MAX, sizeof *s.curve);
    w.sample = calloc(CELLS_MAX, sizeof *w.sample);
    w.all = malloc((2 * CELLS_MAX * blocks + 1) * sizeof *w.all);
    failed = s.curve && w.sample && w.all
                 ? make_curves(&w, &s, seed, err)
                 : err_set(err, EXIT_RESOURCE, "no memory for a study");
    free(w.all);
    free(w.sample);
    if (failed) {
        scaling_free(&s);
        return -1;
    }
    *out = s;
    return 0;
}

void scaling_free(struct scaling *s)
{
    for (int i = 0; s && i < s->curves; i++)
        free(s->curve[i].row);
    if (s)
        free(s->curve);
}
