/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/grid.h"

#include <string.h>

struct grid_column *grid_add(struct grid *grid, const char *heading, int gap)
{
    struct grid_column *column;

    if (grid->columns == GRID_COLUMNS)
        BUG("columns of a grid");
    column = &grid->column[grid->columns++];
    *column = (struct grid_column){.gap = gap};
    snprintf(column->heading, sizeof column->heading, "%s", heading);
    return column;
}

static int wider(int width, const char *text)
{
    int length = (int)strlen(text);

    return length > width ? length : width;
}

static int name_width(const struct grid *grid)
{
    int width = wider(0, grid->title);

    for (int i = 0; i < grid->rows; i++)
        width = grid->name[i] ? wider(width, grid->name[i]) : width;
    return width;
}

static int column_width(const struct grid *grid, int k)
{
    const struct grid_column *column = &grid->column[k];
    int width = wider(0, column->heading);

    for (int i = 0; i < grid->rows; i++)
        width = grid->name[i] ? wider(width, column->text[i]) : width;
    return width;
}

/* One line of the columns from `first` to before `end`; row -1: headings. */
static void print_row(FILE *out, const struct grid *grid, int row, int first,
                      int end)
{
    int blanks = 0; /* owed: a line does not end with any */

    for (int k = first; k < end; k++) {
        const struct grid_column *column = &grid->column[k];
        const char *text = row < 0 ? column->heading : column->text[row];
        int rest = column_width(grid, k) - (int)strlen(text);

        blanks += column->gap + (column->left ? 0 : rest);
        if (*text) {
            fprintf(out, "%*s%s", blanks, "", text);
            blanks = 0;
        }
        blanks += column->left ? rest : 0;
    }
    fprintf(out, "\n");
}

static void print_group(FILE *out, const struct grid *grid, int names,
                        int first, int end)
{
    fprintf(out, "%-*s", names, first ? "" : grid->title);
    print_row(out, grid, -1, first, end);
    for (int i = 0; i < grid->rows; i++) {
        if (!grid->name[i] || (grid->note[i] && first))
            continue;
        fprintf(out, "%-*s", names, grid->name[i]);
        if (grid->note[i])
            fprintf(out, "  %s\n", grid->note[i]);
        else
            print_row(out, grid, i, first, end);
    }
}

void grid_print(FILE *out, const struct grid *grid, int width)
{
    int names = name_width(grid), first = 0;

    while (first < grid->columns) {
        int used = names, end = first;

        do {
            used += grid->column[end].gap + column_width(grid, end);
            end++;
        } while (end < grid->columns &&
                 used + grid->column[end].gap + column_width(grid, end) <=
                     width);
        print_group(out, grid, names, first, end);
        first = end;
    }
}
