/* SPDX-License-Identifier: Apache-2.0 */
/*
 * footprint: n workers live at once, each with `bytes` of memory that it has
 * touched. How much do they hold together, and what is left with the parent
 * when they have ended? (The article was written because training in a loop
 * ran out of memory.) What a thread leaks, or leaves so scattered that the heap
 * cannot shrink, stays with its process; a process gives back all it had.
 *
 * Counted are the parent and its workers, not a launcher. Looking takes time
 * while they live, so the time of a trial says little here. Under serial the
 * workers live in turn, so "alive" is the most that was seen. Between trials
 * what was leaked is freed, or n trials would take n times the memory.
 *
 * Work: one task a worker. Check: what they hold is there while they live, what
 * leaks in a process stays, and what a child had goes with it.
 */
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/brood.h"
#include "core/mem.h"
#include "kernels/kernel.h"

#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { BYTES, TASK };

enum task { CLEAN, LEAK, FRAGMENT };

static const char *const tasks[] = {"clean", "leak", "fragment", NULL};

static const struct param params[] = {
    [BYTES] = {.name = "bytes",
               .type = PARAM_COUNT,
               .def = "2^24",
               .small = "2^21",
               .min = 1 << 20,
               .max = 1e13,
               .unit = "byte",
               .help = "what each worker touches"},
    [TASK] = {.name = "task",
              .type = PARAM_CHOICE,
              .def = "clean",
              .choices = tasks,
              .help = "what it frees in the end: all, nothing, or every other "
                      "small block"},
    {.name = NULL},
};

enum { RSS_ALIVE, PSS_ALIVE, RSS_BEFORE, RSS_AFTER, KEPT };

static const struct metric metrics[] = {
    [RSS_ALIVE] = {"rss_alive", "byte", METRIC_SUM,
                   "parent and workers while they live; pages that they share "
                   "count for each"},
    [PSS_ALIVE] = {"pss_alive", "byte", METRIC_SUM,
                   "the same; pages that they share count once"},
    [RSS_BEFORE] = {"rss_before", "byte", METRIC_SUM,
                    "the parent before the first"},
    [RSS_AFTER] = {"rss_after", "byte", METRIC_SUM,
                   "the parent after the last"},
    [KEPT] = {"kept", "byte", METRIC_SUM,
              "what they left with the parent: after less before"},
    {.name = NULL},
};

/* Small ones fill a heap, a few to a page. */
enum { SMALL_BLOCK = 1000, PAGE = 4096, CHILD_BYTES = 128 << 10 };

/* From this size on the heap gives back what is free. glibc begins with that,
 * and raises it with what it sees freed: then what stays would be a matter of
 * the trials before. */
enum { GIVES_BACK_FROM = 128 << 10 };

/* What a child may leave with a parent that did not grow itself. */
enum { GIVEN_BACK = 2 << 20 };

struct block {
    struct block *next;
};

/* The desk's room. */
struct orders {
    size_t bytes;
    enum task task;
    bool in_turn;
    struct mem_use most; /* seen from inside, in turn */
};

/* A child's own. */
struct lot {
    pid_t pid;
    struct block *left; /* what it did not free, in its own memory */
};

struct footprint {
    struct brood *brood;
    struct orders *orders;
    enum birth birth;
    int workers;
    bool done;
    struct mem_use before, alive, after;
};

/* -- a child ------------------------------------------------------------------
 */

static struct block *touched(size_t bytes, struct block *next)
{
    struct block *block = malloc(bytes);

    if (!block)
        return NULL;
    for (size_t at = 0; at < bytes; at += PAGE)
        ((volatile char *)block)[at] = 1;
    block->next = next;
    return block;
}

static void free_blocks(struct block *list)
{
    while (list) {
        struct block *next = list->next;

        free(list);
        list = next;
    }
}

/* A list of blocks, `bytes` in all; NULL: no memory. */
static struct block *take(const struct orders *orders)
{
    size_t each = orders->task == FRAGMENT ? SMALL_BLOCK : orders->bytes;
    struct block *list = NULL;

    for (size_t had = 0; had < orders->bytes; had += each) {
        struct block *more = touched(each, list);

        if (!more) {
            free_blocks(list);
            return NULL;
        }
        list = more;
    }
    return list;
}

/* Frees every other block; returns the list of the rest. */
static struct block *thin_out(struct block *list)
{
    for (struct block *kept = list; kept && kept->next; kept = kept->next) {
        struct block *gone = kept->next;

        kept->next = gone->next;
        free(gone);
    }
    return list;
}

static int look_inside(struct orders *orders, struct err *err)
{
    struct mem_use now;

    if (mem_used(getpid(), &now, err))
        return -1;
    if (now.rss > orders->most.rss)
        orders->most = now;
    return 0;
}

static int life(void *at, int i)
{
    struct desk *desk = at;
    struct orders *orders = (struct orders *)desk->room;
    struct lot *lot = desk_own(desk, i);
    struct block *list = take(orders);
    struct err err;
    char text[32];

    if (!list) {
        err_set(&err, EXIT_RESOURCE, "worker %d of %d: no memory for %s", i + 1,
                desk->n, mem_format(orders->bytes, text, sizeof text));
        return desk_fail(desk, &err);
    }
    lot->pid = getpid();
    desk_ready(desk, i);
    if (orders->in_turn && look_inside(orders, &err)) {
        free_blocks(list);
        return desk_fail(desk, &err);
    }
    desk_await(desk);
    if (orders->task == CLEAN)
        free_blocks(list);
    else
        lot->left = orders->task == LEAK ? list : thin_out(list);
    return 0;
}

/* -- its parent ---------------------------------------------------------------
 */

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    (void)err;
    work->amount = workers;
    work->memory =
        ((double)problem->value[BYTES].count + CHILD_BYTES) * workers;
    work->arena = 4096;
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct footprint *f = worker_alloc(w, sizeof *f, err);
    struct brood_plan plan = {.birth = w->birth,
                              .n = w->tasks,
                              .kernel = kernel_find("footprint", err),
                              .launcher = w->launcher,
                              .room = sizeof(struct orders),
                              .each = sizeof(struct lot),
                              .life = life};

    if (!f || brood_open(&f->brood, &plan, err))
        return -1;
    mallopt(M_MMAP_THRESHOLD, GIVES_BACK_FROM);
    mallopt(M_TRIM_THRESHOLD, GIVES_BACK_FROM);
    f->birth = w->birth;
    f->workers = w->tasks;
    f->orders = (struct orders *)brood_desk(f->brood)->room;
    f->orders->bytes = (size_t)problem->value[BYTES].count;
    f->orders->task = (enum task)problem->value[TASK].count;
    f->orders->in_turn = w->birth == BIRTH_CALL;
    *state = f;
    return 0;
}

static bool one_process(const struct footprint *f)
{
    return f->birth == BIRTH_CALL || f->birth == BIRTH_CLONE;
}

/* Frees what the last trial leaked. */
static void tidy(struct footprint *f)
{
    for (int i = 0; i < f->workers && one_process(f); i++) {
        struct lot *lot = desk_own(brood_desk(f->brood), i);

        free_blocks(lot->left);
        lot->left = NULL;
    }
    malloc_trim(0);
    f->orders->most = (struct mem_use){0};
}

static void reset(struct worker *w, void *state)
{
    struct footprint *f = state;

    (void)w;
    tidy(f);
    desk_clear(brood_desk(f->brood));
    f->done = false;
}

/* The parent, and each child that is a process. */
static int look(struct footprint *f, struct err *err)
{
    struct mem_use one;

    if (f->birth == BIRTH_CALL) {
        f->alive = f->orders->most;
        return 0;
    }
    if (mem_used(getpid(), &f->alive, err))
        return -1;
    for (int i = 0; i < f->workers && !one_process(f); i++) {
        const struct lot *lot = desk_own(brood_desk(f->brood), i);

        if (mem_used(lot->pid, &one, err))
            return -1;
        f->alive.rss += one.rss;
        f->alive.pss += one.pss;
    }
    return 0;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct footprint *f = state;

    (void)w;
    tidy(f);
    if (mem_used(getpid(), &f->before, err) || brood_bear(f->brood, err) ||
        brood_await(f->brood, err) || look(f, err) ||
        brood_join(f->brood, err) || mem_used(getpid(), &f->after, err))
        return -1;
    f->done = true;
    return 0;
}

/* -- what came out
 * ------------------------------------------------------------- */

/* The least that must be seen while they live: of those that live in turn one,
 * beside what the others leaked. */
static double least_alive(const struct footprint *f)
{
    bool all = f->birth != BIRTH_CALL || f->orders->task == LEAK;

    return (double)f->orders->bytes * (all ? f->workers : 1);
}

/* The least that must stay with the parent. A sanitizer's heap gives nothing
 * back between trials, and has room for the next leak. */
static double least_kept(const struct footprint *f)
{
    const double part[] = {[CLEAN] = 0, [LEAK] = 0.9, [FRAGMENT] = 0.45};

    if (SANITIZED || !one_process(f) || f->orders->task == CLEAN)
        return -INFINITY;
    return part[f->orders->task] * (double)f->orders->bytes * f->workers;
}

static int check(const struct footprint *f, double kept, struct err *err)
{
    char seen[32], want[32];

    if (!f->done)
        return err_set(err, EXIT_WRONG, "no worker has lived");
    if ((double)f->alive.rss < least_alive(f))
        return err_set(err, EXIT_WRONG, "%s in memory where they touched %s",
                       mem_format(f->alive.rss, seen, sizeof seen),
                       mem_format((uint64_t)least_alive(f), want, sizeof want));
    if (kept < least_kept(f))
        return err_set(err, EXIT_WRONG, "%.0f bytes stayed, %.0f were leaked",
                       kept, least_kept(f));
    if (!one_process(f) && kept > GIVEN_BACK)
        return err_set(err, EXIT_WRONG,
                       "%.0f bytes stayed with the parent of processes", kept);
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct footprint *f = state;
    double kept = (double)f->after.rss - (double)f->before.rss;

    (void)w;
    *outcome = (struct outcome){.residual = 1};
    for (int i = 0; i < METRICS_MAX; i++)
        outcome->metric[i] = NAN;
    if (check(f, kept, err))
        return -1;
    outcome->residual = 0;
    outcome->metric[RSS_ALIVE] = (double)f->alive.rss;
    outcome->metric[PSS_ALIVE] = (double)f->alive.pss;
    outcome->metric[RSS_BEFORE] = (double)f->before.rss;
    outcome->metric[RSS_AFTER] = (double)f->after.rss;
    outcome->metric[KEPT] = kept;
    return 0;
}

const struct kernel kernel_footprint = {
    .name = "footprint",
    .summary = "memory that n workers hold, and that they leave",
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
