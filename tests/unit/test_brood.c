/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children in every way that needs no program of ours: they live, at once, and
 * end; one that is lost or fails is named; where one cannot be made, none is
 * left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/brood.h"
#include "core/clock.h"

enum { CHILDREN = 5, LOST = 3 };

struct own {
    int number;
    pid_t pid;
};

static int honest(void *at, int i)
{
    struct own *own = desk_own(at, i);

    own->number = i + 1;
    own->pid = getpid();
    desk_ready(at, i);
    desk_await(at);
    return 0;
}

static const struct way {
    const char *name;
    enum birth birth;
    bool pooled;
} ways[] = {
    {"call", BIRTH_CALL, false},        {"clone", BIRTH_CLONE, false},
    {"fork", BIRTH_FORK, false},        {"forkserver", BIRTH_FORKSERVER, false},
    {"thread pool", BIRTH_CLONE, true}, {"process pool", BIRTH_FORK, true},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static struct brood *open_brood(const struct way *way, life_fn *life)
{
    struct brood_plan plan = {.birth = way->birth,
                              .pooled = way->pooled,
                              .n = CHILDREN,
                              .each = sizeof(struct own),
                              .life = life};
    struct brood *brood;
    struct err err;

    if (brood_open(&brood, &plan, &err))
        fail_msg("%s: %s", way->name, err.text);
    return brood;
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void live_once(struct brood *brood, const struct way *way)
{
    struct desk *desk = brood_desk(brood);
    uint64_t released;
    struct err err;

    if (brood_bear(brood, &err) || brood_await(brood, &err))
        fail_msg("%s: %s", way->name, err.text);
    released = clock_now();
    if (brood_join(brood, &err))
        fail_msg("%s: %s", way->name, err.text);
    for (int i = 0; i < CHILDREN; i++) {
        const struct stamp *stamp = desk_stamp(desk, i);
        const struct own *own = desk_own(desk, i);

        assert_int_equal(own->number, i + 1);
        assert_true(stamp->ready_ns > 0 && stamp->ready_ns <= stamp->end_ns);
        assert_true(way->birth == BIRTH_CALL ||
                    (stamp->ready_ns <= released && released <= stamp->end_ns));
        assert_true((own->pid == getpid()) ==
                    (way->birth == BIRTH_CALL || way->birth == BIRTH_CLONE));
    }
}

static void all_live_twice_and_end(void **state)
{
    (void)state;
    for (int w = 0; w < WAYS; w++) {
        struct brood *brood = open_brood(&ways[w], honest);

        live_once(brood, &ways[w]);
        live_once(brood, &ways[w]);
        brood_close(brood);
        assert_no_child();
    }
}

static void a_pool_is_the_same_again(void **state)
{
    struct brood *brood = open_brood(&ways[WAYS - 1], honest);
    struct own *own = desk_own(brood_desk(brood), 2);
    pid_t first;

    (void)state;
    live_once(brood, &ways[WAYS - 1]);
    first = own->pid;
    live_once(brood, &ways[WAYS - 1]);
    assert_int_equal(own->pid, first);
    brood_close(brood);
}

static void the_unheld_do_not_wait(void **state)
{
    struct brood_plan plan = {.birth = BIRTH_FORK,
                              .unheld = true,
                              .n = CHILDREN,
                              .each = sizeof(struct own),
                              .life = honest};
    struct brood *brood;
    struct err err;
    siginfo_t info;

    (void)state;
    assert_int_equal(brood_open(&brood, &plan, &err), 0);
    assert_int_equal(brood_bear(brood, &err), 0);
    assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(brood_join(brood, &err), 0);
    brood_close(brood);
}

/* -- what goes wrong ----------------------------------------------------------
 */

static int dies_early(void *at, int i)
{
    if (i == LOST)
        raise(SIGKILL);
    return honest(at, i);
}

static int leaves_early(void *at, int i)
{
    return i == LOST ? 9 : honest(at, i);
}

static int leaves_for_nothing(void *at, int i)
{
    return i == LOST ? 0 : honest(at, i);
}

static int explains(void *at, int i)
{
    struct err err;

    if (i != LOST)
        return honest(at, i);
    err_set(&err, EXIT_RESOURCE, "the well is dry");
    return desk_fail(at, &err);
}

/* The brood fails, names the reason, and has ended all. */
static void loses(const struct way *way, life_fn *life, const char *reason)
{
    struct brood *brood = open_brood(way, life);
    struct err err = {.text = ""};

    if (brood_bear(brood, &err) == 0 && brood_await(brood, &err) == 0)
        fail_msg("%s: nobody is missed", way->name);
    if (!strstr(err.text, reason))
        fail_msg("%s: '%s' where '%s' was to be said", way->name, err.text,
                 reason);
    brood_close(brood);
    assert_no_child();
}

static void who_is_lost_is_named(void **state)
{
    (void)state;
    for (int w = 0; w < WAYS; w++) {
        bool process =
            ways[w].birth == BIRTH_FORK || ways[w].birth == BIRTH_FORKSERVER;

        loses(&ways[w], explains, "the well is dry");
        if (process)
            loses(&ways[w], dies_early, "child 4 of 5 was lost: signal 9");
        if (process || ways[w].birth == BIRTH_CLONE)
            loses(&ways[w], leaves_early, "child 4 of 5 ended with 9");
    }
    loses(&ways[2], leaves_for_nothing, "child 4 of 5 ended with");
}

/* As an ordinary user, who has a limit on processes where root has none. */
static int limited(const struct way *way)
{
    const struct rlimit few = {2, 2};
    struct brood *brood = open_brood(way, honest);
    struct err err = {.text = ""};
    int wrong = 0;

    if (setrlimit(RLIMIT_NPROC, &few) || setuid(65534))
        return 77;
    if (brood_bear(brood, &err) == 0)
        wrong = 1;
    else if (!strstr(err.text, " of 5: Resource temporarily unavailable") ||
             !strstr(err.text, "ulimit -u") || !strstr(err.text, "were ended"))
        wrong = 2;
    else if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
        wrong = 3;
    brood_close(brood);
    return wrong;
}

static void a_limit_in_the_middle_ends_all(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    for (int w = 1; w <= 2; w++) {
        int status;
        pid_t pid = fork();

        if (pid == 0)
            _exit(limited(&ways[w]));
        waitpid(pid, &status, 0);
        if (WEXITSTATUS(status) == 77)
            skip();
        if (status)
            fail_msg("%s: %d", ways[w].name, WEXITSTATUS(status));
    }
}

/* Children whose parent is killed do not outlive it. */
static void children_die_with_their_parent(void **state)
{
    (void)state;
    for (int w = 2; w < WAYS; w++) {
        int pipes[2];
        char byte;
        pid_t pid;

        if (ways[w].birth == BIRTH_CLONE)
            continue;
        assert_int_equal(pipe(pipes), 0);
        pid = fork();
        if (pid == 0) {
            struct brood *brood = open_brood(&ways[w], honest);
            struct err err;

            if (brood_bear(brood, &err) || brood_await(brood, &err))
                _exit(1);
            raise(SIGKILL);
        }
        close(pipes[1]);
        /* The end of the file comes when the last of them has ended. */
        assert_int_equal(read(pipes[0], &byte, 1), 0);
        close(pipes[0]);
        waitpid(pid, NULL, 0);
    }
}

static void calls_that_no_parent_made(void **state)
{
    struct born born;
    struct err err;

    (void)state;
    assert_int_equal(born_read(&born, "hello", &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "'hello'"));
    assert_int_equal(born_read(&born, "0:/nowhere:1", &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
}

static void ranks_want_a_launcher(void **state)
{
    struct brood_plan plan = {.birth = BIRTH_LAUNCH, .n = 2, .launcher = ""};
    struct brood *brood;
    struct err err;

    (void)state;
    assert_int_equal(brood_open(&brood, &plan, &err), -1);
    assert_int_equal(err.code, EXIT_ABSENT);
}

/* A launcher that ends instead of launching: its words are the reason. */
static void a_launcher_that_fails_says_why(void **state)
{
    struct brood_plan plan = {.birth = BIRTH_LAUNCH, .n = 2};
    char script[] = "/tmp/drive-launcher-XXXXXX";
    int fd = mkstemp(script);
    static const char text[] = "#!/bin/sh\necho no slots >&2\nexit 3\n";
    struct brood *brood;
    struct err err;

    (void)state;
    assert_true(write(fd, text, sizeof text - 1) > 0);
    fchmod(fd, 0700);
    close(fd);
    plan.launcher = script;
    assert_int_equal(brood_open(&brood, &plan, &err), 0);
    assert_int_equal(brood_bear(brood, &err), 0);
    assert_int_equal(brood_await(brood, &err), -1);
    assert_non_null(strstr(err.text, "no slots"));
    brood_close(brood);
    unlink(script);
    assert_no_child();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_live_twice_and_end),
        cmocka_unit_test(a_pool_is_the_same_again),
        cmocka_unit_test(the_unheld_do_not_wait),
        cmocka_unit_test(who_is_lost_is_named),
        cmocka_unit_test(a_limit_in_the_middle_ends_all),
        cmocka_unit_test(children_die_with_their_parent),
        cmocka_unit_test(calls_that_no_parent_made),
        cmocka_unit_test(ranks_want_a_launcher),
        cmocka_unit_test(a_launcher_that_fails_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
