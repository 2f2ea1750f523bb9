/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small process that forks children on request: it was forked before its
 * parent grew, so that what a fork costs does not grow with the parent. The
 * idea of Python's multiprocessing.forkserver, and of our nursery.
 */
#ifndef DRIVE_CORE_FORKSERVER_H
#define DRIVE_CORE_FORKSERVER_H

#include "core/desk.h"
#include "core/err.h"

struct forkserver;

/* Forks the server. Its children live `life`; it ends with its parent, and
 * they with it. */
int forkserver_open(struct forkserver **, struct desk *, life_fn *life,
                    struct err *);

/* Has it fork all children of the desk. Returns how many it could, and the
 * errno of the one it could not; -1 where the server is gone. */
int forkserver_fork(struct forkserver *, int *error);

/* Until it has waited for all of them; those that were lost are on the desk. */
int forkserver_join(struct forkserver *, struct err *);

/* Ends it; children that do not end by themselves go with it. NULL-safe. */
void forkserver_close(struct forkserver *);

#endif
