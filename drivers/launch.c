/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/launch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef DRIVE_MPIEXEC
#define DRIVE_MPIEXEC ""
#endif

static bool read_pair(const char *rank_name, const char *size_name,
                      struct launch *launch)
{
    const char *rank = getenv(rank_name), *size = getenv(size_name);

    if (!rank || !size)
        return false;
    launch->rank = atoi(rank);
    launch->size = atoi(size);
    return launch->size > 0;
}

static int read_number(const char *const *name, int missing)
{
    for (; *name; name++) {
        if (getenv(*name))
            return atoi(getenv(*name));
    }
    return missing;
}

/* The launcher's word for both: SLURM_LOCALID is the launching daemon's under
 * mpirun, so it comes last. A launcher that counts no local ranks may have
 * several nodes. */
static bool first_of_several(const struct launch *launch)
{
    const char *const rank[] = {"OMPI_COMM_WORLD_LOCAL_RANK",
                                "MPI_LOCALRANKID",
                                "MV2_COMM_WORLD_LOCAL_RANK",
                                "PALS_LOCAL_RANKID",
                                "SLURM_LOCALID",
                                NULL};
    const char *const size[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS",
                                "MV2_COMM_WORLD_LOCAL_SIZE", NULL};
    const char *const nodes[] = {"SLURM_STEP_NUM_NODES", NULL};
    int here = read_number(size, 0);

    if (read_number(rank, -1) != 0)
        return false;
    return here ? here < launch->size : read_number(nodes, 2) > 1;
}

void launch_detect(struct launch *launch)
{
    *launch = (struct launch){.size = 1};
    launch->lobby = getenv(LOBBY_VARIABLE);
    launch->launched =
        read_pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", launch) ||
        read_pair("PMI_RANK", "PMI_SIZE", launch) ||
        read_pair("PMIX_RANK", "SLURM_STEP_NUM_TASKS", launch) ||
        read_pair("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", launch);
    launch->first_here = launch->launched && first_of_several(launch);
}

/* FNV-1a, with the ends of the words counted in. */
uint64_t launch_hash(int argc, char **argv)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (int i = 1; i < argc; i++) {
        const char *c = argv[i];

        do
            hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
        while (*c++);
    }
    return hash ? hash : 1;
}

/* -- our own ------------------------------------------------------------- */

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    char copy[4096], file[PATH_MAX], *rest = copy, *folder;

    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    snprintf(copy, sizeof copy, "%s", path ? path : "");
    while ((folder = strsep(&rest, ":"))) {
        snprintf(file, sizeof file, "%s/%s", *folder ? folder : ".", program);
        if (access(file, X_OK) == 0)
            return true;
    }
    return false;
}

static bool command_found(const char *command)
{
    char program[256];
    size_t length = strcspn(command, " ");

    snprintf(program, sizeof program, "%.*s", (int)length, command);
    return *program && on_path(program);
}

int launcher_find(const char *asked, char *out, size_t size, struct err *err)
{
    const char *const usual[] = {DRIVE_MPIEXEC, "mpirun", "mpiexec", NULL};

    if (asked && !command_found(asked))
        return err_set(err, EXIT_RESOURCE, "launcher '%s' not found", asked);
    for (int i = 0; !asked && usual[i]; i++) {
        if (command_found(usual[i]))
            asked = usual[i];
    }
    if (!asked)
        return err_set(err, EXIT_ABSENT,
                       "no MPI launcher found: mpirun, mpiexec; on Debian "
                       "`apt-get install openmpi-bin`, or name one with "
                       "--launcher");
    snprintf(out, size, "%s", asked);
    return 0;
}
