/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launcher at work: `COMMAND -n RANKS PROGRAM` with this program as ranks.
 */
#ifndef DRIVE_CORE_LAUNCHER_H
#define DRIVE_CORE_LAUNCHER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct launcher; /* a running one */

/* Starts it with variable=value in the ranks' environment; root and more ranks
 * than cores are allowed, binding is left to the ranks. Where we are a rank
 * ourselves, what our own launcher said is taken out. It is started as vfork
 * does, so that the size of this process is no part of the cost. What it writes
 * to stderr is kept for the reason of a failure. */
int launcher_start(struct launcher **, const char *command, int ranks,
                   const char *variable, const char *value, struct err *err);

/* Whether it has ended by itself; if so says why. */
bool launcher_gone(struct launcher *, struct err *err);

/* Waits for its end; after `patience_ns` ends it, first gently. Frees it.
 * Returns what waitpid said of it. */
int launcher_end(struct launcher *, uint64_t patience_ns); /* NULL-safe */

#endif
