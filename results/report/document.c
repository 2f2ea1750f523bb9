/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/document.h"

#include <stdlib.h>
#include <string.h>

#include "results/record/json.h"
#include "results/report/metg_document.h"

/* Uses the document up. */
static int print(FILE *out, json_t *document, struct err *err)
{
    char *text =
        document ? json_dumps(document, JSON_INDENT(2) | REAL_FORMAT) : NULL;
    int failed = 0;

    json_decref(document);
    if (!text)
        return err_set(err, EXIT_RESOURCE, "no memory for a JSON document");
    if (fprintf(out, "%s\n", text) < 0 || fflush(out))
        failed =
            err_errno(err, EXIT_RESOURCE, "cannot write the JSON document");
    free(text);
    return failed;
}

/* The mean of each core's use over the cell's trials, where it was watched. */
static json_t *value_utilisation(const struct utilisation *u, int cell)
{
    json_t *object = json_object(), *cpus = json_array(), *mean = json_array();

    for (int i = 0; i < u->cpus; i++) {
        array_put(&cpus, json_integer(u->cpu[i]));
        array_put(&mean, value_real(utilisation_mean(u, cell, i)));
    }
    object_put(&object, "cpus", cpus);
    object_put(&object, "mean", mean);
    return object;
}

/* -- one comparison among several ---------------------------------------- */

/* Cells and pairs of several comparisons stand in one list: each says whose
 * it is. */
static void put_cells(json_t **list, const struct comparison *c,
                      const struct judgement *j)
{
    for (int i = 0; i < c->cells; i++) {
        json_t *cell = cell_object(c, &c->cell[i], &j->cell[i]);

        /* A team has its own number; that of the comparison tells which. */
        object_put(&cell, "of_workers", json_integer(c->workers));
        object_put(&cell, "params", value_params(c->problem));
        if (c->utilisation.cpus)
            object_put(&cell, "utilisation",
                       value_utilisation(&c->utilisation, i));
        array_put(list, cell);
    }
}

static void put_pairs(json_t **list, const struct comparison *c,
                      const struct judgement *j)
{
    for (int i = 0; i < j->pairs; i++) {
        json_t *pair = pair_object(c, &j->pair[i]);

        object_put(&pair, "workers", json_integer(c->workers));
        object_put(&pair, "params", value_params(c->problem));
        array_put(list, pair);
    }
}

static json_t *value_comparison(const struct comparison *c,
                                const struct judgement *j)
{
    const char *base = j->base >= 0 ? c->cell[j->base].executor : NULL;
    json_t *object = json_object();

    object_put(&object, "workers", json_integer(c->workers));
    object_put(&object, "params", value_params(c->problem));
    object_put(&object, "base", value_text(base));
    object_put(&object, "placement", value_text(c->placement));
    object_put(&object, "crowded", json_boolean(c->crowded));
    object_put(&object, "repeats", value_count(c->repeats));
    object_put(&object, "blocks", value_known(c->blocks));
    object_put(&object, "precision", value_real(c->precision));
    object_put(&object, "margin", value_real(c->margin));
    object_put(&object, "widest",
               c->widest < 0 ? json_null() : value_real(c->widest));
    object_put(&object, "late", value_known(c->late));
    object_put(&object, "seed", value_seed(c->seed));
    object_put(&object, "verdict", value_text(j->sentence));
    object_put(&object, "stop", value_text(stop_name(c->stop)));
    return object;
}

/* -- what all of them share ---------------------------------------------- */

/* The parameters of the first that have the same value in all others. */
static json_t *shared_params(const struct comparison *c, int comparisons)
{
    json_t *shared = value_params(c[0].problem), *value;
    const char *key;
    void *next;

    for (int i = 1; shared && i < comparisons; i++) {
        json_t *params = value_params(c[i].problem);

        json_object_foreach_safe(shared, next, key, value)
        {
            if (!json_equal(value, json_object_get(params, key)))
                json_object_del(shared, key);
        }
        json_decref(params);
    }
    return shared;
}

static json_t *shared_workers(const struct comparison *c, int comparisons)
{
    for (int i = 1; i < comparisons; i++) {
        if (c[i].workers != c[0].workers)
            return json_null();
    }
    return c[0].workers ? json_integer(c[0].workers) : json_null();
}

static const char *shared_stop(const struct comparison *c, int comparisons)
{
    for (int i = 1; i < comparisons; i++) {
        if (c[i].stop != c[0].stop)
            return "mixed";
    }
    return stop_name(c[0].stop);
}

static json_t *all_verdicts(const struct comparison *c,
                            const struct judgement *j, int comparisons)
{
    enum { LINE = SENTENCE + PROBLEM_TEXT + 32 };
    char *text;
    size_t used = 0;
    json_t *value;

    if (comparisons <= 1)
        return value_text(comparisons ? j[0].sentence : NULL);
    text = malloc((size_t)comparisons * LINE);
    if (!text)
        return NULL;
    for (int i = 0; i < comparisons; i++)
        used += (size_t)snprintf(text + used, LINE, "%s%s, %d worker%s: %s",
                                 i ? "\n" : "", c[i].problem, c[i].workers,
                                 c[i].workers == 1 ? "" : "s", j[i].sentence);
    value = value_text(text);
    free(text);
    return value;
}

/* -- documents ----------------------------------------------------------- */

int document_print(FILE *out, const struct comparison *c,
                   const struct judgement *j, int comparisons,
                   const char *const *warnings, const char *file,
                   struct err *err)
{
    static const struct comparison nothing = {.workers = 0};
    json_t *cells = json_array(), *pairs = json_array(), *own = json_array();
    json_t *document = json_object();

    c = comparisons ? c : &nothing;
    for (int i = 0; i < comparisons; i++) {
        put_cells(&cells, &c[i], &j[i]);
        put_pairs(&pairs, &c[i], &j[i]);
        array_put(&own, value_comparison(&c[i], &j[i]));
    }
    object_put(&document, "schema", json_integer(1));
    object_put(&document, "kernel", value_text(c[0].kernel));
    object_put(&document, "mode", value_text(c[0].mode));
    object_put(&document, "params", shared_params(c, comparisons));
    object_put(&document, "nodes", json_integer(c->nodes > 1 ? c->nodes : 1));
    object_put(&document, "workers", shared_workers(c, comparisons));
    object_put(&document, "cells", cells);
    object_put(&document, "pairs", pairs);
    object_put(&document, "verdict", all_verdicts(c, j, comparisons));
    object_put(&document, "stop", value_text(shared_stop(c, comparisons)));
    object_put(&document, "comparisons", own);
    object_put(&document, "metg", metg_array(c, j, comparisons));
    object_put(&document, "warnings", value_list(warnings));
    object_put(&document, "file", value_text(file));
    return print(out, document, err);
}

static json_t *value_row(const struct catalogue_row *row, bool modes)
{
    json_t *object = json_object();

    object_put(&object, "name", value_text(row->name));
    object_put(&object, "summary", value_text(row->summary));
    if (modes)
        object_put(&object, "modes", value_list(row->modes));
    object_put(&object, "absent", value_text(row->absent));
    return object;
}

static json_t *value_rows(const struct catalogue_row *row, size_t rows,
                          bool modes)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rows; i++)
        array_put(&list, value_row(&row[i], modes));
    return list;
}

int document_catalogue(FILE *out, const struct catalogue_row *kernel,
                       size_t kernels, const struct catalogue_row *executor,
                       size_t executors, struct err *err)
{
    json_t *document = json_object();

    object_put(&document, "kernels", value_rows(kernel, kernels, true));
    object_put(&document, "executors", value_rows(executor, executors, false));
    return print(out, document, err);
}
