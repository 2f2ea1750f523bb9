/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of OpenMP run-times that place threads or count them would reach
 * one executor only, and worse: libgomp binds the initial thread to the first
 * place when the program is loaded, before main, so with OMP_PROC_BIND or
 * GOMP_CPU_AFFINITY in the environment (many job scripts have it) all of the
 * program would live on one core and its teams be crowded there.
 *
 * The program places its workers itself, so these are taken out of the
 * environment before any library is initialised, as code in .preinit_array
 * can. Launchers, ranks and launches inherit the rest. How a thread waits at a
 * barrier (OMP_WAIT_POLICY, GOMP_SPINCOUNT, KMP_BLOCKTIME) belongs to the
 * executor that is compared; it is obeyed and recorded. Limits
 * (OMP_THREAD_LIMIT) are obeyed.
 */
#ifndef DRIVE_DRIVERS_OVERRULE_H
#define DRIVE_DRIVERS_OVERRULE_H

#include <stddef.h>

/* "OMP_PROC_BIND=close OMP_NUM_THREADS=4": what was taken out, cut at size;
 * "" for nothing. */
char *overrule_list(char *out, size_t size);

#endif
