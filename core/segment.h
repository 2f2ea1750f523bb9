/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment: memory that any process of this user on this node can map, by a
 * path, whoever started it. It is an anonymous file (memfd): when the last
 * process that has it open or mapped ends, by whatever means, nothing is left.
 */
#ifndef DRIVE_CORE_SEGMENT_H
#define DRIVE_CORE_SEGMENT_H

#include <stddef.h>

#include "core/err.h"

/* Creates and maps a zeroed one; *fd keeps it open and is the caller's. The
 * name is for people who look into /proc. */
int segment_create(const char *name, size_t bytes, void **at, int *fd,
                   struct err *err);

/* "/proc/PID/fd/FD" of this process's descriptor. */
char *segment_path(int fd, char *out, size_t size);

/* Maps the segment behind such a path. */
int segment_join(const char *path, void **at, struct err *err);

void segment_leave(void *at, size_t bytes); /* NULL-safe: unmaps */

#endif
