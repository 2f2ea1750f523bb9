/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's side of the board: it binds itself, carries out orders, and is
 * asleep in between. The same code under every executor.
 */
#include "drivers/board.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"
#include "drivers/counters.h"

/* One worker at work. */
struct actor {
    struct board *board;
    struct slot *slot;
    const struct kernel *kernel;
    struct worker worker; /* alone in replicate mode */
    void *state;
    struct counters counters;
    unsigned trials; /* so far */
    const struct lead *lead;
};

/* Where others of the team are on other nodes, T0 comes from there, and may be
 * long in coming. A clock that was set back would have us wait for ever. */
enum { TIED_SPINS = 20000, TIED_WAIT_NS = 1000000000 };

/* Where T0 is far off, most of the way is slept, so that neighbours who share
 * the core can get ready meanwhile. */
enum { TIED_SPIN_NS = 200000 };

static void enter_tied(struct board *board, const struct lead *lead)
{
    atomic_fetch_add(&board->arrived, 1);
    if (lead)
        lead->gate(lead->arg, board);
    else
        futex_await(&board->open, 0, board->crowded ? 0 : TIED_SPINS);
}

/* Lets all workers go at one moment. The last to arrive sets T0 a little
 * ahead, and each spins on the clock until then. With more workers than places
 * nobody may spin: each goes when it is woken. */
static uint64_t pass_gate(struct board *board, struct slot *slot,
                          const struct lead *lead)
{
    uint32_t last = (uint32_t)board->workers - 1;
    uint64_t t0, now;

    slot->late = false;
    if (board->tied) {
        enter_tied(board, lead);
    } else if (atomic_fetch_add(&board->arrived, 1) == last) {
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
    if (board->tied && now < t0 && t0 - now > TIED_WAIT_NS) {
        slot->late = true;
        return now;
    }
    if (board->tied && now + TIED_SPIN_NS < t0)
        clock_sleep(t0 - now - TIED_SPIN_NS);
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
static void read_usage(const struct actor *actor, struct usage *usage,
                       const struct usage *since)
{
    uint64_t counted[COUNTERS];
    struct rusage r;

    getrusage(RUSAGE_THREAD, &r);
    counters_read(&actor->counters, counted);
    usage->cpu_ns = clock_thread() - since->cpu_ns;
    usage->waited_ns = read_waited() - since->waited_ns;
    usage->system_ns = ns_of(r.ru_stime) - since->system_ns;
    usage->minor_faults = (uint64_t)r.ru_minflt - since->minor_faults;
    usage->major_faults = (uint64_t)r.ru_majflt - since->major_faults;
    usage->voluntary_switches =
        (uint64_t)r.ru_nvcsw - since->voluntary_switches;
    usage->involuntary_switches =
        (uint64_t)r.ru_nivcsw - since->involuntary_switches;
    usage->cycles = counted[COUNTER_CYCLES] - since->cycles;
    usage->instructions = counted[COUNTER_INSTRUCTIONS] - since->instructions;
}

/* After trials 1, 2, 4, 8 and so on: pages become huge with time, and to look
 * is not free. */
static void look_at_pages(struct actor *actor)
{
    bool own = actor->slot->thread == 0;

    actor->trials++;
    if (own && (actor->trials & (actor->trials - 1)) == 0)
        pages_read("/proc/self/smaps_rollup", &actor->slot->pages);
}

static void rest(struct actor *actor)
{
    if (actor->worker.ops->rest)
        actor->worker.ops->rest(&actor->worker);
}

static int run_trial(struct actor *actor)
{
    static const struct usage none;
    struct slot *slot = actor->slot;
    struct usage before = {0};
    int failed = 0;

    slot->began_ns = clock_now();
    if (actor->kernel->reset)
        actor->kernel->reset(&actor->worker, actor->state);
    rest(actor);
    slot->reset_ns = clock_now();
    read_usage(actor, &before, &none);
    slot->talk_ns = slot->lock_ns = 0;
    slot->span.start_ns = pass_gate(actor->board, slot, actor->lead);
    worker_resumes(&actor->worker);
    for (unsigned i = 0; i < actor->board->repeats && !failed; i++)
        failed = actor->kernel->step(&actor->worker, actor->state, &slot->err);
    rest(actor);
    worker_blocks(&actor->worker);
    slot->span.end_ns = clock_now();
    slot->usage.talk_ns = slot->talk_ns;
    slot->usage.lock_ns = slot->lock_ns;
    read_usage(actor, &slot->usage, &before);
    if (failed) {
        rest(actor); /* the others will, behind their verify */
        return -1;
    }
    for (int i = 0; i < METRICS_MAX; i++)
        slot->outcome.metric[i] = NAN;
    slot->wrong = actor->kernel->verify(&actor->worker, actor->state,
                                        &slot->outcome, &slot->err) != 0;
    rest(actor);
    slot->done_ns = clock_now();
    look_at_pages(actor);
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

/* Sleeps until the next order; what that costs is counted. Naps are not: there
 * it is the price of one wake-up, which a share of the time would inflate. */
static bool await_order(struct board *board, struct slot *slot, uint32_t seen,
                        const struct lead *lead)
{
    const uint64_t nap_ns = 10000000;
    uint64_t (*cpu)(void) = board->own_process ? clock_process : clock_thread;
    uint64_t asleep = clock_now(), cpu_then = cpu(), slept;
    bool more = true;

    if (lead)
        more = lead->await(lead->arg, board, seen);
    else
        futex_await(&board->orders, seen, 0);
    slept = clock_now() - asleep;
    if (slept < nap_ns)
        return more;
    slot->idle_ns += slept;
    slot->idle_cpu_ns += cpu() - cpu_then;
    return more;
}

static void report_done(struct board *board, struct slot *slot, int failed)
{
    if (failed) {
        slot->failed = true;
        atomic_fetch_add(&board->troubles, 1);
        board_tell(board);
    } else if (atomic_fetch_add(&board->done, 1) + 1 ==
               (uint32_t)board->workers) {
        board_tell(board);
    }
}

static int obey(struct actor *actor, enum order order)
{
    struct board *board = actor->board;
    struct slot *slot = actor->slot;
    int failed = 0;

    switch (order) {
    case ORDER_COME:
        failed = placement_bind(&slot->seat, &board->allowed, &slot->err);
        slot->ready_ns = clock_now();
        break;
    case ORDER_SETUP:
        counters_open(&actor->counters);
        slot->uncounted = actor->counters.cause;
        failed = actor->kernel->setup(&actor->worker, &board->problem,
                                      &actor->state, &slot->err);
        rest(actor);
        break;
    case ORDER_TRIAL: failed = run_trial(actor); break;
    case ORDER_LEAVE: break;
    }
    look_around(board, slot);
    return failed;
}

void board_work(struct board *board, struct worker *team_worker)
{
    board_work_as(board, team_worker->rank, team_worker, NULL);
}

void board_work_as(struct board *board, int place, struct worker *team_worker,
                   const struct lead *lead)
{
    struct actor actor = {.board = board,
                          .slot = &board->slot[place],
                          .kernel = kernel_table[board->kernel],
                          .worker = *team_worker,
                          .counters = {{-1, -1}, 0},
                          .lead = lead};

    if (board->problem.mode == MODE_REPLICATE)
        worker_alone(&actor.worker, team_worker);
    for (;;) {
        uint32_t seen = atomic_load(&board->orders);
        enum order order = board->order;
        int failed = obey(&actor, order);

        report_done(board, actor.slot, failed);
        if (failed || order == ORDER_LEAVE ||
            !await_order(board, actor.slot, seen, lead))
            break;
    }
    counters_close(&actor.counters);
}
