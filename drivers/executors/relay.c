/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/relay.h"

#if HAVE_MPI
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"
#include "drivers/executors/gather.h"
#include "drivers/executors/parts.h"
#include "drivers/executors/tie.h"
#include "results/record/environment.h"

/* What the root tells all leaders. */
struct word {
    enum { WORD_CALL, WORD_ORDER, WORD_END, WORD_CLOSE } what;
    uint32_t team;
    enum order order;
    unsigned repeats;
    bool clocks; /* first of all, read them anew */
    int code;    /* of the program, to CLOSE */
};

struct relay {
    struct tree tree;
    struct home home;
    struct gather gather;
    struct drift clock;
    char host[64];
    struct tie *ties;
    struct tie *asked;  /* has an order whose reports are due */
    struct tie *summon; /* of ranks, waits for relay_next */
    uint32_t serial;    /* gatherings so far */
    uint32_t errands;   /* root: taken so far */
    bool jumped;        /* at the last reading of the clocks */
    bool clocks;        /* root: they have to be read again */
    uint64_t read_ns;   /* when they were read, */
    uint64_t took_ns;   /* and how long that took */
    uint64_t reach_ns;  /* root: the longest */
    uint64_t told, t0;  /* root: the start of the last trial, and when the
                           nodes were told of it */
    bool astray;        /* some leader did not report */
    struct err why;     /* of the failure in the last report; 0: none */
    bool closed;
};

/* How long a failure waits for what else there is to report, and for someone
 * to hear of it: in between, ranks may wait for messages of one that failed. */
static const uint64_t patience_ns = 2000000000, deaf_ns = 15000000000;

static bool is_root(const struct relay *r)
{
    return r->tree.parent < 0;
}

static void read_clocks(struct relay *r)
{
    uint64_t began = clock_now();

    r->jumped = tree_clock(&r->tree, &r->clock) || r->jumped;
    r->clocks = false;
    r->read_ns = clock_now();
    r->took_ns = r->read_ns - began;
}

/* A start may be late by a clock that went wrong by too little to be seen
 * otherwise. But where nodes are crowded starts are late all the time: for
 * their sake readings take one hundredth of it at most. */
static bool may_read(const struct relay *r)
{
    return clock_now() - r->read_ns > 100 * r->took_ns;
}

/* -- life and death ------------------------------------------------------ */

static void fill_card(const struct relay *r, struct node_card *card)
{
    struct environment *environment;
    struct err err;

    *card = (struct node_card){.ranks = r->home.ranks,
                               .memory_bytes = -1,
                               .clock_error_ns =
                                   drift_error(&r->clock, clock_now())};
    memcpy(card->host, r->host, sizeof card->host);
    if (r->home.topology) {
        card->cores = topology_cores(r->home.topology);
        card->pus = topology_pus(r->home.topology);
    }
    if (environment_collect(&environment, &err))
        return;
    snprintf(card->cpu, sizeof card->cpu, "%s", environment->cpu);
    card->memory_bytes = environment->memory_bytes;
    environment_free(environment);
}

int relay_open(struct relay **relay, const struct relay_start *start,
               struct node_card *card, struct err *err)
{
    struct relay *r = calloc(1, sizeof *r);
    size_t bytes = (size_t)start->ranks * sizeof *start->rank;

    if (!r || !(r->home.rank = malloc(bytes))) {
        free(r);
        return err_set(err, EXIT_RESOURCE, "no memory for a leader");
    }
    r->home.ranks = start->ranks;
    r->home.lobby = start->lobby;
    r->home.nursery = start->nursery;
    memcpy(r->home.rank, start->rank, bytes);
    gethostname(r->host, sizeof r->host - 1);
    tree_open(&r->tree, start->leaders);
    if (gather_open(&r->gather, &r->tree, err)) {
        free(r->home.rank);
        free(r);
        return -1;
    }
    r->home.node = r->tree.rank;
    /* Without places no team comes to life here, and that will be told. */
    topology_open(&r->home.topology, start->mask, NULL);
    read_clocks(r);
    r->jumped = false;
    MPI_Reduce(&r->tree.reach_ns, &r->reach_ns, 1, MPI_UINT64_T, MPI_MAX, 0,
               start->leaders);
    fill_card(r, card);
    *relay = r;
    return 0;
}

void relay_close(struct relay *r)
{
    if (!r)
        return;
    while (r->ties) {
        struct tie *tie = r->ties;

        r->ties = tie->next;
        tie_free(tie);
    }
    topology_close(r->home.topology);
    gather_close(&r->gather);
    free(r->home.rank);
    free(r);
}

static struct tie **find_tie(struct relay *r, uint32_t team)
{
    struct tie **at = &r->ties;

    while (*at && (*at)->team != team)
        at = &(*at)->next;
    return at;
}

/* The job cannot go on, and nobody listens: all ranks end with this. */
static _Noreturn void abandon(const struct relay *r, const char *why)
{
    fprintf(stderr, "drive: %s: %s\n", r->host, why);
    MPI_Abort(MPI_COMM_WORLD, EXIT_RESOURCE);
    _exit(EXIT_RESOURCE);
}

/* -- a team comes to life ------------------------------------------------ */

static int bring_to_life(struct relay *r, struct tie *tie, struct err *err)
{
    if (!tie->ranks)
        return tie_host(tie, &r->home, err);
    if (r->summon)
        return err_set(err, EXIT_RESOURCE, "the ranks are in another team");
    r->summon = tie;
    lobby_call(r->home.lobby, tie->path);
    return 0;
}

/* Each node has dealt its workers to ranks of its own. */
static void number_ranks(const struct relay *r, struct tie *tie, bool here)
{
    int ranks = here ? tie->board->ranks : 0, first = 0;

    MPI_Exscan(&ranks, &first, 1, MPI_INT, MPI_SUM, r->tree.comm);
    if (here)
        tie_number(tie, is_root(r) ? 0 : first);
}

/* On all nodes or none: ranks would wait for those that are not called. */
static void do_call(struct relay *r, const struct word *word,
                    const struct call *call, struct board *whole)
{
    struct tie *tie = tie_new(word->team, call, whole);
    int here = tie_count(&r->home, call), first = 0, ready = 1;

    if (!tie)
        abandon(r, "no memory for a team");
    tie->next = r->ties;
    r->ties = r->asked = tie;
    MPI_Exscan(&here, &first, 1, MPI_INT, MPI_SUM, r->tree.comm);
    if (here &&
        tie_board(tie, &r->home, call, here, is_root(r) ? 0 : first, &tie->err))
        ready = 0;
    MPI_Allreduce(MPI_IN_PLACE, &ready, 1, MPI_INT, MPI_MIN, r->tree.comm);
    if (tie->hybrid)
        number_ranks(r, tie, here && ready);
    if (here && ready)
        bring_to_life(r, tie, &tie->err);
    tie->alive = here && ready && !tie->err.code;
}

/* -- reports -------------------------------------------------------------- */

/* What a leader has seen of a report. */
struct sight {
    struct relay *r;
    const struct tie *tie;
    bool failed, wrong; /* wrong: bytes that do not make sense */
    struct err why;
};

/* A report that is from the future comes from a clock that was put forward; one
 * from before the start, or a worker that ended before it began, from one that
 * was put back. A node without workers does not wait for the start. */
static bool is_doubtful(const struct relay *r, const struct part *part,
                        bool trial, uint64_t now)
{
    const uint64_t slack_ns = 1000000;
    const struct report *report = (const struct report *)(part + 1);
    uint64_t since = part->count ? r->t0 : r->told;
    bool doubtful =
        part->sent_ns > now + part->error_ns + slack_ns ||
        (trial && part->sent_ns + part->error_ns + slack_ns < since);

    for (int i = 0; i < part->count && trial; i++)
        doubtful = doubtful || report[i].span.end_ns < report[i].span.start_ns;
    return doubtful;
}

/* What the root makes of a part beside the workers' reports. */
static void look_at_part(struct relay *r, const struct tie *tie,
                         const struct part *part)
{
    bool trial = tie->whole->order == ORDER_TRIAL && !part->failed;

    if (part->reach_ns > r->reach_ns)
        r->reach_ns = part->reach_ns;
    r->clocks = r->clocks || part->stale;
    if (part->jumped)
        fprintf(stderr,
                "drive: warning: the clock of %s has jumped; it was read "
                "again, and trials that started late are repeated\n",
                lobby_card(r->home.lobby, part->node)->host);
    if (is_doubtful(r, part, trial, clock_now()))
        tie->whole->doubtful = true;
}

/* A part, or a cut of one, on every leader that it comes by. */
static void see_part(void *arg, const void *bytes, size_t n)
{
    struct sight *sight = arg;
    struct relay *r = sight->r;
    const struct part *part;
    size_t at = 0;

    part = parts_next(bytes, n, &at);
    if (!part || at != n) {
        sight->wrong = true;
        return;
    }
    if (part->failed) {
        sight->failed = r->gather.trouble = true;
        sight->why = part->err;
    }
    if (!is_root(r))
        return;
    sight->wrong = !parts_write(sight->tie->whole, bytes, n) || sight->wrong;
    look_at_part(r, sight->tie, part);
}

/* A cut of this node's part: `part`, and the reports of its workers from
 * `first` on. */
static void place_cut(struct relay *r, struct sight *sight,
                      const struct part *part, int first, bool last)
{
    size_t n = sizeof *part + (size_t)part->count * sizeof(struct report);
    char *at = gather_place(&r->gather, n, last);
    struct report report;

    if (!at)
        abandon(r, part->failed ? part->err.text : "nobody takes a report");
    memcpy(at, part, sizeof *part);
    for (int i = 0; i < part->count; i++) {
        report_read(&report, sight->tie->board, first + i, &r->clock);
        memcpy(at + sizeof *part + (size_t)i * sizeof report, &report,
               sizeof report);
    }
    see_part(sight, at, n);
}

/* This node's own part of the report, in cuts that can travel. */
static void place_part(struct relay *r, struct sight *sight)
{
    enum {
        MOST = (GATHER_FRAME - sizeof(struct part)) / sizeof(struct report)
    };
    const struct tie *tie = sight->tie;
    int count = tie->alive ? tie->board->workers : 0, first = 0;
    struct part part = {.node = r->tree.rank,
                        .at = -1,
                        .jumped = r->jumped,
                        .reach_ns = r->tree.reach_ns};

    r->jumped = false;
    if (tie->err.code) {
        part.failed = true;
        err_set(&part.err, tie->err.code, "%s: %s", r->host, tie->err.text);
    } else if (tie->alive) {
        part_read(&part, tie->board, r->host);
    }
    part.stale = drift_is_stale(&r->clock, clock_now());
    part.error_ns = drift_error(&r->clock, clock_now());
    part.sent_ns = drift_to_root(&r->clock, clock_now());
    do {
        part.count = count - first < MOST ? count - first : MOST;
        place_cut(r, sight, &part, first, first + part.count == count);
        first += part.count;
        part.jumped = false; /* said once */
    } while (first < count);
}

/* Everybody behind: all there are, or, once something has failed, those who
 * come soon. Who is nearer to one that does not come gives up first, so that
 * its parent still hears of the others. */
static void take_parts(struct relay *r)
{
    const uint64_t turn_ns = 50000000, level_ns = 200000000;
    const uint64_t soon_ns =
        patience_ns + level_ns * (uint64_t)r->tree.children;
    uint64_t troubled_ns = 0;

    while (!gather_take(&r->gather, turn_ns)) {
        if ((r->gather.trouble || r->astray) && !troubled_ns)
            troubled_ns = clock_now();
        if (troubled_ns && clock_now() - troubled_ns > soon_ns)
            break;
    }
    r->astray = r->astray || r->gather.due;
}

/* The conductor's board, as if its workers had written there themselves. */
static void tell_conductor(struct relay *r, struct sight *sight)
{
    struct board *whole = sight->tie->whole;
    int lost = gather_lost(&r->gather);
    bool late = false;

    r->astray = r->astray || lost >= 0;
    if (whole->doubtful)
        whole->slot[0].late = true;
    for (int i = 0; i < whole->workers; i++)
        late = late || whole->slot[i].late;
    r->clocks = r->clocks || whole->doubtful || (late && may_read(r));
    if (r->astray && !sight->failed && !whole->err.code)
        err_set(&whole->err, EXIT_RESOURCE, "%s does not answer",
                lost < 0 ? "a node" : lobby_card(r->home.lobby, lost)->host);
    if (whole->order == ORDER_LEAVE && !r->astray)
        atomic_store(&whole->ended, 1);
    if (sight->failed || r->astray || sight->wrong)
        atomic_fetch_add(&whole->troubles, 1);
    else
        atomic_store(&whole->done, (uint32_t)whole->workers);
    board_tell(whole);
}

static void report(struct relay *r)
{
    struct tie *tie = r->asked;
    struct sight sight = {.r = r, .tie = tie};

    r->asked = NULL;
    if (tie->alive)
        tie_await(tie, &r->home, patience_ns);
    if (is_root(r)) {
        r->reach_ns = 0;
        tie->whole->doubtful = false;
    }
    gather_begin(&r->gather, r->serial, see_part, &sight);
    place_part(r, &sight);
    take_parts(r);
    r->gather.patience_ns = r->gather.trouble ? deaf_ns : UINT64_MAX;
    if (!gather_end(&r->gather))
        abandon(r, sight.failed ? sight.why.text : "nobody takes a report");
    r->why = sight.why;
    if (r->gather.trouble && !sight.failed)
        err_set(&r->why, EXIT_RESOURCE, "another node has failed");
    if (is_root(r))
        tell_conductor(r, &sight);
    if (tie->board) {
        atomic_fetch_add(&tie->board->heard, 1);
        futex_wake_all(&tie->board->heard);
    }
}

/* -- the gate -------------------------------------------------------------- */

/* The root's T0 leaves time for the word to come to every node and for its
 * workers to wake. */
static void open_gate(struct relay *r, struct tie *tie)
{
    const uint64_t spin_ns = 5000000, wake_ns = 50000;
    struct board *board = tie->alive ? tie->board : NULL;
    uint64_t t0 = 0;

    if (board)
        tie_await_arrivals(tie);
    tree_ready(&r->tree, spin_ns);
    r->told = clock_now();
    if (is_root(r))
        t0 = r->told + tie->whole->window_ns + 2 * r->reach_ns + wake_ns;
    r->t0 = t0;
    tree_bcast(&r->tree, &t0, sizeof t0, spin_ns);
    if (!board)
        return;
    atomic_store(&board->t0, drift_to_local(&r->clock, t0));
    atomic_store(&board->open, 1);
    futex_wake_all(&board->open);
}

static void lead_gate(void *arg, struct board *board)
{
    struct relay *r = arg;

    (void)board;
    open_gate(r, r->asked);
}

/* -- orders ---------------------------------------------------------------- */

static void do_order(struct relay *r, const struct word *word)
{
    struct tie *tie = *find_tie(r, word->team);

    if (!tie)
        abandon(r, "an order for a team that is not here");
    r->asked = tie;
    /* Who is interrupted sends a team home twice, when nobody is there. */
    if (tie->alive && tie->board->order != ORDER_LEAVE) {
        tie->board->repeats = word->repeats;
        board_post(tie->board, word->order);
    }
    /* Ranks have their leader among them; it opens the gate when it gets
     * there. */
    if (word->order == ORDER_TRIAL && !(tie->ranks && tie->alive))
        open_gate(r, tie);
}

/* A team that the leader is in itself has ended, or is beyond help. */
static void do_end(struct relay *r, uint32_t team, const struct board *own)
{
    struct tie **at = find_tie(r, team), *tie = *at;

    if (!tie || (own && tie->board == own))
        return;
    if (tie->host)
        nursery_end(r->home.nursery, tie->host);
    if (r->summon == tie)
        r->summon = NULL;
    if (r->asked == tie)
        r->asked = NULL;
    *at = tie->next;
    tie_free(tie);
}

static void do_close(struct relay *r, int code)
{
    r->closed = true;
    if (!is_root(r))
        lobby_close(r->home.lobby, code);
}

/* Root: the conductor's next errand as a word, and what goes with it. */
static void take_errand(struct relay *r, struct word *word, struct call *call,
                        struct board **whole)
{
    struct lobby *lobby = r->home.lobby;
    struct errand errand;
    struct tie *tie;
    struct err err;

    futex_await(&lobby->bell, r->errands, 0);
    *word = (struct word){.what = WORD_CLOSE, .clocks = r->clocks};
    if (atomic_load(&lobby->closed)) {
        word->code = lobby->code;
        return;
    }
    errand = lobby->errand;
    word->team = errand.team;
    word->what = errand.what == ERRAND_CALL    ? WORD_CALL
                 : errand.what == ERRAND_ORDER ? WORD_ORDER
                                               : WORD_END;
    if (errand.what == ERRAND_CALL) {
        if (board_join(whole, errand.board, &err))
            abandon(r, err.text);
        memcpy(call->board, *whole, sizeof call->board);
        memcpy(call->policy, errand.policy, sizeof call->policy);
    } else if (errand.what == ERRAND_ORDER &&
               (tie = *find_tie(r, errand.team))) {
        word->order = tie->whole->order;
        word->repeats = tie->whole->repeats;
    }
    atomic_store(&lobby->taken, ++r->errands);
}

/* The next word, on every leader. Whoever told of a failure cannot go on
 * for ever without hearing of its end: ranks are waiting for each other. */
static void hear(struct relay *r, struct word *word)
{
    const uint64_t spin_ns = 100000;

    if (!tree_hear(&r->tree, word, sizeof *word, spin_ns,
                   r->why.code ? deaf_ns : UINT64_MAX))
        abandon(r, r->why.text);
}

static void next_word(struct relay *r, const struct board *own)
{
    struct board *whole = NULL;
    struct word word;
    struct call call;

    if (is_root(r))
        take_errand(r, &word, &call, &whole);
    hear(r, &word);
    if (word.what == WORD_CALL)
        tree_bcast(&r->tree, &call, sizeof call, 10000000);
    if (word.clocks)
        read_clocks(r);
    r->serial++;
    switch (word.what) {
    case WORD_CALL: do_call(r, &word, &call, whole); break;
    case WORD_ORDER: do_order(r, &word); break;
    case WORD_END: do_end(r, word.team, own); break;
    case WORD_CLOSE: do_close(r, word.code); break;
    }
}

static bool lead_await(void *arg, struct board *board, uint32_t seen)
{
    struct relay *r = arg;

    if (r->asked)
        report(r);
    while (!r->closed && atomic_load(&board->orders) == seen) {
        next_word(r, board);
        if (r->asked && r->asked->board != board)
            report(r);
    }
    return !r->closed;
}

struct board *relay_next(struct relay *r)
{
    struct tie *tie;

    if (r->asked)
        report(r);
    while (!r->closed && !r->summon) {
        next_word(r, NULL);
        if (r->asked && r->asked != r->summon)
            report(r);
    }
    tie = r->summon;
    r->summon = NULL;
    return r->closed ? NULL : tie->board;
}

struct lead relay_lead(struct relay *r)
{
    return (struct lead){lead_gate, lead_await, r};
}
#endif
