/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error rate of a whole comparison: sessions are made up, block by block
 * in random order, and go through the rules that stop and judge a real one.
 * What is asked of them:
 *
 *   false "different"  in at most 5 % of sessions of three identical
 *                      executors: one of their three pairs is called so;
 *   power              a 3 % difference is found, against both of the others,
 *                      in at least 95 % of sessions;
 *   coverage           all simultaneous intervals of a session hold the truth
 *                      in at least 94 % of them, and the narrow intervals, of
 *                      90 % by design, in at least 89 %.
 *
 * A figure may miss its goal by two standard errors at that goal, which are
 * printed. Two counter-examples show that the simulation would find a worse
 * rule: executors measured one after the other while the machine drifts, and
 * stopping as soon as a difference is significant.
 *
 * DRIVE_TEST_SESSIONS sets the number of sessions of each kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/rng.h"
#include "results/verdict/stop.h"
#include "results/verdict/verdict.h"

enum { RIVALS = 3, BLOCKS_LEAST = 10, BLOCKS_MOST = 60 };

/* What befalls a session, beside a delay of 5 % on average one time in ten. */
struct world {
    const char *name;
    int cells;
    double noise;  /* Gaussian, of one trial */
    double drift;  /* from the first trial to the last there may be */
    double spikes; /* chance of a trial that takes up to three times as long */
    double visits; /* chance that a neighbour comes; it stays for 8 trials on
                      average, and slows by 10 to 30 % whoever runs then */
    bool hopeless; /* the budget is too small for a 3 % difference */
};

static const struct world worlds[] = {
    {"quiet", 3, 0.01, 0, 0, 0, false},
    {"drift", 3, 0.01, 0.03, 0, 0, false},
    {"spikes", 3, 0.01, 0, 0.02, 0, false},
    {"neighbour", 3, 0.01, 0, 0, 0.02, false},
    {"all of these", 3, 0.01, 0.03, 0.02, 0.02, false},
    {"and rough", 3, 0.03, 0.03, 0.02, 0.02, true},
    {"two executors", 2, 0.014, 0.03, 0, 0.02, false},
};

enum { WORLDS = sizeof worlds / sizeof worlds[0] };

static const double same[RIVALS] = {1e7, 1e7, 1e7};

/* The rules under test, and the two that are known to be worse. */
enum design { AS_SHIPPED, ONE_AFTER_THE_OTHER, STOP_AT_SIGNIFICANCE };

struct session {
    const struct world *world;
    const double *level; /* [cells], the true times in ns */
    enum design design;
    uint64_t seed, draws;
    double slowed; /* by the neighbour that is here; 1: none is */
    struct comparison c;
    struct judgement j;
};

/* -- a made-up machine --------------------------------------------------- */

/* In (0, 1]. */
static double uniform(struct session *s)
{
    return (double)((rng_bits(s->seed, 1, s->draws++) >> 11) + 1) * 0x1p-53;
}

static double gaussian(struct session *s)
{
    double r = sqrt(-2 * log(uniform(s)));

    return r * cos(2 * M_PI * uniform(s));
}

/* Comes with the chance of the world, leaves with one in eight. */
static double neighbour(struct session *s)
{
    double chance = s->slowed > 1 ? 0.125 : s->world->visits;

    if (uniform(s) <= chance)
        s->slowed = s->slowed > 1 ? 1 : 1.1 + 0.2 * uniform(s);
    return s->slowed;
}

/* The time of a trial that is the `at`-th of the session. */
static double take_time(struct session *s, int cell, int at)
{
    double share = (double)at / (s->c.cells * BLOCKS_MOST);
    double ns = s->level[cell] * (1 + s->world->noise * gaussian(s));

    if (uniform(s) <= 0.1)
        ns *= 1 - 0.05 * log(uniform(s));
    if (uniform(s) <= s->world->spikes)
        ns *= 1 + 2 * uniform(s);
    return ns * neighbour(s) * (1 + s->world->drift * share);
}

/* -- a session, as drivers/measure.c conducts it ------------------------- */

static void run_block(struct session *s)
{
    int order[RIVALS], block = s->c.blocks;

    rng_shuffle(order, s->c.cells, s->seed, (uint64_t)block * 2);
    for (int k = 0; k < s->c.cells; k++) {
        struct trial *trial = cell_add_trial(&s->c.cell[order[k]]);
        int at = s->design == ONE_AFTER_THE_OTHER
                     ? order[k] * BLOCKS_MOST + block
                     : block * s->c.cells + k;

        assert_non_null(trial);
        trial->block = block;
        trial->order = k;
        trial->balance = 1;
        trial->ns = (uint64_t)take_time(s, order[k], at);
    }
    s->c.blocks++;
}

static void judge(struct session *s)
{
    struct err err;

    if (verdict_judge(&s->c, &s->j, &err))
        fail_msg("%s", err.text);
}

static bool any_different(const struct judgement *j)
{
    for (int i = 0; i < j->pairs; i++) {
        if (j->pair[i].pair.verdict == VERDICT_DIFFERENT)
            return true;
    }
    return false;
}

/* The budget is one of blocks. */
static enum stop_reason decide(struct session *s)
{
    const struct stop_rule rule = {.least_blocks = BLOCKS_LEAST,
                                   .budget_ns = BLOCKS_MOST};
    struct err err;

    if (verdict_widest(&s->c, &s->c.widest, &err))
        fail_msg("%s", err.text);
    if (s->design == STOP_AT_SIGNIFICANCE) {
        judge(s);
        if (s->c.blocks >= BLOCKS_LEAST && any_different(&s->j))
            return STOP_PRECISION;
        s->c.widest = -1;
    }
    return stop_decide(&rule, &s->c, (uint64_t)s->c.blocks);
}

static void conduct(struct session *s)
{
    static const char *const name[] = {"threads", "processes", "ranks"};

    s->slowed = 1;
    s->c = (struct comparison){.unit = "task",
                               .workers = 1,
                               .amount = 1,
                               .precision = 0.01,
                               .margin = 0.02,
                               .widest = -1,
                               .cells = s->world->cells};
    for (int i = 0; i < s->c.cells; i++) {
        s->c.cell[i].executor = name[i];
        s->c.cell[i].workers = 1;
    }
    do
        run_block(s);
    while ((s->c.stop = decide(s)) == STOP_NONE);
    judge(s);
}

/* -- figures over many sessions ------------------------------------------ */

struct figures {
    int sessions;
    int false_different; /* sessions that call an equal pair different */
    int found;           /* sessions that find every pair that differs */
    int called_equal;    /* sessions that call one of those equal */
    int held;            /* sessions whose simultaneous intervals all hold */
    int pairs, narrow_held;
    int precise; /* sessions that ended at the precision asked */
    int blocks;
};

static bool holds(const struct estimate *e, double truth)
{
    return e->valid && e->ci.low <= truth && truth <= e->ci.high;
}

static void count_session(const struct session *s, struct figures *f)
{
    bool wrong = false, found = true, equal = false, held = true;

    for (int i = 0; i < s->j.pairs; i++) {
        const struct judged *judged = &s->j.pair[i];
        const struct pair *pair = &judged->pair;
        double truth = log(s->level[judged->a] / s->level[judged->b]);
        bool different = pair->verdict == VERDICT_DIFFERENT;

        wrong = wrong || (truth == 0 && different);
        found = found && (truth == 0 || different);
        equal = equal || (truth != 0 && pair->verdict == VERDICT_EQUAL);
        held = held && holds(&pair->ratio, truth);
        f->narrow_held += holds(&pair->narrow, truth);
    }
    f->sessions++;
    f->false_different += wrong;
    f->found += found;
    f->called_equal += equal;
    f->held += held;
    f->pairs += s->j.pairs;
    f->precise += s->c.stop == STOP_PRECISION;
    f->blocks += s->c.blocks;
}

static struct figures simulate(const struct world *world, const double *level,
                               enum design design, uint64_t seed, int sessions)
{
    struct figures f = {0};

    for (int i = 0; i < sessions; i++) {
        struct session s = {.world = world,
                            .level = level,
                            .design = design,
                            .seed = seed << 32 | (uint64_t)i};

        conduct(&s);
        count_session(&s, &f);
        comparison_free(&s.c);
    }
    return f;
}

static double share(int part, int of)
{
    return (double)part / of;
}

/* Two standard errors of a share of n at its goal. */
static double slack(double goal, int n)
{
    return 2 * sqrt(goal * (1 - goal) / n);
}

static void print_figures(const char *name, double difference,
                          const struct figures *f)
{
    printf("%-14s %3.0f %%  %5d  %5.1f  %5.1f %%  %6.2f %%  %6.2f %%  "
           "%6.2f %%  %6.2f %%\n",
           name, 100 * difference, f->sessions, (double)f->blocks / f->sessions,
           100 * share(f->precise, f->sessions),
           100 * share(f->false_different, f->sessions),
           100 * share(f->found, f->sessions),
           100 * share(f->held, f->sessions),
           100 * share(f->narrow_held, f->pairs));
}

/* What all tests look at: figures of identical executors, and of some of
 * which the last is slower. */
struct results {
    struct figures same[WORLDS], slower[WORLDS];
};

/* Few where sanitizers or missing optimisation make them slow. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    !defined(__OPTIMIZE__) || __has_feature(address_sanitizer) ||    \
    __has_feature(thread_sanitizer)
enum { SESSIONS = 60 };
#else
enum { SESSIONS = 1200 };
#endif

static int session_count(void)
{
    const char *text = getenv("DRIVE_TEST_SESSIONS");
    int n = text ? atoi(text) : 0;

    return n > 0 ? n : SESSIONS;
}

static int simulate_all(void **state)
{
    struct results *r = calloc(1, sizeof *r);
    int sessions = session_count();

    if (!r)
        return -1;
    printf("%-14s %5s  %5s  %5s  %7s  %8s  %8s  %8s  %8s\n", "", "true", "runs",
           "blocks", "precise", "false", "found", "all hold", "narrow");
    for (int i = 0; i < WORLDS; i++) {
        const struct world *w = &worlds[i];
        double slower[RIVALS] = {1e7, 1e7, 1e7};

        slower[w->cells - 1] *= 1.03;
        r->same[i] = simulate(w, same, AS_SHIPPED, 100 + (uint64_t)i, sessions);
        print_figures(w->name, 0, &r->same[i]);
        r->slower[i] =
            simulate(w, slower, AS_SHIPPED, 200 + (uint64_t)i, sessions / 2);
        print_figures("", 0.03, &r->slower[i]);
    }
    *state = r;
    return 0;
}

static int free_results(void **state)
{
    free(*state);
    return 0;
}

/* -- the three figures --------------------------------------------------- */

/* of: what the share is of; runs: how many of them are independent. */
static void at_most(const char *what, int part, int of, int runs, double goal)
{
    printf("%s: %.2f %%, at most %g %% + %.2f\n", what, 100 * share(part, of),
           100 * goal, 100 * slack(goal, runs));
    assert_true(share(part, of) <= goal + slack(goal, runs));
}

static void at_least(const char *what, int part, int of, int runs, double goal)
{
    printf("%s: %.2f %%, at least %g %% - %.2f\n", what, 100 * share(part, of),
           100 * goal, 100 * slack(goal, runs));
    assert_true(share(part, of) >= goal - slack(goal, runs));
}

static void identical_are_rarely_called_different(void **state)
{
    const struct results *r = *state;
    int wrong = 0, of = 0;

    for (int i = 0; i < WORLDS; i++) {
        const struct figures *f = &r->same[i];

        assert_true(share(f->false_different, f->sessions) <=
                    0.05 + slack(0.05, f->sessions));
        wrong += f->false_different;
        of += f->sessions;
    }
    at_most("false \"different\"", wrong, of, of, 0.05);
}

static void three_percent_are_found(void **state)
{
    const struct results *r = *state;
    int found = 0, equal = 0, of = 0;

    for (int i = 0; i < WORLDS; i++) {
        const struct figures *f = &r->slower[i];

        if (worlds[i].hopeless)
            continue;
        assert_true(share(f->found, f->sessions) >=
                    0.95 - slack(0.95, f->sessions));
        found += f->found;
        equal += f->called_equal;
        of += f->sessions;
    }
    at_least("a 3 % difference found", found, of, of, 0.95);
    at_most("a 3 % difference called equal", equal, of, of, 0.05);
}

static void intervals_hold_the_truth(void **state)
{
    const struct results *r = *state;
    int held = 0, of = 0, narrow = 0, pairs = 0;

    for (int i = 0; i < 2 * WORLDS; i++) {
        const struct figures *f =
            i < WORLDS ? &r->same[i] : &r->slower[i - WORLDS];

        assert_true(share(f->held, f->sessions) >=
                    0.94 - slack(0.94, f->sessions));
        held += f->held;
        of += f->sessions;
        narrow += f->narrow_held;
        pairs += f->pairs;
    }
    at_least("all intervals of a session hold", held, of, of, 0.94);
    at_least("narrow intervals hold", narrow, pairs, of, 0.89);
}

/* -- what the simulation would find -------------------------------------- */

static void one_after_the_other_would_be_found_out(void **state)
{
    int sessions = session_count() / 6 + 20;
    struct figures f =
        simulate(&worlds[1], same, ONE_AFTER_THE_OTHER, 300, sessions);

    (void)state;
    print_figures("in batches", 0, &f);
    assert_true(share(f.false_different, sessions) > 0.5);
    assert_true(share(f.held, sessions) < 0.5);
}

static void stopping_at_significance_would_be_found_out(void **state)
{
    int sessions = session_count() / 6 + 20;
    struct figures f =
        simulate(&worlds[5], same, STOP_AT_SIGNIFICANCE, 301, sessions);

    (void)state;
    print_figures("at a p value", 0, &f);
    assert_true(share(f.false_different, sessions) >
                0.05 + slack(0.05, sessions));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identical_are_rarely_called_different),
        cmocka_unit_test(three_percent_are_found),
        cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(one_after_the_other_would_be_found_out),
        cmocka_unit_test(stopping_at_significance_would_be_found_out),
    };

    return cmocka_run_group_tests(tests, simulate_all, free_results);
}
