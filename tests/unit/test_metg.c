/* SPDX-License-Identifier: Apache-2.0 */
/* METG of sweeps whose overhead is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/verdict/metg.h"

enum { BLOCKS = 10, ROWS = 1000, WORKERS = 2, GRAINS = 12 };

struct sweep {
    struct comparison c[GRAINS];
    struct judgement j[GRAINS];
};

/* Tasks of `work_ns` each, every one of which costs `overhead_ns` more. */
static void add_cell(struct comparison *c, const char *executor, double work_ns,
                     double overhead_ns)
{
    struct cell *cell = &c->cell[c->cells++];

    cell->executor = executor;
    cell->workers = WORKERS;
    cell->startup_ns = 3000000;
    cell->teardown_ns = 1000000;
    for (int i = 0; i < BLOCKS; i++) {
        struct trial *trial = cell_add_trial(cell);

        trial->block = i;
        trial->repeats = 1;
        trial->ns = (uint64_t)(ROWS * (work_ns + overhead_ns)) + (uint64_t)i;
        trial->metric[0] = WORKERS * ROWS;
        for (int w = 0; w < WORKERS; w++)
            trial->span[w].end_ns = trial->ns;
    }
}

/* Grains of 16 ns and twice as much each. A flop takes a nanosecond. */
static void make_sweep(struct sweep *s, const char *pattern, double threads_ns,
                       double ranks_ns)
{
    for (int i = 0; i < GRAINS; i++) {
        struct comparison *c = &s->c[i];
        double work_ns = 16 << i;
        struct err err;

        *c = (struct comparison){.kernel = "tasks",
                                 .unit = "flop",
                                 .mode = "divide",
                                 .workers = WORKERS,
                                 .amount = WORKERS * ROWS * work_ns,
                                 .margin = 0.02,
                                 .blocks = BLOCKS,
                                 .metrics = 1,
                                 .metric = {{.name = "tasks", .unit = ""}}};
        snprintf(c->problem, sizeof c->problem, "pattern=%s grain=%d width=2",
                 pattern, 1 << i);
        add_cell(c, "threads", work_ns, threads_ns);
        add_cell(c, "ranks", work_ns, ranks_ns);
        assert_int_equal(verdict_judge(c, &s->j[i], &err), 0);
    }
}

static void free_sweep(struct sweep *s)
{
    for (int i = 0; i < GRAINS; i++)
        comparison_free(&s->c[i]);
}

static void within(double value, double wanted, double share)
{
    if (!(fabs(value / wanted - 1) <= share))
        fail_msg("%g is not %g within %g", value, wanted, share);
}

/* Half of the time is work where work takes as long as overhead, nine tenths
 * where it takes nine times as long. The line between two points of the sweep
 * is not quite straight. */
static void overhead_gives_metg(void **state)
{
    struct sweep s;
    struct metg *found;
    struct err err;
    int n;

    (void)state;
    make_sweep(&s, "stencil", 250, 1000);
    assert_int_equal(metg_find(s.c, s.j, GRAINS, &found, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_string_equal(found->problem, "pattern=stencil width=2");
    assert_int_equal(found->rows, 2);
    assert_string_equal(found->row[1].executor, "ranks");
    for (int i = 0; i < 2; i++) {
        double overhead = i ? 1000 : 250;
        struct metg_row *row = &found->row[i];

        assert_int_equal(row->points, GRAINS);
        assert_int_equal(row->at[METG_50].how, METG_FOUND);
        within(row->at[METG_50].ns, 2 * overhead, 0.05);
        within(row->at[METG_90].ns, 10 * overhead, 0.1);
        assert_true(row->at[METG_50].lo_ns <= row->at[METG_50].ns);
        assert_true(row->at[METG_50].hi_ns >= row->at[METG_50].ns);
        within(row->pays_ns, 4e6 + overhead, 0.01);
    }
    free(found);
    free_sweep(&s);
}

static void ends_of_the_sweep_are_said(void **state)
{
    struct sweep s;
    struct metg *found;
    struct err err;
    int n;

    (void)state;
    make_sweep(&s, "none", 1, 1e6);
    assert_int_equal(metg_find(s.c, s.j, GRAINS, &found, &n, &err), 0);
    assert_int_equal(found->row[0].at[METG_50].how, METG_BELOW);
    within(found->row[0].at[METG_50].ns, 17, 0.01);
    assert_int_equal(found->row[1].at[METG_50].how, METG_NEVER);
    free(found);
    free_sweep(&s);
}

static void sweeps_are_told_apart(void **state)
{
    struct sweep two[2];
    struct comparison c[2 * GRAINS];
    struct judgement j[2 * GRAINS];
    struct metg *found;
    struct err err;
    int n;

    (void)state;
    make_sweep(&two[0], "none", 100, 100);
    make_sweep(&two[1], "tree", 400, 400);
    for (int i = 0; i < 2 * GRAINS; i++) {
        c[i] = two[i % 2].c[i / 2];
        j[i] = two[i % 2].j[i / 2];
    }
    assert_int_equal(metg_find(c, j, 2 * GRAINS, &found, &n, &err), 0);
    assert_int_equal(n, 2);
    within(found[0].row[0].at[METG_50].ns, 200, 0.05);
    within(found[1].row[0].at[METG_50].ns, 800, 0.05);
    free(found);
    free_sweep(&two[0]);
    free_sweep(&two[1]);
}

/* Too few points, or a kernel that counts no tasks: nothing is said. */
static void what_is_no_sweep_gives_none(void **state)
{
    struct sweep s;
    struct metg *found;
    struct err err;
    int n;

    (void)state;
    make_sweep(&s, "none", 100, 100);
    assert_int_equal(metg_find(s.c, s.j, 2, &found, &n, &err), 0);
    assert_int_equal(n, 0);
    assert_null(found);
    for (int i = 0; i < GRAINS; i++)
        s.c[i].metric[0].name = "files";
    assert_int_equal(metg_find(s.c, s.j, GRAINS, &found, &n, &err), 0);
    assert_int_equal(n, 0);
    free_sweep(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overhead_gives_metg),
        cmocka_unit_test(ends_of_the_sweep_are_said),
        cmocka_unit_test(sweeps_are_told_apart),
        cmocka_unit_test(what_is_no_sweep_gives_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
