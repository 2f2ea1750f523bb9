/* SPDX-License-Identifier: Apache-2.0 */
/*
 * square: every way to compute it gives the same result, what was not computed
 * is found, and threads with one generator wait for each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/digits.h"
#include "drivers/board.h"
#include "kernels/kernel.h"

enum { LOCKED, DRAW, MULTIPLY };

/* A worker of its own on one problem. */
struct stage {
    const struct kernel *kernel;
    struct problem problem;
    struct work work;
    struct arena arena;
    struct globals *globals;
    uint64_t talk_ns, lock_ns;
    struct worker worker;
    void *state;
    struct outcome outcome;
    struct err err;
};

/* "n=9,rounds=2" */
static void set_params(struct stage *s, const char *text)
{
    char copy[200], *rest = copy, *word;

    snprintf(copy, sizeof copy, "%s", text);
    while ((word = strsep(&rest, ","))) {
        char *value = strchr(word, '=');
        int row, n;

        assert_non_null(value);
        *value++ = '\0';
        row = param_find(s->kernel->params, word, &s->err);
        assert_true(row >= 0);
        assert_int_equal(param_parse(&s->kernel->params[row], value,
                                     &s->problem.value[row], 1, &n, &s->err),
                         0);
    }
}

/* `text` says what is not the default; `globals` may be NULL: its own. */
static void stage_open(struct stage *s, const char *text,
                       struct globals *globals, struct giant *giant)
{
    struct worker bare = {.size = 1, .giant = giant};
    struct err err;

    *s = (struct stage){.kernel = kernel_table[kernel_find("square", &err)]};
    s->problem.mode = MODE_REPLICATE;
    s->problem.seed = 1;
    param_defaults(s->kernel->params, s->problem.value);
    set_params(s, "n=101,rounds=3");
    set_params(s, text);
    assert_int_equal(s->kernel->plan(&s->problem, 1, &s->work, &s->err), 0);
    s->arena.bytes = (size_t)s->work.arena + ARENA_SLACK;
    s->arena.base = calloc(1, s->arena.bytes);
    s->globals = calloc(1, sizeof *s->globals);
    bare.arena = &s->arena;
    bare.talk_ns = &s->talk_ns;
    bare.lock_ns = &s->lock_ns;
    bare.globals = globals ? globals : s->globals;
    worker_alone(&s->worker, &bare);
    if (s->kernel->setup(&s->worker, &s->problem, &s->state, &s->err))
        fail_msg("%s", s->err.text);
    assert_true((double)s->arena.used <= s->work.arena + ARENA_SLACK);
    s->kernel->reset(&s->worker, s->state);
}

static void stage_close(struct stage *s)
{
    s->kernel->reset(&s->worker, s->state); /* unmaps */
    free(s->globals);
    free(s->arena.base);
}

static int stage_step(struct stage *s)
{
    return s->kernel->step(&s->worker, s->state, &s->err);
}

static int stage_verify(struct stage *s)
{
    return s->kernel->verify(&s->worker, s->state, &s->outcome, &s->err);
}

static struct outcome outcome_of(const char *text)
{
    struct stage s;

    stage_open(&s, text, NULL, NULL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(stage_step(&s), 0);
    if (stage_verify(&s))
        fail_msg("%s: %s", text, s.err.text);
    assert_true(s.outcome.residual == 0);
    stage_close(&s);
    return s.outcome;
}

/* -- results ------------------------------------------------------------- */

static const char *const ways[] = {
    "rng=own,passes=one",
    "rng=shared,passes=one",
    "rng=own,passes=numpy",
    "rng=shared,passes=numpy",
    "rng=shared,passes=numpy,giant=released",
    "rng=own,passes=numpy,pages=native",
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static const char *const parts[] = {"both", "draw", "multiply"};

/* Calls back with every way and part. */
static void for_all(void (*call)(const char *text, int part))
{
    for (int part = 0; part < 3; part++) {
        for (int way = 0; way < WAYS; way++) {
            char text[100];

            snprintf(text, sizeof text, "%s,part=%s", ways[way], parts[part]);
            call(text, part);
        }
    }
}

/* The sum by the definition, with the stream that the part ends with. */
static uint64_t sum_of(int part)
{
    uint32_t stream = part == 2 ? 0 : 2;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < 101 * 101; i++) {
        uint64_t x = (uint64_t)digits_at(1, stream, i);

        sum += (part == 1 ? x : x * x) * (2 * i + 1);
    }
    return sum;
}

static void compare(const char *text, int part)
{
    assert_true(outcome_of(text).checksum == sum_of(part));
}

static void every_way_has_the_same_result(void **state)
{
    (void)state;
    for_all(compare);
}

static void any_size_will_do(void **state)
{
    static const char *const sizes[] = {"n=1", "n=7", "n=8", "n=64", "n=90"};

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct outcome one = outcome_of(sizes[i]);
        char text[40];

        snprintf(text, sizeof text, "%s,passes=numpy", sizes[i]);
        assert_true(outcome_of(text).checksum == one.checksum);
    }
}

static void rounds_and_seeds_matter(void **state)
{
    struct stage s;

    (void)state;
    assert_false(outcome_of("rounds=1").checksum ==
                 outcome_of("rounds=2").checksum);
    stage_open(&s, "rounds=1", NULL, NULL);
    s.problem.seed = 2;
    s.arena.used = 0;
    assert_int_equal(s.kernel->setup(&s.worker, &s.problem, &s.state, &s.err),
                     0);
    stage_step(&s);
    assert_int_equal(stage_verify(&s), 0);
    assert_false(outcome_of("rounds=1").checksum == s.outcome.checksum);
    stage_close(&s);
}

/* -- what is wrong is found ---------------------------------------------- */

static void leave_out(const char *text, int part)
{
    struct stage s;

    (void)part;
    stage_open(&s, text, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stage_verify(&s), -1);
        assert_int_equal(s.err.code, EXIT_WRONG);
        assert_true(s.outcome.residual > 0);
        s.kernel->reset(&s.worker, s.state);
        stage_step(&s);
        assert_int_equal(stage_verify(&s), 0);
        s.kernel->reset(&s.worker, s.state);
    }
    stage_close(&s);
}

static void a_step_left_out_is_found(void **state)
{
    (void)state;
    for_all(leave_out);
}

/* Each part ends with what others have not made. */
static void one_wrong_element_is_found(void **state)
{
    const size_t count = 101 * 101;
    struct stage s;
    int64_t *x;

    (void)state;
    stage_open(&s, "part=both", NULL, NULL);
    stage_step(&s);
    /* The one array is what the arena ends with, but for the gap behind it. */
    for (x = (int64_t *)(s.arena.base + s.arena.used); x[-1] == 0; x--)
        continue;
    x -= count;
    for (size_t i = 0; i < count; i += 997) {
        x[i]++;
        assert_int_equal(stage_verify(&s), -1);
        assert_non_null(strstr(s.err.text, "of 10201 elements"));
        x[i]--;
    }
    stage_close(&s);
}

static void an_array_that_cannot_be_mapped(void **state)
{
#ifndef SANITIZED
    struct rlimit before, none;
    struct stage s;
    int failed;

    (void)state;
    stage_open(&s, "n=2000,passes=numpy", NULL, NULL);
    getrlimit(RLIMIT_AS, &before);
    none = before;
    none.rlim_cur = 1 << 20;
    setrlimit(RLIMIT_AS, &none);
    failed = stage_step(&s);
    setrlimit(RLIMIT_AS, &before);
    assert_int_equal(failed, -1);
    assert_int_equal(s.err.code, EXIT_RESOURCE);
    assert_non_null(strstr(s.err.text, "cannot map 31 MiB"));
    assert_int_equal(stage_step(&s), 0);
    assert_int_equal(stage_verify(&s), 0);
    stage_close(&s);
#else
    (void)state;
    skip();
#endif
}

/* -- metrics ------------------------------------------------------------- */

static void metrics_are_where_there_is_something_to_say(void **state)
{
    struct outcome one = outcome_of("n=50"), shared = outcome_of("rng=shared"),
                   numpy = outcome_of("passes=numpy"),
                   draw = outcome_of("passes=numpy,part=draw");

    (void)state;
    assert_true(isnan(one.metric[LOCKED]) && isnan(one.metric[DRAW]) &&
                isnan(one.metric[MULTIPLY]));
    assert_true(shared.metric[LOCKED] == 0); /* alone, it does not wait */
    assert_true(isnan(numpy.metric[LOCKED]));
    assert_true(numpy.metric[DRAW] > 0 && numpy.metric[MULTIPLY] > 0);
    assert_true(draw.metric[DRAW] > 0 && isnan(draw.metric[MULTIPLY]));
}

/* -- threads ------------------------------------------------------------- */

enum { THREADS = 3 };

static void *live(void *arg)
{
    struct stage *s = arg;

    for (int i = 0; i < 20; i++) {
        worker_resumes(&s->worker);
        if (stage_step(s))
            s->err.code = EXIT_WRONG;
        worker_blocks(&s->worker);
    }
    return NULL;
}

static void live_together(const char *text, struct giant *giant)
{
    static const struct globals blank;
    struct globals globals = blank;
    struct stage s[THREADS];
    pthread_t thread[THREADS];

    for (int i = 0; i < THREADS; i++)
        stage_open(&s[i], text, &globals, giant);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, live, &s[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        if (s[i].err.code || stage_verify(&s[i]))
            fail_msg("%s: %s", text, s[i].err.text);
        assert_true(s[i].outcome.checksum == s[0].outcome.checksum);
        stage_close(&s[i]);
    }
}

/* A fill fails that finds that others drew meanwhile. */
static void threads_with_one_generator_take_turns(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++)
        live_together(ways[way], NULL);
}

/* Whoever waits for one lock with the other in hand waits for ever. */
static void two_locks_do_not_block_each_other(void **state)
{
    struct giant *giant;
    struct err err;

    (void)state;
    alarm(120);
    for (int way = 0; way < WAYS; way++) {
        assert_int_equal(giant_open(&giant, 10000, &err), 0);
        live_together(ways[way], giant);
        giant_close(giant);
    }
    alarm(0);
}

/* -- forked workers ------------------------------------------------------ */

/* What a child finds there is its parent's; what it leaves there is its own.
 * So a generator that is locked in one process is free in another. */
static void globals_are_copied_at_a_fork(void **state)
{
    static struct board board;
    struct household house;
    struct err err;
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(household_open(&house, &board, true, &err), 0);
    house.globals->room[0] = 7;
    pid = fork();
    if (pid == 0) {
        int inherited = house.globals->room[0] == 7;

        house.globals->room[0] = 8;
        _exit(inherited ? 0 : 1);
    }
    assert_true(pid > 0);
    assert_true(waitpid(pid, &status, 0) == pid);
    assert_int_equal(status, 0);
    assert_int_equal(house.globals->room[0], 7);
    household_close(&house);
}

/* A mutex of zeros, as a fresh page holds it, is one that was made. */
static void zeros_are_a_free_mutex(void **state)
{
    static const char zeros[sizeof(pthread_mutex_t)];
    pthread_mutex_t made = PTHREAD_MUTEX_INITIALIZER;

    (void)state;
    assert_memory_equal(&made, zeros, sizeof made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_has_the_same_result),
        cmocka_unit_test(any_size_will_do),
        cmocka_unit_test(rounds_and_seeds_matter),
        cmocka_unit_test(a_step_left_out_is_found),
        cmocka_unit_test(one_wrong_element_is_found),
        cmocka_unit_test(an_array_that_cannot_be_mapped),
        cmocka_unit_test(metrics_are_where_there_is_something_to_say),
        cmocka_unit_test(threads_with_one_generator_take_turns),
        cmocka_unit_test(two_locks_do_not_block_each_other),
        cmocka_unit_test(globals_are_copied_at_a_fork),
        cmocka_unit_test(zeros_are_a_free_mutex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
