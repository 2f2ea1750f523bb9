/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A giant lock: one worker computes at a time, as in an interpreter with a
 * global lock, and it changes hands when somebody has waited for an interval.
 *
 * The rule is that of CPython's lock since 3.2 (A. Pitrou, "Reworking the GIL",
 * python-dev, October 2009): who waits asks for it after the interval; who has
 * it gives it up at its next checkpoint, or when it blocks, and does not take
 * it back before another had it. Given up unasked, it goes to whoever comes
 * first. In what order others get it is not said: nobody is left out for ever,
 * for who has waited an interval asks again.
 *
 * A turn thus lasts from one interval to two, and then to the next checkpoint.
 *
 * For threads of one process.
 */
#ifndef DRIVE_CORE_GIANT_H
#define DRIVE_CORE_GIANT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct giant;

enum { GIANT_INTERVAL_NS = 5000000 }; /* sys.getswitchinterval() */

int giant_open(struct giant **, uint64_t interval_ns, struct err *err);
void giant_close(struct giant *); /* NULL-safe; nobody holds or awaits it */

/* Takes it; returns the nanoseconds that took. Who has it may not. */
uint64_t giant_acquire(struct giant *);

/* Gives it up and waits for nobody; false when the caller had not had it, which
 * changes nothing. */
bool giant_release(struct giant *);

/* The holder's checkpoint: hands it over if somebody has asked, and takes it
 * again; returns the nanoseconds that took, 0 when nobody had asked. Does
 * nothing when the caller has not got it. */
uint64_t giant_yield(struct giant *);

#endif
