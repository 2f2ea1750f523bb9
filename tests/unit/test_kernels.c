/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels on one worker: the product against its oracle, and that every
 * kernel's verify finds what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rng.h"
#include "kernels/blas.h"
#include "kernels/kernel.h"

/* -- the product --------------------------------------------------------- */

static double *matrix(size_t rows, size_t stride, uint32_t stream)
{
    double *a = malloc((rows * stride + 1) * sizeof *a);

    assert_non_null(a);
    rng_fill(a, rows * stride, 1, stream, 0);
    return a;
}

static void compare_product(size_t m, size_t n, size_t k, double keep)
{
    size_t pad = 3;
    double *a = matrix(m, k + pad, 0), *b = matrix(k, n + pad, 1);
    double *c = matrix(m, n + pad, 2), *d = matrix(m, n + pad, 2);

    if (keep == 0 && m && n)
        c[0] = d[0] = NAN;
    blas_gemm(m, n, k, a, k + pad, b, n + pad, keep, c, n + pad);
    blas_reference_gemm(m, n, k, a, k + pad, b, n + pad, keep, d, n + pad);
    /* Sums of sixteen-bit fractions are exact, so the order does not matter;
     * and nothing outside the block may change. */
    assert_memory_equal(c, d, m * (n + pad) * sizeof *c);
    free(a);
    free(b);
    free(c);
    free(d);
}

static void product_equals_reference(void **state)
{
    static const size_t size[] = {1, 2, 5, 6, 7, 8, 9, 31, 97, 300};
    enum { SIZES = sizeof size / sizeof size[0] };

    (void)state;
    for (int i = 0; i < SIZES; i++) {
        for (int j = 0; j < SIZES; j++)
            compare_product(size[i], size[j], size[(i + 3 * j) % SIZES],
                            (i + j) % 2);
    }
}

static void product_of_nothing(void **state)
{
    (void)state;
    compare_product(0, 5, 5, 0);
    compare_product(5, 0, 5, 0);
    compare_product(5, 5, 0, 0);
    compare_product(5, 5, 0, 1);
}

static void blocks_are_sensible(void **state)
{
    struct blas_blocks blocks = blas_blocks();

    (void)state;
    assert_in_range(blocks.rows, 1, 64);
    assert_in_range(blocks.columns, 1, 64);
    assert_in_range(blocks.depth, 16, 4096);
}

/* -- kernels ------------------------------------------------------------- */

enum { PAGE = 4096 }; /* where arenas begin */

/* A worker of its own, on a small problem of one kernel. */
struct stage {
    const struct kernel *kernel;
    struct problem problem;
    struct work work;
    struct arena arena;
    uint64_t talk_ns, lock_ns;
    char scratch[64];
    struct globals globals;
    struct worker worker;
    void *state;
};

static int remove_one(const char *path, const struct stat *status, int flag,
                      struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    return remove(path);
}

static void stage_close(struct stage *s)
{
    nftw(s->scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(s->arena.base);
}

/* False for a kernel that makes no sense on one worker, and says so. */
static bool stage_open(struct stage *s, const char *name)
{
    struct worker bare = {.size = 1, .tasks = 1, .launcher = ""};
    struct err err = {0};
    int n;

    *s = (struct stage){.kernel = kernel_table[kernel_find(name, &err)]};
    s->problem.mode = MODE_REPLICATE;
    s->problem.seed = 1;
    param_defaults(s->kernel->params, s->problem.value);
    for (int i = 0; s->kernel->params[i].name; i++) {
        if (s->kernel->params[i].small)
            param_parse(&s->kernel->params[i], s->kernel->params[i].small,
                        &s->problem.value[i], 1, &n, &err);
    }
    assert_int_equal(s->kernel->plan(&s->problem, 1, &s->work, &err), 0);
    s->arena.bytes = (size_t)s->work.arena + ARENA_SLACK;
    s->arena.bytes += -s->arena.bytes % PAGE;
    s->arena.base = aligned_alloc(PAGE, s->arena.bytes);
    assert_non_null(s->arena.base);
    memset(s->arena.base, 0, s->arena.bytes);
    bare.arena = &s->arena;
    bare.talk_ns = &s->talk_ns;
    bare.globals = &s->globals;
    strcpy(s->scratch, "/tmp/drive-stage-XXXXXX");
    bare.scratch = mkdtemp(s->scratch);
    assert_non_null(bare.scratch);
    bare.lock_ns = &s->lock_ns;
    worker_alone(&s->worker, &bare);
    if (s->kernel->setup(&s->worker, &s->problem, &s->state, &err) == 0)
        return true;
    if (err.code != EXIT_ABSENT)
        fail_msg("%s", err.text);
    stage_close(s);
    return false;
}

static int stage_verify(struct stage *s, struct outcome *outcome)
{
    struct err err;

    return s->kernel->verify(&s->worker, s->state, outcome, &err);
}

static void every_kernel_verifies(void **state)
{
    (void)state;
    for (int i = 0; kernel_table[i]; i++) {
        struct outcome outcome;
        struct stage s;
        struct err err;

        if (kernel_table[i]->absent || !stage_open(&s, kernel_table[i]->name))
            continue;
        if (s.kernel->reset)
            s.kernel->reset(&s.worker, s.state);
        assert_int_equal(s.kernel->step(&s.worker, s.state, &err), 0);
        assert_int_equal(stage_verify(&s, &outcome), 0);
        assert_true(outcome.residual <= outcome.tolerance);
        stage_close(&s);
    }
}

/* The plan asked for enough, and not for far more, memory. */
static void every_plan_fits(void **state)
{
    (void)state;
    for (int i = 0; kernel_table[i]; i++) {
        struct stage s;

        if (kernel_table[i]->absent || !stage_open(&s, kernel_table[i]->name))
            continue;
        assert_true((double)s.arena.used <= s.work.arena + ARENA_SLACK);
        assert_true(s.work.amount > 0);
        stage_close(&s);
    }
}

static void a_step_left_out_is_found(void **state)
{
    (void)state;
    for (int i = 0; kernel_table[i]; i++) {
        struct outcome outcome;
        struct stage s;

        if (kernel_table[i]->absent || !stage_open(&s, kernel_table[i]->name))
            continue;
        s.kernel->reset(&s.worker, s.state);
        if (stage_verify(&s, &outcome) == 0)
            fail_msg("%s verifies what was not computed", s.kernel->name);
        stage_close(&s);
    }
}

/* Where the step wrote first: what differs from a copy of the arena. */
static double *first_written(const struct stage *s, const char *before)
{
    size_t at = 0;

    while (memcmp(s->arena.base + at, before + at, sizeof(double)) == 0)
        at += sizeof(double);
    return (double *)(s->arena.base + at);
}

static void one_wrong_element_is_found(void **state)
{
    struct outcome outcome;
    uint64_t right;
    struct stage s;
    struct err err;
    char *before;
    double *c;

    (void)state;
    assert_true(stage_open(&s, "matmul"));
    s.kernel->reset(&s.worker, s.state);
    before = malloc(s.arena.bytes);
    memcpy(before, s.arena.base, s.arena.bytes);
    s.kernel->step(&s.worker, s.state, &err);
    c = first_written(&s, before);
    assert_int_equal(stage_verify(&s, &outcome), 0);
    right = outcome.checksum;
    *c += 1e-6;
    assert_int_equal(stage_verify(&s, &outcome), -1);
    assert_true(outcome.residual > outcome.tolerance);
    assert_false(outcome.checksum == right);
    free(before);
    stage_close(&s);
}

static void names_are_found(void **state)
{
    struct err err;

    (void)state;
    assert_string_equal(kernel_table[kernel_find("triad", &err)]->name,
                        "triad");
    assert_int_equal(kernel_find("matmull", &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "'matmul'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_equals_reference),
        cmocka_unit_test(product_of_nothing),
        cmocka_unit_test(blocks_are_sensible),
        cmocka_unit_test(every_kernel_verifies),
        cmocka_unit_test(every_plan_fits),
        cmocka_unit_test(a_step_left_out_is_found),
        cmocka_unit_test(one_wrong_element_is_found),
        cmocka_unit_test(names_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
