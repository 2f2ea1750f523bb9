/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows 1, 3, 4 and 5: all that multiply matrices, in one race.
 */
#include "rows.h"

#include <stdio.h>

#include "pdgemm.h"
#include "race.h"
#include "trades.h"

/* -- the race ------------------------------------------------------------ */

static void print_rows(const struct race *race, const struct entrant *serial,
                       const struct entrant *bare,
                       const struct entrant *const *team,
                       const struct entrant *blis, const struct entrant *pdgemm)
{
    char text[40];

    snprintf(text, sizeof text, "serial / bare BLIS, n=%ld",
             (long)race->stage->n);
    table_row(race, "1", text, serial, bare, (struct bar){BAR_SPEED, 0.99});
    table_row(race, "3", "threads / BLIS's own threads", team[0], blis,
              (struct bar){BAR_SPEED, 0.97});
    table_row(race, "4", "processes / threads", team[1], team[0],
              (struct bar){BAR_WITHIN, 0.03});
    table_row(race, "5", "ranks / ScaLAPACK's pdgemm", team[2], pdgemm,
              (struct bar){BAR_SPEED, 1});
}

int rows_matmul(struct stage *stage, struct err *err)
{
    struct race *race = race_begin(stage, err);
    const char *const executor[] = {"threads", "processes", "ranks"};
    const struct entrant *serial, *bare, *blis, *pdgemm, *team[3];
    int64_t n = stage->n;
    int all = stage->workers, failed;

    if (!race)
        return -1;
    race->same_result = true;
    bare =
        race_peer(race, "bare BLIS", &trade_blis, blis_absent, 1, "matmul", n);
    blis =
        race_peer(race, "BLIS's threads", &trade_blis,
                  blis_absent ? blis_absent : openmp_absent, all, "matmul", n);
    serial = race_team(race, "serial", 1, "matmul", n);
    for (int i = 0; i < 3; i++)
        team[i] = race_team(race, executor[i], all, "matmul", n);
    pdgemm = pdgemm_enter(race);
    failed = race_run(race, "matmul", err);
    if (!failed)
        print_rows(race, serial, bare, team, blis, pdgemm);
    race_end(race);
    return failed;
}
