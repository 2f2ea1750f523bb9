/* SPDX-License-Identifier: Apache-2.0 */
#include "core/brood.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/forkserver.h"
#include "core/futex.h"
#include "core/launcher.h"
#include "core/segment.h"

static const char born_variable[] = "DRIVE_BORN";
enum { CALL_TEXT = 96 };

struct child {
    struct brood *brood;
    int i;
};

struct brood {
    struct brood_plan plan;
    struct desk *desk;
    int fd;
    char path[64];
    int alive;           /* created, not yet joined: the first so many */
    pthread_t *thread;   /* CLONE */
    struct child *child; /* CLONE */
    pid_t *pid;          /* FORK, EXEC */
    char **environment;  /* EXEC: ours, and `call` as the last but one */
    char call[CALL_TEXT];
    struct forkserver *server;
    struct launcher *launcher;
};

/* -- inside a child ---------------------------------------------------------
 */

/* One life, or of a pooled child as many as it is woken for. */
static int live(struct brood *b, int i)
{
    struct desk *desk = b->desk;
    uint32_t turn = 0;
    int code = 0;

    if (!b->plan.pooled)
        return desk_live(desk, i, b->plan.life);
    while (code == 0) {
        futex_await(&desk->turn, turn, 0);
        turn = atomic_load(&desk->turn);
        if (atomic_load(&desk->stopped))
            break;
        code = desk_live(desk, i, b->plan.life);
        muster_add(&desk->ended, (uint32_t)desk->n);
    }
    return code;
}

static void *live_as_thread(void *arg)
{
    struct child *child = arg;
    int code = live(child->brood, child->i);

    if (code) {
        struct err err;

        err_set(&err, code, "child %d of %d ended with %d", child->i + 1,
                child->brood->plan.n, code);
        desk_fail(child->brood->desk, &err);
    }
    return NULL;
}

/* -- one child; each returns 0 or an errno ----------------------------------
 */

static int make_call(struct brood *b, int i)
{
    return live(b, i) ? ECANCELED : 0;
}

static int make_thread(struct brood *b, int i)
{
    b->child[i] = (struct child){b, i};
    return pthread_create(&b->thread[i], NULL, live_as_thread, &b->child[i]);
}

static int make_copy(struct brood *b, int i)
{
    b->pid[i] = fork();
    if (b->pid[i] == 0)
        _exit(desk_follow(b->desk->parent) ? live(b, i) : EXIT_RESOURCE);
    return b->pid[i] < 0 ? errno : 0;
}

static int make_program(struct brood *b, int i)
{
    char *const word[] = {"drive", NULL};

    snprintf(b->call, sizeof b->call, "%s=%d:%s:%d", born_variable,
             b->plan.kernel, b->path, i);
    return posix_spawn(&b->pid[i], "/proc/self/exe", NULL, NULL, word,
                       b->environment);
}

static int (*const make[])(struct brood *, int i) = {
    [BIRTH_CALL] = make_call,
    [BIRTH_CLONE] = make_thread,
    [BIRTH_FORK] = make_copy,
    [BIRTH_EXEC] = make_program,
};

/* -- ends ---------------------------------------------------------------------
 */

static void wait_for(struct brood *b, int i)
{
    int status;
    pid_t pid;

    do
        pid = waitpid(b->pid[i], &status, 0);
    while (pid < 0 && errno == EINTR);
    if (pid > 0)
        desk_lost(b->desk, i, status);
}

/* In the order of their birth, as a bare loop does. */
static void join_all(struct brood *b)
{
    for (int i = 0; i < b->alive && b->thread; i++)
        pthread_join(b->thread[i], NULL);
    for (int i = 0; i < b->alive && b->pid; i++)
        wait_for(b, i);
    b->alive = 0;
}

/* Ends whatever lives; what is on the desk was said before. Threads cannot be
 * ended but by their own will: desk_await and desk_sleep return. */
static void end_all(struct brood *b)
{
    desk_stop(b->desk);
    atomic_fetch_add(&b->desk->turn, 1);
    futex_wake_all(&b->desk->turn);
    for (int i = 0; i < b->alive && b->pid; i++)
        kill(b->pid[i], SIGKILL);
    join_all(b);
    forkserver_close(b->server);
    launcher_end(b->launcher, 0);
    b->server = NULL;
    b->launcher = NULL;
}

static const char *limit_behind(const struct brood *b, int error)
{
    if (error == EAGAIN)
        return " (limit on processes and threads: ulimit -u, or pids.max of a "
               "cgroup)";
    if (error == ENOMEM)
        return b->thread ? " (memory: ulimit -v, or vm.max_map_count)"
                         : " (memory)";
    if (error == EMFILE || error == ENFILE)
        return " (limit on open files: ulimit -n)";
    return "";
}

/* Ends all because child i, counted from 0, could not be made. */
static int give_up(struct brood *b, int i, int error, struct err *err)
{
    static const char *const verb[] = {
        [BIRTH_CALL] = "call",  [BIRTH_CLONE] = "clone",
        [BIRTH_FORK] = "fork",  [BIRTH_LAUNCH] = "launch",
        [BIRTH_EXEC] = "spawn", [BIRTH_FORKSERVER] = "fork"};

    if (desk_trouble(b->desk, err) == 0)
        err_set(err, EXIT_RESOURCE,
                "cannot %s child %d of %d: %s%s; %d lived, and were ended",
                verb[b->plan.birth], i + 1, b->plan.n, strerror(error),
                limit_behind(b, error), i);
    end_all(b);
    return -1;
}

/* -- while they live
 * ------------------------------------------------------------ */

/* A process of ours that has ended, though it was not asked to; it stays to be
 * waited for. */
static void look_for_dead(struct brood *b)
{
    siginfo_t info = {.si_pid = 0};
    struct err server_lost;
    int i = 0, status;

    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
        return;
    while (i < b->alive && b->pid && b->pid[i] != info.si_pid)
        i++;
    status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0)
                                        : W_EXITCODE(0, info.si_status);
    err_set(&server_lost, EXIT_RESOURCE, "the fork server was lost");
    if (b->server)
        desk_fail(b->desk, &server_lost);
    else if (b->pid && i < b->alive)
        desk_lost(b->desk, i, status ? status : W_EXITCODE(EXIT_RESOURCE, 0));
}

/* Until `muster` is full; looks now and then whether somebody is lost. */
static int await_muster(struct brood *b, struct muster *muster, struct err *err)
{
    const int64_t look_ns = 50000000;

    while (!atomic_load(&muster->full)) {
        if (futex_wait(&muster->full, 0, look_ns) == 0 || errno != ETIMEDOUT)
            continue;
        look_for_dead(b);
        if (desk_trouble(b->desk, err) ||
            (b->launcher && launcher_gone(b->launcher, err))) {
            end_all(b);
            return -1;
        }
    }
    return 0;
}

/* -- brood_bear
 * ------------------------------------------------------------------- */

static int bear_each(struct brood *b, struct err *err)
{
    const struct brood_plan *plan = &b->plan;
    int (*make_one)(struct brood *, int) = make[plan->birth];
    int i, error = 0;

    for (i = 0; i < plan->n; i++) {
        if (plan->next)
            plan->next(plan->arg, i);
        error = make_one(b, i);
        if (error)
            break;
    }
    b->alive = i;
    return error ? give_up(b, i, error, err) : 0;
}

static int bear_by_server(struct brood *b, struct err *err)
{
    int error = 0, forked = forkserver_fork(b->server, &error);

    if (forked == b->plan.n)
        return 0;
    if (forked >= 0)
        return give_up(b, forked, error, err);
    end_all(b);
    return err_set(err, EXIT_RESOURCE, "the fork server was lost");
}

static int bear_by_launcher(struct brood *b, struct err *err)
{
    char call[CALL_TEXT];

    snprintf(call, sizeof call, "%d:%s:rank", b->plan.kernel, b->path);
    return launcher_start(&b->launcher, b->plan.launcher, b->plan.n,
                          born_variable, call, err);
}

static void wake_pool(struct brood *b)
{
    atomic_fetch_add(&b->desk->turn, 1);
    futex_wake_all(&b->desk->turn);
}

int brood_bear(struct brood *b, struct err *err)
{
    desk_clear(b->desk);
    if (b->plan.birth == BIRTH_CALL || b->plan.unheld)
        desk_release(b->desk);
    if (b->plan.pooled) {
        wake_pool(b);
        return 0;
    }
    if (b->plan.birth == BIRTH_LAUNCH)
        return bear_by_launcher(b, err);
    if (b->plan.birth == BIRTH_FORKSERVER)
        return bear_by_server(b, err);
    return bear_each(b, err);
}

int brood_await(struct brood *b, struct err *err)
{
    return await_muster(b, &b->desk->ready, err);
}

static int join_launcher(struct brood *b, struct err *err)
{
    const uint64_t patience_ns = 60000000000;
    int status = launcher_end(b->launcher, patience_ns);

    b->launcher = NULL;
    if (desk_trouble(b->desk, err))
        return -1;
    if (status == 0)
        return 0;
    return err_set(err, EXIT_RESOURCE, "the launcher ended badly: %s %d",
                   WIFSIGNALED(status) ? "signal" : "exit code",
                   WIFSIGNALED(status) ? WTERMSIG(status)
                                       : WEXITSTATUS(status));
}

int brood_join(struct brood *b, struct err *err)
{
    desk_release(b->desk);
    if (b->plan.pooled) {
        if (await_muster(b, &b->desk->ended, err))
            return -1;
    } else if (b->launcher) {
        return join_launcher(b, err);
    } else if (b->server) {
        if (forkserver_join(b->server, err))
            return -1;
    } else {
        join_all(b);
    }
    return desk_trouble(b->desk, err);
}

/* -- before and after
 * --------------------------------------------------------------- */

/* Ours, with room for what calls a child; its text is written a child at a
 * time. */
static int make_environment(struct brood *b)
{
    size_t there = 0, n = 0;

    while (environ[there])
        there++;
    b->environment = malloc((there + 2) * sizeof(char *));
    if (!b->environment)
        return -1;
    for (size_t i = 0; i < there; i++) {
        if (strncmp(environ[i], born_variable, strlen(born_variable)) != 0)
            b->environment[n++] = environ[i];
    }
    b->environment[n++] = b->call;
    b->environment[n] = NULL;
    return 0;
}

static int make_room(struct brood *b)
{
    size_t n = (size_t)b->plan.n;

    switch (b->plan.birth) {
    case BIRTH_CLONE:
        b->thread = malloc(n * sizeof *b->thread);
        b->child = malloc(n * sizeof *b->child);
        return b->thread && b->child ? 0 : -1;
    case BIRTH_EXEC:
        if (make_environment(b))
            return -1;
        /* fall through */
    case BIRTH_FORK:
        b->pid = malloc(n * sizeof *b->pid);
        return b->pid ? 0 : -1;
    default: return 0;
    }
}

int brood_open(struct brood **brood, const struct brood_plan *plan,
               struct err *err)
{
    struct brood *b;

    if (plan->birth == BIRTH_LAUNCH && (!plan->launcher || !*plan->launcher))
        return err_set(err, EXIT_ABSENT,
                       "no MPI launcher found: mpirun, mpiexec, or name one "
                       "with --launcher");
    b = calloc(1, sizeof *b);
    if (!b)
        return err_set(err, EXIT_RESOURCE, "no memory for children");
    b->plan = *plan;
    b->fd = -1;
    if (desk_create(&b->desk, &b->fd, plan->n, plan->room, plan->each, err))
        goto out_close;
    segment_path(b->fd, b->path, sizeof b->path);
    if (make_room(b)) {
        err_set(err, EXIT_RESOURCE, "no memory for %d children", plan->n);
        goto out_close;
    }
    if (plan->birth == BIRTH_FORKSERVER &&
        forkserver_open(&b->server, b->desk, plan->life, err))
        goto out_close;
    if (plan->pooled && bear_each(b, err))
        goto out_close;
    *brood = b;
    return 0;

out_close:
    brood_close(b);
    return -1;
}

struct desk *brood_desk(struct brood *b)
{
    return b->desk;
}

void brood_close(struct brood *b)
{
    if (!b)
        return;
    if (b->desk)
        end_all(b);
    desk_close(b->desk);
    if (b->fd >= 0)
        close(b->fd);
    free(b->thread);
    free(b->child);
    free(b->pid);
    free(b->environment);
    free(b);
}

/* -- a program of its own
 * -------------------------------------------------------------- */

const char *born_called(void)
{
    return getenv(born_variable);
}

int born_read(struct born *born, const char *call, struct err *err)
{
    char path[64], number[16];
    struct desk *desk;
    bool rank;

    if (sscanf(call, "%d:%63[^:]:%15s", &born->kernel, path, number) != 3)
        return err_set(err, EXIT_USAGE,
                       "%s='%s' is for children of drive; unset it",
                       born_variable, call);
    if (desk_join(&desk, path, err))
        return -1;
    rank = strcmp(number, "rank") == 0;
    born->i = rank ? -1 : atoi(number);
    born->desk = desk;
    if (born->i >= desk->n)
        return err_set(err, EXIT_USAGE, "%s='%s': there are %d children",
                       born_variable, call, desk->n);
    /* A rank's parent is the launcher, which ends with ours. */
    if (!desk_follow(rank ? 0 : desk->parent))
        return err_set(err, EXIT_RESOURCE, "the parent is gone");
    return 0;
}
