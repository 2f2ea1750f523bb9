/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 16: triad of each executor against the better of two STREAM loops, one
 * of which writes past the caches.
 */
#include "rows.h"

#include <stdio.h>

#include "race.h"
#include "trades.h"

enum { LOOPS = 2, EXECUTORS = 4 };

static const char *const executors[EXECUTORS] = {"serial", "threads",
                                                 "processes", "ranks"};

static void print_rows(const struct race *race, int workers,
                       const struct entrant *const *team, int first,
                       const struct entrant *const *loop)
{
    const struct entrant *best = race_best(race, loop, LOOPS);
    char text[128];

    for (int i = first; i < EXECUTORS; i++) {
        snprintf(text, sizeof text, "triad, %d x %s / %s", workers,
                 executors[i], best->name);
        table_row(race, "16", text, team[i], best,
                  (struct bar){BAR_SPEED, 0.99});
    }
    table_absent(loop, LOOPS);
}

static int race_of(struct stage *stage, int workers, struct err *err)
{
    struct race *race = race_begin(stage, err);
    int first = workers > 1, failed;
    const char *absent = workers > 1 ? openmp_absent : NULL;
    const struct entrant *team[EXECUTORS], *loop[LOOPS];

    if (!race)
        return -1;
    race->same_result = race->fresh = true;
    loop[0] = race_peer(race, "STREAM", &trade_stream, absent, workers, "triad",
                        stage->length);
    loop[1] = race_peer(race, "STREAM past caches", &trade_stream_past,
                        stream_past_absent ? stream_past_absent : absent,
                        workers, "triad", stage->length);
    for (int i = first; i < EXECUTORS; i++)
        team[i] =
            race_team(race, executors[i], workers, "triad", stage->length);
    failed = race_run(race, "stream", err);
    if (!failed)
        print_rows(race, workers, team, first, loop);
    race_end(race);
    return failed;
}

int rows_stream(struct stage *stage, struct err *err)
{
    if (race_of(stage, 1, err))
        return -1;
    return stage->workers > 1 ? race_of(stage, stage->workers, err) : 0;
}
