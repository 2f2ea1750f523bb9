/* SPDX-License-Identifier: Apache-2.0 */
#include "core/footing.h"

#include <stdlib.h>

/* A core of a node; below 0: a worker of its own, that has no seat. */
struct place {
    int node, core;
};

static int compare(int a, int b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    int nodes = compare(p->node, q->node);

    return nodes ? nodes : compare(p->core, q->core);
}

static void end_node(struct footing *f, int cores)
{
    if (!f->nodes || cores < f->fewest)
        f->fewest = cores;
    if (cores > f->most)
        f->most = cores;
    f->nodes++;
    f->cores += cores;
}

/* In order, so that what is equal stands together. */
static void count(const struct place *place, int n, struct footing *f)
{
    int cores = 1;

    for (int i = 1; i < n; i++) {
        if (place[i].node != place[i - 1].node) {
            end_node(f, cores);
            cores = 0;
        }
        cores += cores == 0 || place[i].core != place[i - 1].core;
    }
    end_node(f, cores);
}

int footing_of(const struct comparison *c, const struct cell *cell,
               struct footing *out, struct err *err)
{
    int n = cell->workers, known = cell->post || c->nodes < 2 ? 1 : 0;
    struct place *place;

    *out = (struct footing){
        .nodes = known, .cores = n, .fewest = known * n, .most = known * n};
    if (!cell->post || n < 1)
        return 0;
    place = calloc((size_t)n, sizeof *place);
    if (!place)
        return err_set(err, EXIT_RESOURCE, "no memory for %d places", n);
    for (int w = 0; w < n; w++) {
        int core = cell->post[w].core;

        place[w] = (struct place){cell->post[w].node, core < 0 ? -1 - w : core};
    }
    qsort(place, (size_t)n, sizeof *place, by_place);
    *out = (struct footing){.nodes = 0};
    count(place, n, out);
    free(place);
    return 0;
}
