/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 17, for information: the barrier of ranks as kernels call it against a
 * loop of MPI_Barrier.
 */
#include "rows.h"

#include "race.h"
#include "trades.h"

enum { BARRIERS = 4000 };

int rows_meet(struct stage *stage, struct err *err)
{
    static const char *const none[] = {NULL};
    static const char *const params[] = {"what=barrier", "count=4000", NULL};
    struct race *race = race_begin(stage, err);
    struct entrant *ranks, *mpi;
    struct err why;
    int failed;

    if (!race)
        return -1;
    ranks =
        race_enter(race, "ranks", NULL,
                   &(struct recipe){.executor = "ranks",
                                    .workers = stage->workers,
                                    .subject = {"overhead", .params = params}});
    ranks->amount = BARRIERS;
    mpi = race_ranks(race, "MPI_Barrier", "barrier", none, "null", 0);
    if (mpi->peer && entrant_order(mpi, ORDER_SETUP, &why))
        entrant_leave(mpi, &why);
    if (mpi->peer)
        entrant_board(mpi)->repeats = BARRIERS;
    mpi->amount = 1;
    failed = race_run(race, "meet", err);
    if (!failed)
        table_speed(race, "17", "barrier, ranks / MPI_Barrier", ranks, mpi);
    race_end(race);
    return failed;
}
