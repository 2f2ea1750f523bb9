/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows 9 and 10: the barrier of workers that share memory, of threads against
 * OpenMP's, of forked processes against pthreads', one worker a core and more.
 */
#include "rows.h"

#include <stdio.h>

#include "race.h"
#include "trades.h"

enum { BARRIERS = 8000 }; /* in a turn, shared out among the workers */

static const struct entrant *enter(struct race *race, const char *name,
                                   const struct trade *trade,
                                   const char *absent)
{
    int workers = race->stage->workers;
    struct entrant *e =
        race_peer(race, name, trade, absent, workers, "null", 0);

    if (e->peer)
        entrant_board(e)->repeats = (unsigned)(BARRIERS / workers);
    return e;
}

static int race_barriers(struct stage *stage, struct err *err)
{
    const struct entrant *threads, *omp, *processes, *pthread;
    struct race *race = race_begin(stage, err);
    char text[2][64];
    int failed;

    if (!race)
        return -1;
    threads = enter(race, "threads", &trade_threads_barrier, openmp_absent);
    omp = enter(race, "omp barrier", &trade_omp_barrier, openmp_absent);
    processes = enter(race, "processes", &trade_shared_barrier, NULL);
    pthread = enter(race, "pthread_barrier", &trade_pthread_barrier, NULL);
    snprintf(text[0], sizeof text[0], "%d threads / omp barrier",
             stage->workers);
    snprintf(text[1], sizeof text[1], "%d processes / pthread_barrier",
             stage->workers);
    failed = race_run(race, "barrier", err);
    if (!failed) {
        table_row(race, "9", text[0], threads, omp, (struct bar){BAR_SPEED, 1});
        table_row(race, "10", text[1], processes, pthread,
                  (struct bar){BAR_SPEED, 3});
    }
    race_end(race);
    return failed;
}

/* As many workers as cores, and two, four and eight times as many. */
int rows_barrier(struct stage *stage, struct err *err)
{
    int failed = race_barriers(stage, err);

    for (int times = 2; times <= (stage->smoke ? 2 : 8) && !failed;
         times *= 2) {
        struct stage crowd = *stage;

        crowd.workers = times * stage->workers;
        failed = placement_plan(stage->conductor.topology, "core",
                                crowd.workers, &crowd.placement, err);
        if (failed)
            break;
        failed = race_barriers(&crowd, err);
        placement_free(&crowd.placement);
    }
    return failed;
}
