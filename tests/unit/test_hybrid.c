/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of threads of MPI ranks. The threads are POSIX ones here, whose
 * beginning and end the thread sanitiser sees, as it does not see those of
 * OpenMP; data are not atomic, so that it sees whether verbs order them. A
 * worker that is never woken is ended by an alarm. Of one rank, or of as many
 * as a launcher starts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/board.h"
#include "drivers/executors/hybrid_post.h"
#include "tests/unit/over.h"

enum { MOST = 5, ARENA = 1 << 17, WORDS = 2000, PATIENCE_S = 240 };

struct scene {
    struct board *board;
    struct office *office;
    int ranks, threads, rounds;
    bool crowded, lazy;
    long wrong[MOST]; /* what each thread here found to be so */
    long (*life)(struct worker *, int rounds, bool lazy);
};

struct thread {
    pthread_t id;
    struct scene *scene;
    int number;
};

static void *live(void *arg)
{
    struct thread *t = arg;
    struct office *o = t->scene->office;
    struct arena arena = {.base =
                              o->arenas + (size_t)t->number * o->arena_bytes,
                          .bytes = o->arena_bytes};
    struct worker w = {.rank = o->first[o->rank] + t->number,
                       .size = t->scene->board->workers,
                       .crowded = t->scene->crowded,
                       .arena = &arena};
    struct err err;

    if (hybrid_join(&w, o, t->number, &err))
        BUG("no memory in an arena");
    t->scene->wrong[t->number] =
        t->scene->life(&w, t->scene->rounds, t->scene->lazy);
    w.ops->rest(&w);
    return NULL;
}

static void open_office(struct scene *s)
{
    int workers = s->ranks * s->threads, rank, fd;
    struct err err;

    assert_int_equal(board_create(&s->board, &fd, workers, &err), 0);
    close(fd);
    s->board->ranks = s->ranks;
    s->board->crowded = s->crowded;
    s->board->arena_bytes = ARENA;
    for (int i = 0; i < workers; i++)
        s->board->slot[i].rank = i / s->threads;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    assert_int_equal(office_open(&s->office, s->board, rank * s->threads,
                                 MPI_COMM_WORLD, &err),
                     0);
}

/* The first thread is the one that initialised MPI. */
static void play(struct scene *s)
{
    struct thread thread[MOST];

    open_office(s);
    for (int i = s->threads - 1; i >= 0; i--) {
        thread[i] = (struct thread){.scene = s, .number = i};
        if (i)
            assert_int_equal(
                pthread_create(&thread[i].id, NULL, live, &thread[i]), 0);
        else
            live(&thread[0]);
    }
    for (int i = 1; i < s->threads; i++)
        pthread_join(thread[i].id, NULL);
    for (int i = 0; i < s->threads; i++)
        assert_int_equal(s->wrong[i], 0);
    office_close(s->office);
    board_close(s->board);
}

static void play_all(long (*life)(struct worker *, int, bool))
{
    static const int threads[] = {1, 2, 3, 5};
    struct scene s = {.life = life};

    MPI_Comm_size(MPI_COMM_WORLD, &s.ranks);
    alarm(PATIENCE_S);
    for (int i = 0; i < 4 * 4; i++) {
        s.threads = threads[i / 4];
        s.crowded = i % 2;
        s.lazy = i / 2 % 2;
        /* Who spins in vain keeps others from their work. */
        s.rounds = s.crowded ? 48 : 6;
        play(&s);
    }
    alarm(0);
}

/* -- lives ----------------------------------------------------------------- */

/* What one wrote before a barrier another reads after it, where it can. */
static long look_around(struct worker *w, int rounds, bool lazy)
{
    uint64_t *mine = worker_alloc(w, 8, &(struct err){0});
    long wrong = 0;

    for (int round = 1; round <= rounds; round++) {
        if (lazy && (round + w->rank) % 8 == 0)
            usleep(500);
        *mine = (uint64_t)round;
        w->ops->barrier(w);
        for (int i = 0; i < w->size; i++) {
            const uint64_t *its = w->ops->peer(w, i, mine);

            wrong += its && *its != (uint64_t)round;
        }
        w->ops->barrier(w);
    }
    return wrong;
}

/* Short ones and long, roots in turn, without a barrier in between. */
static long say_and_hear(struct worker *w, int rounds, bool lazy)
{
    double *x = worker_alloc(w, WORDS * 8, &(struct err){0});
    long wrong = 0;

    for (int round = 0; round < rounds; round++) {
        size_t n = round % 3 ? 3 : WORDS;
        int root = round % w->size;

        if (lazy && (round + w->rank) % 8 == 0)
            usleep(500);
        x[0] = x[n - 1] = round * 100 + w->rank;
        w->ops->bcast(w, x, n * 8, root);
        wrong += x[0] != round * 100 + root || x[n - 1] != x[0];
        for (size_t i = 0; i < n; i++)
            x[i] = w->rank + 1;
        w->ops->allreduce(w, x, n, REDUCE_SUM);
        wrong += x[0] != w->size * (w->size + 1) / 2 || x[n - 1] != x[0];
    }
    return wrong;
}

static void barriers_order_what_is_written(void **state)
{
    (void)state;
    play_all(look_around);
}

static void what_is_said_is_heard(void **state)
{
    (void)state;
    play_all(say_and_hear);
}

static void transfers_go_on_over_other_verbs(void **state)
{
    (void)state;
    play_all(send_over_verbs);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(barriers_order_what_is_written),
        cmocka_unit_test(what_is_said_is_heard),
        cmocka_unit_test(transfers_go_on_over_other_verbs),
    };
    int provided, failed;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
