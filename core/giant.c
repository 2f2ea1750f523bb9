/* SPDX-License-Identifier: Apache-2.0 */
#include "core/giant.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"

struct giant {
    pthread_mutex_t mutex; /* of all but `asked`, which is peeked at */
    pthread_cond_t freed;
    uint64_t interval_ns;
    bool held;
    bool owed;         /* given up on request: not for `last` */
    pthread_t last;    /* who had it last, once turns > 0 */
    uint64_t turns;    /* how often it was taken */
    _Atomic int asked; /* somebody has waited for an interval; only set while
                          somebody waits, who leaves no other way than with
                          the lock */
};

int giant_open(struct giant **giant, uint64_t interval_ns, struct err *err)
{
    struct giant *g = calloc(1, sizeof *g);
    pthread_condattr_t monotonic;

    if (!g)
        return err_set(err, EXIT_RESOURCE, "no memory for a lock");
    g->interval_ns = interval_ns;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&g->mutex, NULL);
    pthread_cond_init(&g->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *giant = g;
    return 0;
}

void giant_close(struct giant *giant)
{
    if (!giant)
        return;
    pthread_cond_destroy(&giant->freed);
    pthread_mutex_destroy(&giant->mutex);
    free(giant);
}

/* Waits for one interval; asks for the lock when it was not given meanwhile
 * to anybody. */
static void await_turn(struct giant *giant)
{
    uint64_t turns = giant->turns, end = clock_now() + giant->interval_ns;
    struct timespec until = {.tv_sec = (time_t)(end / 1000000000),
                             .tv_nsec = (long)(end % 1000000000)};
    int late = pthread_cond_timedwait(&giant->freed, &giant->mutex, &until);

    if (late == ETIMEDOUT && giant->held && giant->turns == turns)
        atomic_store_explicit(&giant->asked, 1, memory_order_relaxed);
}

static void take(struct giant *giant)
{
    pthread_t self = pthread_self();

    while (giant->held || (giant->owed && pthread_equal(giant->last, self)))
        await_turn(giant);
    giant->held = true;
    giant->owed = false;
    giant->last = self;
    giant->turns++;
    atomic_store_explicit(&giant->asked, 0, memory_order_relaxed);
}

/* Wakes one who waits. That is never in vain: while it is owed, `last` alone
 * may not have it, and `last` does not wait yet. */
static void give(struct giant *giant)
{
    giant->held = false;
    giant->owed = atomic_load_explicit(&giant->asked, memory_order_relaxed);
    pthread_cond_signal(&giant->freed);
}

static bool is_mine(const struct giant *giant)
{
    return giant->held && pthread_equal(giant->last, pthread_self());
}

uint64_t giant_acquire(struct giant *giant)
{
    uint64_t start = clock_now();

    pthread_mutex_lock(&giant->mutex);
    take(giant);
    pthread_mutex_unlock(&giant->mutex);
    return clock_now() - start;
}

bool giant_release(struct giant *giant)
{
    bool had;

    pthread_mutex_lock(&giant->mutex);
    had = is_mine(giant);
    if (had)
        give(giant);
    pthread_mutex_unlock(&giant->mutex);
    return had;
}

uint64_t giant_yield(struct giant *giant)
{
    uint64_t start;

    /* Who asked is seen at the next checkpoint, if not at this. */
    if (!atomic_load_explicit(&giant->asked, memory_order_relaxed))
        return 0;
    start = clock_now();
    pthread_mutex_lock(&giant->mutex);
    if (is_mine(giant)) {
        give(giant);
        take(giant);
    }
    pthread_mutex_unlock(&giant->mutex);
    return clock_now() - start;
}
