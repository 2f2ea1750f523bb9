/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/metg_document.h"

#include <math.h>
#include <stdlib.h>

static json_t *value_mark(double level, const struct metg_mark *mark)
{
    static const char *const how[] = {
        [METG_FOUND] = "found", [METG_BELOW] = "below", [METG_NEVER] = "never"};
    bool found = mark->how == METG_FOUND;
    json_t *object = json_object(), *ci = json_array();

    array_put(&ci, value_real(found ? mark->lo_ns : NAN));
    array_put(&ci, value_real(found ? mark->hi_ns : NAN));
    object_put(&object, "efficiency", value_real(level));
    object_put(&object, "how", value_text(how[mark->how]));
    object_put(&object, "ns", value_real(mark->ns));
    object_put(&object, "ci95_ns", ci);
    return object;
}

static json_t *value_row(const struct metg_row *row)
{
    json_t *object = json_object(), *at = json_array();

    for (int i = 0; i < METG_LEVELS; i++)
        array_put(&at, value_mark(metg_level[i], &row->at[i]));
    object_put(&object, "executor", value_text(row->executor));
    object_put(&object, "workers", json_integer(row->workers));
    object_put(&object, "points", json_integer(row->points));
    object_put(&object, "at", at);
    object_put(&object, "pays_ns", value_real(row->pays_ns));
    return object;
}

static json_t *value_sweep(const struct metg *sweep)
{
    json_t *object = json_object(), *rows = json_array();

    for (int i = 0; i < sweep->rows; i++)
        array_put(&rows, value_row(&sweep->row[i]));
    object_put(&object, "kernel", value_text(sweep->kernel));
    object_put(&object, "mode", value_text(sweep->mode));
    object_put(&object, "params", value_params(sweep->problem));
    object_put(&object, "workers", json_integer(sweep->workers));
    object_put(&object, "rows", rows);
    return object;
}

json_t *metg_array(const struct comparison *c, const struct judgement *j, int n)
{
    json_t *list = NULL;
    struct metg *sweep;
    struct err err;
    int sweeps;

    if (metg_find(c, j, n, &sweep, &sweeps, &err))
        return NULL;
    list = json_array();
    for (int i = 0; i < sweeps; i++)
        array_put(&list, value_sweep(&sweep[i]));
    free(sweep);
    return list;
}
