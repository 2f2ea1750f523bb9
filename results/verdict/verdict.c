/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double alpha = 0.05;

/* Times of all cells by block, a row a cell: ns[cell * blocks + block]. */
static double *all_times(const struct comparison *c, struct err *err)
{
    size_t blocks = (size_t)c->blocks;
    double *ns = calloc(blocks * (size_t)c->cells + 1, sizeof *ns);

    if (!ns) {
        err_set(err, EXIT_RESOURCE, "no memory to judge %d blocks", c->blocks);
        return NULL;
    }
    for (int i = 0; i < c->cells; i++)
        cell_times(&c->cell[i], c->blocks, ns + (size_t)i * blocks);
    return ns;
}

/* log(a/b) of the blocks that have both; returns how many. */
static size_t log_ratios(const double *a, const double *b, int blocks,
                         double *out)
{
    size_t n = 0;

    for (int i = 0; i < blocks; i++) {
        if (a[i] > 0 && b[i] > 0)
            out[n++] = log(a[i] / b[i]);
    }
    return n;
}

static bool ran(const struct cell *cell)
{
    return cell->status == CELL_OK && cell_count(cell) > 0;
}

static int find_base(const struct comparison *c)
{
    for (int i = 0; i < c->cells; i++) {
        if (strcmp(c->cell[i].executor, "serial") == 0)
            return ran(&c->cell[i]) ? i : -1;
    }
    return -1;
}

/* -- pairs --------------------------------------------------------------- */

static int list_pairs(const struct comparison *c, int base, struct judged *pair)
{
    int others = 0, n = 0;

    for (int i = 0; i < c->cells; i++)
        others += i != base && ran(&c->cell[i]);
    for (int b = 0; b < c->cells; b++) {
        for (int a = b + 1; a < c->cells; a++) {
            if ((a == base || b == base) && others > 1)
                continue;
            if (ran(&c->cell[a]) && ran(&c->cell[b]))
                pair[n++] = (struct judged){.a = a, .b = b};
        }
    }
    return n;
}

static int judge_pairs(const struct comparison *c, const double *ns,
                       struct judged *judged, int n, struct err *err)
{
    size_t blocks = (size_t)c->blocks;
    struct sample sample[PAIRS_MAX] = {{NULL, 0}};
    struct pair pair[PAIRS_MAX];
    double *x = malloc((blocks * (size_t)n + 1) * sizeof *x);
    int failed;

    if (!x)
        return err_set(err, EXIT_RESOURCE, "no memory to judge %d pairs", n);
    for (int i = 0; i < n; i++) {
        double *mine = x + (size_t)i * blocks;

        sample[i].x = mine;
        sample[i].n =
            log_ratios(ns + (size_t)judged[i].a * blocks,
                       ns + (size_t)judged[i].b * blocks, c->blocks, mine);
    }
    failed = stats_pairs(sample, (size_t)n, alpha, log1p(c->margin), pair, err);
    for (int i = 0; i < n && !failed; i++)
        judged[i].pair = pair[i];
    free(x);
    return failed;
}

int verdict_widest(const struct comparison *c, double *widest, struct err *err)
{
    struct judged judged[PAIRS_MAX];
    int n = list_pairs(c, find_base(c), judged);
    double *ns = all_times(c, err);
    int failed = !ns || judge_pairs(c, ns, judged, n, err) ? -1 : 0;

    free(ns);
    if (failed)
        return -1;
    *widest = n ? 0 : -1;
    for (int i = 0; i < n; i++) {
        const struct estimate *ratio = &judged[i].pair.ratio;
        double half = (exp(ratio->ci.high) - exp(ratio->ci.low)) / 2;

        if (!ratio->valid) {
            *widest = -1;
            return 0;
        }
        *widest = half > *widest ? half : *widest;
    }
    return 0;
}

/* -- cells --------------------------------------------------------------- */

/* Gathers the values that are there to the front; returns how many. */
static size_t gather(const double *ns, int blocks, double *out)
{
    size_t n = 0;

    for (int i = 0; i < blocks; i++) {
        if (ns[i] > 0)
            out[n++] = ns[i];
    }
    return n;
}

static void exp_estimate(struct estimate *e)
{
    e->value = exp(e->value);
    e->ci.low = exp(e->ci.low);
    e->ci.high = exp(e->ci.high);
}

static int median_interval(const double *ns, size_t n, struct summary *s,
                           double *logs, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        logs[i] = log(ns[i]);
    if (stats_signed_rank(logs, n, 1 - alpha, &s->ci_ns, err))
        return -1;
    exp_estimate(&s->ci_ns);
    s->ci_ns.ci.low = fmin(s->ci_ns.ci.low, s->median_ns);
    s->ci_ns.ci.high = fmax(s->ci_ns.ci.high, s->median_ns);
    return 0;
}

/* What holds of all trials, warm-up or not. */
static int count_trials(const struct cell *cell, struct summary *s,
                        double *work, struct err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < cell->trials; i++) {
        const struct trial *trial = &cell->trial[i];

        s->wrong += trial->wrong;
        s->verified += !trial->wrong;
        s->migrations += trial->usage.migrations;
        if (trial_counts(trial))
            work[n++] = trial->balance;
    }
    return stats_median(work, n, &s->balance, err);
}

/* Speed-up against the base: tasks a second over the base's. */
static int speed_up(const struct comparison *c, const struct cell *cell,
                    const double *base, const double *mine, struct summary *s,
                    double *logs, struct err *err)
{
    double tasks = c->replicate ? cell->workers : 1;
    size_t n = log_ratios(base, mine, c->blocks, logs);

    for (size_t i = 0; i < n; i++)
        logs[i] += log(tasks);
    if (stats_signed_rank(logs, n, 1 - alpha, &s->speedup, err))
        return -1;
    exp_estimate(&s->speedup);
    s->efficiency = s->speedup.value / cell->workers;
    return 0;
}

static int summarise(const struct comparison *c, int i, const double *ns,
                     int base, struct summary *s, struct err *err)
{
    const struct cell *cell = &c->cell[i];
    const double *mine = ns + (size_t)i * (size_t)c->blocks;
    size_t room = cell->trials + (size_t)c->blocks + 1;
    double tasks = c->replicate ? cell->workers : 1;
    double *work = malloc(2 * room * sizeof *work);
    int failed;

    if (!work)
        return err_set(err, EXIT_RESOURCE, "no memory for a summary");
    failed = count_trials(cell, s, work, err);
    s->n = gather(mine, c->blocks, work);
    if (!failed && s->n) {
        stats_sort(work, s->n);
        s->median_ns = stats_quantile_sorted(work, s->n, 0.5);
        s->min_ns = work[0];
        s->max_ns = work[s->n - 1];
        s->rate = c->amount * tasks / (s->median_ns * 1e-9);
        s->of_peak = cell->bound_rate > 0 ? s->rate / cell->bound_rate : 0;
        failed = median_interval(work, s->n, s, work + room, err);
        if (!failed && base >= 0)
            failed = speed_up(c, cell, ns + (size_t)base * (size_t)c->blocks,
                              mine, s, work + room, err);
    }
    free(work);
    return failed;
}

int verdict_judge(const struct comparison *c, struct judgement *judgement,
                  struct err *err)
{
    struct judgement j = {.base = find_base(c)};
    double *ns = all_times(c, err);
    int failed = ns ? 0 : -1;

    for (int i = 0; i < c->cells && !failed; i++)
        failed = summarise(c, i, ns, j.base, &j.cell[i], err);
    j.pairs = list_pairs(c, j.base, j.pair);
    if (!failed)
        failed = judge_pairs(c, ns, j.pair, j.pairs, err);
    free(ns);
    if (failed)
        return -1;
    verdict_sentence(c, &j, j.sentence, sizeof j.sentence);
    *judgement = j;
    return 0;
}
