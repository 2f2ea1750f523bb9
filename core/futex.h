/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sleep and wake on a word of memory, across threads and processes alike
 * (the shared form of Linux's futex). See futex(2).
 */
#ifndef DRIVE_CORE_FUTEX_H
#define DRIVE_CORE_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/* Sleeps while *word == seen, at most timeout_ns (< 0: no limit). Returns 0
 * when woken or when the word differs, -1 with errno EINTR (signal) or
 * ETIMEDOUT. Wake-ups may be spurious: the caller looks at the word again. */
int futex_wait(_Atomic uint32_t *word, uint32_t seen, int64_t timeout_ns);

void futex_wake_all(_Atomic uint32_t *word);

/* Waits until *word != seen: looks `spins` times, then sleeps. Pass 0 spins
 * where there are more workers than cores. */
void futex_await(_Atomic uint32_t *word, uint32_t seen, unsigned spins);

/* Tells the core that this is a spinning loop. */
static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#endif
