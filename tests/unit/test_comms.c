/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stencil, transpose and reduce: their loops against plain ones, how a grid is
 * cut, and teams of threads, with memory in common and with messages alone, of
 * which one spoils what it has for its neighbours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rng.h"
#include "drivers/board.h"
#include "drivers/executors/shared.h"
#include "kernels/flip.h"
#include "kernels/kernel.h"
#include "kernels/star.h"

static double *numbers(size_t count, uint32_t stream)
{
    double *x = malloc((count + 1) * sizeof *x);

    assert_non_null(x);
    rng_fill(x, count, 1, stream, 0);
    return x;
}

/* -- the star -------------------------------------------------------------- */

/* Weights that are all different, so that none is taken for another. */
static struct star odd_star(int radius)
{
    struct star star = star_make(radius);

    for (int i = 0; i <= 4 * radius; i++)
        star.weight[i] += (i + 1) * 0.125;
    return star;
}

static void compare_star(int radius, size_t count)
{
    size_t r = (size_t)radius, stride = count + 2 * r + 3;
    double *in = numbers((2 * r + 1) * stride, 0);
    double *out = numbers(count + 1, 1), *plain = numbers(count + 1, 1);
    struct star star = odd_star(radius);

    star_row(&star, out, in + r * stride + r, stride, count);
    star_reference_row(&star, plain, in + r * stride + r, stride, count);
    for (size_t i = 0; i < count; i++)
        assert_true(fabs(out[i] - plain[i]) <= 1e-12 * radius * radius);
    assert_true(out[count] == plain[count]);
    free(in);
    free(out);
    free(plain);
}

static void star_equals_reference(void **state)
{
    static const size_t counts[] = {0, 1, 3, 7, 8, 9, 17, 64, 101, 1100};

    (void)state;
    for (int radius = 1; radius <= 9; radius++) {
        for (int i = 0; i < 10; i++)
            compare_star(radius, counts[i]);
    }
    compare_star(STAR_RADIUS_MAX, 75);
}

/* On x + y it is 2: its closed form. */
static void star_of_a_plane(void **state)
{
    enum { WIDE = 2 * STAR_RADIUS_MAX + 1 };
    double in[WIDE * WIDE], out;

    (void)state;
    for (int i = 0; i < WIDE * WIDE; i++)
        in[i] = i / WIDE + i % WIDE;
    for (int radius = 1; radius <= STAR_RADIUS_MAX; radius++) {
        struct star star = star_make(radius);

        out = 1;
        star_row(&star, &out, in + WIDE * STAR_RADIUS_MAX + STAR_RADIUS_MAX,
                 WIDE, 1);
        assert_true(fabs(out - 3) < 1e-11);
        assert_true(star_strip(radius) >= 64);
    }
    assert_true(star_flops(2) == 19);
}

/* -- the grid -------------------------------------------------------------- */

static void expect_grid(size_t n, int radius, int workers, int rows,
                        int columns)
{
    struct grid grid = grid_choose(n, radius, workers);

    if (grid.rows != rows || grid.columns != columns)
        fail_msg("n=%zu radius=%d, %d workers: %d x %d, not %d x %d", n, radius,
                 workers, grid.rows, grid.columns, rows, columns);
}

static void grids_are_sensible(void **state)
{
    (void)state;
    expect_grid(4000, 2, 1, 1, 1);
    expect_grid(4000, 2, 2, 2, 1);
    expect_grid(4000, 2, 7, 7, 1);
    expect_grid(4000, 2, 8, 8, 1);
    expect_grid(4000, 2, 64, 16, 4);
    expect_grid(4000, 2, 256, 32, 8);
    /* rows alone would be too thin */
    expect_grid(6, 2, 9, 3, 3);
    expect_grid(5, 1, 20, 5, 4);
}

static void grids_that_do_not_fit(void **state)
{
    (void)state;
    expect_grid(13, 2, 7, 0, 0);
    expect_grid(14, 2, 7, 7, 1);
    expect_grid(6, 2, 10, 0, 0);
    expect_grid(3, 4, 1, 0, 0);
}

/* -- the transpose --------------------------------------------------------- */

static void plain_flip(double *b, size_t b_stride, double *a, size_t a_stride,
                       size_t rows, size_t columns, bool add)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < columns; k++) {
            double *to = &b[i * b_stride + k], *from = &a[k * a_stride + i];

            *to = (add ? *to : 0) + *from;
            *from += 1;
        }
    }
}

/* Whole buffers are compared: nothing beside the block may change. */
static void compare_flip(size_t rows, size_t columns, size_t tile, bool add)
{
    size_t wide = columns + 3, high = rows + 5;
    double *b = numbers(rows * wide, 0), *d = numbers(rows * wide, 0);
    double *a = numbers(columns * high, 1), *c = numbers(columns * high, 1);

    (add ? flip_add : flip_pack)(b, wide, a, high, rows, columns, tile);
    plain_flip(d, wide, c, high, rows, columns, add);
    assert_memory_equal(b, d, rows * wide * sizeof *b);
    assert_memory_equal(a, c, columns * high * sizeof *a);
    free(a);
    free(b);
    free(c);
    free(d);
}

static void flip_equals_plain(void **state)
{
    static const size_t sizes[] = {0, 1, 3, 7, 8, 9, 16, 31, 67};
    static const size_t tiles[] = {1, 5, 8, 24, 64};

    (void)state;
    for (int i = 0; i < 9; i++) {
        for (int k = 0; k < 9; k++) {
            compare_flip(sizes[i], sizes[k], tiles[(i + k) % 5], true);
            compare_flip(sizes[i], sizes[k], tiles[(i + 2 * k) % 5], false);
        }
    }
}

/* -- teams ----------------------------------------------------------------- */

enum { NOBODY = -1, STEPS = 2 };

struct team {
    const struct kernel *kernel;
    struct problem problem;
    struct board *board;
    struct ground ground;
    struct worker_ops ops;
    int spoiler; /* changes a number before the first step; or NOBODY */
};

struct mate {
    struct team *team;
    int rank, failed;
    struct outcome outcome;
    struct err err;
    pthread_t thread;
};

static void *no_peer(struct worker *w, int peer, void *mine)
{
    return peer == w->rank ? mine : NULL;
}

/* The first row of a stencil's block, or of a transpose's: whole numbers that
 * go up by one. */
static double *find_block(struct worker *w)
{
    double *at = (double *)w->arena->base;
    double *end = (double *)(w->arena->base + w->arena->used) - 3;

    while (at < end && !(at[0] >= 1 && at[0] < 1e6 && at[1] == at[0] + 1 &&
                         at[2] == at[0] + 2))
        at++;
    return at < end ? at : NULL;
}

static int mate_lives(struct mate *m, struct worker *w)
{
    const struct kernel *kernel = m->team->kernel;
    void *state;

    if (kernel->setup(w, &m->team->problem, &state, &m->err))
        return -1;
    kernel->reset(w, state);
    if (w->rank == m->team->spoiler)
        find_block(w)[5] += 0.5;
    w->ops->barrier(w);
    for (int i = 0; i < STEPS; i++) {
        if (kernel->step(w, state, &m->err))
            return -1;
    }
    w->ops->barrier(w);
    return kernel->verify(w, state, &m->outcome, &m->err);
}

static void *mate_run(void *arg)
{
    struct mate *m = arg;
    struct hand hand;

    m->failed =
        ground_hand(&m->team->ground, m->team->board, m->rank, &hand, &m->err);
    if (m->failed)
        return NULL;
    hand.worker.ops = &m->team->ops;
    m->failed = mate_lives(m, &hand.worker);
    return NULL;
}

static void set_param(struct team *team, const char *name, const char *value)
{
    struct err err;
    int row = param_find(team->kernel->params, name, &err), n;

    assert_true(row >= 0);
    assert_int_equal(param_parse(&team->kernel->params[row], value,
                                 &team->problem.value[row], 1, &n, &err),
                     0);
}

static void team_make(struct team *team, const char *kernel, const char *n)
{
    struct err err;

    *team = (struct team){.kernel = kernel_table[kernel_find(kernel, &err)],
                          .problem = {.mode = MODE_DIVIDE, .seed = 1},
                          .ops = shared_ops,
                          .spoiler = NOBODY};
    param_defaults(team->kernel->params, team->problem.value);
    set_param(team, "n", n);
}

/* Runs it, and returns how many workers found something wrong; where none did
 * all have one checksum, which goes to *sum. */
static int team_run(struct team *team, int workers, uint64_t *sum)
{
    struct mate *mate = calloc((size_t)workers, sizeof *mate);
    struct work work = {0};
    struct err err;
    int fd, wrong = 0;

    assert_int_equal(team->kernel->plan(&team->problem, workers, &work, &err),
                     0);
    assert_int_equal(board_create(&team->board, &fd, workers, &err), 0);
    team->board->workers = workers;
    team->board->arena_bytes = (size_t)work.arena + ARENA_SLACK;
    team->board->crowded = true;
    assert_int_equal(ground_open(&team->ground, team->board, false, &err), 0);
    for (int i = 0; i < workers; i++) {
        mate[i] = (struct mate){.team = team, .rank = i};
        assert_int_equal(
            pthread_create(&mate[i].thread, NULL, mate_run, &mate[i]), 0);
    }
    for (int i = 0; i < workers; i++) {
        pthread_join(mate[i].thread, NULL);
        wrong += mate[i].failed && mate[i].err.code == EXIT_WRONG;
        if (mate[i].failed && mate[i].err.code != EXIT_WRONG)
            fail_msg("%s", mate[i].err.text);
        assert_true(mate[i].outcome.checksum == mate[0].outcome.checksum);
    }
    *sum = mate[0].outcome.checksum;
    ground_close(&team->ground);
    board_close(team->board);
    close(fd);
    free(mate);
    return wrong;
}

/* One worker, and any number with memory in common or with messages, have the
 * same result. */
static void compare_teams(const char *kernel, const char *n, const char *name,
                          const char *value, int workers)
{
    uint64_t one, many;
    struct team team;

    team_make(&team, kernel, n);
    if (name)
        set_param(&team, name, value);
    assert_int_equal(team_run(&team, 1, &one), 0);
    assert_int_equal(team_run(&team, workers, &many), 0);
    assert_true(many == one);
    team.ops.peer = no_peer;
    assert_int_equal(team_run(&team, workers, &many), 0);
    assert_true(many == one);
}

static void stencil_on_any_grid(void **state)
{
    (void)state;
    compare_teams("stencil", "6", NULL, NULL, 9);
    compare_teams("stencil", "13", "radius", "3", 16);
    compare_teams("stencil", "17", "radius", "2", 8);
    compare_teams("stencil", "26", "radius", "4", 6);
    compare_teams("stencil", "131", "radius", "9", 7);
    compare_teams("stencil", "100", "radius", "3", 32);
}

static void transpose_of_any_shares(void **state)
{
    (void)state;
    compare_teams("transpose", "1", NULL, NULL, 2);
    compare_teams("transpose", "9", NULL, NULL, 5);
    compare_teams("transpose", "301", "tile", "7", 2);
    compare_teams("transpose", "523", NULL, NULL, 3);
    compare_teams("transpose", "401", "tile", "100", 7);
}

static void reduce_of_any_shares(void **state)
{
    (void)state;
    compare_teams("reduce", "1", "vectors", "1", 3);
    compare_teams("reduce", "1025", "vectors", "7", 5);
    compare_teams("reduce", "5000", "op", "max", 3);
    compare_teams("reduce", "3", "vectors", "70001", 2);
}

/* A strip of columns narrower than a block: the sweep takes several. */
static void stencil_in_strips(void **state)
{
    (void)state;
    assert_true(star_strip(30) < 700);
    compare_teams("stencil", "1401", "radius", "30", 2);
}

/* In the first row of worker 1, which its neighbour finds as well: in a column
 * that is worker 0's in a transpose. */
static void spoil(const char *kernel, bool sent)
{
    struct team team;
    uint64_t sum;

    team_make(&team, kernel, "29");
    team.spoiler = 1;
    if (sent)
        team.ops.peer = no_peer;
    assert_int_equal(team_run(&team, 3, &sum), 2);
}

static void a_spoilt_value_is_found(void **state)
{
    (void)state;
    spoil("stencil", false);
    spoil("stencil", true);
    spoil("transpose", false);
    spoil("transpose", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(star_equals_reference),
        cmocka_unit_test(star_of_a_plane),
        cmocka_unit_test(grids_are_sensible),
        cmocka_unit_test(grids_that_do_not_fit),
        cmocka_unit_test(flip_equals_plain),
        cmocka_unit_test(stencil_on_any_grid),
        cmocka_unit_test(stencil_in_strips),
        cmocka_unit_test(transpose_of_any_shares),
        cmocka_unit_test(reduce_of_any_shares),
        cmocka_unit_test(a_spoilt_value_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
