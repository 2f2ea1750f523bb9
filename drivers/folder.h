/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder that is made to be removed again.
 */
#ifndef DRIVE_DRIVERS_FOLDER_H
#define DRIVE_DRIVERS_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum { FOLDER_PATH = 256 };

/* Makes a new one, for this user alone, in the folder `home`: its name is
 * `name` and six more letters. path[FOLDER_PATH] gets all of it, or "". Fails
 * with EXIT_RESOURCE, quotes home. */
int folder_make(const char *home, const char *name, char *path,
                struct err *err);

/* Removes it with all that is in it; links are not followed. Whoever still
 * writes there may put something back: it is tried again until it is gone or
 * patience is over, which fails with EXIT_RESOURCE. "" and what is not there
 * are fine. */
int folder_remove(const char *path, uint64_t patience_ns, struct err *err);

#endif
