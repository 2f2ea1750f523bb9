/* SPDX-License-Identifier: Apache-2.0 */
#include "core/drift.h"

#include <math.h>

/* Linux slews a clock by no more than 500 ppm (adjtimex(2)), and so two clocks
 * against each other by twice that; a rate that was measured still changes,
 * with temperature, by some tenths of a ppm. */
static const double rate_at_worst = 1e-3, rate_wobble = 2e-7;

/* Beyond what drift explains: a reading may have been disturbed. */
enum { JUMP_NS = 20000 };

/* A reading of this age is stale whatever its error: 20 s. */
static const uint64_t age_max = 20000000000;

/* Readings closer together than this replace each other, so that the ring
 * spans a while. */
static const uint64_t step_ns = 2000000000;

static const struct reading *oldest(const struct drift *d)
{
    return &d->reading[d->first];
}

static const struct reading *newest(const struct drift *d)
{
    return &d->reading[(d->first + d->n - 1) % DRIFT_READINGS];
}

static double since(const struct reading *reading, uint64_t local)
{
    return (double)(int64_t)(local - reading->local);
}

static int64_t offset_at(const struct drift *d, uint64_t local)
{
    const struct reading *last = newest(d);

    return last->offset + llround(d->rate * since(last, local));
}

static void fit(struct drift *d)
{
    const struct reading *a = oldest(d), *b = newest(d);
    double span = since(a, b->local);

    d->rate = 0;
    d->rate_error = rate_at_worst;
    if (span <= 0 || (double)(a->error + b->error) / span > rate_at_worst)
        return;
    d->rate = (double)(b->offset - a->offset) / span;
    d->rate_error = (double)(a->error + b->error) / span + rate_wobble;
}

static void keep(struct drift *d, const struct reading *reading)
{
    bool close =
        d->n > 1 && since(&d->reading[(d->first + d->n - 2) % DRIFT_READINGS],
                          reading->local) < (double)step_ns;

    if (close) {
        d->n--;
    } else if (d->n == DRIFT_READINGS) {
        d->first = (d->first + 1) % DRIFT_READINGS;
        d->n--;
    }
    d->reading[(d->first + d->n++) % DRIFT_READINGS] = *reading;
}

bool drift_learn(struct drift *d, const struct reading *reading)
{
    bool jumped = false;

    if (d->n) {
        uint64_t bound =
            drift_error(d, reading->local) + reading->error + JUMP_NS;
        int64_t away = reading->offset - offset_at(d, reading->local);

        jumped = (uint64_t)(away < 0 ? -away : away) > bound;
    }
    if (jumped)
        *d = (struct drift){.n = 0};
    keep(d, reading);
    fit(d);
    return jumped;
}

uint64_t drift_to_root(const struct drift *d, uint64_t local)
{
    return d->n ? local + (uint64_t)offset_at(d, local) : local;
}

/* The offset is asked for at a local time that is not known yet; the second
 * guess is wrong by the square of the rate. */
uint64_t drift_to_local(const struct drift *d, uint64_t root)
{
    uint64_t local;

    if (!d->n)
        return root;
    local = root - (uint64_t)newest(d)->offset;
    local = root - (uint64_t)offset_at(d, local);
    return root - (uint64_t)offset_at(d, local);
}

uint64_t drift_error(const struct drift *d, uint64_t local)
{
    if (!d->n)
        return 0;
    return newest(d)->error +
           (uint64_t)(fabs(since(newest(d), local)) * d->rate_error);
}

bool drift_is_stale(const struct drift *d, uint64_t local)
{
    const uint64_t least = 2000;
    uint64_t fresh = d->n ? newest(d)->error : 0;

    if (!d->n)
        return false;
    return drift_error(d, local) > 2 * fresh + least ||
           since(newest(d), local) > (double)age_max;
}
