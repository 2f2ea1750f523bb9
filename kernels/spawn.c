/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn: a parent brings n workers to life. Each adds 0 to 49, is ready, waits
 * until all are, and ends when it is released. (The article's 1,000 threads and
 * processes, which slept instead of waiting.)
 *
 * What it costs depends on the way, and of a fork on the parent's size: its
 * page tables are copied. The parent here is small, being forked from our
 * nursery, unless ballast=BYTES makes it touch memory before. That slows
 * method=fork; method=spawn starts a program anew, and method=forkserver forks
 * from a process that was there before the ballast: both stay as they were.
 *
 * Waiting for each other costs: a copy that lives on keeps its parent from
 * writing to shared pages without copying them, and is woken once more. A bare
 * loop of fork and wait, whose children end at once, compares with together=no.
 *
 * Work: one task a worker. Check: every sum is 1225, and all workers lived at
 * once.
 */
#include <math.h>

#include "core/brood.h"
#include "core/clock.h"
#include "core/mem.h"
#include "kernels/kernel.h"

enum { METHOD, TOGETHER, BALLAST, HOLD };

enum method { NATIVE, POOL, CLONE, FORK, SPAWN, FORKSERVER };

static const char *const methods[] = {"native", "pool",       "clone", "fork",
                                      "spawn",  "forkserver", NULL};

static const char *const answers[] = {"no", "yes", NULL};

static const struct param params[] = {
    [METHOD] = {.name = "method",
                .type = PARAM_CHOICE,
                .def = "native",
                .choices = methods,
                .help = "threads: clone, or pool (kept and woken); processes: "
                        "fork, spawn (a program anew), forkserver (forked by a "
                        "small process), pool; native: the executor's own"},
    [TOGETHER] = {.name = "together",
                  .type = PARAM_CHOICE,
                  .def = "yes",
                  .choices = answers,
                  .help = "yes: each waits until all are there; no: each ends "
                          "when it is ready, as in a bare loop of create and "
                          "join"},
    [BALLAST] = {.name = "ballast",
                 .type = PARAM_COUNT,
                 .def = "0",
                 .min = 0,
                 .max = 1e15,
                 .unit = "byte",
                 .help = "what the parent has touched before: the cost of fork "
                         "grows with it, that of spawn and forkserver does "
                         "not"},
    [HOLD] = {.name = "hold",
              .type = PARAM_REAL,
              .def = "0",
              .min = 0,
              .max = 86400,
              .unit = "s",
              .help = "how long all live before they are released"},
    {.name = NULL},
};

enum { CREATE, READY, JOIN, WORKERS, INIT };

static const struct metric metrics[] = {
    [CREATE] = {"create", "s", METRIC_MEAN,
                "until the last creating call returned, a worker; of ranks it "
                "starts the launcher"},
    [READY] = {"ready", "s", METRIC_MEAN,
               "from the first creating call until all are ready, a worker"},
    [JOIN] = {"join", "s", METRIC_MEAN,
              "from the release until the last has ended, a worker"},
    [WORKERS] = {"workers", "", METRIC_SUM, "alive at once, where they wait"},
    [INIT] = {"init", "s", METRIC_MEAN,
              "of programs, from main until ready: MPI_Init of a rank"},
    {.name = NULL},
};

enum { TERMS = 50, SUM = 1225, CHILD_BYTES = 128 << 10 };

struct spawn {
    struct brood *brood;
    enum birth birth;
    bool together;
    int workers;
    uint64_t hold_ns;
    uint64_t start_ns, created_ns, full_ns, released_ns, joined_ns;
};

/* -- a child -----------------------------------------------------------------
 */

static int life(void *at, int i)
{
    struct desk *desk = at;
    volatile uint64_t sum = 0;

    for (uint64_t k = 0; k < TERMS; k++)
        sum += k;
    *(uint64_t *)desk_own(desk, i) = sum;
    desk_ready(desk, i);
    desk_await(desk);
    return 0;
}

/* -- its parent --------------------------------------------------------------
 */

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    (void)err;
    work->amount = workers;
    work->memory =
        (double)problem->value[BALLAST].count + (double)workers * CHILD_BYTES;
    work->arena = 4096;
    return 0;
}

static int refuse(enum birth native, enum method method, struct err *err)
{
    static const char *const ways[] = {
        [BIRTH_CALL] = "serial calls its workers, one after the other",
        [BIRTH_CLONE] = "threads come by clone or pool",
        [BIRTH_FORK] = "processes come by fork, spawn, forkserver or pool",
        [BIRTH_LAUNCH] = "ranks come from their launcher",
    };

    return err_set(err, EXIT_ABSENT, "%s, not by method=%s", ways[native],
                   methods[method]);
}

static int choose(enum birth native, enum method method,
                  struct brood_plan *plan, struct err *err)
{
    static const enum birth birth[] = {[CLONE] = BIRTH_CLONE,
                                       [FORK] = BIRTH_FORK,
                                       [SPAWN] = BIRTH_EXEC,
                                       [FORKSERVER] = BIRTH_FORKSERVER};
    bool shared = native == BIRTH_CLONE || native == BIRTH_FORK;

    plan->birth = native;
    plan->pooled = method == POOL && shared;
    if (method == NATIVE || plan->pooled)
        return 0;
    plan->birth = birth[method];
    if (shared && (method == CLONE) == (native == BIRTH_CLONE) &&
        method != POOL)
        return 0;
    return refuse(native, method, err);
}

/* Private memory, which is what a fork has to copy the tables of; it goes with
 * the process. */
static int carry(size_t bytes, struct err *err)
{
    const size_t page = 4096;
    void *map;

    if (bytes == 0)
        return 0;
    if (mem_map(&map, bytes, MEM_NATIVE, false, err))
        return -1;
    for (size_t at = 0; at < bytes; at += page)
        ((volatile char *)map)[at] = 1;
    return 0;
}

/* A fork server, or a pool, is made before the ballast is. */
static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct spawn *s = worker_alloc(w, sizeof *s, err);
    struct brood_plan plan = {.n = w->tasks,
                              .unheld = !problem->value[TOGETHER].count,
                              .kernel = kernel_find("spawn", err),
                              .launcher = w->launcher,
                              .each = sizeof(uint64_t),
                              .life = life};

    if (!s ||
        choose(w->birth, (enum method)problem->value[METHOD].count, &plan, err))
        return -1;
    s->birth = plan.birth;
    s->together = !plan.unheld && plan.birth != BIRTH_CALL;
    s->workers = plan.n;
    s->hold_ns = (uint64_t)(problem->value[HOLD].real * 1e9);
    if (brood_open(&s->brood, &plan, err))
        return -1;
    *state = s;
    return carry((size_t)problem->value[BALLAST].count, err);
}

static void reset(struct worker *w, void *state)
{
    struct spawn *s = state;

    (void)w;
    s->start_ns = s->joined_ns = 0;
    desk_clear(brood_desk(s->brood));
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct spawn *s = state;

    (void)w;
    s->start_ns = clock_now();
    if (brood_bear(s->brood, err))
        return -1;
    s->created_ns = clock_now();
    if (brood_await(s->brood, err))
        return -1;
    s->full_ns = clock_now();
    if (s->hold_ns)
        clock_sleep(s->hold_ns);
    s->released_ns = clock_now();
    if (brood_join(s->brood, err))
        return -1;
    s->joined_ns = clock_now();
    return 0;
}

/* -- what came out ------------------------------------------------------------
 */

/* Those that were ready, and had not ended, when they were released. */
static int alive_at_once(const struct spawn *s)
{
    struct desk *desk = brood_desk(s->brood);
    int alive = 0;

    for (int i = 0; i < s->workers; i++) {
        const struct stamp *stamp = desk_stamp(desk, i);

        alive += stamp->ready_ns >= s->start_ns &&
                 stamp->ready_ns <= s->released_ns &&
                 stamp->end_ns >= s->released_ns &&
                 stamp->end_ns <= s->joined_ns;
    }
    return alive;
}

static double mean_init(const struct spawn *s)
{
    double sum = 0;

    if (s->birth != BIRTH_LAUNCH && s->birth != BIRTH_EXEC)
        return NAN;
    for (int i = 0; i < s->workers; i++) {
        const struct stamp *stamp = desk_stamp(brood_desk(s->brood), i);

        sum += (double)(stamp->ready_ns - stamp->begun_ns);
    }
    return sum * 1e-9 / s->workers;
}

static double each_of(const struct spawn *s, uint64_t from, uint64_t to)
{
    return (double)(to - from) * 1e-9 / s->workers;
}

static void measure(const struct spawn *s, double *metric)
{
    metric[CREATE] = each_of(s, s->start_ns, s->created_ns);
    metric[READY] = each_of(s, s->start_ns, s->full_ns);
    metric[JOIN] = each_of(s, s->released_ns, s->joined_ns);
    if (s->birth == BIRTH_CALL)
        metric[WORKERS] = 1;
    else if (s->together)
        metric[WORKERS] = alive_at_once(s);
    metric[INIT] = mean_init(s);
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct spawn *s = state;

    (void)w;
    *outcome = (struct outcome){.checksum = SUM, .residual = 1};
    for (int i = 0; i < METRICS_MAX; i++)
        outcome->metric[i] = NAN;
    for (int i = 0; i < s->workers; i++) {
        uint64_t sum = *(uint64_t *)desk_own(brood_desk(s->brood), i);

        if (sum != SUM)
            return err_set(err, EXIT_WRONG, "worker %d of %d added up to %lu",
                           i + 1, s->workers, sum);
    }
    if (s->joined_ns == 0)
        return err_set(err, EXIT_WRONG, "no worker was joined");
    if (s->together && alive_at_once(s) != s->workers)
        return err_set(err, EXIT_WRONG, "%d of %d workers lived at once",
                       alive_at_once(s), s->workers);
    measure(s, outcome->metric);
    outcome->residual = 0;
    return 0;
}

const struct kernel kernel_spawn = {
    .name = "spawn",
    .summary = "create, make ready and join n workers",
    .unit = "task",
    .params = params,
    .modes = MODE_REPLICATE,
    .traits = KERNEL_PARENT,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
    .life = life,
};
