/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random and cg by teams of threads on the ground of the executors: what they
 * find does not depend on who shares the work, and what is wrong is found by
 * every worker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rng.h"
#include "drivers/board.h"
#include "drivers/executors/executor.h"
#include "drivers/executors/shared.h"
#include "kernels/kernel.h"
#include "kernels/poisson.h"

enum { WORKERS = 7, SEED = 7, SETTINGS = 4 };
enum { ROUNDS, HANDED, LOST };               /* metrics of random */
enum { RESIDUAL, ERROR, BOUND, HALO, BUSY }; /* metrics of cg */

struct team;
typedef bool begins_function(const struct team *, const void *);

struct team {
    const struct kernel *kernel;
    const char *set[SETTINGS][2]; /* parameters: name and text */
    int workers, steps;
    /* The fault of worker 0 after its last step, at the first place that is
     * found before the first step, or after the last. */
    begins_function *before, *after;
    void (*fault)(void *at);
    struct problem problem;
    struct work work;
    struct board *board;
    struct ground ground;
    struct said {
        struct team *team;
        int rank, setup, verify;
        struct outcome outcome;
        struct err err;
    } said[WORKERS];
};

static void plan_team(struct team *t, const char *kernel)
{
    struct err err;
    int n;

    t->kernel = kernel_table[kernel_find(kernel, &err)];
    t->problem = (struct problem){.mode = MODE_DIVIDE, .seed = SEED};
    param_defaults(t->kernel->params, t->problem.value);
    for (int i = 0; i < SETTINGS && t->set[i][0]; i++) {
        int row = param_find(t->kernel->params, t->set[i][0], &err);

        assert_true(row >= 0);
        if (param_parse(&t->kernel->params[row], t->set[i][1],
                        &t->problem.value[row], 1, &n, &err))
            fail_msg("%s", err.text);
    }
}

/* In what the kernel took of the arena: before that, others look and write. */
static void *find(const struct team *t, const struct worker *w, size_t first,
                  begins_function *begins)
{
    for (size_t at = first; begins && at + 64 <= w->arena->used; at += 64) {
        if (begins(t, w->arena->base + at))
            return w->arena->base + at;
    }
    return NULL;
}

static void *live(void *arg)
{
    struct said *said = arg;
    struct team *t = said->team;
    struct hand hand;
    struct worker *w = &hand.worker;
    void *state, *at;
    size_t first;

    said->setup =
        ground_hand(&t->ground, t->board, said->rank, &hand, &said->err);
    first = said->setup ? 0 : (w->arena->used + 63) / 64 * 64;
    if (!said->setup)
        said->setup = t->kernel->setup(w, &t->problem, &state, &said->err);
    if (said->setup)
        return NULL;
    t->kernel->reset(w, state);
    at = find(t, w, first, t->before);
    worker_barrier(w);
    for (int i = 0; i < t->steps && !said->setup; i++)
        said->setup = t->kernel->step(w, state, &said->err);
    at = at ? at : find(t, w, first, t->after);
    worker_barrier(w);
    if (at && said->rank == 0)
        t->fault(at);
    said->verify = t->kernel->verify(w, state, &said->outcome, &said->err);
    return NULL;
}

static void play(struct team *t, const char *kernel)
{
    pthread_t thread[WORKERS];
    struct err err;
    int fd;

    plan_team(t, kernel);
    assert_int_equal(t->kernel->plan(&t->problem, t->workers, &t->work, &err),
                     0);
    assert_int_equal(board_create(&t->board, &fd, t->workers, &err), 0);
    t->board->executor = executor_find("threads", &err);
    t->board->arena_bytes = (size_t)t->work.arena + ARENA_SLACK;
    t->board->crowded = true;
    assert_int_equal(ground_open(&t->ground, t->board, false, &err), 0);
    for (int i = 0; i < t->workers; i++) {
        t->said[i] = (struct said){.team = t, .rank = i};
        assert_int_equal(pthread_create(&thread[i], NULL, live, &t->said[i]),
                         0);
    }
    for (int i = 0; i < t->workers; i++)
        pthread_join(thread[i], NULL);
    ground_close(&t->ground);
    board_close(t->board);
    close(fd);
}

static void all_is_right(const struct team *t)
{
    for (int i = 0; i < t->workers; i++) {
        const struct said *said = &t->said[i];

        if (said->setup || said->verify)
            fail_msg("worker %d of %d: %s", i, t->workers, said->err.text);
        assert_true(said->outcome.residual <= said->outcome.tolerance);
        assert_int_equal(said->outcome.checksum, t->said[0].outcome.checksum);
    }
}

static void all_find_it(const struct team *t, const char *word)
{
    for (int i = 0; i < t->workers; i++) {
        const struct said *said = &t->said[i];

        assert_false(said->setup);
        assert_int_equal(said->verify, -1);
        assert_int_equal(said->err.code, EXIT_WRONG);
        assert_true(said->outcome.residual > said->outcome.tolerance);
        if (!strstr(said->err.text, word))
            fail_msg("no '%s' in: %s", word, said->err.text);
    }
}

static double merged(const struct team *t, int metric)
{
    double value[WORKERS];

    for (int i = 0; i < t->workers; i++)
        value[i] = t->said[i].outcome.metric[metric];
    return metric_merged(t->kernel->metrics[metric].merge, value,
                         (size_t)t->workers);
}

/* -- random ---------------------------------------------------------------- */

static uint64_t checksum_of(int workers, int steps, const char *method,
                            const char *lookahead)
{
    struct team t = {
        .set = {{"log2", "9"}, {"method", method}, {"lookahead", lookahead}},
        .workers = workers,
        .steps = steps};

    play(&t, "random");
    all_is_right(&t);
    return t.said[0].outcome.checksum;
}

/* However many share it out, by whichever method, in steps of whatever
 * number, with buckets that overflow, as those of 1 and 40 do. */
static void tables_are_equal(void **state)
{
    static const char *const lookahead[] = {"1", "40", "1024", "100000"};
    uint64_t first = checksum_of(1, 1, "buckets", "1024");

    (void)state;
    assert_true(first != 0);
    for (int workers = 1; workers <= WORKERS; workers++) {
        for (int i = 0; i < 4; i++)
            assert_int_equal(
                checksum_of(workers, 1 + i, "buckets", lookahead[i]), first);
        assert_int_equal(checksum_of(workers, 2, "atomic", "1024"), first);
    }
}

/* The definition: no shares, no buckets. Only its stream is not its own. */
static void the_table_is_as_defined(void **state)
{
    enum { WORDS = 512 };
    uint64_t table[WORDS], sum = 0, key = rng_bits(SEED, 0, 0);

    (void)state;
    for (uint64_t i = 0; i < WORDS; i++)
        table[i] = i;
    for (uint64_t i = 1; i <= 4 * WORDS; i++) {
        uint64_t z = key + i * 0x9e3779b97f4a7c15;

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        table[z % WORDS] ^= z;
    }
    for (uint64_t i = 0; i < WORDS; i++)
        sum += table[i] * (2 * i + 1);
    assert_int_equal(checksum_of(1, 1, "buckets", "1024"), sum);
}

static void small_tables_have_workers_without_words(void **state)
{
    (void)state;
    for (int workers = 1; workers <= WORKERS; workers++) {
        struct team t = {
            .set = {{"log2", "1"}}, .workers = workers, .steps = 2};

        play(&t, "random");
        all_is_right(&t);
    }
}

static void updates_are_counted(void **state)
{
    struct team t = {
        .set = {{"log2", "12"}, {"updates", "3"}}, .workers = 4, .steps = 2};
    double all = 3 * 4096;

    (void)state;
    play(&t, "random");
    assert_true(t.work.amount == all);
    /* A round has 1024 updates of each worker, or a few less. */
    assert_in_range(merged(&t, ROUNDS), 3, 4);
    /* Three of four go elsewhere. */
    assert_true(fabs(merged(&t, HANDED) / 8 / all - 0.75) < 0.02);
    assert_true(merged(&t, LOST) == 0);
}

/* Fewer the larger the table is: here some hundred times fewer than may be. */
static void racy_says_what_it_lost(void **state)
{
    struct team t = {
        .set = {{"log2", "19"}, {"method", "racy"}}, .workers = 3, .steps = 1};

    (void)state;
    play(&t, "random");
    all_is_right(&t);
    assert_true(merged(&t, LOST) <= 0.01);
    assert_int_equal(t.said[0].outcome.checksum, 0);
    assert_true(isnan(merged(&t, ROUNDS)) || merged(&t, ROUNDS) == 0);
}

/* The table, as reset leaves it. */
static bool begins_table(const struct team *t, const void *at)
{
    uint64_t word[4];

    (void)t;
    memcpy(word, at, sizeof word);
    return word[0] == 0 && word[1] == 1 && word[2] == 2 && word[3] == 3;
}

static void turn_bit(void *at)
{
    *(uint64_t *)at ^= 1;
}

static void a_wrong_word_is_found(void **state)
{
    static const char *const method[] = {"buckets", "atomic"};

    (void)state;
    for (int workers = 1; workers <= 3; workers++) {
        for (int i = 0; i < 2; i++) {
            struct team t = {.set = {{"log2", "9"}, {"method", method[i]}},
                             .workers = workers,
                             .steps = 2,
                             .before = begins_table,
                             .fault = turn_bit};

            play(&t, "random");
            all_find_it(&t, "1 of 512 words");
        }
    }
}

/* -- cg -------------------------------------------------------------------- */

static void iterate(struct team *t, const char *n, const char *points,
                    const char *iterations)
{
    t->set[0][0] = "n", t->set[0][1] = n;
    t->set[1][0] = "points", t->set[1][1] = points;
    t->set[2][0] = "iterations", t->set[2][1] = iterations;
    t->steps = t->steps ? t->steps : 1;
    play(t, "cg");
}

/* One strip is all that small grids can be cut into; iterations go on long
 * after nothing is left to do. */
static void any_grid_with_any_team(void **state)
{
    static const char *const points[] = {"5", "7", "27"};
    static const char *const n[] = {"1", "2", "3", "7", "10"};

    (void)state;
    for (int i = 0; i < 15; i++) {
        for (int workers = 1; workers <= WORKERS; workers += 2) {
            struct team t = {.workers = workers};

            iterate(&t, n[i / 3], points[i % 3], i % 2 ? "1" : "300");
            all_is_right(&t);
            assert_true(merged(&t, ERROR) <= merged(&t, BOUND));
            assert_in_range(merged(&t, BUSY), 1, workers);
            if (i % 2 == 0)
                assert_true(merged(&t, ERROR) < 1e-11);
        }
    }
}

/* Rounding aside: what is left after a few iterations is the same. */
static void teams_come_equally_far(void **state)
{
    struct team alone = {.workers = 1};

    (void)state;
    iterate(&alone, "11", "7", "9");
    all_is_right(&alone);
    assert_true(merged(&alone, HALO) == 0);
    for (int workers = 2; workers <= WORKERS; workers++) {
        struct team t = {.workers = workers, .steps = 3};
        double neighbours = 2 * (workers - 1);

        iterate(&t, "11", "7", "9");
        all_is_right(&t);
        assert_true(fabs(merged(&t, ERROR) / merged(&alone, ERROR) - 1) < 1e-9);
        assert_true(fabs(merged(&t, RESIDUAL) / merged(&alone, RESIDUAL) - 1) <
                    1e-9);
        assert_true(merged(&t, BUSY) == workers);
        assert_true(merged(&t, HALO) == 8 * 121 * 8 * neighbours);
    }
}

static void flops_are_counted(void **state)
{
    struct poisson g = poisson_grid(5, 27);
    struct team t = {.workers = 1};

    (void)state;
    iterate(&t, "5", "27", "3");
    assert_true(t.work.amount == 3 * (2 * poisson_entries(&g) + 10 * 125));
}

/* x, which has come close to what it should. */
static bool begins_solution(const struct team *t, const void *at)
{
    double x[4], want[4];

    memcpy(x, at, sizeof x);
    rng_fill(want, 4, t->problem.seed, 0, 0);
    for (int i = 0; i < 4; i++) {
        if (!(fabs(x[i] - want[i]) < 1e-6))
            return false;
    }
    return true;
}

static void move_a_little(void *at)
{
    *(double *)at += 1e-9;
}

static void a_wrong_element_is_found(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 3; workers++) {
        struct team t = {.workers = workers,
                         .after = begins_solution,
                         .fault = move_a_little};

        iterate(&t, "9", "7", "200");
        all_find_it(&t, "is off b - A x");
    }
}

static void refuses(const char *n, const char *points, int workers, int code,
                    const char *word)
{
    struct team t = {.set = {{"n", n}, {"points", points}}};
    struct work work = {0};
    struct err err = {0};

    plan_team(&t, "cg");
    assert_int_equal(t.kernel->plan(&t.problem, workers, &work, &err), -1);
    assert_int_equal(err.code, code);
    if (!strstr(err.text, word))
        fail_msg("no '%s' in: %s", word, err.text);
}

static void grids_beyond_all_bounds_are_refused(void **state)
{
    (void)state;
    refuses("1000000", "7", 2, EXIT_RESOURCE, "n=1000000 ");
    refuses("900", "7", 1, EXIT_USAGE, "n=900 ");
    refuses("30000", "5", 1, EXIT_USAGE, "n=30000 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_equal),
        cmocka_unit_test(the_table_is_as_defined),
        cmocka_unit_test(small_tables_have_workers_without_words),
        cmocka_unit_test(updates_are_counted),
        cmocka_unit_test(racy_says_what_it_lost),
        cmocka_unit_test(a_wrong_word_is_found),
        cmocka_unit_test(any_grid_with_any_team),
        cmocka_unit_test(teams_come_equally_far),
        cmocka_unit_test(flops_are_counted),
        cmocka_unit_test(a_wrong_element_is_found),
        cmocka_unit_test(grids_beyond_all_bounds_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
