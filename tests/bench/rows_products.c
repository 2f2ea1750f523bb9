/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows 11 to 15: matrix products against the best there is, at two sizes. On
 * all cores against BLIS's own threads and OpenBLAS; as ranks, one a core and
 * two, against ScaLAPACK; on one core against OpenBLAS and against what the
 * core can do at all.
 */
#include "rows.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "pdgemm.h"
#include "race.h"
#include "trades.h"

static const char *openblas_absent(const char *build)
{
    char path[PATH_MAX];

    return openblas_find(build, path, sizeof path)
               ? NULL
               : "apt-get install libopenblas0-pthread libopenblas0-openmp "
                 "libopenblas0-serial";
}

static struct entrant *enter_openblas(struct race *race, const char *name,
                                      const char *build,
                                      const struct trade *trade, int workers)
{
    return race_peer(race, name, trade, openblas_absent(build), workers,
                     "matmul", race->stage->n);
}

static void print_best(const struct race *race, const char *row,
                       const char *who, const struct entrant *mine,
                       const struct entrant *const *other, int others,
                       double bar)
{
    const struct entrant *best = race_best(race, other, others);
    char text[128];

    snprintf(text, sizeof text, "%s / %s, n=%ld", who, best->name,
             (long)race->stage->n);
    table_row(race, row, text, mine, best, (struct bar){BAR_SPEED, bar});
    table_absent(other, others);
}

/* Both sizes of the table. */
static int at_sizes(struct stage *stage,
                    int (*race_of)(struct stage *, struct err *),
                    struct err *err)
{
    struct stage twice = *stage;

    twice.n *= 2;
    if (stage->smoke)
        return race_of(stage, err);
    return race_of(stage, err) || race_of(&twice, err) ? -1 : 0;
}

/* -- all cores, shared memory ---------------------------------------------- */

static void print_shared(const struct race *race, const struct entrant *threads,
                         const struct entrant *processes,
                         const struct entrant *const *blas)
{
    char text[64];

    snprintf(text, sizeof text, "threads / BLIS's threads, n=%ld",
             (long)race->stage->n);
    table_row(race, "11", text, threads, blas[0], (struct bar){BAR_SPEED, 1});
    print_best(race, "12", "threads", threads, blas, 3, 0.97);
    snprintf(text, sizeof text, "processes / threads, n=%ld",
             (long)race->stage->n);
    table_row(race, "13", text, processes, threads,
              (struct bar){BAR_SPEED, 0.98});
}

static int race_shared(struct stage *stage, struct err *err)
{
    struct race *race = race_begin(stage, err);
    const struct entrant *threads, *processes, *blas[3];
    int all = stage->workers, failed;

    if (!race)
        return -1;
    race->same_result = true;
    blas[0] = race_peer(race, "BLIS's threads", &trade_blis,
                        blis_absent ? blis_absent : openmp_absent, all,
                        "matmul", stage->n);
    blas[1] = enter_openblas(race, "OpenBLAS, own threads", "pthread",
                             &trade_openblas_pthread, all);
    blas[2] = enter_openblas(race, "OpenBLAS, OpenMP", "openmp",
                             &trade_openblas_openmp, all);
    threads = race_team(race, "threads", all, "matmul", stage->n);
    processes = race_team(race, "processes", all, "matmul", stage->n);
    failed = race_run(race, "shared", err);
    if (!failed)
        print_shared(race, threads, processes, blas);
    race_end(race);
    return failed;
}

int rows_shared(struct stage *stage, struct err *err)
{
    return at_sizes(stage, race_shared, err);
}

/* -- ranks ----------------------------------------------------------------- */

static int race_scalapack(struct stage *stage, struct err *err)
{
    struct race *race = race_begin(stage, err);
    const struct entrant *ranks, *pdgemm;
    char text[64];
    int failed;

    if (!race)
        return -1;
    race->same_result = true;
    ranks = race_team(race, "ranks", stage->workers, "matmul", stage->n);
    pdgemm = pdgemm_enter(race);
    failed = race_run(race, "scalapack", err);
    snprintf(text, sizeof text, "%d ranks / pdgemm, n=%ld", stage->workers,
             (long)stage->n);
    if (!failed)
        table_row(race, "14", text, ranks, pdgemm,
                  (struct bar){BAR_SPEED, 1.2});
    race_end(race);
    return failed;
}

/* Ranks that share a core shall yield it, ours and theirs. */
int rows_scalapack(struct stage *stage, struct err *err)
{
    struct stage crowd;
    int failed = at_sizes(stage, race_scalapack, err);

    if (failed || stage_crowd(stage, 2 * stage->workers, &crowd, err))
        return -1;
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 1);
    failed = at_sizes(&crowd, race_scalapack, err);
    unsetenv("OMPI_MCA_mpi_yield_when_idle");
    stage_free(&crowd);
    return failed;
}

/* -- one core -------------------------------------------------------------- */

int rows_core(struct stage *stage, struct err *err)
{
    struct race *race = race_begin(stage, err);
    const struct entrant *serial, *blas[2];
    struct entrant *peak;
    char text[64];
    int failed;

    if (!race)
        return -1;
    serial = race_team(race, "serial", 1, "matmul", stage->n);
    peak = race_enter(race, "FMA peak", NULL,
                      &(struct recipe){.executor = "serial",
                                       .workers = 1,
                                       .subject = {"peak", .replicate = true}});
    peak->trials = 5;
    blas[0] = race_peer(race, "bare BLIS", &trade_blis, blis_absent, 1,
                        "matmul", stage->n);
    blas[1] = enter_openblas(race, "OpenBLAS serial", "serial",
                             &trade_openblas_serial, 1);
    failed = race_run(race, "core", err);
    snprintf(text, sizeof text, "serial / FMA peak, n=%ld", (long)stage->n);
    if (!failed) {
        table_row(race, "15", text, serial, peak,
                  (struct bar){BAR_SPEED, 0.85});
        print_best(race, "15", "serial", serial, blas, 2, 1);
    }
    race_end(race);
    return failed;
}
