/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/json.h"

#include <math.h>
#include <stdio.h>

#include "results/verdict/found.h"

/* What follows from the counting trials. */
static void put_summary(json_t **object, const struct comparison *c,
                        const struct summary *s)
{
    static const struct summary nothing = {
        .median_ns = NAN,
        .min_ns = NAN,
        .max_ns = NAN,
        .rate = NAN,
        .balance = NAN,
    };
    bool based = s && s->speedup.n > 0;
    char unit[64];

    snprintf(unit, sizeof unit, "%s/s", c->unit);
    s = s ? s : &nothing;
    object_put(object, "median_ns", value_whole(s->median_ns));
    object_put(object, "ci95_ns", value_whole_interval(&s->ci_ns));
    object_put(object, "min_ns", value_whole(s->min_ns));
    object_put(object, "max_ns", value_whole(s->max_ns));
    object_put(object, "rate", value_real(s->rate));
    object_put(object, "rate_unit", value_text(unit));
    object_put(object, "speedup", value_real(based ? s->speedup.value : NAN));
    object_put(object, "speedup_ci95", value_real_interval(&s->speedup));
    object_put(object, "efficiency", value_real(based ? s->efficiency : NAN));
    object_put(object, "imbalance", value_real(s->balance));
    object_put(object, "of_peak",
               value_real(s->of_peak > 0 ? s->of_peak : NAN));
}

/* What the kernel measured, by name. */
static json_t *value_metrics(const struct comparison *c,
                             const struct cell *cell)
{
    json_t *object = json_object();

    for (int m = 0; m < c->metrics; m++) {
        json_t *one = json_object();
        double median = NAN;
        struct err err;

        if (cell && found_median(cell, m, &median, &err)) {
            json_decref(one);
            one = NULL;
        }
        object_put(&one, "median", value_real(median));
        object_put(&one, "unit", value_text(c->metric[m].unit));
        object_put(&object, c->metric[m].name, one);
    }
    return object;
}

/* What the trials found besides time; null where there is none of it. */
static void put_found(json_t **object, const struct comparison *c,
                      const struct cell *cell, const struct summary *s)
{
    object_put(object, "bandwidth",
               value_real(s ? found_bandwidth(c, cell, s->median_ns) : NAN));
    object_put(object, "ipc", value_real(s ? found_ipc(cell) : NAN));
    object_put(object, "uncounted",
               value_text(*cell->uncounted ? cell->uncounted : NULL));
    if (c->metrics)
        object_put(object, "metrics", value_metrics(c, s ? cell : NULL));
}

/* What the team as a whole took; null unless it ran. */
static void put_costs(json_t **object, const struct cell *cell, bool ran)
{
    static const struct cell unknown = {
        .startup_ns = UINT64_MAX,
        .setup_ns = UINT64_MAX,
        .teardown_ns = UINT64_MAX,
        .idle_ns = UINT64_MAX,
        .idle_cpu_ns = UINT64_MAX,
        .huge_share = NAN,
    };
    const struct cell *known = ran ? cell : &unknown;

    object_put(object, "startup_ns", value_count(known->startup_ns));
    object_put(object, "setup_ns", value_count(known->setup_ns));
    object_put(object, "teardown_ns", value_count(known->teardown_ns));
    object_put(object, "idle_ns", value_count(known->idle_ns));
    object_put(object, "idle_cpu_ns", value_count(known->idle_cpu_ns));
    object_put(object, "bound_rate",
               value_real(known->bound_rate > 0 ? known->bound_rate : NAN));
    object_put(object, "memory_rate",
               value_real(known->memory_rate > 0 ? known->memory_rate : NAN));
    object_put(object, "memory_bytes", value_whole(cell->memory_bytes));
    object_put(object, "huge_pages", value_real(known->huge_share));
    object_put(object, "pinned",
               known->post ? json_boolean(known->pinned) : json_null());
}

/* Counted over all trials, warm-up too, whatever became of the cell. */
static void put_checks(json_t **object, const struct cell *cell)
{
    size_t wrong = 0;
    uint64_t migrations = 0;

    for (size_t i = 0; i < cell->trials; i++) {
        wrong += cell->trial[i].wrong;
        migrations += cell->trial[i].usage.migrations;
    }
    object_put(object, "verified", value_count(cell->trials - wrong));
    object_put(object, "failed", value_count(wrong));
    object_put(object, "migrations",
               cell->trials ? value_count(migrations) : json_null());
}

void put_ranks(json_t **object, const struct cell *cell)
{
    if (cell->ranks)
        object_put(object, "ranks", json_integer(cell->ranks));
    if (*cell->ranks_per)
        object_put(object, "ranks_per", value_text(cell->ranks_per));
}

json_t *cell_object(const struct comparison *c, const struct cell *cell,
                    const struct summary *s)
{
    bool ok = cell->status == CELL_OK;
    const char *why = ok ? NULL : cell->why.text;
    json_t *object = json_object();

    object_put(&object, "executor", value_text(cell->executor));
    object_put(&object, "workers", json_integer(cell->workers));
    put_ranks(&object, cell);
    object_put(&object, "status", value_text(cell_status_name(cell->status)));
    object_put(&object, "why", value_text(why));
    object_put(&object, "trials", value_count(cell_count(cell)));
    s = ok && s && s->n ? s : NULL;
    put_summary(&object, c, s);
    put_found(&object, c, cell, s);
    put_costs(&object, cell, ok && cell->trials);
    put_checks(&object, cell);
    return object;
}

static struct estimate exp_estimate(const struct estimate *e)
{
    struct estimate ratio = *e;

    ratio.value = exp(e->value);
    ratio.ci.low = exp(e->ci.low);
    ratio.ci.high = exp(e->ci.high);
    return ratio;
}

json_t *pair_object(const struct comparison *c, const struct judged *judged)
{
    const struct pair *pair = &judged->pair;
    struct estimate ratio = exp_estimate(&pair->ratio);
    struct estimate narrow = exp_estimate(&pair->narrow);
    json_t *object = json_object();
    const char *verdict = stats_verdict_name(pair->verdict);

    object_put(&object, "a", value_text(c->cell[judged->a].executor));
    object_put(&object, "b", value_text(c->cell[judged->b].executor));
    object_put(&object, "ratio", value_real(ratio.value));
    object_put(&object, "ci95", value_real_interval(&ratio));
    object_put(&object, "verdict", value_text(verdict));
    object_put(&object, "blocks", value_count(ratio.n));
    object_put(&object, "ci90_alone", value_real_interval(&narrow));
    object_put(&object, "p", value_real(pair->p));
    object_put(&object, "p_adjusted", value_real(pair->p_adjusted));
    object_put(&object, "more_blocks", value_count(pair->more));
    return object;
}
