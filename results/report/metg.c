/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/metg.h"

#include <math.h>

#include "results/report/grid.h"
#include "results/report/quantity.h"

enum { WIDTH = 80 };

static void print_mark(const struct metg_mark *mark, char *text, size_t size)
{
    char value[24];

    quantity_format(mark->ns * 1e-9, "s", value, sizeof value);
    switch (mark->how) {
    case METG_FOUND: snprintf(text, size, "%s", value); break;
    case METG_BELOW: snprintf(text, size, "< %s", value); break;
    case METG_NEVER: snprintf(text, size, "> %s", value); break;
    }
}

static void print_interval(const struct metg_mark *mark, char *text,
                           size_t size)
{
    char lo[20], hi[20];

    if (mark->how != METG_FOUND) {
        snprintf(text, size, "-");
        return;
    }
    quantity_format(mark->lo_ns * 1e-9, "s", lo, sizeof lo);
    quantity_format(mark->hi_ns * 1e-9, "s", hi, sizeof hi);
    snprintf(text, size, "[%s, %s]", lo, isinf(mark->hi_ns) ? "?" : hi);
}

static void print_sweep(FILE *out, const struct metg *sweep)
{
    static const char *const heading[] = {"METG(50 %)", "METG(90 %)"};
    struct grid grid = {.title = "smallest task", .rows = sweep->rows};
    struct grid_column *pays;

    for (int i = 0; i < sweep->rows; i++)
        grid.name[i] = sweep->row[i].executor;
    for (int level = 0; level < METG_LEVELS; level++) {
        struct grid_column *value = grid_add(&grid, heading[level], 2);
        struct grid_column *interval = grid_add(&grid, "95 % CI", 1);

        interval->left = true;
        for (int i = 0; i < sweep->rows; i++) {
            const struct metg_mark *mark = &sweep->row[i].at[level];

            print_mark(mark, value->text[i], GRID_TEXT);
            print_interval(mark, interval->text[i], GRID_TEXT);
        }
    }
    pays = grid_add(&grid, "pays from", 2);
    for (int i = 0; i < sweep->rows; i++)
        quantity_format(sweep->row[i].pays_ns * 1e-9, "s", pays->text[i],
                        GRID_TEXT);
    fprintf(out, "\n%s %s  %s, %d worker%s\n", sweep->kernel, sweep->problem,
            sweep->mode, sweep->workers, sweep->workers == 1 ? "" : "s");
    grid_print(out, &grid, WIDTH);
}

void metg_print(FILE *out, const struct metg *sweeps, int n)
{
    for (int i = 0; i < n; i++)
        print_sweep(out, &sweeps[i]);
    fprintf(out,
            "METG(x): a task of a worker's time below which less than x of it "
            "is work;\npays from: one task a worker, start-up and tear-down "
            "included, against all of\nthem one after the other\n");
}
