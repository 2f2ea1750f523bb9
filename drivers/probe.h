/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying this machine out, for warnings and for `drive doctor`: quickly, and
 * without leaving anything behind. What cannot be tried stays "not known".
 */
#ifndef DRIVE_DRIVERS_PROBE_H
#define DRIVE_DRIVERS_PROBE_H

#include "core/cpuset.h"
#include "core/err.h"
#include "drivers/conductor.h"
#include "results/verdict/checks.h"
#include "results/verdict/warnings.h"

/* What is known at a glance: build, preloaded libraries, debugger, file
 * system. All else is made unknown. */
void probes_look(struct probes *);

/* The rest, in about half a second in which one thread spins: what others do
 * on these CPUs, the clock, the counters. */
void probes_watch(struct probes *, const struct cpuset *cpus);

/* Adds checks of what executors stand on: the memory they share, the launcher
 * (NULL: the one that is found), and a small team of each. The conductor has
 * its topology, and its ranks are in if it has any. Fails only when a signal
 * asks the program to end. */
int probe_teams(struct conductor *, const char *launcher, struct checks *,
                struct err *);

#endif
