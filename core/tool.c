/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

/* Beyond the numbers that the child gives to its own files. */
enum { HIGH_FD = 10, DATA_FD = 3, PATH_ROOM = 4096 };

/* -- what it needs ------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct stat there;

    return stat(path, &there) == 0 && S_ISREG(there.st_mode) &&
           access(path, X_OK) == 0;
}

/* Empty parts of PATH, the working directory, are passed over. */
static bool find_program(const char *name, char *out, size_t size)
{
    const char *at = getenv("PATH");

    while (at && *at) {
        size_t length = strcspn(at, ":");

        snprintf(out, size, "%.*s/%s", (int)length, at, name);
        if (length && is_program(out))
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

bool tool_there(const char *name)
{
    char path[PATH_ROOM];

    return find_program(name, path, sizeof path);
}

/* A file without a name that has this text, to be read from its start. */
static int text_file(const char *name, const char *text)
{
    int low = memfd_create(name, MFD_CLOEXEC), file;
    size_t length = strlen(text);

    if (low < 0)
        return -1;
    file = fcntl(low, F_DUPFD_CLOEXEC, HIGH_FD);
    close(low);
    while (file >= 0 && length) {
        ssize_t wrote = write(file, text, length);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            close(file);
            return -1;
        }
        text += wrote;
        length -= (size_t)wrote;
    }
    if (file >= 0)
        lseek(file, 0, SEEK_SET);
    return file;
}

static int high_pipe(int end[2])
{
    int low[2];

    if (pipe2(low, O_CLOEXEC))
        return -1;
    for (int i = 0; i < 2; i++) {
        end[i] = fcntl(low[i], F_DUPFD_CLOEXEC, HIGH_FD);
        close(low[i]);
    }
    return end[0] < 0 || end[1] < 0 ? -1 : 0;
}

/* Files of one run; -1: not open. */
struct files {
    int input, data, out[2], said[2];
};

static void close_one(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

static void close_files(struct files *f)
{
    close_one(&f->input);
    close_one(&f->data);
    for (int i = 0; i < 2; i++) {
        close_one(&f->out[i]);
        close_one(&f->said[i]);
    }
}

static int open_files(struct files *f, const char *input, const char *data)
{
    *f = (struct files){-1, -1, {-1, -1}, {-1, -1}};
    f->input = text_file("input", input);
    f->data = text_file("data", data);
    return f->input < 0 || f->data < 0 || high_pipe(f->out) ||
                   high_pipe(f->said)
               ? -1
               : 0;
}

/* -- the child ----------------------------------------------------------- */

_Noreturn static void become(const char *path, char *const argument[],
                             const struct files *f)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(f->input, STDIN_FILENO) < 0 ||
        dup2(f->out[1], STDOUT_FILENO) < 0 ||
        dup2(f->said[1], STDERR_FILENO) < 0 || dup2(f->data, DATA_FD) < 0)
        _exit(126);
    execv(path, argument);
    dprintf(STDERR_FILENO, "%s: %s\n", path, strerror(errno));
    _exit(127);
}

/* -- what it prints ------------------------------------------------------ */

struct sink {
    char *text;
    size_t length, room, most;
};

static int sink_add(struct sink *s, const char *text, size_t n)
{
    if (s->length + n >= s->room) {
        size_t room = 2 * (s->length + n) + 4096;
        char *grown = realloc(s->text, room);

        if (!grown)
            return -1;
        s->text = grown;
        s->room = room;
    }
    memcpy(s->text + s->length, text, n);
    s->length += n;
    s->text[s->length] = '\0';
    return 0;
}

/* Takes what is there; closes the file at its end. What is beyond the limit is
 * read all the same, or the child would wait for ever. */
static int drain(int *file, struct sink *s)
{
    char part[65536];
    ssize_t got = read(*file, part, sizeof part);
    size_t left = s->most - s->length;

    if (got < 0 && errno == EINTR)
        return 0;
    if (got <= 0) {
        close_one(file);
        return 0;
    }
    return sink_add(s, part, (size_t)got < left ? (size_t)got : left);
}

static int left_ms(uint64_t deadline)
{
    uint64_t now = clock_now();

    return now >= deadline ? 0 : (int)((deadline - now) / 1000000) + 1;
}

/* Until both ends are closed or the time is over. */
static int listen_to(struct files *f, struct sink *out, struct sink *said,
                     uint64_t deadline)
{
    while ((f->out[0] >= 0 || f->said[0] >= 0) && left_ms(deadline)) {
        struct pollfd wait[2] = {{f->out[0], POLLIN, 0},
                                 {f->said[0], POLLIN, 0}};

        if (poll(wait, 2, left_ms(deadline)) < 0 && errno != EINTR)
            return -1;
        if ((wait[0].revents && drain(&f->out[0], out)) ||
            (wait[1].revents && drain(&f->said[0], said)))
            return -1;
    }
    return 0;
}

/* -- its end ------------------------------------------------------------- */

/* Its status if it ends in time; else it and all of its group are killed. */
static bool reap(pid_t child, uint64_t deadline, int *status)
{
    const struct timespec moment = {0, 2000000};

    while (left_ms(deadline)) {
        pid_t got = waitpid(child, status, WNOHANG);

        if (got == child || (got < 0 && errno != EINTR))
            return true;
        nanosleep(&moment, NULL);
    }
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    return false;
}

static void conclude(struct tool_result *r, bool in_time, int status,
                     const struct sink *out, const struct sink *said)
{
    r->status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    r->end = !in_time                   ? TOOL_HUNG
             : r->status                ? TOOL_FAILED
             : out->length == out->most ? TOOL_FAILED
                                        : TOOL_DONE;
    r->out = out->text;
    r->length = out->length;
    snprintf(r->said, sizeof r->said, "%s", said->text ? said->text : "");
}

static int attend(pid_t child, struct files *f, double limit_s,
                  struct tool_result *r)
{
    uint64_t deadline = clock_now() + (uint64_t)(limit_s * 1e9);
    struct sink out = {.most = TOOL_PRINTS}, said = {.most = TOOL_SAID};
    int status = 0, failed;
    bool in_time;

    close_one(&f->out[1]);
    close_one(&f->said[1]);
    failed = listen_to(f, &out, &said, deadline);
    in_time = reap(child, failed ? 0 : deadline, &status);
    if (!failed)
        conclude(r, in_time, status, &out, &said);
    else
        free(out.text);
    free(said.text);
    return failed;
}

int tool_run(char *const argument[], const char *input, const char *data,
             double limit_s, struct tool_result *r, struct err *err)
{
    char path[PATH_ROOM];
    struct files f;
    int failed;
    pid_t child;

    *r = (struct tool_result){.end = TOOL_ABSENT};
    if (!find_program(argument[0], path, sizeof path))
        return 0;
    failed = open_files(&f, input, data);
    child = failed ? -1 : fork();
    if (child == 0)
        become(path, argument, &f);
    failed = child < 0 || attend(child, &f, limit_s, r) ? -1 : 0;
    if (failed)
        err_errno(err, EXIT_RESOURCE, "cannot run '%s'", path);
    close_files(&f);
    return failed;
}
