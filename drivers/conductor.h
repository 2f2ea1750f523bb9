/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conductor's means: what a command needs to make teams, wherever the
 * program was started.
 */
#ifndef DRIVE_DRIVERS_CONDUCTOR_H
#define DRIVE_DRIVERS_CONDUCTOR_H

#include "drivers/folder.h"
#include "drivers/launch.h"
#include "drivers/lobby.h"
#include "drivers/nursery.h"
#include "drivers/placement.h"

/* What memory moves for workers on some seats: see bound_memory(). */
struct memory_bound {
    uint64_t seats;
    double rate;
    int measured; /* times */
};

struct conductor {
    struct nursery *nursery;
    struct launch launch;
    struct lobby *lobby;       /* of the launcher that started us, or NULL */
    pid_t first_rank;          /* our parent then: rank 0 */
    bool stuck;                /* its ranks do not come back */
    uint32_t ties;             /* teams over several nodes so far */
    const char *launcher;      /* command for ranks of our own, or NULL */
    struct topology *topology; /* the places we may use */
    const volatile int *stop;  /* a signal's number once one has come */
    const volatile int *leave; /* the same of SIGUSR1, which waits for the end
                                  of the trial in hand; NULL: nobody sends it */
    char mpi[128];             /* the library's name, once ranks were seen */
    const char *scratch_home;  /* where the next is made; NULL: by default */
    char scratch[FOLDER_PATH]; /* folder for files of kernels; "": none yet */
    struct memory_bound memory[16];
    int memories; /* so far */
};

/* The number of the signal that asks for the end, soon or at once; 0: none. */
static inline int conductor_stop(const struct conductor *c)
{
    return *c->stop ? *c->stop : c->leave ? *c->leave : 0;
}

#endif
