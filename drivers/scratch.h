/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scratch folder: all that kernels write, they write there, and it goes
 * when the program ends. Nothing that was there before is ever touched.
 */
#ifndef DRIVE_DRIVERS_SCRATCH_H
#define DRIVE_DRIVERS_SCRATCH_H

#include "core/err.h"
#include "drivers/conductor.h"

/* Makes it, once: conductor->scratch is its absolute path. Fails with
 * EXIT_RESOURCE, or with EXIT_USAGE where the folder it was to be made in was
 * named and is none. */
int scratch_open(struct conductor *, struct err *err);

/* Removes it with all that is in it, where there is one. */
void scratch_close(struct conductor *);

#endif
