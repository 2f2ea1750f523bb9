/* SPDX-License-Identifier: Apache-2.0 */
#include "core/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct trial *cell_add_trial(struct cell *cell)
{
    struct trial *trial;

    if (cell->trials == cell->capacity) {
        size_t capacity = cell->capacity ? 2 * cell->capacity : 32;
        struct trial *grown =
            realloc(cell->trial, capacity * sizeof *cell->trial);

        if (!grown)
            return NULL;
        cell->trial = grown;
        cell->capacity = capacity;
    }
    trial = &cell->trial[cell->trials];
    *trial = (struct trial){0};
    trial->span = calloc((size_t)cell->workers, sizeof *trial->span);
    if (!trial->span)
        return NULL;
    cell->trials++;
    return trial;
}

bool trial_counts(const struct trial *trial)
{
    return !trial->warmup && !trial->late && !trial->wrong;
}

void cell_times(const struct cell *cell, int blocks, double *ns)
{
    for (int i = 0; i < blocks; i++)
        ns[i] = 0;
    for (size_t i = 0; i < cell->trials; i++) {
        const struct trial *trial = &cell->trial[i];

        if (trial_counts(trial) && trial->block < blocks)
            ns[trial->block] = (double)trial->ns;
    }
}

size_t cell_count(const struct cell *cell)
{
    size_t count = 0;

    for (size_t i = 0; i < cell->trials; i++)
        count += trial_counts(&cell->trial[i]);
    return count;
}

double metric_merged(enum metric_merge merge, const double *value, size_t n)
{
    double sum = 0, least = INFINITY, most = -INFINITY;
    size_t known = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(value[i]))
            continue;
        known++;
        sum += value[i];
        least = value[i] < least ? value[i] : least;
        most = value[i] > most ? value[i] : most;
    }
    if (known == 0)
        return NAN;
    switch (merge) {
    case METRIC_MEAN: return sum / (double)known;
    case METRIC_SUM: return sum;
    case METRIC_MAX: return most;
    case METRIC_MIN: return least;
    }
    BUG("how to merge a metric");
}

const char *metric_merge_name(enum metric_merge merge)
{
    static const char *const name[] = {"mean", "sum", "max", "min"};

    return name[merge];
}

const char *stop_name(enum stop_reason reason)
{
    static const char *const name[] = {
        [STOP_NONE] = "not run",       [STOP_PRECISION] = "precision",
        [STOP_BUDGET] = "budget",      [STOP_BLOCKS] = "blocks",
        [STOP_WRONG] = "wrong result", [STOP_BOUND] = "faster than the bound",
        [STOP_SIGNAL] = "interrupted", [STOP_ALONE] = "nothing left to compare",
    };

    return name[reason];
}

char *disturbance_format(unsigned disturbed, char *out, size_t size)
{
    static const char *const name[] = {"waited for a core", "stolen",
                                       "throttled", "migrated", "paged"};
    size_t used = 0;

    *out = '\0';
    for (size_t i = 0; i < sizeof name / sizeof name[0] && used < size; i++) {
        if (disturbed & 1u << i)
            used += (size_t)snprintf(out + used, size - used, "%s%s",
                                     used ? ", " : "", name[i]);
    }
    return out;
}

const char *cell_status_name(enum cell_status status)
{
    static const char *const name[] = {"ok", "skipped", "failed"};

    return name[status];
}

void comparison_free(struct comparison *comparison)
{
    if (!comparison)
        return;
    for (int i = 0; i < comparison->cells; i++) {
        struct cell *cell = &comparison->cell[i];

        for (size_t t = 0; t < cell->trials; t++)
            free(cell->trial[t].span);
        free(cell->trial);
        free(cell->post);
    }
    utilisation_free(&comparison->utilisation);
}
