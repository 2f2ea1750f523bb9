/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How ranks reach each other's data, for kernels that let the user choose:
 * -P comm=message (the default) or comm=window, an MPI-3 shared window, in
 * which they read each other's memory as threads and forked processes do. Each
 * value is a comparison of its own; the other executors are the same in both.
 */
#ifndef DRIVE_KERNELS_COMM_H
#define DRIVE_KERNELS_COMM_H

#include "core/param.h"

enum comm { COMM_MESSAGE, COMM_WINDOW };

static const char *const comm_choices[] = {"message", "window", NULL};

/* A row of the kernel's table; plan() says work->window = value == COMM_WINDOW
 */
#define COMM_PARAM                                                       \
    {                                                                    \
        .name = "comm", .type = PARAM_CHOICE, .def = "message",          \
        .choices = comm_choices,                                         \
        .help = "how ranks reach each other's data: message, or window " \
                "(MPI-3 shared memory of one node)"                      \
    }

#endif
