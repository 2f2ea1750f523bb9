/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/allocation.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* 0: not set, or no number. */
static int number(const char *name)
{
    const char *text = getenv(name);

    return text ? atoi(text) : 0;
}

/* A batch script has the job's variables, a task the step's as well. */
static bool in_step(void)
{
    return number("SLURM_STEP_NUM_TASKS") > 0;
}

int allocation_check(const struct launch *launch, struct err *err)
{
    int tasks = number("SLURM_STEP_NUM_TASKS");

    if (launch->launched || launch->lobby || tasks < 2)
        return 0;
    if (number("SLURM_PROCID") > 0)
        return err_set(err, EXIT_RESOURCE, "%s", "");
    return err_set(err, EXIT_RESOURCE,
                   "srun started %d tasks that know nothing of each other: use "
                   "`srun --mpi=pmix` (`srun --mpi=list` says what there is) "
                   "or mpirun",
                   tasks);
}

static void tell_cpus(FILE *out, int cpus)
{
    int asked = number("SLURM_CPUS_PER_TASK");

    if (cpus >= asked)
        return;
    if (getenv("OMPI_COMM_WORLD_RANK"))
        fprintf(out,
                "drive: note: a rank has %d of the %d CPUs of "
                "--cpus-per-task: add `--map-by slot:PE=%d` to mpirun\n",
                cpus, asked, asked);
    else
        fprintf(out,
                "drive: note: a task has %d of the %d CPUs of "
                "--cpus-per-task, which srun does not take over from sbatch "
                "since Slurm 22.05: add `--cpus-per-task=%d` to srun\n",
                cpus, asked, asked);
}

/* In a step the number of tasks is the step's: srun's own, or that of the
 * daemons that mpirun starts by srun. */
static void tell_tasks(FILE *out, const struct launch *launch)
{
    int tasks = number("SLURM_NTASKS");

    if (launch->launched && !in_step() && tasks && launch->size != tasks)
        fprintf(out,
                "drive: note: %d ranks in a job of %d tasks: `-np %d` would "
                "fit\n",
                launch->size, tasks, tasks);
}

static void tell_nodes(FILE *out, const struct launch *launch)
{
    int nodes = number("SLURM_JOB_NUM_NODES");

    if (!launch->launched && !in_step() && nodes > 1)
        fprintf(out,
                "drive: note: on one of the %d nodes of the job: start it by "
                "srun or mpirun to use all\n",
                nodes);
}

/* Slurm then starts the job elsewhere, mostly in /tmp. */
static void tell_folder(FILE *out)
{
    const char *folder = getenv("SLURM_SUBMIT_DIR"), *node;
    char here[4096];

    if (!folder || !access(folder, F_OK) || errno != ENOENT)
        return;
    node = getenv("SLURMD_NODENAME");
    fprintf(out,
            "drive: note: %s has no '%s', from which the job was submitted, "
            "and writes below '%s': submit from a folder that all nodes "
            "share\n",
            node ? node : "this node", folder,
            getcwd(here, sizeof here) ? here : ".");
}

void allocation_tell(FILE *out, const struct launch *launch,
                     const struct cpuset *mask)
{
    if (!number("SLURM_JOB_ID"))
        return;
    tell_cpus(out, cpuset_count(mask));
    tell_tasks(out, launch);
    tell_nodes(out, launch);
    tell_folder(out);
}
