/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 2: what a trial costs that does nothing, from its first start stamp to
 * its last end stamp, against a barrier of the same workers.
 */
#include "rows.h"

#include <stdio.h>

#include "race.h"
#include "trades.h"

enum { TRIALS = 51, BARRIERS = 4000 };

struct field {
    const struct entrant *team[3], *barrier[3], *pthread;
};

static struct entrant *enter_team(struct race *race, const char *executor)
{
    struct entrant *e =
        race_team(race, executor, race->stage->workers, "null", 0);

    e->trials = TRIALS;
    return e;
}

static const struct entrant *with_repeats(struct entrant *e)
{
    if (e->peer)
        entrant_board(e)->repeats = BARRIERS;
    return e;
}

static void enter_all(struct race *race, struct field *f)
{
    static const char *const none[] = {NULL};
    int all = race->stage->workers;
    struct entrant *ranks;
    struct err why;

    f->barrier[0] =
        with_repeats(race_peer(race, "omp barrier", &trade_omp_barrier,
                               openmp_absent, all, "null", 0));
    f->barrier[1] = with_repeats(race_peer(
        race, "drive's barrier", &trade_shared_barrier, NULL, all, "null", 0));
    f->pthread = with_repeats(race_peer(
        race, "pthread_barrier", &trade_pthread_barrier, NULL, all, "null", 0));
    ranks = race_ranks(race, "MPI_Barrier", "barrier", none, "null", 0);
    if (ranks->peer && entrant_order(ranks, ORDER_SETUP, &why))
        entrant_leave(ranks, &why);
    f->barrier[2] = with_repeats(ranks);
    f->team[0] = enter_team(race, "threads");
    f->team[1] = enter_team(race, "processes");
    f->team[2] = enter_team(race, "ranks");
}

int rows_null(struct stage *stage, struct err *err)
{
    static const char *const text[] = {"null, threads / omp barrier",
                                       "null, processes / drive's barrier",
                                       "null, ranks / MPI_Barrier"};
    struct race *race = race_begin(stage, err);
    struct field f;
    int failed;

    if (!race)
        return -1;
    enter_all(race, &f);
    failed = race_run(race, "null", err);
    for (int i = 0; i < 3 && !failed; i++) {
        table_row(race, "2", text[i], f.team[i], f.barrier[i],
                  (struct bar){BAR_COST, 2});
        table_whole(f.team[i]);
    }
    if (!failed)
        table_note(race, "drive's barrier / pthread_barrier", f.barrier[1],
                   f.pthread);
    race_end(race);
    return failed;
}
