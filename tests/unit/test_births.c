/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels that bring workers to life, as threads and as copies: what they
 * find, and that their checks find what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/kernel.h"

enum { TASKS = 6, ARENA = 1 << 16 };

/* A parent of TASKS workers. */
struct stage {
    const struct kernel *kernel;
    struct problem problem;
    struct globals globals;
    char room[ARENA], scratch[64];
    struct arena arena;
    struct worker worker;
    void *state;
    struct outcome outcome;
    struct err err;
};

static int stage_setup(struct stage *s, const char *name, enum birth birth,
                       const char *param, const char *value)
{
    const struct param *params;
    int n, row;

    memset(s, 0, sizeof *s);
    s->kernel = kernel_table[kernel_find(name, &s->err)];
    params = s->kernel->params;
    param_defaults(params, s->problem.value);
    for (int i = 0; params[i].name; i++) {
        if (params[i].small)
            param_parse(&params[i], params[i].small, &s->problem.value[i], 1,
                        &n, &s->err);
    }
    row = param_find(params, param, &s->err);
    assert_int_equal(param_parse(&params[row], value, &s->problem.value[row], 1,
                                 &n, &s->err),
                     0);
    strcpy(s->scratch, "/tmp/drive-births-XXXXXX");
    assert_non_null(mkdtemp(s->scratch));
    s->arena = (struct arena){.base = s->room, .bytes = sizeof s->room};
    s->worker = (struct worker){.size = 1,
                                .tasks = TASKS,
                                .birth = birth,
                                .launcher = "",
                                .scratch = s->scratch,
                                .globals = &s->globals,
                                .arena = &s->arena};
    return s->kernel->setup(&s->worker, &s->problem, &s->state, &s->err);
}

static void stage_run(struct stage *s)
{
    s->kernel->reset(&s->worker, s->state);
    if (s->kernel->step(&s->worker, s->state, &s->err))
        fail_msg("%s", s->err.text);
}

static int stage_verify(struct stage *s)
{
    return s->kernel->verify(&s->worker, s->state, &s->outcome, &s->err);
}

static void stage_close(struct stage *s)
{
    char command[128];

    snprintf(command, sizeof command, "rm -r %s", s->scratch);
    assert_int_equal(system(command), 0);
}

static double metric(const struct stage *s, const char *name)
{
    int i = 0;

    while (strcmp(s->kernel->metrics[i].name, name) != 0)
        i++;
    return s->outcome.metric[i];
}

/* Runs twice, for what one trial leaves must not change the next. */
static void succeed(struct stage *s, const char *kernel, enum birth birth,
                    const char *param, const char *value)
{
    if (stage_setup(s, kernel, birth, param, value))
        fail_msg("%s", s->err.text);
    for (int i = 0; i < 2; i++) {
        stage_run(s);
        if (stage_verify(s))
            fail_msg("%s: %s", kernel, s->err.text);
    }
}

static void refuse(const char *kernel, enum birth birth, const char *param,
                   const char *value, const char *word)
{
    struct stage s;

    assert_int_equal(stage_setup(&s, kernel, birth, param, value), -1);
    assert_int_equal(s.err.code, EXIT_ABSENT);
    if (!strstr(s.err.text, word))
        fail_msg("no '%s' in '%s'", word, s.err.text);
    stage_close(&s);
}

/* -- spawn
 * ---------------------------------------------------------------------- */

static void spawn_measures(enum birth birth, const char *method, double workers)
{
    struct stage s;

    succeed(&s, "spawn", birth, "method", method);
    assert_true(metric(&s, "create") > 0);
    assert_true(metric(&s, "ready") >= metric(&s, "create"));
    assert_true(metric(&s, "join") > 0);
    assert_true(metric(&s, "workers") == workers);
    assert_true(isnan(metric(&s, "init")));
    stage_close(&s);
}

static void spawn_by_every_method(void **state)
{
    (void)state;
    spawn_measures(BIRTH_CALL, "native", 1);
    spawn_measures(BIRTH_CLONE, "native", TASKS);
    spawn_measures(BIRTH_CLONE, "clone", TASKS);
    spawn_measures(BIRTH_CLONE, "pool", TASKS);
    spawn_measures(BIRTH_FORK, "native", TASKS);
    spawn_measures(BIRTH_FORK, "fork", TASKS);
    spawn_measures(BIRTH_FORK, "forkserver", TASKS);
    spawn_measures(BIRTH_FORK, "pool", TASKS);
}

static void methods_of_others_are_refused(void **state)
{
    (void)state;
    refuse("spawn", BIRTH_CALL, "method", "pool", "method=pool");
    refuse("spawn", BIRTH_CLONE, "method", "fork", "threads");
    refuse("spawn", BIRTH_FORK, "method", "clone", "processes");
    refuse("spawn", BIRTH_LAUNCH, "method", "pool", "ranks");
    refuse("spawn", BIRTH_LAUNCH, "method", "spawn", "ranks");
}

/* -- latebind
 * ------------------------------------------------------------------- */

static void sharers_read_the_last(void **state)
{
    struct stage s;

    (void)state;
    succeed(&s, "latebind", BIRTH_CLONE, "cure", "no");
    /* All of them, unless the machine slept through the hold in the loop. */
    assert_true(metric(&s, "last") >= 1);
    assert_true(metric(&s, "files") == metric(&s, "distinct"));
    stage_close(&s);
}

static void each_reads_its_own(enum birth birth, const char *cure)
{
    struct stage s;

    succeed(&s, "latebind", birth, "cure", cure);
    assert_true(metric(&s, "last") == 1);
    assert_true(metric(&s, "files") == TASKS);
    assert_true(metric(&s, "distinct") == TASKS);
    stage_close(&s);
}

static void copies_and_the_cured_read_their_own(void **state)
{
    (void)state;
    each_reads_its_own(BIRTH_CALL, "no");
    each_reads_its_own(BIRTH_CLONE, "yes");
    each_reads_its_own(BIRTH_FORK, "no");
    each_reads_its_own(BIRTH_FORK, "yes");
}

static void ranks_share_no_variable(void **state)
{
    (void)state;
    refuse("latebind", BIRTH_LAUNCH, "cure", "no", "no variable in common");
}

/* "FOLDER/latebind-PID/NAME" */
static char *file_of(const struct stage *s, const char *name, char *out,
                     size_t size)
{
    snprintf(out, size, "%s/latebind-%d/%s", s->scratch, (int)getpid(), name);
    return out;
}

static void a_file_lost_is_found_out(void **state)
{
    char path[128];
    struct stage s;

    (void)state;
    succeed(&s, "latebind", BIRTH_FORK, "cure", "no");
    assert_int_equal(unlink(file_of(&s, "3.txt", path, sizeof path)), 0);
    assert_int_equal(stage_verify(&s), -1);
    assert_non_null(strstr(s.err.text, "3 was read, but has no file"));
    stage_close(&s);
}

static void a_file_too_many_is_found_out(void **state)
{
    char path[128];
    struct stage s;
    FILE *file;

    (void)state;
    succeed(&s, "latebind", BIRTH_FORK, "cure", "no");
    file = fopen(file_of(&s, "odd.txt", path, sizeof path), "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(stage_verify(&s), -1);
    stage_close(&s);
}

/* -- footprint
 * ------------------------------------------------------------------- */

static void what_stays(enum birth birth, const char *task, double least,
                       double most)
{
    const double touched = TASKS * 0x1p21;
    struct stage s;

    succeed(&s, "footprint", birth, "task", task);
    assert_true(metric(&s, "rss_alive") >=
                (birth == BIRTH_CALL ? 0x1p21 : touched));
    assert_true(metric(&s, "pss_alive") > 0);
    if (!(metric(&s, "kept") >= least * touched &&
          metric(&s, "kept") <= most * touched))
        fail_msg("%s: %g bytes stayed of %g", task, metric(&s, "kept"),
                 touched);
    stage_close(&s);
}

static void leaks_stay_in_the_process(void **state)
{
    (void)state;
#ifdef SANITIZED
    skip(); /* its heap is another one */
#endif
    what_stays(BIRTH_CALL, "leak", 0.9, INFINITY);
    what_stays(BIRTH_CLONE, "leak", 0.9, INFINITY);
    what_stays(BIRTH_CLONE, "fragment", 0.45, INFINITY);
}

static void a_child_gives_all_back(void **state)
{
    (void)state;
    what_stays(BIRTH_FORK, "clean", -INFINITY, 0.2);
    what_stays(BIRTH_FORK, "leak", -INFINITY, 0.2);
    what_stays(BIRTH_FORK, "fragment", -INFINITY, 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spawn_by_every_method),
        cmocka_unit_test(methods_of_others_are_refused),
        cmocka_unit_test(sharers_read_the_last),
        cmocka_unit_test(copies_and_the_cured_read_their_own),
        cmocka_unit_test(ranks_share_no_variable),
        cmocka_unit_test(a_file_lost_is_found_out),
        cmocka_unit_test(a_file_too_many_is_found_out),
        cmocka_unit_test(leaks_stay_in_the_process),
        cmocka_unit_test(a_child_gives_all_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
