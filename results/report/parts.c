/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/parts.h"

#include <math.h>
#include <string.h>

#include "results/report/grid.h"
#include "results/report/quantity.h"
#include "results/verdict/found.h"
#include "results/verdict/why.h"

enum { PARTS_WIDTH = 80 };

/* Shares of the median; rows without trials get no name and so none at all. */
static int add_parts(struct grid *grid, const struct comparison *c,
                     struct err *err)
{
    static const char *const heading[] = {
        [PART_COMPUTE] = "compute", [PART_TALK] = "communicate",
        [PART_LOCK] = "lock",       [PART_SYSTEM] = "system",
        [PART_WAITED] = "wait",     [PART_IMBALANCE] = "imbalance"};
    double ns[CELLS_MAX][PARTS], sum[CELLS_MAX] = {0}, lock = 0;

    for (int i = 0; i < c->cells; i++) {
        if (why_parts(&c->cell[i], ns[i], err))
            return -1;
        for (int p = 0; p < PARTS; p++)
            sum[i] += ns[i][p];
        grid->name[i] = sum[i] > 0 ? c->cell[i].executor : NULL;
        lock += ns[i][PART_LOCK];
    }
    for (int p = 0; p < PARTS; p++) {
        struct grid_column *column;

        if (p == PART_LOCK && lock <= 0)
            continue;
        column = grid_add(grid, heading[p], 2);
        for (int i = 0; i < c->cells; i++)
            snprintf(column->text[i], GRID_TEXT, "%.1f %%",
                     sum[i] > 0 ? 100 * ns[i][p] / sum[i] : 0);
    }
    return 0;
}

/* Where they were asked for, or there are any. */
static void add_pages(struct grid *grid, const struct comparison *c)
{
    bool wanted = strstr(c->problem, "pages=native") != NULL;
    struct grid_column *column;

    for (int i = 0; i < c->cells; i++)
        wanted = wanted || c->cell[i].huge_share > 0.005;
    if (!wanted)
        return;
    column = grid_add(grid, "huge pages", 2);
    for (int i = 0; i < c->cells; i++)
        snprintf(column->text[i], GRID_TEXT,
                 c->cell[i].huge_share >= 0 ? "%.0f %%" : "-",
                 100 * c->cell[i].huge_share);
}

/* Rates in bytes have it in the table above. */
static void add_bandwidth(struct grid *grid, const struct comparison *c,
                          const struct judgement *j)
{
    struct grid_column *column;

    if (c->bytes <= 0 || strcmp(c->unit, "byte") == 0)
        return;
    column = grid_add(grid, "GB/s", 2);
    for (int i = 0; i < c->cells; i++) {
        double rate =
            found_bandwidth(c, &c->cell[i], j->cell[i].median_ns) / 1e9;

        snprintf(column->text[i], GRID_TEXT, isfinite(rate) ? "%.*f" : "-",
                 quantity_digits(rate), rate);
    }
}

static void add_counters(struct grid *grid, const struct comparison *c)
{
    struct grid_column *column;
    bool counted = false;

    for (int i = 0; i < c->cells; i++)
        counted = counted || isfinite(found_ipc(&c->cell[i]));
    if (!counted)
        return;
    column = grid_add(grid, "IPC", 2);
    for (int i = 0; i < c->cells; i++) {
        double ipc = found_ipc(&c->cell[i]);

        snprintf(column->text[i], GRID_TEXT, isfinite(ipc) ? "%.2f" : "-", ipc);
    }
}

int parts_fill(struct grid *grid, const struct comparison *c,
               const struct judgement *j, struct err *err)
{
    *grid = (struct grid){.title = "where the time goes", .rows = c->cells};
    if (add_parts(grid, c, err))
        return -1;
    add_pages(grid, c);
    add_bandwidth(grid, c, j);
    add_counters(grid, c);
    return 0;
}

int parts_print(FILE *out, const struct comparison *c,
                const struct judgement *j, struct err *err)
{
    struct grid grid;

    if (parts_fill(&grid, c, j, err))
        return -1;
    grid_print(out, &grid, PARTS_WIDTH);
    return 0;
}

int found_fill(struct grid *grid, const struct comparison *c,
               const struct judgement *j, struct err *err)
{
    *grid = (struct grid){.title = "", .rows = c->cells};
    for (int i = 0; i < c->cells; i++)
        grid->name[i] = j->cell[i].n ? c->cell[i].executor : NULL;
    for (int m = 0; m < c->metrics; m++) {
        struct grid_column *column = grid_add(grid, c->metric[m].name, 2);
        double median;

        for (int i = 0; i < c->cells; i++) {
            if (found_median(&c->cell[i], m, &median, err))
                return -1;
            quantity_format(median, c->metric[m].unit, column->text[i],
                            GRID_TEXT);
        }
    }
    return 0;
}

int found_print(FILE *out, const struct comparison *c,
                const struct judgement *j, struct err *err)
{
    struct grid grid;
    char title[GRID_TEXT];

    if (!c->metrics)
        return 0;
    if (found_fill(&grid, c, j, err))
        return -1;
    snprintf(title, sizeof title, "what %.30s found", c->kernel);
    grid.title = title;
    fputc('\n', out);
    grid_print(out, &grid, PARTS_WIDTH - 2);
    return 0;
}
