/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/takeover.h"

#include <stddef.h>

static void look_at(const struct trial *trial, struct comparison *c,
                    struct takeover *t)
{
    t->spent_ns += trial->ns * trial->repeats;
    c->late += trial->late;
    if (trial->warmup && trial->block >= t->warmups)
        t->warmups = trial->block + 1;
    if (trial->repeats > c->repeats)
        c->repeats = trial->repeats;
}

struct takeover takeover(struct comparison *c, struct comparison *before)
{
    struct takeover t = {.warmups = 0};

    for (int i = 0; i < c->cells; i++) {
        struct cell *from = &before->cell[i], *to = &c->cell[i];

        to->trial = from->trial;
        to->trials = from->trials;
        to->capacity = from->capacity;
        from->trial = NULL;
        from->trials = from->capacity = 0;
        for (size_t k = 0; k < to->trials; k++)
            look_at(&to->trial[k], c, &t);
    }
    c->blocks = before->blocks;
    return t;
}
