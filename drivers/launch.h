/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launchers: were we started by one, and starting ranks by one of our own.
 */
#ifndef DRIVE_DRIVERS_LAUNCH_H
#define DRIVE_DRIVERS_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

/* Who this process is among those started with it, read from the environment
 * without touching MPI. */
struct launch {
    bool launched;     /* by mpirun, srun and the like */
    int rank, size;    /* 0 of 1 when not launched */
    const char *lobby; /* path, when our own conductor started us; else NULL */
};
void launch_detect(struct launch *);

/* A hash of the words of a command line, never 0. */
uint64_t launch_hash(int argc, char **argv);

struct launcher; /* a running one */

/* The launcher that would be used: `asked` (a command, or NULL for the one of
 * the MPI this was built with, else mpirun or mpiexec on the PATH). Fails,
 * naming what was looked for, with EXIT_RESOURCE where one was asked for, else
 * with EXIT_ABSENT. */
int launcher_find(const char *asked, char *out, size_t size, struct err *err);

/* Starts `COMMAND -n ranks PROGRAM`, with this program as the ranks' and the
 * lobby's path in their environment; root and more ranks than cores are
 * allowed. What it writes to stderr is kept for the reason of a failure. */
int launcher_start(struct launcher **, const char *command, int ranks,
                   const char *lobby_path, struct err *err);

/* Whether it has ended by itself; if so says why. */
bool launcher_gone(struct launcher *, struct err *err);

/* Waits for its end; after `patience_ns` ends it, first gently. Frees it. */
void launcher_end(struct launcher *, uint64_t patience_ns); /* NULL-safe */

#endif
