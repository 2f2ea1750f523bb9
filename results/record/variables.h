/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which environment variables may be written down. Never all of them: people
 * keep passwords there, and records are meant to be passed on.
 */
#ifndef DRIVE_RESULTS_RECORD_VARIABLES_H
#define DRIVE_RESULTS_RECORD_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* Those that steer OpenMP, MPI and BLAS, and the shape of a Slurm job; none
 * whose name looks like that of a secret or of a launcher's own address. */
bool variable_kept(const char *name);

/* Whether a name (its first `length` bytes) looks like a secret's. */
bool variable_secret(const char *name, size_t length);

/* Those to be kept of environment ("NAME=value", ends with NULL): sorted
 * copies, ending with NULL. Fails with EXIT_RESOURCE. */
int variables_collect(char *const *environment, char ***out, struct err *);
void variables_free(char **); /* NULL-safe */

#endif
