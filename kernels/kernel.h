/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel: what is computed, written once for every executor. Its file ends
 * with its descriptor; kernels.def names it; nothing else knows it.
 *
 * Life on every worker: setup once; then per trial reset, step, verify; at
 * the end nothing, for all memory is the arena's. In replicate mode, and
 * under the serial executor, the worker given is a team of one, so a kernel
 * does not ask for the mode.
 */
#ifndef DRIVE_KERNELS_KERNEL_H
#define DRIVE_KERNELS_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/param.h"
#include "core/study.h"
#include "core/worker.h"

/* divide: one problem shared out over the workers (strong scaling).
 * replicate: every worker does a whole problem (throughput). */
enum mode { MODE_DIVIDE = 1, MODE_REPLICATE = 2 };

/* With the kernel it fixes the work exactly. Plain data: it travels through
 * shared memory. */
struct problem {
    enum mode mode;
    uint64_t seed;
    union param_value value[PARAM_MAX]; /* by row of the kernel's table */
};

/* The kernel's own model of one step on one problem. */
struct work {
    double amount; /* in the kernel's unit */
    double bytes;  /* least traffic with memory; 0: not modelled */
    double memory; /* bytes the team touches, all workers together */
    double arena;  /* bytes each worker's arena must have room for */
    enum mem_pages pages;
    bool window; /* ranks, too, shall address each other's arenas */
};

/* What verify found. */
struct outcome {
    double residual; /* 0: exact; verify fails above `tolerance` */
    double tolerance;
    uint64_t checksum; /* of the result, order-free; equal for one problem
                          under every executor and any number of workers.
                          0: the kernel has none */
    double metric[METRICS_MAX]; /* by row of the kernel's table; NAN where
                                   there is nothing to say */
};

enum kernel_traits {
    KERNEL_FILES = 1,  /* writes files: its workers get a scratch folder */
    KERNEL_PHASES = 4, /* its metrics in seconds are the phases of a step, one
                          behind the other: the record has them of each worker
                          (struct span) */
    KERNEL_PARENT = 2, /* its step brings worker->tasks workers to life itself,
                          by worker->birth (core/birth.h): under every executor
                          it runs on one worker, the parent, in a process of its
                          own that has no other thread */
};

struct kernel {
    const char *name, *summary;
    const char *unit;             /* of work: "flop", "byte", "task" */
    const struct param *params;   /* ends with a row without a name */
    const char *absent;           /* NULL, or why this build lacks it */
    unsigned modes;               /* MODE_DIVIDE | MODE_REPLICATE */
    unsigned traits;              /* enum kernel_traits */
    const char *bound;            /* the kernel whose rate bounds this one's, of
                                     the same unit; NULL: none */
    const struct metric *metrics; /* what it measures besides time, see
                                     outcome.metric; NULL: nothing */
    /* Weak scaling of a divided problem: the parameter, a count, that grows
     * with the workers so that each has as much work as before, and the power
     * of it that the work grows with (a matrix product: n, 3). NULL: there is
     * none, or several would do. */
    const char *grows;
    double power;

    /* Refuses problems that make no sense (EXIT_USAGE); touches no memory. */
    int (*plan)(const struct problem *, int workers, struct work *,
                struct err *);
    /* Allocates from the arena, makes the data; collective. With EXIT_ABSENT
     * it says that this executor cannot do that: the row is shown as skipped,
     * with the text. */
    int (*setup)(struct worker *, const struct problem *, void **state,
                 struct err *);
    /* Untimed, before each trial: spoils the last result, so that a step
     * that does nothing is found out. May be NULL. */
    void (*reset)(struct worker *, void *state);
    /* The timed part; may run several times on end. */
    int (*step)(struct worker *, void *state, struct err *);
    /* Untimed, after each trial, collective: fails with EXIT_WRONG. */
    int (*verify)(struct worker *, void *state, struct outcome *, struct err *);
    /* The whole life of child `i` of a KERNEL_PARENT, when it is a program of
     * its own (a rank, or started by exec) and has nothing of the parent but
     * `desk`, the memory that the parent shares with all of them. Returns its
     * exit code. NULL where there are no such children. */
    int (*life)(void *desk, int i);
};

/* All kernels of this build, absent ones too; ends with NULL. */
extern const struct kernel *const kernel_table[];

/* Index in the table, or -1: EXIT_USAGE, quotes the name, names the nearest. */
int kernel_find(const char *name, struct err *err);

const char *mode_name(enum mode);

#endif
