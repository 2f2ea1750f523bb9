/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/lobby.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/futex.h"
#include "core/segment.h"

static size_t lobby_bytes(int ranks)
{
    return sizeof(struct lobby) +
           (size_t)ranks * (sizeof(struct guest) + sizeof(struct node_card));
}

struct node_card *lobby_card(struct lobby *lobby, int node)
{
    return (struct node_card *)&lobby->guest[lobby->ranks] + node;
}

int lobby_here(const struct lobby *lobby, int workers)
{
    int here = 0;

    if (lobby->nodes < 2)
        return workers;
    for (int i = 0; i < workers && i < lobby->ranks; i++)
        here += lobby->guest[i].node == 0;
    return here;
}

int lobby_create(struct lobby **lobby, int *fd, int ranks, struct err *err)
{
    void *at;

    if (segment_create("drive-lobby", lobby_bytes(ranks), &at, fd, err))
        return -1;
    *lobby = at;
    (*lobby)->ranks = ranks;
    return 0;
}

int lobby_join(struct lobby **lobby, const char *path, struct err *err)
{
    void *at;

    if (segment_join(path, &at, err))
        return -1;
    *lobby = at;
    return 0;
}

void lobby_leave(struct lobby *lobby)
{
    if (lobby)
        segment_leave(lobby, lobby_bytes(lobby->ranks));
}

int lobby_wait(struct lobby *lobby, const struct watch *watch, struct err *err)
{
    /* The end of a launcher may fall between a look and the sleep. */
    const int64_t look_again_ns = 100000000;

    for (;;) {
        uint32_t joined = atomic_load(&lobby->joined);

        if (atomic_load(&lobby->trouble)) {
            *err = lobby->err;
            return -1;
        }
        if (joined == (uint32_t)lobby->ranks)
            return 0;
        if (*watch->stop)
            return err_set(err, EXIT_SIGNAL + *watch->stop, "interrupted");
        if (watch->gone && watch->gone(watch->arg, err))
            return -1;
        futex_wait(&lobby->joined, joined, look_again_ns);
    }
}

void lobby_call(struct lobby *lobby, const char *board_path)
{
    atomic_fetch_add(&lobby->calls, 1);
    snprintf(lobby->board, sizeof lobby->board, "%s", board_path);
    atomic_fetch_add(&lobby->calls, 1);
    futex_wake_all(&lobby->calls);
}

void lobby_close(struct lobby *lobby, int code)
{
    lobby->code = code;
    atomic_store(&lobby->closed, 1);
    atomic_fetch_add(&lobby->calls, 2);
    futex_wake_all(&lobby->calls);
    atomic_fetch_add(&lobby->bell, 1);
    futex_wake_all(&lobby->bell);
}

bool lobby_send(struct lobby *lobby, const struct errand *errand,
                const struct watch *watch)
{
    const uint64_t patience_ns = 3000000000;
    uint64_t end = clock_now() + patience_ns;

    while (atomic_load(&lobby->taken) != atomic_load(&lobby->bell)) {
        if (clock_now() > end || watch->gone(watch->arg, NULL))
            return false;
        clock_sleep(50000);
    }
    lobby->errand = *errand;
    atomic_fetch_add(&lobby->bell, 1);
    futex_wake_all(&lobby->bell);
    return true;
}

void lobby_enter(struct lobby *lobby, int rank, const struct guest *guest)
{
    lobby->guest[rank] = *guest;
    atomic_fetch_add(&lobby->joined, 1);
    futex_wake_all(&lobby->joined);
}

bool lobby_next(struct lobby *lobby, uint32_t *seen, char *path, size_t size)
{
    uint32_t before;

    do {
        futex_await(&lobby->calls, *seen, 0);
        while ((before = atomic_load(&lobby->calls)) % 2)
            futex_await(&lobby->calls, before, 0);
        snprintf(path, size, "%s", lobby->board);
    } while (atomic_load(&lobby->calls) != before);
    *seen = before;
    return !atomic_load(&lobby->closed);
}

void lobby_trouble(struct lobby *lobby, const struct err *err)
{
    lobby->err = *err;
    atomic_store(&lobby->trouble, 1);
    atomic_fetch_add(&lobby->joined, 1);
    futex_wake_all(&lobby->joined);
}
