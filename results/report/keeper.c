/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trials of a comparison while it is read, within a limit, and the rule by
 * which long lists are thinned.
 */
#include <stdlib.h>
#include <string.h>

#include "results/report/model.h"

/* What malloc() adds to each block. */
enum { OVERHEAD = 16 };

static size_t cost(const struct trial *trial, int workers)
{
    return sizeof *trial +
           (trial->span ? (size_t)workers * sizeof *trial->span + OVERHEAD : 0);
}

/* Keeps the blocks that the stride allows, in place. */
static void thin_cell(struct keeper *k, struct cell *cell)
{
    size_t n = 0;

    for (size_t i = 0; i < cell->trials; i++) {
        struct trial *trial = &cell->trial[i];

        if ((unsigned)trial->block % k->stride == 0) {
            cell->trial[n++] = *trial;
            continue;
        }
        k->bytes -= cost(trial, cell->workers);
        k->kept--;
        free(trial->span);
    }
    cell->trials = n;
}

static void thin(struct keeper *k)
{
    k->stride *= 2;
    for (int i = 0; i < CELLS_MAX; i++)
        thin_cell(k, &k->c.cell[i]);
}

/* Like cell_add_trial(), but without spans where the line has none, whatever
 * number of workers it claims. */
static int add(struct cell *cell, const struct trial *trial)
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
    mine->repeats = trial->repeats ? trial->repeats : 1;
    if (trial->span) {
        size_t size = (size_t)cell->workers * sizeof *mine->span;

        mine->span = malloc(size);
        if (!mine->span)
            return -1;
        memcpy(mine->span, trial->span, size);
    }
    cell->trials++;
    return 0;
}

int keeper_add(struct keeper *k, const struct comparison *c, int cell,
               const struct trial *trial)
{
    struct cell *mine = &k->c.cell[cell];

    mine->workers = c->cell[cell].workers;
    k->stride = k->stride ? k->stride : 1;
    k->trials++;
    while (k->bytes + cost(trial, mine->workers) > k->limit &&
           k->stride < 1u << 30)
        thin(k);
    if ((unsigned)trial->block % k->stride != 0)
        return 0;
    k->bytes += cost(trial, mine->workers);
    k->kept++;
    return add(mine, trial);
}

void keeper_clear(struct keeper *k)
{
    size_t limit = k->limit;

    k->c.cells = CELLS_MAX; /* of those without trials nothing is owned */
    comparison_free(&k->c);
    *k = (struct keeper){.limit = limit};
}

size_t thinned_count(size_t n, size_t most)
{
    return n < most ? n : most;
}

size_t thinned_index(size_t i, size_t n, size_t most)
{
    if (n <= most)
        return i;
    return most < 2 ? 0 : i * (n - 1) / (most - 1);
}
