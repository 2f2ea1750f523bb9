/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pairs.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void stats_holm(const double *p, size_t m, double *adjusted)
{
    for (size_t i = 0; i < m; i++) {
        size_t smaller = 0;

        for (size_t j = 0; j < m; j++)
            smaller += p[j] < p[i];
        adjusted[i] = fmin(1, (double)(m - smaller) * p[i]);
    }
    /* No p may end below that of a smaller one. Replacing values while others
     * still read them is harmless: a running maximum over the same set. */
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++)
            if (p[j] <= p[i] && adjusted[j] > adjusted[i])
                adjusted[i] = adjusted[j];
}

const char *stats_verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_INCONCLUSIVE: return "inconclusive";
    case VERDICT_DIFFERENT: return "different";
    case VERDICT_EQUAL: return "equal";
    }
    return "?";
}

enum verdict stats_verdict(const struct estimate *wide,
                           const struct estimate *narrow, double p_adjusted,
                           double alpha, double margin)
{
    bool away = wide->valid && (wide->ci.low > 0 || wide->ci.high < 0);

    if (narrow->valid && narrow->ci.low > -margin && narrow->ci.high < margin)
        return VERDICT_EQUAL;
    return p_adjusted < alpha && away ? VERDICT_DIFFERENT
                                      : VERDICT_INCONCLUSIVE;
}

/* By what factor an interval would have to shrink around its value to lie
 * inside +-margin; 0 if no factor will do. */
static double shrink_inside(const struct estimate *e, double margin)
{
    if (!e->valid || fabs(e->value) >= margin)
        return 0;
    return fmin((margin - e->value) / (e->ci.high - e->value),
                (margin + e->value) / (e->value - e->ci.low));
}

/* The same to exclude 0. */
static double shrink_away(const struct estimate *e)
{
    if (e->value == 0)
        return 0;
    return e->value / (e->value - (e->value > 0 ? e->ci.low : e->ci.high));
}

size_t stats_blocks_needed(const struct estimate *wide,
                           const struct estimate *narrow, double level,
                           double margin)
{
    size_t least = stats_blocks_least(level);
    double shrink, more;

    if (!wide->valid)
        return least > wide->n ? least - wide->n : 1;
    shrink = fmax(shrink_inside(narrow, margin), shrink_away(wide));
    more = ceil((double)wide->n / (shrink * shrink)) - (double)wide->n;
    if (!(more < 1e15))
        return SIZE_MAX;
    return more > 1 ? (size_t)more : 1;
}

/* All but what depends on the other pairs. */
static int pair_measure(const struct sample *s, size_t m, double alpha,
                        struct pair *pair, struct err *err)
{
    double level = 1 - alpha / (double)m;

    if (stats_signed_rank(s->x, s->n, level, &pair->ratio, err) < 0)
        return -1;
    if (stats_signed_rank(s->x, s->n, 1 - 2 * alpha, &pair->narrow, err) < 0)
        return -1;
    return stats_signed_rank_p(s->x, s->n, 0, TAIL_BOTH, &pair->p, err);
}

static void pair_judge(struct pair *pair, size_t m, double alpha, double margin)
{
    pair->verdict = stats_verdict(&pair->ratio, &pair->narrow, pair->p_adjusted,
                                  alpha, margin);
    pair->more = 0;
    if (pair->verdict == VERDICT_INCONCLUSIVE)
        pair->more = stats_blocks_needed(&pair->ratio, &pair->narrow,
                                         1 - alpha / (double)m, margin);
}

int stats_pairs(const struct sample *sample, size_t m, double alpha,
                double margin, struct pair *out, struct err *err)
{
    struct pair *pair = calloc(m + 1, sizeof *pair);
    double *p = calloc(2 * m + 1, sizeof *p), *adjusted = p + m;
    int status = -1;

    if (!pair || !p) {
        err_set(err, EXIT_RESOURCE, "no memory to judge %zu pairs", m);
        goto out_free;
    }
    for (size_t i = 0; i < m; i++) {
        if (pair_measure(&sample[i], m, alpha, &pair[i], err) < 0)
            goto out_free;
        p[i] = pair[i].p;
    }
    stats_holm(p, m, adjusted);
    for (size_t i = 0; i < m; i++) {
        pair[i].p_adjusted = adjusted[i];
        pair_judge(&pair[i], m, alpha, margin);
        out[i] = pair[i];
    }
    status = 0;
out_free:
    free(p);
    free(pair);
    return status;
}
