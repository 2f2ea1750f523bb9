/* SPDX-License-Identifier: Apache-2.0 */
/* What executors stand on: tried by a small team of each. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/segment.h"
#include "drivers/executors/executor.h"
#include "drivers/probe.h"
#include "drivers/team.h"
#include "results/report/table.h"

/* One team of each: two workers where there are places, and nothing to do. */
struct tryout {
    struct conductor *conductor;
    struct placement placement;
    struct problem problem;
    struct work work;
    int kernel;
};

/* All executors meet on memory that each opens by its path below /proc. */
static bool try_board(struct checks *list)
{
    struct check *c = checks_add(list, NULL, "shared board");
    struct board *board = NULL, *again = NULL;
    struct err err;
    char path[64];
    int fd = -1;

    if (board_create(&board, &fd, 1, &err) == 0 &&
        board_join(&again, segment_path(fd, path, sizeof path), &err) == 0) {
        check_found(c, "opens by /proc/PID/fd");
    } else {
        check_found(c, "%s", err.text);
        check_worry(c, CHECK_FAIL, "no team can be led");
        c->remedy = "Mount /proc; allow memfd_create and opening "
                    "/proc/PID/fd of one's own processes (containers: the "
                    "default seccomp profile does, one PID namespace for all "
                    "ranks).";
    }
    board_close(again);
    board_close(board);
    if (fd >= 0)
        close(fd);
    return c->state == CHECK_OK;
}

static bool is_needed(void)
{
    for (int i = 0; executor_table[i]; i++) {
        if (executor_table[i]->flags & EXECUTOR_NEEDS_LAUNCHER &&
            !executor_table[i]->absent)
            return true;
    }
    return false;
}

/* A launcher that nobody needs is not missed. */
static void try_launcher(struct conductor *conductor, const char *asked,
                         char *path, size_t size, struct checks *list)
{
    struct check *c = checks_add(list, NULL, "launcher");
    struct err err;

    if (conductor->lobby) {
        check_found(c, "started %d rank%s of %s", conductor->lobby->ranks,
                    conductor->lobby->ranks == 1 ? "" : "s", conductor->mpi);
    } else if (launcher_find(asked, path, size, &err) == 0) {
        conductor->launcher = path;
        check_found(c, "%s", path);
    } else if (!is_needed()) {
        check_found(c, "none, and none is needed");
    } else {
        check_found(c, "%s", err.text);
        check_worry(c, CHECK_WARN, "ranks cannot be compared");
        c->remedy = "Load the MPI module that drive was built with, or name "
                    "its launcher with --launcher.";
    }
}

static int start_and_run(const struct tryout *t, const struct team_plan *plan,
                         struct check *c, struct err *err)
{
    struct team *team = NULL;
    char text[32];
    bool bound = true;

    if (team_start(&team, t->conductor, plan, err) ||
        team_order(team, ORDER_SETUP, err) ||
        team_order(team, ORDER_TRIAL, err)) {
        team_stop(team);
        return -1;
    }
    for (int i = 0; i < plan->workers; i++)
        bound = bound && team_board(team)->slot[i].bound;
    check_found(c, "%d worker%s %s, ready in %s", plan->workers,
                plan->workers == 1 ? "" : "s", bound ? "bound" : "not bound",
                format_time((double)team_startup(team), text, sizeof text));
    team_stop(team);
    if (!bound) {
        check_worry(c, CHECK_WARN, "workers are not where they are planned");
        c->remedy = "`drive pin` shows who sits where; something else binds "
                    "them: OMP_PROC_BIND, a wrapper, or the launcher.";
    }
    return 0;
}

static int try_executor(const struct tryout *t, int executor,
                        struct checks *list, struct err *err)
{
    const struct executor *e = executor_table[executor];
    struct check *c = checks_add(list, NULL, e->name);
    struct team_plan plan = {
        .executor = executor,
        .kernel = t->kernel,
        .workers = e->flags & EXECUTOR_ONE_WORKER ? 1 : t->placement.workers,
        .problem = &t->problem,
        .work = &t->work,
        .placement = &t->placement};
    bool away = (e->flags & EXECUTOR_NEEDS_LAUNCHER) && !t->conductor->lobby &&
                !t->conductor->launcher;
    struct err why;

    if (e->absent || away) {
        check_found(c, "%s", e->absent ? e->absent : "there is no launcher");
        c->state = CHECK_UNREADABLE;
        return 0;
    }
    if (start_and_run(t, &plan, c, &why) == 0)
        return 0;
    if (why.code > EXIT_SIGNAL) {
        *err = why;
        return -1;
    }
    check_found(c, "%s", why.text);
    check_worry(c, CHECK_FAIL, "this executor cannot be compared");
    c->remedy = "Limits on processes, threads or memory (ulimit -a, the "
                "container's, the job's) are the usual reason.";
    return 0;
}

static int prepare(struct tryout *t, struct err *err)
{
    const struct conductor *c = t->conductor;
    int places = c->lobby ? c->lobby->ranks : topology_cores(c->topology);

    t->kernel = kernel_find("null", err);
    if (t->kernel < 0)
        return -1;
    t->problem.mode = MODE_REPLICATE;
    param_defaults(kernel_table[t->kernel]->params, t->problem.value);
    if (kernel_table[t->kernel]->plan(&t->problem, 1, &t->work, err))
        return -1;
    return placement_plan(c->topology, "core", places > 1 ? 2 : 1,
                          &t->placement, err);
}

int probe_teams(struct conductor *conductor, const char *launcher,
                struct checks *list, struct err *err)
{
    struct tryout t = {.conductor = conductor};
    char path[256];
    bool shared = try_board(list);
    int failed;

    try_launcher(conductor, launcher, path, sizeof path, list);
    failed = prepare(&t, err);
    for (int i = 0; shared && executor_table[i] && !failed; i++)
        failed = try_executor(&t, i, list, err);
    placement_free(&t.placement);
    conductor->launcher = NULL;
    return failed;
}
