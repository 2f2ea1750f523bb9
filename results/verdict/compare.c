/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ranktests.h"
#include "results/verdict/facts.h"

static const double alpha = 0.05;

/* The launches' values of one row, logarithms. */
struct row {
    struct shift *change;
    double *x, *y; /* old, new */
    size_t m, n;
    double p; /* that it does not differ by more than the margin */
};

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for the comparison");
}

const char *change_kind_name(enum change_kind kind)
{
    static const char *const name[] = {
        [CHANGE_UNCLEAR] = "inconclusive", [CHANGE_NONE] = "no change",
        [CHANGE_FASTER] = "faster",        [CHANGE_SLOWER] = "regression",
        [CHANGE_ONLY_OLD] = "only in OLD", [CHANGE_ONLY_NEW] = "only in NEW",
    };

    return name[kind];
}

/* The least p of n against n is 2 / C(2n, n). */
size_t least_launches(size_t rows)
{
    double p = 1;
    size_t n = 1;

    for (; n < LAUNCHES_LEAST || p * (double)rows > alpha; n++) {
        double next = (double)(n + 1);

        p *= next * next / ((2 * next) * (2 * next - 1));
    }
    return n;
}

/* -- environment --------------------------------------------------------- */

/* Adds a value to "a | b" unless it is one of them. */
static int join(char **text, const char *value, const char *gap,
                struct err *err)
{
    size_t length = strlen(value), step = strlen(gap);
    char *at = *text, *grown;

    while (at) {
        char *end = strstr(at, gap);
        size_t here = end ? (size_t)(end - at) : strlen(at);

        if (here == length && memcmp(at, value, length) == 0)
            return 0;
        at = end ? end + step : NULL;
    }
    if (asprintf(&grown, "%s%s%s", *text ? *text : "", *text ? gap : "",
                 value) < 0)
        return no_memory(err);
    free(*text);
    *text = grown;
    return 0;
}

static int join_fact(const struct launches *side, const char *name, char **out,
                     struct err *err)
{
    for (size_t i = 0; i < side->n; i++) {
        const struct launch_record *launch = &side->launch[i];
        const char *value = facts_find(launch->fact, launch->facts, name);

        if (join(out, value ? value : "not known", " | ", err))
            return -1;
    }
    return 0;
}

static int add_fact(struct changes *out, const char *name, char *old_value,
                    char *new_value, struct err *err)
{
    if (out->facts == out->facts_room) {
        size_t room = out->facts_room ? 2 * out->facts_room : 16;
        struct fact_change *grown = realloc(out->fact, room * sizeof *grown);

        if (!grown)
            return no_memory(err);
        out->fact = grown;
        out->facts_room = room;
    }
    out->fact[out->facts++] = (struct fact_change){name, old_value, new_value};
    return 0;
}

static int compare_fact(const struct launches *old_side,
                        const struct launches *new_side, const char *name,
                        struct changes *out, struct err *err)
{
    char *before = NULL, *after = NULL;
    int failed = join_fact(old_side, name, &before, err) ||
                         join_fact(new_side, name, &after, err)
                     ? -1
                     : 0;

    if (!failed && before && after && strcmp(before, after) != 0) {
        failed = add_fact(out, name, before, after, err);
        if (!failed)
            return 0;
    }
    free(before);
    free(after);
    return failed;
}

/* By the names of the first launch of NEW, then those only OLD has. */
static int compare_facts(const struct launches *old_side,
                         const struct launches *new_side, struct changes *out,
                         struct err *err)
{
    const struct launch_record *first = &new_side->launch[0];
    const struct launch_record *before = &old_side->launch[0];

    for (size_t i = 0; i < first->facts; i++) {
        if (compare_fact(old_side, new_side, first->fact[i].name, out, err))
            return -1;
    }
    for (size_t i = 0; i < before->facts; i++) {
        const char *name = before->fact[i].name;

        if (!facts_find(first->fact, first->facts, name) &&
            compare_fact(old_side, new_side, name, out, err))
            return -1;
    }
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int join_hosts(const struct launches *side, char **out, struct err *err)
{
    const char **host = malloc((side->n + 1) * sizeof *host);
    int failed = 0;

    if (!host)
        return no_memory(err);
    for (size_t i = 0; i < side->n; i++) {
        const char *name = side->launch[i].host;

        host[i] = *name ? name : "a host not known";
    }
    qsort(host, side->n, sizeof *host, by_text);
    for (size_t i = 0; i < side->n && !failed; i++)
        failed = join(out, host[i], ", ", err);
    free(host);
    return failed;
}

static int compare_places(const struct launches *old_side,
                          const struct launches *new_side, bool across,
                          struct changes *out, struct err *err)
{
    if (join_hosts(old_side, &out->old_hosts, err) ||
        join_hosts(new_side, &out->new_hosts, err))
        return -1;
    if (!across && strcmp(out->old_hosts, out->new_hosts) != 0)
        return err_set(err, EXIT_USAGE,
                       "OLD was made on %.100s, NEW on %.100s: they compare "
                       "hosts, which needs --across-hosts",
                       out->old_hosts, out->new_hosts);
    return compare_facts(old_side, new_side, out, err);
}

/* -- rows ---------------------------------------------------------------- */

static double median_of(double *x, size_t n)
{
    stats_sort(x, n);
    return n ? exp(stats_quantile_sorted(x, n, 0.5)) : NAN;
}

/* The rows of one cell, whose values stand at the front of both lists. */
static void fill_row(struct row *row, const struct launch_value *before,
                     const struct launch_value *after)
{
    struct shift *change = row->change;

    for (size_t i = 0; i < row->m; i++)
        row->x[i] = before[i].log_ns;
    for (size_t i = 0; i < row->n; i++)
        row->y[i] = after[i].log_ns;
    *change = (struct shift){
        .cell = row->m ? before->cell : after->cell,
        .kind = !row->n   ? CHANGE_ONLY_OLD
                : !row->m ? CHANGE_ONLY_NEW
                          : CHANGE_UNCLEAR,
        .old_launches = row->m,
        .new_launches = row->n,
        .old_ns = median_of(row->x, row->m),
        .new_ns = median_of(row->y, row->n),
    };
}

struct values {
    struct launch_value *x, *y;
    size_t m, n;
    double *log; /* room for all */
};

/* Walks along both sorted lists; returns the number of rows. */
static size_t match(const struct values *v, struct row *row,
                    struct shift *change)
{
    size_t i = 0, k = 0, rows = 0;
    double *room = v->log;

    while (i < v->m || k < v->n) {
        int order = i == v->m   ? 1
                    : k == v->n ? -1
                                : launch_cell_order(v->x[i].cell, v->y[k].cell);
        struct row *this = &row[rows];

        *this = (struct row){.change = &change[rows]};
        this->m = order <= 0 ? launch_values_same(v->x + i, v->m - i) : 0;
        this->n = order >= 0 ? launch_values_same(v->y + k, v->n - k) : 0;
        this->x = room;
        this->y = room + this->m;
        fill_row(this, v->x + i, v->y + k);
        room += this->m + this->n;
        i += this->m;
        k += this->n;
        rows++;
    }
    return rows;
}

/* -- judging ------------------------------------------------------------- */

/* p of the rank sum after the margin is taken off the change. */
static int weigh(struct row *row, double margin, struct err *err)
{
    struct shift *change = row->change;
    struct estimate ignored;
    double p, off;
    int failed;

    row->p = 1;
    if (stats_rank_sum(row->x, row->m, row->y, row->n, 1 - 2 * alpha,
                       &change->narrow, &p, err))
        return -1;
    change->ratio = change->narrow;
    change->ratio.valid = false;
    off = change->narrow.value > 0 ? margin : -margin;
    if (fabs(change->narrow.value) <= margin)
        return 0;
    for (size_t i = 0; i < row->n; i++)
        row->y[i] -= off;
    failed = stats_rank_sum(row->x, row->m, row->y, row->n, 1 - alpha, &ignored,
                            &row->p, err);
    for (size_t i = 0; i < row->n; i++)
        row->y[i] += off;
    return failed;
}

static bool enough(const struct row *row)
{
    return row->m >= LAUNCHES_LEAST && row->n >= LAUNCHES_LEAST;
}

static int by_evidence(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (enough(x) != enough(y))
        return enough(x) ? -1 : 1;
    if (x->p < y->p || x->p > y->p)
        return x->p < y->p ? -1 : 1;
    return (x->change > y->change) - (x->change < y->change);
}

static enum change_kind judge(const struct shift *change, double margin,
                              bool counts)
{
    const struct estimate *ratio = &change->ratio, *narrow = &change->narrow;

    if (counts && ratio->valid && ratio->ci.low > margin)
        return CHANGE_SLOWER;
    if (counts && ratio->valid && ratio->ci.high < -margin)
        return CHANGE_FASTER;
    if (narrow->valid && narrow->ci.low > -margin && narrow->ci.high < margin)
        return CHANGE_NONE;
    return CHANGE_UNCLEAR;
}

/* Holm's walk; rows are those that both sides have. */
static int judge_all(struct row *row, size_t rows, double margin,
                     struct err *err)
{
    bool counts = true;
    size_t level = rows;

    for (size_t i = 0; i < rows; i++) {
        if (weigh(&row[i], margin, err))
            return -1;
    }
    qsort(row, rows, sizeof *row, by_evidence);
    for (size_t i = 0; i < rows && enough(&row[i]); i++) {
        struct shift *change = row[i].change;
        double p;

        level = counts ? rows - i : level;
        if (stats_rank_sum(row[i].x, row[i].m, row[i].y, row[i].n,
                           1 - alpha / (double)level, &change->ratio, &p, err))
            return -1;
        change->kind = judge(change, margin, counts);
        counts = change->kind == CHANGE_SLOWER || change->kind == CHANGE_FASTER;
    }
    return 0;
}

/* Rows that one side lacks go behind the others. */
static size_t split(struct row *row, size_t rows)
{
    size_t both = 0;

    for (size_t i = 0; i < rows; i++) {
        if (row[i].m && row[i].n) {
            struct row swap = row[both];

            row[both++] = row[i];
            row[i] = swap;
        }
    }
    return both;
}

static int judge_values(const struct values *v, struct changes *out,
                        struct err *err)
{
    struct row *row = calloc(v->m + v->n + 1, sizeof *row);
    size_t rows, both;
    int failed;

    out->change = calloc(v->m + v->n + 1, sizeof *out->change);
    if (!row || !out->change) {
        free(row);
        return no_memory(err);
    }
    rows = match(v, row, out->change);
    both = split(row, rows);
    failed = judge_all(row, both, log1p(out->margin), err);
    free(row);
    out->n = rows;
    out->least = least_launches(both);
    for (size_t i = 0; i < rows; i++)
        out->count[out->change[i].kind]++;
    return failed;
}

static int compare_cells(const struct launches *old_side,
                         const struct launches *new_side, struct changes *out,
                         struct err *err)
{
    struct values v = {.x = NULL};
    int failed = launches_values(old_side, &v.x, &v.m, err) ||
                         launches_values(new_side, &v.y, &v.n, err)
                     ? -1
                     : 0;

    v.log = failed ? NULL : malloc((v.m + v.n + 1) * sizeof *v.log);
    if (!failed)
        failed = v.log ? judge_values(&v, out, err) : no_memory(err);
    free(v.x);
    free(v.y);
    free(v.log);
    return failed;
}

static size_t count_wrong(const struct launches *side)
{
    size_t wrong = 0;

    for (size_t i = 0; i < side->n; i++)
        wrong += side->launch[i].wrong;
    return wrong;
}

int compare_launches(const struct launches *old_side,
                     const struct launches *new_side, double margin,
                     bool across, struct changes *result, struct err *err)
{
    struct changes out = {.margin = margin,
                          .old_launches = old_side->n,
                          .new_launches = new_side->n,
                          .old_wrong = count_wrong(old_side),
                          .new_wrong = count_wrong(new_side)};

    if (compare_places(old_side, new_side, across, &out, err) ||
        compare_cells(old_side, new_side, &out, err)) {
        changes_free(&out);
        return -1;
    }
    *result = out;
    return 0;
}

void changes_free(struct changes *changes)
{
    if (!changes)
        return;
    for (size_t i = 0; i < changes->facts; i++) {
        free(changes->fact[i].old_value);
        free(changes->fact[i].new_value);
    }
    free(changes->fact);
    free(changes->change);
    free(changes->old_hosts);
    free(changes->new_hosts);
}
