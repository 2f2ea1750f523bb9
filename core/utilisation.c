/* SPDX-License-Identifier: Apache-2.0 */
#include "core/utilisation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int utilisation_init(struct utilisation *u, int cpus, int cells,
                     struct err *err)
{
    int *cpu = calloc((size_t)cpus + 1, sizeof *cpu);
    struct ticks *sum = calloc((size_t)cpus * (size_t)cells + 1, sizeof *sum);

    if (!cpu || !sum) {
        free(cpu);
        free(sum);
        return err_set(err, EXIT_RESOURCE, "no memory for the use of %d cores",
                       cpus);
    }
    u->cpu = cpu;
    u->sum = sum;
    u->cpus = cpus;
    u->cells = cells;
    return 0;
}

static int grow(struct utilisation *u)
{
    size_t room = u->room ? 2 * u->room : 256, wide = (size_t)u->cpus;
    void *cell = realloc(u->cell, room);
    void *busy = cell ? realloc(u->busy, room * wide) : NULL;
    void *stolen = busy ? realloc(u->stolen, room * wide) : NULL;

    u->cell = cell ? cell : u->cell;
    u->busy = busy ? busy : u->busy;
    u->stolen = stolen ? stolen : u->stolen;
    if (!stolen)
        return -1;
    u->room = room;
    return 0;
}

int utilisation_add(struct utilisation *u)
{
    size_t wide = (size_t)u->cpus, at = u->samples * wide;

    if (u->samples == u->room && grow(u))
        return -1;
    u->cell[u->samples++] = -1;
    memset(u->busy + at, PERCENT_UNKNOWN, wide);
    memset(u->stolen + at, PERCENT_UNKNOWN, wide);
    return 0;
}

void utilisation_free(struct utilisation *u)
{
    free(u->cpu);
    free(u->sum);
    free(u->cell);
    free(u->busy);
    free(u->stolen);
    *u = (struct utilisation){.cpus = 0};
}

double utilisation_mean(const struct utilisation *u, int cell, int index)
{
    const struct ticks *sum = &u->sum[cell * u->cpus + index];

    return sum->total ? (double)sum->busy / (double)sum->total : NAN;
}

size_t utilisation_count(const struct utilisation *u, int cell)
{
    size_t count = 0;

    for (size_t i = 0; i < u->samples; i++)
        count += u->cell[i] == cell;
    return count;
}
