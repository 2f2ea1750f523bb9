/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/nursery.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/board.h"
#include "drivers/executors/executor.h"
#include "drivers/folder.h"

/* What it is asked for: to fork a host for a board, to end one and tell when it
 * is gone, to make a folder that goes when the nursery does. */
struct request {
    enum { FORK, END, FOLDER } what;
    pid_t host;
    char text[PATH_MAX]; /* the board's path, or where the folder is made */
};

struct reply {
    int failed;
    pid_t host;
    char folder[FOLDER_PATH];
    struct err err; /* when it failed */
};

struct nursery {
    int socket;
    pid_t pid;
};

/* What the nursery itself knows of its living hosts. */
struct host {
    pid_t pid;
    struct board *board;
    bool awaited; /* the conductor waits for its end */
    struct host *next;
};

struct room {
    int socket, signals;
    struct host *hosts;
    char folder[FOLDER_PATH]; /* "": none */
};

/* -- inside a host ------------------------------------------------------- */

/* A parent is one worker in a process of its own, whatever its children are. */
static const struct executor *host_of(const struct board *board)
{
    bool parent = kernel_table[board->kernel]->traits & KERNEL_PARENT;

    return parent ? &executor_serial : executor_table[board->executor];
}

static _Noreturn void host_live(struct room *room, struct board *board,
                                pid_t nursery)
{
    const struct executor *executor = host_of(board);
    struct err err = {0};
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != nursery)
        _exit(EXIT_RESOURCE);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    close(room->socket);
    close(room->signals);
    mem_follow(board->pages);
    if (executor->run(board, &err)) {
        board_lost(board, err.text);
        _exit(EXIT_RESOURCE);
    }
    board_ended(board);
    exit(0); /* not _exit: some OpenMP run-times have segments to remove */
}

/* -- inside the nursery -------------------------------------------------- */

static int room_host(struct room *room, const char *path, struct reply *reply)
{
    struct host *host = calloc(1, sizeof *host);
    pid_t nursery = getpid();

    if (!host)
        return err_set(&reply->err, EXIT_RESOURCE, "no memory for a host");
    if (board_join(&host->board, path, &reply->err))
        goto out_free;
    host->pid = fork();
    if (host->pid == 0)
        host_live(room, host->board, nursery);
    if (host->pid < 0) {
        err_errno(&reply->err, EXIT_RESOURCE, "cannot fork a host");
        goto out_close;
    }
    host->next = room->hosts;
    room->hosts = host;
    reply->host = host->pid;
    return 0;

out_close:
    board_close(host->board);
out_free:
    free(host);
    return -1;
}

static struct host **room_find(struct room *room, pid_t pid)
{
    struct host **at = &room->hosts;

    while (*at && (*at)->pid != pid)
        at = &(*at)->next;
    return at;
}

static void send_reply(const struct room *room, const struct reply *reply)
{
    /* If nobody listens any more, the socket's end is what is read next. */
    if (write(room->socket, reply, sizeof *reply) < 0)
        return;
}

/* LLVM's OpenMP keeps a segment for each process, which one that was killed
 * had no time to remove. GNU's has none. */
static void sweep_behind(pid_t host)
{
    char name[64];

    snprintf(name, sizeof name, "/__KMP_REGISTERED_LIB_%d_%d", (int)host,
             (int)getuid());
    shm_unlink(name);
}

/* A host has ended: its board learns why, if that was not by order. */
static void bury(struct room *room, pid_t pid, int status)
{
    struct host **at = room_find(room, pid), *host = *at;
    struct reply reply = {.host = pid};
    char text[128];

    if (!host)
        return;
    if (WIFSIGNALED(status)) {
        sweep_behind(pid);
        snprintf(text, sizeof text, "the team was lost: signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
        board_lost(host->board, text);
    } else if (WEXITSTATUS(status) && !atomic_load(&host->board->troubles)) {
        snprintf(text, sizeof text, "the team was lost: it ended with %d",
                 WEXITSTATUS(status));
        board_lost(host->board, text);
    }
    if (host->awaited)
        send_reply(room, &reply);
    *at = host->next;
    board_close(host->board);
    free(host);
}

static void bury_all(struct room *room)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;

    if (read(room->signals, &info, sizeof info) < 0)
        return;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        bury(room, pid, status);
}

static void end_host(struct room *room, pid_t pid)
{
    struct reply reply = {.host = pid};
    struct host *host = *room_find(room, pid);

    if (!host) {
        send_reply(room, &reply);
        return;
    }
    host->awaited = true;
    /* Whose workers have all ended is on its way out by itself. */
    if (!atomic_load(&host->board->ended))
        kill(host->pid, SIGKILL);
}

static void serve(struct room *room, const struct request *request)
{
    struct reply reply = {.failed = 0};

    switch (request->what) {
    case FORK: reply.failed = room_host(room, request->text, &reply); break;
    case FOLDER:
        reply.failed =
            folder_make(request->text, "drive", room->folder, &reply.err);
        memcpy(reply.folder, room->folder, sizeof reply.folder);
        break;
    case END: end_host(room, request->host); return;
    }
    send_reply(room, &reply);
}

/* The conductor has closed its end, or was killed. Hosts may be writing, and so
 * may ranks that nobody here can wait for. */
static _Noreturn void leave(struct room *room)
{
    const uint64_t patience_ns = 10000000000;

    for (struct host *host = room->hosts; host; host = host->next)
        kill(host->pid, SIGKILL);
    for (struct host *host = room->hosts; host; host = host->next)
        waitpid(host->pid, NULL, 0);
    folder_remove(room->folder, patience_ns, NULL);
    _exit(0);
}

/* Deaf to all that a terminal or a launcher may send to everybody, for its
 * signal is the end of the socket. */
static void block_signals(struct room *room)
{
    const int deaf_to[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1};
    sigset_t child;

    for (size_t i = 0; i < sizeof deaf_to / sizeof *deaf_to; i++)
        signal(deaf_to[i], SIG_IGN);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    room->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

static _Noreturn void nursery_live(int socket)
{
    struct room room = {.socket = socket};
    struct request request;

    block_signals(&room);
    for (;;) {
        struct pollfd wait[] = {{.fd = socket, .events = POLLIN},
                                {.fd = room.signals, .events = POLLIN}};

        if (poll(wait, 2, -1) < 0)
            continue;
        if (wait[1].revents)
            bury_all(&room);
        if (wait[0].revents) {
            if (read(socket, &request, sizeof request) != sizeof request)
                leave(&room);
            serve(&room, &request);
        }
    }
}

/* -- outside ------------------------------------------------------------- */

int nursery_open(struct nursery **nursery, struct err *err)
{
    struct nursery *n = malloc(sizeof *n);
    int pair[2];

    if (!n)
        return err_set(err, EXIT_RESOURCE, "no memory for the nursery");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
        err_errno(err, EXIT_RESOURCE, "cannot talk to a nursery");
        goto out_free;
    }
    n->pid = fork();
    if (n->pid == 0) {
        close(pair[0]);
        nursery_live(pair[1]);
    }
    close(pair[1]);
    if (n->pid < 0) {
        err_errno(err, EXIT_RESOURCE, "cannot fork the nursery");
        goto out_close;
    }
    n->socket = pair[0];
    *nursery = n;
    return 0;

out_close:
    close(pair[0]);
out_free:
    free(n);
    return -1;
}

static int ask(struct nursery *nursery, const struct request *request,
               struct reply *reply, struct err *err)
{
    ssize_t got;

    if (send(nursery->socket, request, sizeof *request, MSG_NOSIGNAL) !=
        sizeof *request)
        return err_errno(err, EXIT_RESOURCE, "the nursery does not listen");
    do
        got = read(nursery->socket, reply, sizeof *reply);
    while (got < 0 && errno == EINTR);
    if (got != sizeof *reply)
        return err_set(err, EXIT_RESOURCE, "the nursery was lost");
    if (reply->failed)
        *err = reply->err;
    return reply->failed;
}

int nursery_host(struct nursery *nursery, const char *board_path, pid_t *host,
                 struct err *err)
{
    struct request request = {.what = FORK};
    struct reply reply;

    snprintf(request.text, sizeof request.text, "%s", board_path);
    if (ask(nursery, &request, &reply, err))
        return -1;
    *host = reply.host;
    return 0;
}

void nursery_end(struct nursery *nursery, pid_t host)
{
    struct request request = {.what = END, .host = host};
    struct reply reply;
    struct err err;

    /* A nursery that is gone has taken its hosts along. */
    ask(nursery, &request, &reply, &err);
}

int nursery_folder(struct nursery *nursery, const char *home, char *path,
                   struct err *err)
{
    struct request request = {.what = FOLDER};
    struct reply reply;

    snprintf(request.text, sizeof request.text, "%s", home);
    if (ask(nursery, &request, &reply, err))
        return -1;
    memcpy(path, reply.folder, sizeof reply.folder);
    return 0;
}

bool nursery_gone(struct nursery *nursery, struct err *err)
{
    struct pollfd end = {.fd = nursery->socket};

    if (poll(&end, 1, 0) < 1 || !(end.revents & (POLLHUP | POLLERR)))
        return false;
    err_set(err, EXIT_RESOURCE, "the nursery was lost");
    return true;
}

void nursery_close(struct nursery *nursery)
{
    if (!nursery)
        return;
    close(nursery->socket);
    waitpid(nursery->pid, NULL, 0);
    free(nursery);
}
