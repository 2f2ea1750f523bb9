/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 6: triad of each executor against STREAM's loop, for one worker and for
 * one a core.
 */
#include "rows.h"

#include <stdio.h>

#include "core/err.h"
#include "race.h"
#include "trades.h"

static const char *const executors[] = {"serial", "threads", "processes",
                                        "ranks"};
enum { SERIAL, EXECUTORS = 4 };

static int race_of(struct stage *stage, int workers, struct err *err)
{
    struct race *race = race_begin(stage, err);
    int first = workers == 1 ? SERIAL : SERIAL + 1, failed;
    const struct entrant *team[EXECUTORS], *stream;
    char text[40];

    if (!race)
        return -1;
    race->same_result = race->fresh = true;
    stream = race_peer(race, "STREAM", &trade_stream,
                       workers > 1 ? openmp_absent : NULL, workers, "triad",
                       stage->length);
    for (int i = first; i < EXECUTORS; i++)
        team[i] =
            race_team(race, executors[i], workers, "triad", stage->length);
    failed = race_run(race, "triad", err);
    for (int i = first; i < EXECUTORS && !failed; i++) {
        snprintf(text, sizeof text, "triad, %d x %s / STREAM", workers,
                 executors[i]);
        table_row(race, "6", text, team[i], stream,
                  (struct bar){BAR_SPEED, 0.98});
    }
    race_end(race);
    return failed;
}

int rows_triad(struct stage *stage, struct err *err)
{
    if (race_of(stage, 1, err))
        return -1;
    return stage->workers > 1 ? race_of(stage, stage->workers, err) : 0;
}
