/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/commands/article_claims.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drivers/commands/article_plan.h"

void finding_free(struct finding *found)
{
    comparison_free(&found->comparison);
    for (int m = 0; m < PYTHON_MODELS; m++)
        python_result_free(&found->python[m]);
}

/* -- figures ------------------------------------------------------------- */

static double median_of(double *value, size_t n)
{
    double median = NAN;
    struct err err;

    return n && stats_median(value, n, &median, &err) == 0 ? median : NAN;
}

double finding_metric(const struct comparison *c, int i, const char *metric)
{
    enum { MOST = 256 };
    const struct cell *cell = &c->cell[i];
    double value[MOST];
    size_t n = 0;
    int m = 0;

    while (m < c->metrics && strcmp(c->metric[m].name, metric) != 0)
        m++;
    for (size_t t = 0; m < c->metrics && t < cell->trials && n < MOST; t++) {
        if (trial_counts(&cell->trial[t]) && !isnan(cell->trial[t].metric[m]))
            value[n++] = cell->trial[t].metric[m];
    }
    return median_of(value, n);
}

static int cell_named(const struct comparison *c, const char *name)
{
    for (int i = 0; i < c->cells; i++) {
        if (strcmp(c->cell[i].executor, name) == 0)
            return i;
    }
    return -1;
}

static double metric_of(const struct finding *found, const char *executor,
                        const char *metric)
{
    int i = cell_named(&found->comparison, executor);

    return i < 0 ? NAN : finding_metric(&found->comparison, i, metric);
}

bool finding_times(const struct finding *found, const char *a, const char *b,
                   struct times *out)
{
    int first = cell_named(&found->comparison, a);
    int second = cell_named(&found->comparison, b);

    for (int i = 0; i < found->judgement.pairs; i++) {
        const struct judged *judged = &found->judgement.pair[i];
        const struct estimate *ratio = &judged->pair.ratio;
        double sign = judged->a == first ? 1 : -1;

        if (!ratio->valid || !((judged->a == first && judged->b == second) ||
                               (judged->b == first && judged->a == second)))
            continue;
        out->ratio = exp(sign * ratio->value);
        out->low = exp(sign > 0 ? ratio->ci.low : -ratio->ci.high);
        out->high = exp(sign > 0 ? ratio->ci.high : -ratio->ci.low);
        out->verdict = judged->pair.verdict;
        return true;
    }
    return false;
}

static double overhead_s(const struct finding *found, const char *executor)
{
    int i = cell_named(&found->comparison, executor);
    const struct cell *cell = found->comparison.cell;

    return i < 0 ? NAN
                 : (double)(cell[i].startup_ns + cell[i].teardown_ns) / 1e9;
}

static double python_of(const struct finding *found, int model,
                        const char *path)
{
    return python_number(&found->python[model], path);
}

/* -- the claims ---------------------------------------------------------- */

static void claim_shared(const struct finding *finding,
                         struct article_claim *claim)
{
    const struct finding *found = &finding[SHARE];
    double threads = metric_of(found, "threads", "later");
    double processes = metric_of(found, "processes", "later");
    double mapped = metric_of(found, "processes", "addressed");

    if (isnan(threads) || isnan(processes))
        return;
    claim->verdict = threads == 1 && processes == 0 ? CLAIM_HOLDS : CLAIM_FAILS;
    snprintf(claim->why, sizeof claim->why,
             "a variable changed by one worker is %s by other threads and %s "
             "by other processes; memory that was mapped as shared is %s by "
             "both",
             threads ? "seen" : "not seen", processes ? "seen" : "not seen",
             mapped == 1 ? "addressed" : "not addressed");
}

static void claim_library(const struct finding *finding,
                          struct article_claim *claim)
{
    const struct finding *found = &finding[PLOT];
    double thread =
        python_of(found, PYTHON_THREAD, "observed.from_arguments.warning");
    double process =
        python_of(found, PYTHON_PROCESS, "observed.from_arguments.warning");
    double shown = python_of(found, PYTHON_THREAD, "observed.interactive");
    double locked = metric_of(found, "threads", "locked");

    if (!found->ran)
        return;
    claim->verdict = thread == 1 && process == 0   ? CLAIM_PYTHON
                     : isnan(thread) || shown != 1 ? CLAIM_OPEN
                                                   : CLAIM_FAILS;
    snprintf(claim->why, sizeof claim->why,
             "all pictures of all executors are whole; what a library that is "
             "not thread-safe costs threads is waiting for its lock, %.3g s a "
             "worker here. CPython: %s",
             isnan(locked) ? 0 : locked,
             isnan(thread) ? "did not run"
             : thread == 1 ? "warns in a thread"
                           : "does not warn with this back end");
}

static void claim_creation(const struct finding *finding,
                           struct article_claim *claim)
{
    const double far = 1.5;
    const struct finding *found = &finding[SPAWN];
    double python = python_of(found, PYTHON_PROCESS, "seconds") /
                    python_of(found, PYTHON_THREAD, "seconds");
    struct times times;
    char beside[64] = "";

    if (!finding_times(found, "processes", "threads", &times))
        return;
    claim->verdict = times.low > far    ? CLAIM_HOLDS
                     : times.high < far ? CLAIM_FAILS
                                        : CLAIM_OPEN;
    if (!isnan(python))
        snprintf(beside, sizeof beside, "; in CPython %.1f times", python);
    snprintf(claim->why, sizeof claim->why,
             "1,000 processes cost %.2f times [%.2f, %.2f] what 1,000 threads "
             "do, to create and to end, from a small parent%s",
             times.ratio, times.low, times.high, beside);
}

static void claim_late(const struct finding *finding,
                       struct article_claim *claim)
{
    const struct finding *found = &finding[LATE];
    double threads = metric_of(found, "threads", "distinct");
    double processes = metric_of(found, "processes", "distinct");
    double cured = metric_of(&finding[LATE_CURED], "threads", "distinct");

    if (isnan(threads) || isnan(processes))
        return;
    claim->verdict = threads < processes ? CLAIM_HOLDS : CLAIM_FAILS;
    snprintf(claim->why, sizeof claim->why,
             "100 threads read %.0f different value%s and leave as many files, "
             "100 processes %.0f; handed over as an argument, threads read "
             "%.0f",
             threads, threads == 1 ? "" : "s", processes, cured);
}

static void claim_io(const struct finding *finding, struct article_claim *claim)
{
    const struct finding *found = &finding[IO];
    double threads = overhead_s(found, "threads");
    double processes = overhead_s(found, "processes");
    struct times times;

    if (!finding_times(found, "processes", "threads", &times))
        return;
    claim->verdict = times.high < 1 || threads > processes   ? CLAIM_FAILS
                     : times.verdict == VERDICT_INCONCLUSIVE ? CLAIM_OPEN
                                                             : CLAIM_HOLDS;
    snprintf(claim->why, sizeof claim->why,
             "processes take %.3f times [%.3f, %.3f] the threads' time; to "
             "start and end, %.2f ms for threads, %.2f ms for processes",
             times.ratio, times.low, times.high, 1e3 * threads,
             1e3 * processes);
}

static void claim_compute(const struct finding *finding,
                          struct article_claim *claim)
{
    const double clearly = 1.1;
    const struct finding *found = &finding[SQUARE];
    double python = python_of(found, PYTHON_THREAD, "seconds") /
                    python_of(found, PYTHON_PROCESS, "seconds");
    struct times times, lock;
    char beside[96] = "";

    if (!finding_times(found, "threads", "processes", &times))
        return;
    if (times.verdict == VERDICT_DIFFERENT && times.low > 1)
        claim->verdict = CLAIM_HOLDS;
    else if (times.verdict == VERDICT_INCONCLUSIVE && times.high > clearly)
        claim->verdict = CLAIM_OPEN;
    else
        claim->verdict = python > clearly ? CLAIM_PYTHON : CLAIM_FAILS;
    if (finding_times(&finding[APART], article_part[PART_LOCK].label,
                      article_part[PART_THREADS].label, &lock))
        snprintf(beside, sizeof beside,
                 "; under one lock as an interpreter's threads take %.2f "
                 "times as long",
                 lock.ratio);
    snprintf(claim->why, sizeof claim->why,
             "threads take %.3f times [%.3f, %.3f] the processes' time%s; in "
             "CPython %.2f times",
             times.ratio, times.low, times.high, beside, python);
}

static const struct {
    char id;
    const char *claim;
    void (*judge)(const struct finding *, struct article_claim *);
} claims[ARTICLE_CLAIMS] = {
    {'a', "threads share variables, processes do not", claim_shared},
    {'b', "what is bound to the main thread complains in threads only",
     claim_library},
    {'c', "processes cost far more to create and to end", claim_creation},
    {'d', "threads that share a changing variable read it late", claim_late},
    {'e', "for IO, threads: they are cheaper and as fast", claim_io},
    {'f', "for computation, processes: threads run one at a time",
     claim_compute},
};

void claims_judge(const struct finding *finding, struct article *article)
{
    for (int i = 0; i < ARTICLE_CLAIMS; i++) {
        struct article_claim *claim = &article->claim[i];

        *claim = (struct article_claim){.id = claims[i].id,
                                        .claim = claims[i].claim,
                                        .why = "was not measured"};
        claims[i].judge(finding, claim);
    }
    article->claims = ARTICLE_CLAIMS;
}
