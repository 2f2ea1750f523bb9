/* SPDX-License-Identifier: Apache-2.0 */
/*
 * square: some rounds of x = randint(0, 10), of shape n x n, and x = x * x,
 * element by element, in 64-bit integers: the loop by which an article on
 * Python compared threads with processes for computation.
 *
 * What may keep threads from doing that side by side can be had one by one:
 * - a generator that all have in common (rng=shared). Like numpy's global
 *   RandomState it has a lock, held while one array is drawn. It lives in
 *   worker->globals: threads wait for each other there, processes and ranks
 *   have a copy each;
 * - page faults and mappings of one address space (passes=numpy): as in numpy
 *   each result is a new array, mapped, touched for the first time, and later
 *   unmapped, what malloc does for large ones. passes=one draws and squares in
 *   one pass over memory that is used again;
 * - traffic with memory: part=multiply, or the difference of the two passes;
 * - an interpreter's lock (--serialize lock). giant=held computes under it and
 *   hands it over when asked, like pure Python; giant=released gives it up for
 *   each pass over an array, as numpy does, in randint and in products.
 *
 * Array r of every worker is stream r of core/digits.h, whichever generator it
 * comes from and whoever drew before: the shared one's state is how much was
 * drawn so far, which the lock guards and the numbers do not depend on. So
 * results are the same for all, while waiting is what it would be.
 *
 * Work: rounds n^2 elements. Check: every element, exactly, and a sample of
 * rows against another implementation of the generator.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "core/digits.h"
#include "kernels/kernel.h"

enum { N, ROUNDS, RNG, PASSES, PART, GIANT, PAGES };
enum { RNG_OWN, RNG_SHARED };
enum { PASSES_ONE, PASSES_NUMPY };
enum { PART_BOTH, PART_DRAW, PART_MULTIPLY };
enum { GIANT_HELD, GIANT_RELEASED };

static const char *const rngs[] = {"own", "shared", NULL};
static const char *const passes[] = {"one", "numpy", NULL};
static const char *const parts[] = {"both", "draw", "multiply", NULL};
static const char *const giants[] = {"held", "released", NULL};
static const char *const page_choices[] = {"base", "native", NULL};

static const struct param params[] = {
    [N] = {.name = "n",
           .type = PARAM_COUNT,
           .def = "2000",
           .small = "101",
           .min = 1,
           .max = 1e6,
           .help = "rows and columns of an array; 10000 in the article"},
    [ROUNDS] = {.name = "rounds",
                .type = PARAM_COUNT,
                .def = "10",
                .small = "3",
                .min = 1,
                .max = 1e6,
                .help = "arrays drawn and squared in a step"},
    [RNG] = {.name = "rng",
             .type = PARAM_CHOICE,
             .def = "own",
             .choices = rngs,
             .help = "a generator for each worker, or one with a lock for all "
                     "that share variables, as numpy.random has"},
    [PASSES] = {.name = "passes",
                .type = PARAM_CHOICE,
                .def = "one",
                .choices = passes,
                .help = "draw and square in one pass over memory used again, "
                        "or as numpy does: a new array for each result"},
    [PART] = {.name = "part",
              .type = PARAM_CHOICE,
              .def = "both",
              .choices = parts,
              .help = "only draw, or only multiply what was drawn before"},
    [GIANT] = {.name = "giant",
               .type = PARAM_CHOICE,
               .def = "held",
               .choices = giants,
               .help = "with --serialize lock: compute under the lock, as pure "
                       "Python, or without, as numpy"},
    [PAGES] = {.name = "pages",
               .type = PARAM_CHOICE,
               .def = "base",
               .choices = page_choices,
               .help = "base: small pages; native: huge ones where there are, "
                       "which numpy asks for"},
    {.name = NULL},
};

enum { LOCKED, DRAW, MULTIPLY };

static const struct metric metrics[] = {
    [LOCKED] = {"locked", "s", METRIC_MEAN,
                "in a step, waiting for the lock of the shared generator"},
    [DRAW] = {"draw", "s", METRIC_MEAN,
              "in a step, drawing into new arrays (passes=numpy)"},
    [MULTIPLY] = {"multiply", "s", METRIC_MEAN,
                  "in a step, multiplying into new arrays (passes=numpy)"},
    {.name = NULL},
};

/* Elements between two checkpoints: a few microseconds, and they fit into the
 * first-level cache. */
enum { CHUNK = 2048, SPOILT_EVERY = 512, SAMPLED_ROWS = 8 };

/* In the workers' globals. All zeros is a mutex that is free, which
 * PTHREAD_MUTEX_INITIALIZER is in glibc and in musl. */
struct generator {
    pthread_mutex_t mutex;
    uint64_t drawn; /* numbers so far */
};
_Static_assert(sizeof(struct generator) <= GLOBALS_BYTES - sizeof(uint64_t),
               "room in the globals");

struct square {
    size_t n, count; /* count: n^2 */
    uint32_t rounds;
    uint64_t seed;
    bool draws, multiplies;
    bool maps;                /* a new array for each result */
    bool releases;            /* the giant lock, for each pass */
    enum mem_pages pages;     /* of new arrays */
    struct generator *shared; /* NULL: its own, which has no state */
    const int64_t *given;     /* part=multiply: what was drawn before */
    int64_t *x;               /* the result; NULL: none yet */
    /* since the last reset */
    unsigned steps;
    uint64_t locked_ns, draw_ns, multiply_ns;
};

/* -- plan and setup ------------------------------------------------------ */

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    double n = (double)problem->value[N].count, array = sizeof(int64_t) * n * n;
    double rounds = (double)problem->value[ROUNDS].count;
    bool maps = problem->value[PASSES].count == PASSES_NUMPY;
    bool given = problem->value[PART].count == PART_MULTIPLY;
    bool draw = problem->value[PART].count == PART_DRAW;
    int moved = given ? 2 : maps && !draw ? 3 : 1; /* read or written once */

    (void)workers, (void)err;
    work->amount = rounds * n * n;
    work->bytes = rounds * array * moved;
    work->arena = array * (given + !maps) + 2 * sizeof(struct square);
    work->memory = work->arena + (maps ? 2 * array : 0);
    work->pages = (enum mem_pages)problem->value[PAGES].count;
    return 0;
}

static int take_arrays(struct worker *w, struct square *s, struct err *err)
{
    size_t bytes = s->count * sizeof(int64_t);

    if (!s->draws) {
        int64_t *given = worker_alloc(w, bytes, err);

        if (!given)
            return -1;
        digits_fill(given, s->count, s->seed, 0, 0);
        s->given = given;
    }
    if (s->maps)
        return 0;
    s->x = worker_alloc(w, bytes, err);
    if (!s->x)
        return -1;
    memset(s->x, 0, bytes);
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct square *s = worker_alloc(w, sizeof *s, err);

    if (!s)
        return -1;
    s->n = (size_t)problem->value[N].count;
    s->count = s->n * s->n;
    s->rounds = (uint32_t)problem->value[ROUNDS].count;
    s->seed = problem->seed;
    s->draws = problem->value[PART].count != PART_MULTIPLY;
    s->multiplies = problem->value[PART].count != PART_DRAW;
    s->maps = problem->value[PASSES].count == PASSES_NUMPY;
    s->releases = problem->value[GIANT].count == GIANT_RELEASED;
    s->pages = (enum mem_pages)problem->value[PAGES].count;
    if (problem->value[RNG].count == RNG_SHARED)
        s->shared = (struct generator *)w->globals->room;
    *state = s;
    return take_arrays(w, s, err);
}

/* -- arrays -------------------------------------------------------------- */

/* Memory of this process alone, as malloc gets it: mem_map would share base
 * pages with children, and faults in shared memory cost more. */
static int64_t *array_map(const struct square *s, struct err *err)
{
    size_t bytes = s->count * sizeof(int64_t);
    void *x = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char text[32];

    if (x == MAP_FAILED) {
        err_errno(err, EXIT_RESOURCE, "cannot map %s for an array",
                  mem_format(bytes, text, sizeof text));
        return NULL;
    }
    /* Advice only. */
    madvise(x, bytes, s->pages == MEM_NATIVE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    return x;
}

/* Only arrays that were mapped; those of the arena stay. */
static void array_replace(struct square *s, int64_t *x)
{
    if (!s->maps)
        return;
    if (s->x)
        munmap(s->x, s->count * sizeof *s->x);
    s->x = x;
}

/* -- a step -------------------------------------------------------------- */

static void square_in_place(int64_t *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] *= x[i];
}

static void square_into(int64_t *restrict to, const int64_t *restrict from,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i] * from[i];
}

/* One pass over `to`: squares of `from`, or where that is NULL numbers of this
 * round, which are squared on the way if that is asked for. */
static void pass(struct worker *w, const struct square *s, int64_t *to,
                 const int64_t *from, uint32_t round, bool squared)
{
    if (s->releases)
        worker_blocks(w);
    for (size_t at = 0; at < s->count; at += CHUNK) {
        size_t left = s->count - at, count = left < CHUNK ? left : CHUNK;

        if (from)
            square_into(to + at, from + at, count);
        else
            digits_fill(to + at, count, s->seed, round, at);
        if (squared)
            square_in_place(to + at, count);
        if (!s->releases)
            worker_checkpoint(w);
    }
    if (s->releases)
        worker_resumes(w);
}

/* Who waits for the generator does not keep the giant lock meanwhile: who has
 * the generator may want that. */
static void generator_lock(struct worker *w, struct square *s)
{
    uint64_t start;

    if (pthread_mutex_trylock(&s->shared->mutex) == 0)
        return;
    worker_blocks(w);
    start = clock_now();
    pthread_mutex_lock(&s->shared->mutex);
    s->locked_ns += clock_now() - start;
    worker_resumes(w);
}

/* Fills an array in one call of the generator. */
static int draw(struct worker *w, struct square *s, int64_t *to, uint32_t round,
                bool squared, struct err *err)
{
    uint64_t first, meanwhile;

    if (!s->shared) {
        pass(w, s, to, NULL, round, squared);
        return 0;
    }
    generator_lock(w, s);
    first = s->shared->drawn;
    pass(w, s, to, NULL, round, squared);
    meanwhile = s->shared->drawn - first;
    s->shared->drawn = first + s->count;
    pthread_mutex_unlock(&s->shared->mutex);
    if (!meanwhile)
        return 0;
    return err_set(err, EXIT_WRONG,
                   "others drew %lu numbers from a locked generator",
                   meanwhile);
}

/* Now, for the difference of two; without what the giant lock takes. */
static uint64_t own_time(const struct worker *w)
{
    return clock_now() - (w->giant ? *w->lock_ns : 0);
}

static int draw_anew(struct worker *w, struct square *s, uint32_t round,
                     struct err *err)
{
    uint64_t start = own_time(w), locked = s->locked_ns;
    int64_t *x = array_map(s, err);
    int failed;

    if (!x)
        return -1;
    failed = draw(w, s, x, round, false, err);
    array_replace(s, x);
    s->draw_ns += own_time(w) - start - (s->locked_ns - locked);
    return failed;
}

static int multiply_anew(struct worker *w, struct square *s, struct err *err)
{
    uint64_t start = own_time(w);
    int64_t *x = array_map(s, err);

    if (!x)
        return -1;
    pass(w, s, x, s->given ? s->given : s->x, 0, false);
    array_replace(s, x);
    s->multiply_ns += own_time(w) - start;
    return 0;
}

static int one_round(struct worker *w, struct square *s, uint32_t round,
                     struct err *err)
{
    if (s->maps && s->draws && draw_anew(w, s, round, err))
        return -1;
    if (s->maps)
        return s->multiplies ? multiply_anew(w, s, err) : 0;
    if (s->draws)
        return draw(w, s, s->x, round, s->multiplies, err);
    pass(w, s, s->x, s->given, 0, false);
    return 0;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct square *s = state;

    s->steps++;
    for (uint32_t round = 0; round < s->rounds; round++) {
        if (one_round(w, s, round, err)) {
            array_replace(s, NULL);
            return -1;
        }
    }
    return 0;
}

/* -- before and after ---------------------------------------------------- */

/* One element a page: to spoil them all would cost as much as a round. */
static void reset(struct worker *w, void *state)
{
    struct square *s = state;

    (void)w;
    s->steps = 0;
    s->locked_ns = s->draw_ns = s->multiply_ns = 0;
    array_replace(s, NULL);
    for (size_t i = 0; s->x && i < s->count; i += SPOILT_EVERY)
        s->x[i] = -1;
}

static uint32_t last_stream(const struct square *s)
{
    return s->draws ? s->rounds - 1 : 0;
}

/* All of them, drawn again: that costs less than reading the array. */
static size_t wrong_elements(const struct square *s, uint64_t *checksum)
{
    int64_t want[CHUNK];
    size_t wrong = 0;

    *checksum = 0;
    for (size_t at = 0; at < s->count; at += CHUNK) {
        size_t left = s->count - at, count = left < CHUNK ? left : CHUNK;

        digits_fill(want, count, s->seed, last_stream(s), at);
        if (s->multiplies)
            square_in_place(want, count);
        for (size_t i = 0; i < count; i++) {
            wrong += s->x[at + i] != want[i];
            *checksum += (uint64_t)s->x[at + i] * (2 * (at + i) + 1);
        }
    }
    return wrong;
}

/* A sample, by the generator's other implementation. */
static size_t wrong_in_rows(const struct square *s)
{
    size_t apart = s->n / SAMPLED_ROWS + 1, wrong = 0;

    for (size_t row = s->n - 1; row < s->n; row -= apart) {
        for (size_t i = row * s->n; i < (row + 1) * s->n; i++) {
            int64_t digit = digits_at(s->seed, last_stream(s), i);

            wrong += s->x[i] != (s->multiplies ? digit * digit : digit);
        }
    }
    return wrong;
}

static double per_step(const struct square *s, uint64_t ns, bool known)
{
    return known && s->steps ? (double)ns * 1e-9 / s->steps : NAN;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    struct square *s = state;
    size_t wrong = s->count, rows;

    (void)w;
    *outcome = (struct outcome){.residual = 0};
    outcome->metric[LOCKED] = per_step(s, s->locked_ns, s->shared && s->draws);
    outcome->metric[DRAW] = per_step(s, s->draw_ns, s->maps && s->draws);
    outcome->metric[MULTIPLY] =
        per_step(s, s->multiply_ns, s->maps && s->multiplies);
    if (s->x) {
        wrong = wrong_elements(s, &outcome->checksum);
        rows = wrong_in_rows(s);
        wrong = rows > wrong ? rows : wrong;
    }
    array_replace(s, NULL); /* in a rank that lives on nobody else would */
    outcome->residual = (double)wrong;
    if (!wrong)
        return 0;
    return err_set(err, EXIT_WRONG, "%zu of %zu elements of x are wrong", wrong,
                   s->count);
}

const struct kernel kernel_square = {
    .name = "square",
    .summary = "draw digits and square them, as an article did in Python",
    .unit = "element",
    .params = params,
    .modes = MODE_REPLICATE,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
