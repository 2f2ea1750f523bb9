/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verbs: every verb of core/worker.h, on the whole team and on parts of it.
 * What each must bring is known beforehand, to the last bit.
 *
 * A kernel of your own looks like this one: copy the file to kernels/NAME.c,
 * add KERNEL(NAME) to kernels/kernels.def, and build. Nothing else knows it.
 *
 * Work: one task. Check: no word is other than it should be.
 */
#include <string.h>

#include "core/clock.h"
#include "core/rng.h"
#include "kernels/kernel.h"

/* The rows of the table are numbered, so that a value is problem->value[N]. */
enum { N, ROUNDS, WINDOW };

static const char *const answers[] = {"no", "yes", NULL};

static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "4096",
           .small = "1000",
           .min = 1,
           .max = 1e7,
           .help = "words of the largest message"},
    [ROUNDS] = {.name = "rounds",
                .type = PARAM_COUNT,
                .def = "10",
                .small = "2",
                .min = 1,
                .max = 1e6,
                .help = "how often all verbs are called in one step"},
    [WINDOW] = {.name = "window",
                .type = PARAM_CHOICE,
                .def = "no",
                .choices = answers,
                .help = "whether all must be able to address each other"},
    {.name = NULL},
};

/* What it measures besides time; those of a trial's workers become one. */
enum { HEARD, INSIDE, APART };

static const struct metric metrics[] = {
    [HEARD] = {.name = "heard",
               .unit = "",
               .merge = METRIC_SUM,
               .help = "words compared with what they must be"},
    [INSIDE] = {.name = "inside",
                .unit = "s",
                .merge = METRIC_MAX,
                .help = "time in the last step of the slowest worker"},
    [APART] = {.name = "apart",
               .unit = "byte",
               .merge = METRIC_MEAN,
               .help = "how far apart both windows are; none in teams of one"},
    {.name = NULL},
};

/* The whole team, and parts of it, parts of parts, as the kernel cuts them. */
enum { TEAM, PARITY, ROW, COLUMN, HALF_ROW, PARTS };
enum { STREAM_TEXT, STREAM_NUMBERS, STREAM_VECTOR, STREAM_ORDER };

/* A set of workers that this one belongs to. */
struct part {
    struct worker *worker; /* this worker, as the part sees it */
    int *member;           /* [size]: rank in the team, by rank in the part */
};

/* All memory is the arena's: what verbs and peers touch must lie there. */
struct verbs {
    size_t n;
    int rounds;
    bool window;
    uint64_t seed;
    uint64_t turn, round;    /* no two messages are the same */
    struct part part[PARTS]; /* part[TEAM] is everyone */
    uint64_t *out, *in;      /* [n] */
    uint64_t *all;           /* [size][n] */
    uint64_t *each;          /* likewise */
    double *sum, *largest;   /* [n] */
    uint64_t *early, *late;  /* windows, taken before and after the splits */
    double *vector;          /* this worker's share of n elements */
    struct share share;
    double *total; /* of the whole vector; the result */
    double *wrong; /* words that were, since the last reset */
    double heard;  /* words in all, likewise */
    uint64_t inside_ns;
    const char *first; /* verb that brought the first of them, or NULL */
};

/* -- before it runs ------------------------------------------------------ */

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double words = (double)problem->value[N].count * (2 * workers + 5);

    (void)err;
    work->amount = 1;
    /* Each piece may begin on a page of its own, each split takes a few. */
    work->arena = words * sizeof(uint64_t) + 4096.0 * (32 + 2 * workers);
    work->window = problem->value[WINDOW].count;
    work->memory = workers * work->arena;
    return 0;
}

/* -- what a message says -------------------------------------------------- */

/* Word i of what `member` of the team says in this round. */
static uint64_t word_of(const struct verbs *v, int member, size_t i)
{
    uint64_t sentence = v->round * 65536 + (uint64_t)member;

    return rng_bits(v->seed, STREAM_TEXT, sentence) + i * (2 * sentence + 1);
}

static void speak(const struct verbs *v, int member, uint64_t *out,
                  size_t words)
{
    for (size_t i = 0; i < words; i++)
        out[i] = word_of(v, member, i);
}

static void blame(struct verbs *v, const char *verb, double words)
{
    if (words > 0 && !v->first)
        v->first = verb;
    *v->wrong += words;
}

static void listen(struct verbs *v, const char *verb, int member,
                   const uint64_t *in, size_t words)
{
    size_t wrong = 0;

    for (size_t i = 0; i < words; i++)
        wrong += in[i] != word_of(v, member, i);
    v->heard += (double)words;
    blame(v, verb, (double)wrong);
}

/* -- the verbs, on any part ----------------------------------------------- */

/* Everybody speaks once. Whoever does not, holds something else before. */
static void try_bcast(struct verbs *v, const struct part *p, size_t words)
{
    struct worker *w = p->worker;

    for (int root = 0; root < w->size; root++) {
        v->round++;
        speak(v, p->member[w->rank], v->out, words);
        worker_bcast(w, v->out, words * sizeof *v->out, root);
        listen(v, "bcast", p->member[root], v->out, words);
    }
}

static void try_allgather(struct verbs *v, const struct part *p, size_t words)
{
    struct worker *w = p->worker;

    v->round++;
    speak(v, p->member[w->rank], v->out, words);
    memset(v->all, 0, (size_t)w->size * words * sizeof *v->all);
    worker_allgather(w, v->out, v->all, words * sizeof *v->out);
    for (int i = 0; i < w->size; i++)
        listen(v, "allgather", p->member[i], v->all + (size_t)i * words, words);
}

/* Sixteen-bit fractions less 2: all negative, and their sums are exact. */
static double number_of(const struct verbs *v, int member, size_t i)
{
    double x;

    rng_fill(&x, 1, v->seed, STREAM_NUMBERS,
             (v->round * 65536 + (uint64_t)member) * 64 + i % 64);
    return x - 2;
}

static void try_allreduce(struct verbs *v, const struct part *p, size_t n)
{
    struct worker *w = p->worker;

    v->round++;
    for (size_t i = 0; i < n; i++)
        v->sum[i] = v->largest[i] = number_of(v, p->member[w->rank], i);
    worker_allreduce(w, v->sum, n, REDUCE_SUM);
    worker_allreduce(w, v->largest, n, REDUCE_MAX);
    for (size_t i = 0; i < n; i++) {
        double sum = 0, largest = -4;

        for (int k = 0; k < w->size; k++) {
            double x = number_of(v, p->member[k], i);

            sum += x;
            largest = x > largest ? x : largest;
        }
        blame(v, "allreduce, sum", v->sum[i] != sum);
        blame(v, "allreduce, max", v->largest[i] != largest);
    }
}

/* A sum that depends on its order: any will do, but the same for all. */
static void try_same_bits(struct verbs *v, const struct part *p, size_t n)
{
    struct worker *w = p->worker;
    size_t bytes = n * sizeof *v->sum;

    v->round++;
    for (size_t i = 0; i < n; i++)
        v->sum[i] = 1 / (3 + number_of(v, p->member[w->rank], i));
    worker_allreduce(w, v->sum, n, REDUCE_SUM);
    worker_allgather(w, v->sum, v->all, bytes);
    for (int i = 0; i < w->size; i++)
        blame(v, "allreduce, equal bits",
              memcmp(v->all + (size_t)i * n, v->sum, bytes) != 0);
}

static void talk_with(struct verbs *v, const struct part *p, int peer,
                      const char *how, size_t words)
{
    struct worker *w = p->worker;

    speak(v, p->member[w->rank], v->out, words);
    memset(v->in, 0, words * sizeof *v->in);
    worker_exchange(w, peer, v->out, v->in, words * sizeof *v->out);
    listen(v, how, p->member[peer], v->in, words);
}

/* With both neighbours on a ring. Pair i is (i, i + 1); even pairs talk first,
 * then odd ones, and the one that closes an odd ring last: a worker is in one
 * pair at a time. */
static void try_ring(struct verbs *v, const struct part *p, size_t words)
{
    struct worker *w = p->worker;
    int size = w->size, before = (w->rank + size - 1) % size;

    v->round++;
    for (int turn = 0; turn < 3; turn++) {
        bool mine = (w->rank == size - 1 && size % 2 ? 2 : w->rank % 2) == turn;
        bool its = (before == size - 1 && size % 2 ? 2 : before % 2) == turn;

        if (mine)
            talk_with(v, p, (w->rank + 1) % size, "exchange, ring", words);
        if (its && size > 1)
            talk_with(v, p, before, "exchange, ring", words);
    }
}

/* With those whose rank differs in one bit. */
static void try_pairs(struct verbs *v, const struct part *p, size_t words)
{
    struct worker *w = p->worker;

    v->round++;
    for (int bit = 1; bit < w->size; bit *= 2) {
        if ((w->rank ^ bit) < w->size)
            talk_with(v, p, w->rank ^ bit, "exchange, pairs", words);
    }
}

/* To everyone the words that follow those for the one before. */
static void try_alltoall(struct verbs *v, const struct part *p, size_t words)
{
    struct worker *w = p->worker;
    size_t mine = (size_t)w->rank * words;

    v->round++;
    speak(v, p->member[w->rank], v->each, (size_t)w->size * words);
    memset(v->all, 0, (size_t)w->size * words * sizeof *v->all);
    worker_alltoall(w, v->each, v->all, words * sizeof *v->all);
    for (int from = 0; from < w->size; from++) {
        const uint64_t *in = v->all + (size_t)from * words;
        size_t wrong = 0;

        for (size_t i = 0; i < words; i++)
            wrong += in[i] != word_of(v, p->member[from], mine + i);
        blame(v, "alltoall", (double)wrong);
    }
}

/* Two at once to the next on a ring, taken in the other order, and one
 * both ways with the mirror image. Every other worker asks now and then. */
static void try_transfers(struct verbs *v, const struct part *p, size_t words)
{
    struct worker *w = p->worker;
    int next = (w->rank + 1) % w->size, mirror = w->size - 1 - w->rank;
    int before = (w->rank + w->size - 1) % w->size;
    size_t bytes = words * sizeof *v->out;
    uint64_t *second = v->each, *in = v->all;
    struct transfer t[] = {{next, TAG_MAX, bytes, .out = v->out},
                           {before, TAG_MAX, bytes, .in = v->in},
                           {next, 1, bytes, .out = second},
                           {before, 1, bytes, .in = in}};

    speak(v, p->member[w->rank], v->out, words);
    v->round++;
    speak(v, p->member[w->rank], second, words);
    worker_begin(w, t, 4);
    while (w->rank % 2 && !worker_done(w, t, 4))
        ;
    worker_end(w, t, 4);
    listen(v, "transfer, second", p->member[before], in, words);
    v->round--;
    listen(v, "transfer, first", p->member[before], v->in, words);
    t[0] = (struct transfer){mirror, 1, bytes, .out = v->out, .in = v->in};
    worker_swap(w, t, 1);
    listen(v, "transfer, both ways", p->member[mirror], v->in, words);
    v->round++;
}

/* As many as may be under way, over a barrier, each then taken as it comes or
 * all at once. A team of one would have to begin them together. */
static void try_burst(struct verbs *v, const struct part *p, size_t words)
{
    enum { EACH = TRANSFERS_MAX / 2 };
    struct worker *w = p->worker;
    int next = (w->rank + 1) % w->size;
    int before = (w->rank + w->size - 1) % w->size;
    struct transfer from[EACH], to[EACH], *coming[EACH];
    size_t piece = words / EACH + 1;

    if (w->size == 1)
        return;
    v->round++;
    speak(v, p->member[w->rank], v->out, words);
    for (size_t i = 0; i < EACH; i++) {
        size_t at = i * piece < words ? i * piece : 0;
        size_t bytes = (words - at < piece ? words - at : piece) * 8;

        from[i] = (struct transfer){before, (int)i, bytes, .in = v->in + at};
        to[i] = (struct transfer){next, (int)i, bytes, .out = v->out + at};
        coming[i] = &from[i];
    }
    worker_begin(w, from, EACH);
    worker_begin(w, to, EACH);
    if (w->rank % 2)
        worker_end(w, to, EACH);
    worker_barrier(w);
    while (w->rank % 3 && !worker_done(w, from, EACH))
        worker_some(w, coming, EACH, w->rank % 3 == 1);
    worker_end(w, from, EACH);
    if (w->rank % 2 == 0)
        worker_end(w, to, EACH);
    listen(v, "transfer, burst", p->member[before], v->in, words);
}

/* Looks into the windows of those whose memory can be addressed. One barrier
 * before the looking, one before the next writing. */
static void try_peer(struct verbs *v, const struct part *p, uint64_t *window,
                     const char *which)
{
    struct worker *w = p->worker;

    v->round++;
    *window = word_of(v, p->member[w->rank], 0);
    worker_barrier(w);
    blame(v, "peer, oneself", worker_peer(w, w->rank, window) != window);
    for (int i = 0; i < w->size; i++) {
        const uint64_t *there = worker_peer(w, i, window);

        if (there)
            listen(v, which, p->member[i], there, 1);
        else
            blame(v, "peer, nowhere", v->window);
    }
    worker_barrier(w);
}

static void try_windows(struct verbs *v, const struct part *p, size_t words)
{
    (void)words;
    try_peer(v, p, v->early, "peer, memory taken before a split");
    try_peer(v, p, v->late, "peer, memory taken after a split");
}

static void (*const trial[])(struct verbs *, const struct part *, size_t) = {
    try_bcast, try_allgather, try_allreduce, try_same_bits, try_ring,
    try_pairs, try_alltoall,  try_transfers, try_burst,     try_windows,
};
enum { TRIALS = sizeof trial / sizeof trial[0] };

/* Parts differ in size, so the count of rounds begins anew with each of them:
 * workers that meet again agree on it. */
static void try_all(struct verbs *v, const struct part *p)
{
    const size_t words[] = {1, 7, v->n};

    v->round = ++v->turn << 24;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < TRIALS; k++)
            trial[k](v, p, words[i] < v->n ? words[i] : v->n);
    }
}

/* Verbs, parts and sizes that are drawn, short ones and n: each verb follows
 * each other, on the same part and on others, and nobody waits in between. */
static void try_any(struct verbs *v)
{
    static const size_t brief[] = {1, 2, 5, 8, 15, 16, 30, 31, 64, SIZE_MAX};
    const uint64_t sizes = sizeof brief / sizeof brief[0];

    for (int i = 0; i < 40; i++) {
        uint64_t draw = rng_bits(v->seed, STREAM_ORDER, ++v->turn);
        size_t words = brief[(draw >> 16) % sizes];

        v->round = v->turn << 24;
        trial[draw % TRIALS](v, &v->part[(draw >> 8) % PARTS],
                             words < v->n ? words : v->n);
    }
}

/* -- setup ----------------------------------------------------------------- */

/* Columns of the grid that the team is laid out on; its last row may be
 * shorter than the others. */
static int grid_columns(int size)
{
    int columns = 1;

    while (columns * columns < size)
        columns++;
    return columns;
}

/* Which group `rank` of the team belongs to, in each way of cutting it. */
static int colour_of(int part, int size, int rank)
{
    int columns = grid_columns(size);

    switch (part) {
    case PARITY: return rank % 2;
    case ROW: return rank / columns;
    case COLUMN: return rank % columns;
    case HALF_ROW: return rank / columns * 2 + rank % columns % 2;
    default: return 0;
    }
}

/* Lists who must be in the part, and compares with what split says. */
static int list_members(struct worker *w, struct verbs *v, int which,
                        struct err *err)
{
    struct part *p = &v->part[which];
    int size = 0, rank = 0;

    p->member = worker_alloc(w, (size_t)w->size * sizeof *p->member, err);
    if (!p->member)
        return -1;
    for (int i = 0; i < w->size; i++) {
        if (colour_of(which, w->size, i) != colour_of(which, w->size, w->rank))
            continue;
        if (i == w->rank)
            rank = size;
        p->member[size++] = i;
    }
    if (p->worker->size == size && p->worker->rank == rank &&
        p->worker->task == w->task)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "split %d: worker %d is %d of %d, must be %d of %d", which,
                   w->rank, p->worker->rank, p->worker->size, rank, size);
}

static int cut(struct worker *w, struct verbs *v, struct err *err)
{
    v->part[TEAM].worker = w;
    for (int which = TEAM; which < PARTS; which++) {
        /* Half a row is a part of a part. */
        struct worker *from = which == HALF_ROW ? v->part[ROW].worker : w;

        if ((which != TEAM &&
             worker_split(from, colour_of(which, w->size, w->rank),
                          &v->part[which].worker, err)) ||
            list_members(w, v, which, err))
            return -1;
    }
    return 0;
}

/* Memory for words, one call a piece, in the same order on every worker. */
static int take_buffers(struct worker *w, struct verbs *v, struct err *err)
{
    size_t bytes = v->n * sizeof *v->out;

    v->out = worker_alloc(w, bytes, err);
    v->in = worker_alloc(w, bytes, err);
    v->all = worker_alloc(w, (size_t)w->size * bytes, err);
    v->each = worker_alloc(w, (size_t)w->size * bytes, err);
    v->sum = worker_alloc(w, bytes, err);
    v->largest = worker_alloc(w, bytes, err);
    v->vector = worker_alloc(w, v->share.count * sizeof *v->vector, err);
    v->total = worker_alloc(w, sizeof *v->total, err);
    v->wrong = worker_alloc(w, sizeof *v->wrong, err);
    v->early = worker_alloc(w, sizeof *v->early, err);
    return v->out && v->in && v->all && v->each && v->sum && v->largest &&
                   v->vector && v->total && v->wrong && v->early
               ? 0
               : -1;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct verbs *v = worker_alloc(w, sizeof *v, err);

    if (!v)
        return -1;
    v->n = (size_t)problem->value[N].count;
    v->rounds = (int)problem->value[ROUNDS].count;
    v->window = problem->value[WINDOW].count;
    v->seed = problem->seed;
    v->share = share_of(v->n, 1, w->size, w->rank);
    if (take_buffers(w, v, err) || cut(w, v, err))
        return -1;
    v->late = worker_alloc(w, sizeof *v->late, err);
    if (!v->late)
        return -1;
    /* By position: the same elements whoever makes them. */
    rng_fill(v->vector, v->share.count, v->seed, STREAM_VECTOR, v->share.first);
    *state = v;
    return 0;
}

/* -- trials ---------------------------------------------------------------- */

static void reset(struct worker *w, void *state)
{
    struct verbs *v = state;

    (void)w;
    v->first = NULL;
    *v->wrong = 0;
    *v->total = -1;
    v->heard = 0;
}

/* The one result that does not depend on the number of workers. */
static void add_up(struct worker *w, struct verbs *v)
{
    *v->total = 0;
    for (size_t i = 0; i < v->share.count; i++)
        *v->total += v->vector[i];
    worker_allreduce(w, v->total, 1, REDUCE_SUM);
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct verbs *v = state;
    uint64_t start = clock_now();

    (void)err;
    for (int i = 0; i < v->rounds; i++) {
        for (int which = TEAM; which < PARTS; which++)
            try_all(v, &v->part[which]);
        try_any(v);
    }
    add_up(w, v);
    v->inside_ns = clock_now() - start;
    return 0;
}

/* All workers agree on what was wrong, also those that saw nothing of it. */
static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct verbs *v = state;

    worker_allreduce(w, v->wrong, 1, REDUCE_SUM);
    outcome->residual = *v->wrong;
    outcome->tolerance = 0;
    outcome->checksum = rng_checksum(0, *v->total);
    outcome->metric[HEARD] = v->heard;
    outcome->metric[INSIDE] = (double)v->inside_ns * 1e-9;
    if (w->size > 1) /* else it stays NAN */
        outcome->metric[APART] = (double)((char *)v->late - (char *)v->early);
    if (*v->wrong == 0)
        return 0;
    return err_set(err, EXIT_WRONG, "%.0f words are wrong, %s%s on worker %d",
                   *v->wrong, v->first ? "first by " : "none",
                   v->first ? v->first : "", w->rank);
}

const struct kernel kernel_verbs = {
    .name = "verbs",
    .summary = "every verb of a worker, checked to the last bit",
    .unit = "task",
    .params = params,
    .modes = MODE_DIVIDE | MODE_REPLICATE,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
