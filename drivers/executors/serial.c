/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serial: one worker, and nobody to talk to. The base of every speed-up.
 */
#include "drivers/executors/executor.h"

static int run(struct board *board, struct err *err)
{
    struct arena arena = {.bytes = board->arena_bytes};
    struct household house;
    struct worker w, alone;
    void *map;

    board_born(board);
    if (household_open(&house, board, true, err))
        return -1;
    if (mem_map(&map, arena.bytes, board->pages, false, err)) {
        household_close(&house);
        return -1;
    }
    arena.base = map;
    board_worker(board, 0, &arena, &house, &w);
    worker_alone(&alone, &w);
    board_work(board, &alone);
    mem_unmap(map, arena.bytes);
    household_close(&house);
    return 0;
}

const struct executor executor_serial = {
    .name = "serial",
    .summary = "one worker: the base of every speed-up",
    .flags = EXECUTOR_ONE_WORKER | EXECUTOR_OWN_PROCESS,
    .birth = BIRTH_CALL,
    .run = run,
};
