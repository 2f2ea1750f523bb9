/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/article.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "results/record/json.h"
#include "results/report/table.h"

enum { FIGURE = 24, WIDTH = 80 };

const char *claim_verdict_name(enum claim_verdict verdict)
{
    static const char *const names[] = {
        [CLAIM_OPEN] = "open",
        [CLAIM_HOLDS] = "holds",
        [CLAIM_FAILS] = "fails",
        [CLAIM_PYTHON] = "only in CPython",
    };

    return names[verdict];
}

/* -- for people ---------------------------------------------------------- */

static char *format_figure(enum article_unit unit, double x, char *out)
{
    if (isnan(x)) {
        snprintf(out, FIGURE, "-");
        return out;
    }
    switch (unit) {
    case ARTICLE_SECONDS: format_time(x * 1e9, out, FIGURE); break;
    case ARTICLE_BYTES:
        if (x < 0)
            snprintf(out, FIGURE, "-%.0f B", -x);
        else
            mem_format((uint64_t)x, out, FIGURE);
        break;
    case ARTICLE_NUMBER: snprintf(out, FIGURE, "%.4g", x); break;
    case ARTICLE_TIMES: snprintf(out, FIGURE, "%.2fx", x); break;
    }
    return out;
}

static void print_row(FILE *out, const struct article_row *row)
{
    char article[FIGURE], python[FIGURE], drive[FIGURE], low[FIGURE],
        high[FIGURE];

    fprintf(out, "%-28s %10s %10s", row->label,
            format_figure(row->unit, row->article, article),
            format_figure(row->unit, row->python, python));
    if (isnan(row->drive) && *row->why)
        fprintf(out, "  %.38s\n", row->why);
    else if (isnan(row->low))
        fprintf(out, " %10s\n", format_figure(row->unit, row->drive, drive));
    else
        fprintf(out, " %10s [%s, %s]\n",
                format_figure(row->unit, row->drive, drive),
                format_figure(row->unit, row->low, low),
                format_figure(row->unit, row->high, high));
}

void article_print_experiment(FILE *out, const struct article_experiment *e)
{
    fprintf(out, "\n%s  %s\n", e->id, e->title);
    if (*e->scale)
        fprintf(out, "scaled: %s\n", e->scale);
    if (*e->python)
        fprintf(out, "no CPython: %s\n", e->python);
    fprintf(out, "%-28s %10s %10s %10s 95 %% CI\n", "", "article", "CPython",
            "drive");
    for (int i = 0; i < e->rows; i++)
        print_row(out, &e->row[i]);
}

/* Words of a text in lines below each other, each behind an indent. */
static void print_wrapped(FILE *out, const char *text, size_t indent)
{
    while (*text) {
        size_t room = WIDTH - indent, length = strlen(text);

        if (length > room) {
            length = room;
            while (length > 0 && text[length] != ' ')
                length--;
            length = length ? length : room;
        }
        fprintf(out, "%*s%.*s\n", (int)indent, "", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

void article_print_claims(FILE *out, const struct article *article)
{
    fprintf(out, "\nWhat the article claims, and what is so here\n");
    for (int i = 0; i < article->claims; i++) {
        const struct article_claim *claim = &article->claim[i];

        fprintf(out, "(%c) %s\n", claim->id, claim->claim);
        fprintf(out, "    %s%s\n", claim_verdict_name(claim->verdict),
                claim->verdict == CLAIM_HOLDS   ? " here"
                : claim->verdict == CLAIM_FAILS ? " here: it does not hold"
                                                : "");
        print_wrapped(out, claim->why, 4);
    }
}

/* -- for scripts --------------------------------------------------------- */

static json_t *cell_of(const struct article_row *row)
{
    static const char *const units[] = {"s", "byte", "", "ratio"};
    json_t *cell = json_object(), *ci;

    object_put(&cell, "label", value_text(row->label));
    object_put(&cell, "unit", value_text(units[row->unit]));
    object_put(&cell, "value", value_real(row->drive));
    ci = isnan(row->low) ? json_null() : json_array();
    if (!isnan(row->low)) {
        array_put(&ci, value_real(row->low));
        array_put(&ci, value_real(row->high));
    }
    object_put(&cell, "ci95", ci);
    object_put(&cell, "why", value_text(*row->why ? row->why : NULL));
    return cell;
}

static json_t *experiment_object(const struct article_experiment *e)
{
    json_t *object = json_object(), *cells = json_array();
    json_t *article = json_object(), *python = json_object();

    for (int i = 0; i < e->rows; i++) {
        const struct article_row *row = &e->row[i];

        array_put(&cells, cell_of(row));
        if (!isnan(row->article))
            object_put(&article, row->label, value_real(row->article));
        if (!isnan(row->python))
            object_put(&python, row->label, value_real(row->python));
    }
    object_put(&object, "id", value_text(e->id));
    object_put(&object, "name", value_text(e->title));
    object_put(&object, "scale", value_text(*e->scale ? e->scale : NULL));
    object_put(&object, "article", article);
    object_put(&object, "cpython", python);
    object_put(&object, "cpython_why",
               value_text(*e->python ? e->python : NULL));
    object_put(&object, "cells", cells);
    return object;
}

static json_t *claim_object(const struct article_claim *claim)
{
    char id[2] = {claim->id, '\0'};
    json_t *object = json_object();

    object_put(&object, "id", value_text(id));
    object_put(&object, "claim", value_text(claim->claim));
    object_put(&object, "verdict",
               value_text(claim_verdict_name(claim->verdict)));
    object_put(&object, "why", value_text(claim->why));
    return object;
}

int article_print_json(FILE *out, const struct article *article,
                       const char *file, struct err *err)
{
    json_t *document = json_object(), *experiments = json_array();
    json_t *claims = json_array();
    char *text;
    int failed = 0;

    for (int i = 0; i < article->experiments; i++)
        array_put(&experiments, experiment_object(&article->experiment[i]));
    for (int i = 0; i < article->claims; i++)
        array_put(&claims, claim_object(&article->claim[i]));
    object_put(&document, "schema", json_integer(1));
    object_put(&document, "experiments", experiments);
    object_put(&document, "claims", claims);
    object_put(&document, "file", value_text(file));
    text = document ? json_dumps(document, JSON_INDENT(2) | REAL_FORMAT) : NULL;
    json_decref(document);
    if (!text)
        return err_set(err, EXIT_RESOURCE, "no memory for a JSON document");
    if (fprintf(out, "%s\n", text) < 0 || fflush(out))
        failed =
            err_errno(err, EXIT_RESOURCE, "cannot write the JSON document");
    free(text);
    return failed;
}
