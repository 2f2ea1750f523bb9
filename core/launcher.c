/* SPDX-License-Identifier: Apache-2.0 */
#include "core/launcher.h"

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

struct launcher {
    pid_t pid;
    bool ended;
    int status;
    int words; /* memfd: what it wrote to stderr */
};

/* -- what it is started with ----------------------------------------------- */

enum { WORDS_MAX = 32, TEXT = 1024 };

/* A command line and an environment; the texts are its own. */
struct start {
    char command[TEXT], count[16], program[PATH_MAX], variable[PATH_MAX];
    char *word[WORDS_MAX];
    char **environment;
};

/* Root in a container, more ranks than cores, and no binding, for workers
 * bind themselves: said in the environment, since each launcher has flags of
 * its own and ignores the others' variables. */
static const char *const permissions[] = {
    "OMPI_ALLOW_RUN_AS_ROOT=1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
    "OMPI_MCA_rmaps_base_oversubscribe=1",
    "OMPI_MCA_hwloc_base_binding_policy=none",
    "PRTE_ALLOW_RUN_AS_ROOT=1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1",
    "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe",
    "PRTE_MCA_hwloc_default_binding_policy=none",
};
enum { PERMISSIONS = sizeof permissions / sizeof permissions[0] };

static bool starts_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool same_variable(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");

    return strncmp(a, b, length + 1) == 0;
}

/* What a launcher tells its ranks, which another one would take for its own. */
static bool is_foreign(const char *variable)
{
    const char *const prefix[] = {"OMPI_",     "PMIX_",  "PMI_",  "PMI2_",
                                  "PRTE_",     "HYDRA_", "HYDI_", "MPIEXEC_",
                                  "SLURM_PMI", NULL};

    for (int i = 0; prefix[i]; i++) {
        if (starts_with(variable, prefix[i]))
            return true;
    }
    return false;
}

static bool is_kept(const struct start *s, const char *variable, bool launched)
{
    if (same_variable(variable, s->variable) ||
        (launched && is_foreign(variable)))
        return false;
    for (int i = 0; i < PERMISSIONS; i++) {
        if (same_variable(variable, permissions[i]))
            return false;
    }
    return true;
}

static int make_environment(struct start *s)
{
    bool launched = getenv("OMPI_COMM_WORLD_RANK") || getenv("PMIX_RANK") ||
                    getenv("PMI_RANK");
    size_t n = 0, there = 0;

    while (environ[there])
        there++;
    s->environment = malloc((there + PERMISSIONS + 2) * sizeof(char *));
    if (!s->environment)
        return -1;
    for (size_t i = 0; i < there; i++) {
        if (is_kept(s, environ[i], launched))
            s->environment[n++] = environ[i];
    }
    for (int i = 0; i < PERMISSIONS; i++)
        s->environment[n++] = (char *)permissions[i];
    s->environment[n++] = s->variable;
    s->environment[n] = NULL;
    return 0;
}

/* COMMAND's words, then -n ranks program. Words are cut in place. */
static void make_words(struct start *s)
{
    int n = 0;
    char *rest = s->command, *one;

    while (n < WORDS_MAX - 4 && (one = strsep(&rest, " "))) {
        if (*one)
            s->word[n++] = one;
    }
    s->word[n++] = "-n";
    s->word[n++] = s->count;
    s->word[n++] = s->program;
    s->word[n] = NULL;
}

static int start_prepare(struct start *s, const char *command, int ranks,
                         const char *variable, const char *value)
{
    ssize_t length =
        readlink("/proc/self/exe", s->program, sizeof s->program - 1);

    s->program[length > 0 ? length : 0] = '\0';
    snprintf(s->command, sizeof s->command, "%s", command);
    snprintf(s->count, sizeof s->count, "%d", ranks);
    snprintf(s->variable, sizeof s->variable, "%s=%s", variable, value);
    make_words(s);
    return make_environment(s);
}

/* -- its life -------------------------------------------------------------- */

/* In the child, whose memory is still the parent's: system calls only. It leads
 * a process group, for Ctrl-C is the conductor's to handle. */
static _Noreturn void become(const struct start *s, int nothing, int words)
{
    static const char text[] = "cannot be executed\n";

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(words, STDERR_FILENO);
    execvpe(s->word[0], s->word, s->environment);
    _exit(write(words, text, sizeof text - 1) < 0 ? 126 : 127);
}

static pid_t vfork_and_become(const struct start *s, int nothing, int words)
{
    pid_t pid = vfork();

    if (pid == 0)
        become(s, nothing, words);
    return pid;
}

int launcher_start(struct launcher **launcher, const char *command, int ranks,
                   const char *variable, const char *value, struct err *err)
{
    struct launcher *l = calloc(1, sizeof *l);
    struct start *s = calloc(1, sizeof *s);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC), failed = 0;

    if (!l || !s || start_prepare(s, command, ranks, variable, value)) {
        failed = err_set(err, EXIT_RESOURCE, "no memory for a launcher");
    } else {
        l->words = memfd_create("drive-launcher", MFD_CLOEXEC);
        l->pid = vfork_and_become(s, nothing, l->words);
        if (l->pid < 0) {
            failed =
                err_errno(err, EXIT_RESOURCE, "cannot fork for '%s'", command);
            close(l->words);
        }
    }
    if (nothing >= 0)
        close(nothing);
    if (s)
        free(s->environment);
    free(s);
    if (failed)
        free(l);
    else
        *launcher = l;
    return failed;
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
    const uint64_t nap_ns = 500000;

    while (!launcher_gone(l, NULL) && clock_now() < end_ns)
        clock_sleep(nap_ns);
}

/* The launcher leads a process group: what it started there ends with it. */
int launcher_end(struct launcher *l, uint64_t patience_ns)
{
    const uint64_t gentle_ns = 3000000000;
    int status;

    if (!l)
        return 0;
    wait_until(l, clock_now() + patience_ns);
    if (!l->ended)
        kill(-l->pid, SIGTERM);
    wait_until(l, clock_now() + gentle_ns);
    kill(-l->pid, SIGKILL);
    if (!l->ended)
        waitpid(l->pid, &l->status, 0);
    status = l->status;
    close(l->words);
    free(l);
    return status;
}
