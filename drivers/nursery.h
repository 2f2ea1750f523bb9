/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nursery: a small, clean process, forked before MPI, OpenMP or hwloc have
 * run, from which the hosts of all teams are forked on request. So no executor
 * ever forks from a process with threads in it, or from one that holds
 * matrices; and code for them is the same with and without a launcher.
 *
 * It ends when the conductor does, by whatever means, and its hosts with it;
 * last of all it removes the folder that kernels wrote to.
 */
#ifndef DRIVE_DRIVERS_NURSERY_H
#define DRIVE_DRIVERS_NURSERY_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

struct nursery;

/* Forks it. To be called first of all. */
int nursery_open(struct nursery **, struct err *);

/* Forks a host that runs the board's executor; the board learns of it when
 * the host ends before its time. Sets *host to its pid. */
int nursery_host(struct nursery *, const char *board_path, pid_t *host,
                 struct err *);

/* Ends a host and its workers at once, and returns when it is gone. Harmless
 * when it has ended by itself. */
void nursery_end(struct nursery *, pid_t host);

/* Whether it has died, which no host survives; if so fills err. */
bool nursery_gone(struct nursery *, struct err *);

/* Has it make a folder in `home`, which it removes when it ends: path, of
 * FOLDER_PATH bytes (drivers/folder.h). Once. */
int nursery_folder(struct nursery *, const char *home, char *path,
                   struct err *);

void nursery_close(struct nursery *); /* NULL-safe */

#endif
