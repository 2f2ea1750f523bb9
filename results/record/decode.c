/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/decode.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- fields -------------------------------------------------------------- */

const char *decode_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

int decode_whole(const json_t *object, const char *key, int64_t most,
                 int64_t *out, struct err *err)
{
    const json_t *value = json_object_get(object, key);

    *out = 0;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most)
        return err_set(err, EXIT_USAGE,
                       "\"%s\" is not a whole number from 0 to %" PRId64, key,
                       most);
    *out = json_integer_value(value);
    return 0;
}

static int decode_int(const json_t *object, const char *key, int *out,
                      struct err *err)
{
    int64_t whole;

    if (decode_whole(object, key, INT_MAX, &whole, err))
        return -1;
    *out = (int)whole;
    return 0;
}

static int decode_count(const json_t *object, const char *key, uint64_t *out,
                        struct err *err)
{
    int64_t whole;

    if (decode_whole(object, key, INT64_MAX, &whole, err))
        return -1;
    *out = (uint64_t)whole;
    return 0;
}

/* missing: what it is when it is not there. */
static int decode_real(const json_t *object, const char *key, double missing,
                       double *out, struct err *err)
{
    const json_t *value = json_object_get(object, key);

    *out = missing;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_number(value) || json_number_value(value) < 0 ||
        json_number_value(value) > RECORD_REAL_MAX)
        return err_set(err, EXIT_USAGE, "\"%s\" is not a number that can be",
                       key);
    *out = json_number_value(value);
    return 0;
}

static bool decode_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static uint64_t decode_seed(const json_t *object)
{
    return strtoull(decode_text(object, "seed"), NULL, 10);
}

/* -- texts --------------------------------------------------------------- */

void texts_free(struct texts *texts)
{
    while (texts) {
        struct texts *next = texts->next;

        for (int i = 0; i < texts->n; i++)
            free(texts->text[i]);
        free(texts);
        texts = next;
    }
}

static int keep(struct texts *texts, const char *text, const char **out,
                struct err *err)
{
    char *copy = strdup(text);

    if (!copy)
        return err_set(err, EXIT_RESOURCE, "no memory for a record's texts");
    texts->text[texts->n++] = copy;
    *out = copy;
    return 0;
}

/* -- the plan ------------------------------------------------------------ */

/* The inverse of value_params(): {"n": 1024} as "n=1024". */
static void join_params(const json_t *params, char *out, size_t size)
{
    size_t used = 0;
    const char *key;
    json_t *value;

    *out = '\0';
    json_object_foreach((json_t *)params, key, value)
    {
        const char *gap = used ? " " : "";
        int n = 0;

        if (used >= size)
            return;
        if (json_is_integer(value))
            n = snprintf(out + used, size - used, "%s%s=%" JSON_INTEGER_FORMAT,
                         gap, key, json_integer_value(value));
        else if (json_is_real(value))
            n = snprintf(out + used, size - used, "%s%s=%.15g", gap, key,
                         json_real_value(value));
        else if (json_is_string(value))
            n = snprintf(out + used, size - used, "%s%s=%s", gap, key,
                         json_string_value(value));
        used += (size_t)n;
    }
}

static enum cell_status read_status(const json_t *object)
{
    const char *name = decode_text(object, "status");

    for (int i = CELL_OK; i <= CELL_FAILED; i++) {
        if (strcmp(name, cell_status_name((enum cell_status)i)) == 0)
            return (enum cell_status)i;
    }
    return CELL_FAILED;
}

static void read_why(const json_t *object, struct cell *cell)
{
    cell->status = read_status(object);
    snprintf(cell->why.text, sizeof cell->why.text, "%s",
             decode_text(object, "why"));
}

static int add_cell(const json_t *object, struct comparison *c,
                    struct texts *texts, struct err *err)
{
    struct cell *cell = &c->cell[c->cells];
    int64_t workers;

    if (!*decode_text(object, "executor"))
        return err_set(err, EXIT_USAGE, "a plan with a cell of no executor");
    if (decode_whole(object, "workers", RECORD_WORKERS_MAX, &workers, err) ||
        decode_int(object, "ranks", &cell->ranks, err) ||
        decode_real(object, "memory_bytes", 0, &cell->memory_bytes, err) ||
        keep(texts, decode_text(object, "executor"), &cell->executor, err))
        return -1;
    cell->workers = (int)workers;
    cell->huge_share = NAN;
    snprintf(cell->ranks_per, sizeof cell->ranks_per, "%s",
             decode_text(object, "ranks_per"));
    read_why(object, cell);
    c->cells++;
    return 0;
}

static int add_cells(const json_t *list, struct comparison *c,
                     struct texts *texts, struct err *err)
{
    size_t i;
    json_t *one;

    if (json_array_size(list) > CELLS_MAX)
        return err_set(err, EXIT_USAGE, "a plan of %zu cells, at most %d",
                       json_array_size(list), CELLS_MAX);
    json_array_foreach((json_t *)list, i, one)
    {
        if (add_cell(one, c, texts, err))
            return -1;
    }
    return 0;
}

/* A word for a table's head, a unit beside its numbers: "" is one, too. */
static bool is_label(const json_t *value, size_t least, size_t most)
{
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);

    if (!text || length < least || length > most)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return true;
}

static int read_merge(const json_t *object, enum metric_merge *out,
                      struct err *err)
{
    const char *name = decode_text(object, "merge");

    for (int i = METRIC_MEAN; i <= METRIC_MIN; i++) {
        if (strcmp(name, metric_merge_name((enum metric_merge)i)) == 0) {
            *out = (enum metric_merge)i;
            return 0;
        }
    }
    return err_set(err, EXIT_USAGE,
                   "a metric's \"merge\" is '%.40s', not mean, sum, max or min",
                   name);
}

static int add_metric(const json_t *object, struct comparison *c,
                      struct texts *texts, struct err *err)
{
    struct metric *metric = &c->metric[c->metrics];

    if (!is_label(json_object_get(object, "name"), 1, 40) ||
        !is_label(json_object_get(object, "unit"), 0, 16))
        return err_set(err, EXIT_USAGE,
                       "metric %d has no name or no unit that is a word",
                       c->metrics);
    if (read_merge(object, &metric->merge, err) ||
        keep(texts, decode_text(object, "name"), &metric->name, err) ||
        keep(texts, decode_text(object, "unit"), &metric->unit, err))
        return -1;
    metric->help = "";
    c->metrics++;
    return 0;
}

static int add_metrics(const json_t *list, struct comparison *c,
                       struct texts *texts, struct err *err)
{
    size_t i;
    json_t *one;

    if (list && !json_is_null(list) && !json_is_array(list))
        return err_set(err, EXIT_USAGE, "\"metrics\" is not a list");
    if (json_array_size(list) > METRICS_MAX)
        return err_set(err, EXIT_USAGE, "a plan of %zu metrics, at most %d",
                       json_array_size(list), METRICS_MAX);
    json_array_foreach((json_t *)list, i, one)
    {
        if (add_metric(one, c, texts, err))
            return -1;
    }
    return 0;
}

static int fill_plan(const json_t *json, struct comparison *c,
                     struct texts *texts, struct err *err)
{
    int64_t workers;

    if (keep(texts, decode_text(json, "kernel"), &c->kernel, err) ||
        keep(texts, decode_text(json, "unit"), &c->unit, err) ||
        keep(texts, decode_text(json, "mode"), &c->mode, err) ||
        decode_whole(json, "workers", RECORD_WORKERS_MAX, &workers, err) ||
        decode_real(json, "amount", 0, &c->amount, err) ||
        decode_real(json, "bytes", 0, &c->bytes, err) ||
        decode_real(json, "precision", 0, &c->precision, err) ||
        decode_real(json, "margin", 0, &c->margin, err) ||
        add_metrics(json_object_get(json, "metrics"), c, texts, err) ||
        add_cells(json_object_get(json, "executors"), c, texts, err))
        return -1;
    join_params(json_object_get(json, "params"), c->problem, sizeof c->problem);
    snprintf(c->placement, sizeof c->placement, "%s",
             decode_text(json, "placement"));
    c->workers = (int)workers;
    c->replicate = strcmp(c->mode, "replicate") == 0;
    c->crowded = decode_true(json, "crowded");
    c->rebuilt = decode_true(json, "rebuilt");
    c->seed = decode_seed(json);
    return 0;
}

int decode_plan(const json_t *json, struct comparison *c, struct texts **out,
                struct err *err)
{
    struct texts *texts = calloc(1, sizeof *texts);

    if (!texts)
        return err_set(err, EXIT_RESOURCE, "no memory for a plan");
    *c = (struct comparison){.widest = -1};
    if (fill_plan(json, c, texts, err)) {
        *c = (struct comparison){.widest = -1};
        texts_free(texts);
        return -1;
    }
    *out = texts;
    return 0;
}

int decode_cell(const struct comparison *c, const char *name, size_t length)
{
    for (int i = 0; i < c->cells; i++) {
        if (strncmp(c->cell[i].executor, name, length) == 0 &&
            c->cell[i].executor[length] == '\0')
            return i;
    }
    return -1;
}

static int find_cell(const struct comparison *c, const json_t *json,
                     struct err *err)
{
    const char *name = decode_text(json, "executor");
    int cell = decode_cell(c, name, strlen(name));

    if (cell < 0)
        err_set(err, EXIT_USAGE, "executor '%.40s' is not in the plan", name);
    return cell;
}

/* -- places -------------------------------------------------------------- */

/* null is -1 here: not known. */
static int decode_place_of(const json_t *object, const char *key, int *out,
                           struct err *err)
{
    const json_t *value = json_object_get(object, key);

    *out = -1;
    return json_is_integer(value) ? decode_int(object, key, out, err) : 0;
}

static int read_post(const json_t *object, struct post *post, struct err *err)
{
    post->bound = decode_true(object, "bound");
    snprintf(post->mask, sizeof post->mask, "%s", decode_text(object, "mask"));
    return decode_place_of(object, "planned_pu", &post->planned_pu, err) ||
                   decode_place_of(object, "observed_pu", &post->observed_pu,
                                   err) ||
                   decode_place_of(object, "core", &post->core, err) ||
                   decode_place_of(object, "node", &post->node, err) ||
                   decode_place_of(object, "numa", &post->numa, err) ||
                   decode_place_of(object, "rank", &post->rank, err) ||
                   decode_place_of(object, "thread", &post->thread, err)
               ? -1
               : 0;
}

int decode_place(const json_t *json, struct comparison *c, int *out,
                 struct err *err)
{
    const json_t *list = json_object_get(json, "workers");
    int index = find_cell(c, json, err);
    struct cell *cell;
    struct post *post;

    if (index < 0)
        return -1;
    cell = &c->cell[index];
    if (json_array_size(list) != (size_t)cell->workers)
        return err_set(err, EXIT_USAGE, "%zu places for %d workers",
                       json_array_size(list), cell->workers);
    post = calloc((size_t)cell->workers + 1, sizeof *post);
    if (!post)
        return err_set(err, EXIT_RESOURCE, "no memory for places");
    free(cell->post);
    cell->post = post;
    cell->pinned = decode_true(json, "pinned");
    *out = index;
    for (int i = 0; i < cell->workers; i++) {
        if (read_post(json_array_get(list, (size_t)i), &post[i], err))
            return -1;
    }
    return 0;
}

/* -- the summary --------------------------------------------------------- */

static int read_huge_share(const json_t *object, struct cell *cell,
                           struct err *err)
{
    if (decode_real(object, "huge_pages", NAN, &cell->huge_share, err))
        return -1;
    if (cell->huge_share > 1)
        return err_set(err, EXIT_USAGE, "\"huge_pages\" is %g, no share",
                       cell->huge_share);
    return 0;
}

static int read_costs(const json_t *object, struct cell *cell, struct err *err)
{
    read_why(object, cell);
    snprintf(cell->uncounted, sizeof cell->uncounted, "%s",
             decode_text(object, "uncounted"));
    return decode_count(object, "startup_ns", &cell->startup_ns, err) ||
                   decode_count(object, "setup_ns", &cell->setup_ns, err) ||
                   decode_count(object, "teardown_ns", &cell->teardown_ns,
                                err) ||
                   decode_count(object, "idle_ns", &cell->idle_ns, err) ||
                   decode_count(object, "idle_cpu_ns", &cell->idle_cpu_ns,
                                err) ||
                   decode_real(object, "bound_rate", 0, &cell->bound_rate,
                               err) ||
                   decode_real(object, "memory_rate", 0, &cell->memory_rate,
                               err) ||
                   decode_real(object, "memory_bytes", 0, &cell->memory_bytes,
                               err) ||
                   read_huge_share(object, cell, err)
               ? -1
               : 0;
}

static enum stop_reason read_stop(const json_t *json)
{
    const char *name = decode_text(json, "stop");

    for (int i = STOP_NONE; i <= STOP_ALONE; i++) {
        if (strcmp(name, stop_name((enum stop_reason)i)) == 0)
            return (enum stop_reason)i;
    }
    return STOP_NONE;
}

int decode_summary(const json_t *json, struct comparison *c, struct err *err)
{
    const json_t *cells = json_object_get(json, "cells");
    int64_t repeats;
    size_t i;
    json_t *one;

    if (decode_int(json, "blocks", &c->blocks, err) ||
        decode_int(json, "late", &c->late, err) ||
        decode_count(json, "window_ns", &c->window_ns, err) ||
        decode_whole(json, "repeats", UINT_MAX, &repeats, err) ||
        decode_real(json, "widest", -1, &c->widest, err))
        return -1;
    c->repeats = (unsigned)repeats;
    c->rebuilt = decode_true(json, "rebuilt");
    c->stop = read_stop(json);
    json_array_foreach((json_t *)cells, i, one)
    {
        int cell = find_cell(c, one, err);

        if (cell < 0 || read_costs(one, &c->cell[cell], err))
            return -1;
    }
    return 0;
}

/* -- lines of no comparison ---------------------------------------------- */

static int read_goals(const json_t *goals, struct run_info *info,
                      struct err *err)
{
    return decode_real(goals, "precision", 0, &info->precision, err) ||
                   decode_real(goals, "margin", 0, &info->margin, err) ||
                   decode_real(goals, "budget_s", 0, &info->budget_s, err) ||
                   decode_int(goals, "warmups", &info->warmups, err) ||
                   decode_int(goals, "least_blocks", &info->least_blocks,
                              err) ||
                   decode_int(goals, "blocks", &info->blocks, err)
               ? -1
               : 0;
}

/* Records of older programs have none. */
static int read_study(const json_t *study, struct run_info *info,
                      struct err *err)
{
    info->scaling = decode_text(study, "scaling");
    info->base = decode_text(study, "base");
    info->fingerprint = strtoull(decode_text(study, "fingerprint"), NULL, 10);
    return decode_int(study, "comparisons", &info->comparisons, err);
}

static int read_node(const json_t *object, struct node_card *card,
                     struct err *err)
{
    int64_t memory;

    snprintf(card->host, sizeof card->host, "%s", decode_text(object, "host"));
    snprintf(card->cpu, sizeof card->cpu, "%s", decode_text(object, "cpu"));
    if (decode_int(object, "ranks", &card->ranks, err) ||
        decode_int(object, "cores", &card->cores, err) ||
        decode_int(object, "pus", &card->pus, err) ||
        decode_whole(object, "memory_bytes", INT64_MAX, &memory, err) ||
        decode_count(object, "clock_error_ns", &card->clock_error_ns, err))
        return -1;
    card->memory_bytes = memory ? memory : -1;
    return 0;
}

int decode_nodes(const json_t *json, struct node_card **out, int *n,
                 struct err *err)
{
    const json_t *list = json_object_get(json, "nodes");
    size_t size = json_array_size(list);
    struct node_card *node = calloc(size + 1, sizeof *node);

    if (!node)
        return err_set(err, EXIT_RESOURCE, "no memory for %zu nodes", size);
    for (size_t i = 0; i < size; i++) {
        if (read_node(json_array_get(list, i), &node[i], err)) {
            free(node);
            return -1;
        }
    }
    *out = node;
    *n = (int)size;
    return 0;
}

int decode_run(const json_t *json, struct record *out, struct err *err)
{
    struct run_info *info = &out->is.run.info;

    out->is.run.id = decode_text(json, "run");
    out->is.run.start = decode_text(json, "start");
    *info = (struct run_info){
        .command_line = decode_text(json, "command_line"),
        .kernel = decode_text(json, "kernel"),
        .seed = decode_seed(json),
        .launcher = decode_text(json, "launcher"),
        .mpi = decode_text(json, "mpi"),
        .blas = decode_text(json, "blas"),
    };
    return read_goals(json_object_get(json, "goals"), info, err) ||
                   read_study(json_object_get(json, "study"), info, err) ||
                   decode_int(json, "ranks", &info->ranks, err)
               ? -1
               : 0;
}

int decode_calib(const json_t *json, struct timer *out, struct err *err)
{
    return decode_count(json, "overhead_ns", &out->overhead_ns, err) ||
                   decode_count(json, "resolution_ns", &out->resolution_ns, err)
               ? -1
               : 0;
}

int decode_end(const json_t *json, struct record_end *out, struct err *err)
{
    out->why = decode_text(json, "why");
    out->sha256 = decode_text(json, "sha256");
    return decode_count(json, "lines", &out->lines, err) ||
                   decode_count(json, "trials", &out->trials, err)
               ? -1
               : 0;
}
