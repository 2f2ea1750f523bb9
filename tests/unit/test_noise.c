/* SPDX-License-Identifier: Apache-2.0 */
/* The noise floor: measured, kept, found again, and refused when it is not. */
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
#include <sys/stat.h>
#include <unistd.h>

#include "core/rng.h"
#include "results/record/noise.h"

static const char path[] = "results/aa-node12.json";

/* A folder of its own as the working directory. */
static int enter(void **state)
{
    char folder[] = "/tmp/drive-noise-XXXXXX";

    if (!mkdtemp(folder) || chdir(folder))
        return -1;
    *state = strdup(folder);
    return *state ? 0 : -1;
}

static int leave(void **state)
{
    int failed;

    unlink(path);
    unlink("other.json");
    rmdir("results");
    failed = chdir("/") || rmdir(*state);
    free(*state);
    return failed;
}

static struct noise sample(void)
{
    return (struct noise){.host = "node12.cluster",
                          .executor = "threads",
                          .kernel = "matmul",
                          .problem = "n=512 pages=base",
                          .workers = 12,
                          .labels = 3,
                          .blocks = 40,
                          .floor = 0.0125,
                          .half_width = 0.003,
                          .largest = -0.002,
                          .low = -0.0125,
                          .high = 0.001,
                          .pair = "A3 v A1"};
}

static void write_text(const char *text, size_t length)
{
    FILE *file;

    mkdir("results", 0777);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

/* Three labels of `blocks` trials each, with this noise. */
static void fill(struct comparison *c, int blocks, double noise)
{
    static const char *const label[] = {"A1", "A2", "A3"};

    *c = (struct comparison){.kernel = "matmul",
                             .unit = "flop",
                             .problem = "n=512",
                             .workers = 1,
                             .amount = 1,
                             .margin = 0.02,
                             .blocks = blocks,
                             .cells = 3};
    for (int i = 0; i < c->cells; i++) {
        double x[64];

        rng_fill(x, 64, 5, (uint32_t)i, 0);
        c->cell[i].executor = label[i];
        c->cell[i].workers = 1;
        for (int b = 0; b < blocks; b++) {
            struct trial *trial = cell_add_trial(&c->cell[i]);

            trial->block = b;
            trial->balance = 1;
            trial->ns = (uint64_t)(1e7 * (1 + noise * x[b]));
        }
    }
}

static int measure(int blocks, double noise, struct noise *out, struct err *err)
{
    struct comparison c;
    struct judgement j;
    int failed;

    fill(&c, blocks, noise);
    assert_int_equal(verdict_judge(&c, &j, err), 0);
    failed = noise_measure(&c, &j, out, err);
    comparison_free(&c);
    return failed;
}

static void the_farthest_end_is_the_floor(void **state)
{
    struct noise n;
    struct err err;

    (void)state;
    assert_int_equal(measure(30, 0.01, &n, &err), 0);
    assert_int_equal(n.labels, 3);
    assert_int_equal(n.blocks, 30);
    assert_true(n.floor > 0.001 && n.floor < 0.01);
    assert_true(n.floor >= fmax(fabs(n.low), fabs(n.high)));
    assert_true(n.half_width <= n.floor && n.half_width > 0);
    assert_true(n.low <= n.largest && n.largest <= n.high);
    assert_non_null(strstr(n.pair, " v A"));
}

static void too_few_or_too_noisy_is_no_floor(void **state)
{
    struct noise n;
    struct err err;

    (void)state;
    assert_int_equal(measure(6, 0.01, &n, &err), -1);
    assert_int_equal(err.code, EXIT_IMPRECISE);
    assert_non_null(strstr(err.text, "too few"));
    assert_int_equal(measure(12, 0.9, &n, &err), -1);
    assert_int_equal(err.code, EXIT_IMPRECISE);
    assert_non_null(strstr(err.text, "apart"));
}

static void what_is_kept_is_found(void **state)
{
    struct noise n = sample();
    struct noises back;
    struct err err;
    char name[NOISE_PATH];

    (void)state;
    assert_string_equal(noise_path(n.host, name, sizeof name), path);
    assert_string_equal(noise_path("../x y", name, sizeof name),
                        "results/aa-host.json");
    assert_int_equal(noise_read(path, n.host, &back, &err), 0);
    assert_int_equal(back.n, 0);
    assert_null(noise_find(&back, NULL, 0));
    assert_int_equal(noise_write(path, &n, &err), 0);
    n.blocks = 41;
    assert_int_equal(noise_write(path, &n, &err), 0);
    memset(&back, 0, sizeof back);
    assert_int_equal(noise_read(path, n.host, &back, &err), 0);
    assert_int_equal(back.n, 1);
    assert_int_equal(back.floor->blocks, 41);
    assert_true(back.floor->floor == n.floor && back.floor->low == n.low);
    assert_string_equal(back.floor->problem, n.problem);
    assert_string_equal(back.floor->host, n.host);
    assert_string_equal(back.floor->time, n.time);
    assert_int_equal(strlen(back.floor->time),
                     strlen("2026-09-28T14:12:03+0200"));
}

static void keep(const char *kernel, int workers, double floor)
{
    struct noise n = sample();
    struct err err;

    snprintf(n.kernel, sizeof n.kernel, "%s", kernel);
    n.workers = workers;
    n.floor = floor;
    assert_int_equal(noise_write(path, &n, &err), 0);
}

static double found(const char *kernel, int workers)
{
    struct noises all;
    struct err err;

    assert_int_equal(noise_read(path, sample().host, &all, &err), 0);
    return noise_find(&all, kernel, workers)->floor;
}

static void kernels_and_workers_have_floors_of_their_own(void **state)
{
    (void)state;
    keep("matmul", 2, 0.01);
    keep("matmul", 4, 0.03);
    keep("null", 2, 0.02);
    keep("null", 2, 0.04);
    keep("null", 3, 0.001);
    assert_true(found("matmul", 2) == 0.01);
    assert_true(found("matmul", 4) == 0.03);
    assert_true(found("matmul", 3) == 0.03);
    assert_true(found("null", 2) == 0.04);
    assert_true(found("null", 3) == 0.001);
    assert_true(found("null", 0) == 0.04);
    assert_true(found("triad", 2) == 0.04);
    assert_true(found(NULL, 0) == 0.04);
}

/* Of executors of one kernel the noisier one counts. */
static void executors_do_not_replace_each_other(void **state)
{
    struct noise n = sample();
    struct err err;

    (void)state;
    keep(n.kernel, n.workers, 0.03);
    snprintf(n.executor, sizeof n.executor, "another");
    n.floor = 0.002;
    assert_int_equal(noise_write(path, &n, &err), 0);
    assert_true(found(n.kernel, n.workers) == 0.03);
}

static void only_so_many_are_kept(void **state)
{
    struct noises all;
    struct err err;

    (void)state;
    for (int i = 1; i <= NOISE_KEPT + 2; i++)
        keep("null", i, 0.001 * i);
    assert_int_equal(noise_read(path, sample().host, &all, &err), 0);
    assert_int_equal(all.n, NOISE_KEPT);
    assert_int_equal(all.floor[0].workers, 3);
    assert_int_equal(all.floor[all.n - 1].workers, NOISE_KEPT + 2);
}

static void the_first_version_is_read(void **state)
{
    static const char old[] =
        "{\"t\":\"aa\",\"v\":1,\"host\":\"node12.cluster\",\"time\":"
        "\"2026-09-28T14:12:03+0200\",\"executor\":\"threads\",\"kernel\":"
        "\"matmul\",\"problem\":\"n=512\",\"workers\":2,\"labels\":3,"
        "\"blocks\":40,\"floor\":0.017,\"half_width\":0.01,\"largest\":"
        "0.005,\"low\":-0.001,\"high\":0.017,\"pair\":\"A2 v A1\"}";

    (void)state;
    mkdir("results", 0777);
    write_text(old, strlen(old));
    assert_true(found("matmul", 2) == 0.017);
    keep("null", 1, 0.001);
    assert_true(found("matmul", 2) == 0.017);
    assert_true(found("null", 1) == 0.001);
}

static void margins_below_it_are_raised(void **state)
{
    struct noise n = sample();
    const char *kernel = n.kernel;
    double margin = 0.005;
    char note[160];
    struct err err;

    (void)state;
    assert_int_equal(
        noise_raise(n.host, kernel, 2, &margin, note, sizeof note, &err), 0);
    assert_true(margin == 0.005 && !*note);
    assert_int_equal(noise_write(path, &n, &err), 0);
    assert_int_equal(
        noise_raise(n.host, kernel, 2, &margin, note, sizeof note, &err), 0);
    assert_true(margin == 0.0125);
    assert_non_null(strstr(note, "from 0.5 % to 1.2 %"));
    assert_non_null(strstr(note, kernel));
    margin = 0.02;
    assert_int_equal(
        noise_raise(n.host, kernel, 2, &margin, note, sizeof note, &err), 0);
    assert_true(margin == 0.02 && !*note);
}

static void refuse(const char *host)
{
    struct noises n = {.n = 7};
    struct err err = {0};

    assert_int_equal(noise_read(path, host, &n, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(n.n, 0);
}

static void what_is_none_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "{}",
                                      "[]",
                                      "null",
                                      "{\"t\":\"aa\"",
                                      "{\"t\":\"aa\",\"v\":3}",
                                      "{\"t\":\"aa\",\"v\":2,\"host\":"
                                      "\"node12.cluster\",\"floors\":[]}",
                                      "{\"t\":\"aa\",\"v\":2,\"host\":"
                                      "\"node12.cluster\",\"floors\":[{}]}",
                                      "\xff",
                                      "{\"t\":\"aa\",\"v\":1,\"floor\":0.001}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_text(bad[i], strlen(bad[i]));
        refuse("node12.cluster");
    }
}

/* Cut anywhere, with an absurd value, of another host, or far too long. */
static void what_was_one_is_refused(void **state)
{
    struct noise n = sample();
    char text[2048] = "", *at, *more;
    struct err err;
    size_t length;
    FILE *file;

    (void)state;
    assert_int_equal(noise_write(path, &n, &err), 0);
    refuse("node13");
    file = fopen(path, "r");
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    for (size_t cut = 0; cut + 2 < length; cut += 7) {
        write_text(text, cut);
        refuse(n.host);
    }
    at = strstr(text, "0.0125");
    assert_non_null(at);
    memcpy(at, "250000", 6);
    write_text(text, length);
    refuse(n.host);
    more = malloc(1 << 20);
    assert_non_null(more);
    memset(more, ' ', 1 << 20);
    write_text(more, 1 << 20);
    free(more);
    refuse(n.host);
}

/* Nobody may be told of half a file, nor find the leavings of one. */
static void a_place_that_cannot_be_written_is_named(void **state)
{
    struct noise n = sample();
    struct err err;

    (void)state;
    assert_int_equal(noise_write("nowhere/aa.json", &n, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "nowhere/aa.json"));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_farthest_end_is_the_floor),
        cmocka_unit_test(too_few_or_too_noisy_is_no_floor),
        IN_FOLDER(what_is_kept_is_found),
        IN_FOLDER(kernels_and_workers_have_floors_of_their_own),
        IN_FOLDER(executors_do_not_replace_each_other),
        IN_FOLDER(only_so_many_are_kept),
        IN_FOLDER(the_first_version_is_read),
        IN_FOLDER(margins_below_it_are_raised),
        IN_FOLDER(what_is_none_is_refused),
        IN_FOLDER(what_was_one_is_refused),
        IN_FOLDER(a_place_that_cannot_be_written_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
