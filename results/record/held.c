/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/held.h"

#include <stdlib.h>
#include <string.h>

#include "results/record/utilisation.h"

static void forget(struct held *held)
{
    comparison_free(&held->comparison);
    held->comparison = (struct comparison){.widest = -1};
    texts_free(held->texts);
    held->texts = NULL;
}

void held_take(struct held *held, struct comparison *out)
{
    *out = held->comparison;
    held->comparison = (struct comparison){.widest = -1};
    if (!held->texts)
        return;
    held->texts->next = held->taken;
    held->taken = held->texts;
    held->texts = NULL;
}

void held_free(struct held *held)
{
    forget(held);
    texts_free(held->taken);
    free(held->span);
}

int held_plan(struct held *held, const json_t *json, struct err *err)
{
    int64_t plan;

    forget(held);
    if (decode_whole(json, "plan", INT32_MAX, &plan, err) ||
        decode_plan(json, &held->comparison, &held->texts, err))
        return -1;
    held->open = true;
    held->plan = (int)plan;
    held->lines = 0;
    return 0;
}

static int check_plan(const struct held *held, int64_t plan, struct err *err)
{
    if (held->open && plan == held->plan)
        return 0;
    return err_set(err, EXIT_USAGE, "plan %lld is not the one before it",
                   (long long)plan);
}

static int belongs(const struct held *held, const json_t *json, struct err *err)
{
    int64_t plan;

    return decode_whole(json, "plan", INT32_MAX, &plan, err) ||
                   check_plan(held, plan, err)
               ? -1
               : 0;
}

int held_place(struct held *held, const json_t *json, int *cell,
               struct err *err)
{
    return belongs(held, json, err) ||
                   decode_place(json, &held->comparison, cell, err)
               ? -1
               : 0;
}

int held_utilisation(struct held *held, const json_t *json, struct err *err)
{
    if (belongs(held, json, err))
        return -1;
    if (!held->keep)
        utilisation_free(&held->comparison.utilisation);
    return decode_utilisation(json, &held->comparison, err);
}

/* Of no more blocks than there are trials, or the room for them would be
 * anybody's guess. */
int held_summary(struct held *held, const json_t *json, struct err *err)
{
    struct comparison *c = &held->comparison;
    int seen = c->blocks;

    if (belongs(held, json, err) || decode_summary(json, c, err)) {
        c->blocks = seen;
        return -1;
    }
    if (c->blocks > held->lines) {
        err_set(err, EXIT_USAGE, "%d blocks of %ld trials", c->blocks,
                held->lines);
        c->blocks = seen;
        return -1;
    }
    held->open = false;
    return 0;
}

/* -- trials -------------------------------------------------------------- */

static void fill_phases(struct span *span, const struct numbers *phases,
                        size_t i, size_t workers)
{
    size_t each = phases->n / workers;

    for (size_t p = 0; p < PHASES_MAX; p++)
        span->phase_ns[p] = p < each && phases->x[i * each + p] > 0
                                ? (float)phases->x[i * each + p]
                                : 0;
}

/* Into held->span, of which the line's trial borrows. */
static int fill_spans(struct held *held, const struct trial_line *line,
                      struct trial *trial)
{
    size_t n = line->start_ns.n;

    if (held->spans < n) {
        struct span *grown = realloc(held->span, n * sizeof *grown);

        if (!grown)
            return -1;
        held->span = grown;
        held->spans = n;
    }
    for (size_t i = 0; i < n; i++) {
        held->span[i].start_ns = (uint64_t)line->start_ns.x[i];
        held->span[i].end_ns = (uint64_t)line->end_ns.x[i];
        held->span[i].waited_ns = line->waited_by_worker.n == n
                                      ? (uint64_t)line->waited_by_worker.x[i]
                                      : 0;
        fill_phases(&held->span[i], &line->phases_by_worker, i, n);
    }
    trial->span = n ? held->span : NULL;
    return 0;
}

/* Unlike cell_add_trial() with no spans where the line has none, whatever
 * number of workers it claims. */
static int keep_trial(struct cell *cell, const struct trial *trial, size_t n)
{
    struct trial *mine;

    if (cell->trials == cell->capacity) {
        size_t room = cell->capacity ? 2 * cell->capacity : 32;
        struct trial *grown = realloc(cell->trial, room * sizeof *grown);

        if (!grown)
            return -1;
        cell->trial = grown;
        cell->capacity = room;
    }
    mine = &cell->trial[cell->trials];
    *mine = *trial;
    if (trial->span) {
        mine->span = malloc(n * sizeof *mine->span);
        if (!mine->span)
            return -1;
        memcpy(mine->span, trial->span, n * sizeof *mine->span);
    }
    cell->trials++;
    return 0;
}

/* Blocks come one after the other, each with a trial at least. */
static int find_cell(const struct held *held, const struct trial_line *line,
                     struct err *err)
{
    const struct comparison *c = &held->comparison;
    const struct slice *name = &line->executor;
    int cell = decode_cell(c, name->at, name->length);

    if (cell < 0)
        return err_set(err, EXIT_USAGE, "executor '%.*s' is not in the plan",
                       (int)(name->length < 40 ? name->length : 40), name->at);
    if (line->workers != c->cell[cell].workers)
        return err_set(err, EXIT_USAGE,
                       "a trial of %d workers, planned were %d",
                       (int)line->workers, c->cell[cell].workers);
    if (line->metrics.n && line->metrics.n != (size_t)c->metrics)
        return err_set(err, EXIT_USAGE,
                       "a trial of %zu metrics, planned were %d",
                       line->metrics.n, c->metrics);
    if (line->block >= held->lines)
        return err_set(err, EXIT_USAGE, "block %d cannot be reached",
                       (int)line->block);
    return cell;
}

int held_trial(struct held *held, const struct trial_line *line, int *out,
               struct trial *trial, struct err *err)
{
    struct comparison *c = &held->comparison;
    int cell;

    if (check_plan(held, line->plan, err))
        return -1;
    held->lines++;
    cell = find_cell(held, line, err);
    if (cell < 0)
        return -1;
    trial_line_fill(line, trial);
    if (fill_spans(held, line, trial) ||
        (held->keep && held->lines <= READER_KEPT &&
         keep_trial(&c->cell[cell], trial, line->start_ns.n)))
        return err_set(err, EXIT_RESOURCE, "no memory for a record's trials");
    if (trial_counts(trial) && trial->block >= c->blocks)
        c->blocks = trial->block + 1;
    *out = cell;
    return 0;
}
