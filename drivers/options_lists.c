/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in options: numbers of workers, executors, values of parameters. */
#include "drivers/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nearest.h"
#include "drivers/executors/executor.h"

static int bad_workers(const char *text, struct err *err)
{
    return err_set(err, EXIT_USAGE,
                   "--workers %s: want counts from 1, as in 1,2,4 or 1:12 or "
                   "cores",
                   text);
}

/* "4", "1:12" or "cores" */
static int read_counts(const char *item, int cores, int *first, int *last)
{
    char *end;

    if (strcmp(item, "cores") == 0) {
        *first = *last = cores;
        return 0;
    }
    *first = *last = (int)strtol(item, &end, 10);
    if (end == item || (*end && *end != ':'))
        return -1;
    if (*end == ':') {
        item = end + 1;
        *last = (int)strtol(item, &end, 10);
        if (end == item || *end)
            return -1;
    }
    return *first < 1 || *last < *first || *last > 1000000 ? -1 : 0;
}

int options_workers(const char *text, int cores, int *out, int *n,
                    struct err *err)
{
    char copy[256], *rest = copy, *item;
    int first, last;

    *n = 0;
    if (strlen(text) >= sizeof copy)
        return bad_workers(text, err);
    snprintf(copy, sizeof copy, "%s", text);
    while ((item = strsep(&rest, ","))) {
        if (read_counts(item, cores, &first, &last))
            return bad_workers(text, err);
        for (; first <= last; first++) {
            if (*n == WORKER_COUNTS)
                return bad_workers(text, err);
            out[(*n)++] = first;
        }
    }
    return 0;
}

static int add_executor(int index, bool named, int *out, int *n,
                        struct err *err)
{
    for (int i = 0; i < *n; i++) {
        if (out[i] == index)
            return 0;
    }
    if (named && executor_table[index]->absent)
        return err_set(err, EXIT_ABSENT, "executor '%s': %s",
                       executor_table[index]->name,
                       executor_table[index]->absent);
    if (*n == CELLS_MAX)
        BUG("more executors than cells");
    out[(*n)++] = index;
    return 0;
}

int options_executors(const char *text, int *out, int *n, struct err *err)
{
    char copy[256], *rest = copy, *item;
    int index;

    *n = 0;
    for (int i = 0; !text && executor_table[i]; i++) {
        if (!(executor_table[i]->flags & EXECUTOR_HYBRID))
            add_executor(i, false, out, n, err);
    }
    if (!text)
        return 0;
    snprintf(copy, sizeof copy, "%s", text);
    while ((item = strsep(&rest, ","))) {
        index = executor_find(item, err);
        if (index < 0 || add_executor(index, true, out, n, err))
            return -1;
    }
    return 0;
}

int options_chosen(const struct options *o, int *out, int *n, struct err *err)
{
    int hybrid = executor_find("hybrid", err);

    if (options_executors(o->executors, out, n, err))
        return -1;
    if (!o->ranks_per)
        return 0;
    if (!o->executors)
        return add_executor(hybrid, true, out, n, err);
    for (int i = 0; i < *n; i++) {
        if (out[i] == hybrid)
            return 0;
    }
    return err_set(err, EXIT_USAGE,
                   "--ranks-per %s: for hybrid, which is not among -e %s",
                   o->ranks_per, o->executors);
}

/* -- problems ------------------------------------------------------------ */

enum { VALUES = 64, PROBLEMS = 4096 };

struct values {
    union param_value value[VALUES];
    int n;
};

/* The row that NAME=VALUES means; sets *values. */
static int find_row(const struct kernel *kernel, const char *text,
                    const char **values, struct err *err)
{
    const char *equals = strchr(text, '=');
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    *values = equals + 1;
    return param_find(kernel->params, name, err);
}

int options_override(const struct options *o, const struct kernel *kernel,
                     struct problem *problem, struct err *err)
{
    const char *values;
    int n;

    for (int i = 0; i < o->params; i++) {
        int row = find_row(kernel, o->param[i], &values, err);

        if (row < 0 || param_parse(&kernel->params[row], values,
                                   &problem->value[row], 1, &n, err))
            return -1;
    }
    return 0;
}

static int read_param(const struct kernel *kernel, const char *text,
                      struct values *lists, struct err *err)
{
    const char *values;
    int row = find_row(kernel, text, &values, err);

    if (row < 0)
        return -1;
    return param_parse(&kernel->params[row], values, lists[row].value, VALUES,
                       &lists[row].n, err);
}

static int read_lists(const struct options *o, const struct kernel *kernel,
                      struct values *lists, struct err *err)
{
    union param_value value[PARAM_MAX] = {{0}};

    param_defaults(kernel->params, value);
    for (int i = 0; kernel->params[i].name; i++) {
        lists[i].value[0] = value[i];
        lists[i].n = 1;
    }
    for (int i = 0; i < o->params; i++) {
        if (read_param(kernel, o->param[i], lists, err))
            return -1;
    }
    return 0;
}

static int choose_mode(const struct options *o, const struct kernel *kernel,
                       enum mode *mode, struct err *err)
{
    bool divides = kernel->modes & MODE_DIVIDE;

    *mode = divides ? MODE_DIVIDE : MODE_REPLICATE;
    if (o->mode && (*o->mode == 's' || *o->mode == 'w'))
        return err_set(err, EXIT_USAGE,
                       "--mode %s is for `drive scale`; want divide or "
                       "replicate",
                       o->mode);
    if (o->mode)
        *mode = *o->mode == 'd' ? MODE_DIVIDE : MODE_REPLICATE;
    if (kernel->modes & *mode)
        return 0;
    return err_set(err, EXIT_USAGE, "kernel '%s' has no mode '%s', only '%s'",
                   kernel->name, o->mode,
                   mode_name(divides ? MODE_DIVIDE : MODE_REPLICATE));
}

/* Problem number k of the product: the last parameter runs fastest. */
static void pick(const struct kernel *kernel, const struct values *lists, int k,
                 struct problem *problem)
{
    int rows_of = 0;

    while (kernel->params[rows_of].name)
        rows_of++;
    for (int i = rows_of - 1; i >= 0; i--) {
        problem->value[i] = lists[i].value[k % lists[i].n];
        k /= lists[i].n;
    }
}

int options_problems(const struct options *o, const struct kernel *kernel,
                     struct problem **out, int *n, struct err *err)
{
    struct values lists[PARAM_MAX] = {{.n = 0}};
    struct problem *problem;
    enum mode mode;
    int count = 1;

    if (choose_mode(o, kernel, &mode, err) || read_lists(o, kernel, lists, err))
        return -1;
    for (int i = 0; kernel->params[i].name && count <= PROBLEMS; i++)
        count *= lists[i].n;
    if (count > PROBLEMS)
        return err_set(err, EXIT_USAGE,
                       "-P: more than %d combinations of values", PROBLEMS);
    problem = calloc((size_t)count, sizeof *problem);
    if (!problem)
        return err_set(err, EXIT_RESOURCE, "no memory for %d problems", count);
    for (int k = 0; k < count; k++) {
        problem[k].mode = mode;
        problem[k].seed = o->seed;
        pick(kernel, lists, k, &problem[k]);
    }
    *out = problem;
    *n = count;
    return 0;
}
