/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the processes of a team say of their pages and of the counters. */
static void note_machine(struct cell *cell, const struct board *board)
{
    uint64_t resident = 0, huge = 0;
    int cause = board->slot[0].uncounted;

    for (int w = 0; w < cell->workers; w++) {
        resident += board->slot[w].pages.resident;
        huge += board->slot[w].pages.huge;
    }
    cell->huge_share = resident ? (double)huge / (double)resident : NAN;
    if (cause)
        snprintf(cell->uncounted, sizeof cell->uncounted, "perf_event_open: %s",
                 strerror(cause));
}

static bool is_parent(const struct board *board)
{
    return kernel_table[board->kernel]->traits & KERNEL_PARENT;
}

static void note_posts(struct cell *cell, const struct board *board,
                       bool over_nodes)
{
    if (!cell->post)
        cell->post = calloc((size_t)cell->workers, sizeof *cell->post);
    if (!cell->post)
        return;
    cell->pinned = true;
    cell->idle_ns = cell->idle_cpu_ns = 0;
    for (int w = 0; w < cell->workers; w++) {
        const struct slot *slot = &board->slot[w];
        struct post *post = &cell->post[w];

        *post = (struct post){.planned_pu = slot->seat.pu,
                              .observed_pu = slot->pu,
                              .core = slot->seat.core,
                              .node = over_nodes ? slot->node : -1,
                              .numa = slot->seat.numa,
                              .rank = slot->rank,
                              .thread = slot->thread,
                              .bound = slot->bound};
        cpuset_format(&slot->mask, post->mask, sizeof post->mask);
        cell->pinned = cell->pinned && slot->bound &&
                       (slot->seat.pu >= 0 || is_parent(board));
        cell->idle_ns += slot->idle_ns;
        cell->idle_cpu_ns += slot->idle_cpu_ns;
    }
}

void cell_note(struct cell *cell, const struct board *board, bool over_nodes)
{
    note_machine(cell, board);
    note_posts(cell, board, over_nodes);
}
