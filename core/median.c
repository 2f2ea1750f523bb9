/* SPDX-License-Identifier: Apache-2.0 */
#include "core/median.h"

#include <math.h>
#include <stdlib.h>

#include "core/stats.h"

enum { BITS = 12, BINS = 1 << BITS };

/* The octave of a value from 1, its highest bit; 0 is counted as 1. */
static int octave_of(uint64_t value)
{
    return value ? 63 - __builtin_clzll(value) : 0;
}

static int count(struct median *m, uint64_t value)
{
    int octave = octave_of(value);
    uint64_t bin =
        octave > BITS ? value >> (octave - BITS) : value << (BITS - octave);

    if (!m->octave[octave])
        m->octave[octave] = calloc(BINS, sizeof **m->octave);
    if (!m->octave[octave])
        return -1;
    m->octave[octave][bin & (BINS - 1)]++;
    return 0;
}

static int keep(struct median *m, uint64_t value)
{
    if (m->n == m->room) {
        size_t room = m->room ? 2 * m->room : 64;
        double *grown = realloc(m->exact, room * sizeof *grown);

        if (!grown)
            return -1;
        m->exact = grown;
        m->room = room;
    }
    m->exact[m->n] = (double)value;
    return 0;
}

/* From now on they are only counted. */
static int fold(struct median *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (count(m, (uint64_t)m->exact[i]))
            return -1;
    }
    free(m->exact);
    m->exact = NULL;
    m->room = 0;
    return 0;
}

int median_add(struct median *m, uint64_t value)
{
    if (m->n == MEDIAN_EXACT && fold(m))
        return -1;
    if (m->n < MEDIAN_EXACT ? keep(m, value) : count(m, value))
        return -1;
    m->n++;
    return 0;
}

/* The middle of the bin that the value of this rank, from 0, is in. */
static double ranked(const struct median *m, size_t rank)
{
    uint64_t seen = 0;

    for (int octave = 0; octave < MEDIAN_OCTAVES; octave++) {
        for (int bin = 0; bin < BINS && m->octave[octave]; bin++) {
            seen += m->octave[octave][bin];
            if (seen > rank)
                return ldexp(octave > BITS ? BINS + bin + 0.5 : BINS + bin,
                             octave - BITS);
        }
    }
    return NAN;
}

double median_value(struct median *m)
{
    if (m->n == 0)
        return NAN;
    if (m->n > MEDIAN_EXACT)
        return (ranked(m, (m->n - 1) / 2) + ranked(m, m->n / 2)) / 2;
    stats_sort(m->exact, m->n);
    return stats_quantile_sorted(m->exact, m->n, 0.5);
}

void median_clear(struct median *m)
{
    free(m->exact);
    for (int i = 0; i < MEDIAN_OCTAVES; i++)
        free(m->octave[i]);
    *m = (struct median){.n = 0};
}
