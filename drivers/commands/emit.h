/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scaling study as a chain of Slurm jobs, for clusters whose nodes a single
 * job should not hold at once: a job script for each number of nodes (an array
 * whose tasks are launches), a last one that makes the table when all have
 * ended, and the script that submits them in random order.
 */
#ifndef DRIVE_DRIVERS_COMMANDS_EMIT_H
#define DRIVE_DRIVERS_COMMANDS_EMIT_H

#include "core/err.h"
#include "drivers/options.h"

/*
 * Writes the scripts for `kernel` by the options: --emit-slurm has the counts
 * of nodes, -n the workers of a node (`cores` without), --launches the launches
 * of each, --launcher what starts ranks ("srun --mpi=pmix" without), --output
 * the folder (scale-KERNEL-MODE without). Prints the core-hours first. Existing
 * files are not touched: fails with EXIT_USAGE, or EXIT_RESOURCE. `stays`: no
 * executor shares the problem out over nodes, so that one node is all.
 */
int emit_slurm(const struct options *, const char *kernel, int cores,
               bool stays, struct err *);

#endif
