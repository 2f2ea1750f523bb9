/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"
#include "core/segment.h"
#include "drivers/deal.h"
#include "drivers/executors/executor.h"

struct team {
    struct conductor *conductor;
    const struct executor *executor;
    struct board *board;
    int board_fd;
    char path[64];
    char policy[256];    /* of placement */
    bool parent;         /* of a KERNEL_PARENT */
    bool failed;         /* an order did: the workers cannot be trusted */
    bool called;         /* its ranks wait in the conductor's lobby */
    uint32_t tie;        /* its number among those over nodes, or 0 */
    pid_t host;          /* of the nursery, or 0 */
    struct lobby *lobby; /* of our own ranks, or NULL */
    int lobby_fd;
    struct launcher *launcher;
    uint64_t init_ns; /* MPI_Init of ranks launched with us */
    struct watch watch;
};

static bool is_parent(const struct team_plan *plan)
{
    return kernel_table[plan->kernel]->traits & KERNEL_PARENT;
}

/* Who sits where, and in which process. */
static void seat_workers(struct board *board, const struct team_plan *plan,
                         bool tied)
{
    bool apart = board->own_process;

    /* Over several nodes each has its own seats, and tells of them. */
    for (int i = 0; i < plan->workers && !tied; i++) {
        board->slot[i].seat = plan->placement->seat[i];
        board->slot[i].rank = apart ? i : 0;
        board->slot[i].thread = apart ? 0 : i;
    }
    if (executor_table[plan->executor]->flags & EXECUTOR_NEEDS_LAUNCHER)
        board->ranks = plan->workers;
}

static int fill_board(struct board *board, const struct conductor *c,
                      const struct team_plan *plan, bool tied, struct err *err)
{
    const struct placement *placement = plan->placement;
    bool hybrid = executor_table[plan->executor]->flags & EXECUTOR_HYBRID;

    board->kernel = plan->kernel;
    board->executor = plan->executor;
    board->problem = *plan->problem;
    board->arena_bytes = (size_t)plan->work->arena + ARENA_SLACK;
    board->pages = plan->work->pages;
    board->window = plan->work->window;
    board->crowded = placement->crowded;
    board->own_process =
        is_parent(plan) ||
        executor_table[plan->executor]->flags & EXECUTOR_OWN_PROCESS;
    board->tasks = plan->tasks ? plan->tasks : plan->workers;
    board->serialized = plan->serialized;
    snprintf(board->launcher, sizeof board->launcher, "%s",
             c->launcher ? c->launcher : "");
    board->allowed = placement->allowed;
    board->ranks_per = plan->ranks_per;
    if (hybrid && !tied && !is_parent(plan))
        return deal_board(c->topology, placement, board, err);
    seat_workers(board, plan, tied);
    return 0;
}

/* A folder of the team's own for a kernel that writes files. */
static int make_scratch(struct board *board, const struct conductor *c,
                        struct err *err)
{
    if (!(kernel_table[board->kernel]->traits & KERNEL_FILES))
        return 0;
    return folder_make(c->scratch, executor_table[board->executor]->name,
                       board->scratch, err);
}

bool team_takes_ranks(const struct conductor *c, const struct team_plan *plan)
{
    unsigned flags = executor_table[plan->executor]->flags;

    return c->lobby && flags & EXECUTOR_NEEDS_LAUNCHER && !is_parent(plan);
}

static bool is_tied(const struct conductor *c, const struct team_plan *plan)
{
    return c->lobby && c->lobby->nodes > 1 && !is_parent(plan) &&
           (plan->spread || team_takes_ranks(c, plan));
}

/* -- four ways to find a host -------------------------------------------- */

/* Sends rank 0, who leads the leaders of the nodes. */
static int send_leader(struct team *team, int what, struct err *err)
{
    struct errand errand = {.what = what, .team = team->tie};

    snprintf(errand.board, sizeof errand.board, "%s", team->path);
    snprintf(errand.policy, sizeof errand.policy, "%s", team->policy);
    if (!team->conductor->stuck &&
        lobby_send(team->conductor->lobby, &errand, &team->watch))
        return 0;
    team->conductor->stuck = true;
    return err_set(err, EXIT_RESOURCE, "rank 0 does not answer");
}

static bool first_rank_gone(void *arg, struct err *err)
{
    const struct conductor *c = arg;

    if (getppid() == c->first_rank)
        return false;
    err_set(err, EXIT_RESOURCE, "rank 0 was lost");
    return true;
}

static int call_ranks(struct team *team, struct err *err)
{
    struct lobby *lobby = team->conductor->lobby;
    bool ranks = team->executor->flags & EXECUTOR_NEEDS_LAUNCHER;
    bool named = team->executor->flags & EXECUTOR_HYBRID; /* none by default */
    bool fewer = named && !team->tie; /* a node has a rank for each worker */
    int needed = fewer ? team->board->ranks : team->board->workers;

    if (team->conductor->stuck)
        return err_set(err, EXIT_RESOURCE,
                       "the ranks were lost in an earlier cell");
    if (needed > lobby->ranks)
        return err_set(err, named ? EXIT_RESOURCE : EXIT_ABSENT,
                       "only %d ranks were launched: start with  mpirun -np "
                       "%d",
                       lobby->ranks, needed);
    for (int i = 0; ranks && i < needed; i++) {
        if (lobby->guest[i].init_ns > team->init_ns)
            team->init_ns = lobby->guest[i].init_ns;
    }
    board_born(team->board);
    team->called = ranks;
    if (team->tie) {
        team->watch.gone = first_rank_gone;
        team->watch.arg = team->conductor;
        return send_leader(team, ERRAND_CALL, err);
    }
    lobby_call(lobby, team->path);
    return 0;
}

static bool launcher_has_gone(void *arg, struct err *err)
{
    return launcher_gone(arg, err);
}

/* Ranks of our own live for this team alone, so that their start is seen in
 * full: the launcher, MPI_Init, and the first order. */
static int launch_ranks(struct team *team, struct err *err)
{
    struct conductor *c = team->conductor;
    char path[64];

    if (!c->launcher)
        return launcher_find(NULL, path, sizeof path, err);
    if (lobby_create(&team->lobby, &team->lobby_fd, team->board->ranks, err))
        return -1;
    board_born(team->board);
    if (launcher_start(&team->launcher, c->launcher, team->board->ranks,
                       LOBBY_VARIABLE,
                       segment_path(team->lobby_fd, path, sizeof path), err))
        return -1;
    team->watch.gone = launcher_has_gone;
    team->watch.arg = team->launcher;
    if (lobby_wait(team->lobby, &team->watch, err))
        return -1;
    memcpy(c->mpi, team->lobby->library, sizeof c->mpi);
    lobby_call(team->lobby, team->path);
    return 0;
}

static bool nursery_has_gone(void *arg, struct err *err)
{
    return nursery_gone(arg, err);
}

static int find_host(struct team *team, struct err *err)
{
    team->watch.gone = nursery_has_gone;
    team->watch.arg = team->conductor->nursery;
    if (!team->tie &&
        (!(team->executor->flags & EXECUTOR_NEEDS_LAUNCHER) || team->parent))
        return nursery_host(team->conductor->nursery, team->path, &team->host,
                            err);
    if (team->conductor->lobby)
        return call_ranks(team, err);
    return launch_ranks(team, err);
}

/* -- life and death ------------------------------------------------------ */

int team_start(struct team **team, struct conductor *conductor,
               const struct team_plan *plan, struct err *err)
{
    struct team *t;

    if (executor_table[plan->executor]->absent)
        return err_set(err, EXIT_ABSENT, "%s",
                       executor_table[plan->executor]->absent);
    t = calloc(1, sizeof *t);
    if (!t)
        return err_set(err, EXIT_RESOURCE, "no memory for a team");
    t->conductor = conductor;
    t->executor = executor_table[plan->executor];
    t->parent = is_parent(plan);
    t->watch.stop = conductor->stop;
    snprintf(t->policy, sizeof t->policy, "%s", plan->placement->policy);
    t->board_fd = t->lobby_fd = -1;
    if (board_create(&t->board, &t->board_fd, plan->workers, err))
        goto out_stop;
    if (is_tied(conductor, plan))
        t->tie = ++conductor->ties;
    segment_path(t->board_fd, t->path, sizeof t->path);
    if (fill_board(t->board, conductor, plan, t->tie, err) ||
        make_scratch(t->board, conductor, err) || find_host(t, err) ||
        board_wait(t->board, &t->watch, err))
        goto out_stop;
    *team = t;
    return 0;

out_stop:
    t->failed = true;
    team_stop(t);
    return -1;
}

int team_order(struct team *team, enum order order, struct err *err)
{
    board_post(team->board, order);
    if ((!team->tie || send_leader(team, ERRAND_ORDER, err) == 0) &&
        board_wait(team->board, &team->watch, err) == 0)
        return 0;
    team->failed = true;
    return -1;
}

struct board *team_board(struct team *team)
{
    return team->board;
}

uint64_t team_startup(const struct team *team)
{
    uint64_t last = 0;

    for (int i = 0; i < team->board->workers; i++) {
        if (team->board->slot[i].ready_ns > last)
            last = team->board->slot[i].ready_ns;
    }
    return last - team->board->born_ns + team->init_ns;
}

/* Until the host says that the last worker has ended, or there is none to say
 * so any more. */
static bool await_end(struct team *team, uint64_t patience_ns)
{
    struct board *board = team->board;
    uint64_t end = clock_now() + patience_ns;

    while (!atomic_load(&board->ended)) {
        uint32_t news = atomic_load(&board->news);

        if (clock_now() > end || team->watch.gone(team->watch.arg, NULL))
            return false;
        if (!atomic_load(&board->ended))
            futex_wait(&board->news, news, 100000000);
    }
    return true;
}

/* Ranks launched with us cannot be ended one by one. What sleeps on the board
 * goes home by order; what is stuck in a message stays, and the lobby is of no
 * use any more. */
static void recall_ranks(struct team *team)
{
    const uint64_t patience_ns = 2000000000;
    struct conductor *c = team->conductor;

    board_post(team->board, ORDER_LEAVE);
    if (team->tie && !team->watch.gone(team->watch.arg, NULL))
        send_leader(team, ERRAND_ORDER, NULL);
    if (getppid() != c->first_rank || !await_end(team, patience_ns))
        c->stuck = true;
}

static void end_hosts(struct team *team)
{
    const uint64_t patience_ns = 5000000000;

    if (team->lobby)
        lobby_close(team->lobby, 0);
    launcher_end(team->launcher, team->failed ? 0 : patience_ns);
    if (team->host)
        nursery_end(team->conductor->nursery, team->host);
    if (team->called && team->failed)
        recall_ranks(team);
    if (team->tie && !team->conductor->stuck)
        send_leader(team, ERRAND_END, NULL);
}

uint64_t team_stop(struct team *team)
{
    const uint64_t patience_ns = 60000000000, writers_ns = 1000000000;
    uint64_t start = clock_now(), took;
    bool own_ranks;
    struct err err;

    if (!team)
        return 0;
    own_ranks = team->launcher != NULL;
    if (!team->failed && team_order(team, ORDER_LEAVE, &err) == 0)
        await_end(team, patience_ns);
    took = clock_now() - start;
    end_hosts(team);
    if (own_ranks)
        took = clock_now() - start;
    if (team->board)
        folder_remove(team->board->scratch, writers_ns, NULL);
    lobby_leave(team->lobby);
    board_close(team->board);
    if (team->lobby_fd >= 0)
        close(team->lobby_fd);
    if (team->board_fd >= 0)
        close(team->board_fd);
    free(team);
    return took;
}
