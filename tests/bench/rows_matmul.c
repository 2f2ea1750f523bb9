/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows 1, 3, 4 and 5: all that multiply matrices, in one race.
 */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "core/rng.h"
#include "core/stats.h"
#include "race.h"
#include "trades.h"

/* -- the best of ScaLAPACK ----------------------------------------------- */

enum { BLOCKS = 3, GRIDS_MAX = 16, PILOTS = 3, LIBRARIES = 2 };

static const int64_t block_sizes[BLOCKS] = {64, 128, 256};

/* One way to run it. */
struct way {
    struct entrant *entrant; /* which library */
    int64_t block, rows;
    double ns[PILOTS], median;
};

struct pilot {
    struct entrant *library[LIBRARIES];
    struct way way[LIBRARIES * BLOCKS * GRIDS_MAX];
    int ways;
};

static int set_up(const struct way *way, struct err *err)
{
    struct board *board = entrant_board(way->entrant);

    board->problem.value[SETTING_BLOCK].count = way->block;
    board->problem.value[SETTING_ROWS].count = way->rows;
    return entrant_order(way->entrant, ORDER_SETUP, err);
}

/* Grids within a factor of four of a square, and both of a prime number. */
static bool grid_is_worth_it(int workers, int rows)
{
    int columns = workers / rows, least = rows < columns ? rows : columns;
    int most = rows < columns ? columns : rows;

    if (workers % rows)
        return false;
    if (most <= 4 * least)
        return true;
    for (int r = 2; r < workers; r++) {
        if (workers % r == 0)
            return false;
    }
    return true;
}

static void add_ways(struct pilot *pilot, struct entrant *library, int workers)
{
    int grids = 0;

    for (int rows = 1; rows <= workers; rows++) {
        if (!grid_is_worth_it(workers, rows) || grids++ == GRIDS_MAX)
            continue;
        for (int b = 0; b < BLOCKS; b++)
            pilot->way[pilot->ways++] = (struct way){
                .entrant = library, .block = block_sizes[b], .rows = rows};
    }
}

/* One untimed turn, then one that counts. */
static int try_way(struct race *race, struct way *way, int round)
{
    struct err why;

    if (!way->entrant->peer)
        return -1;
    if (set_up(way, &why)) {
        entrant_leave(way->entrant, &why);
        return -1;
    }
    return race_turn(race, way->entrant, &way->ns[round]) ||
           race_turn(race, way->entrant, &way->ns[round]);
}

static void try_all(struct race *race, struct pilot *pilot)
{
    int order[LIBRARIES * BLOCKS * GRIDS_MAX];

    for (int round = 0; round < PILOTS; round++) {
        rng_shuffle(order, pilot->ways, ~race->stage->seed, (uint64_t)round);
        for (int i = 0; i < pilot->ways && !*race->stage->conductor.stop; i++)
            try_way(race, &pilot->way[order[i]], round);
    }
}

/* The fastest with one library, or with any (NULL). */
static struct way *best_way(struct pilot *pilot, const struct entrant *library)
{
    struct way *best = NULL;

    for (int i = 0; i < pilot->ways; i++) {
        struct way *way = &pilot->way[i];

        stats_sort(way->ns, PILOTS);
        way->median = way->ns[PILOTS / 2];
        if (!way->entrant->peer || (library && library != way->entrant))
            continue;
        if (!best || way->median < best->median)
            best = way;
    }
    return best;
}

/* "openblas-pthread/libblas.so.3" of a path. */
static const char *last_two(const char *path)
{
    const char *at = path + strlen(path);
    int slashes = 0;

    while (at > path && (slashes += *at == '/') < 2)
        at--;
    return *at == '/' ? at + 1 : at;
}

static void tell_best(struct pilot *pilot, struct entrant *library, int workers)
{
    const struct way *best = best_way(pilot, library);

    if (!best) {
        printf("     %s: %s\n", library->name, library->why.text);
        return;
    }
    printf("     pdgemm, best of %d: %.2f ms with nb=%ld %ldx%ld %s\n",
           pilot->ways / LIBRARIES, best->median / 1e6, (long)best->block,
           (long)best->rows, (long)(workers / best->rows),
           last_two(entrant_board(library)->err.text));
}

/* Only the best stays in the race. */
static struct entrant *choose(struct pilot *pilot, int workers)
{
    struct way *best = best_way(pilot, NULL);
    struct entrant *chosen = best ? best->entrant : pilot->library[0];
    struct err why;

    for (int i = 0; i < LIBRARIES; i++)
        tell_best(pilot, pilot->library[i], workers);
    for (int i = 0; i < LIBRARIES; i++) {
        err_set(&why, EXIT_ABSENT, "another library is faster");
        if (pilot->library[i] != chosen && pilot->library[i]->peer)
            entrant_leave(pilot->library[i], &why);
    }
    if (best && set_up(best, &why))
        entrant_leave(chosen, &why);
    return chosen;
}

static struct entrant *enter_pdgemm(struct race *race)
{
    static const char *const as_linked[] = {"OPENBLAS_NUM_THREADS=1",
                                            "BLIS_NUM_THREADS=1",
                                            "OMP_NUM_THREADS=1", NULL};
    static const char *const with_blis[] = {"LD_PRELOAD=" BENCH_BLIS,
                                            "BLIS_NUM_THREADS=1",
                                            "OMP_NUM_THREADS=1", NULL};
    struct stage *stage = race->stage;
    struct pilot pilot = {.ways = 0};

    pilot.library[0] = race_ranks(race, "pdgemm, libblas", "pdgemm", as_linked,
                                  "matmul", stage->n);
    pilot.library[1] = race_ranks(race, "pdgemm, BLIS", "pdgemm", with_blis,
                                  "matmul", stage->n);
    for (int i = 0; i < LIBRARIES; i++)
        add_ways(&pilot, pilot.library[i], stage->workers);
    try_all(race, &pilot);
    return choose(&pilot, stage->workers);
}

static struct entrant *enter_scalapack(struct race *race)
{
    if (HAVE_SCALAPACK)
        return enter_pdgemm(race);
    return race_absent(race, "pdgemm",
                       "apt-get install libscalapack-openmpi-dev");
}

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
    pdgemm = enter_scalapack(race);
    failed = race_run(race, "matmul", err);
    if (!failed)
        print_rows(race, serial, bare, team, blis, pdgemm);
    race_end(race);
    return failed;
}
