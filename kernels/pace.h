/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How workers that address each other's arenas keep step with those next to
 * them, without a barrier of all: each counts in its own arena how far it has
 * come, and waits for its neighbours' counts. Whoever counts orders its writes
 * before the reads of those who waited for the count.
 *
 * A count takes a line of its own: worker_alloc it, and find the peer's with
 * worker_peer.
 */
#ifndef DRIVE_KERNELS_PACE_H
#define DRIVE_KERNELS_PACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/futex.h"
#include "core/worker.h"

enum { PACE_SPINS = 20000 }; /* some 0.3 ms, then it sleeps */

struct pace {
    _Alignas(64) _Atomic uint32_t count; /* may wrap */
    _Atomic uint32_t sleepers;
};

static inline void pace_advance(struct pace *mine)
{
    atomic_fetch_add(&mine->count, 1);
    if (atomic_load(&mine->sleepers))
        futex_wake_all(&mine->count);
}

/* Counts that wrap compare by their distance. */
static inline int pace_reached(uint32_t count, uint32_t goal)
{
    return (int32_t)(count - goal) >= 0;
}

/* Waits until the peer has counted to `goal`. */
static inline void pace_await(struct worker *w, struct pace *peer,
                              uint32_t goal)
{
    unsigned spins = w->crowded ? 0 : PACE_SPINS;
    struct talk talk = worker_talks(w);
    uint32_t seen = atomic_load(&peer->count);

    for (unsigned i = 0; i < spins && !pace_reached(seen, goal); i++) {
        cpu_relax();
        seen = atomic_load_explicit(&peer->count, memory_order_acquire);
    }
    /* Counted before looking again: the peer sees the sleeper, or the sleeper
     * sees the count. */
    if (!pace_reached(seen, goal)) {
        atomic_fetch_add(&peer->sleepers, 1);
        while (!pace_reached(seen = atomic_load(&peer->count), goal))
            futex_await(&peer->count, seen, 0);
        atomic_fetch_sub(&peer->sleepers, 1);
    }
    worker_talked(w, talk);
}

#endif
