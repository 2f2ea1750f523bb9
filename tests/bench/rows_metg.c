/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 18: METG(50 %), the smallest task that still keeps workers busy half of
 * the time (results/verdict/metg.h), of threads against OpenMP tasks that
 * depend on each other, of ranks against non-blocking messages, for two
 * patterns. One column a worker, as in Task Bench.
 *
 * A race for each grain; the times of round i at all grains make the METG of
 * round i, against the highest rate that anyone has at any grain.
 */
#include "rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "race.h"
#include "trades.h"

enum { GRAINS = 15, RUNNERS = 4, STEPS = 1000, TRIALS = 5 };

static const char *const names[RUNNERS] = {"threads", "OpenMP tasks", "ranks",
                                           "MPI loop"};

struct sweep {
    int grains, rounds, workers;
    double flop[GRAINS];
    double ns[RUNNERS][GRAINS][ROUNDS_MAX];
    struct err why[RUNNERS]; /* code 0: it was there at every grain */
};

/* -- one grain ------------------------------------------------------------- */

static int64_t grain_of(const struct stage *stage, int i)
{
    return stage->smoke ? 64 << 4 * i : 2l << i;
}

/* Large tasks need fewer of them to take as long. */
static int rows_of(const struct stage *stage, int grain)
{
    int steps = stage->smoke ? 20 : STEPS;

    return grain_of(stage, grain) > 1024 ? steps / 5 : steps;
}

struct task_words {
    char pattern[32], grain[32], width[32], steps[32];
    const char *params[5];
};

static void make_words(struct task_words *t, const struct stage *stage,
                       const char *pattern, int grain)
{
    snprintf(t->pattern, sizeof t->pattern, "pattern=%s", pattern);
    snprintf(t->grain, sizeof t->grain, "grain=%ld",
             (long)grain_of(stage, grain));
    snprintf(t->width, sizeof t->width, "width=%d", stage->workers);
    snprintf(t->steps, sizeof t->steps, "steps=%d", rows_of(stage, grain));
    memcpy(t->params,
           (const char *[]){t->pattern, t->grain, t->width, t->steps, NULL},
           sizeof t->params);
}

static struct entrant *enter(struct race *race, int runner,
                             const char *const *params)
{
    static const char *const none[] = {NULL};
    static const char *const executor[RUNNERS] = {"threads", NULL, "ranks"};
    const char *absent = NULL;
    struct recipe how = {.executor = executor[runner],
                         .workers = race->stage->workers,
                         .settings = none,
                         .subject = {"tasks", .params = params}};
    struct entrant *e;
    struct err why;

    if (runner == 1) {
        how.trade = &trade_omp_tasks;
        absent = openmp_absent;
    } else if (runner == 3) {
        how.ranks_trade = "tasks";
        absent = race_without_ranks(race);
    }
    e = race_enter(race, names[runner], absent, &how);
    e->trials = TRIALS;
    if (runner == 3 && e->peer && entrant_order(e, ORDER_SETUP, &why))
        entrant_leave(e, &why);
    return e;
}

static int race_grain(struct stage *stage, const char *pattern, int grain,
                      struct sweep *sweep, struct err *err)
{
    struct race *race = race_begin(stage, err);
    struct entrant *e[RUNNERS];
    struct task_words words;
    int failed;

    if (!race)
        return -1;
    make_words(&words, stage, pattern, grain);
    for (int i = 0; i < RUNNERS; i++)
        e[i] = enter(race, i, words.params);
    failed = race_run(race, "metg", err);
    for (int i = 0; i < RUNNERS; i++) {
        if (e[i]->why.code && !sweep->why[i].code)
            sweep->why[i] = e[i]->why;
        if (e[i]->amount > 1) /* what is absent has no plan */
            sweep->flop[grain] = e[i]->amount;
        memcpy(sweep->ns[i][grain], e[i]->ns, sizeof e[i]->ns);
    }
    sweep->rounds = race->rounds;
    race_end(race);
    return failed;
}

/* -- METG ------------------------------------------------------------------ */

static double rate(const struct sweep *s, int runner, int grain, int round)
{
    return s->flop[grain] / s->ns[runner][grain][round];
}

/* Medians over rounds would ask for a pass more; one lucky round is not the
 * highest rate, so that of each round is taken by itself. */
static double highest_rate(const struct sweep *s, int round)
{
    double highest = 0;

    for (int i = 0; i < RUNNERS; i++) {
        for (int g = 0; g < s->grains && !s->why[i].code; g++)
            highest = fmax(highest, rate(s, i, g, round));
    }
    return highest;
}

/* From large tasks to small ones: where efficiency falls below one half, on a
 * straight line over the logarithm of a task's time. At the end of the sweep
 * what is there: an upper bound, or a lower one. */
static double metg_of(const struct stage *stage, const struct sweep *s,
                      int runner, int round)
{
    double peak = highest_rate(s, round), before = 0, log_before = 0;

    for (int g = s->grains - 1; g >= 0; g--) {
        double efficiency = rate(s, runner, g, round) / peak;
        double log_task = log(s->ns[runner][g][round] / rows_of(stage, g));

        if (efficiency < 0.5 && g == s->grains - 1)
            return exp(log_task);
        if (efficiency < 0.5)
            return exp(log_task + (log_before - log_task) * (0.5 - efficiency) /
                                      (before - efficiency));
        before = efficiency;
        log_before = log_task;
    }
    return exp(log_before);
}

/* A race that was: each entrant's time is its METG. */
static struct race *race_of_metgs(struct stage *stage, const struct sweep *s,
                                  struct err *err)
{
    struct race *race = race_begin(stage, err);

    for (int i = 0; race && i < RUNNERS; i++) {
        struct entrant *e = race_absent(race, names[i], "");

        e->why = s->why[i];
        for (int r = 0; r < s->rounds && !e->why.code; r++)
            e->ns[r] = metg_of(stage, s, i, r);
    }
    if (race)
        race->rounds = s->rounds;
    return race;
}

static int print_rows(struct stage *stage, const char *pattern,
                      const struct sweep *s, struct err *err)
{
    struct race *race = race_of_metgs(stage, s, err);
    char text[128];

    if (!race)
        return -1;
    for (int i = 0; i < RUNNERS; i += 2) {
        snprintf(text, sizeof text, "METG(50 %%) %s, %s / %s", pattern,
                 names[i], names[i + 1]);
        table_row(race, "18", text, &race->entrant[i], &race->entrant[i + 1],
                  (struct bar){BAR_COST, 1});
    }
    race_end(race);
    return 0;
}

static int sweep_pattern(struct stage *stage, const char *pattern,
                         struct sweep *sweep, struct err *err)
{
    memset(sweep, 0, sizeof *sweep);
    sweep->workers = stage->workers;
    sweep->grains = stage->smoke ? 2 : GRAINS;
    for (int g = 0; g < sweep->grains; g++) {
        if (race_grain(stage, pattern, g, sweep, err))
            return -1;
    }
    return print_rows(stage, pattern, sweep, err);
}

int rows_metg(struct stage *stage, struct err *err)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    int failed;

    if (!sweep)
        return err_set(err, EXIT_RESOURCE, "no memory for a sweep");
    failed = sweep_pattern(stage, "none", sweep, err) ||
             sweep_pattern(stage, "stencil", sweep, err);
    free(sweep);
    return failed ? -1 : 0;
}
