/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/deal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/worker.h"

static const char *const names[] = {"l3", "node", "numa"};

int deal_read(const char *text, int *ranks_per, struct err *err)
{
    char *end;
    long n = strtol(text, &end, 10);

    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ranks_per = RANKS_PER_L3 + i;
            return 0;
        }
    }
    if (end == text || *end || n < 1 || n > 1000000)
        return err_set(err, EXIT_USAGE,
                       "--ranks-per %s: want node, numa, l3 or a number of "
                       "ranks from 1",
                       text);
    *ranks_per = (int)n;
    return 0;
}

/* What a rank's threads have in common; for a number of ranks, what their
 * order follows. */
static int domain_of(const struct topology *t, const struct seat *seat,
                     int ranks_per)
{
    switch (ranks_per) {
    case RANKS_PER_NODE: return 0;
    case RANKS_PER_NUMA: return seat->numa;
    default: return topology_last_cache(t, seat->pu);
    }
}

/* Behind all that are in the same domain or one before it. */
static void take_seat(struct seat *seat, int *domain, int taken,
                      const struct seat *one, int its_domain)
{
    int at = taken;

    for (; at > 0 && domain[at - 1] > its_domain; at--) {
        seat[at] = seat[at - 1];
        domain[at] = domain[at - 1];
    }
    seat[at] = *one;
    domain[at] = its_domain;
}

static int share_evenly(int workers, int ranks, int *rank)
{
    if (ranks > workers)
        ranks = workers;
    for (int r = 0; r < ranks; r++) {
        struct share share = share_of((size_t)workers, 1, ranks, r);

        for (size_t i = 0; i < share.count; i++)
            rank[share.first + i] = r;
    }
    return ranks;
}

/* In place: from domains to ranks. */
static int number_domains(int workers, int *rank)
{
    int last = -1;

    for (int i = 0, before = 0; i < workers; i++) {
        int domain = rank[i];

        last += i == 0 || domain != before;
        before = domain;
        rank[i] = last;
    }
    return last + 1;
}

int deal_workers(const struct topology *t, const struct placement *placement,
                 int workers, int ranks_per, struct seat *seat, int *rank)
{
    for (int i = 0; i < workers; i++) {
        const struct seat *one = &placement->seat[i];

        take_seat(seat, rank, i, one, domain_of(t, one, ranks_per));
    }
    if (ranks_per > 0)
        return share_evenly(workers, ranks_per, rank);
    return number_domains(workers, rank);
}

int deal_board(const struct topology *t, const struct placement *placement,
               struct board *board, struct err *err)
{
    size_t workers = (size_t)board->workers;
    struct seat *seat = calloc(workers, sizeof *seat);
    int *rank = calloc(workers, sizeof *rank);
    bool room = seat && rank;

    if (room)
        board->ranks = deal_workers(t, placement, board->workers,
                                    board->ranks_per, seat, rank);
    for (int i = 0; room && i < board->workers; i++) {
        struct slot *slot = &board->slot[i];
        bool next = i > 0 && rank[i] == rank[i - 1];

        slot->seat = seat[i];
        slot->rank = rank[i];
        slot->thread = next ? slot[-1].thread + 1 : 0;
    }
    free(seat);
    free(rank);
    return room ? 0
                : err_set(err, EXIT_RESOURCE, "no memory for %zu seats",
                          workers);
}

static int count_ranks(const struct topology *t,
                       const struct placement *placement, int ranks_per,
                       struct cell *cell, struct err *err)
{
    size_t workers = (size_t)cell->workers;
    struct seat *seat = calloc(workers, sizeof *seat);
    int *rank = calloc(workers, sizeof *rank);
    bool room = seat && rank;

    if (room)
        cell->ranks =
            deal_workers(t, placement, cell->workers, ranks_per, seat, rank);
    free(seat);
    free(rank);
    return room ? 0
                : err_set(err, EXIT_RESOURCE, "no memory for %zu seats",
                          workers);
}

int deal_cell(const struct topology *t, const struct placement *placement,
              int ranks_per, bool parent, struct cell *cell, struct err *err)
{
    size_t size = sizeof cell->ranks_per;

    if (parent) {
        cell->status = CELL_SKIPPED;
        err_set(&cell->why, EXIT_ABSENT,
                "this kernel starts its workers itself, each alone");
        return 0;
    }
    if (ranks_per > 0)
        snprintf(cell->ranks_per, size, "%d", ranks_per);
    else
        snprintf(cell->ranks_per, size, "%s", names[ranks_per - RANKS_PER_L3]);
    if (cell->workers > placement->workers)
        return 0;
    return count_ranks(t, placement, ranks_per, cell, err);
}
