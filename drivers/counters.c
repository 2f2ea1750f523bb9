/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_one(uint64_t event)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = event,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};

    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
                        PERF_FLAG_FD_CLOEXEC);
}

void counters_open(struct counters *c)
{
    static const uint64_t event[COUNTERS] = {
        [COUNTER_CYCLES] = PERF_COUNT_HW_CPU_CYCLES,
        [COUNTER_INSTRUCTIONS] = PERF_COUNT_HW_INSTRUCTIONS,
    };

    c->cause = 0;
    for (int i = 0; i < COUNTERS; i++) {
        c->fd[i] = open_one(event[i]);
        if (c->fd[i] < 0 && !c->cause)
            c->cause = errno;
    }
}

void counters_close(struct counters *c)
{
    for (int i = 0; i < COUNTERS; i++) {
        if (c->fd[i] >= 0)
            close(c->fd[i]);
    }
}

void counters_read(const struct counters *c, uint64_t value[COUNTERS])
{
    for (int i = 0; i < COUNTERS; i++) {
        value[i] = 0;
        if (c->fd[i] >= 0 &&
            read(c->fd[i], &value[i], sizeof value[i]) != sizeof value[i])
            value[i] = 0;
    }
}
