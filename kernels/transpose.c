/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transpose: B += A^T, then A += 1, n x n, row-major: the transpose of the
 * Parallel Research Kernels (Van der Wijngaart and Mattson, "The Parallel
 * Research Kernels", HPEC 2014).
 *
 * Work: 16 n^2 bytes an iteration, as the paper counts: each matrix once. In
 * truth both are read and written, which is twice that.
 *
 * Each worker has some rows of A and of B in its own arena, so each needs a
 * block of everyone's A. Where memory is shared it reads that in place, and
 * increments what it has read, since nobody else reads it; a barrier ends the
 * iteration. The order of peers is rotated, so that not all go to the same one.
 * Else the blocks are sent in square pieces that stay in the second-level
 * cache on their way: several are under way while the next is packed, or the
 * worker's own block is transposed.
 *
 * Check: every element of A and B, exactly: A starts as whole numbers. The
 * checksum is of B less what the increments of A account for, per iteration,
 * so that it does not depend on how often a trial repeats the step.
 */
#include <math.h>
#include <string.h>

#include "core/rng.h"
#include "kernels/comm.h"
#include "kernels/flip.h"
#include "kernels/kernel.h"
#include "kernels/pages.h"

enum { N, ITERATIONS, TILE, PAGES, COMM };

static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "4000",
           .small = "301",
           .min = 1,
           .max = 1e8,
           .help = "rows and columns of each matrix"},
    [ITERATIONS] = {.name = "iterations",
                    .type = PARAM_COUNT,
                    .def = "4",
                    .small = "3",
                    .min = 1,
                    .max = 1e6,
                    .help = "of a step"},
    [TILE] = {.name = "tile",
              .type = PARAM_COUNT,
              .def = "64",
              .small = "24",
              .min = 1,
              .max = 1e8,
              .help = "columns of B that are made at a time: a square of them "
                      "shall fit in the first-level cache"},
    [PAGES] = PAGES_PARAM,
    [COMM] = COMM_PARAM,
    {.name = NULL},
};

enum { METRIC_MOVED };

static const struct metric metrics[] = {
    [METRIC_MOVED] = {"moved", "byte", METRIC_SUM,
                      "from worker to worker in a step"},
    {.name = NULL},
};

enum {
    LINE = 8,    /* doubles of a cache line */
    PIECE = 128, /* rows and columns of what is sent at once */
    SLOTS = 3,   /* pieces under way */
};

/* A piece on its way out, and one on its way in. */
struct slot {
    double *out, *in;
    struct transfer transfer[2];
    int transfers; /* 0: none, or all have ended */
};

struct transpose {
    size_t n, stride, tile;
    int iterations;
    struct share mine; /* rows of A and of B */
    double *a, *b;     /* [mine.count][stride] */
    bool shared;
    struct slot slot[SLOTS];
    int pieces;     /* along a side of the largest block */
    uint64_t total; /* iterations since setup */
    uint64_t since; /* and since reset */
    uint64_t *sums; /* [workers + 1] */
};

/* -- the model ------------------------------------------------------------- */

/* Shares end at cache lines, so that no two workers increment parts of one. */
static struct share rows_of(size_t n, int workers, int rank)
{
    return share_of(n, LINE, workers, rank);
}

static size_t largest_share(size_t n, int workers)
{
    size_t lines = (n + LINE - 1) / LINE, p = (size_t)workers;

    return (lines + p - 1) / p * LINE;
}

/* An odd number of lines: rows a power of two apart would compete for the same
 * sets of the caches. */
static size_t choose_stride(size_t n)
{
    size_t stride = (n + LINE - 1) / LINE * LINE;

    return stride / LINE % 2 ? stride : stride + LINE;
}

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    size_t n = (size_t)problem->value[N].count;
    double matrix = sizeof(double) * (double)n * (double)n;
    double iterations = (double)problem->value[ITERATIONS].count;
    double pieces =
        workers > 1 ? 2.0 * SLOTS * PIECE * PIECE * sizeof(double) : 0;

    (void)err;
    work->amount = 2 * iterations * matrix;
    work->bytes = 4 * iterations * matrix;
    work->arena = 2 * sizeof(double) * (double)largest_share(n, workers) *
                      (double)choose_stride(n) +
                  pieces + 2 * workers * sizeof(uint64_t);
    work->memory = 2 * sizeof(double) * (double)n * (double)choose_stride(n) +
                   workers * pieces;
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

/* -- setup ----------------------------------------------------------------- */

/* Row `row` of A, column `column`, before the first iteration. */
static double start_value(const struct transpose *t, size_t row, size_t column)
{
    return (double)row * (double)t->n + (double)column + 1;
}

static int take_slots(struct worker *w, struct transpose *t, struct err *err)
{
    size_t bytes = PIECE * PIECE * sizeof(double);

    for (int i = 0; i < SLOTS; i++) {
        t->slot[i].out = worker_alloc(w, bytes, err);
        t->slot[i].in = worker_alloc(w, bytes, err);
        if (!t->slot[i].out || !t->slot[i].in)
            return -1;
    }
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct transpose *t = worker_alloc(w, sizeof *t, err);
    size_t most, bytes;

    if (!t)
        return -1;
    t->n = (size_t)problem->value[N].count;
    t->iterations = (int)problem->value[ITERATIONS].count;
    t->tile = (size_t)problem->value[TILE].count;
    t->stride = choose_stride(t->n);
    t->mine = rows_of(t->n, w->size, w->rank);
    t->shared = worker_shares_memory(w);
    /* All take as much: a peer's A stands where mine does. */
    most = largest_share(t->n, w->size);
    bytes = most * t->stride * sizeof(double);
    t->pieces = (int)((most + PIECE - 1) / PIECE);
    t->a = worker_alloc(w, bytes, err);
    t->b = worker_alloc(w, bytes, err);
    t->sums = worker_alloc(w, (size_t)(w->size + 1) * sizeof *t->sums, err);
    if (!t->a || !t->b || !t->sums || (!t->shared && take_slots(w, t, err)))
        return -1;
    for (size_t i = 0; i < t->mine.count; i++) {
        for (size_t k = 0; k < t->n; k++) {
            t->a[i * t->stride + k] = start_value(t, t->mine.first + i, k);
            t->b[i * t->stride + k] = 0;
        }
    }
    worker_barrier(w);
    *state = t;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct transpose *t = state;

    (void)w;
    t->since = 0;
    memset(t->b, 0, t->mine.count * t->stride * sizeof *t->b);
}

/* -- in place -------------------------------------------------------------- */

static void read_peers(struct worker *w, struct transpose *t)
{
    for (int i = 0; i < w->size; i++) {
        int peer = (w->rank + i) % w->size;
        struct share theirs = rows_of(t->n, w->size, peer);
        double *a = worker_peer(w, peer, t->a);

        flip_add(t->b + theirs.first, t->stride, a + t->mine.first, t->stride,
                 t->mine.count, theirs.count, t->tile);
    }
    worker_barrier(w);
}

/* -- by messages ----------------------------------------------------------- */

/* Piece `number` of the block of A that `from` has for `to`; none where the
 * block ends before it. All in places of A. */
struct piece {
    size_t row, rows, column, columns;
};

static size_t cut(struct share share, size_t part, size_t *first)
{
    size_t begin = part * PIECE;

    *first = share.first + begin;
    if (begin >= share.count)
        return 0;
    return share.count - begin < PIECE ? share.count - begin : PIECE;
}

static struct piece piece_of(struct worker *w, const struct transpose *t,
                             int from, int to, int number)
{
    struct piece piece;

    piece.rows = cut(rows_of(t->n, w->size, from), (size_t)(number / t->pieces),
                     &piece.row);
    piece.columns = cut(rows_of(t->n, w->size, to),
                        (size_t)(number % t->pieces), &piece.column);
    return piece;
}

static int blocks_of(const struct transpose *t)
{
    return t->pieces * t->pieces;
}

/* Turn i is piece i % blocks of what goes to the worker so many places on, and
 * comes from the one so many places back. */
static struct piece piece_out(struct worker *w, const struct transpose *t,
                              int turn, int *to)
{
    *to = (w->rank + 1 + turn / blocks_of(t)) % w->size;
    return piece_of(w, t, w->rank, *to, turn % blocks_of(t));
}

static struct piece piece_in(struct worker *w, const struct transpose *t,
                             int turn, int *from)
{
    *from = (w->rank - 1 - turn / blocks_of(t) + w->size) % w->size;
    return piece_of(w, t, *from, w->rank, turn % blocks_of(t));
}

static size_t piece_bytes(struct piece piece)
{
    return piece.rows * piece.columns * sizeof(double);
}

static void begin_turn(struct worker *w, struct transpose *t, int turn)
{
    struct slot *slot = &t->slot[turn % SLOTS];
    int to, from, n = 0;
    struct piece out = piece_out(w, t, turn, &to);
    struct piece in = piece_in(w, t, turn, &from);

    if (piece_bytes(out)) {
        flip_pack(slot->out, out.rows,
                  t->a + (out.row - t->mine.first) * t->stride + out.column,
                  t->stride, out.columns, out.rows, t->tile);
        slot->transfer[n++] = (struct transfer){.peer = to,
                                                .tag = turn % TAG_MAX,
                                                .bytes = piece_bytes(out),
                                                .out = slot->out};
    }
    if (piece_bytes(in))
        slot->transfer[n++] = (struct transfer){.peer = from,
                                                .tag = turn % TAG_MAX,
                                                .bytes = piece_bytes(in),
                                                .in = slot->in};
    slot->transfers = n;
    if (n)
        worker_begin(w, slot->transfer, n);
}

static void end_turn(struct worker *w, struct transpose *t, int turn)
{
    struct slot *slot = &t->slot[turn % SLOTS];
    int from;
    struct piece in = piece_in(w, t, turn, &from);

    if (slot->transfers)
        worker_end(w, slot->transfer, slot->transfers);
    slot->transfers = 0;
    for (size_t i = 0; i < in.columns && in.rows; i++) {
        double *b = t->b + (in.column - t->mine.first + i) * t->stride + in.row;
        const double *row = slot->in + i * in.rows;

        for (size_t k = 0; k < in.rows; k++)
            b[k] += row[k];
    }
}

static void drive_turns(struct worker *w, struct transpose *t)
{
    for (int i = 0; i < SLOTS; i++) {
        struct slot *slot = &t->slot[i];

        if (slot->transfers && worker_done(w, slot->transfer, slot->transfers))
            slot->transfers = 0;
    }
}

/* The block that stays here. */
static void flip_own(struct worker *w, struct transpose *t)
{
    struct share mine = t->mine;

    for (size_t k = 0; k < mine.count; k += PIECE) {
        size_t width = mine.count - k < PIECE ? mine.count - k : PIECE;

        flip_add(t->b + mine.first + k, t->stride,
                 t->a + k * t->stride + mine.first, t->stride, mine.count,
                 width, t->tile);
        drive_turns(w, t);
    }
}

static void trade_pieces(struct worker *w, struct transpose *t)
{
    int turns = (w->size - 1) * blocks_of(t), begun = 0;

    while (begun < SLOTS && begun < turns)
        begin_turn(w, t, begun++);
    flip_own(w, t);
    for (int i = 0; i < turns; i++) {
        end_turn(w, t, i);
        if (begun < turns)
            begin_turn(w, t, begun++);
    }
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct transpose *t = state;

    (void)err;
    for (int i = 0; i < t->iterations; i++) {
        if (t->shared)
            read_peers(w, t);
        else
            trade_pieces(w, t);
        t->total++;
        t->since++;
    }
    return 0;
}

/* -- the check ------------------------------------------------------------- */

/* What the increments of A have added to each element of B: in iteration i
 * since reset A was i + (total - since) above its start. */
static double from_increments(const struct transpose *t)
{
    double since = (double)t->since, before = (double)t->total - since;

    return since * before + since * (since - 1) / 2;
}

/* The sum of all errors of A and B. Where nothing was done since reset, it is
 * what a step would have done that is missed. */
static double sum_errors(const struct transpose *t)
{
    double often = (double)(t->since ? t->since : (uint64_t)t->iterations);
    double added = from_increments(t), errors = 0;

    for (size_t i = 0; i < t->mine.count; i++) {
        size_t row = t->mine.first + i;
        const double *a = t->a + i * t->stride, *b = t->b + i * t->stride;

        for (size_t k = 0; k < t->n; k++) {
            errors += fabs(b[k] - often * start_value(t, k, row) - added);
            errors += fabs(a[k] - start_value(t, row, k) - (double)t->total);
        }
    }
    return errors;
}

static uint64_t checksum(struct worker *w, struct transpose *t)
{
    uint64_t *mine = t->sums + w->size, sum = 0;
    double often = t->since ? (double)t->since : 1, added = from_increments(t);

    *mine = 0;
    for (size_t i = 0; i < t->mine.count; i++) {
        uint64_t first = (t->mine.first + i) * t->n;
        const double *b = t->b + i * t->stride;

        for (size_t k = 0; k < t->n; k++)
            *mine += rng_checksum(first + k, (b[k] - added) / often);
    }
    worker_allgather(w, mine, t->sums, sizeof *mine);
    for (int i = 0; i < w->size; i++)
        sum += t->sums[i];
    return sum;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct transpose *t = state;
    size_t others = t->n - t->mine.count;

    outcome->residual = sum_errors(t);
    outcome->tolerance = 0;
    outcome->checksum = checksum(w, t);
    outcome->metric[METRIC_MOVED] =
        t->iterations * (double)(t->mine.count * others * sizeof(double));
    if (outcome->residual == 0)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "elements of A and B are wrong, together by %.3g",
                   outcome->residual);
}

const struct kernel kernel_transpose = {
    .name = "transpose",
    .summary = "matrix transpose B += A^T: all workers to all",
    .unit = "byte",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .bound = "copy",
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
