/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers that live in one process with as many threads as there are workers.
 * Every turn begins with an untimed region that binds the threads and touches
 * the result: it wakes them, as the gate wakes a team, and the timed part
 * finds them spinning.
 */
#include "trades.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/rng.h"
#include "drivers/executors/shared.h"
#include "product.h"
#include "seats.h"

#if HAVE_BLIS
#include <blis.h>
#endif
#if defined __AVX__
#include <immintrin.h>
#endif

#ifdef _OPENMP
const char *const openmp_absent = NULL;
#else
const char *const openmp_absent = "built without OpenMP";
#endif

/* -- matmul -------------------------------------------------------------- */

int product_setup(struct board *board, int rank, void **state, struct err *err)
{
    static struct product kept;
    struct product *p = &kept;
    struct arena arena;
    struct worker w;
    size_t n = p->n = problem_n(board), bytes = n * n * sizeof(double);

    if (peer_arena(board, rank, &arena, &w, err))
        return -1;
    p->a = worker_alloc(&w, bytes, err);
    p->b = worker_alloc(&w, bytes, err);
    p->c = worker_alloc(&w, bytes, err);
    if (!p->a || !p->b || !p->c)
        return -1;
#pragma omp parallel num_threads(board->workers)
    {
        struct share rows = take_seat(board, n, 8);

        rng_fill(p->a + rows.first * n, rows.count * n, board->problem.seed,
                 MATMUL_STREAM_A, rows.first * n);
        rng_fill(p->b + rows.first * n, rows.count * n, board->problem.seed,
                 MATMUL_STREAM_B, rows.first * n);
    }
    *state = p;
    return 0;
}

int product_take(struct board *board, int rank, struct product *p,
                 product_call *call)
{
    uint64_t start, sum = 0;

#pragma omp parallel num_threads(board->workers)
    {
        struct share rows = take_seat(board, p->n, 8);

        memset(p->c + rows.first * p->n, 0, rows.count * p->n * sizeof(double));
    }
    start = clock_now();
    call(p, board->workers);
    stamp(board, start, clock_now());
    for (size_t i = 0; i < p->n * p->n; i++)
        sum += rng_checksum(i, p->c[i]);
    board->slot[rank].outcome.checksum = sum;
    return 0;
}

#if HAVE_BLIS
const char *const blis_absent = NULL;

static void blis_call(const struct product *p, int threads)
{
    double one = 1, zero = 0;
    dim_t n = (dim_t)p->n;
    rntm_t how;

    bli_rntm_init(&how);
    bli_rntm_set_num_threads(threads, &how);
    bli_dgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, n, n, n, &one, p->a, n,
                 1, p->b, n, 1, &zero, p->c, n, 1, NULL, &how);
}

static int product_turn(struct board *board, int rank, void *state,
                        struct err *err)
{
    (void)err;
    return product_take(board, rank, state, blis_call);
}

const struct trade trade_blis = {
    .threads = true, .setup = product_setup, .turn = product_turn};
#else
const char *const blis_absent = "built without BLIS";
const struct trade trade_blis;
#endif

/* -- triad --------------------------------------------------------------- */

enum { SPOILT_EVERY = 512 };

static const double scale = 3;

struct vectors {
    size_t n;
    double *a, *b, *c; /* [n] each */
};

static int stream_setup(struct board *board, int rank, void **state,
                        struct err *err)
{
    static struct vectors kept;
    struct vectors *v = &kept;
    struct arena arena;
    struct worker w;
    size_t n = v->n = problem_n(board);

    if (peer_arena(board, rank, &arena, &w, err))
        return -1;
    v->a = worker_alloc(&w, n * sizeof(double), err);
    v->b = worker_alloc(&w, n * sizeof(double), err);
    v->c = worker_alloc(&w, n * sizeof(double), err);
    if (!v->a || !v->b || !v->c)
        return -1;
#pragma omp parallel num_threads(board->workers)
    {
        struct share mine = take_seat(board, n, 8);

        rng_fill(v->b + mine.first, mine.count, board->problem.seed,
                 TRIAD_STREAM_B, mine.first);
        rng_fill(v->c + mine.first, mine.count, board->problem.seed,
                 TRIAD_STREAM_C, mine.first);
        memset(v->a + mine.first, 0, mine.count * sizeof(double));
    }
    *state = v;
    return 0;
}

static void stream_one(double *restrict a, const double *restrict b,
                       const double *restrict c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = b[i] + scale * c[i];
}

static void stream_all(double *restrict a, const double *restrict b,
                       const double *restrict c, size_t n, int threads)
{
    (void)threads;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t i = 0; i < n; i++)
        a[i] = b[i] + scale * c[i];
}

static void stream_spoil(const struct board *board, struct vectors *v)
{
#pragma omp parallel num_threads(board->workers)
    {
        struct share mine = take_seat(board, v->n, 8);

        for (size_t i = 0; i < mine.count; i += SPOILT_EVERY)
            v->a[mine.first + i] = NAN;
    }
}

/* Looks at every element, as the kernel's own check does. */
static int stream_check(struct board *board, const struct vectors *v,
                        struct err *err)
{
    uint64_t sum = 0;
    size_t wrong = 0;

#pragma omp parallel for num_threads(board->workers) schedule(static) \
    reduction(+ : sum, wrong)
    for (size_t i = 0; i < v->n; i++) {
        wrong += !(v->a[i] == v->b[i] + scale * v->c[i]);
        sum += rng_checksum(i, v->a[i]);
    }
    board->slot[0].outcome.checksum = sum;
    return wrong ? err_set(err, EXIT_WRONG, "stream: %zu are wrong", wrong) : 0;
}

/* -- past the caches: what is only written is not read first -------------- */

#if defined __AVX__
const char *const stream_past_absent = NULL;

static void stream_past(double *restrict a, const double *restrict b,
                        const double *restrict c, size_t n)
{
    const __m256d s = _mm256_set1_pd(scale);
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        __m256d x = _mm256_load_pd(c + i), y = _mm256_load_pd(b + i);

        _mm256_stream_pd(a + i, _mm256_add_pd(_mm256_mul_pd(x, s), y));
    }
    for (; i < n; i++)
        a[i] = b[i] + scale * c[i];
    _mm_sfence();
}
#else
const char *const stream_past_absent = "no AVX on this machine";

static void stream_past(double *restrict a, const double *restrict b,
                        const double *restrict c, size_t n)
{
    stream_one(a, b, c, n);
}
#endif

static int stream_past_turn(struct board *board, int rank, void *state,
                            struct err *err)
{
    struct vectors *v = state;
    uint64_t start;

    (void)rank;
    stream_spoil(board, v);
    start = clock_now();
    if (board->workers == 1) {
        stream_past(v->a, v->b, v->c, v->n);
    } else {
#pragma omp parallel num_threads(board->workers)
        {
            struct share mine =
                share_of(v->n, 8, board->workers, thread_number());

            stream_past(v->a + mine.first, v->b + mine.first, v->c + mine.first,
                        mine.count);
        }
    }
    stamp(board, start, clock_now());
    return stream_check(board, v, err);
}

const struct trade trade_stream_past = {
    .threads = true, .setup = stream_setup, .turn = stream_past_turn};

static int stream_turn(struct board *board, int rank, void *state,
                       struct err *err)
{
    struct vectors *v = state;
    uint64_t start;

    (void)rank;
    stream_spoil(board, v);
    start = clock_now();
    if (board->workers == 1)
        stream_one(v->a, v->b, v->c, v->n);
    else
        stream_all(v->a, v->b, v->c, v->n, board->workers);
    stamp(board, start, clock_now());
    return stream_check(board, v, err);
}

const struct trade trade_stream = {
    .threads = true, .setup = stream_setup, .turn = stream_turn};

/* -- barrier ------------------------------------------------------------- */

static int nothing_to_set_up(struct board *board, int rank, void **state,
                             struct err *err)
{
    (void)board, (void)rank, (void)state, (void)err;
    return 0;
}

static int omp_barrier_turn(struct board *board, int rank, void *state,
                            struct err *err)
{
    const unsigned repeats = board->repeats;

    (void)rank, (void)state, (void)err;
#pragma omp parallel num_threads(board->workers)
    {
        struct span *span = &board->slot[thread_number()].span;

        take_seat(board, 1, 1);
        for (unsigned i = 0; i < repeats / 8; i++) {
#pragma omp barrier
        }
        span->start_ns = clock_now();
        for (unsigned i = 0; i < repeats; i++) {
#pragma omp barrier
        }
        span->end_ns = clock_now();
    }
    return 0;
}

const struct trade trade_omp_barrier = {
    .threads = true, .setup = nothing_to_set_up, .turn = omp_barrier_turn};

/* -- drive's, of threads ------------------------------------------------- */

/* One for all turns: arenas are zeroed once. */
struct crew_of_threads {
    struct ground ground;
    struct hand hand[];
};

static int crew_setup(struct board *board, int rank, void **state,
                      struct err *err)
{
    size_t hands = (size_t)board->workers * sizeof(struct hand);
    struct crew_of_threads *crew = malloc(sizeof *crew + hands);

    (void)rank;
    if (!crew)
        return err_set(err, EXIT_RESOURCE, "no memory for a barrier");
    *state = crew;
    if (ground_open(&crew->ground, board, false, err))
        return -1;
    for (int i = 0; i < board->workers; i++) {
        if (ground_hand(&crew->ground, board, i, &crew->hand[i], err))
            return -1;
    }
    return 0;
}

static int crew_turn(struct board *board, int rank, void *state,
                     struct err *err)
{
    struct crew_of_threads *crew = state;

    (void)rank, (void)err;
#pragma omp parallel num_threads(board->workers)
    {
        struct worker *w = &crew->hand[thread_number()].worker;
        struct span *span = &board->slot[w->rank].span;

        take_seat(board, 1, 1);
        for (unsigned i = 0; i < board->repeats / 8; i++)
            shared_barrier(w);
        span->start_ns = clock_now();
        for (unsigned i = 0; i < board->repeats; i++)
            shared_barrier(w);
        span->end_ns = clock_now();
    }
    return 0;
}

const struct trade trade_threads_barrier = {
    .threads = true, .setup = crew_setup, .turn = crew_turn};
