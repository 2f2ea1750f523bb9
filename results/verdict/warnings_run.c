/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings of one comparison: from the evidence in its trials, and from what
 * the node told where that must move the result. */
#include "results/verdict/look.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "results/verdict/checks.h"

void look_say(char *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(out, WARNING_TEXT, format, args);
    va_end(args);
}

bool look_is_files(const struct look *look)
{
    return strcmp(look->c->unit, "file") == 0 ||
           strcmp(look->c->kernel, "io") == 0;
}

/* -- places -------------------------------------------------------------- */

/* Two workers of one cell on two hardware threads of a core. */
static bool share_a_core(const struct cell *cell)
{
    for (int a = 0; cell->post && a < cell->workers; a++) {
        for (int b = 0; b < a; b++) {
            const struct post *x = &cell->post[a], *y = &cell->post[b];

            if (x->core >= 0 && x->core == y->core &&
                x->planned_pu != y->planned_pu)
                return true;
        }
    }
    return false;
}

static bool is_off_its_seats(const struct cell *cell)
{
    for (int w = 0; cell->post && w < cell->workers; w++) {
        if (!cell->post[w].bound)
            return true;
    }
    return false;
}

/* Executors with trials of which this is true; *of: all with trials. */
static int count_cells(const struct look *look, bool (*is)(const struct cell *),
                       int *of)
{
    int count = 0;

    *of = 0;
    for (int i = 0; i < look->c->cells; i++) {
        if (!look->j->cell[i].n)
            continue;
        ++*of;
        count += is(&look->c->cell[i]);
    }
    return count;
}

static void look_at_siblings(const struct look *look)
{
    char found[WARNING_TEXT];
    int of, count = count_cells(look, share_a_core, &of);

    if (!count)
        return;
    look_say(found,
             "workers of %d of %d executors share cores, on two hardware "
             "threads",
             count, of);
    warnings_add(look->out, "W102", found,
                 "a worker runs at 50 to 70 % of its speed alone");
}

static void look_at_crowd(const struct look *look)
{
    const struct environment *env = look->env;
    char found[WARNING_TEXT], effect[WARNING_TEXT];
    int workers = look->c->workers;

    if (look->c->crowded) {
        look_say(found, "%d workers, more workers than places", workers);
        warnings_add(look->out, "W103", found,
                     "timings show the crowd, not the executor");
    }
    if (env && env->cpu_quota > 0 && workers > env->cpu_quota + 0.005) {
        look_say(found, "%d workers under a quota of %.3g CPUs", workers,
                 env->cpu_quota);
        look_say(effect, "all are stopped for %.0f %% of the time",
                 100 * (1 - env->cpu_quota / workers));
        warnings_add(look->out, "W103", found, effect);
    }
}

static void look_at_seats(const struct look *look)
{
    char found[WARNING_TEXT];
    int of, count = count_cells(look, is_off_its_seats, &of);

    if (count) {
        look_say(found, "workers of %d of %d executors not bound as planned",
                 count, of);
        warnings_add(look->out, "W103", found,
                     "the executors did not have the same places");
    }
}

/* -- memory -------------------------------------------------------------- */

static void look_at_fit(const struct look *look)
{
    if (look->c->rebuilt)
        warnings_add(look->out, "W108",
                     "the teams do not fit in memory together",
                     "each trial begins with fresh pages and cold caches");
}

static void look_at_pages(const struct look *look)
{
    const struct environment *env = look->env;
    char found[WARNING_TEXT];

    if (!env || !*env->thp || !*env->thp_shmem ||
        !strstr(look->c->problem, "pages=native"))
        return;
    if (strcmp(env->thp, "never") == 0 ||
        (strcmp(env->thp_shmem, "never") && strcmp(env->thp_shmem, "deny")))
        return;
    look_say(found, "huge pages: private memory %s, shared %s", env->thp,
             env->thp_shmem);
    warnings_add(look->out, "W106", found,
                 "as -P pages=native asks: up to 15 % for threads");
}

/* -- clock --------------------------------------------------------------- */

/* Cycles a nanosecond in user mode, over all trials that count; 0 where they
 * were not counted, or for too short to tell. */
static double clock_of(const struct cell *cell)
{
    const double least_ns = 2e7;
    double cycles = 0, ns = 0;

    for (size_t t = 0; t < cell->trials; t++) {
        const struct usage *u = &cell->trial[t].usage;

        if (!trial_counts(&cell->trial[t]) || u->cpu_ns < u->system_ns)
            continue;
        cycles += (double)u->cycles;
        ns += (double)(u->cpu_ns - u->system_ns);
    }
    return ns >= least_ns ? cycles / ns : 0;
}

static void take_check(const struct look *look, const char *code)
{
    struct check check;

    if (look->env && check_warns(code, look->env, look->probes, &check))
        warnings_add(look->out, code, check.found, check.effect);
}

/* A governor is no proof: where two executors' clocks are known, these are. */
static void look_at_clock(const struct look *look)
{
    double least = INFINITY, most = 0;
    const char *slow = "", *quick = "";
    char found[WARNING_TEXT], effect[WARNING_TEXT];
    int known = 0;

    for (int i = 0; i < look->c->cells; i++) {
        double ghz = clock_of(&look->c->cell[i]);

        known += ghz > 0;
        if (ghz > most) {
            most = ghz;
            quick = look->c->cell[i].executor;
        }
        if (ghz > 0 && ghz < least) {
            least = ghz;
            slow = look->c->cell[i].executor;
        }
    }
    if (known < 2) {
        take_check(look, "W101");
        return;
    }
    if (most <= least * (1 + look->c->margin))
        return;
    look_say(found, "%s ran at %.2f GHz, %s at %.2f", quick, most, slow, least);
    look_say(effect, "%.1f %% between them are the clock's",
             100 * (most / least - 1));
    warnings_add(look->out, "W101", found, effect);
}

/* -- all of it ----------------------------------------------------------- */

void warnings_of_run(const struct environment *env, const struct probes *probes,
                     const struct comparison *c, const struct judgement *j,
                     struct warnings *out)
{
    const struct look look = {env, probes, c, j, out};

    look_at_clock(&look);
    look_at_siblings(&look);
    look_at_crowd(&look);
    look_at_seats(&look);
    look_at_trials(&look);
    look_at_pages(&look);
    look_at_fit(&look);
    take_check(&look, "W107");
    take_check(&look, "W110");
    take_check(&look, "W113");
    if (look_is_files(&look))
        take_check(&look, "W114");
    take_check(&look, "W115");
}
