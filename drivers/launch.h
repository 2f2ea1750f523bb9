/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launchers: were we started by one, and which one would start our own ranks
 * (core/launcher.h does).
 */
#ifndef DRIVE_DRIVERS_LAUNCH_H
#define DRIVE_DRIVERS_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/launcher.h"

/* The variable by which a conductor tells its own ranks where the lobby is. */
#define LOBBY_VARIABLE "DRIVE_LOBBY"

/* Who this process is among those started with it, read from the environment
 * without touching MPI. */
struct launch {
    bool launched;     /* by mpirun, srun and the like */
    int rank, size;    /* 0 of 1 when not launched */
    bool first_here;   /* of its node's ranks, and not all are on this node */
    const char *lobby; /* path, when our own conductor started us; else NULL */
};
void launch_detect(struct launch *);

/* A hash of the words of a command line, never 0. */
uint64_t launch_hash(int argc, char **argv);

/* The launcher that would be used: `asked` (a command, or NULL for the one of
 * the MPI this was built with, else mpirun or mpiexec on the PATH). Fails,
 * naming what was looked for, with EXIT_RESOURCE where one was asked for, else
 * with EXIT_ABSENT. */
int launcher_find(const char *asked, char *out, size_t size, struct err *err);

#endif
