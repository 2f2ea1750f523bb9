/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"

/* A start window long enough for a word to cross the machine; it is widened
 * when workers turn out to miss it. */
enum { FIRST_WINDOW_NS = 2000 };

/* How often the conductor looks up while it waits. */
enum { LOOK_NS = 200000000 };

static int map_board(struct board **board, int fd, size_t bytes,
                     struct err *err)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (at == MAP_FAILED)
        return err_errno(err, EXIT_RESOURCE, "cannot map a board");
    *board = at;
    return 0;
}

static size_t board_bytes(int workers)
{
    return sizeof(struct board) + (size_t)workers * sizeof(struct slot);
}

int board_create(struct board **board, int *fd, int workers, struct err *err)
{
    size_t bytes = board_bytes(workers);
    int file = memfd_create("drive-board", MFD_CLOEXEC);

    if (file < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot create a board");
    if (ftruncate(file, (off_t)bytes)) {
        err_errno(err, EXIT_RESOURCE, "cannot size a board");
        goto out_close;
    }
    if (map_board(board, file, bytes, err))
        goto out_close;
    (*board)->workers = workers;
    (*board)->window_ns = FIRST_WINDOW_NS;
    (*board)->repeats = 1;
    *fd = file;
    return 0;

out_close:
    close(file);
    return -1;
}

int board_join(struct board **board, const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC), failed;
    struct stat status;

    if (fd < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot open the board '%s'",
                         path);
    if (fstat(fd, &status))
        failed =
            err_errno(err, EXIT_RESOURCE, "cannot read the board '%s'", path);
    else
        failed = map_board(board, fd, (size_t)status.st_size, err);
    close(fd);
    return failed;
}

void board_close(struct board *board)
{
    if (board)
        munmap(board, board_bytes(board->workers));
}

char *board_path(int fd, char *out, size_t size)
{
    snprintf(out, size, "/proc/%d/fd/%d", (int)getpid(), fd);
    return out;
}

/* -- the conductor ------------------------------------------------------- */

void board_post(struct board *board, enum order order)
{
    board->order = order;
    atomic_store(&board->done, 0);
    atomic_store(&board->arrived, 0);
    atomic_store(&board->open, 0);
    atomic_store(&board->t0, 0);
    atomic_fetch_add(&board->orders, 1);
    futex_wake_all(&board->orders);
}

/* The words of the first who knew. */
static int trouble(const struct board *board, struct err *err)
{
    for (int i = 0; i < board->workers; i++) {
        if (board->slot[i].failed) {
            *err = board->slot[i].err;
            return -1;
        }
    }
    *err = board->err;
    return -1;
}

int board_wait(struct board *board, const struct watch *watch, struct err *err)
{
    uint32_t workers = (uint32_t)board->workers;

    for (;;) {
        uint32_t news = atomic_load(&board->news);

        if (atomic_load(&board->troubles))
            return trouble(board, err);
        if (atomic_load(&board->done) == workers)
            return 0;
        if (*watch->stop)
            return err_set(err, EXIT_SIGNAL + *watch->stop, "interrupted");
        if (watch->gone && watch->gone(watch->arg, err))
            return -1;
        futex_wait(&board->news, news, LOOK_NS);
    }
}

static void tell(struct board *board)
{
    atomic_fetch_add(&board->news, 1);
    futex_wake_all(&board->news);
}

/* -- the host ------------------------------------------------------------ */

void board_born(struct board *board)
{
    board->born_ns = clock_now();
}

void board_ended(struct board *board)
{
    atomic_store(&board->ended, 1);
    tell(board);
}

void board_lost(struct board *board, const char *text)
{
    err_set(&board->err, EXIT_RESOURCE, "%s", text);
    atomic_fetch_add(&board->troubles, 1);
    tell(board);
}

/* -- a worker ------------------------------------------------------------ */

/* Lets all workers go at one moment. The last to arrive sets T0 a little
 * ahead, and each spins on the clock until then. With more workers than places
 * nobody may spin: each goes when it is woken. */
static uint64_t pass_gate(struct board *board, struct slot *slot)
{
    uint32_t last = (uint32_t)board->workers - 1;
    uint64_t t0, now;

    slot->late = false;
    if (atomic_fetch_add(&board->arrived, 1) == last) {
        t0 = clock_now() + (board->crowded ? 0 : board->window_ns);
        atomic_store(&board->t0, t0);
        atomic_store(&board->open, 1);
        if (board->crowded)
            futex_wake_all(&board->open);
    } else if (board->crowded) {
        futex_await(&board->open, 0, 0);
    } else {
        while (!atomic_load_explicit(&board->open, memory_order_acquire))
            cpu_relax();
    }
    now = clock_now();
    if (board->crowded)
        return now;
    t0 = atomic_load(&board->t0);
    slot->late = now > t0;
    while (now < t0)
        now = clock_now();
    return now;
}

static uint64_t ns_of(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

/* Nanoseconds that the calling thread was ready to run and did not: the second
 * number of its schedstat. 0 where the kernel does not tell. */
static uint64_t read_waited(void)
{
    unsigned long ran, waited;
    char text[96];
    int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    return sscanf(text, "%lu %lu", &ran, &waited) == 2 ? waited : 0;
}

/* Reads the counters of the calling thread; those of `since` are taken off. */
static void read_usage(struct usage *usage, const struct usage *since)
{
    struct rusage r;

    getrusage(RUSAGE_THREAD, &r);
    usage->cpu_ns = clock_thread() - since->cpu_ns;
    usage->waited_ns = read_waited() - since->waited_ns;
    usage->system_ns = ns_of(r.ru_stime) - since->system_ns;
    usage->minor_faults = (uint64_t)r.ru_minflt - since->minor_faults;
    usage->major_faults = (uint64_t)r.ru_majflt - since->major_faults;
    usage->voluntary_switches =
        (uint64_t)r.ru_nvcsw - since->voluntary_switches;
    usage->involuntary_switches =
        (uint64_t)r.ru_nivcsw - since->involuntary_switches;
}

static int run_trial(struct board *board, struct slot *slot,
                     const struct kernel *kernel, struct worker *w, void *state,
                     struct err *err)
{
    struct usage before = {0};
    static const struct usage none;
    int failed = 0;

    if (kernel->reset)
        kernel->reset(w, state);
    read_usage(&before, &none);
    slot->talk_ns = 0;
    slot->span.start_ns = pass_gate(board, slot);
    for (unsigned i = 0; i < board->repeats && !failed; i++)
        failed = kernel->step(w, state, err);
    slot->span.end_ns = clock_now();
    slot->usage.talk_ns = slot->talk_ns;
    read_usage(&slot->usage, &before);
    if (failed)
        return -1;
    slot->wrong = kernel->verify(w, state, &slot->outcome, err) != 0;
    return 0;
}

static void look_around(const struct board *board, struct slot *slot)
{
    struct cpuset seat = {{0}};
    const struct cpuset *want = &seat;

    if (slot->seat.pu < 0)
        want = &board->allowed;
    else
        cpuset_add(&seat, slot->seat.pu);
    if (placement_observe(&slot->mask, &slot->pu, NULL)) {
        slot->bound = false;
        return;
    }
    slot->bound = memcmp(&slot->mask, want, sizeof slot->mask) == 0;
    slot->usage.migrations =
        slot->seat.pu >= 0 && slot->pu >= 0 && slot->pu != slot->seat.pu;
}

/* Sleeps until the next order; what that costs is counted. */
static void await_order(struct board *board, struct slot *slot, uint32_t seen)
{
    uint64_t (*cpu)(void) = board->own_process ? clock_process : clock_thread;
    uint64_t asleep = clock_now(), cpu_then = cpu();

    futex_await(&board->orders, seen, 0);
    slot->idle_cpu_ns += cpu() - cpu_then;
    slot->idle_ns += clock_now() - asleep;
}

static void report_done(struct board *board, struct slot *slot, int failed)
{
    if (failed) {
        slot->failed = true;
        atomic_fetch_add(&board->troubles, 1);
        tell(board);
    } else if (atomic_fetch_add(&board->done, 1) + 1 ==
               (uint32_t)board->workers) {
        tell(board);
    }
}

static int obey(struct board *board, enum order order, struct slot *slot,
                struct worker *w, void **state)
{
    const struct kernel *kernel = kernel_table[board->kernel];
    int failed = 0;

    switch (order) {
    case ORDER_COME:
        failed = placement_bind(&slot->seat, &board->allowed, &slot->err);
        slot->ready_ns = clock_now();
        break;
    case ORDER_SETUP:
        failed = kernel->setup(w, &board->problem, state, &slot->err);
        break;
    case ORDER_TRIAL:
        failed = run_trial(board, slot, kernel, w, *state, &slot->err);
        break;
    case ORDER_LEAVE: break;
    }
    look_around(board, slot);
    return failed;
}

void board_worker(struct board *board, int rank, struct arena *arena,
                  struct worker *w)
{
    *w = (struct worker){.rank = rank,
                         .size = board->workers,
                         .task = rank,
                         .crowded = board->crowded,
                         .talk_ns = &board->slot[rank].talk_ns,
                         .arena = arena};
}

void board_work(struct board *board, struct worker *team_worker)
{
    struct slot *slot = &board->slot[team_worker->rank];
    struct worker w = *team_worker;
    void *state = NULL;

    if (board->problem.mode == MODE_REPLICATE)
        worker_alone(&w, team_worker);
    for (;;) {
        uint32_t seen = atomic_load(&board->orders);
        enum order order = board->order;
        int failed = obey(board, order, slot, &w, &state);

        report_done(board, slot, failed);
        if (failed || order == ORDER_LEAVE)
            return;
        await_order(board, slot, seen);
    }
}
