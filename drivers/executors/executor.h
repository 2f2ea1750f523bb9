/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An executor: how workers come to life and talk. Its file ends with its
 * descriptor; executors.def names it; nothing else knows it.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_EXECUTOR_H
#define DRIVE_DRIVERS_EXECUTORS_EXECUTOR_H

#include "core/err.h"
#include "drivers/board.h"

enum executor_flags {
    EXECUTOR_ONE_WORKER = 1,     /* whatever number was asked for */
    EXECUTOR_SHARED_MEMORY = 2,  /* workers address each other's arenas */
    EXECUTOR_OWN_PROCESS = 4,    /* each worker is a process of its own */
    EXECUTOR_NEEDS_LAUNCHER = 8, /* hosted by a launcher's ranks, not by the
                                    nursery */
    EXECUTOR_HYBRID = 16,        /* its ranks have threads; only there when it
                                    is asked for */
};

struct executor {
    const char *name, *summary;
    const char *absent; /* NULL, or why this build lacks it */
    unsigned flags;
    enum birth birth; /* how it brings workers to life */

    /* Runs in the team's host: a fresh child of the nursery, or every rank
     * of a launcher. Brings board->workers workers to life, has each live by
     * board_work, and returns when all have ended. */
    int (*run)(struct board *, struct err *);
};

/* All executors in the order of the tables, absent ones too; ends with NULL. */
extern const struct executor *const executor_table[];

/* Hosts the parents of KERNEL_PARENT kernels, under every executor. */
extern const struct executor executor_serial;

/* Index in the table, or -1: EXIT_USAGE, quotes the name, names the nearest. */
int executor_find(const char *name, struct err *err);

#endif
