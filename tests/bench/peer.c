/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"
#include "core/segment.h"

struct peer {
    struct board *board;
    int fd;
    int words;    /* memfd: what a launcher wrote to stderr */
    pid_t *child; /* [children]; 0 once it has ended */
    int children;
    bool failed;
    struct watch watch;
};

/* -- a member's life ----------------------------------------------------- */

int peer_arena(struct board *board, int rank, struct arena *arena,
               struct worker *w, struct err *err)
{
    const struct household none = {.globals = NULL};
    void *map;

    if (mem_map(&map, board->arena_bytes, board->pages, false, err))
        return -1;
    *arena = (struct arena){.base = map, .bytes = board->arena_bytes};
    board_worker(board, rank, arena, &none, w);
    return 0;
}

/* OpenMP's threads spin for some milliseconds after a region. Nobody else may
 * be timed meanwhile: waits until the process uses no time. */
static void settle(void)
{
    const uint64_t nap_ns = 4000000, quiet_ns = 200000;
    int patience = 100; /* a run-time told to spin for ever does so */
    uint64_t before;

    do {
        before = clock_process();
        clock_sleep(nap_ns);
    } while (clock_process() - before > quiet_ns && patience--);
}

static int obey(struct board *board, enum order order, int rank,
                const struct trade *trade, void **state)
{
    struct slot *slot = &board->slot[rank];

    switch (order) {
    case ORDER_COME:
        return placement_bind(&slot->seat, &board->allowed, &slot->err);
    case ORDER_SETUP: return trade->setup(board, rank, state, &slot->err);
    case ORDER_TRIAL: return trade->turn(board, rank, *state, &slot->err);
    case ORDER_LEAVE: break;
    }
    return 0;
}

static void report(struct board *board, const struct trade *trade, int rank,
                   int failed)
{
    uint32_t members = trade->threads ? (uint32_t)board->workers : 1;

    if (failed) {
        board->slot[rank].failed = true;
        atomic_fetch_add(&board->troubles, 1);
    } else if (atomic_fetch_add(&board->done, members) + members <
               (uint32_t)board->workers) {
        return;
    }
    atomic_fetch_add(&board->news, 1);
    futex_wake_all(&board->news);
}

void peer_live(struct board *board, int rank, const struct trade *trade,
               void *state)
{
    mem_follow(board->pages);
    for (;;) {
        uint32_t seen = atomic_load(&board->orders);
        enum order order = board->order;
        int failed = obey(board, order, rank, trade, &state);

        if (trade->threads && board->workers > 1)
            settle();
        report(board, trade, rank, failed);
        if (failed || order == ORDER_LEAVE)
            return;
        futex_await(&board->orders, seen, 0);
    }
}

/* -- bringing to life ---------------------------------------------------- */

/* The first line that a launcher wrote and that says something. */
static void first_words(int words, char *out, size_t size)
{
    char text[2048], *rest = text, *line;
    ssize_t length = words < 0 ? 0 : pread(words, text, sizeof text - 1, 0);

    *out = '\0';
    text[length > 0 ? length : 0] = '\0';
    while ((line = strsep(&rest, "\n"))) {
        if (strspn(line, "-=* \t") < strlen(line)) {
            snprintf(out, size, ": %s", line);
            return;
        }
    }
}

static bool has_gone(void *arg, struct err *err)
{
    struct peer *peer = arg;
    char words[200];
    int status;

    for (int i = 0; i < peer->children; i++) {
        if (waitpid(peer->child[i], &status, WNOHANG) != peer->child[i])
            continue;
        peer->child[i] = 0;
        first_words(peer->words, words, sizeof words);
        err_set(err, EXIT_RESOURCE, "a peer's process ended with status %d%s",
                WIFEXITED(status) ? WEXITSTATUS(status)
                                  : EXIT_SIGNAL + WTERMSIG(status),
                words);
        return true;
    }
    return false;
}

static int create(struct peer **peer, const struct conductor *conductor,
                  const struct team_plan *plan, int children, struct err *err)
{
    const struct placement *placement = plan->placement;
    struct peer *p = calloc(1, sizeof *p);
    struct board *board;

    if (p)
        p->child = calloc((size_t)children, sizeof *p->child);
    if (!p || !p->child)
        goto out_memory;
    if (board_create(&p->board, &p->fd, plan->workers, err))
        goto out_free;
    p->words = -1;
    p->children = children;
    p->watch =
        (struct watch){.gone = has_gone, .arg = p, .stop = conductor->stop};
    board = p->board;
    board->problem = *plan->problem;
    board->arena_bytes = (size_t)plan->work->arena + ARENA_SLACK;
    board->pages = plan->work->pages;
    board->crowded = placement->crowded;
    board->allowed = placement->allowed;
    for (int i = 0; i < plan->workers; i++)
        board->slot[i].seat = placement->seat[i];
    *peer = p;
    return 0;

out_memory:
    err_set(err, EXIT_RESOURCE, "no memory for a peer");
out_free:
    if (p)
        free(p->child);
    free(p);
    return -1;
}

static _Noreturn void become_member(struct board *board, int rank,
                                    const struct trade *trade, void *state)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    peer_live(board, rank, trade, state);
    _exit(board->slot[rank].failed ? EXIT_RESOURCE : 0);
}

int peer_fork(struct peer **peer, const struct conductor *conductor,
              const struct team_plan *plan, const struct trade *trade,
              struct err *err)
{
    int members = trade->threads ? 1 : plan->workers;
    struct peer *p = NULL;
    void *state = NULL;

    if (create(&p, conductor, plan, members, err))
        return -1;
    if (trade->share && trade->share(p->board, &state, err))
        goto out_end;
    for (int i = 0; i < members; i++) {
        p->child[i] = fork();
        if (p->child[i] == 0)
            become_member(p->board, i, trade, state);
        if (p->child[i] < 0) {
            p->children = i;
            err_errno(err, EXIT_RESOURCE, "cannot fork a peer");
            goto out_end;
        }
    }
    if (board_wait(p->board, &p->watch, err))
        goto out_end;
    *peer = p;
    return 0;

out_end:
    p->failed = true;
    peer_end(p);
    return -1;
}

/* Root in a container, more ranks than cores, no binding (members bind
 * themselves): as the program launches its own ranks. */
static void set_environment(void)
{
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
    setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 1);
    setenv("PRTE_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("PRTE_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe", 1);
    setenv("PRTE_MCA_hwloc_default_binding_policy", "none", 1);
}

enum { WORDS_MAX = 32 };

static _Noreturn void become_launcher(char **word, int words_fd)
{
    int nothing = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0); /* Ctrl-C is for us to handle */
    set_environment();
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(words_fd, STDERR_FILENO);
    execvp(word[0], word);
    perror(word[0]);
    _exit(127);
}

/* The launcher's own words, cut in place, then the tail. */
static void make_words(char *launcher, const char *const *tail, char **word)
{
    char *rest = launcher, *one;
    int n = 0;

    while (n < WORDS_MAX / 2 && (one = strsep(&rest, " "))) {
        if (*one)
            word[n++] = one;
    }
    while (*tail && n < WORDS_MAX - 1)
        word[n++] = (char *)*tail++;
    word[n] = NULL;
}

int peer_launch(struct peer **peer, const struct conductor *conductor,
                const struct team_plan *plan, const char *const *settings,
                const char *program, const char *trade, struct err *err)
{
    char command[256], count[16], path[64], *word[WORDS_MAX];
    const char *tail[WORDS_MAX / 2] = {"-n", count, "env"};
    struct peer *p = NULL;
    int n = 3;

    if (create(&p, conductor, plan, 1, err))
        return -1;
    snprintf(command, sizeof command, "%s", conductor->launcher);
    snprintf(count, sizeof count, "%d", plan->workers);
    while (*settings && n < WORDS_MAX / 2 - 4)
        tail[n++] = *settings++;
    tail[n++] = program;
    tail[n++] = trade;
    tail[n++] = segment_path(p->fd, path, sizeof path);
    make_words(command, tail, word);
    p->words = memfd_create("bench-launcher", MFD_CLOEXEC);
    p->child[0] = fork();
    if (p->child[0] == 0)
        become_launcher(word, p->words);
    if (p->child[0] < 0)
        err_errno(err, EXIT_RESOURCE, "cannot fork for '%s'",
                  conductor->launcher);
    else if (board_wait(p->board, &p->watch, err) == 0) {
        *peer = p;
        return 0;
    }
    p->failed = true;
    peer_end(p);
    return -1;
}

/* -- leading ------------------------------------------------------------- */

int peer_order(struct peer *peer, enum order order, struct err *err)
{
    board_post(peer->board, order);
    if (board_wait(peer->board, &peer->watch, err) == 0)
        return 0;
    peer->failed = true;
    return -1;
}

struct board *peer_board(struct peer *peer)
{
    return peer->board;
}

/* Who leaves by order ends by itself; a launcher passes SIGTERM on. */
void peer_end(struct peer *peer)
{
    if (!peer)
        return;
    if (!peer->failed)
        board_post(peer->board, ORDER_LEAVE);
    for (int i = 0; i < peer->children; i++) {
        if (peer->child[i] <= 0)
            continue;
        if (peer->failed)
            kill(peer->child[i], peer->words < 0 ? SIGKILL : SIGTERM);
        waitpid(peer->child[i], NULL, 0);
    }
    if (peer->words >= 0)
        close(peer->words);
    board_close(peer->board);
    close(peer->fd);
    free(peer->child);
    free(peer);
}
