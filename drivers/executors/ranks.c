/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ranks: the processes of an MPI launcher. They talk by messages alone, or,
 * where the kernel's plan asks for a window, through shared memory of MPI's
 * (drivers/executors/messages.h); only the gate and the orders of the board,
 * which is no part of what is measured, go through shared memory of ours.
 */
#include "drivers/executors/ranks.h"

#include "drivers/executors/executor.h"

#if HAVE_MPI
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"
#include "core/segment.h"
#include "drivers/born.h"
#include "drivers/executors/hybrid.h"
#include "drivers/executors/messages.h"
#include "drivers/executors/relay.h"
#include "drivers/lobby.h"

/* -- a team -------------------------------------------------------------- */

MPI_Comm ranks_comm(int ranks)
{
    MPI_Group all, team;
    MPI_Comm comm;
    int range[1][3] = {{0, ranks - 1, 1}};

    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_range_incl(all, 1, range, &team);
    MPI_Comm_create_group(MPI_COMM_WORLD, team, 0, &comm);
    MPI_Group_free(&team);
    MPI_Group_free(&all);
    return comm;
}

/* Who this rank is: in the world, and on its node, where it sits in that slot
 * of its board; the leader relays. */
struct member {
    int rank, place;
    struct relay *relay; /* or NULL */
};

/* From the first verb to the last. */
static int live(struct board *board, struct messenger *messenger,
                const struct household *house, const struct member *member,
                struct err *err)
{
    struct lead lead = {.gate = NULL};
    struct arena arena = {.base = NULL};
    struct worker w;
    int failed;

    if (messages_arena(messenger, &arena, board->arena_bytes, board->pages,
                       board->window, err))
        return -1;
    board_worker(board, member->place, &arena, house, &w);
    w.rank = member->rank;
    w.size = board->whole;
    failed = messages_join(messenger, &w, err);
    if (member->relay)
        lead = relay_lead(member->relay);
    if (!failed)
        board_work_as(board, member->place, &w, member->relay ? &lead : NULL);
    messages_end(messenger, &arena);
    return failed;
}

static int run_member(struct board *board, const struct member *member,
                      struct err *err)
{
    struct comm_list *splits = NULL;
    struct messenger messenger = {
        .splits = &splits, .window = MPI_WIN_NULL, .whole = board->whole};
    struct household house;
    int failed;

    mem_follow(board->pages);
    if (household_open(&house, board, false, err))
        return -1;
    messenger.comm = ranks_comm(board->whole);
    failed = live(board, &messenger, &house, member, err);
    MPI_Comm_free(&messenger.comm);
    household_close(&house);
    /* A window mostly fails for all ranks at once, and all come back. */
    if (member->rank == 0 && (!failed || (board->window && !messenger.astray)))
        board_ended(board);
    return failed;
}

/* The executor's, which is not how ranks come to their boards. */
static int run(struct board *board, struct err *err)
{
    (void)board;
    return err_set(err, EXIT_ABSENT, "ranks are brought by a launcher");
}

/* -- a rank -------------------------------------------------------------- */

/* In the slots of its workers, so that the code of the error is kept, and
 * nobody waits for any of them. */
static void report_failure(struct board *board, int first,
                           const struct err *err)
{
    for (int i = first;
         i < board->workers && board->slot[i].rank == board->slot[first].rank;
         i++) {
        board->slot[i].err = *err;
        board->slot[i].failed = true;
    }
    board_lost(board, err->text);
}

static void play_board(struct board *board, const struct member *member)
{
    struct err err;

    if (run_member(board, member, &err))
        report_failure(board, member->place, &err);
}

/* Whoever has workers in the team, in the order of these. Which ranks of other
 * nodes do, and how many, only they know: over several nodes all ranks of as
 * many as there are workers come to tell. */
static MPI_Comm hybrid_comm(const struct board *board, bool plays, int first)
{
    MPI_Comm all, comm;

    if (!board->tied)
        return ranks_comm(board->ranks);
    all = ranks_comm(board->whole);
    MPI_Comm_split(all, plays ? 0 : MPI_UNDEFINED, board->slot[first].task,
                   &comm);
    MPI_Comm_free(&all);
    return comm;
}

/* A rank whose threads are workers, if it has any: of each node the first. */
static void play_hybrid(struct board *board, const struct member *member)
{
    bool plays = member->place < board->ranks;
    int first = board_first(board, member->place);
    struct lead lead = {.gate = NULL};
    MPI_Comm comm;
    struct err err;

    if (!plays && !board->tied)
        return;
    comm = hybrid_comm(board, plays, first);
    if (!plays)
        return;
    if (member->relay)
        lead = relay_lead(member->relay);
    if (hybrid_play(board, comm, first, member->relay ? &lead : NULL, &err)) {
        report_failure(board, first, &err);
        if (board->tied && !member->relay)
            ranks_heard(board, first, member->rank);
    }
    MPI_Comm_free(&comm);
}

/* MPI_Abort is the first thread's to call, but the launcher ends all, too, when
 * it loses a rank. */
static _Noreturn void abandon(void)
{
    int first;

    MPI_Is_thread_main(&first);
    if (first)
        MPI_Abort(MPI_COMM_WORLD, EXIT_RESOURCE);
    _exit(EXIT_RESOURCE);
}

void ranks_heard(struct board *board, int place, int rank)
{
    const uint64_t patience_ns = 15000000000;
    const struct slot *slot = &board->slot[place];
    uint64_t end = clock_now() + patience_ns;
    uint32_t heard = atomic_load(&board->heard);
    char host[64] = "";

    while (slot->failed && board->order != ORDER_LEAVE &&
           atomic_load(&board->heard) == heard) {
        futex_wait(&board->heard, heard, 100000000);
        if (clock_now() < end)
            continue;
        gethostname(host, sizeof host - 1);
        fprintf(stderr, "drive: %s: rank %d: %s\n", host, rank, slot->err.text);
        abandon();
    }
}

static void play_any(struct board *board, const struct member *member)
{
    if (board->tied && member->rank >= board->whole)
        return;
    if (executor_table[board->executor]->flags & EXECUTOR_HYBRID) {
        play_hybrid(board, member);
    } else if (member->rank < board->whole) {
        play_board(board, member);
        if (board->tied && !member->relay)
            ranks_heard(board, member->place, member->rank);
    }
}

static int play(struct lobby *lobby, const struct member *member,
                struct err *err)
{
    char path[64];
    uint32_t seen = 0;

    while (lobby_next(lobby, &seen, path, sizeof path)) {
        struct board *board;

        if (board_join(&board, path, err))
            return -1;
        play_any(board, member);
        board_close(board);
    }
    return 0;
}

static void play_leading(const struct member *member)
{
    struct board *board;

    while ((board = relay_next(member->relay)))
        play_any(board, member);
}

/* All ranks were given the same words: their least and greatest hash agree. */
static bool same_words(uint64_t hash)
{
    uint64_t two[2] = {hash, ~hash};

    MPI_Allreduce(MPI_IN_PLACE, two, 2, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    return two[0] == ~two[1];
}

/* The ranks, as this one sees them. */
struct company {
    int rank, size;         /* in the world */
    int place, here;        /* on this node */
    int number, nodes;      /* of this node */
    MPI_Comm node, leaders; /* leaders: MPI_COMM_NULL for all others */
    struct node_card card;  /* leaders */
    struct relay *relay;    /* leaders, where there are several nodes */
    int lobby_fd;           /* of a lobby made here, or -1 */
};

static void look_round(struct company *c)
{
    *c = (struct company){.lobby_fd = -1};
    MPI_Comm_rank(MPI_COMM_WORLD, &c->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &c->size);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, c->rank,
                        MPI_INFO_NULL, &c->node);
    MPI_Comm_rank(c->node, &c->place);
    MPI_Comm_size(c->node, &c->here);
    MPI_Comm_split(MPI_COMM_WORLD, c->place ? MPI_UNDEFINED : 0, c->rank,
                   &c->leaders);
    if (c->leaders != MPI_COMM_NULL) {
        MPI_Comm_rank(c->leaders, &c->number);
        MPI_Comm_size(c->leaders, &c->nodes);
    }
    MPI_Bcast(&c->number, 1, MPI_INT, 0, c->node);
    MPI_Bcast(&c->nodes, 1, MPI_INT, 0, c->node);
}

static void part_company(struct company *c)
{
    MPI_Comm_free(&c->node);
    if (c->leaders != MPI_COMM_NULL)
        MPI_Comm_free(&c->leaders);
    if (c->lobby_fd >= 0)
        close(c->lobby_fd);
}

static int check_company(const struct rank_start *start,
                         const struct company *c, struct err *err)
{
    bool same = same_words(start->words_hash);

    if (c->size != start->expected)
        return err_set(err, EXIT_RESOURCE,
                       "the launcher started %d ranks, but MPI sees %d: "
                       "start with the launcher of the MPI this was built "
                       "with",
                       start->expected, c->size);
    if (!same)
        return err_set(err, EXIT_USAGE,
                       "the ranks disagree: all must be given the same "
                       "command line");
    if (start->own && c->nodes > 1)
        return err_set(err, EXIT_RESOURCE,
                       "the launcher put our ranks on %d nodes: start drive "
                       "itself with it",
                       c->nodes);
    return 0;
}

/* Rank 0's node has the conductor's lobby, every other one of its leader's. */
static int find_lobby(const struct rank_start *start, struct company *c,
                      struct lobby **lobby, struct err *err)
{
    char path[64] = "";
    int failed = 0;

    if (c->place == 0 && c->number) {
        failed = lobby_create(lobby, &c->lobby_fd, c->here, err);
        if (!failed)
            segment_path(c->lobby_fd, path, sizeof path);
    } else if (start->lobby) {
        snprintf(path, sizeof path, "%s", start->lobby);
    }
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, c->node);
    if (failed || *lobby)
        return failed;
    return lobby_join(lobby, path, err);
}

/* Every leader, where there are several nodes. */
static int open_relay(const struct rank_start *start, struct company *c,
                      struct lobby *lobby, struct err *err)
{
    struct cpuset mask = *start->mask;
    struct relay_start relay = {.leaders = c->leaders,
                                .ranks = c->here,
                                .lobby = lobby,
                                .nursery = start->nursery,
                                .mask = &mask};
    int rank[c->here];

    if (c->nodes < 2)
        return 0;
    MPI_Allreduce(MPI_IN_PLACE, mask.word, CPUSET_MAX / 64, MPI_UINT64_T,
                  MPI_BOR, c->node);
    MPI_Gather(&c->rank, 1, MPI_INT, rank, 1, MPI_INT, 0, c->node);
    relay.rank = rank;
    return c->place ? 0 : relay_open(&c->relay, &relay, &c->card, err);
}

static void gather_cards(const struct company *c, struct lobby *lobby)
{
    if (c->leaders != MPI_COMM_NULL)
        MPI_Gather(&c->card, sizeof c->card, MPI_BYTE,
                   c->rank ? NULL : lobby_card(lobby, 0), sizeof c->card,
                   MPI_BYTE, 0, c->leaders);
}

/* Over several nodes rank 0 brings the others in, who cannot come themselves.
 */
static int enter_all(const struct company *c, struct lobby *lobby,
                     const struct guest *guest, struct err *err)
{
    size_t bytes = (size_t)c->size * sizeof *guest;
    struct guest *all = c->rank ? NULL : malloc(bytes);

    if (!c->rank && !all)
        return err_set(err, EXIT_RESOURCE, "no memory for %d ranks", c->size);
    MPI_Gather(guest, sizeof *guest, MPI_BYTE, all, sizeof *guest, MPI_BYTE, 0,
               MPI_COMM_WORLD);
    for (int i = 0; all && i < c->size; i++)
        lobby_enter(lobby, i, &all[i]);
    free(all);
    return 0;
}

static int introduce(const struct rank_start *start, const struct company *c,
                     struct lobby *lobby, struct err *err)
{
    struct guest guest = {.mask = *start->mask,
                          .init_ns = clock_now() - start->started_ns,
                          .pid = getpid(),
                          .node = c->number};
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;

    gethostname(guest.host, sizeof guest.host - 1);
    if (c->rank == 0) {
        MPI_Get_library_version(text, &length);
        text[strcspn(text, ",\n")] = '\0';
        snprintf(lobby->library, sizeof lobby->library, "%.*s",
                 (int)sizeof lobby->library - 1, text);
        lobby->nodes = c->nodes;
    }
    if (c->nodes < 2) {
        lobby_enter(lobby, c->rank, &guest);
        return 0;
    }
    gather_cards(c, lobby);
    return enter_all(c, lobby, &guest, err);
}

static int take_part(const struct rank_start *start, struct company *c,
                     struct lobby *lobby, bool fit, struct err *err)
{
    struct member member = {.rank = c->rank, .place = c->place};
    char path[64];

    if (open_relay(start, c, lobby, err))
        return -1;
    member.relay = c->relay;
    if (!fit) {
        if (c->number == 0)
            lobby_trouble(lobby, err);
    } else if (introduce(start, c, lobby, err)) {
        return -1;
    }
    if (c->relay)
        play_leading(&member);
    else if (fit)
        return play(lobby, &member, err);
    else
        lobby_next(lobby, &(uint32_t){0}, path, sizeof path);
    return 0;
}

int ranks_live(const struct rank_start *start, int *code, struct err *err)
{
    struct lobby *lobby = NULL;
    struct company c;
    int provided, failed;
    bool fit;

    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    look_round(&c);
    fit = !check_company(start, &c, err);
    if (find_lobby(start, &c, &lobby, fit ? err : NULL))
        return -1;
    failed = take_part(start, &c, lobby, fit, err);
    *code = lobby->code;
    relay_close(c.relay);
    lobby_leave(lobby);
    part_company(&c);
    MPI_Finalize();
    return failed;
}

int ranks_born(const struct born *born, uint64_t started_ns, int *code,
               struct err *err)
{
    int rank, size;

    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size == born->desk->n)
        *code = born_life(born, rank, started_ns);
    else
        *code = err_set(err, EXIT_RESOURCE, "%d ranks of %d see each other",
                        size, born->desk->n);
    MPI_Finalize();
    return size == born->desk->n ? 0 : -1;
}

#define ABSENT NULL
#else
static int run(struct board *board, struct err *err)
{
    (void)board, (void)err;
    BUG("ranks in a build without MPI");
}

int ranks_live(const struct rank_start *start, int *code, struct err *err)
{
    (void)start, (void)code;
    return err_set(err, EXIT_ABSENT, "built without MPI");
}

int ranks_born(const struct born *born, uint64_t started_ns, int *code,
               struct err *err)
{
    (void)born, (void)started_ns, (void)code;
    return err_set(err, EXIT_ABSENT, "built without MPI");
}

#define ABSENT "built without MPI"
#endif

const struct executor executor_ranks = {
    .name = "ranks",
    .summary = "MPI ranks",
    .absent = ABSENT,
    .flags = EXECUTOR_OWN_PROCESS | EXECUTOR_NEEDS_LAUNCHER,
    .birth = BIRTH_LAUNCH,
    .run = run,
};
