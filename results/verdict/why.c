/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/why.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *part_name(enum part part)
{
    static const char *const name[] = {
        "compute", "communicate",     "lock",
        "system",  "wait for a core", "imbalance"};

    return name[part];
}

static double mean_outside(const struct trial *trial, int workers, double t)
{
    double inside = 0;

    for (int w = 0; w < workers; w++)
        inside += (double)(trial->span[w].end_ns - trial->span[w].start_ns);
    return t - inside / workers;
}

/* The parts of one trial, for one step. What the clocks of the operating
 * system give to more than one part is cut, compute never goes below 0. */
static void split_trial(const struct trial *trial, int workers, double *ns)
{
    double t = (double)(trial->ns * trial->repeats), known = 0, blocked;
    double scale = 1.0 / workers;

    ns[PART_TALK] = (double)trial->usage.talk_ns * scale;
    ns[PART_LOCK] = (double)trial->usage.lock_ns * scale;
    ns[PART_WAITED] = (double)trial->usage.waited_ns * scale;
    ns[PART_SYSTEM] = (double)trial->usage.system_ns * scale;
    ns[PART_IMBALANCE] = mean_outside(trial, workers, t);
    /* A worker that talks, or takes the lock, waits and calls the system too:
     * counted once. */
    blocked = ns[PART_TALK] + ns[PART_LOCK];
    ns[PART_SYSTEM] = fmax(0, ns[PART_SYSTEM] - blocked);
    ns[PART_WAITED] = fmax(0, ns[PART_WAITED] - blocked);
    for (int p = PART_TALK; p < PARTS; p++) {
        ns[p] = fmax(0, fmin(ns[p], t - known));
        known += ns[p];
    }
    ns[PART_COMPUTE] = t - known;
    for (int p = 0; p < PARTS; p++)
        ns[p] /= trial->repeats;
}

int why_parts(const struct cell *cell, double *ns, struct err *err)
{
    size_t count = cell_count(cell), n = 0;
    double *all = malloc((count * PARTS + 1) * sizeof *all);
    int failed = 0;

    if (!all)
        return err_set(err, EXIT_RESOURCE, "no memory for the parts");
    for (size_t i = 0; i < cell->trials; i++) {
        double one[PARTS];

        if (!trial_counts(&cell->trial[i]))
            continue;
        split_trial(&cell->trial[i], cell->workers, one);
        for (int p = 0; p < PARTS; p++)
            all[(size_t)p * count + n] = one[p];
        n++;
    }
    for (int p = 0; p < PARTS; p++)
        ns[p] = 0;
    for (int p = 0; p < PARTS && n && !failed; p++)
        failed = stats_median(all + (size_t)p * count, n, &ns[p], err);
    free(all);
    return failed;
}

static double total(const double *ns)
{
    double sum = 0;

    for (int p = 0; p < PARTS; p++)
        sum += ns[p];
    return sum;
}

struct contribution why_largest(const double *a_ns, const double *b_ns)
{
    double sign = total(a_ns) >= total(b_ns) ? 1 : -1, base = total(b_ns);
    struct contribution most = {PART_COMPUTE, 0};

    for (int p = 0; p < PARTS; p++) {
        double points = base > 0 ? (a_ns[p] - b_ns[p]) / base : 0;

        if (sign * points > sign * most.points)
            most = (struct contribution){(enum part)p, points};
    }
    return most;
}

/* What the counters add: printed where the two differ much. */
static int say_counters(const struct cell *a, const struct cell *b, char *out,
                        size_t size)
{
    double faults[2] = {0}, switches[2] = {0};
    const struct cell *cell[2] = {a, b};

    for (int i = 0; i < 2; i++) {
        for (size_t t = 0; t < cell[i]->trials; t++) {
            const struct usage *u = &cell[i]->trial[t].usage;

            faults[i] += (double)(u->minor_faults + u->major_faults);
            switches[i] +=
                (double)(u->voluntary_switches + u->involuntary_switches);
        }
        faults[i] /= cell[i]->trials ? (double)cell[i]->trials : 1;
        switches[i] /= cell[i]->trials ? (double)cell[i]->trials : 1;
    }
    if (fabs(faults[0] - faults[1]) > 100)
        return snprintf(out, size, "; page faults a trial %.0f against %.0f",
                        faults[0], faults[1]);
    if (fabs(switches[0] - switches[1]) > 20)
        return snprintf(out, size,
                        "; context switches a trial %.0f against %.0f",
                        switches[0], switches[1]);
    return 0;
}

/* Where the shares differ by more than ten points; NAN never does. */
static int say_pages(const struct cell *a, const struct cell *b, char *out,
                     size_t size)
{
    if (!(fabs(a->huge_share - b->huge_share) > 0.10))
        return 0;
    return snprintf(out, size, "; huge pages: %.0f %% v %.0f %%",
                    100 * a->huge_share, 100 * b->huge_share);
}

static int say_pair(const struct comparison *c, const struct judged *judged,
                    char *out, size_t size, size_t *used, struct err *err)
{
    const struct cell *a = &c->cell[judged->a], *b = &c->cell[judged->b];
    double a_ns[PARTS], b_ns[PARTS];
    struct contribution most;

    if (why_parts(a, a_ns, err) || why_parts(b, b_ns, err))
        return -1;
    most = why_largest(a_ns, b_ns);
    *used += (size_t)snprintf(
        out + *used, size - *used, "%s%s v %s: %+.1f of %+.1f points %s",
        *used ? "\n" : "", a->executor, b->executor, 100 * most.points,
        100 * expm1(judged->pair.ratio.value), part_name(most.part));
    if (*used < size)
        *used += (size_t)say_counters(a, b, out + *used, size - *used);
    if (*used < size)
        *used += (size_t)say_pages(a, b, out + *used, size - *used);
    return 0;
}

int why_text(const struct comparison *c, const struct judgement *j, char *out,
             size_t size, struct err *err)
{
    size_t used = 0;

    *out = '\0';
    for (int i = 0; i < j->pairs && used < size; i++) {
        if (j->pair[i].pair.verdict == VERDICT_DIFFERENT &&
            say_pair(c, &j->pair[i], out, size, &used, err))
            return -1;
    }
    return 0;
}
