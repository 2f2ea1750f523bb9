/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tasks: small tasks that wait for each other, in the patterns of Task Bench
 * (Slaughter et al., SC20): `steps` rows of `width` tasks, each of `grain`
 * rounds of multiply-adds. A task may begin when those of the row before that
 * it depends on have ended, and it checks what they left for it.
 *
 *   none      on nothing but the task above it
 *   stencil   also on its two neighbours'
 *   alltoall  on all of the row
 *   tree      on its parent in a binary tree, in every second row on its
 *             children instead: a broadcast and a reduction in turn
 *
 * Columns are shared out in contiguous pieces. Work: the flop of all tasks.
 * Swept over `grain` it gives METG, the smallest task that still pays.
 */
#include <math.h>
#include <string.h>

#include "kernels/comm.h"
#include "kernels/fma.h"
#include "kernels/kernel.h"

enum { PATTERN, GRAIN, WIDTH, STEPS, COMM };
enum pattern { NONE, STENCIL, ALLTOALL, TREE };

static const char *const patterns[] = {"none", "stencil", "alltoall", "tree",
                                       NULL};

static const struct param params[] = {
    [PATTERN] = {.name = "pattern",
                 .type = PARAM_CHOICE,
                 .def = "stencil",
                 .choices = patterns,
                 .help = "which tasks of the row before a task waits for"},
    [GRAIN] = {.name = "grain",
               .type = PARAM_COUNT,
               .def = "1024",
               .small = "4",
               .min = 0,
               .max = 1e9,
               .help = "rounds of multiply-adds in a task"},
    [WIDTH] = {.name = "width",
               .type = PARAM_COUNT,
               .def = "16",
               .small = "5",
               .min = 1,
               .max = 1e6,
               .help = "tasks in a row"},
    [STEPS] = {.name = "steps",
               .type = PARAM_COUNT,
               .def = "100",
               .small = "7",
               .min = 1,
               .max = 1e7,
               .help = "rows"},
    [COMM] = COMM_PARAM,
    {.name = NULL},
};

/* A task's number, granularity in the sense of Task Bench being the time of
 * all workers over that of tasks. */
enum { TASKS };

static const struct metric metrics[] = {
    [TASKS] = {.name = "tasks",
               .unit = "",
               .merge = METRIC_SUM,
               .help = "tasks in a step"},
    {.name = NULL},
};

/* What a task leaves: who it was. */
struct mark {
    int64_t row, column;
};

struct tasks {
    enum pattern pattern;
    int64_t grain, width, rows, row;
    struct share mine; /* columns */
    struct fma fma;
    struct mark *left;   /* [width]: the row before, as far as it is known */
    struct mark *made;   /* [most]: this row's, of this worker's columns */
    struct mark *all;    /* [workers][most] */
    size_t most;         /* columns of the worker that has most */
    int64_t done, wrong; /* tasks since the last reset */
    int *owner;          /* [width] */
    struct edges {
        struct transfer *transfer; /* of this worker */
        int count;
    } down, up; /* after which the next row can begin; stencils know no up */
};

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double width = (double)problem->value[WIDTH].count;
    double steps = (double)problem->value[STEPS].count;

    (void)err;
    work->amount =
        width * steps * (double)problem->value[GRAIN].count * FMA_FLOP;
    if (work->amount == 0) /* empty tasks: a rate of nothing */
        work->amount = 1;
    work->arena = 8192 + (3 * width + 2 * workers) * sizeof(struct mark) +
                  width * (sizeof(int) + 4 * sizeof(struct transfer));
    work->memory = workers * work->arena;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

/* -- who is where ---------------------------------------------------------- */

static struct share columns_of(const struct worker *w, const struct tasks *t,
                               int rank)
{
    return share_of((size_t)t->width, 1, w->size, rank);
}

static void find_owners(const struct worker *w, struct tasks *t)
{
    for (int rank = 0; rank < w->size; rank++) {
        struct share s = columns_of(w, t, rank);

        for (size_t i = s.first; i < s.first + s.count; i++)
            t->owner[i] = rank;
        t->most = s.count > t->most ? s.count : t->most;
    }
}

static void reset(struct worker *w, void *state)
{
    struct tasks *t = state;

    (void)w;
    t->done = t->wrong = 0;
    for (int c = 0; c < FMA_CHAINS; c++)
        t->fma.chain[c] = fma_fill(0);
}

/* -- a task ---------------------------------------------------------------- */

static void expect(struct tasks *t, int64_t column)
{
    if (column >= 0 && column < t->width)
        t->wrong += t->left[column].row != t->row - 1 ||
                    t->left[column].column != column;
}

/* Down the tree in odd rows, up in even ones; a row tells the next one. */
static bool goes_down(const struct tasks *t)
{
    return t->row % 2;
}

static void expect_all(struct tasks *t, int64_t column)
{
    expect(t, column);
    switch (t->pattern) {
    case NONE: break;
    case STENCIL:
        expect(t, column - 1);
        expect(t, column + 1);
        break;
    case ALLTOALL:
        for (int64_t i = 0; i < t->width; i++)
            expect(t, i);
        break;
    case TREE:
        if (goes_down(t))
            expect(t, (column - 1) / 2);
        else {
            expect(t, 2 * column + 1);
            expect(t, 2 * column + 2);
        }
        break;
    }
}

static void run_row(struct tasks *t)
{
    for (size_t i = 0; i < t->mine.count; i++) {
        int64_t column = (int64_t)(t->mine.first + i);

        if (t->row > 0)
            expect_all(t, column);
        fma_run(&t->fma, t->grain);
        t->made[i] = (struct mark){t->row, column};
        t->done++;
    }
}

/* -- what tasks leave each other ------------------------------------------- */

static void tell_edges(struct worker *w, const struct edges *edges)
{
    for (int done = 0; done < edges->count; done += TRANSFERS_MAX) {
        int left = edges->count - done;
        int now = left < TRANSFERS_MAX ? left : TRANSFERS_MAX;

        worker_swap(w, edges->transfer + done, now);
    }
}

static void tell_all(struct worker *w, struct tasks *t)
{
    worker_allgather(w, t->made, t->all, t->most * sizeof *t->all);
    for (int rank = 0; rank < w->size; rank++) {
        struct share s = columns_of(w, t, rank);

        memcpy(t->left + s.first, t->all + (size_t)rank * t->most,
               s.count * sizeof *t->left);
    }
}

/* What the row that was just made owes the next one. */
static void tell(struct worker *w, struct tasks *t)
{
    if (t->pattern == ALLTOALL) {
        tell_all(w, t);
        return;
    }
    memcpy(t->left + t->mine.first, t->made, t->mine.count * sizeof *t->left);
    tell_edges(w, t->pattern == TREE && t->row % 2 ? &t->up : &t->down);
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct tasks *t = state;

    (void)err;
    fma_init(&t->fma);
    for (t->row = 0; t->row < t->rows; t->row++) {
        run_row(t);
        tell(w, t);
    }
    return 0;
}

/* -- setup ----------------------------------------------------------------- */

/* All walk the same edges in the same order, so nobody waits in one group of
 * transfers for what another sends in a later one. */
struct walk {
    struct worker *w;
    struct tasks *t;
    struct edges *edges;
};

/* What two tasks tell each other is one transfer, both ways. */
static struct transfer *find_edge(struct edges *edges, int peer, int tag)
{
    struct transfer *last = &edges->transfer[edges->count - 1];

    if (edges->count > 0 && last->peer == peer && last->tag == tag)
        return last;
    last = &edges->transfer[edges->count++];
    *last = (struct transfer){
        .peer = peer, .tag = tag, .bytes = sizeof(struct mark)};
    return last;
}

static void walk_edge(struct walk *walk, int64_t from, int64_t to)
{
    struct tasks *t = walk->t;
    int64_t lower = from < to ? from : to, upper = from < to ? to : from;
    int me = walk->w->rank, sender, receiver;
    struct transfer *one;

    if (lower < 0 || upper >= t->width)
        return;
    sender = t->owner[from];
    receiver = t->owner[to];
    if (sender == receiver || (me != sender && me != receiver))
        return;
    /* The upper one has no other edge to what is below it. */
    one = find_edge(walk->edges, me == sender ? receiver : sender,
                    (int)(upper % TAG_MAX));
    if (me == sender)
        one->out = &t->left[from];
    else
        one->in = &t->left[from];
}

static void walk_edges(struct worker *w, struct tasks *t)
{
    struct walk down = {w, t, &t->down}, up = {w, t, &t->up};

    for (int64_t i = 0; i < t->width; i++) {
        if (t->pattern == STENCIL) {
            walk_edge(&down, i, i + 1);
            walk_edge(&down, i + 1, i);
        } else if (t->pattern == TREE && i > 0) {
            walk_edge(&down, (i - 1) / 2, i);
            walk_edge(&up, i, (i - 1) / 2);
        }
    }
}

static int take_memory(struct worker *w, struct tasks *t, struct err *err)
{
    size_t width = (size_t)t->width;

    t->owner = worker_alloc(w, width * sizeof *t->owner, err);
    t->left = worker_alloc(w, width * sizeof *t->left, err);
    t->down.transfer =
        worker_alloc(w, 2 * width * sizeof *t->down.transfer, err);
    t->up.transfer = worker_alloc(w, 2 * width * sizeof *t->up.transfer, err);
    if (!t->owner || !t->left || !t->down.transfer || !t->up.transfer)
        return -1;
    find_owners(w, t);
    t->made = worker_alloc(w, t->most * sizeof *t->made, err);
    t->all = worker_alloc(w, (size_t)w->size * t->most * sizeof *t->all, err);
    return t->made && t->all ? 0 : -1;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct tasks *t = worker_alloc(w, sizeof *t, err);

    if (!t)
        return -1;
    t->pattern = (enum pattern)problem->value[PATTERN].count;
    t->grain = problem->value[GRAIN].count;
    t->width = problem->value[WIDTH].count;
    t->rows = problem->value[STEPS].count;
    t->mine = columns_of(w, t, w->rank);
    if (take_memory(w, t, err))
        return -1;
    walk_edges(w, t);
    *state = t;
    return 0;
}

/* -- the check --------------------------------------------------------------
 */

/* Every task saw what it waited for, and computed. */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct tasks *t = state;
    double sum = fma_sum(&t->fma);

    (void)w;
    *outcome = (struct outcome){.residual = (double)t->wrong};
    for (int i = 0; i < METRICS_MAX; i++)
        outcome->metric[i] = NAN;
    outcome->metric[TASKS] = (double)(t->rows * (int64_t)t->mine.count);
    if (t->done < t->rows * (int64_t)t->mine.count ||
        sum != FMA_CHAINS * FMA_LANES)
        return err_set(err, EXIT_WRONG, "tasks were left out on worker %d",
                       w->rank);
    if (t->wrong == 0)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "%lld marks of other tasks were not what they must be",
                   (long long)t->wrong);
}

const struct kernel kernel_tasks = {
    .name = "tasks",
    .summary = "small tasks that wait for each other: METG",
    .unit = "flop",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .bound = "peak",
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
