/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/commands/article_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drivers/commands/article_plan.h"

static void take_figure(const struct variant *v, const struct comparison *c,
                        int i, const struct summary *summary,
                        struct article_row *row)
{
    const struct cell *cell = &c->cell[i];
    double more = v->figure == FIGURE_LIFE
                      ? (double)(cell->startup_ns + cell->teardown_ns)
                      : 0;

    if (summary->n == 0)
        return;
    if (v->figure == FIGURE_METRIC) {
        row->drive = finding_metric(c, i, v->metric);
        return;
    }
    row->drive = (summary->median_ns + more) / 1e9;
    if (summary->ci_ns.valid) {
        row->low = (summary->ci_ns.ci.low + more) / 1e9;
        row->high = (summary->ci_ns.ci.high + more) / 1e9;
    }
}

/* Threads and processes are what the article and CPython have as well. */
static void take_others(const struct finding *finding, int which, int workers,
                        const char *executor, struct article_row *row)
{
    const struct variant *v = &article_variant[which];
    int model = strcmp(executor, "threads") == 0     ? 0
                : strcmp(executor, "processes") == 0 ? 1
                                                     : -1;

    if (model < 0 || which == APART)
        return;
    if (v->script)
        row->python = python_number(&finding[which].python[model], v->path);
    if (v->reference)
        row->article = reference_seconds(v->reference,
                                         model ? "process" : "thread", workers);
}

void article_add_rows(const struct finding *finding, int which, int workers,
                      struct article_experiment *e)
{
    const struct variant *v = &article_variant[which];
    const struct finding *found = &finding[which];
    const struct comparison *c = &found->comparison;

    for (int i = 0; i < c->cells && e->rows < ARTICLE_ROWS; i++) {
        struct article_row *row = &e->row[e->rows++];
        const char *name = c->cell[i].executor;

        *row = (struct article_row){.unit = v->unit,
                                    .article = NAN,
                                    .python = NAN,
                                    .drive = NAN,
                                    .low = NAN,
                                    .high = NAN};
        snprintf(row->label, sizeof row->label, "%s%s%s", name,
                 strcmp(name, "serial") ? "" : " (one worker)",
                 v->suffix ? v->suffix : "");
        snprintf(row->why, sizeof row->why, "%.*s", (int)sizeof row->why - 1,
                 found->ran ? c->cell[i].why.text : found->why.text);
        take_figure(v, c, i, &found->judgement.cell[i], row);
        take_others(finding, which, workers, name, row);
    }
    if (c->cells == 0 && e->rows < ARTICLE_ROWS) {
        e->row[e->rows] = (struct article_row){.article = NAN,
                                               .python = NAN,
                                               .drive = NAN,
                                               .low = NAN,
                                               .high = NAN};
        snprintf(e->row[e->rows].label, sizeof e->row[0].label, "%s",
                 v->kernel);
        snprintf(e->row[e->rows].why, sizeof e->row[0].why, "%.100s",
                 found->why.text);
        e->rows++;
    }
}

void article_add_causes(const struct finding *finding,
                        const double *python_times,
                        struct article_experiment *e)
{
    const struct finding *found = &finding[APART];

    for (int i = 0; i < PARTS && e->rows < ARTICLE_ROWS; i++) {
        const struct part *part = &article_part[i];
        struct article_row *row = &e->row[e->rows];
        struct times times;

        if (part->against < 0 ||
            !finding_times(found, part->label,
                           article_part[part->against].label, &times))
            continue;
        *row = (struct article_row){.unit = ARTICLE_TIMES,
                                    .article = NAN,
                                    .python = python_times[i],
                                    .drive = times.ratio,
                                    .low = times.low,
                                    .high = times.high};
        snprintf(row->label, sizeof row->label, "%s", part->cause);
        e->rows++;
    }
}
