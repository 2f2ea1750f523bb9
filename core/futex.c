/* SPDX-License-Identifier: Apache-2.0 */
#include "core/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int futex_wait(_Atomic uint32_t *word, uint32_t seen, int64_t timeout_ns)
{
    struct timespec limit = {.tv_sec = timeout_ns / 1000000000,
                             .tv_nsec = timeout_ns % 1000000000};

    if (syscall(SYS_futex, (uint32_t *)word, FUTEX_WAIT, seen,
                timeout_ns < 0 ? NULL : &limit, NULL, 0) == 0)
        return 0;
    return errno == EAGAIN ? 0 : -1;
}

void futex_wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, (uint32_t *)word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void futex_await(_Atomic uint32_t *word, uint32_t seen, unsigned spins)
{
    for (unsigned i = 0; i < spins; i++) {
        if (atomic_load_explicit(word, memory_order_acquire) != seen)
            return;
        cpu_relax();
    }
    while (atomic_load_explicit(word, memory_order_acquire) == seen)
        futex_wait(word, seen, -1);
}
