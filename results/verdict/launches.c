/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/launches.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/median.h"
#include "core/mem.h"
#include "results/record/files.h"
#include "results/record/read.h"
#include "results/verdict/facts.h"

/* The times of one comparison's cells while it is read. */
struct times {
    struct median cell[CELLS_MAX];
};

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for the records");
}

/* -- freeing ------------------------------------------------------------- */

static void free_cell(struct launch_cell *cell)
{
    free(cell->kernel);
    free(cell->problem);
    free(cell->mode);
    free(cell->executor);
    free(cell->placement);
}

static void free_launch(struct launch_record *launch)
{
    for (size_t i = 0; i < launch->cells; i++)
        free_cell(&launch->cell[i]);
    facts_free(launch->fact, launch->facts);
    free(launch->cell);
    free(launch->path);
    free(launch->host);
    free(launch->start);
    free(launch->note);
}

void launches_free(struct launches *launches)
{
    if (!launches)
        return;
    for (size_t i = 0; i < launches->n; i++)
        free_launch(&launches->launch[i]);
    for (size_t i = 0; i < launches->skips; i++)
        free(launches->skipped[i]);
    free(launches->launch);
    free(launches->skipped);
}

/* -- one comparison ------------------------------------------------------ */

static int add_cell(struct launch_record *launch, const struct comparison *c,
                    int i, struct median *times, struct err *err)
{
    struct launch_cell *list = mem_more(launch->cell, launch->cells,
                                        &launch->cells_room, sizeof *list),
                       *cell;

    if (!list)
        return no_memory(err);
    launch->cell = list;
    cell = &list[launch->cells++];
    *cell = (struct launch_cell){
        .kernel = strdup(c->kernel),
        .problem = strdup(c->problem),
        .mode = strdup(c->mode),
        .executor = strdup(c->cell[i].executor),
        .placement = strdup(c->placement),
        .workers = c->cell[i].workers,
        .trials = times->n,
        .median_ns = median_value(times),
    };
    return cell->kernel && cell->problem && cell->mode && cell->executor &&
                   cell->placement
               ? 0
               : no_memory(err);
}

static int end_comparison(struct launch_record *launch,
                          const struct comparison *c, struct times *times,
                          struct err *err)
{
    int failed = 0;

    for (int i = 0; i < c->cells && !failed; i++) {
        if (times->cell[i].n)
            failed = add_cell(launch, c, i, &times->cell[i], err);
        median_clear(&times->cell[i]);
    }
    return failed;
}

/* -- one file ------------------------------------------------------------ */

static int set_text(char **text, const char *value, struct err *err)
{
    char *copy = strdup(value);

    if (!copy)
        return no_memory(err);
    free(*text);
    *text = copy;
    return 0;
}

static int take_run(struct launch_record *launch, const struct record *line,
                    struct err *err)
{
    if (*launch->start)
        return 0;
    return set_text(&launch->start, line->is.run.start, err) ||
                   facts_add_run(line->json, &launch->fact, &launch->facts,
                                 &launch->facts_room, err)
               ? -1
               : 0;
}

static int take_host(struct launch_record *launch, const struct record *line,
                     struct err *err)
{
    if (*launch->host)
        return 0;
    return set_text(&launch->host, line->is.host, err) ||
                   facts_add_host(line->json, &launch->fact, &launch->facts,
                                  &launch->facts_room, err)
               ? -1
               : 0;
}

static int take_event(struct launch_record *launch, const struct record *line,
                      struct err *err)
{
    return strcmp(line->is.event.what, "mpi") == 0
               ? facts_set(&launch->fact, &launch->facts, &launch->facts_room,
                           "mpi", line->is.event.text, err)
               : 0;
}

static int take_bad(struct launch_record *launch, const struct record *line,
                    struct err *err)
{
    char note[600];

    if (launch->note)
        return 0;
    snprintf(note, sizeof note, "line %ld was not read: %s", line->line,
             line->is.text);
    return set_text(&launch->note, note, err);
}

static int take_line(struct launch_record *launch, const struct record *line,
                     struct times *times, struct err *err)
{
    switch (line->type) {
    case RECORD_RUN: return take_run(launch, line, err);
    case RECORD_HOST: return take_host(launch, line, err);
    case RECORD_EVENT: return take_event(launch, line, err);
    case RECORD_BAD: return take_bad(launch, line, err);
    case RECORD_TRIAL:
        launch->wrong += line->is.trial.wrong;
        return trial_counts(&line->is.trial) && line->is.trial.ns &&
                       median_add(&times->cell[line->cell], line->is.trial.ns)
                   ? no_memory(err)
                   : 0;
    case RECORD_SUMMARY:
    case RECORD_CUT:
        return end_comparison(launch, line->comparison, times, err);
    default: return 0;
    }
}

static int read_lines(struct launch_record *launch, struct reader *reader,
                      struct err *err)
{
    struct times times = {.cell = {{.n = 0}}};
    struct record line;
    int got, failed = 0;

    while (!failed && (got = reader_next(reader, &line, err)) != 0)
        failed = got < 0 ? -1 : take_line(launch, &line, &times, err);
    for (int i = 0; i < CELLS_MAX; i++)
        median_clear(&times.cell[i]);
    if (!failed && !launch->note && reader_partial(reader))
        failed = set_text(&launch->note, reader_partial(reader), err);
    return failed;
}

static int add_file(void *arg, const char *path, struct err *err)
{
    struct launches *launches = arg;
    struct launch_record *list =
        mem_more(launches->launch, launches->n, &launches->room, sizeof *list);
    struct launch_record launch = {
        .path = strdup(path), .host = strdup(""), .start = strdup("")};
    struct reader *reader = NULL;
    int failed = -1;

    launches->launch = list ? list : launches->launch;
    if (!list || !launch.path || !launch.host || !launch.start)
        no_memory(err);
    else if (!reader_open(&reader, path, 0, err))
        failed = read_lines(&launch, reader, err);
    reader_close(reader);
    if (failed)
        free_launch(&launch);
    else
        launches->launch[launches->n++] = launch;
    return failed;
}

/* -- files and folders --------------------------------------------------- */

int launches_add(struct launches *launches, const char *path, struct err *err)
{
    struct files_skips skips = {&launches->skipped, &launches->skips,
                                &launches->skips_room};

    return files_visit(path, (struct files_visit){launches, add_file}, skips,
                       err);
}

/* -- values -------------------------------------------------------------- */

int launch_cell_order(const struct launch_cell *a, const struct launch_cell *b)
{
    int order = strverscmp(a->kernel, b->kernel);

    if (!order)
        order = strverscmp(a->problem, b->problem);
    if (!order)
        order = strcmp(a->mode, b->mode);
    if (!order)
        order = (a->workers > b->workers) - (a->workers < b->workers);
    if (!order)
        order = strcmp(a->executor, b->executor);
    return order ? order : strverscmp(a->placement, b->placement);
}

static int by_cell(const void *a, const void *b)
{
    const struct launch_value *x = a, *y = b;
    int order = launch_cell_order(x->cell, y->cell);

    return order ? order : (x->index > y->index) - (x->index < y->index);
}

size_t launch_values_same(const struct launch_value *value, size_t n)
{
    size_t same = 0;

    while (same < n && launch_cell_order(value[same].cell, value[0].cell) == 0)
        same++;
    return same;
}

/* Those of one launch become one; returns how many are left. */
static size_t merge(struct launch_value *value, size_t n)
{
    size_t out = 0;

    for (size_t i = 0, next; i < n; i = next) {
        double sum = 0;

        for (next = i; next < n && value[next].index == value[i].index &&
                       launch_cell_order(value[next].cell, value[i].cell) == 0;
             next++)
            sum += value[next].log_ns;
        value[out] = value[i];
        value[out++].log_ns = sum / (double)(next - i);
    }
    return out;
}

int launches_values(const struct launches *launches, struct launch_value **out,
                    size_t *n, struct err *err)
{
    size_t all = 0, used = 0;
    struct launch_value *value;

    for (size_t i = 0; i < launches->n; i++)
        all += launches->launch[i].cells;
    value = malloc((all + 1) * sizeof *value);
    if (!value)
        return no_memory(err);
    for (size_t i = 0; i < launches->n; i++) {
        const struct launch_record *launch = &launches->launch[i];

        for (size_t k = 0; k < launch->cells; k++)
            value[used++] = (struct launch_value){
                &launch->cell[k], launch, i, log(launch->cell[k].median_ns)};
    }
    qsort(value, used, sizeof *value, by_cell);
    *n = merge(value, used);
    *out = value;
    return 0;
}
