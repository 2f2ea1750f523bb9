/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel io on files of every kind: what its plan refuses, what its check
 * finds, and that it leaves alone what is not its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/kernel.h"

enum { BYTES, FILE_OF_USER, HOLD, SYNC, LINES = 3, ROOM = 4 << 20 };

static char folder[32];

/* One worker on one problem; its scratch folder is the test's. */
struct desk {
    const struct kernel *kernel;
    struct problem problem;
    struct work work;
    struct arena arena;
    uint64_t talk_ns, lock_ns;
    struct worker worker;
    struct io *state;
    struct outcome outcome;
    struct err err;
};

static int enter(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    struct worker bare = {.size = 1, .scratch = folder};

    strcpy(folder, "/tmp/drive-io-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    desk->kernel = kernel_table[kernel_find("io", &desk->err)];
    desk->problem.seed = 1;
    param_defaults(desk->kernel->params, desk->problem.value);
    desk->problem.value[HOLD].real = 0;
    desk->problem.value[BYTES].count = 10000;
    desk->arena = (struct arena){.base = malloc(ROOM), .bytes = ROOM};
    bare.arena = &desk->arena;
    bare.talk_ns = &desk->talk_ns;
    bare.lock_ns = &desk->lock_ns;
    worker_alone(&desk->worker, &bare);
    *state = desk;
    return 0;
}

static int leave(void **state)
{
    struct desk *desk = *state;
    char command[64];

    snprintf(command, sizeof command, "rm -r %s", folder);
    free(desk->arena.base);
    free(desk);
    return chdir("/") || system(command);
}

static void put(const char *path, const char *text, size_t bytes)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    fclose(file);
}

static size_t get(const char *path, char *text)
{
    FILE *file = fopen(path, "r");
    size_t got;

    assert_non_null(file);
    got = fread(text, 1, ROOM, file);
    fclose(file);
    return got;
}

static void name(struct desk *desk, const char *path)
{
    strcpy(desk->problem.value[FILE_OF_USER].text, path);
}

static int plan(struct desk *desk)
{
    return desk->kernel->plan(&desk->problem, 1, &desk->work, &desk->err);
}

static int setup(struct desk *desk)
{
    desk->arena.used = 0;
    return desk->kernel->setup(&desk->worker, &desk->problem,
                               (void **)&desk->state, &desk->err);
}

static int verify(struct desk *desk)
{
    return desk->kernel->verify(&desk->worker, desk->state, &desk->outcome,
                                &desk->err);
}

/* setup, reset, step */
static void run(struct desk *desk)
{
    if (plan(desk) || setup(desk))
        fail_msg("%s", desk->err.text);
    desk->kernel->reset(&desk->worker, desk->state);
    if (desk->kernel->step(&desk->worker, desk->state, &desk->err))
        fail_msg("%s", desk->err.text);
}

/* Text of a file of the user's goes through unchanged, in so many lines. */
static void copies(struct desk *desk, const char *text, size_t bytes, int lines)
{
    char *copy = malloc(ROOM);

    put("mine.txt", text, bytes);
    name(desk, "mine.txt");
    run(desk);
    if (verify(desk))
        fail_msg("%s", desk->err.text);
    assert_true(desk->outcome.metric[LINES] == lines);
    assert_int_equal(get("test_0.txt", copy), bytes);
    assert_memory_equal(copy, text, bytes);
    assert_int_equal(get("mine.txt", copy), bytes);
    assert_memory_equal(copy, text, bytes);
    free(copy);
}

/* -- data ---------------------------------------------------------------- */

static void the_source_is_text_of_that_size(void **state)
{
    static const int64_t sizes[] = {1, 2, 17, 18, 4096, 1000003};
    struct desk *desk = *state;
    char *text = malloc(ROOM), path[64];

    for (int i = 0; i < 6; i++) {
        desk->problem.value[BYTES].count = sizes[i];
        run(desk);
        assert_int_equal(verify(desk), 0);
        snprintf(path, sizeof path, "source_%ld.txt", sizes[i]);
        assert_int_equal(get(path, text), sizes[i]);
        assert_int_equal(text[sizes[i] - 1], '\n');
        assert_null(memchr(text, '\0', (size_t)sizes[i]));
    }
    free(text);
}

static void the_seed_decides(void **state)
{
    struct desk *desk = *state;
    uint64_t one;

    run(desk);
    assert_int_equal(verify(desk), 0);
    one = desk->outcome.checksum;
    unlink("source_10000.txt");
    run(desk);
    assert_int_equal(verify(desk), 0);
    assert_true(desk->outcome.checksum == one && one != 0);
    unlink("source_10000.txt");
    desk->problem.seed = 2;
    run(desk);
    assert_int_equal(verify(desk), 0);
    assert_false(desk->outcome.checksum == one);
}

static void many_make_one_source(void **state)
{
    enum { WORKERS = 8 };
    struct desk *desk = *state;
    int status;

    desk->problem.value[BYTES].count = 1000000;
    for (int i = 0; i < WORKERS; i++) {
        if (fork())
            continue;
        desk->worker.task = i;
        if (!setup(desk) &&
            !desk->kernel->step(&desk->worker, desk->state, &desk->err) &&
            !verify(desk) && desk->state)
            _exit(0);
        _exit(1);
    }
    for (int i = 0; i < WORKERS; i++) {
        wait(&status);
        assert_int_equal(status, 0);
    }
    assert_int_equal(access("test_7.txt", R_OK), 0);
}

static void half_a_source_is_made_anew(void **state)
{
    struct desk *desk = *state;
    uint64_t right;

    run(desk);
    assert_int_equal(verify(desk), 0);
    right = desk->outcome.checksum;
    assert_int_equal(truncate("source_10000.txt", 5000), 0);
    run(desk);
    assert_int_equal(verify(desk), 0);
    assert_true(desk->outcome.checksum == right);
}

static void lines_of_all_kinds(void **state)
{
    struct desk *desk = *state;
    char *lengthy = malloc(300001);

    memset(lengthy, 'x', 300001);
    lengthy[300000] = '\n';
    copies(desk, "one\ntwo\n", 8, 2);
    copies(desk, "one\ntwo", 7, 2);
    copies(desk, "\n\n\n", 3, 3);
    copies(desk, "x", 1, 1);
    copies(desk, "a\r\nb\r\n\xff\xfe\n", 9, 3);
    copies(desk, lengthy, 300001, 1);
    copies(desk, lengthy, 300000, 1);
    free(lengthy);
}

/* -- what is refused ----------------------------------------------------- */

static void refuses(struct desk *desk, const char *path, const char *why)
{
    name(desk, path);
    assert_int_equal(plan(desk), -1);
    assert_int_equal(desk->err.code, EXIT_USAGE);
    if (!strstr(desk->err.text, path) || !strstr(desk->err.text, why))
        fail_msg("no '%s' and '%s' in: %s", path, why, desk->err.text);
}

static void bad_sources_are_refused(void **state)
{
    struct desk *desk = *state;

    put("empty.txt", "", 0);
    put("binary.txt", "text\0more\n", 10);
    assert_int_equal(mkfifo("pipe.txt", 0600), 0);
    refuses(desk, "missing.txt", "No such file");
    refuses(desk, "empty.txt", "empty");
    refuses(desk, "/tmp", "directory");
    refuses(desk, "pipe.txt", "no regular file");
    refuses(desk, "/dev/zero", "no regular file");
    refuses(desk, "binary.txt", "NUL");
}

static void a_late_nul_is_found_in_setup(void **state)
{
    struct desk *desk = *state;
    char *text = malloc(2 << 20);

    memset(text, '\n', 2 << 20);
    text[(2 << 20) - 1] = '\0';
    put("late.txt", text, 2 << 20);
    name(desk, "late.txt");
    assert_int_equal(plan(desk), 0);
    assert_int_equal(setup(desk), -1);
    assert_int_equal(desk->err.code, EXIT_USAGE);
    assert_non_null(strstr(desk->err.text, "NUL"));
    free(text);
}

static void a_plan_counts_the_users_bytes(void **state)
{
    struct desk *desk = *state;

    put("mine.txt", "four\n", 5);
    name(desk, "mine.txt");
    assert_int_equal(plan(desk), 0);
    assert_true(desk->work.memory < 8000);
    name(desk, "");
    assert_int_equal(plan(desk), 0);
    assert_true(desk->work.memory > 10000);
    assert_null(fopen("source_10000.txt", "r")); /* it makes nothing */
}

/* -- what is found ------------------------------------------------------- */

static void is_wrong(struct desk *desk)
{
    assert_int_equal(verify(desk), -1);
    assert_int_equal(desk->err.code, EXIT_WRONG);
    assert_non_null(strstr(desk->err.text, "test_0.txt"));
}

static void bad_copies_are_found(void **state)
{
    struct desk *desk = *state;

    put("mine.txt", "one\ntwo\n", 8);
    name(desk, "mine.txt");
    run(desk);
    assert_int_equal(verify(desk), 0);
    put("test_0.txt", "one\ntwo", 7);
    is_wrong(desk);
    put("test_0.txt", "two\none\n", 8);
    is_wrong(desk);
    put("test_0.txt", "one\ntwo\n\n", 9);
    is_wrong(desk);
    put("test_0.txt", "one\ntwo\n", 8);
    assert_int_equal(verify(desk), 0);
    unlink("test_0.txt");
    is_wrong(desk);
}

static void a_source_that_changes_is_found(void **state)
{
    static const char *const later[] = {"one\nTWO\n", "one\n"};
    struct desk *desk = *state;

    for (int i = 0; i < 2; i++) {
        put("mine.txt", "one\ntwo\n", 8);
        name(desk, "mine.txt");
        run(desk);
        put("mine.txt", later[i], strlen(later[i]));
        desk->kernel->step(&desk->worker, desk->state, &desk->err);
        is_wrong(desk);
    }
}

static void reset_takes_its_own_copy_away(void **state)
{
    struct desk *desk = *state;

    put("test_1.txt", "another's\n", 10);
    run(desk);
    assert_int_equal(access("test_0.txt", F_OK), 0);
    desk->kernel->reset(&desk->worker, desk->state);
    assert_int_equal(access("test_0.txt", F_OK), -1);
    assert_int_equal(access("test_1.txt", F_OK), 0);
    assert_int_equal(access("source_10000.txt", F_OK), 0);
}

static void a_copy_that_cannot_be_written_fails(void **state)
{
    struct desk *desk = *state;

    run(desk);
    unlink("test_0.txt");
    assert_int_equal(mkdir("test_0.txt", 0700), 0);
    assert_int_equal(desk->kernel->step(&desk->worker, desk->state, &desk->err),
                     -1);
    assert_int_equal(desk->err.code, EXIT_RESOURCE);
    assert_non_null(strstr(desk->err.text, "test_0.txt': Is a directory"));
    rmdir("test_0.txt");
    assert_int_equal(symlink("/dev/full", "test_0.txt"), 0);
    assert_int_equal(desk->kernel->step(&desk->worker, desk->state, &desk->err),
                     -1);
    assert_non_null(strstr(desk->err.text, "No space left"));
    assert_int_equal(access("test_0.txt", F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_source_is_text_of_that_size),
        TEST(the_seed_decides),
        TEST(many_make_one_source),
        TEST(half_a_source_is_made_anew),
        TEST(lines_of_all_kinds),
        TEST(bad_sources_are_refused),
        TEST(a_late_nul_is_found_in_setup),
        TEST(a_plan_counts_the_users_bytes),
        TEST(bad_copies_are_found),
        TEST(a_source_that_changes_is_found),
        TEST(reset_takes_its_own_copy_away),
        TEST(a_copy_that_cannot_be_written_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
