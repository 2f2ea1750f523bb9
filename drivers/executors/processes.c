/* SPDX-License-Identifier: Apache-2.0 */
/*
 * processes: forked workers over one shared mapping. They are forked from the
 * team's host, a child of the nursery that holds nothing but the mapping, so
 * that a fork costs what a fork costs and not what its parent weighs.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/executors/executor.h"
#include "drivers/executors/shared.h"

/* A child's whole life. It dies with its parent, however that comes about. */
static _Noreturn void live(const struct ground *ground, struct board *board,
                           int rank, pid_t parent)
{
    struct slot *slot = &board->slot[rank];
    struct hand hand;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_RESOURCE);
    if (ground_hand(ground, board, rank, &hand, &slot->err))
        _exit(EXIT_RESOURCE);
    board_work(board, &hand.worker);
    exit(slot->failed ? EXIT_RESOURCE : 0); /* as hosts do, see nursery.c */
}

static int describe_end(int status, int rank, struct err *err)
{
    if (WIFSIGNALED(status))
        return err_set(err, EXIT_RESOURCE, "worker %d was lost: signal %d (%s)",
                       rank, WTERMSIG(status), strsignal(WTERMSIG(status)));
    return err_set(err, EXIT_RESOURCE, "worker %d was lost: it ended with %d",
                   rank, WEXITSTATUS(status));
}

/* Forks the workers still missing; stops at the first that cannot be. */
static int fork_all(const struct ground *ground, struct board *board,
                    pid_t *child, struct err *err)
{
    pid_t parent = getpid();

    for (int rank = 0; rank < board->workers; rank++) {
        child[rank] = fork();
        if (child[rank] == 0)
            live(ground, board, rank, parent);
        if (child[rank] < 0)
            return err_errno(err, EXIT_RESOURCE, "cannot fork worker %d of %d",
                             rank, board->workers);
    }
    return 0;
}

static int rank_of(const pid_t *child, int workers, pid_t pid)
{
    int rank = 0;

    while (rank < workers && child[rank] != pid)
        rank++;
    return rank;
}

/* Waits for all children; the first that ends badly ends the others too. */
static int reap_all(pid_t *child, int workers, int failed, struct err *err)
{
    int status;
    pid_t pid;

    for (;;) {
        for (int i = 0; failed && i < workers; i++) {
            if (child[i] > 0)
                kill(child[i], SIGKILL);
        }
        pid = wait(&status);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            return failed;
        if (status && !failed)
            failed = describe_end(status, rank_of(child, workers, pid), err);
        if (rank_of(child, workers, pid) < workers)
            child[rank_of(child, workers, pid)] = 0;
    }
}

static int run(struct board *board, struct err *err)
{
    struct ground ground;
    pid_t *child = calloc((size_t)board->workers, sizeof *child);
    int failed;

    if (!child)
        return err_set(err, EXIT_RESOURCE, "no memory for %d workers",
                       board->workers);
    board_born(board);
    failed = ground_open(&ground, board, true, err);
    if (!failed) {
        failed = fork_all(&ground, board, child, err);
        failed = reap_all(child, board->workers, failed, err);
        ground_close(&ground);
    }
    free(child);
    return failed;
}

const struct executor executor_processes = {
    .name = "processes",
    .summary = "forked processes over shared memory",
    .flags = EXECUTOR_SHARED_MEMORY | EXECUTOR_OWN_PROCESS,
    .birth = BIRTH_FORK,
    .run = run,
};
