/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/board.h"

#include "core/clock.h"
#include "core/futex.h"
#include "core/segment.h"
#include "drivers/executors/executor.h"

/* A start window long enough for a word to cross the machine; it is widened
 * when workers turn out to miss it. */
enum { FIRST_WINDOW_NS = 2000 };

/* How often the conductor looks up while it waits. */
enum { LOOK_NS = 200000000 };

static size_t board_bytes(int workers)
{
    return sizeof(struct board) + (size_t)workers * sizeof(struct slot);
}

int board_create(struct board **board, int *fd, int workers, struct err *err)
{
    void *at;

    if (segment_create("drive-board", board_bytes(workers), &at, fd, err))
        return -1;
    *board = at;
    (*board)->workers = (*board)->whole = (*board)->tasks = workers;
    for (int i = 0; i < workers; i++)
        (*board)->slot[i].task = i;
    (*board)->window_ns = FIRST_WINDOW_NS;
    (*board)->repeats = 1;
    return 0;
}

int board_join(struct board **board, const char *path, struct err *err)
{
    void *at;

    if (segment_join(path, &at, err))
        return -1;
    *board = at;
    return 0;
}

void board_close(struct board *board)
{
    if (board)
        segment_leave(board, board_bytes(board->workers));
}

/* -- the conductor ------------------------------------------------------- */

void board_post(struct board *board, enum order order)
{
    board->order = order;
    atomic_store(&board->done, 0);
    atomic_store(&board->arrived, 0);
    atomic_store(&board->open, 0);
    atomic_store(&board->t0, 0);
    atomic_fetch_add(&board->orders, 1);
    futex_wake_all(&board->orders);
}

/* The words of the first who knew. */
static int trouble(const struct board *board, struct err *err)
{
    for (int i = 0; i < board->workers; i++) {
        if (board->slot[i].failed) {
            *err = board->slot[i].err;
            return -1;
        }
    }
    *err = board->err;
    return -1;
}

int board_wait(struct board *board, const struct watch *watch, struct err *err)
{
    uint32_t workers = (uint32_t)board->workers;

    for (;;) {
        uint32_t news = atomic_load(&board->news);

        if (atomic_load(&board->troubles))
            return trouble(board, err);
        if (atomic_load(&board->done) == workers)
            return 0;
        if (*watch->stop)
            return err_set(err, EXIT_SIGNAL + *watch->stop, "interrupted");
        if (watch->gone && watch->gone(watch->arg, err))
            return -1;
        futex_wait(&board->news, news, LOOK_NS);
    }
}

void board_tell(struct board *board)
{
    atomic_fetch_add(&board->news, 1);
    futex_wake_all(&board->news);
}

int board_first(const struct board *board, int place)
{
    int rank = board->slot[0].rank + place, i = 0;

    while (i < board->workers - 1 && board->slot[i].rank != rank)
        i++;
    return i;
}

/* -- the host ------------------------------------------------------------ */

void board_born(struct board *board)
{
    board->born_ns = clock_now();
}

void board_ended(struct board *board)
{
    atomic_store(&board->ended, 1);
    board_tell(board);
}

void board_lost(struct board *board, const char *text)
{
    err_set(&board->err, EXIT_RESOURCE, "%s", text);
    atomic_fetch_add(&board->troubles, 1);
    board_tell(board);
}

int household_open(struct household *house, const struct board *board,
                   bool inheriting, struct err *err)
{
    void *page;

    *house = (struct household){.globals = NULL};
    /* Not MEM_BASE, which is shared with forked children whatever is asked. */
    if (mem_map(&page, sizeof *house->globals, MEM_NATIVE, false, err))
        return -1;
    house->globals = page;
    house->globals->parent = inheriting ? GLOBALS_PARENT : 0;
    if (!board->serialized ||
        !giant_open(&house->giant, GIANT_INTERVAL_NS, err))
        return 0;
    household_close(house);
    return -1;
}

void household_close(struct household *house)
{
    giant_close(house->giant);
    mem_unmap(house->globals, sizeof *house->globals);
}

void board_worker(struct board *board, int rank, struct arena *arena,
                  const struct household *house, struct worker *w)
{
    *w = (struct worker){.rank = rank,
                         .size = board->workers,
                         .task = board->slot[rank].task,
                         .tasks = board->tasks,
                         .crowded = board->crowded,
                         .birth = executor_table[board->executor]->birth,
                         .launcher = board->launcher,
                         .scratch = board->scratch,
                         .globals = house->globals,
                         .giant = house->giant,
                         .talk_ns = &board->slot[rank].talk_ns,
                         .lock_ns = &board->slot[rank].lock_ns,
                         .arena = arena};
}
