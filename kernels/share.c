/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share: what workers see of each other's variables, and what it costs to hand
 * data over. The owner (worker 0) has them, the user (worker 1) adds up all
 * their words; the others stand by. So all ways end in the same reading, and
 * differ in how the data come to be readable:
 *
 *   pointer    the user reads them where they stand
 *   window     the same between ranks, in a shared window of MPI
 *   map        one copy through memory that both have mapped
 *   message    one message of MPI
 *   pipe       through a FIFO, in and out of the kernel
 *   cow        a child forked by the owner is the user: its memory is the
 *              owner's until either writes (copy on write); it runs on the
 *              owner's core
 *   cow-write  the child writes one word into every page first, and so pays
 *              the copies
 *
 * Each step ends when all have met: until then the owner may not change its
 * data. Variables are tried once, before the first trial, by relaxed atomics
 * on worker->globals with a barrier between.
 *
 * Work: the bytes handed over. Check: the sum, exactly.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rng.h"
#include "kernels/kernel.h"

enum { BYTES, WAY };

enum way {
    WAY_NATIVE, /* until setup has chosen */
    WAY_POINTER,
    WAY_MAP,
    WAY_MESSAGE,
    WAY_PIPE,
    WAY_COW,
    WAY_COW_WRITE,
    WAY_WINDOW,
};

static const char *const ways[] = {
    [WAY_NATIVE] = "native",
    [WAY_POINTER] = "pointer",
    [WAY_MAP] = "map",
    [WAY_MESSAGE] = "message",
    [WAY_PIPE] = "pipe",
    [WAY_COW] = "cow",
    [WAY_COW_WRITE] = "cow-write",
    [WAY_WINDOW] = "window",
    [WAY_WINDOW + 1] = NULL,
};

static const struct param params[] = {
    [BYTES] = {.name = "bytes",
               .type = PARAM_COUNT,
               .def = "2^20",
               .small = "4096",
               .min = 1,
               .max = 1 << 30,
               .unit = "byte",
               .help = "what worker 0 hands to worker 1"},
    [WAY] = {.name = "way",
             .type = PARAM_CHOICE,
             .def = "native",
             .choices = ways,
             .help = "native: by pointer, where memory is shared, else by "
                     "message; map and cow: not for ranks; cow: for processes; "
                     "message and window: for ranks"},
    {.name = NULL},
};

enum { INHERITED, LATER, BACK, ADDRESSED, HANDED, READ };

static const struct metric metrics[] = {
    [INHERITED] = {.name = "inherited",
                   .unit = "",
                   .merge = METRIC_MIN,
                   .help = "1: workers see a variable set before they began"},
    [LATER] = {.name = "later",
               .unit = "",
               .merge = METRIC_MIN,
               .help = "1: they see what worker 0 changes afterwards"},
    [BACK] = {.name = "back",
              .unit = "",
              .merge = METRIC_MIN,
              .help = "1: worker 0 sees what worker 1 changes"},
    [ADDRESSED] = {.name = "addressed",
                   .unit = "",
                   .merge = METRIC_MIN,
                   .help = "1: they can read each other's arenas in place"},
    [HANDED] = {.name = "handed",
                .unit = "s",
                .merge = METRIC_MEAN,
                .help = "until the user could begin to read"},
    [READ] = {.name = "read",
              .unit = "s",
              .merge = METRIC_MEAN,
              .help = "reading, with what the way makes that cost"},
    {.name = NULL},
};

enum { OWNER, USER };
enum { WORD = sizeof(uint64_t), PAGE = 4096, PIPE_BYTES = 1 << 20 };
enum { CHANGED = 0xc4a11ed };

/* What a user leaves; for a child it lies in memory shared with its parent. */
struct reading {
    uint64_t sum;
    uint64_t handed_ns, read_ns, steps; /* since the last reset */
};

struct handover {
    enum way way;
    size_t bytes;
    struct worker *pair; /* owner and user; the others have one of their own */
    uint64_t *data;      /* the owner's; the user's copy, if there is one */
    uint64_t want;       /* the sum that is right */
    struct reading *reading, *seen; /* one's own; the user's */
    const char *scratch;
    int fifo;    /* open during a trial only, or -1 */
    int trouble; /* errno of opening it */
    double sees[ADDRESSED + 1];
};

/* -- before it runs ------------------------------------------------------- */

static bool is_fork(enum way way)
{
    return way == WAY_COW || way == WAY_COW_WRITE;
}

/* The user has the data in memory of its own. */
static bool is_copy(enum way way)
{
    return way == WAY_MAP || way == WAY_MESSAGE || way == WAY_PIPE;
}

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    enum way way = (enum way)problem->value[WAY].count;
    double bytes = (double)problem->value[BYTES].count;
    bool twice = is_copy(way) || way == WAY_COW_WRITE;

    (void)err;
    work->amount = bytes;
    /* To read them, and to read and write them while they are copied. */
    work->bytes = twice ? 3 * bytes : bytes;
    work->arena = (is_fork(way) ? 0 : bytes) + PAGE;
    work->memory =
        (twice || way == WAY_NATIVE ? 2 : 1) * bytes + (double)workers * PAGE;
    work->window = way == WAY_WINDOW;
    /* Ranks clear the whole of a window. */
    if (work->window)
        work->memory = workers * (work->arena + ARENA_SLACK);
    return 0;
}

/* Why these workers cannot hand over like that; NULL: they can. */
static const char *refusal(struct worker *w, enum way way)
{
    bool ranks = w->birth == BIRTH_LAUNCH;

    if (w->size < 2)
        return "one worker has nobody to share with";
    if (way == WAY_POINTER && !worker_shares_memory(w))
        return "ranks cannot read each other's memory in place: try way=window";
    if (way == WAY_MAP && ranks)
        return "ranks map no memory of each other: try way=window or message";
    if (way == WAY_MESSAGE && !ranks)
        return "messages are what ranks have: way=map copies once as well";
    if (way == WAY_WINDOW && !ranks)
        return "windows are what ranks have: way=pointer reads in place as "
               "well";
    if (is_fork(way) && ranks)
        return "an MPI rank must not fork";
    if (is_fork(way) && w->birth != BIRTH_FORK)
        return "a process with other threads must not fork";
    return NULL;
}

/* -- what is visible ------------------------------------------------------ */

static void set(uint64_t *variable)
{
    atomic_store_explicit((_Atomic uint64_t *)variable, CHANGED,
                          memory_order_relaxed);
}

static bool holds(uint64_t *variable, uint64_t value)
{
    return atomic_load_explicit((_Atomic uint64_t *)variable,
                                memory_order_relaxed) == value;
}

static void look(struct worker *w, double *sees)
{
    uint64_t *later = &w->globals->room[0], *back = &w->globals->room[1];

    sees[INHERITED] = holds(&w->globals->parent, GLOBALS_PARENT);
    if (w->rank == OWNER)
        set(later);
    worker_barrier(w);
    sees[LATER] = w->rank == OWNER ? NAN : holds(later, CHANGED);
    if (w->rank == USER)
        set(back);
    worker_barrier(w);
    sees[BACK] = w->rank == OWNER ? holds(back, CHANGED) : NAN;
    sees[ADDRESSED] = worker_shares_memory(w);
}

/* -- setup ---------------------------------------------------------------- */

static size_t words_of(size_t bytes)
{
    return (bytes + WORD - 1) / WORD;
}

/* Private pages of the base size, whose copies a writer pays one by one; the
 * arena of a process is shared with its children, and would not be copied. They
 * go when the process does. */
static uint64_t *private_data(size_t bytes, struct err *err)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED) {
        err_errno(err, EXIT_RESOURCE, "cannot map %zu bytes of memory", bytes);
        return NULL;
    }
    mem_advise(at, bytes, MEM_BASE);
    return at;
}

/* Random words, zero behind the last byte; returns their sum. */
static uint64_t make_data(struct handover *h, uint64_t seed)
{
    size_t words = words_of(h->bytes);
    uint64_t sum = 0;

    for (size_t i = 0; i < words; i++)
        h->data[i] = rng_bits(seed, 0, i);
    memset((char *)h->data + h->bytes, 0, words * WORD - h->bytes);
    for (size_t i = 0; i < words; i++)
        sum += h->data[i];
    return sum;
}

static int take_memory(struct worker *w, struct handover *h, struct err *err)
{
    size_t bytes = words_of(h->bytes) * WORD;

    h->reading = worker_alloc(w, sizeof *h->reading, err);
    h->seen = worker_alloc(w, sizeof *h->seen, err);
    if (!h->reading || !h->seen)
        return -1;
    if (!is_fork(h->way))
        h->data = worker_alloc(w, bytes, err);
    else if (w->rank == OWNER)
        h->data = private_data(bytes, err);
    else
        return 0;
    return h->data ? 0 : -1;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    enum way way = (enum way)problem->value[WAY].count;
    const char *why = refusal(w, way);
    struct handover *h;

    if (why)
        return err_set(err, EXIT_ABSENT, "%s", why);
    h = worker_alloc(w, sizeof *h, err);
    if (!h)
        return -1;
    *h = (struct handover){.way = way,
                           .bytes = (size_t)problem->value[BYTES].count,
                           .scratch = w->scratch,
                           .fifo = -1};
    if (way == WAY_NATIVE)
        h->way = worker_shares_memory(w) ? WAY_POINTER : WAY_MESSAGE;
    if (take_memory(w, h, err) ||
        worker_split(w, w->rank > USER, &h->pair, err))
        return -1;
    look(w, h->sees);
    if (w->rank == OWNER)
        h->want = make_data(h, problem->seed);
    else if (w->rank == USER && is_copy(h->way))
        memset(h->data, 0, words_of(h->bytes) * WORD);
    worker_bcast(w, &h->want, sizeof h->want, OWNER);
    *state = h;
    return 0;
}

/* -- the FIFO ------------------------------------------------------------- */

/* Both open it for both directions, which on Linux waits for nobody (fifo(7))
 * and leaves no end without the other: a writer is never sent SIGPIPE. It has a
 * name for no longer than it takes to open it, and is open for no longer than a
 * trial takes, for ranks outlive their teams. */
static void open_fifo(struct worker *w, struct handover *h)
{
    char path[512];
    int failed = 0;

    snprintf(path, sizeof path, "%s/share.fifo", h->scratch);
    if (w->rank == OWNER) {
        unlink(path); /* of a team that was ended */
        failed = mkfifo(path, 0600);
        h->trouble = errno;
    }
    worker_barrier(w);
    if (w->rank <= USER && !failed) {
        h->fifo = open(path, O_RDWR | O_CLOEXEC);
        h->trouble = errno;
    }
    worker_barrier(w);
    if (w->rank == OWNER) {
        unlink(path);
        fcntl(h->fifo, F_SETPIPE_SZ, PIPE_BYTES); /* or as large as allowed */
    }
}

static void close_fifo(struct handover *h)
{
    if (h->fifo >= 0)
        close(h->fifo);
    h->fifo = -1;
}

static int pump(struct worker *w, struct handover *h, struct err *err)
{
    bool owner = w->rank == OWNER;
    size_t done = 0;

    if (h->fifo < 0) {
        errno = h->trouble;
        return err_errno(err, EXIT_RESOURCE, "no FIFO in '%s'", h->scratch);
    }
    while (done < h->bytes) {
        size_t left = h->bytes - done;
        size_t chunk = left < PIPE_BYTES ? left : PIPE_BYTES;
        char *at = (char *)h->data + done;
        ssize_t moved =
            owner ? write(h->fifo, at, chunk) : read(h->fifo, at, chunk);

        if (moved < 0 && errno != EINTR)
            return err_errno(err, EXIT_RESOURCE, "cannot %s a FIFO in '%s'",
                             owner ? "write" : "read", h->scratch);
        done += moved > 0 ? (size_t)moved : 0;
    }
    return 0;
}

/* -- trials --------------------------------------------------------------- */

/* One word a page: to spoil them all would cost as much as a step. */
static void reset(struct worker *w, void *state)
{
    struct handover *h = state;

    *h->reading = (struct reading){.sum = ~h->want};
    if (w->rank == USER && is_copy(h->way)) {
        for (size_t i = 0; i < words_of(h->bytes); i += PAGE / WORD)
            h->data[i] = ~h->data[i];
    }
    if (h->way == WAY_PIPE)
        open_fifo(w, h);
}

/* What may block lets go of the lock that threads compute under, if any. */
static void meet(struct worker *w)
{
    worker_blocks(w);
    worker_barrier(w);
    worker_resumes(w);
}

static uint64_t sum_of(const uint64_t *data, size_t bytes)
{
    size_t words = bytes / WORD;
    uint64_t sum = 0, last = 0;

    for (size_t i = 0; i < words; i++)
        sum += data[i];
    memcpy(&last, data + words, bytes % WORD);
    return sum + last;
}

/* The user's part, from the moment when it can read. */
static void use(struct handover *h, uint64_t *data, uint64_t start_ns)
{
    uint64_t begin_ns = clock_now();

    for (size_t i = 0; h->way == WAY_COW_WRITE && i < words_of(h->bytes);
         i += PAGE / WORD) {
        volatile uint64_t *word = data + i;

        *word = *word;
    }
    h->reading->sum = sum_of(data, h->bytes);
    h->reading->read_ns += clock_now() - begin_ns;
    h->reading->handed_ns += begin_ns - start_ns;
    h->reading->steps++;
}

/* The child leaves its reading in the arena, which it shares with its parent,
 * and dies with it, however that comes about. */
static int hand_to_child(struct handover *h, uint64_t start_ns, struct err *err)
{
    pid_t parent = getpid(), child = fork(), ended;
    int status;

    if (child < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot fork a child to read");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            use(h, h->data, start_ns);
        _exit(0);
    }
    do
        ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot wait for the child");
    if (WIFSIGNALED(status))
        return err_set(err, EXIT_RESOURCE, "the child was lost: signal %d (%s)",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    return 0;
}

/* Between owner and user, both in `pair`. */
static int hand_over(struct worker *pair, struct handover *h, struct err *err)
{
    uint64_t start_ns = clock_now(), *data = h->data;
    int failed = 0;

    if (is_fork(h->way))
        return pair->rank == OWNER ? hand_to_child(h, start_ns, err) : 0;
    worker_blocks(pair);
    if (h->way == WAY_PIPE) {
        failed = pump(pair, h, err);
    } else if (is_copy(h->way)) {
        worker_bcast(pair, data, h->bytes, OWNER);
    } else {
        worker_barrier(pair);
        data = worker_peer(pair, OWNER, h->data);
    }
    worker_resumes(pair);
    if (!failed && pair->rank == USER)
        use(h, data, start_ns);
    return failed;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct handover *h = state;

    if (w->rank <= USER && hand_over(h->pair, h, err))
        return -1;
    meet(w);
    return 0;
}

static void fill_metrics(const struct handover *h, bool user, double *metric)
{
    const struct reading *r = h->reading;

    for (int i = INHERITED; i <= ADDRESSED; i++)
        metric[i] = h->sees[i];
    metric[HANDED] = metric[READ] = NAN;
    if (user && r->steps) {
        metric[HANDED] = (double)r->handed_ns * 1e-9 / (double)r->steps;
        metric[READ] = (double)r->read_ns * 1e-9 / (double)r->steps;
    }
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct handover *h = state;
    int user = is_fork(h->way) ? OWNER : USER;

    close_fifo(h);
    *h->seen = *h->reading;
    worker_bcast(w, h->seen, sizeof *h->seen, user);
    *outcome = (struct outcome){.residual = h->seen->sum != h->want};
    /* A sum of 0 is a sum, too. */
    outcome->checksum = h->seen->sum + 1;
    fill_metrics(h, w->rank == user, outcome->metric);
    if (outcome->residual == 0)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "%zu bytes handed over by %s add up to %016lx, not %016lx",
                   h->bytes, ways[h->way], h->seen->sum, h->want);
}

const struct kernel kernel_share = {
    .name = "share",
    .summary = "see each other's variables, hand data over",
    .unit = "byte",
    .params = params,
    .modes = MODE_DIVIDE,
    .traits = KERNEL_FILES,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
