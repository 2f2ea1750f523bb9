/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 19: stencil and transpose of threads and ranks against loops as the
 * Parallel Research Kernels have them under OpenMP and MPI, at their size,
 * radius and tile.
 */
#include "rows.h"

#include <stdio.h>

#include "race.h"
#include "trades.h"

static void print_rows(const struct race *race, const char *kernel,
                       const struct entrant *const *mine,
                       const struct entrant *const *loop)
{
    static const char *const text[] = {"threads / PRK's OpenMP loop",
                                       "ranks / PRK's MPI loop"};
    char line[80];

    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof line, "%s, %s", kernel, text[i]);
        table_row(race, "19", line, mine[i], loop[i],
                  (struct bar){BAR_SPEED, 1});
    }
}

static int race_of(struct stage *stage, const char *kernel,
                   const struct trade *trade, struct err *err)
{
    static const char *const none[] = {NULL};
    struct race *race = race_begin(stage, err);
    int64_t n = stage->smoke ? 128 : 4000;
    const struct entrant *mine[2], *loop[2];
    struct entrant *ranks;
    struct err why;
    int failed;

    if (!race)
        return -1;
    race->same_result = true;
    loop[0] = race_peer(race, "OpenMP loop", trade, openmp_absent,
                        stage->workers, kernel, n);
    loop[1] = ranks = race_ranks(race, "MPI loop", kernel, none, kernel, n);
    if (ranks->peer && entrant_order(ranks, ORDER_SETUP, &why))
        entrant_leave(ranks, &why);
    mine[0] = race_team(race, "threads", stage->workers, kernel, n);
    mine[1] = race_team(race, "ranks", stage->workers, kernel, n);
    failed = race_run(race, kernel, err);
    if (!failed)
        print_rows(race, kernel, mine, loop);
    race_end(race);
    return failed;
}

int rows_prk(struct stage *stage, struct err *err)
{
    return race_of(stage, "stencil", &trade_prk_stencil, err) ||
                   race_of(stage, "transpose", &trade_prk_transpose, err)
               ? -1
               : 0;
}
