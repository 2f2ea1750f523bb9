/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways to bring a worker to life. The first four are those of executors; all
 * are what core/brood.h offers.
 */
#ifndef DRIVE_CORE_BIRTH_H
#define DRIVE_CORE_BIRTH_H

enum birth {
    BIRTH_CALL,       /* not at all: a call, one after the other */
    BIRTH_CLONE,      /* a thread */
    BIRTH_FORK,       /* a process that is a copy of its parent */
    BIRTH_LAUNCH,     /* a rank: a launcher, a program, MPI_Init */
    BIRTH_EXEC,       /* this program started anew, by posix_spawn */
    BIRTH_FORKSERVER, /* a copy of a small process forked beforehand */
};

#endif
