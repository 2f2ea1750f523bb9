/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/trends.h"

#include <math.h>
#include <string.h>

#include "results/record/json.h"
#include "results/report/changes.h"
#include "results/report/table.h"

static void print_notes(FILE *out, const struct launches *launches)
{
    for (size_t i = 0; i < launches->skips; i++) {
        fprintf(out, "note skipped ");
        print_plain(out, launches->skipped[i]);
        fprintf(out, "\n");
    }
    for (size_t i = 0; i < launches->n; i++) {
        const struct launch_record *launch = &launches->launch[i];

        if (!launch->note && !launch->wrong)
            continue;
        fprintf(out, "note ");
        print_plain(out, launch->path);
        if (launch->wrong)
            fprintf(out, ": %zu wrong results", launch->wrong);
        fprintf(out, "%s", launch->note ? ": " : "");
        print_plain(out, launch->note ? launch->note : "");
        fprintf(out, "\n");
    }
}

/* -- in time ------------------------------------------------------------- */

static void print_jump(FILE *out, const struct history_row *row)
{
    const struct launch_record *first = row->value[row->jump.index].launch;
    char by[32], before[32], after[32];

    fprintf(out, "  CHANGED    %s, from %s to %s, since %s ",
            format_change(row->jump.after - row->jump.before, by, sizeof by),
            format_time(exp(row->jump.before), before, sizeof before),
            format_time(exp(row->jump.after), after, sizeof after),
            first->start);
    print_plain(out, first->path);
    fputc('\n', out);
}

static void print_history_row(FILE *out, const struct history_row *row)
{
    char cell[400], by[32], time[32];

    print_plain(out, launch_cell_format(row->value->cell, cell, sizeof cell));
    fputc('\n', out);
    for (size_t i = 0; i < row->n; i++) {
        const struct launch_record *launch = row->value[i].launch;

        fprintf(out, "  ");
        print_plain(out, *launch->start ? launch->start : "time not known");
        fprintf(out, "  %9s  ",
                format_time(exp(row->value[i].log_ns), time, sizeof time));
        print_plain(out, launch->host);
        fputc('\n', out);
    }
    if (row->n > 2)
        fprintf(out, "  trend      %s a launch, p = %.3g\n",
                format_change(row->trend.slope, by, sizeof by), row->trend.p);
    if (row->jumped)
        print_jump(out, row);
}

void history_print(FILE *out, const struct launches *launches,
                   const struct history *history)
{
    size_t jumped = 0, fewest = 0;

    print_notes(out, launches);
    for (size_t i = 0; i < history->rows; i++) {
        print_history_row(out, &history->row[i]);
        jumped += history->row[i].jumped;
        fewest += history->row[i].n < 16;
    }
    fprintf(out, "VERDICT  %zu of %zu row%s changed over %zu launch%s", jumped,
            history->rows, history->rows == 1 ? "" : "s", launches->n,
            launches->n == 1 ? "" : "es");
    if (fewest)
        fprintf(out, "; %zu %s too short to tell, it takes 16 launches", fewest,
                fewest == 1 ? "is" : "are");
    fputc('\n', out);
}

/* -- over hosts ---------------------------------------------------------- */

static void print_slow(FILE *out, const struct node *node, size_t n)
{
    size_t slow = 0;

    for (size_t i = 0; i < n; i++) {
        if (!node[i].slow)
            continue;
        fprintf(out, slow++ ? ", " : "VERDICT  slow: ");
        print_plain(out, node[i].host);
    }
    if (!slow)
        fprintf(out, n < NODES_LEAST
                         ? "VERDICT  too few hosts: three are the least"
                         : "VERDICT  no host is slow");
    fputc('\n', out);
}

void nodes_print(FILE *out, const struct launches *launches,
                 const struct node *node, size_t n)
{
    char by[32];

    print_notes(out, launches);
    fprintf(out, "%-24s %8s %6s %10s %8s\n", "host", "launches", "cells",
            "slower by", "robust z");
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(node[i].host);

        print_plain(out, length ? node[i].host : "?");
        fprintf(out, "%*s %8zu %6zu ", length < 24 ? 24 - (int)length : 0, "",
                node[i].launches, node[i].cells);
        if (node[i].cells)
            fprintf(out, "%10s %8.1f%s\n",
                    format_change(node[i].slower, by, sizeof by), node[i].z,
                    node[i].slow ? "  SLOW" : "");
        else
            fprintf(out, "%10s %8s\n", "-", "-");
    }
    print_slow(out, node, n);
}

/* -- documents ----------------------------------------------------------- */

/* Uses the document up. */
static int print(FILE *out, json_t *document, struct err *err)
{
    int failed =
        document ? json_dumpf(document, out, JSON_INDENT(1) | REAL_FORMAT) : -1;

    json_decref(document);
    if (failed || fputc('\n', out) == EOF)
        return err_set(err, EXIT_RESOURCE, "the document was not written");
    return 0;
}

static json_t *value_point(const struct launch_value *value)
{
    json_t *object = json_object();

    object_put(&object, "start", value_text(value->launch->start));
    object_put(&object, "host", value_text(value->launch->host));
    object_put(&object, "file", value_text(value->launch->path));
    object_put(&object, "median_ns", value_real(exp(value->log_ns)));
    return object;
}

static json_t *value_jump(const struct history_row *row)
{
    json_t *object;

    if (!row->jumped)
        return json_null();
    object = json_object();
    object_put(&object, "launch", value_count(row->jump.index));
    object_put(&object, "before_ns", value_real(exp(row->jump.before)));
    object_put(&object, "after_ns", value_real(exp(row->jump.after)));
    object_put(&object, "p", value_real(row->jump.p));
    return object;
}

static json_t *value_row(const struct history_row *row)
{
    const struct launch_cell *cell = row->value->cell;
    json_t *object = json_object(), *points = json_array();

    for (size_t i = 0; i < row->n; i++)
        array_put(&points, value_point(&row->value[i]));
    object_put(&object, "kernel", value_text(cell->kernel));
    object_put(&object, "params", value_params(cell->problem));
    object_put(&object, "mode", value_text(cell->mode));
    object_put(&object, "executor", value_text(cell->executor));
    object_put(&object, "workers", value_known(cell->workers));
    object_put(&object, "placement", value_text(cell->placement));
    object_put(&object, "slope", value_real(expm1(row->trend.slope)));
    object_put(&object, "p", value_real(row->trend.p));
    object_put(&object, "change", value_jump(row));
    object_put(&object, "launches", points);
    return object;
}

int history_print_json(FILE *out, const struct history *history,
                       struct err *err)
{
    json_t *document = json_object(), *rows = json_array();

    for (size_t i = 0; i < history->rows; i++)
        array_put(&rows, value_row(&history->row[i]));
    object_put(&document, "schema", json_integer(1));
    object_put(&document, "rows", rows);
    return print(out, document, err);
}

int nodes_print_json(FILE *out, const struct node *node, size_t n,
                     struct err *err)
{
    json_t *document = json_object(), *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *object = json_object();

        object_put(&object, "host", value_text(node[i].host));
        object_put(&object, "launches", value_count(node[i].launches));
        object_put(&object, "cells", value_count(node[i].cells));
        object_put(&object, "slower", value_real(expm1(node[i].slower)));
        object_put(&object, "z", value_real(node[i].z));
        object_put(&object, "slow", json_boolean(node[i].slow));
        array_put(&list, object);
    }
    object_put(&document, "schema", json_integer(1));
    object_put(&document, "nodes", list);
    return print(out, document, err);
}
