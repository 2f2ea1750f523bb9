/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a script with python3 and catches what it prints.
 */
#ifndef DRIVE_DRIVERS_PYTHON_H
#define DRIVE_DRIVERS_PYTHON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

/* Whether there is one: the command in $DRIVE_PYTHON, else the system's, else
 * the one on the PATH. */
bool python_there(void);

/* Runs `python3 word[0] word[1] ...` (ends with NULL), with a display of its
 * own (xvfb-run) where it wants one, there is none, and one can be had, in a
 * process group of its own, which is ended with all that is in it when it takes
 * longer than patience_ns, when *stop is set, or when we are gone. *text is
 * what it wrote to stdout, and the caller's. Exit codes 0 and 77 are success;
 * else fails with EXIT_RESOURCE and the last line it wrote to stderr. */
int python_run(const char *const *word, bool display, uint64_t patience_ns,
               const volatile int *stop, char **text, struct err *err);

#endif
