/* SPDX-License-Identifier: Apache-2.0 */
#include "core/forkserver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct forkserver {
    pid_t pid;
    int socket;
};

/* What it answers twice: after the forks, and after the last has ended. */
struct answer {
    int forked, error;
};

struct server {
    int socket;
    struct desk *desk;
    life_fn *life;
    pid_t *pid; /* [desk->n] */
};

/* -- inside the server ------------------------------------------------------
 */

static struct answer fork_all(struct server *s)
{
    pid_t server = getpid();

    for (int i = 0; i < s->desk->n; i++) {
        s->pid[i] = fork();
        if (s->pid[i] == 0)
            _exit(desk_follow(server) ? desk_live(s->desk, i, s->life)
                                      : EXIT_RESOURCE);
        if (s->pid[i] < 0)
            return (struct answer){i, errno};
    }
    return (struct answer){s->desk->n, 0};
}

/* As they end, not in order: one that is lost is known at once. */
static void wait_all(struct server *s, int forked)
{
    int status, i;

    for (int left = forked; left > 0; left--) {
        pid_t pid = wait(&status);

        for (i = 0; status && i < forked && s->pid[i] != pid; i++) {
        }
        if (pid > 0)
            desk_lost(s->desk, i, status);
    }
}

static _Noreturn void serve(struct server *s, pid_t parent)
{
    struct answer answer;
    char request;

    if (!desk_follow(parent))
        _exit(EXIT_RESOURCE);
    while (read(s->socket, &request, 1) == 1) {
        answer = fork_all(s);
        if (write(s->socket, &answer, sizeof answer) != sizeof answer)
            break;
        wait_all(s, answer.forked);
        if (write(s->socket, &answer, sizeof answer) != sizeof answer)
            break;
    }
    _exit(0);
}

/* -- outside -----------------------------------------------------------------
 */

int forkserver_open(struct forkserver **server, struct desk *desk,
                    life_fn *life, struct err *err)
{
    struct forkserver *f = malloc(sizeof *f);
    pid_t *pid = calloc((size_t)desk->n, sizeof *pid), parent = getpid();
    int pair[2];

    if (!f || !pid) {
        err_set(err, EXIT_RESOURCE, "no memory for a fork server");
        goto out_free;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
        err_errno(err, EXIT_RESOURCE, "cannot talk to a fork server");
        goto out_free;
    }
    f->pid = fork();
    if (f->pid == 0) {
        close(pair[0]);
        serve(&(struct server){pair[1], desk, life, pid}, parent);
    }
    close(pair[1]);
    free(pid);
    f->socket = pair[0];
    *server = f;
    if (f->pid > 0)
        return 0;
    close(pair[0]);
    free(f);
    return err_errno(err, EXIT_RESOURCE, "cannot fork a fork server");

out_free:
    free(pid);
    free(f);
    return -1;
}

static int answered(struct forkserver *f, struct answer *answer)
{
    ssize_t got;

    do
        got = read(f->socket, answer, sizeof *answer);
    while (got < 0 && errno == EINTR);
    return got == sizeof *answer ? 0 : -1;
}

int forkserver_fork(struct forkserver *f, int *error)
{
    struct answer answer;

    if (send(f->socket, "f", 1, MSG_NOSIGNAL) != 1 || answered(f, &answer))
        return -1;
    *error = answer.error;
    return answer.forked;
}

int forkserver_join(struct forkserver *f, struct err *err)
{
    struct answer answer;

    if (answered(f, &answer))
        return err_set(err, EXIT_RESOURCE, "the fork server was lost");
    return 0;
}

void forkserver_close(struct forkserver *f)
{
    const int patience_ms = 3000;
    struct pollfd end;

    if (!f)
        return;
    shutdown(f->socket, SHUT_WR);
    end = (struct pollfd){.fd = f->socket, .events = POLLIN};
    /* It hangs up when it ends; the answer of an unfinished round comes first
     * and is read away. */
    while (poll(&end, 1, patience_ms) > 0 && !(end.revents & POLLHUP)) {
        struct answer answer;

        if (read(f->socket, &answer, sizeof answer) <= 0)
            break;
    }
    kill(f->pid, SIGKILL);
    waitpid(f->pid, NULL, 0);
    close(f->socket);
    free(f);
}
