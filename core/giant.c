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
    pthread_cond_t freed, switched;
    uint64_t interval_ns;
    bool held;
    uint64_t turns;    /* how often it was taken */
    _Atomic int asked; /* somebody has waited for an interval */
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
    pthread_cond_init(&g->switched, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *giant = g;
    return 0;
}

void giant_close(struct giant *giant)
{
    if (!giant)
        return;
    pthread_cond_destroy(&giant->switched);
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
        atomic_store(&giant->asked, 1);
}

static void take(struct giant *giant)
{
    while (giant->held)
        await_turn(giant);
    giant->held = true;
    giant->turns++;
    atomic_store(&giant->asked, 0);
    pthread_cond_broadcast(&giant->switched);
}

static void give(struct giant *giant)
{
    giant->held = false;
    pthread_cond_signal(&giant->freed);
}

uint64_t giant_acquire(struct giant *giant)
{
    uint64_t start = clock_now();

    pthread_mutex_lock(&giant->mutex);
    take(giant);
    pthread_mutex_unlock(&giant->mutex);
    return clock_now() - start;
}

void giant_release(struct giant *giant)
{
    pthread_mutex_lock(&giant->mutex);
    give(giant);
    pthread_mutex_unlock(&giant->mutex);
}

uint64_t giant_yield(struct giant *giant)
{
    uint64_t start, turns;

    if (!atomic_load_explicit(&giant->asked, memory_order_relaxed))
        return 0;
    start = clock_now();
    pthread_mutex_lock(&giant->mutex);
    turns = giant->turns;
    give(giant);
    /* Who asked is awake and waits for the mutex: it takes the lock before we
     * can, unless it takes it from another. */
    while (giant->turns == turns)
        pthread_cond_wait(&giant->switched, &giant->mutex);
    take(giant);
    pthread_mutex_unlock(&giant->mutex);
    return clock_now() - start;
}
