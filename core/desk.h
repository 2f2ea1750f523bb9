/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk: the memory that a parent shares with the children it brings to
 * life (core/brood.h), be they threads, copies or programs of their own. There
 * they stamp when they are ready and when they end, wait to be released, and
 * leave what went wrong. It is a segment, so nothing of it outlives them.
 */
#ifndef DRIVE_CORE_DESK_H
#define DRIVE_CORE_DESK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

struct stamp {
    uint64_t begun_ns; /* main began, in a program of its own; else 0 */
    uint64_t ready_ns, end_ns;
};

/* Counts up to `n`; whoever fills it wakes who waits. */
struct muster {
    _Atomic uint32_t count, full;
};

struct desk {
    uint64_t magic;
    pid_t parent;
    int n;
    size_t bytes, own_at, stride;
    struct muster ready;
    struct muster ended;        /* counted of pooled children only */
    _Atomic uint32_t released;  /* children may end */
    _Atomic uint32_t stopped;   /* children must end: something failed */
    _Atomic uint32_t turn;      /* pooled children: one more life */
    _Atomic uint32_t troubles;  /* children that failed or were lost */
    _Atomic uint32_t explained; /* err is written */
    struct err err;             /* of the first of them */
    _Alignas(64) char room[];
};

/* For n children, zeroed; `room` bytes for the kernel and `each` for each
 * child. *fd keeps it and is the caller's. */
int desk_create(struct desk **, int *fd, int n, size_t room, size_t each,
                struct err *);

/* Maps the desk behind a path of its segment; EXIT_RESOURCE when it is gone,
 * EXIT_USAGE when it is something else. */
int desk_join(struct desk **, const char *path, struct err *);
void desk_close(struct desk *); /* NULL-safe: unmaps */

struct stamp *desk_stamp(struct desk *, int i);
void *desk_own(struct desk *, int i); /* the child's `each` bytes */

/* Parent: before children are made, so that they find nothing of the last. */
void desk_clear(struct desk *);
void desk_release(struct desk *);
void desk_stop(struct desk *); /* and releases */

/* The words of the first child that failed: 0 when none has. */
int desk_trouble(struct desk *, struct err *);

/* A child that waitpid has reported: 0 when it ended well. */
int desk_lost(struct desk *, int i, int status);

/* -- inside a child ------------------------------------------------------- */

/* The whole life of child i; returns its exit code. */
typedef int life_fn(void *desk, int i);

/* Lives, and stamps the end. */
int desk_live(struct desk *, int i, life_fn *);

void desk_ready(struct desk *, int i);
void desk_await(struct desk *); /* until released */

/* Sleeps; returns at once when children must end. */
void desk_sleep(struct desk *, uint64_t ns);

/* Leaves word of what went wrong and returns err->code, to be returned. */
int desk_fail(struct desk *, const struct err *);

/* Ends the calling process when its parent does; false: that has happened.
 * parent 0: whoever it is. */
bool desk_follow(pid_t parent);

void muster_add(struct muster *, uint32_t n);

#endif
