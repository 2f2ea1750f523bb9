/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A giant lock: one worker computes at a time, as in an interpreter with a
 * global lock, and it changes hands when somebody has waited for an interval.
 *
 * The rule is that of CPython's lock since 3.2 (A. Pitrou, "Reworking the GIL",
 * python-dev, October 2009): who waits asks for it after the interval; who has
 * it gives it up at its next checkpoint and does not take it back before
 * another had it.
 *
 * For threads of one process.
 */
#ifndef DRIVE_CORE_GIANT_H
#define DRIVE_CORE_GIANT_H

#include <stdint.h>

#include "core/err.h"

struct giant;

enum { GIANT_INTERVAL_NS = 5000000 }; /* sys.getswitchinterval() */

int giant_open(struct giant **, uint64_t interval_ns, struct err *err);
void giant_close(struct giant *); /* NULL-safe; nobody holds or awaits it */

/* Takes it; returns the nanoseconds that took. */
uint64_t giant_acquire(struct giant *);
void giant_release(struct giant *);

/* The holder's checkpoint: hands it over if somebody has asked, and takes it
 * again; returns the nanoseconds that took, 0 when nobody had asked. */
uint64_t giant_yield(struct giant *);

#endif
