/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share between two workers, threads or forked ones, on the ground of the
 * executors: what they see, that all ways end in one sum, and that a sum that
 * is wrong is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rng.h"
#include "drivers/board.h"
#include "drivers/executors/executor.h"
#include "drivers/executors/shared.h"
#include "kernels/kernel.h"

enum { PAIR = 2, OWNER = 0, SEED = 7 };
enum { INHERITED, LATER, BACK, ADDRESSED, HANDED, READ }; /* metrics */
enum fault { FAULT_NONE, FAULT_BIT, FAULT_LAZY };

/* What one worker has to say in the end. */
struct said {
    struct outcome outcome;
    struct err err;
    int setup, step, verify;
    bool child_left;
};

struct scene {
    struct problem problem;
    struct work work;
    struct board *board;
    struct ground ground;
    bool forked;
    enum fault fault;
    struct said *said; /* [PAIR], in shared memory */
};

static const struct kernel *kernel(void)
{
    struct err err;

    return kernel_table[kernel_find("share", &err)];
}

static void set_param(struct problem *problem, const char *name,
                      const char *text)
{
    struct err err;
    int row = param_find(kernel()->params, name, &err), n;

    assert_true(row >= 0);
    if (param_parse(&kernel()->params[row], text, &problem->value[row], 1, &n,
                    &err))
        fail_msg("%s", err.text);
}

/* -- a worker's life ------------------------------------------------------- */

/* Turns one bit in the owner's data, wherever the kernel put them. */
static void turn_bit(const struct worker *w)
{
    uint64_t first = rng_bits(SEED, 0, 0);

    for (size_t at = 0; at + sizeof first <= w->arena->used;
         at += sizeof first) {
        if (memcmp(w->arena->base + at, &first, sizeof first) == 0)
            w->arena->base[at] ^= 1;
    }
}

static void live(struct scene *s, int rank)
{
    struct said *said = &s->said[rank];
    struct hand hand;
    struct worker *w = &hand.worker;
    void *state;

    said->setup = ground_hand(&s->ground, s->board, rank, &hand, &said->err) ||
                  kernel()->setup(w, &s->problem, &state, &said->err);
    if (said->setup)
        return;
    if (s->fault == FAULT_BIT && rank == OWNER)
        turn_bit(w);
    kernel()->reset(w, state);
    worker_barrier(w);
    for (int i = 0; i < 2 && s->fault != FAULT_LAZY && !said->step; i++)
        said->step = kernel()->step(w, state, &said->err);
    said->verify = kernel()->verify(w, state, &said->outcome, &said->err);
    if (s->forked)
        said->child_left = waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

static void *live_as_thread(void *arg)
{
    live(arg, 1);
    return NULL;
}

static void play_threads(struct scene *s)
{
    pthread_t other;

    assert_int_equal(pthread_create(&other, NULL, live_as_thread, s), 0);
    live(s, OWNER);
    pthread_join(other, NULL);
}

static void play_processes(struct scene *s)
{
    for (int rank = 0; rank < PAIR; rank++) {
        if (fork() == 0) {
            live(s, rank);
            _exit(0);
        }
    }
    for (int rank = 0; rank < PAIR; rank++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

/* -- a scene --------------------------------------------------------------- */

static void play(struct scene *s, const char *executor, const char *way,
                 const char *bytes)
{
    char scratch[] = "/tmp/drive-test-XXXXXX";
    struct err err;
    int fd;

    s->problem.mode = MODE_DIVIDE;
    s->problem.seed = SEED;
    set_param(&s->problem, "way", way);
    set_param(&s->problem, "bytes", bytes);
    assert_int_equal(kernel()->plan(&s->problem, PAIR, &s->work, &err), 0);
    assert_int_equal(board_create(&s->board, &fd, PAIR, &err), 0);
    assert_non_null(mkdtemp(scratch));
    strcpy(s->board->scratch, scratch);
    s->board->executor = executor_find(executor, &err);
    s->board->arena_bytes = (size_t)s->work.arena + ARENA_SLACK;
    s->board->crowded = true;
    s->forked = strcmp(executor, "processes") == 0;
    assert_int_equal(ground_open(&s->ground, s->board, s->forked, &err), 0);
    s->said = mmap(NULL, PAIR * sizeof *s->said, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(s->said, MAP_FAILED);
    if (s->forked)
        play_processes(s);
    else
        play_threads(s);
    ground_close(&s->ground);
    board_close(s->board);
    close(fd);
    /* It must be empty: no FIFO is left. */
    assert_int_equal(rmdir(scratch), 0);
}

static void scene_free(struct scene *s)
{
    munmap(s->said, PAIR * sizeof *s->said);
}

/* -- what is seen ---------------------------------------------------------- */

static double seen(const struct scene *s, int metric)
{
    double value[PAIR];

    for (int i = 0; i < PAIR; i++)
        value[i] = s->said[i].outcome.metric[metric];
    return metric_merged(kernel()->metrics[metric].merge, value, PAIR);
}

static void threads_share_variables(void **state)
{
    struct scene s = {.fault = FAULT_NONE};

    (void)state;
    play(&s, "threads", "native", "4096");
    assert_true(seen(&s, INHERITED) == 1);
    assert_true(seen(&s, LATER) == 1);
    assert_true(seen(&s, BACK) == 1);
    assert_true(seen(&s, ADDRESSED) == 1);
    scene_free(&s);
}

static void processes_have_copies(void **state)
{
    struct scene s = {.fault = FAULT_NONE};

    (void)state;
    play(&s, "processes", "native", "4096");
    assert_true(seen(&s, INHERITED) == 1);
    assert_true(seen(&s, LATER) == 0);
    assert_true(seen(&s, BACK) == 0);
    assert_true(seen(&s, ADDRESSED) == 1);
    scene_free(&s);
}

/* -- handing over ---------------------------------------------------------- */

struct way {
    const char *executor, *name;
};
static const struct way ways[] = {
    {"threads", "pointer"},   {"threads", "map"},         {"threads", "pipe"},
    {"processes", "pointer"}, {"processes", "map"},       {"processes", "pipe"},
    {"processes", "cow"},     {"processes", "cow-write"},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* The sum of so many bytes, by the book. */
static uint64_t sum_by_book(size_t bytes)
{
    uint64_t sum = 0;

    for (size_t i = 0; i * 8 < bytes; i++) {
        uint64_t word = rng_bits(SEED, 0, i), last = 0;
        size_t left = bytes - i * 8;

        memcpy(&last, &word, left < 8 ? left : 8);
        sum += last;
    }
    return sum;
}

static void hand_over(const struct way *way, const char *bytes)
{
    struct scene s = {.fault = FAULT_NONE};

    play(&s, way->executor, way->name, bytes);
    for (int i = 0; i < PAIR; i++) {
        const struct said *said = &s.said[i];

        if (said->setup || said->step || said->verify)
            fail_msg("%s, %s, %s bytes: %s", way->executor, way->name, bytes,
                     said->err.text);
        assert_int_equal(said->outcome.checksum,
                         sum_by_book((size_t)strtoul(bytes, NULL, 10)) + 1);
        assert_false(said->child_left);
    }
    assert_true(seen(&s, HANDED) >= 0);
    assert_true(seen(&s, READ) >= 0);
    scene_free(&s);
}

static void all_ways_end_in_one_sum(void **state)
{
    static const char *const bytes[] = {"1", "7", "8", "4097", "1048583"};

    (void)state;
    for (int w = 0; w < WAYS; w++) {
        for (int i = 0; i < 5; i++)
            hand_over(&ways[w], bytes[i]);
    }
}

/* -- what is wrong is found ------------------------------------------------ */

static void is_found(const struct way *way, enum fault fault)
{
    struct scene s = {.fault = fault};

    play(&s, way->executor, way->name, "4096");
    for (int i = 0; i < PAIR; i++) {
        if (s.said[i].verify != -1)
            fail_msg("%s, %s: not found by worker %d", way->executor, way->name,
                     i);
        assert_int_equal(s.said[i].err.code, EXIT_WRONG);
        assert_true(s.said[i].outcome.residual > s.said[i].outcome.tolerance);
    }
    scene_free(&s);
}

static void a_wrong_sum_is_found(void **state)
{
    (void)state;
    /* What is copied on write stands in no arena. */
    for (int w = 0; w < WAYS && strncmp(ways[w].name, "cow", 3); w++)
        is_found(&ways[w], FAULT_BIT);
}

static void a_step_left_out_is_found(void **state)
{
    (void)state;
    for (int w = 0; w < WAYS; w++)
        is_found(&ways[w], FAULT_LAZY);
}

/* -- refusals -------------------------------------------------------------- */

static void is_refused(const char *executor, const char *way, const char *word)
{
    struct scene s = {.fault = FAULT_NONE};

    play(&s, executor, way, "4096");
    for (int i = 0; i < PAIR; i++) {
        assert_true(s.said[i].setup);
        assert_int_equal(s.said[i].err.code, EXIT_ABSENT);
        if (!strstr(s.said[i].err.text, word))
            fail_msg("no '%s' in: %s", word, s.said[i].err.text);
    }
    scene_free(&s);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    is_refused("threads", "cow", "must not fork");
    is_refused("threads", "cow-write", "must not fork");
    is_refused("threads", "message", "way=map");
    is_refused("processes", "message", "way=map");
    is_refused("threads", "window", "way=pointer");
    is_refused("processes", "window", "way=pointer");
}

static void nobody_shares_alone(void **state)
{
    struct worker bare = {.size = 1}, alone;
    struct problem problem = {.mode = MODE_DIVIDE};
    struct err err = {0};
    void *ignored;

    (void)state;
    worker_alone(&alone, &bare);
    param_defaults(kernel()->params, problem.value);
    assert_int_equal(kernel()->setup(&alone, &problem, &ignored, &err), -1);
    assert_int_equal(err.code, EXIT_ABSENT);
    assert_string_equal(err.text, "one worker has nobody to share with");
}

/* What a way costs in memory, for the guard. */
static void plans_count_copies(void **state)
{
    static const struct {
        const char *way;
        double times;
    } row[] = {{"pointer", 1}, {"cow", 1},       {"map", 2},    {"message", 2},
               {"pipe", 2},    {"cow-write", 2}, {"native", 2}, {"window", 4}};
    struct problem problem = {.mode = MODE_DIVIDE};
    struct work work;
    struct err err;

    (void)state;
    set_param(&problem, "bytes", "2^30");
    for (int i = 0; i < 8; i++) {
        double times;

        work = (struct work){0};
        set_param(&problem, "way", row[i].way);
        assert_int_equal(kernel()->plan(&problem, 4, &work, &err), 0);
        times = work.memory / (1 << 30);
        assert_true(times >= row[i].times && times < row[i].times + 0.1);
        assert_int_equal(work.window, strcmp(row[i].way, "window") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_variables),
        cmocka_unit_test(processes_have_copies),
        cmocka_unit_test(all_ways_end_in_one_sum),
        cmocka_unit_test(a_wrong_sum_is_found),
        cmocka_unit_test(a_step_left_out_is_found),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(nobody_shares_alone),
        cmocka_unit_test(plans_count_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
