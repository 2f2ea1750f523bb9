/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/seats.h"

#include <stdlib.h>

static int find_seat(const struct seats *seats, int pu)
{
    for (int i = 0; i < seats->n; i++) {
        if (seats->seat[i].pu == pu)
            return i;
    }
    return -1;
}

static int by_pu(const void *a, const void *b)
{
    const struct seat *x = a, *y = b;

    return (x->pu > y->pu) - (x->pu < y->pu);
}

static void add_seats(struct seats *seats, const struct cell *cell)
{
    for (int w = 0; w < cell->workers; w++) {
        const struct post *post = &cell->post[w];

        if (post->planned_pu < 0 || find_seat(seats, post->planned_pu) >= 0)
            continue;
        if (seats->n == SEATS_SHOWN)
            seats->left++;
        else
            seats->seat[seats->n++] =
                (struct seat){post->planned_pu, post->core, post->numa};
    }
}

bool seats_alike(const struct cell *a, const struct cell *b)
{
    if (!a->post || !b->post || a->workers != b->workers)
        return false;
    for (int w = 0; w < a->workers; w++) {
        if (a->post[w].planned_pu != b->post[w].planned_pu)
            return false;
    }
    return true;
}

void seats_collect(struct seats *seats, const struct section *s)
{
    *seats = (struct seats){.n = 0};
    for (int i = 0; i < s->c.cells; i++) {
        if (s->c.cell[i].post)
            add_seats(seats, &s->c.cell[i]);
    }
    qsort(seats->seat, (size_t)seats->n, sizeof *seats->seat, by_pu);
}
