/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/stats.h"

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for the history");
}

/* -- in time ------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
    const struct launch_record *x = a, *y = b;
    int order = strcmp(x->start, y->start);

    return order ? order : strverscmp(x->path, y->path);
}

static int judge_row(struct history_row *row, double margin, struct err *err)
{
    double *y = malloc(row->n * sizeof *y);
    int failed;

    if (!y)
        return no_memory(err);
    for (size_t i = 0; i < row->n; i++)
        y[i] = row->value[i].log_ns;
    failed = stats_theil_sen(y, row->n, &row->trend, err) ||
                     stats_change_point(y, row->n, &row->jump, err)
                 ? -1
                 : 0;
    row->jumped = !failed && row->jump.p < 0.01 &&
                  fabs(row->jump.after - row->jump.before) > log1p(margin);
    free(y);
    return failed;
}

static int make_rows(struct history *h, size_t n, double margin,
                     struct err *err)
{
    h->row = calloc(n + 1, sizeof *h->row);
    if (!h->row)
        return no_memory(err);
    for (size_t i = 0; i < n; i += h->row[h->rows++].n) {
        struct history_row *row = &h->row[h->rows];

        row->value = h->value + i;
        row->n = launch_values_same(row->value, n - i);
        if (judge_row(row, margin, err))
            return -1;
    }
    return 0;
}

int history_make(struct launches *launches, double margin, struct history *out,
                 struct err *err)
{
    struct history h = {.rows = 0};
    size_t n;

    if (launches->n)
        qsort(launches->launch, launches->n, sizeof *launches->launch,
              by_start);
    if (launches_values(launches, &h.value, &n, err))
        return -1;
    if (make_rows(&h, n, margin, err)) {
        history_free(&h);
        return -1;
    }
    *out = h;
    return 0;
}

void history_free(struct history *history)
{
    if (!history)
        return;
    free(history->value);
    free(history->row);
}

/* -- over hosts ---------------------------------------------------------- */

/* What a host is like in one cell. */
struct standing {
    const char *host;
    double slower, z;
};

static int by_host(const void *a, const void *b)
{
    const struct launch_value *x = a, *y = b;

    return strverscmp(x->launch->host, y->launch->host);
}

static int by_standing_host(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;

    return strverscmp(x->host, y->host);
}

static int slowest_first(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    double p = isnan(x->z) ? -HUGE_VAL : x->z,
           q = isnan(y->z) ? -HUGE_VAL : y->z;

    if (p < q || p > q)
        return p < q ? 1 : -1;
    return strverscmp(x->host, y->host);
}

/* The launches of one cell to one standing for each of its hosts, into out;
 * returns how many or -1. room: [n]. */
static int hosts_of(struct launch_value *value, size_t n, double *room,
                    struct standing *out, struct err *err)
{
    size_t hosts = 0;

    qsort(value, n, sizeof *value, by_host);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i; next < n && by_host(&value[next], &value[i]) == 0;
             next++)
            room[next - i] = value[next].log_ns;
        out[hosts].host = value[i].launch->host;
        if (stats_median(room, next - i, &out[hosts].slower, err))
            return -1;
        hosts++;
    }
    return (int)hosts;
}

static int rate_hosts(struct standing *standing, size_t n, double *room,
                      double least, struct err *err)
{
    double centre, spread;

    for (size_t i = 0; i < n; i++)
        room[i] = standing[i].slower;
    if (stats_median(room, n, &centre, err) || stats_mad(room, n, &spread, err))
        return -1;
    spread = fmax(1.4826 * spread, least);
    for (size_t i = 0; i < n; i++) {
        bool known = n >= NODES_LEAST;

        standing[i].slower = known ? standing[i].slower - centre : NAN;
        standing[i].z = known ? standing[i].slower / spread : NAN;
    }
    return 0;
}

/* All cells, one standing for each host in each; returns how many in *n. */
static int all_standings(struct launch_value *value, size_t values,
                         double least, double *room, struct standing *out,
                         size_t *n, struct err *err)
{
    size_t same;

    *n = 0;
    for (size_t i = 0; i < values; i += same) {
        int hosts;

        same = launch_values_same(value + i, values - i);
        hosts = hosts_of(value + i, same, room, out + *n, err);
        if (hosts < 0 || rate_hosts(out + *n, (size_t)hosts, room, least, err))
            return -1;
        *n += (size_t)hosts;
    }
    return 0;
}

/* The standings of one host, which stand together. */
static int make_node(const struct standing *standing, size_t n, double margin,
                     double *room, struct node *node, struct err *err)
{
    *node = (struct node){.host = standing->host};
    for (size_t i = 0; i < n; i++) {
        if (!isnan(standing[i].z))
            room[node->cells++] = standing[i].slower;
    }
    if (stats_median(room, node->cells, &node->slower, err))
        return -1;
    for (size_t i = 0, k = 0; i < n; i++) {
        if (!isnan(standing[i].z))
            room[k++] = standing[i].z;
    }
    if (stats_median(room, node->cells, &node->z, err))
        return -1;
    node->slow = node->cells && node->z > 3.5 && node->slower > log1p(margin);
    return 0;
}

static int make_nodes(const struct launches *launches,
                      struct standing *standing, size_t n, double margin,
                      double *room, struct node *node, size_t *nodes,
                      struct err *err)
{
    if (n)
        qsort(standing, n, sizeof *standing, by_standing_host);
    *nodes = 0;
    for (size_t i = 0, next; i < n; i = next) {
        struct node *this = &node[(*nodes)++];

        for (next = i;
             next < n && by_standing_host(&standing[next], &standing[i]) == 0;
             next++)
            ;
        if (make_node(standing + i, next - i, margin, room, this, err))
            return -1;
        for (size_t k = 0; k < launches->n; k++)
            this->launches += strcmp(launches->launch[k].host, this->host) == 0;
    }
    if (*nodes)
        qsort(node, *nodes, sizeof *node, slowest_first);
    return 0;
}

int nodes_rank(const struct launches *launches, double margin,
               struct node **out, size_t *n, struct err *err)
{
    struct launch_value *value;
    size_t values, standings;
    double *room;
    struct standing *standing;
    struct node *node;
    int failed = 0;

    if (launches_values(launches, &value, &values, err))
        return -1;
    room = malloc((values + 1) * sizeof *room);
    standing = malloc((values + 1) * sizeof *standing);
    node = malloc((values + 1) * sizeof *node);
    if (!room || !standing || !node)
        failed = no_memory(err);
    else if (all_standings(value, values, log1p(margin) / 10, room, standing,
                           &standings, err) ||
             make_nodes(launches, standing, standings, margin, room, node, n,
                        err))
        failed = -1;
    free(value);
    free(room);
    free(standing);
    if (failed)
        free(node);
    else
        *out = node;
    return failed;
}
