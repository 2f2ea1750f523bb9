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

/* A grid as it is to be printed. */
struct layout {
    const struct grid *grid;
    int names;                                  /* width of them */
    int width[GRID_COLUMNS], gap[GRID_COLUMNS]; /* of columns, before them */
};

static int total_width(const struct layout *layout)
{
    int sum = layout->names;

    for (int k = 0; k < layout->grid->columns; k++)
        sum += layout->gap[k] + layout->width[k];
    return sum;
}

static struct layout lay_out(const struct grid *grid, int width)
{
    struct layout wide = {.grid = grid, .names = name_width(grid)}, close;

    for (int k = 0; k < grid->columns; k++) {
        wide.width[k] = column_width(grid, k);
        wide.gap[k] = grid->column[k].gap;
    }
    close = wide;
    for (int k = 0; k < grid->columns; k++)
        close.gap[k] = 1;
    return total_width(&wide) > width && total_width(&close) <= width ? close
                                                                      : wide;
}

/* One line of the columns from `first` to before `end`; row -1: headings. */
static void print_row(FILE *out, const struct layout *layout, int row,
                      int first, int end)
{
    int blanks = 0; /* owed: a line does not end with any */

    for (int k = first; k < end; k++) {
        const struct grid_column *column = &layout->grid->column[k];
        const char *text = row < 0 ? column->heading : column->text[row];
        int rest = layout->width[k] - (int)strlen(text);

        blanks += layout->gap[k] + (column->left ? 0 : rest);
        if (*text) {
            fprintf(out, "%*s%s", blanks, "", text);
            blanks = 0;
        }
        blanks += column->left ? rest : 0;
    }
    fprintf(out, "\n");
}

static void print_group(FILE *out, const struct layout *layout, int first,
                        int end)
{
    const struct grid *grid = layout->grid;

    fprintf(out, "%-*s", layout->names, first ? "" : grid->title);
    print_row(out, layout, -1, first, end);
    for (int i = 0; i < grid->rows; i++) {
        if (!grid->name[i] || (grid->note[i] && first))
            continue;
        fprintf(out, "%-*s", layout->names, grid->name[i]);
        if (grid->note[i])
            fprintf(out, "  %s\n", grid->note[i]);
        else
            print_row(out, layout, i, first, end);
    }
}

/* The first column that has no room beside `first`. */
static int group_end(const struct layout *layout, int first, int width)
{
    int used = layout->names, end = first;

    while (end < layout->grid->columns) {
        used += layout->gap[end] + layout->width[end];
        if (used > width && end > first)
            break;
        end++;
    }
    return end;
}

void grid_print(FILE *out, const struct grid *grid, int width)
{
    struct layout layout = lay_out(grid, width);

    for (int first = 0, end; first < grid->columns; first = end) {
        end = group_end(&layout, first, width);
        print_group(out, &layout, first, end);
    }
}
