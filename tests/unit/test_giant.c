/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The giant lock: one at a time, everybody in turn, nobody forgotten. What
 * would wait for ever if the lock were wrong is ended by an alarm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/giant.h"
#include "core/worker.h"

enum { THREADS = 4, ROUNDS = 2000, TURNS = 50, PATIENCE_S = 120 };

/* What the threads of a test have in common; all but `came` and `inside` is
 * guarded by the giant lock alone, so that the thread sanitiser sees whether
 * it does. */
struct common {
    struct giant *giant;
    long sum;
    int turns;        /* changes of hands */
    const void *last; /* who computed last */
    _Atomic int came, inside;
    pthread_barrier_t barrier;
};

static void common_open(struct common *c, uint64_t interval_ns)
{
    struct err err;

    *c = (struct common){.sum = 0};
    assert_int_equal(giant_open(&c->giant, interval_ns, &err), 0);
    alarm(PATIENCE_S);
}

static void common_close(struct common *c)
{
    alarm(0);
    giant_close(c->giant);
}

static void run_threads(struct common *c, int n, void *(*life)(void *))
{
    pthread_t thread[THREADS];

    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, life, c), 0);
    for (int i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
}

/* -- one at a time ------------------------------------------------------- */

static void *count(void *arg)
{
    struct common *c = arg;

    for (int i = 0; i < ROUNDS; i++) {
        giant_acquire(c->giant);
        for (int k = 0; k < 10; k++) {
            c->sum++;
            giant_yield(c->giant);
        }
        giant_release(c->giant);
    }
    return NULL;
}

/* With an interval of nothing they ask all the time. */
static void one_computes_at_a_time(void **state)
{
    static const uint64_t interval_ns[] = {0, 1000, GIANT_INTERVAL_NS};
    struct common c;

    (void)state;
    for (int i = 0; i < 3; i++) {
        common_open(&c, interval_ns[i]);
        run_threads(&c, THREADS, count);
        assert_int_equal(c.sum, 10L * THREADS * ROUNDS);
        common_close(&c);
    }
}

/* -- in turn ------------------------------------------------------------- */

static void *compute_until_turns(void *arg)
{
    struct common *c = arg;
    int mine = 0;

    giant_acquire(c->giant);
    while (c->turns < TURNS) {
        c->turns += c->last && c->last != &mine;
        c->last = &mine;
        giant_yield(c->giant);
    }
    giant_release(c->giant);
    return NULL;
}

/* Nobody lets go but when asked. */
static void a_checkpoint_gives_others_their_turn(void **state)
{
    struct common c;

    (void)state;
    for (int threads = 2; threads <= THREADS; threads += 2) {
        common_open(&c, 100000);
        run_threads(&c, threads, compute_until_turns);
        assert_int_equal(c.turns, TURNS);
        common_close(&c);
    }
}

static void nobody_waits_where_nobody_asks(void **state)
{
    struct common c;

    (void)state;
    common_open(&c, 0);
    giant_acquire(c.giant);
    for (int i = 0; i < ROUNDS; i++)
        assert_true(giant_yield(c.giant) == 0);
    assert_true(giant_release(c.giant));
    common_close(&c);
}

/* -- released ------------------------------------------------------------ */

static void *come_in(void *arg)
{
    struct common *c = arg;

    atomic_store(&c->came, 1);
    giant_acquire(c->giant);
    atomic_store(&c->inside, 1);
    giant_release(c->giant);
    return NULL;
}

static void await_visitor(struct common *c, pthread_t *visitor)
{
    giant_acquire(c->giant);
    assert_int_equal(pthread_create(visitor, NULL, come_in, c), 0);
    while (!atomic_load(&c->came))
        clock_sleep(1000000);
}

static void a_release_lets_others_in(void **state)
{
    struct common c;
    pthread_t visitor;

    (void)state;
    common_open(&c, 1000000);
    await_visitor(&c, &visitor);
    assert_int_equal(atomic_load(&c.inside), 0);
    assert_true(giant_release(c.giant));
    pthread_join(visitor, NULL);
    assert_int_equal(atomic_load(&c.inside), 1);
    common_close(&c);
}

/* Whether a visitor was in, who had waited for many intervals, when the host
 * lets go for a moment. */
static bool visitor_was_in(void)
{
    struct common c;
    pthread_t visitor;
    bool was_in;

    common_open(&c, 100000);
    await_visitor(&c, &visitor);
    clock_sleep(50000000);
    giant_release(c.giant);
    giant_acquire(c.giant);
    was_in = atomic_load(&c.inside);
    giant_release(c.giant);
    pthread_join(visitor, NULL);
    common_close(&c);
    return was_in;
}

/* On a crowded machine the visitor may not have come as far as to ask. */
static void who_asked_is_before_who_comes_back(void **state)
{
    int was_in = 0;

    (void)state;
    for (int i = 0; i < 10; i++)
        was_in += visitor_was_in();
    assert_in_range(was_in, 5, 10);
}

static void *release_and_yield(void *arg)
{
    struct common *c = arg;

    c->turns = giant_release(c->giant);
    giant_yield(c->giant);
    return NULL;
}

static void only_who_has_it_can_release_it(void **state)
{
    struct common c;
    pthread_t visitor;

    (void)state;
    common_open(&c, 0);
    assert_false(giant_release(c.giant));
    await_visitor(&c, &visitor);
    clock_sleep(10000000);
    c.turns = 1;
    run_threads(&c, 1, release_and_yield);
    assert_int_equal(c.turns, 0);
    assert_int_equal(atomic_load(&c.inside), 0);
    assert_true(giant_release(c.giant));
    pthread_join(visitor, NULL);
    common_close(&c);
}

static void closing_nothing_is_nothing(void **state)
{
    (void)state;
    giant_close(NULL);
}

/* -- workers ------------------------------------------------------------- */

static void barrier(struct worker *w)
{
    struct common *c = w->impl;

    pthread_barrier_wait(&c->barrier);
}

static void *meet(void *arg)
{
    static const struct worker_ops ops = {.barrier = barrier};
    struct common *c = arg;
    uint64_t talk_ns = 0, lock_ns = 0;
    struct worker w = {.giant = c->giant,
                       .talk_ns = &talk_ns,
                       .lock_ns = &lock_ns,
                       .ops = &ops,
                       .impl = c};

    worker_barrier(&w); /* outside a step: without the lock */
    worker_resumes(&w);
    for (int i = 0; i < 10; i++) {
        c->sum++;
        worker_checkpoint(&w);
        worker_barrier(&w);
    }
    worker_blocks(&w);
    worker_barrier(&w);
    return NULL;
}

/* Who keeps the lock while it waits for peers waits for ever. */
static void peers_can_meet_under_the_lock(void **state)
{
    struct common c;

    (void)state;
    common_open(&c, GIANT_INTERVAL_NS);
    pthread_barrier_init(&c.barrier, NULL, THREADS);
    run_threads(&c, THREADS, meet);
    assert_int_equal(c.sum, 10 * THREADS);
    pthread_barrier_destroy(&c.barrier);
    common_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_computes_at_a_time),
        cmocka_unit_test(a_checkpoint_gives_others_their_turn),
        cmocka_unit_test(nobody_waits_where_nobody_asks),
        cmocka_unit_test(a_release_lets_others_in),
        cmocka_unit_test(who_asked_is_before_who_comes_back),
        cmocka_unit_test(only_who_has_it_can_release_it),
        cmocka_unit_test(closing_nothing_is_nothing),
        cmocka_unit_test(peers_can_meet_under_the_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
