/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/python.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

enum { WORDS_MAX = 32 };

static bool is_there(const char *program)
{
    const char *path = getenv("PATH");
    char copy[4096], *rest = copy, *folder, file[4400];

    snprintf(copy, sizeof copy, "%s", path ? path : "");
    while ((folder = strsep(&rest, ":"))) {
        snprintf(file, sizeof file, "%s/%s", folder, program);
        if (access(file, X_OK) == 0)
            return true;
    }
    return false;
}

/* The system's own comes first: it has the modules that packages bring. */
static const char *python(void)
{
    const char *asked = getenv("DRIVE_PYTHON"), *system = "/usr/bin/python3";

    if (asked)
        return asked;
    return access(system, X_OK) == 0 ? system : "python3";
}

bool python_there(void)
{
    return strchr(python(), '/') ? access(python(), X_OK) == 0
                                 : is_there(python());
}

static _Noreturn void become(const char *const *word, bool display, int out,
                             int words)
{
    const char *all[WORDS_MAX + 4] = {NULL};
    int nothing = open("/dev/null", O_RDONLY), n = 0;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0);
    if (display && !getenv("DISPLAY") && is_there("xvfb-run")) {
        all[n++] = "xvfb-run";
        all[n++] = "-a";
    }
    all[n++] = python();
    for (int i = 0; i < WORDS_MAX && word[i]; i++)
        all[n++] = word[i];
    signal(SIGPIPE, SIG_DFL);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(words, STDERR_FILENO);
    execvp(all[0], (char *const *)all);
    perror(all[0]);
    _exit(127);
}

/* Reads to the end of the pipe; false when it was not to be waited for. */
static bool drain(int pipe, FILE *into, uint64_t patience_ns,
                  const volatile int *stop)
{
    uint64_t end = clock_now() + patience_ns;
    char part[4096];

    while (!*stop && clock_now() < end) {
        struct pollfd ready = {.fd = pipe, .events = POLLIN};
        ssize_t got;

        if (poll(&ready, 1, 100) < 1)
            continue;
        got = read(pipe, part, sizeof part);
        if (got == 0)
            return true;
        if (got > 0)
            fwrite(part, 1, (size_t)got, into);
        else if (errno != EINTR)
            return false;
    }
    return false;
}

static int last_words(int words, int status, struct err *err)
{
    char text[2048], *line;
    off_t size = lseek(words, 0, SEEK_END);
    off_t from =
        size > (off_t)sizeof text - 1 ? size - (off_t)sizeof text + 1 : 0;
    ssize_t got = pread(words, text, sizeof text - 1, from);

    text[got > 0 ? got : 0] = '\0';
    while (*text && text[strlen(text) - 1] == '\n')
        text[strlen(text) - 1] = '\0';
    line = strrchr(text, '\n');
    return err_set(err, EXIT_RESOURCE, "python3 ended with %d: %s",
                   WIFEXITED(status) ? WEXITSTATUS(status)
                                     : EXIT_SIGNAL + WTERMSIG(status),
                   line ? line + 1 : text);
}

/* Waits for the child; one that was given up is ended with all its group. */
static int reap(pid_t child, bool whole, int *status)
{
    const uint64_t gentle_ns = 2000000000;
    uint64_t end = clock_now() + gentle_ns;

    if (!whole)
        kill(-child, SIGTERM);
    while (!whole && waitpid(child, status, WNOHANG) == 0) {
        if (clock_now() > end)
            kill(-child, SIGKILL);
        clock_sleep(10000000);
    }
    while (whole && waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    kill(-child, SIGKILL);
    return whole ? 0 : -1;
}

static int finish(bool whole, int status, int words, const volatile int *stop,
                  struct err *err)
{
    if (*stop)
        return err_set(err, EXIT_SIGNAL + *stop, "interrupted");
    if (!whole)
        return err_set(err, EXIT_RESOURCE, "python3 took too long");
    if (WIFEXITED(status) &&
        (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_ABSENT))
        return 0;
    return last_words(words, status, err);
}

int python_run(const char *const *word, bool display, uint64_t patience_ns,
               const volatile int *stop, char **text, struct err *err)
{
    size_t length;
    FILE *into;
    int out[2], words = memfd_create("drive-python", MFD_CLOEXEC), status = 0;
    bool whole;
    pid_t child;

    *text = NULL;
    into = open_memstream(text, &length);
    if (!into || words < 0 || pipe2(out, O_CLOEXEC))
        return err_errno(err, EXIT_RESOURCE, "cannot start python3");
    child = fork();
    if (child == 0)
        become(word, display, out[1], words);
    close(out[1]);
    whole = child > 0 && drain(out[0], into, patience_ns, stop);
    if (child > 0)
        reap(child, whole, &status);
    close(out[0]);
    fclose(into);
    if (finish(whole, status, words, stop, err) == 0) {
        close(words);
        return 0;
    }
    close(words);
    free(*text);
    *text = NULL;
    return -1;
}
