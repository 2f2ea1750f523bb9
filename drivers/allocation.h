/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Slurm job asked for beside what this process got of it, read from the
 * variables that sbatch and srun set (their manual pages list them).
 */
#ifndef DRIVE_DRIVERS_ALLOCATION_H
#define DRIVE_DRIVERS_ALLOCATION_H

#include <stdio.h>

#include "core/cpuset.h"
#include "core/err.h"
#include "drivers/launch.h"

/* Fails with EXIT_RESOURCE where srun started several tasks without telling
 * them of each other: each would take itself for the whole run, and all would
 * crowd the same cores. Only the first task has a text for it. */
int allocation_check(const struct launch *, struct err *);

/* One line on `out` for each thing that is not as the job asked, with what
 * would mend it: fewer CPUs than --cpus-per-task (mask: those this process was
 * started with), fewer ranks than tasks, one node of several, a folder that
 * this node lacks. Says nothing outside a job. */
void allocation_tell(FILE *out, const struct launch *,
                     const struct cpuset *mask);

#endif
