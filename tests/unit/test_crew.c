/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crews of threads, crowded ones and such as believe to have a core each, which
 * here then sleep most of the time: nobody leaves a meeting before all have
 * come, sums are the same for all, whoever exchanges with whomever. Data are
 * not atomic, so that the thread sanitiser sees whether verbs order them. A
 * worker that is never woken is ended by an alarm.
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
#include <sys/mman.h>
#include <unistd.h>

#include "core/rng.h"
#include "drivers/executors/crew.h"
#include "drivers/executors/shared.h"
#include "tests/unit/over.h"

enum {
    MOST = 75,
    FEW = 17,
    ARENA = 1 << 17,
    WORDS = 100,
    PATIENCE_S = 240,
    SEED = 11
};
enum { STREAM_NAPS, STREAM_TERMS };

struct scene {
    char *arenas; /* [MOST][ARENA] */
    int size, rounds;
    bool crowded, lazy; /* lazy: now and then one comes late */
    uint32_t meetings;  /* had before the first */
    long wrong[MOST];   /* what each found to be so */
    long seen[2][MOST]; /* last round each began, by turns */
    double sum[MOST][2 * NUMBERS];
    void (*life)(struct scene *, struct worker *);
};

struct thread {
    pthread_t id;
    struct scene *scene;
    int rank;
};

static char *base_of(const void *scene, int rank)
{
    return ((const struct scene *)scene)->arenas + (size_t)rank * ARENA;
}

static void *live(void *arg)
{
    const struct thread *t = arg;
    struct scene *s = t->scene;
    struct arena arena = {.base = base_of(s, t->rank), .bytes = ARENA};
    struct worker w = {.rank = t->rank,
                       .size = s->size,
                       .crowded = s->crowded,
                       .arena = &arena};
    struct err err;

    if (shared_join(&w, base_of, s, &err))
        BUG("no memory in an arena");
    ((struct member *)w.impl)->meetings = s->meetings;
    s->life(s, &w);
    return NULL;
}

/* Workers that found nothing wrong, and whatever they left in the scene. */
static void play(struct scene *s)
{
    struct thread thread[MOST];

    memset(s->arenas, 0, (size_t)MOST * ARENA);
    memset(s->wrong, 0, sizeof s->wrong);
    memset(s->seen, 0, sizeof s->seen);
    for (int i = 0; i < s->size; i++) {
        thread[i] = (struct thread){.scene = s, .rank = i};
        assert_int_equal(pthread_create(&thread[i].id, NULL, live, &thread[i]),
                         0);
    }
    for (int i = 0; i < s->size; i++)
        pthread_join(thread[i].id, NULL);
    for (int i = 0; i < s->size; i++)
        assert_int_equal(s->wrong[i], 0);
}

/* Two blocks of the radix and less, one round, two, three. */
static const int sizes[] = {1, 2, 3, 5, 8, 9, 17, 66, 75};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void play_all(struct scene *s, int most,
                     void (*life)(struct scene *, struct worker *))
{
    s->life = life;
    for (int i = 0; i < 2 * SIZES; i++) {
        s->size = sizes[i / 2];
        if (s->size > most)
            break;
        s->crowded = i % 2;
        /* Who spins in vain keeps others from their work. */
        s->rounds = (s->crowded ? 400 : 40) / s->size + 3;
        play(s);
    }
}

static void come_late(const struct scene *s, const struct worker *w, int round)
{
    uint64_t draw =
        rng_bits(SEED, STREAM_NAPS, (uint64_t)(round * MOST + w->rank));

    if (s->lazy && draw % 16 == 0)
        usleep((useconds_t)(draw >> 8) % 2000);
}

/* -- meeting ------------------------------------------------------------- */

/* Nobody is in the next round but one before all have left this one. */
static void count_rounds(struct scene *s, struct worker *w)
{
    for (int round = 1; round <= s->rounds; round++) {
        come_late(s, w, round);
        s->seen[round % 2][w->rank] = round;
        w->ops->barrier(w);
        for (int i = 0; i < s->size; i++)
            s->wrong[w->rank] += s->seen[round % 2][i] != round;
    }
}

static void nobody_leaves_before_all_have_come(void **state)
{
    struct scene *s = *state;

    play_all(s, MOST, count_rounds);
    s->lazy = true;
    play_all(s, FEW, count_rounds);
}

static void the_count_of_meetings_may_wrap(void **state)
{
    struct scene *s = *state;

    for (int bits = 31; bits <= 32; bits++) {
        s->meetings = (uint32_t)(((uint64_t)1 << bits) - 5);
        play_all(s, FEW, count_rounds);
    }
}

/* -- what is said ---------------------------------------------------------- */

static double term_of(int round, int rank, int i)
{
    double x;

    rng_fill(&x, 1, SEED, STREAM_TERMS,
             (uint64_t)((round * MOST + rank) * 2 * NUMBERS + i));
    return 1 / (1 + x);
}

/* Near the sum that is right, and the same bits for all: each round somebody
 * else compares with what the others have. */
static void add_up(struct scene *s, struct worker *w)
{
    double *mine = s->sum[w->rank];

    for (int round = 0; round < s->rounds; round++) {
        size_t n = (size_t)round % (2 * NUMBERS) + 1;

        for (size_t i = 0; i < n; i++)
            mine[i] = term_of(round, w->rank, (int)i);
        come_late(s, w, round);
        w->ops->allreduce(w, mine, n, REDUCE_SUM);
        for (size_t i = 0; i < n; i++) {
            double sum = 0;

            for (int rank = 0; rank < s->size; rank++)
                sum += term_of(round, rank, (int)i);
            s->wrong[w->rank] +=
                !(mine[i] - sum < 1e-12 * sum && sum - mine[i] < 1e-12 * sum);
        }
        w->ops->barrier(w);
        s->wrong[w->rank] += memcmp(mine, s->sum[(w->rank + 1) % s->size],
                                    n * sizeof *mine) != 0;
        w->ops->barrier(w);
    }
}

static void sums_are_right_and_the_same_for_all(void **state)
{
    struct scene *s = *state;

    s->lazy = true;
    play_all(s, MOST, add_up);
}

/* Roots change from one to the next without a barrier in between. */
static void tell_all(struct scene *s, struct worker *w)
{
    uint64_t *text = worker_alloc(w, WORDS * sizeof *text, &(struct err){0});

    for (int round = 0; round < 2 * s->rounds; round++) {
        size_t words = round % 3 ? 1 : WORDS;
        int root = round % s->size;

        text[0] = text[words - 1] = (uint64_t)round * MOST + (uint64_t)w->rank;
        come_late(s, w, round);
        w->ops->bcast(w, text, words * sizeof *text, root);
        s->wrong[w->rank] +=
            text[0] != (uint64_t)round * MOST + (uint64_t)root ||
            text[words - 1] != text[0];
    }
}

static void what_one_says_all_hear(void **state)
{
    struct scene *s = *state;

    play_all(s, FEW, tell_all);
    s->lazy = true;
    play_all(s, FEW, tell_all);
}

/* -- exchange -------------------------------------------------------------- */

/* Each with each: the partner of one's partner is oneself. What is short is
 * overwritten at once, and peers have channels in common. */
static void visit_all(struct scene *s, struct worker *w)
{
    uint64_t *out = worker_alloc(w, WORDS * sizeof *out, &(struct err){0});
    uint64_t *in = worker_alloc(w, WORDS * sizeof *in, &(struct err){0});

    for (int turn = 0; turn < 4 * s->rounds; turn++) {
        int peer = ((turn - w->rank) % s->size + s->size) % s->size;
        size_t words = turn % 5 == 4 ? WORDS : 1 + (size_t)turn % 5;

        for (size_t i = 0; i < words; i++)
            out[i] = (uint64_t)(turn * MOST + w->rank) * WORDS + i;
        come_late(s, w, turn);
        w->ops->exchange(w, peer, out, in, words * sizeof *out);
        for (size_t i = 0; i < words; i++)
            s->wrong[w->rank] +=
                in[i] != (uint64_t)(turn * MOST + peer) * WORDS + i;
    }
}

static void each_exchanges_with_each(void **state)
{
    struct scene *s = *state;

    play_all(s, FEW, visit_all);
    s->lazy = true;
    play_all(s, FEW, visit_all);
}

/* -- transfers ------------------------------------------------------------- */

/* Round a ring, as many as may be under way, short ones and long; the outward
 * ones are ended first, though they end only when others drive their inward
 * ones. */
static void send_round(struct scene *s, struct worker *w)
{
    enum { EACH = TRANSFERS_MAX / 2 };
    uint64_t *out = worker_alloc(w, EACH * WORDS * 8, &(struct err){0});
    uint64_t *in = worker_alloc(w, EACH * WORDS * 8, &(struct err){0});
    int next = (w->rank + 1) % s->size;
    int before = (w->rank + s->size - 1) % s->size;
    struct transfer to[EACH], from[EACH];

    for (int round = 0; round < s->rounds; round++) {
        for (int k = 0; k < EACH; k++) {
            size_t bytes = (k + round) % 3 ? 8 : WORDS * 8;

            out[k * WORDS] =
                (uint64_t)(round * MOST + w->rank) * EACH + (uint64_t)k;
            to[k] = (struct transfer){
                .peer = next, .tag = k, .bytes = bytes, .out = out + k * WORDS};
            from[k] = (struct transfer){
                .peer = before, .tag = k, .bytes = bytes, .in = in + k * WORDS};
        }
        come_late(s, w, round);
        w->ops->begin(w, from, EACH);
        w->ops->begin(w, to, EACH);
        w->ops->end(w, to, EACH);
        while (w->rank % 2 && !w->ops->done(w, from, EACH))
            ;
        w->ops->end(w, from, EACH);
        for (int k = 0; k < EACH; k++)
            s->wrong[w->rank] +=
                in[k * WORDS] !=
                (uint64_t)(round * MOST + before) * EACH + (uint64_t)k;
    }
}

static void transfers_drive_each_other(void **state)
{
    struct scene *s = *state;

    play_all(s, FEW, send_round);
    s->lazy = true;
    play_all(s, FEW, send_round);
}

/* The same, where each is taken as it comes. */
static void send_round_in_any_order(struct scene *s, struct worker *w)
{
    enum { ALL = TRANSFERS_MAX };
    uint64_t *out = worker_alloc(w, ALL / 2 * WORDS * 8, &(struct err){0});
    uint64_t *in = worker_alloc(w, ALL / 2 * WORDS * 8, &(struct err){0});
    struct transfer transfer[ALL], *open[ALL];

    for (int round = 0; round < s->rounds; round++) {
        int left = ALL;

        for (int k = 0; k < ALL; k++) {
            bool inward = k % 2;

            out[k / 2 * WORDS] = (uint64_t)(round * MOST + w->rank);
            transfer[k] = (struct transfer){
                .peer = (w->rank + (inward ? s->size - 1 : 1)) % s->size,
                .tag = k / 2,
                .bytes = (k / 2 + round) % 3 ? 8 : WORDS * 8,
                .in = inward ? in + k / 2 * WORDS : NULL,
                .out = inward ? NULL : out + k / 2 * WORDS};
            open[k] = &transfer[k];
        }
        come_late(s, w, round);
        w->ops->begin(w, transfer, ALL);
        w->ops->some(w, open, left, false);
        while (left) {
            int still = 0;

            for (int k = 0; k < left; k++) {
                if (!open[k]->ended)
                    open[still++] = open[k];
                else if (open[k]->in)
                    s->wrong[w->rank] +=
                        *(uint64_t *)open[k]->in !=
                        (uint64_t)(round * MOST + open[k]->peer);
            }
            /* a wait that finds nothing is no wait */
            s->wrong[w->rank] += left < ALL && still == left;
            left = still;
            w->ops->some(w, open, left, true);
        }
    }
}

static void transfers_come_in_any_order(void **state)
{
    struct scene *s = *state;

    play_all(s, FEW, send_round_in_any_order);
    s->lazy = true;
    play_all(s, FEW, send_round_in_any_order);
}

static void send_over(struct scene *s, struct worker *w)
{
    s->wrong[w->rank] = send_over_verbs(w, s->rounds, s->lazy);
}

static void transfers_go_on_over_other_verbs(void **state)
{
    struct scene *s = *state;

    play_all(s, FEW, send_over);
    s->lazy = true;
    play_all(s, FEW, send_over);
}

/* -- a scene --------------------------------------------------------------- */

static int open_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);

    if (!s)
        return -1;
    s->arenas = mmap(NULL, (size_t)MOST * ARENA, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *state = s;
    alarm(PATIENCE_S);
    return s->arenas == MAP_FAILED ? -1 : 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;

    alarm(0);
    munmap(s->arenas, (size_t)MOST * ARENA);
    free(s);
    return 0;
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_leaves_before_all_have_come),
        TEST(the_count_of_meetings_may_wrap),
        TEST(sums_are_right_and_the_same_for_all),
        TEST(what_one_says_all_hear),
        TEST(each_exchanges_with_each),
        TEST(transfers_drive_each_other),
        TEST(transfers_come_in_any_order),
        TEST(transfers_go_on_over_other_verbs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
