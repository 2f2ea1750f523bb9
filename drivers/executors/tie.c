/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/tie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"
#include "core/mem.h"
#include "core/segment.h"
#include "drivers/deal.h"
#include "drivers/executors/executor.h"

/* -- life and death ------------------------------------------------------ */

struct tie *tie_new(uint32_t team, const struct call *call, struct board *whole)
{
    const struct board *head = (const struct board *)call->board;
    unsigned flags = executor_table[head->executor]->flags;
    struct tie *tie = calloc(1, sizeof *tie);

    if (!tie)
        return NULL;
    tie->team = team;
    tie->ranks = flags & EXECUTOR_NEEDS_LAUNCHER;
    tie->hybrid = flags & EXECUTOR_HYBRID;
    tie->whole = whole;
    tie->fd = -1;
    return tie;
}

void tie_free(struct tie *tie)
{
    const uint64_t writers_ns = 1000000000;

    if (!tie)
        return;
    if (tie->board && tie->made_scratch)
        folder_remove(tie->board->scratch, writers_ns, NULL);
    board_close(tie->board);
    board_close(tie->whole);
    if (tie->fd >= 0)
        close(tie->fd);
    free(tie);
}

int tie_count(const struct home *home, const struct call *call)
{
    int whole = ((const struct board *)call->board)->whole;
    int here = 0;

    while (here < home->ranks && home->rank[here] < whole)
        here++;
    return here;
}

/* Seats on this node's own topology, by the same policy. */
static int seat_all(const struct home *home, const struct tie *tie,
                    const char *policy, struct err *err)
{
    struct board *board = tie->board;
    struct placement placement;
    int failed = 0;

    if (!home->topology)
        return err_set(err, EXIT_RESOURCE, "no CPU is left to the ranks");
    if (placement_plan(home->topology, policy, board->workers, &placement, err))
        return -1;
    for (int i = 0; i < board->workers; i++)
        board->slot[i].seat = placement.seat[i];
    board->allowed = placement.allowed;
    board->crowded = placement.crowded;
    if (tie->hybrid)
        failed = deal_board(home->topology, &placement, board, err);
    placement_free(&placement);
    return failed;
}

/* A folder that all nodes see is the conductor's; else each has its own. */
static int find_scratch(struct home *home, struct tie *tie, struct err *err)
{
    struct board *board = tie->board;
    char above[FOLDER_PATH];

    if (!*board->scratch || access(board->scratch, W_OK) == 0)
        return 0;
    snprintf(above, sizeof above, "%s", board->scratch);
    for (int up = 0; up < 2 && strrchr(above, '/'); up++)
        *strrchr(above, '/') = '\0';
    *board->scratch = '\0';
    if (!home->nursery)
        return err_set(err, EXIT_RESOURCE, "no folder '%s'", above);
    if (!*home->scratch &&
        nursery_folder(home->nursery, above, home->scratch, err))
        return -1;
    if (folder_make(home->scratch, executor_table[board->executor]->name,
                    board->scratch, err))
        return -1;
    tie->made_scratch = true;
    return 0;
}

/* The conductor has looked at its own node's memory only. */
static int check_memory(const struct board *board, struct err *err)
{
    double need = (double)board->arena_bytes * board->workers;
    double there = (double)mem_available();
    char wanted[32], have[32];

    if (need <= there)
        return 0;
    return err_set(err, EXIT_RESOURCE,
                   "%d workers need %s of memory, there are %s", board->workers,
                   mem_format((uint64_t)need, wanted, sizeof wanted),
                   mem_format((uint64_t)there, have, sizeof have));
}

/* This node's board: the whole one's head, and slots for those here. */
int tie_board(struct tie *tie, struct home *home, const struct call *call,
              int here, int first, struct err *err)
{
    struct board *board;

    if (board_create(&board, &tie->fd, here, err))
        return -1;
    tie->board = board;
    memcpy(board, call->board, offsetof(struct board, window_ns));
    board->workers = here;
    board->ranks = tie->ranks ? here : 0;
    board->tied = true;
    for (int i = 0; i < here; i++) {
        struct slot *slot = &board->slot[i];

        slot->task = tie->ranks && !tie->hybrid ? home->rank[i] : first + i;
        slot->rank = board->own_process ? slot->task : 0;
        slot->thread = board->own_process ? 0 : i;
        slot->node = home->node;
    }
    segment_path(tie->fd, tie->path, sizeof tie->path);
    return check_memory(board, err) || seat_all(home, tie, call->policy, err) ||
           find_scratch(home, tie, err);
}

void tie_number(struct tie *tie, int first)
{
    for (int i = 0; i < tie->board->workers; i++)
        tie->board->slot[i].rank += first;
}

int tie_host(struct tie *tie, const struct home *home, struct err *err)
{
    if (home->nursery)
        return nursery_host(home->nursery, tie->path, &tie->host, err);
    return err_set(err, EXIT_RESOURCE,
                   "the launcher did not say which rank comes first on its "
                   "node, and only ranks can work there");
}

/* -- waiting -------------------------------------------------------------- */

static uint32_t count_failed(const struct board *board)
{
    uint32_t failed = 0;

    for (int i = 0; i < board->workers; i++)
        failed += board->slot[i].failed;
    return failed;
}

static bool is_done(const struct tie *tie)
{
    const struct board *board = tie->board;
    uint32_t done = atomic_load(&board->done) + count_failed(board);

    if (board->err.code)
        return true;
    if (done < (uint32_t)board->workers)
        return false;
    return tie->ranks || board->order != ORDER_LEAVE ||
           atomic_load(&board->ended) || atomic_load(&board->troubles);
}

void tie_await(struct tie *tie, const struct home *home, uint64_t patience_ns)
{
    const int64_t look_ns = 100000000;
    struct board *board = tie->board;
    uint64_t troubled_ns = 0;
    struct err err;

    while (!is_done(tie)) {
        uint32_t news = atomic_load(&board->news);

        if (!tie->ranks && nursery_gone(home->nursery, &err))
            board_lost(board, err.text);
        if (atomic_load(&board->troubles) && !troubled_ns)
            troubled_ns = clock_now();
        if (troubled_ns && clock_now() - troubled_ns > patience_ns)
            return;
        if (!is_done(tie))
            futex_wait(&board->news, news, look_ns);
    }
}

static bool all_arrived(const struct board *board)
{
    return atomic_load_explicit(&board->arrived, memory_order_acquire) ==
               (uint32_t)board->workers ||
           atomic_load(&board->troubles);
}

void tie_await_arrivals(const struct tie *tie)
{
    const struct board *board = tie->board;
    const uint64_t nap_ns = 20000;
    unsigned spins = board->crowded ? 0 : 20000;

    for (unsigned i = 0; i < spins && !all_arrived(board); i++)
        cpu_relax();
    while (!all_arrived(board))
        clock_sleep(nap_ns);
}
