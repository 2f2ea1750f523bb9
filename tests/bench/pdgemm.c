/* SPDX-License-Identifier: Apache-2.0 */
#include "pdgemm.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "core/stats.h"
#include "trades.h"

enum { BLOCKS = 3, GRIDS_MAX = 16, PILOTS = 3, LIBRARIES = 3 };

static const int64_t block_sizes[BLOCKS] = {64, 128, 256};

/* One way to run it. */
struct way {
    struct entrant *entrant; /* which library */
    int64_t block, rows;
    double ns[PILOTS], median;
    int tries;
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

static void add_ways(struct pilot *pilot, struct entrant *library, int workers,
                     bool smoke)
{
    int grids = 0;

    for (int rows = 1; rows <= workers; rows++) {
        if (!grid_is_worth_it(workers, rows) || grids++ == GRIDS_MAX)
            continue;
        for (int b = 0; b < (smoke ? 1 : BLOCKS); b++)
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
    if (race_turn(race, way->entrant, &way->ns[round]) ||
        race_turn(race, way->entrant, &way->ns[round]))
        return -1;
    way->tries = round + 1;
    return 0;
}

static int pilots(const struct race *race)
{
    return race->stage->smoke ? 1 : PILOTS;
}

static void try_all(struct race *race, struct pilot *pilot)
{
    int order[LIBRARIES * BLOCKS * GRIDS_MAX];

    for (int round = 0; round < pilots(race); round++) {
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

        stats_sort(way->ns, (size_t)way->tries);
        way->median = way->ns[way->tries / 2];
        if (!way->entrant->peer || !way->tries ||
            (library && library != way->entrant))
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

/* One BLAS thread a rank. `variable` puts another BLAS before the one that
 * ScaLAPACK is linked with. */
struct library {
    char variable[PATH_MAX + 32];
    const char *settings[5];
};

static struct entrant *enter_library(struct race *race, const char *name,
                                     const char *how, const char *path,
                                     const char *absent)
{
    struct library library;
    int n = 0;

    if (absent)
        return race_absent(race, name, absent);
    snprintf(library.variable, sizeof library.variable, "%s=%s", how, path);
    if (*path)
        library.settings[n++] = library.variable;
    library.settings[n++] = "OPENBLAS_NUM_THREADS=1";
    library.settings[n++] = "BLIS_NUM_THREADS=1";
    library.settings[n++] = "OMP_NUM_THREADS=1";
    library.settings[n] = NULL;
    return race_ranks(race, name, "pdgemm", library.settings, "matmul",
                      race->stage->n);
}

static struct entrant *enter_best(struct race *race)
{
    struct stage *stage = race->stage;
    struct pilot *pilot = calloc(1, sizeof *pilot);
    struct entrant *chosen;
    char serial[PATH_MAX];
    bool there = openblas_folder("serial", serial, sizeof serial);

    if (!pilot)
        return race_absent(race, "pdgemm", "no memory for its pilot");
    pilot->library[0] = enter_library(race, "pdgemm, libblas", "", "", NULL);
    pilot->library[1] =
        enter_library(race, "pdgemm, BLIS", "LD_PRELOAD", BENCH_BLIS,
                      *BENCH_BLIS ? NULL : blis_absent);
    pilot->library[2] = enter_library(
        race, "pdgemm, OpenBLAS serial", "LD_LIBRARY_PATH", serial,
        there ? NULL : "apt-get install libopenblas0-serial");
    for (int i = 0; i < LIBRARIES; i++)
        add_ways(pilot, pilot->library[i], stage->workers, stage->smoke);
    try_all(race, pilot);
    chosen = choose(pilot, stage->workers);
    free(pilot);
    return chosen;
}

struct entrant *pdgemm_enter(struct race *race)
{
    if (HAVE_SCALAPACK)
        return enter_best(race);
    return race_absent(race, "pdgemm",
                       "apt-get install libscalapack-openmpi-dev");
}
