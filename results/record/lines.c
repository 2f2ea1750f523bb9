/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/lines.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "results/record/json.h"
#include "results/record/resume.h"

/* -- the run ------------------------------------------------------------- */

static json_t *value_now(const char *format, bool utc)
{
    time_t now = time(NULL);
    struct tm tm;
    char text[64];

    if (!(utc ? gmtime_r(&now, &tm) : localtime_r(&now, &tm)) ||
        !strftime(text, sizeof text, format, &tm))
        return json_null();
    return value_text(text);
}

static json_t *value_goals(const struct run_info *info)
{
    json_t *goals = json_object();
    bool budget = info->budget_s > 0;

    object_put(&goals, "precision", value_real(info->precision));
    object_put(&goals, "margin", value_real(info->margin));
    object_put(&goals, "confidence", json_real(0.95));
    object_put(&goals, "budget_s",
               budget ? value_real(info->budget_s) : json_null());
    object_put(&goals, "warmups", value_known(info->warmups));
    object_put(&goals, "least_blocks", value_known(info->least_blocks));
    object_put(&goals, "blocks",
               info->blocks ? value_known(info->blocks) : json_null());
    return goals;
}

/* Callers have "" as well as NULL for what they do not know. */
static json_t *value_given(const char *text)
{
    return value_text(text && *text ? text : NULL);
}

static json_t *value_study(const struct run_info *info)
{
    json_t *study = json_object();

    object_put(&study, "scaling", value_given(info->scaling));
    object_put(&study, "base", value_given(info->base));
    object_put(&study, "comparisons", json_integer(info->comparisons));
    object_put(&study, "fingerprint", value_seed(info->fingerprint));
    return study;
}

static json_t *value_node(const struct node_card *node)
{
    json_t *object = json_object();

    object_put(&object, "host", value_given(node->host));
    object_put(&object, "cpu", value_given(node->cpu));
    object_put(&object, "ranks", value_known(node->ranks));
    object_put(&object, "cores", value_known(node->cores));
    object_put(&object, "pus", value_known(node->pus));
    object_put(&object, "memory_bytes", value_known(node->memory_bytes));
    object_put(&object, "clock_error_ns", value_count(node->clock_error_ns));
    return object;
}

static json_t *value_nodes(const struct run_info *info)
{
    json_t *list = json_array();

    for (int i = 0; i < info->nodes; i++)
        array_put(&list, value_node(&info->node[i]));
    return list;
}

json_t *line_run(const struct run_info *info)
{
    json_t *line = json_object();
    const struct environment *env = info->environment;

    object_put(&line, "command_line", value_text(info->command_line));
    object_put(&line, "kernel", value_text(info->kernel));
    object_put(&line, "seed", value_seed(info->seed));
    object_put(&line, "goals", value_goals(info));
    object_put(&line, "start", value_now("%Y-%m-%dT%H:%M:%SZ", true));
    object_put(&line, "zone", value_now("%z", false));
    object_put(&line, "clock", value_text("CLOCK_MONOTONIC"));
    object_put(&line, "clock_ns", value_count(clock_now()));
    object_put(&line, "launcher", value_given(info->launcher));
    object_put(&line, "ranks",
               info->ranks ? value_known(info->ranks) : json_null());
    if (info->nodes > 1)
        object_put(&line, "nodes", value_nodes(info));
    object_put(&line, "mpi", value_given(info->mpi));
    object_put(&line, "blas", value_given(info->blas));
    object_put(&line, "build", env ? environment_build(env) : json_null());
    if (info->comparisons)
        object_put(&line, "study", value_study(info));
    return line;
}

json_t *line_host(const struct run_info *info)
{
    json_t *line;

    if (info->environment)
        return environment_node(info->environment);
    line = json_object();
    object_put(&line, "host", json_null());
    object_put(&line, "why", value_text("the environment was not collected"));
    return line;
}

json_t *line_calib(const struct run_info *info)
{
    const struct timer *timer = info->timer;
    uint64_t region = info->region_ns;
    json_t *line = json_object();

    object_put(&line, "overhead_ns",
               timer ? value_count(timer->overhead_ns) : json_null());
    object_put(&line, "resolution_ns",
               timer ? value_count(timer->resolution_ns) : json_null());
    object_put(&line, "least_region_ns",
               timer ? value_count(timer_least_region(timer)) : json_null());
    object_put(&line, "region_ns", region ? value_count(region) : json_null());
    if (!timer)
        object_put(&line, "why", value_text("the timer was not calibrated"));
    return line;
}

/* -- a comparison -------------------------------------------------------- */

/* What tells one comparison from another: on each of its lines, so that any
 * line can be understood alone. */
static json_t *begin(int plan, const struct comparison *c)
{
    json_t *line = json_object();

    object_put(&line, "plan", json_integer(plan));
    object_put(&line, "kernel", value_text(c->kernel));
    object_put(&line, "mode", value_text(c->mode));
    object_put(&line, "params", value_params(c->problem));
    return line;
}

static json_t *value_executor(const struct cell *cell)
{
    bool ok = cell->status == CELL_OK;
    json_t *object = json_object();

    object_put(&object, "executor", value_text(cell->executor));
    object_put(&object, "workers", json_integer(cell->workers));
    put_ranks(&object, cell);
    object_put(&object, "status", value_text(cell_status_name(cell->status)));
    object_put(&object, "why", value_text(ok ? NULL : cell->why.text));
    object_put(&object, "memory_bytes", value_whole(cell->memory_bytes));
    return object;
}

static json_t *value_metrics(const struct comparison *c)
{
    json_t *list = json_array();

    for (int m = 0; m < c->metrics; m++) {
        const struct metric *metric = &c->metric[m];
        json_t *one = json_object();

        object_put(&one, "name", value_text(metric->name));
        object_put(&one, "unit", value_text(metric->unit));
        object_put(&one, "merge", value_text(metric_merge_name(metric->merge)));
        array_put(&list, one);
    }
    return list;
}

json_t *line_plan(int plan, const struct comparison *c)
{
    json_t *line = begin(plan, c), *executors = json_array();

    for (int i = 0; i < c->cells; i++)
        array_put(&executors, value_executor(&c->cell[i]));
    object_put(&line, "unit", value_text(c->unit));
    object_put(&line, "amount", value_real(c->amount));
    object_put(&line, "bytes",
               c->bytes > 0 ? value_real(c->bytes) : json_null());
    if (c->metrics)
        object_put(&line, "metrics", value_metrics(c));
    object_put(&line, "workers", json_integer(c->workers));
    object_put(&line, "placement", value_text(c->placement));
    object_put(&line, "crowded", json_boolean(c->crowded));
    object_put(&line, "rebuilt", json_boolean(c->rebuilt));
    object_put(&line, "seed", value_seed(c->seed));
    object_put(&line, "precision", value_real(c->precision));
    object_put(&line, "margin", value_real(c->margin));
    object_put(&line, "executors", executors);
    return line;
}

static json_t *value_post(const struct cell *cell, int worker)
{
    const struct post *post = &cell->post[worker];
    json_t *object = json_object();

    object_put(&object, "worker", json_integer(worker));
    if (post->node >= 0)
        object_put(&object, "node", value_known(post->node));
    object_put(&object, "planned_pu", value_known(post->planned_pu));
    object_put(&object, "observed_pu", value_known(post->observed_pu));
    object_put(&object, "core", value_known(post->core));
    object_put(&object, "numa", value_known(post->numa));
    if (cell->ranks) {
        object_put(&object, "rank", json_integer(post->rank));
        object_put(&object, "thread", json_integer(post->thread));
    }
    object_put(&object, "bound", json_boolean(post->bound));
    object_put(&object, "mask", value_text(post->mask));
    return object;
}

json_t *line_place(int plan, const struct cell *cell)
{
    json_t *line = json_object(), *list = json_array();

    for (int i = 0; i < cell->workers; i++)
        array_put(&list, value_post(cell, i));
    object_put(&line, "plan", json_integer(plan));
    object_put(&line, "executor", value_text(cell->executor));
    object_put(&line, "pinned", json_boolean(cell->pinned));
    object_put(&line, "workers", list);
    return line;
}

static void put_results(json_t **line, const struct comparison *c,
                        const struct judgement *j)
{
    json_t *cells = json_array(), *pairs = json_array();

    for (int i = 0; i < c->cells; i++)
        array_put(&cells, cell_object(c, &c->cell[i], j ? &j->cell[i] : NULL));
    for (int i = 0; j && i < j->pairs; i++)
        array_put(&pairs, pair_object(c, &j->pair[i]));
    object_put(line, "cells", cells);
    object_put(line, "pairs", pairs);
}

static json_t *value_account(const struct account *a)
{
    json_t *object = json_object();

    object_put(&object, "total_ns", value_count(a->total_ns));
    object_put(&object, "bounds_ns", value_count(a->bounds_ns));
    object_put(&object, "teams_ns", value_count(a->teams_ns));
    object_put(&object, "kernel_ns", value_count(a->kernel_ns));
    object_put(&object, "gates_ns", value_count(a->gates_ns));
    object_put(&object, "orders_ns", value_count(a->orders_ns));
    return object;
}

json_t *line_summary(int plan, const struct comparison *c,
                     const struct judgement *j)
{
    json_t *line = begin(plan, c);
    const char *base = j && j->base >= 0 ? c->cell[j->base].executor : NULL;
    const char *verdict = j ? j->sentence : NULL;

    object_put(&line, "workers", json_integer(c->workers));
    object_put(&line, "blocks", value_known(c->blocks));
    object_put(&line, "stop", value_text(stop_name(c->stop)));
    object_put(&line, "widest",
               c->widest < 0 ? json_null() : value_real(c->widest));
    object_put(&line, "window_ns", value_count(c->window_ns));
    object_put(&line, "late", value_known(c->late));
    object_put(&line, "repeats", value_count(c->repeats));
    object_put(&line, "rebuilt", json_boolean(c->rebuilt));
    object_put(&line, "account", value_account(&c->account));
    object_put(&line, "base", value_text(base));
    put_results(&line, c, j);
    object_put(&line, "verdict", value_text(verdict));
    if (!j)
        object_put(&line, "why", value_text("nothing could be judged"));
    return line;
}

/* -- trials -------------------------------------------------------------- */

/* One member of each worker's span, by its place in struct span. */
static json_t *value_spans(const struct cell *cell, const struct trial *trial,
                           size_t member)
{
    json_t *list = json_array();

    for (int i = 0; i < cell->workers; i++) {
        const char *span = (const char *)&trial->span[i];

        array_put(&list, value_count(*(const uint64_t *)(span + member)));
    }
    return list;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* [least, quartiles, largest] of one quantity: of n sorted values those with
 * ranks 0, (n-1)/4, (n-1)/2, 3(n-1)/4, n-1, rounded down. Values that were
 * seen, and exact, unlike means of two instants as floating-point numbers. */
static json_t *value_quartiles(uint64_t *x, size_t n)
{
    json_t *list = json_array();

    qsort(x, n, sizeof *x, by_size);
    for (size_t q = 0; q <= 4; q++)
        array_put(&list, value_count(x[(n - 1) * q / 4]));
    return list;
}

static json_t *value_spread(const struct cell *cell, const struct trial *trial)
{
    size_t n = (size_t)cell->workers;
    uint64_t *x = malloc(3 * n * sizeof *x);
    json_t *spread = x ? json_object() : NULL;

    if (!spread) {
        free(x);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        const struct span *span = &trial->span[i];

        x[i] = span->start_ns;
        x[n + i] = span->end_ns;
        x[2 * n + i] = span->end_ns - span->start_ns;
    }
    object_put(&spread, "start_ns", value_quartiles(x, n));
    object_put(&spread, "end_ns", value_quartiles(x + n, n));
    object_put(&spread, "took_ns", value_quartiles(x + 2 * n, n));
    free(x);
    return spread;
}

/* Those of a worker side by side; nothing where there are none. */
static void put_phases(json_t **line, const struct cell *cell,
                       const struct trial *trial)
{
    int each = 0;
    json_t *list;

    for (int w = 0; w < cell->workers; w++) {
        for (int p = each; p < PHASES_MAX; p++)
            each = trial->span[w].phase_ns[p] > 0 ? p + 1 : each;
    }
    if (!each)
        return;
    list = json_array();
    for (int w = 0; w < cell->workers; w++) {
        for (int p = 0; p < each; p++)
            array_put(&list, value_count((uint64_t)trial->span[w].phase_ns[p]));
    }
    object_put(line, "phases_by_worker", list);
}

static void put_spans(json_t **line, const struct cell *cell,
                      const struct trial *trial, bool raw)
{
    bool all = trial->span && (raw || cell->workers <= RECORD_SPANS_MAX);

    object_put(line, "start_ns",
               all ? value_spans(cell, trial, offsetof(struct span, start_ns))
                   : json_null());
    object_put(line, "end_ns",
               all ? value_spans(cell, trial, offsetof(struct span, end_ns))
                   : json_null());
    object_put(line, "waited_by_worker",
               all ? value_spans(cell, trial, offsetof(struct span, waited_ns))
                   : json_null());
    if (all)
        put_phases(line, cell, trial);
    if (all)
        return;
    object_put(line, "spread",
               trial->span ? value_spread(cell, trial) : json_null());
    object_put(line, "why",
               value_text(trial->span ? "many workers: extremes and quartiles"
                                      : "the workers' times were not kept"));
}

static void put_usage(json_t **line, const struct usage *u)
{
    object_put(line, "cpu_ns", value_count(u->cpu_ns));
    object_put(line, "system_ns", value_count(u->system_ns));
    object_put(line, "waited_ns", value_count(u->waited_ns));
    object_put(line, "talk_ns", value_count(u->talk_ns));
    object_put(line, "lock_ns", value_count(u->lock_ns));
    object_put(line, "minor_faults", value_count(u->minor_faults));
    object_put(line, "major_faults", value_count(u->major_faults));
    object_put(line, "voluntary_switches", value_count(u->voluntary_switches));
    object_put(line, "involuntary_switches",
               value_count(u->involuntary_switches));
    object_put(line, "cycles",
               u->cycles ? value_count(u->cycles) : json_null());
    object_put(line, "instructions",
               u->instructions ? value_count(u->instructions) : json_null());
    object_put(line, "migrations", value_count(u->migrations));
}

/* What disturbed it, by evidence: names, and the node's counters. */
static void put_disturbance(json_t **line, const struct trial *trial)
{
    char text[96];

    disturbance_format(trial->disturbed, text, sizeof text);
    object_put(line, "disturbed", value_text(*text ? text : NULL));
    object_put(line, "steal_ns", value_count(trial->steal_ns));
    object_put(line, "throttled_ns", value_count(trial->throttled_ns));
    object_put(line, "pressure_ns", value_count(trial->pressure_ns));
}

/* What the kernel found, in the order of the plan's metrics. */
static json_t *value_found(const struct comparison *c,
                           const struct trial *trial)
{
    json_t *list = json_array();

    for (int m = 0; m < c->metrics; m++)
        array_put(&list, value_real(trial->metric[m]));
    return list;
}

json_t *line_trial(int plan, const struct comparison *c,
                   const struct cell *cell, const struct trial *trial, bool raw)
{
    json_t *line = begin(plan, c);

    object_put(&line, "executor", value_text(cell->executor));
    object_put(&line, "workers", json_integer(cell->workers));
    object_put(&line, "block", value_known(trial->block));
    object_put(&line, "order", value_known(trial->order));
    object_put(&line, "warmup", json_boolean(trial->warmup));
    object_put(&line, "late", json_boolean(trial->late));
    object_put(&line, "wrong", json_boolean(trial->wrong));
    object_put(&line, "repeats", value_count(trial->repeats));
    object_put(&line, "ns", value_count(trial->ns));
    object_put(&line, "balance", value_real(trial->balance));
    object_put(&line, "residual", value_real(trial->residual));
    object_put(&line, "checksum", value_checksum(trial->checksum));
    if (c->metrics)
        object_put(&line, "metrics", value_found(c, trial));
    put_usage(&line, &trial->usage);
    put_disturbance(&line, trial);
    put_spans(&line, cell, trial, raw);
    return line;
}

/* -- the rest ------------------------------------------------------------ */

json_t *line_event(const char *what, const char *text)
{
    json_t *line = json_object();

    object_put(&line, "what", value_text(what));
    object_put(&line, "text", value_text(text));
    object_put(&line, "clock_ns", value_count(clock_now()));
    return line;
}

/* Far more than a block and a summary are. */
static const size_t aside_most = (size_t)6 << 20;

json_t *line_resume(const struct resume *r, const char *command_line,
                    char *aside, size_t length)
{
    json_t *line = json_object(), *list = json_array();
    bool all = length <= aside_most && memchr(aside, '\0', length) == NULL;
    char *text;

    while (all && aside && (text = strsep(&aside, "\n"))) {
        if (*text)
            array_put(&list, value_text(text));
    }
    object_put(&line, "command_line", value_text(command_line));
    object_put(&line, "start", value_now("%Y-%m-%dT%H:%M:%SZ", true));
    object_put(&line, "clock_ns", value_count(clock_now()));
    object_put(&line, "plan",
               r->open ? json_integer(r->comparisons - 1) : json_null());
    object_put(&line, "block",
               r->open ? json_integer(r->comparison[r->comparisons - 1].blocks)
                       : json_null());
    object_put(&line, "trials", value_count(r->trials));
    object_put(&line, "aside_trials", value_count(r->set_aside));
    object_put(&line, "aside_bytes", value_count(length));
    object_put(&line, "aside", list);
    if (!all)
        object_put(&line, "why", value_text("too long, or no text"));
    return line;
}

json_t *line_end(const char *why, uint64_t lines, uint64_t trials,
                 const char *sha256)
{
    json_t *line = json_object();

    object_put(&line, "why", value_text(why));
    object_put(&line, "lines", value_count(lines));
    object_put(&line, "trials", value_count(trials));
    object_put(&line, "sha256", value_text(sha256));
    object_put(&line, "end", value_now("%Y-%m-%dT%H:%M:%SZ", true));
    object_put(&line, "clock_ns", value_count(clock_now()));
    return line;
}
