/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process does that the parent of a KERNEL_PARENT started as a program
 * of its own: it lives a child's life and nothing else.
 */
#ifndef DRIVE_DRIVERS_BORN_H
#define DRIVE_DRIVERS_BORN_H

#include <stdint.h>

#include "core/brood.h"
#include "core/err.h"

/* `call` is born_called()'s. Sets *code to what the program exits with. */
int born_live(const char *call, uint64_t started_ns, int *code, struct err *);

/* Child `i`, once it knows its number; returns its exit code. */
int born_life(const struct born *, int i, uint64_t started_ns);

#endif
