/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random: table[r mod 2^k] ^= r for random r, the RandomAccess of HPC
 * Challenge (Luszczek et al., "Introduction to the HPC Challenge Benchmark
 * Suite", 2005): latency of memory, and of messages that are too small.
 *
 * The table is shared out over the workers in strips; each makes an equal part
 * of the stream of updates, and looks ahead by no more than 1024 of them, as
 * the rules of the benchmark want it.
 *
 *   buckets  each worker sorts a round of updates by the owner of their words;
 *            all exchange; each applies what belongs to it. The same work under
 *            every executor: where memory is shared, buckets are read in place,
 *            else they travel by an all-to-all.
 *   atomic   each worker updates the words where they stand, by an atomic
 *            exclusive or
 *   racy     the same by a load and a store, which may lose updates of others:
 *            the rules allow wrong words, up to 1 %; small tables have more
 *
 * The stream is that of SplitMix64 (Steele, Lea, Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014), whose element i costs a few
 * cycles whoever makes it; the benchmark's own has linear low bits.
 *
 * Work: updates. Check: the updates are applied again, which takes them back,
 * and all words must be what they were in the beginning. That is done without
 * communication: each worker makes the whole stream and keeps what is its own.
 */
#include <math.h>
#include <string.h>

#include "core/rng.h"
#include "kernels/comm.h"
#include "kernels/kernel.h"
#include "kernels/pages.h"

enum { LOG2, UPDATES, METHOD, LOOKAHEAD, PAGES, COMM };

enum method { METHOD_BUCKETS, METHOD_ATOMIC, METHOD_RACY };
static const char *const methods[] = {"buckets", "atomic", "racy", NULL};
static const struct param params[] = {
    [LOG2] = {.name = "log2",
              .type = PARAM_COUNT,
              .def = "23",
              .small = "10",
              .min = 0,
              .max = 40,
              .help = "the table has 2^log2 words of 8 bytes (23: 64 MiB); "
                      "take it larger than the last-level cache four times "
                      "over"},
    [UPDATES] = {.name = "updates",
                 .type = PARAM_COUNT,
                 .def = "4",
                 .min = 1,
                 .max = 1024,
                 .help = "of a step, for each word of the table"},
    [METHOD] = {.name = "method",
                .type = PARAM_CHOICE,
                .def = "buckets",
                .choices = methods,
                .help = "buckets: sorted by owner and exchanged; atomic: in "
                        "place, where memory is shared; racy: the same, but "
                        "may lose some"},
    [LOOKAHEAD] = {.name = "lookahead",
                   .type = PARAM_COUNT,
                   .def = "1024",
                   .min = 1,
                   .max = 1e7,
                   .help = "updates that a worker sorts before it exchanges; "
                           "HPC Challenge allows 1024"},
    [PAGES] = PAGES_PARAM,
    [COMM] = COMM_PARAM,
    {.name = NULL},
};

enum { ROUNDS, HANDED, LOST };

static const struct metric metrics[] = {
    [ROUNDS] = {.name = "rounds",
                .unit = "",
                .merge = METRIC_MAX,
                .help = "exchanges of buckets in a step"},
    [HANDED] = {.name = "handed",
                .unit = "byte",
                .merge = METRIC_SUM,
                .help = "updates handed to other workers in a step"},
    [LOST] = {.name = "lost",
              .unit = "",
              .merge = METRIC_MAX,
              .help = "wrong words for each word and step"},
    {.name = NULL},
};

/* A line of the cache; what is in flight at once: more than a core can have of
 * misses, and few enough to stay in its first level; how far a prefetch is
 * ahead of its update. */
enum { LINE = 64, LINE_WORDS = 8, BATCH = 64, AHEAD = 16 };

/* In the first word of a bucket, above the count: its sender has more. */
#define MORE (UINT64_C(1) << 32)

struct gups {
    unsigned log2;
    enum method method;
    uint64_t mask;           /* of an index */
    struct share mine;       /* words of the table that are here */
    struct share made;       /* updates of a step that are made here */
    uint64_t total;          /* updates of a step */
    uint64_t key;            /* of the stream */
    uint64_t steps;          /* since the last reset */
    uint64_t *table;         /* [mine.count] */
    size_t lookahead;        /* updates of a round, at most */
    size_t capacity;         /* updates of a bucket */
    size_t stride;           /* words from bucket to bucket */
    uint64_t *out[2];        /* [workers][stride], in turn */
    uint64_t *in;            /* [workers][stride]; NULL: read in place */
    const uint64_t **from;   /* [2][workers]: what others have for this one */
    uintptr_t *origin;       /* [workers]: where word 0 would be, counted from
                                each worker's part */
    uint64_t rounds, handed; /* since setup; since reset */
    uint64_t first_round;    /* of those since reset */
    uint64_t *sums;          /* [workers + 1][2] */
};

/* -- plan ----------------------------------------------------------------- */

/* For all updates of a round if there is one bucket, else for their mean and
 * four standard deviations: a round ends when a bucket is full. */
static size_t capacity_of(size_t lookahead, int workers)
{
    double mean = (double)lookahead / workers;
    size_t enough = (size_t)(mean + 4 * sqrt(mean)) + LINE_WORDS;

    return workers == 1 || enough > lookahead ? lookahead : enough;
}

/* Whole lines, so that no two readers have one in common. */
static size_t stride_of(size_t capacity)
{
    return (capacity + 1 + LINE_WORDS - 1) / LINE_WORDS * LINE_WORDS;
}

/* Of a table far beyond the caches each update reads a line and writes it
 * back. */
static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double words = exp2((double)problem->value[LOG2].count);
    size_t lookahead = (size_t)problem->value[LOOKAHEAD].count;
    size_t stride = stride_of(capacity_of(lookahead, workers));
    double buckets = 3.0 * workers * (double)stride * sizeof(uint64_t);
    double lists = (workers + 1) * 6.0 * sizeof(uint64_t);

    (void)err;
    if (problem->value[METHOD].count != METHOD_BUCKETS)
        buckets = 0;
    work->amount = words * (double)problem->value[UPDATES].count;
    work->bytes = work->amount * 2 * LINE;
    work->memory = words * sizeof(uint64_t) + workers * (buckets + lists);
    work->arena =
        (words / workers + 1) * sizeof(uint64_t) + buckets + lists + LINE;
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    work->window = problem->value[COMM].count == COMM_WINDOW;
    return 0;
}

/* -- the stream ----------------------------------------------------------- */

/* Update i of all steps. */
static inline uint64_t update(const struct gups *g, uint64_t i)
{
    uint64_t z = g->key + (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Which worker has the word that r updates: the inverse of share_of by words,
 * with a shift for the division, as their number is a power of two. */
static inline size_t owner_of(const struct gups *g, size_t workers, uint64_t r)
{
    return (((r & g->mask) + 1) * workers - 1) >> g->log2;
}

/* -- setup ---------------------------------------------------------------- */

static int take_buckets(struct worker *w, struct gups *g, struct err *err)
{
    size_t workers = (size_t)w->size;
    size_t bytes = workers * g->stride * sizeof(uint64_t);

    g->from = worker_alloc(w, 2 * workers * sizeof *g->from, err);
    g->out[0] = worker_alloc(w, bytes, err);
    g->out[1] = worker_alloc(w, bytes, err);
    if (!g->from || !g->out[0] || !g->out[1])
        return -1;
    if (!worker_shares_memory(w)) {
        g->in = worker_alloc(w, bytes, err);
        return g->in ? 0 : -1;
    }
    for (size_t i = 0; i < 2 * workers; i++) {
        uint64_t *theirs =
            worker_peer(w, (int)(i % workers), g->out[i / workers]);

        g->from[i] = theirs + (size_t)w->rank * g->stride;
    }
    return 0;
}

static int find_tables(struct worker *w, struct gups *g, struct err *err)
{
    if (!worker_shares_memory(w))
        return err_set(err, EXIT_ABSENT,
                       "ranks cannot update each other's memory in place: try "
                       "comm=window or method=buckets");
    g->origin = worker_alloc(w, (size_t)w->size * sizeof *g->origin, err);
    if (!g->origin)
        return -1;
    for (int i = 0; i < w->size; i++) {
        size_t first = share_of((size_t)g->mask + 1, 1, w->size, i).first;

        g->origin[i] =
            (uintptr_t)worker_peer(w, i, g->table) - first * sizeof *g->table;
    }
    return 0;
}

static void fill(struct gups *g)
{
    for (size_t i = 0; i < g->mine.count; i++)
        g->table[i] = g->mine.first + i;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct gups *g = worker_alloc(w, sizeof *g, err);
    size_t most;

    if (!g)
        return -1;
    *g = (struct gups){.log2 = (unsigned)problem->value[LOG2].count,
                       .method = (enum method)problem->value[METHOD].count};
    g->mask = (UINT64_C(1) << g->log2) - 1;
    g->mine = share_of(g->mask + 1, 1, w->size, w->rank);
    g->total = (g->mask + 1) * (uint64_t)problem->value[UPDATES].count;
    g->made = share_of(g->total, 1, w->size, w->rank);
    g->key = rng_bits(problem->seed, 0, 0);
    g->lookahead = (size_t)problem->value[LOOKAHEAD].count;
    g->capacity = capacity_of(g->lookahead, w->size);
    g->stride = stride_of(g->capacity);
    /* All take as much, so that what follows has one offset in all arenas. */
    most = (g->mask + (uint64_t)w->size) / (uint64_t)w->size;
    g->table = worker_alloc(w, most * sizeof *g->table, err);
    g->sums = worker_alloc(w, (size_t)(w->size + 1) * 2 * sizeof *g->sums, err);
    if (!g->table || !g->sums)
        return -1;
    fill(g);
    *state = g;
    return g->method == METHOD_BUCKETS ? take_buckets(w, g, err)
                                       : find_tables(w, g, err);
}

/* Every word: what was lost in the last trial must not be found in this. */
static void reset(struct worker *w, void *state)
{
    struct gups *g = state;

    (void)w;
    fill(g);
    g->steps = g->handed = 0;
    g->first_round = g->rounds;
}

/* -- buckets -------------------------------------------------------------- */

/* Sorts updates from `next` on, until a round is full or a bucket is; returns
 * the first that it left. */
static uint64_t sort_updates(const struct gups *g, size_t workers,
                             uint64_t *out, uint64_t next, uint64_t end)
{
    uint64_t stop = end - next < g->lookahead ? end : next + g->lookahead;

    for (size_t i = 0; i < workers; i++)
        out[i * g->stride] = 0;
    for (; next < stop; next++) {
        uint64_t r = update(g, next);
        uint64_t *bucket = out + owner_of(g, workers, r) * g->stride;

        if (bucket[0] == g->capacity)
            break;
        bucket[++bucket[0]] = r;
    }
    for (size_t i = 0; i < workers && next < end; i++)
        out[i * g->stride] |= MORE;
    return next;
}

static size_t count_of(const uint64_t *bucket)
{
    return (size_t)(*bucket & (MORE - 1));
}

static void apply(const struct gups *g, const uint64_t *bucket)
{
    size_t count = count_of(bucket), i = 0, first = g->mine.first;
    const uint64_t *restrict r = bucket + 1;
    uint64_t *restrict table = g->table, mask = g->mask;

    for (; i + AHEAD < count; i++) {
        __builtin_prefetch(table + ((r[i + AHEAD] & mask) - first), 1);
        table[(r[i] & mask) - first] ^= r[i];
    }
    for (; i < count; i++)
        table[(r[i] & mask) - first] ^= r[i];
}

/* Takes the exchanged buckets, its own first; whether anyone has more. */
static bool take_updates(struct worker *w, struct gups *g,
                         const uint64_t *const *from)
{
    int size = w->size;
    bool more = false;

    for (int i = 0; i < size; i++) {
        int sender = (w->rank + i) % size;
        const uint64_t *bucket =
            g->in ? g->in + (size_t)sender * g->stride : from[sender];

        apply(g, bucket);
        more = more || *bucket & MORE;
        g->handed += i ? count_of(bucket) * sizeof *bucket : 0;
    }
    return more;
}

/* Every worker comes to as many rounds, for each bucket says whether its sender
 * has more. Where buckets are read in place, one barrier a round is enough: a
 * buffer is filled again two rounds later, and who has passed the barrier
 * between has read it. */
static void exchange_rounds(struct worker *w, struct gups *g, uint64_t next,
                            uint64_t end)
{
    size_t workers = (size_t)w->size;
    bool more;

    do {
        size_t turn = g->rounds++ & 1;
        uint64_t *out = g->out[turn];

        next = sort_updates(g, workers, out, next, end);
        if (g->in)
            worker_alltoall(w, out, g->in, g->stride * sizeof *out);
        else if (workers > 1)
            worker_barrier(w);
        more = take_updates(w, g, g->from + turn * workers);
    } while (more);
}

/* -- in place ------------------------------------------------------------- */

static void update_racy(uint64_t *word, uint64_t r)
{
    uint64_t was = __atomic_load_n(word, __ATOMIC_RELAXED);

    __atomic_store_n(word, was ^ r, __ATOMIC_RELAXED);
}

/* A locked instruction waits for all loads and stores before it, so the lines
 * are asked for beforehand, a batch at a time. */
static void update_batch(const struct gups *g, size_t workers, uint64_t first,
                         size_t count)
{
    uint64_t *word[BATCH], r[BATCH];

    for (size_t i = 0; i < count; i++) {
        r[i] = update(g, first + i);
        word[i] = (uint64_t *)(g->origin[owner_of(g, workers, r[i])] +
                               (r[i] & g->mask) * sizeof(uint64_t));
        __builtin_prefetch(word[i], 1);
    }
    if (g->method == METHOD_ATOMIC) {
        for (size_t i = 0; i < count; i++)
            __atomic_fetch_xor(word[i], r[i], __ATOMIC_RELAXED);
        return;
    }
    for (size_t i = 0; i < count; i++)
        update_racy(word[i], r[i]);
}

static void update_in_place(const struct gups *g, size_t workers, uint64_t next,
                            uint64_t end)
{
    while (next < end) {
        size_t left = (size_t)(end - next);
        size_t count = left < BATCH ? left : BATCH;

        update_batch(g, workers, next, count);
        next += count;
    }
}

/* Each step has a part of the stream of its own, or two of them would be
 * none. */
static int step(struct worker *w, void *state, struct err *err)
{
    struct gups *g = state;
    uint64_t first = g->steps++ * g->total + g->made.first;

    (void)err;
    if (g->method == METHOD_BUCKETS)
        exchange_rounds(w, g, first, first + g->made.count);
    else
        update_in_place(g, (size_t)w->size, first, first + g->made.count);
    return 0;
}

/* -- the check ------------------------------------------------------------ */

/* Applies all updates of one step to the words that are here, as they come. */
static void take_back(const struct gups *g, uint64_t step)
{
    uint64_t next = step * g->total, end = next + g->total;

    while (next < end) {
        uint64_t stop = end - next < BATCH ? end : next + BATCH, kept[BATCH];
        size_t count = 0;

        for (; next < stop; next++) {
            kept[count] = update(g, next);
            count += (kept[count] & g->mask) - g->mine.first < g->mine.count;
        }
        for (size_t i = 0; i < count; i++)
            g->table[(kept[i] & g->mask) - g->mine.first] ^= kept[i];
    }
}

static uint64_t checksum(const struct gups *g)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < g->mine.count; i++)
        sum += g->table[i] * (2 * (g->mine.first + i) + 1);
    return sum;
}

static uint64_t wrong_words(const struct gups *g)
{
    uint64_t wrong = 0;

    for (size_t i = 0; i < g->mine.count; i++)
        wrong += g->table[i] != g->mine.first + i;
    return wrong;
}

/* This worker's checksum and wrong words become the team's. */
static void add_up(struct worker *w, struct gups *g, uint64_t *sum,
                   uint64_t *wrong)
{
    uint64_t *mine = g->sums + 2 * (size_t)w->size;

    mine[0] = *sum;
    mine[1] = *wrong;
    *sum = *wrong = 0;
    worker_allgather(w, mine, g->sums, 2 * sizeof *mine);
    for (size_t i = 0; i < (size_t)w->size; i++) {
        *sum += g->sums[2 * i];
        *wrong += g->sums[2 * i + 1];
    }
}

static void fill_metrics(const struct gups *g, double steps, double lost,
                         double *metric)
{
    metric[LOST] = lost;
    if (g->method != METHOD_BUCKETS)
        return;
    metric[ROUNDS] = (double)(g->rounds - g->first_round) / steps;
    metric[HANDED] = (double)g->handed / steps;
}

/* The checksum is that of the first step's result: how many steps a trial has
 * is not the problem's affair. When updates may be lost there is none. */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct gups *g = state;
    uint64_t steps = g->steps ? g->steps : 1, sum, wrong;
    bool racy = g->method == METHOD_RACY;

    worker_barrier(w); /* others may still be updating words of mine */
    while (steps > 1)
        take_back(g, --steps);
    sum = checksum(g);
    take_back(g, 0);
    wrong = wrong_words(g);
    add_up(w, g, &sum, &wrong);
    steps = g->steps ? g->steps : 1;
    outcome->residual = (double)wrong / (double)(g->mask + 1) / (double)steps;
    outcome->tolerance = racy ? 0.01 : 0;
    outcome->checksum = racy ? 0 : sum;
    fill_metrics(g, (double)steps, outcome->residual, outcome->metric);
    if (outcome->residual <= outcome->tolerance)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "%lu of %lu words are wrong when all updates are taken "
                   "back%s",
                   wrong, g->mask + 1,
                   racy ? ": want a larger table, or method=atomic" : "");
}

const struct kernel kernel_random = {
    .name = "random",
    .summary = "updates all over a table, GUPS: latency of memory",
    .unit = "update",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
