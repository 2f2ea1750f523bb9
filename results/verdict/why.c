/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/why.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double mean_outside(const struct trial *trial, int workers, double t)
{
    double inside = 0;

    if (!trial->span) /* of many workers a record has only the balance */
        return t * (1 - trial->balance);
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

/* -- in words ------------------------------------------------------------ */

static const struct words {
    const char *part[PARTS];
    const char *pair; /* 1, 2: names, 3, 4: points, 5: part */
    const char *faults, *switches, *pages;
} languages[LANGUAGES] = {
    [LANGUAGE_EN] = {{"compute", "communicate", "lock", "system",
                      "wait for a core", "imbalance"},
                     "%1$s v %2$s: %3$+.1f of %4$+.1f points %5$s",
                     "; page faults a trial %.0f against %.0f",
                     "; context switches a trial %.0f against %.0f",
                     "; huge pages: %.0f %% v %.0f %%"},
    [LANGUAGE_ZH] = {{"计算", "通信", "等锁", "系统", "等待核心", "负载不均"},
                     "%1$s 对 %2$s：%4$+.1f 个百分点中，%3$+.1f 个在%5$s",
                     "；每次试验缺页 %.0f 次，对方 %.0f 次",
                     "；每次试验上下文切换 %.0f 次，对方 %.0f 次",
                     "；大页占比 %.0f %%，对方 %.0f %%"},
};

struct telling {
    const struct words *words;
    char *out;
    size_t size, used;
};

static void tell(struct telling *t, const char *format, ...)
{
    va_list args;
    int n;

    if (t->used >= t->size)
        return;
    va_start(args, format);
    n = vsnprintf(t->out + t->used, t->size - t->used, format, args);
    va_end(args);
    t->used += n > 0 ? (size_t)n : 0;
}

/* What the counters add: printed where the two differ much. */
static void tell_counters(struct telling *t, const struct cell *a,
                          const struct cell *b)
{
    double faults[2] = {0}, switches[2] = {0};
    const struct cell *cell[2] = {a, b};

    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < cell[i]->trials; k++) {
            const struct usage *u = &cell[i]->trial[k].usage;

            faults[i] += (double)(u->minor_faults + u->major_faults);
            switches[i] +=
                (double)(u->voluntary_switches + u->involuntary_switches);
        }
        faults[i] /= cell[i]->trials ? (double)cell[i]->trials : 1;
        switches[i] /= cell[i]->trials ? (double)cell[i]->trials : 1;
    }
    if (fabs(faults[0] - faults[1]) > 100)
        tell(t, t->words->faults, faults[0], faults[1]);
    else if (fabs(switches[0] - switches[1]) > 20)
        tell(t, t->words->switches, switches[0], switches[1]);
}

/* Where the shares differ by more than ten points; NAN never does. */
static void tell_pages(struct telling *t, const struct cell *a,
                       const struct cell *b)
{
    if (fabs(a->huge_share - b->huge_share) > 0.10)
        tell(t, t->words->pages, 100 * a->huge_share, 100 * b->huge_share);
}

static int tell_pair(struct telling *t, const struct comparison *c,
                     const struct judged *judged, struct err *err)
{
    const struct cell *a = &c->cell[judged->a], *b = &c->cell[judged->b];
    double a_ns[PARTS], b_ns[PARTS];
    struct contribution most;

    if (why_parts(a, a_ns, err) || why_parts(b, b_ns, err))
        return -1;
    most = why_largest(a_ns, b_ns);
    tell(t, "%s", t->used ? "\n" : "");
    tell(t, t->words->pair, a->executor, b->executor, 100 * most.points,
         100 * expm1(judged->pair.ratio.value), t->words->part[most.part]);
    tell_counters(t, a, b);
    tell_pages(t, a, b);
    return 0;
}

int why_text_in(enum language language, const struct comparison *c,
                const struct judgement *j, char *out, size_t size,
                struct err *err)
{
    struct telling t = {&languages[language], out, size, 0};

    *out = '\0';
    for (int i = 0; i < j->pairs; i++) {
        if (j->pair[i].pair.verdict == VERDICT_DIFFERENT &&
            tell_pair(&t, c, &j->pair[i], err))
            return -1;
    }
    return 0;
}

int why_text(const struct comparison *c, const struct judgement *j, char *out,
             size_t size, struct err *err)
{
    return why_text_in(LANGUAGE_EN, c, j, out, size, err);
}
