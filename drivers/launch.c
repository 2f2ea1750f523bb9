/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

#ifndef DRIVE_MPIEXEC
#define DRIVE_MPIEXEC ""
#endif

static const char lobby_variable[] = "DRIVE_LOBBY";

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

void launch_detect(struct launch *launch)
{
    *launch = (struct launch){.size = 1};
    launch->lobby = getenv(lobby_variable);
    launch->launched =
        read_pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", launch) ||
        read_pair("PMI_RANK", "PMI_SIZE", launch) ||
        read_pair("PMIX_RANK", "SLURM_STEP_NUM_TASKS", launch) ||
        read_pair("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", launch);
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

struct launcher {
    pid_t pid;
    bool ended;
    int status;
    int words; /* memfd: what it wrote to stderr */
};

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

/* Root in a container, more ranks than cores, and no binding, for workers
 * bind themselves: said in the environment, since each launcher has flags of
 * its own and ignores the others' variables. */
static void set_environment(const char *lobby_path)
{
    setenv(lobby_variable, lobby_path, 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
    setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 1);
    setenv("PRTE_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("PRTE_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe", 1);
    setenv("PRTE_MCA_hwloc_default_binding_policy", "none", 1);
}

enum { WORDS_MAX = 32 };

/* COMMAND's words, then -n ranks program. Words are cut in place. */
static void make_words(char *command, char *ranks, char *program, char **word)
{
    int n = 0;
    char *rest = command, *one;

    while (n < WORDS_MAX - 4 && (one = strsep(&rest, " "))) {
        if (*one)
            word[n++] = one;
    }
    word[n++] = "-n";
    word[n++] = ranks;
    word[n++] = program;
    word[n] = NULL;
}

static _Noreturn void become(const char *command, int ranks,
                             const char *lobby_path, int words_fd)
{
    char copy[1024], count[16], program[PATH_MAX], *word[WORDS_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    int nothing = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0); /* Ctrl-C is the conductor's to handle */
    program[length > 0 ? length : 0] = '\0';
    snprintf(copy, sizeof copy, "%s", command);
    snprintf(count, sizeof count, "%d", ranks);
    make_words(copy, count, program, word);
    set_environment(lobby_path);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(words_fd, STDERR_FILENO);
    execvp(word[0], word);
    perror(word[0]);
    _exit(127);
}

int launcher_start(struct launcher **launcher, const char *command, int ranks,
                   const char *lobby_path, struct err *err)
{
    struct launcher *l = calloc(1, sizeof *l);

    if (!l)
        return err_set(err, EXIT_RESOURCE, "no memory for a launcher");
    l->words = memfd_create("drive-launcher", MFD_CLOEXEC);
    l->pid = fork();
    if (l->pid == 0)
        become(command, ranks, lobby_path, l->words);
    if (l->pid < 0) {
        err_errno(err, EXIT_RESOURCE, "cannot fork for '%s'", command);
        close(l->words);
        free(l);
        return -1;
    }
    *launcher = l;
    return 0;
}

static bool is_decoration(const char *line)
{
    return strspn(line, "-=* \t") == strlen(line);
}

/* What it said last: the first line of text behind the last ruled line but
 * one, for launchers like to draw boxes and to put the cause into the last. */
static void last_words(const struct launcher *l, char *out, size_t size)
{
    char text[8192], *rest = text, *line;
    ssize_t length = pread(l->words, text, sizeof text - 1, 0);
    bool ruled = true;

    snprintf(out, size, "no message");
    text[length > 0 ? length : 0] = '\0';
    while ((line = strsep(&rest, "\n"))) {
        if (is_decoration(line)) {
            ruled = ruled || *line;
        } else if (ruled) {
            snprintf(out, size, "%s", line);
            ruled = false;
        }
    }
}

bool launcher_gone(struct launcher *l, struct err *err)
{
    char words[256];

    if (!l->ended && waitpid(l->pid, &l->status, WNOHANG) == l->pid)
        l->ended = true;
    if (!l->ended)
        return false;
    last_words(l, words, sizeof words);
    err_set(err, EXIT_RESOURCE, "the launcher ended with %d: %s",
            WIFEXITED(l->status) ? WEXITSTATUS(l->status)
                                 : EXIT_SIGNAL + WTERMSIG(l->status),
            words);
    return true;
}

static void wait_until(struct launcher *l, uint64_t end_ns)
{
    const uint64_t nap_ns = 2000000;

    while (!launcher_gone(l, NULL) && clock_now() < end_ns)
        clock_sleep(nap_ns);
}

/* The launcher leads a process group: what it started there ends with it. */
void launcher_end(struct launcher *l, uint64_t patience_ns)
{
    const uint64_t gentle_ns = 3000000000;

    if (!l)
        return;
    wait_until(l, clock_now() + patience_ns);
    if (!l->ended)
        kill(-l->pid, SIGTERM);
    wait_until(l, clock_now() + gentle_ns);
    kill(-l->pid, SIGKILL);
    if (!l->ended)
        waitpid(l->pid, NULL, 0);
    close(l->words);
    free(l);
}
