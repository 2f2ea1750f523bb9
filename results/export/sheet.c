/* SPDX-License-Identifier: Apache-2.0 */
#include "results/export/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/record/json.h"
#include "results/record/read.h"
#include "results/report/quantity.h"
#include "results/report/table.h"

const char *const sheet_heading[SHEET_COLUMNS] = {
    "executor", "median",  "95 % CI",    "rate",
    "speed-up", "95 % CI", "efficiency", "trials"};
const char *const sheet_pair_heading[SHEET_PAIR] = {"pair", "difference",
                                                    "95 % CI", "verdict"};

/* -- reading ------------------------------------------------------------- */

/* NAN where there is none. */
static double real(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Both ends, or NANs. */
static struct interval interval(const json_t *object, const char *key)
{
    const json_t *list = json_object_get(object, key);
    const json_t *low = json_array_get(list, 0),
                 *high = json_array_get(list, 1);

    if (!json_is_number(low) || !json_is_number(high))
        return (struct interval){NAN, NAN};
    return (struct interval){json_number_value(low), json_number_value(high)};
}

static void get_text(const json_t *object, const char *key, char *out,
                     size_t size)
{
    const char *value = json_string_value(json_object_get(object, key));

    text_clean(value ? value : "", out, size);
}

/* -- cells --------------------------------------------------------------- */

static void put_times(const json_t *cell, char row[][SHEET_TEXT])
{
    double median = real(cell, "median_ns"), least = real(cell, "min_ns");
    struct interval ci = interval(cell, "ci95_ns");
    char low[32], high[32];

    format_time(median, row[1], SHEET_TEXT);
    if (isfinite(ci.low))
        snprintf(row[2], SHEET_TEXT, "[%s, %s]",
                 format_time(ci.low, low, sizeof low),
                 format_time(ci.high, high, sizeof high));
    else if (isfinite(least))
        snprintf(row[2], SHEET_TEXT, "%s to %s",
                 format_time(least, low, sizeof low),
                 format_time(real(cell, "max_ns"), high, sizeof high));
}

static void put_rate(const json_t *cell, char *out)
{
    double rate = real(cell, "rate");
    char unit[LABEL_TEXT];

    get_text(cell, "rate_unit", unit, sizeof unit);
    if (!isfinite(rate))
        return;
    if (strcmp(unit, "flop/s") == 0)
        snprintf(out, SHEET_TEXT, "%.*f GFLOP/s", quantity_digits(rate * 1e-9),
                 rate * 1e-9);
    else if (strcmp(unit, "byte/s") == 0)
        snprintf(out, SHEET_TEXT, "%.*f GB/s", quantity_digits(rate * 1e-9),
                 rate * 1e-9);
    else
        snprintf(out, SHEET_TEXT, "%.4g %s", rate, unit);
}

static void put_speedup(const json_t *cell, char row[][SHEET_TEXT])
{
    double speedup = real(cell, "speedup");
    double efficiency = real(cell, "efficiency");
    struct interval ci = interval(cell, "speedup_ci95");
    int digits = quantity_digits(speedup);

    if (isfinite(speedup))
        snprintf(row[4], SHEET_TEXT, "%.*f", digits, speedup);
    if (isfinite(ci.low))
        snprintf(row[5], SHEET_TEXT, "[%.*f, %.*f]", digits, ci.low, digits,
                 ci.high);
    if (isfinite(efficiency))
        snprintf(row[6], SHEET_TEXT, "%.0f %%", 100 * efficiency);
}

/* Why it has no numbers stands where its median would. */
static void put_status(const json_t *cell, char row[][SHEET_TEXT])
{
    char status[40], why[LABEL_TEXT];

    get_text(cell, "status", status, sizeof status);
    get_text(cell, "why", why, sizeof why);
    if (strcmp(status, "ok") == 0)
        snprintf(row[1], SHEET_TEXT, "no trial that counts");
    else
        snprintf(row[1], SHEET_TEXT, "%s%s%s", status, *why ? ": " : "", why);
}

static void put_cell(const json_t *cell, char row[][SHEET_TEXT])
{
    double trials = real(cell, "trials");

    for (int i = 0; i < SHEET_COLUMNS; i++)
        strcpy(row[i], "-");
    get_text(cell, "executor", row[0], LABEL_TEXT);
    if (isfinite(trials))
        snprintf(row[7], SHEET_TEXT, "%.0f", trials);
    if (!isfinite(real(cell, "median_ns"))) {
        put_status(cell, row);
        return;
    }
    put_times(cell, row);
    put_rate(cell, row[3]);
    put_speedup(cell, row);
}

/* -- pairs --------------------------------------------------------------- */

static bool is_large(double ratio)
{
    return fabs(log(ratio)) > TIMES_FROM;
}

static void put_pair(const json_t *pair, double margin, char row[][SHEET_TEXT])
{
    double ratio = real(pair, "ratio");
    struct interval ci = interval(pair, "ci95");
    char a[200], b[200], verdict[LABEL_TEXT];

    strcpy(row[1], "-");
    strcpy(row[2], "-");
    get_text(pair, "a", a, sizeof a);
    get_text(pair, "b", b, sizeof b);
    get_text(pair, "verdict", verdict, sizeof verdict);
    snprintf(row[0], SHEET_TEXT, "%s v %s", a, b);
    if (ratio > 0)
        snprintf(row[1], SHEET_TEXT,
                 is_large(ratio) ? "%.3g times" : "%+.1f %%",
                 is_large(ratio) ? ratio : 100 * (ratio - 1));
    if (ratio > 0 && isfinite(ci.low))
        snprintf(row[2], SHEET_TEXT,
                 is_large(ratio) ? "[%.3g, %.3g]" : "[%+.1f, %+.1f]",
                 is_large(ratio) ? ci.low : 100 * (ci.low - 1),
                 is_large(ratio) ? ci.high : 100 * (ci.high - 1));
    if (strcmp(verdict, "equal") == 0)
        snprintf(row[3], SHEET_TEXT, "equal within the %g %% margin",
                 100 * margin);
    else
        snprintf(row[3], SHEET_TEXT, "%s", *verdict ? verdict : "-");
}

/* -- the whole ----------------------------------------------------------- */

static void put_head(const struct export *x, struct sheet *s)
{
    char params[SHEET_TEXT], clean[SHEET_TEXT];

    labels_params(&x->labels, params, sizeof params);
    text_clean(params, clean, sizeof clean); /* a character may be cut */
    snprintf(s->title, sizeof s->title, "%s%s%s, %s over %d worker%s",
             x->labels.kernel, *clean ? " " : "", clean, x->labels.mode,
             x->c->workers, x->c->workers == 1 ? "" : "s");
    snprintf(s->source, sizeof s->source, "%s%s%s%s%s, run %s",
             *x->host ? x->host : "host not known", *x->start ? ", " : "",
             x->start, *x->labels.placement ? ", " : "", x->labels.placement,
             x->run);
}

static void put_verdict(const json_t *summary, struct sheet *s)
{
    char sentence[SENTENCE], cut[LABEL_TEXT];

    get_text(summary, "verdict", sentence, sizeof sentence);
    get_text(summary, "cut", cut, sizeof cut);
    snprintf(s->verdict, sizeof s->verdict, "%s%s",
             *sentence ? sentence : "nothing could be judged", cut);
}

static void fill(const struct export *x, const json_t *summary, struct sheet *s)
{
    size_t i;
    json_t *one;

    put_head(x, s);
    json_array_foreach(json_object_get(summary, "cells"), i, one)
    {
        if (s->rows < CELLS_MAX)
            put_cell(one, s->row[s->rows++]);
    }
    json_array_foreach(json_object_get(summary, "pairs"), i, one)
    {
        if (s->pairs < PAIRS_MAX)
            put_pair(one, x->c->margin, s->pair[s->pairs++]);
    }
    put_verdict(summary, s);
}

/* The reader keeps so many trials of a comparison and no more. */
static json_t *value_cut(const struct export *x)
{
    size_t kept = 0, all = 0;
    char text[LABEL_TEXT];

    for (int i = 0; i < x->c->cells; i++) {
        kept += cell_count(&x->c->cell[i]);
        all += x->counted[i];
    }
    snprintf(text, sizeof text,
             " (the run was cut short; this is of %zu of its %zu trials)", kept,
             all);
    return value_text(text);
}

/* What the summary would have said of the trials that are there. */
static json_t *judge(const struct export *x, struct err *err)
{
    const struct comparison *c = x->c;
    struct judgement *j = calloc(1, sizeof *j);
    json_t *cells = json_array(), *pairs = json_array();
    json_t *object = json_object();

    if (!j || verdict_judge(c, j, err)) {
        json_decref(cells);
        json_decref(pairs);
        json_decref(object);
        free(j);
        return NULL;
    }
    for (int i = 0; i < c->cells; i++)
        array_put(&cells, cell_object(c, &c->cell[i], &j->cell[i]));
    for (int i = 0; i < j->pairs; i++)
        array_put(&pairs, pair_object(c, &j->pair[i]));
    object_put(&object, "cells", cells);
    object_put(&object, "pairs", pairs);
    object_put(&object, "verdict", value_text(j->sentence));
    object_put(&object, "cut", value_cut(x));
    free(j);
    return object;
}

int sheet_make(const struct export *x, const json_t *summary,
               struct sheet **out, struct err *err)
{
    struct sheet *s = calloc(1, sizeof *s);
    json_t *own = NULL;

    if (!s)
        return err_set(err, EXIT_RESOURCE, "no memory for a table");
    err_set(err, EXIT_RESOURCE, "no memory for a table");
    if (!summary && x->c->cells && !(own = judge(x, err))) {
        free(s);
        return -1;
    }
    fill(x, summary ? summary : own, s);
    json_decref(own);
    *out = s;
    return 0;
}
