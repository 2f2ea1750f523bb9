/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing children to life, in every way there is: create all, wait until all
 * are ready, release them, join them. Each step is a call of its own, so that
 * the caller can time it. What parent and children have in common is a desk.
 *
 * The loops are as bare as a loop of pthread_create or fork: no list, no lock,
 * no message a child; waiting is a sleep on one word. Children end with their
 * parent, also when it is killed.
 */
#ifndef DRIVE_CORE_BROOD_H
#define DRIVE_CORE_BROOD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/birth.h"
#include "core/desk.h"
#include "core/err.h"

struct brood_plan {
    enum birth birth;
    bool pooled; /* CLONE, FORK: made once, by brood_open, and from then on
                    only woken */
    bool unheld; /* released from the start: ends as soon as it can */
    int n;
    int kernel;           /* for programs of their own: whose life it is */
    const char *launcher; /* LAUNCH: the command */
    size_t room, each;    /* of the desk */
    life_fn *life;        /* NULL for programs of their own */
    /* Called before child i is made, as the head of a loop; or NULL. */
    void (*next)(void *arg, int i);
    void *arg;
};

struct brood;

/* Makes the desk, and what must be there before the first child: a pool, or
 * the server, which forks what the parent weighs now and not later. */
int brood_open(struct brood **, const struct brood_plan *, struct err *);
struct desk *brood_desk(struct brood *);

/* Creates, or wakes, all n; by CALL they also live. Where one cannot be made
 * all are ended and joined, and the text says which, why, and how many
 * lived. */
int brood_bear(struct brood *, struct err *);

/* Until all have said desk_ready; fails as soon as one is lost instead, and
 * then has ended and joined all. */
int brood_await(struct brood *, struct err *);

/* Releases them and waits until all have ended; fails with the words of the
 * first that failed or was lost. */
int brood_join(struct brood *, struct err *);

/* Ends those that are left. NULL-safe. */
void brood_close(struct brood *);

/* A program that was started as a child: what it was called for. */
struct born {
    int kernel;
    int i; /* -1: a rank, which learns its number from MPI */
    struct desk *desk;
};

/* The variable that calls it, as born_read wants it, or NULL: we are none. */
const char *born_called(void);

/* Maps the desk, and sees to it that this process ends with its parent. Fails
 * with EXIT_USAGE on what no parent has written, with EXIT_RESOURCE where the
 * parent is gone. */
int born_read(struct born *, const char *call, struct err *);

#endif
