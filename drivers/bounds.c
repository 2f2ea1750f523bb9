/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/bounds.h"

#include <string.h>

#include "core/clock.h"
#include "drivers/bound.h"

/* What has to be at hand for all of them. */
struct ground {
    struct conductor *conductor;
    const struct placement *placement;
    const char *bound;
};

static int seats_for(const struct ground *g, const struct cell *cell)
{
    int seats = g->placement->workers;

    return cell->workers < seats ? cell->workers : seats;
}

/* Other nodes are taken to be like this one. */
static int measure_bound(const struct ground *g, const struct cell *cell,
                         double *rate, struct err *err)
{
    int workers = seats_for(g, cell);

    if (bound_measure(g->conductor, g->bound, g->placement, workers, rate, err))
        return -1;
    *rate *= (double)cell->workers / workers;
    return 0;
}

/* Work in flop is bounded by memory too, where its traffic is known. */
static int measure_memory(const struct ground *g, const struct comparison *c,
                          struct cell *cell, struct err *err)
{
    int workers = seats_for(g, cell);

    if (strcmp(c->unit, "flop") != 0 || !(c->bytes > 0) ||
        !(cell->bound_rate > 0))
        return 0;
    if (bound_memory(g->conductor, g->placement, workers, &cell->memory_rate,
                     err))
        return -1;
    cell->memory_rate *= (double)cell->workers / workers;
    return 0;
}

/* Cells with as many workers share one. */
static void share_bound(const struct comparison *c, int i, struct cell *cell)
{
    for (int k = 0; k < i && cell->bound_rate == 0; k++) {
        if (c->cell[k].workers == cell->workers)
            cell->bound_rate = c->cell[k].bound_rate;
    }
}

int bounds_measure(struct conductor *conductor,
                   const struct placement *placement, const char *bound,
                   struct comparison *c, struct err *err)
{
    struct ground g = {conductor, placement, bound};
    uint64_t start = clock_now();

    for (int i = 0; i < c->cells; i++) {
        struct cell *cell = &c->cell[i];

        share_bound(c, i, cell);
        if (cell->status != CELL_OK)
            continue;
        if ((cell->bound_rate == 0 &&
             measure_bound(&g, cell, &cell->bound_rate, err)) ||
            measure_memory(&g, c, cell, err))
            return -1;
    }
    c->account.bounds_ns = clock_now() - start;
    return 0;
}

/* -- in the end ------------------------------------------------------------ */

static const double doubt = 1.05;

/* A rate above the bound of flop means that work was not done, or that the
 * bound was disturbed: it is measured again before anything is called void. */
static int check_rate(const struct ground *g, struct cell *cell, double rate,
                      int *attempts, struct err *err)
{
    double again;

    while (rate > doubt * cell->bound_rate && (*attempts)-- > 0) {
        if (measure_bound(g, cell, &again, err))
            return -1;
        if (again > cell->bound_rate)
            cell->bound_rate = again;
    }
    return 0;
}

/* Memory has no such bound: caches, and mixes of reads and writes, may beat a
 * copy. */
int bounds_check(struct conductor *conductor, const struct placement *placement,
                 const char *bound, struct comparison *c, struct err *err)
{
    struct ground g = {conductor, placement, bound};
    int attempts = 30;

    for (int i = 0; i < c->cells && strcmp(c->unit, "flop") == 0; i++) {
        struct cell *cell = &c->cell[i];
        double tasks = c->replicate ? cell->workers : 1;

        for (size_t t = 0; t < cell->trials && cell->bound_rate > 0; t++) {
            double rate = c->amount * tasks / (double)cell->trial[t].ns * 1e9;

            if (check_rate(&g, cell, rate, &attempts, err))
                return -1;
            if (rate > doubt * cell->bound_rate)
                return err_set(err, EXIT_WRONG,
                               "%s reached %.3g %s/s where its seats can do "
                               "%.3g: work was not done",
                               cell->executor, rate, c->unit, cell->bound_rate);
        }
    }
    return 0;
}
