/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"

#include <errno.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_thread(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_process(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void timer_calibrate(struct timer *timer)
{
    enum { ROUNDS = 100, READS = 1000 };
    uint64_t least_step = UINT64_MAX, least_round = UINT64_MAX;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t first = clock_now(), last = first;

        for (int i = 0; i < READS; i++) {
            uint64_t now = clock_now();

            if (now > last && now - last < least_step)
                least_step = now - last;
            last = now;
        }
        if (last - first < least_round)
            least_round = last - first;
    }
    timer->overhead_ns = least_round / READS ? least_round / READS : 1;
    timer->resolution_ns = least_step;
}

uint64_t timer_least_region(const struct timer *timer)
{
    uint64_t by_overhead = 20 * timer->overhead_ns;
    /* A step no longer than a reading only says that the clock is finer. */
    uint64_t by_step = timer->resolution_ns > 2 * timer->overhead_ns
                           ? 100 * timer->resolution_ns
                           : 0;

    return by_overhead > by_step ? by_overhead : by_step;
}

void clock_sleep(uint64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / 1000000000),
                            .tv_nsec = (long)(ns % 1000000000)};

    while (nanosleep(&left, &left) && errno == EINTR)
        ;
}
