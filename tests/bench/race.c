/* SPDX-License-Identifier: Apache-2.0 */
#include "race.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/rng.h"
#include "core/stats.h"

enum { TRIALS_MAX = 101, RETRIES = 3, LATE_OF = 20, WINDOW_MAX_NS = 1000000 };

/* -- entering ------------------------------------------------------------ */

struct race *race_begin(struct stage *stage, struct err *err)
{
    struct race *race = calloc(1, sizeof *race);

    if (race)
        race->stage = stage;
    else
        err_set(err, EXIT_RESOURCE, "no memory for a race");
    return race;
}

void race_end(struct race *race)
{
    for (int i = 0; race && i < race->entrants; i++)
        entrant_leave(&race->entrant[i], NULL);
    free(race);
}

static int check_room(const struct plan *plan, struct err *err)
{
    double need = plan->work.memory, there = (double)mem_available();
    char text[2][32];

    if (need < 0.9 * there)
        return 0;
    return err_set(err, EXIT_RESOURCE, "needs %s of memory, there are %s",
                   mem_format((uint64_t)need, text[0], sizeof text[0]),
                   mem_format((uint64_t)there, text[1], sizeof text[1]));
}

static int make_team(struct race *race, struct entrant *e,
                     const struct plan *plan, struct err *err)
{
    if (team_start(&e->team, &race->stage->conductor, &plan->team, err))
        return -1;
    return team_order(e->team, ORDER_SETUP, err);
}

static int make_peer(struct race *race, struct entrant *e,
                     const struct plan *plan, struct err *err)
{
    const struct recipe *how = &e->recipe;
    const struct conductor *c = &race->stage->conductor;

    if (!how->trade)
        return peer_launch(&e->peer, c, &plan->team, how->settings,
                           race->stage->ranks, how->ranks_trade, err);
    if (peer_fork(&e->peer, c, &plan->team, how->trade, err))
        return -1;
    return peer_order(e->peer, ORDER_SETUP, err);
}

/* Brings it to life; what fails is out of the race. */
static void make(struct race *race, struct entrant *e)
{
    const struct recipe *how = &e->recipe;
    struct plan plan = {.work.amount = 1};
    struct err why;
    int failed;

    failed = stage_plan(race->stage, &how->subject, how->executor, how->workers,
                        &plan, &why) ||
             check_room(&plan, &why);
    e->amount = plan.work.amount * (how->subject.replicate ? how->workers : 1);
    if (!failed)
        failed = how->executor ? make_team(race, e, &plan, &why)
                               : make_peer(race, e, &plan, &why);
    if (failed)
        entrant_leave(e, &why);
}

struct entrant *race_enter(struct race *race, const char *name,
                           const char *absent, const struct recipe *how)
{
    struct entrant *e = &race->entrant[race->entrants++];

    if (race->entrants > ENTRANTS_MAX)
        BUG("too many entrants");
    snprintf(e->name, sizeof e->name, "%s", name);
    e->recipe = *how;
    e->trials = 1;
    e->amount = 1;
    if (absent)
        err_set(&e->why, EXIT_ABSENT, "%s", absent);
    else if (!race->fresh && !how->outside)
        make(race, e);
    return e;
}

struct entrant *race_team(struct race *race, const char *executor, int workers,
                          const char *kernel, int64_t n)
{
    return race_enter(race, executor, NULL,
                      &(struct recipe){.executor = executor,
                                       .workers = workers,
                                       .subject = {kernel, n}});
}

struct entrant *race_peer(struct race *race, const char *name,
                          const struct trade *trade, const char *absent,
                          int workers, const char *kernel, int64_t n)
{
    return race_enter(race, name, absent,
                      &(struct recipe){.trade = trade,
                                       .workers = workers,
                                       .subject = {kernel, n}});
}

const char *race_without_ranks(const struct race *race)
{
    const struct stage *stage = race->stage;

    if (!stage->ranks)
        return "built without MPI";
    return stage->conductor.launcher ? NULL : stage->no_launcher.text;
}

struct entrant *race_ranks(struct race *race, const char *name,
                           const char *trade, const char *const *settings,
                           const char *kernel, int64_t n)
{
    return race_enter(race, name, race_without_ranks(race),
                      &(struct recipe){.ranks_trade = trade,
                                       .settings = settings,
                                       .workers = race->stage->workers,
                                       .subject = {kernel, n}});
}

struct entrant *race_absent(struct race *race, const char *name,
                            const char *absent)
{
    return race_enter(race, name, absent, &(struct recipe){.workers = 0});
}

void entrant_leave(struct entrant *e, const struct err *why)
{
    if (why)
        e->why = *why;
    team_stop(e->team);
    peer_end(e->peer);
    e->team = NULL;
    e->peer = NULL;
}

struct board *entrant_board(struct entrant *e)
{
    return e->team ? team_board(e->team) : peer_board(e->peer);
}

int entrant_order(struct entrant *e, enum order order, struct err *err)
{
    return e->team ? team_order(e->team, order, err)
                   : peer_order(e->peer, order, err);
}

/* -- running ------------------------------------------------------------- */

/* As the program does: a window that is missed too often is doubled. */
static bool was_late(struct entrant *e, struct board *board)
{
    bool late = false;

    for (int i = 0; i < board->workers; i++)
        late |= board->slot[i].late;
    e->late += late;
    if (++e->starts == LATE_OF) {
        if (e->late > 1 && board->window_ns < WINDOW_MAX_NS)
            board->window_ns *= 2;
        e->starts = e->late = 0;
    }
    return late;
}

static int check(struct race *race, const struct entrant *e,
                 const struct board *board, struct err *err)
{
    uint64_t sum = board->slot[0].outcome.checksum;

    for (int i = 0; i < board->workers; i++) {
        if (board->slot[i].wrong) {
            *err = board->slot[i].err;
            return -1;
        }
    }
    if (!race->same_result)
        return 0;
    if (!race->checksum)
        race->checksum = sum;
    if (sum == race->checksum)
        return 0;
    return err_set(err, EXIT_WRONG, "%s has checksum %016lx, others %016lx",
                   e->name, sum, race->checksum);
}

static double took_ns(const struct board *board)
{
    uint64_t first = UINT64_MAX, last = 0;

    for (int i = 0; i < board->workers; i++) {
        const struct span *span = &board->slot[i].span;

        first = span->start_ns < first ? span->start_ns : first;
        last = span->end_ns > last ? span->end_ns : last;
    }
    return (double)(last - first) / board->repeats;
}

static int one_trial(struct race *race, struct entrant *e, double *ns,
                     double *whole_ns, struct err *err)
{
    struct board *board = entrant_board(e);

    for (int i = 0; i <= RETRIES; i++) {
        uint64_t start = clock_now();

        if (entrant_order(e, ORDER_TRIAL, err))
            return -1;
        *whole_ns = (double)(clock_now() - start);
        if (check(race, e, board, err))
            return -1;
        if (!was_late(e, board))
            break;
    }
    *ns = took_ns(board);
    return 0;
}

int race_turn(struct race *race, struct entrant *e, double *ns)
{
    double one[TRIALS_MAX], whole[TRIALS_MAX];
    size_t n = (size_t)e->trials;
    struct err why;

    if (e->recipe.outside) {
        if (e->recipe.outside(e->recipe.arg, ns, &why) == 0)
            return 0;
        entrant_leave(e, &why);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (one_trial(race, e, &one[i], &whole[i], &why)) {
            entrant_leave(e, &why);
            return -1;
        }
    }
    stats_sort(one, n);
    stats_sort(whole, n);
    *ns = stats_quantile_sorted(one, n, 0.5);
    e->whole_ns = stats_quantile_sorted(whole, n, 0.5);
    return 0;
}

static void shuffle(const struct race *race, int *order, uint64_t round)
{
    rng_shuffle(order, race->entrants, race->stage->seed, round);
}

/* A fresh race's round: new teams and peers, one turn each to warm up. */
static void make_all(struct race *race, int round)
{
    int order[ENTRANTS_MAX];
    double ns;

    shuffle(race, order, ~(uint64_t)round);
    for (int i = 0; i < race->entrants; i++) {
        if (!race->entrant[order[i]].why.code &&
            !race->entrant[order[i]].recipe.outside)
            make(race, &race->entrant[order[i]]);
    }
    for (int i = 0; i < race->entrants; i++) {
        if (!race->entrant[order[i]].why.code)
            race_turn(race, &race->entrant[order[i]], &ns);
    }
}

static void run_round(struct race *race, int round)
{
    int order[ENTRANTS_MAX];
    double ns;

    if (race->fresh)
        make_all(race, round);
    shuffle(race, order, (uint64_t)(round + WARMUPS));
    for (int i = 0; i < race->entrants; i++) {
        struct entrant *e = &race->entrant[order[i]];

        if (!e->why.code && race_turn(race, e, &ns) == 0 && round >= 0)
            e->ns[round] = ns;
    }
    for (int i = 0; race->fresh && i < race->entrants; i++)
        entrant_leave(&race->entrant[i], NULL);
}

int race_run(struct race *race, const char *what, struct err *err)
{
    const struct stage *stage = race->stage;
    bool shown = isatty(STDERR_FILENO);

    for (int i = race->fresh || stage->smoke ? 0 : -WARMUPS; i < stage->rounds;
         i++) {
        if (shown)
            fprintf(stderr, "\r%s: round %d of %d ", what, i + 1,
                    stage->rounds);
        run_round(race, i);
        if (*stage->conductor.stop)
            return err_set(err, EXIT_SIGNAL + *stage->conductor.stop,
                           "interrupted");
        race->rounds = i + 1;
    }
    if (shown)
        fprintf(stderr, "\r%60s\r", "");
    return 0;
}

const struct entrant *race_best(const struct race *race,
                                const struct entrant *const *entrant, int n)
{
    const struct entrant *best = entrant[0];
    double least = INFINITY, median;
    struct err err;

    for (int i = 0; i < n; i++) {
        if (entrant[i]->why.code ||
            stats_median(entrant[i]->ns, (size_t)race->rounds, &median, &err))
            continue;
        median /= entrant[i]->amount;
        if (median < least)
            best = entrant[i];
        least = median < least ? median : least;
    }
    return best;
}

/* -- the table ----------------------------------------------------------- */

void table_head(void)
{
    printf("%-2s %-46s %7s  %-16s %-8s\n", "row", "", "ratio", "95 % interval",
           "wanted");
}

void table_missing(const char *row, const char *text, const struct err *why)
{
    printf("%-2s %-46s %s: %s\n", row, text,
           why->code == EXIT_ABSENT ? "missing" : "failed", why->text);
    fflush(stdout);
}

void table_absent(const struct entrant *const *entrant, int n)
{
    for (int i = 0; i < n; i++) {
        const struct err *why = &entrant[i]->why;

        if (why->code)
            printf("     %s is %s: %s\n", entrant[i]->name,
                   why->code == EXIT_ABSENT ? "missing" : "out", why->text);
    }
}

void table_number(const char *row, const char *text, const char *number,
                  const char *wanted, bool ok)
{
    printf("%-2s %-46s %-25s %-8s %s\n", row, text, number, wanted,
           ok ? "ok" : "short");
    fflush(stdout);
}

/* What two entrants' times say: mine over the other's cost or speed. */
struct comparison_of_two {
    double ratio, median_mine_ns, median_other_ns;
    struct estimate paired; /* on the log scale */
};

static int compare(const struct race *race, const struct entrant *mine,
                   const struct entrant *other, bool cost,
                   struct comparison_of_two *two, struct err *err)
{
    size_t n = (size_t)race->rounds;
    double x[ROUNDS_MAX], share = mine->amount / other->amount;

    if (mine->why.code || other->why.code) {
        *err = mine->why.code ? mine->why : other->why;
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        double speed = log(share * other->ns[i] / mine->ns[i]);

        x[i] = cost ? -speed : speed;
    }
    if (stats_median(mine->ns, n, &two->median_mine_ns, err) ||
        stats_median(other->ns, n, &two->median_other_ns, err) ||
        stats_signed_rank(x, n, 0.95, &two->paired, err))
        return -1;
    two->ratio = share * two->median_other_ns / two->median_mine_ns;
    two->ratio = cost ? 1 / two->ratio : two->ratio;
    return 0;
}

/* The ratios that meet a bar. */
static struct interval good_ratios(struct bar bar)
{
    switch (bar.kind) {
    case BAR_SPEED: return (struct interval){bar.value, INFINITY};
    case BAR_COST: return (struct interval){0, bar.value};
    case BAR_WITHIN: break;
    }
    return (struct interval){1 - bar.value, 1 + bar.value};
}

static const char *judge(struct bar bar, const struct comparison_of_two *two)
{
    struct interval good = good_ratios(bar);
    double low = exp(two->paired.ci.low), high = exp(two->paired.ci.high);

    if (two->ratio >= good.low && two->ratio <= good.high)
        return low >= good.low && high <= good.high ? "ok" : "ok ?";
    return high < good.low || low > good.high ? "short" : "short ?";
}

static const char *format_bar(struct bar bar, char *out, size_t size)
{
    if (bar.kind == BAR_WITHIN)
        snprintf(out, size, "+- %.2f", bar.value);
    else
        snprintf(out, size, "%s %.2f",
                 bar.kind == BAR_SPEED ? ">=" : "<=", bar.value);
    return out;
}

static const char *format_ns(double ns, char *out, size_t size)
{
    if (ns >= 1e6)
        snprintf(out, size, "%.2f ms", ns / 1e6);
    else if (ns >= 1e3)
        snprintf(out, size, "%.2f us", ns / 1e3);
    else
        snprintf(out, size, "%.0f ns", ns);
    return out;
}

static void print_line(const char *row, const char *text,
                       const struct comparison_of_two *two, const char *wanted,
                       const char *word)
{
    char interval[40] = "[too few]", mine[24], other[24];

    if (two->paired.valid)
        snprintf(interval, sizeof interval, "[%.3f, %.3f]",
                 exp(two->paired.ci.low), exp(two->paired.ci.high));
    printf("%-2s %-46s %7.3f  %-16s %-8s %s\n", row, text, two->ratio, interval,
           wanted, word);
    printf("     medians %s and %s\n",
           format_ns(two->median_mine_ns, mine, sizeof mine),
           format_ns(two->median_other_ns, other, sizeof other));
    fflush(stdout);
}

void table_row(const struct race *race, const char *row, const char *text,
               const struct entrant *mine, const struct entrant *other,
               struct bar bar)
{
    struct comparison_of_two two;
    char wanted[16];
    struct err err;

    if (compare(race, mine, other, bar.kind == BAR_COST, &two, &err))
        table_missing(row, text, &err);
    else
        print_line(row, text, &two, format_bar(bar, wanted, sizeof wanted),
                   judge(bar, &two));
}

void table_note(const struct race *race, const char *text,
                const struct entrant *mine, const struct entrant *other)
{
    struct comparison_of_two two;
    struct err err;

    if (compare(race, mine, other, true, &two, &err))
        table_missing("", text, &err);
    else
        print_line("", text, &two, "(note)", "");
}

void table_speed(const struct race *race, const char *row, const char *text,
                 const struct entrant *mine, const struct entrant *other)
{
    struct comparison_of_two two;
    struct err err;

    if (compare(race, mine, other, false, &two, &err))
        table_missing(row, text, &err);
    else
        print_line(row, text, &two, "(note)", "");
}

void table_whole(const struct entrant *e)
{
    char text[24];

    if (!e->why.code)
        printf("     a trial from order to done, checks included: %s\n",
               format_ns(e->whole_ns, text, sizeof text));
}
