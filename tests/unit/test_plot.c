/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel plot: what its check finds, and that turns are taken: threads of one
 * process draw at once, forked processes do, and each has its own picture.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/kernel.h"

enum { TEAM = 4, STEPS = 3, PNG_MOST = 1 << 20, BYTES = 1 };

static char folder[32];

/* One worker; those of one process share `globals`. */
struct desk {
    const struct kernel *kernel;
    struct problem problem;
    struct work work;
    struct arena arena;
    uint64_t talk_ns, lock_ns;
    struct worker worker;
    void *state;
    struct outcome outcome;
    struct err err;
};

static void desk_open(struct desk *desk, int task, struct globals *globals)
{
    struct worker bare = {.size = 1, .scratch = folder, .task = task};

    *desk = (struct desk){.talk_ns = 0};
    desk->kernel = kernel_table[kernel_find("plot", &desk->err)];
    if (desk->kernel->absent)
        skip();
    desk->problem.seed = 1;
    param_defaults(desk->kernel->params, desk->problem.value);
    desk->kernel->plan(&desk->problem, 1, &desk->work, &desk->err);
    desk->arena.bytes = (size_t)desk->work.arena + ARENA_SLACK;
    desk->arena.base = calloc(1, desk->arena.bytes);
    bare.globals = globals;
    bare.arena = &desk->arena;
    bare.talk_ns = &desk->talk_ns;
    bare.lock_ns = &desk->lock_ns;
    worker_alone(&desk->worker, &bare);
}

static int desk_verify(struct desk *desk)
{
    return desk->kernel->verify(&desk->worker, desk->state, &desk->outcome,
                                &desk->err);
}

/* A worker's whole life; returns its checksum, 0 when anything failed. */
static uint64_t live(struct desk *desk)
{
    const struct kernel *kernel = desk->kernel;

    if (kernel->setup(&desk->worker, &desk->problem, &desk->state, &desk->err))
        return 0;
    for (int i = 0; i < STEPS; i++) {
        kernel->reset(&desk->worker, desk->state);
        if (kernel->step(&desk->worker, desk->state, &desk->err) ||
            desk_verify(desk))
            return 0;
    }
    return desk->outcome.checksum;
}

static int enter(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/drive-plot-XXXXXX");
    return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int leave(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") || system(command);
}

static void *live_in_thread(void *desk)
{
    return (void *)(uintptr_t)live(desk);
}

static void threads_take_turns(void **state)
{
    struct globals globals = {.parent = 0};
    struct desk desk[TEAM];
    pthread_t thread[TEAM];
    void *one, *other;

    (void)state;
    for (int i = 0; i < TEAM; i++)
        desk_open(&desk[i], i, &globals);
    for (int i = 0; i < TEAM; i++)
        pthread_create(&thread[i], NULL, live_in_thread, &desk[i]);
    pthread_join(thread[0], &one);
    assert_non_null(one);
    for (int i = 1; i < TEAM; i++) {
        pthread_join(thread[i], &other);
        assert_ptr_equal(one, other);
    }
    for (int i = 0; i < TEAM; i++)
        free(desk[i].arena.base);
    assert_int_equal(access("0_worker_class_test.png", R_OK), 0);
    assert_int_equal(access("3_worker_class_test.png", R_OK), 0);
}

static void forked_workers_draw(void **state)
{
    struct globals globals = {.parent = 0};
    struct desk desk;
    int status;

    (void)state;
    for (int i = 0; i < TEAM; i++) {
        desk_open(&desk, i, &globals);
        if (fork() == 0)
            _exit(live(&desk) == 0);
        free(desk.arena.base);
    }
    for (int i = 0; i < TEAM; i++) {
        wait(&status);
        assert_int_equal(status, 0);
    }
    assert_int_equal(access("3_worker_class_test.png", R_OK), 0);
}

/* Puts the first `bytes` of a picture there again, with one byte changed. */
static void put(const unsigned char *png, size_t bytes, size_t at, int value)
{
    FILE *file = fopen("0_worker_class_test.png", "w");

    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++)
        putc(i == at ? value : png[i], file);
    fclose(file);
}

static void finds(struct desk *desk, const char *fault)
{
    assert_int_equal(desk_verify(desk), -1);
    assert_int_equal(desk->err.code, EXIT_WRONG);
    if (!strstr(desk->err.text, fault))
        fail_msg("no '%s' in: %s", fault, desk->err.text);
}

static void bad_pictures_are_found(void **state)
{
    unsigned char *png = malloc(PNG_MOST);
    struct globals globals = {.parent = 0};
    struct desk desk;
    size_t bytes;
    FILE *file;

    (void)state;
    desk_open(&desk, 0, &globals);
    assert_true(live(&desk) != 0);
    file = fopen("0_worker_class_test.png", "r");
    assert_non_null(file);
    bytes = fread(png, 1, PNG_MOST, file);
    fclose(file);
    assert_true(desk.outcome.metric[BYTES] == (double)bytes);

    put(png, bytes, bytes, 0);
    assert_int_equal(desk_verify(&desk), 0);
    put(png, bytes, 1, 'X');
    finds(&desk, "is no PNG");
    put(png, 20, bytes, 0);
    finds(&desk, "is no PNG");
    put(png, 0, bytes, 0);
    finds(&desk, "is no PNG");
    put(png, bytes, 19, 33); /* width */
    finds(&desk, "wrong size");
    put(png, bytes, 23, 33); /* height */
    finds(&desk, "wrong size");
    put(png, bytes - 1, bytes, 0);
    finds(&desk, "cut off");
    put(png, bytes / 2, bytes, 0);
    finds(&desk, "cut off");
    put(png, bytes, 33, 0xff); /* length of the second chunk */
    finds(&desk, "cut off");
    memcpy(png + 33, png + bytes - 12, 12); /* header, end, nothing between */
    put(png, 33 + 12, bytes, 0);
    finds(&desk, "blank page");
    unlink("0_worker_class_test.png");
    finds(&desk, "cannot be read");
    free(png);
    free(desk.arena.base);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(forked_workers_draw), /* before a thread was */
        TEST(threads_take_turns),
        TEST(bad_pictures_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
