/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/write.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

static off_t size_of(const char *path)
{
    struct stat stat_;

    assert_int_equal(stat(path, &stat_), 0);
    return stat_.st_size;
}

static void test_existing_file_is_refused(void **state)
{
    struct run_info info = info_of(NULL);
    struct writer *w = NULL;
    struct err err = {0};
    size_t length;
    char *text;
    FILE *file = fopen("mine.jsonl", "w");

    (void)state;
    fputs("precious", file);
    fclose(file);
    assert_int_equal(writer_open(&w, "mine.jsonl", &info, &err), -1);
    assert_null(w);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "'mine.jsonl'"));
    assert_non_null(strstr(err.text, "-o"));
    text = slurp("mine.jsonl", &length);
    assert_string_equal(text, "precious");
    free(text);
}

static void test_place_that_cannot_be_written(void **state)
{
    struct run_info info = info_of(NULL);
    struct writer *w = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(writer_open(&w, "no/such/a.jsonl", &info, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "'no/such/a.jsonl'"));
    assert_non_null(strstr(err.text, strerror(ENOENT)));
    assert_int_equal(writer_open(&w, "", &info, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
}

static void test_default_name(void **state)
{
    struct environment env = {0};
    struct run_info info = info_of(&env);
    struct writer *w;
    struct err err;
    char expected[64];
    const char *path;

    (void)state;
    environment_clear(&env);
    strcpy(env.host, "no de/12.example.org");
    info.kernel = "./lib/mine.so";
    assert_int_equal(writer_open(&w, NULL, &info, &err), 0);
    path = writer_path(w);
    assert_int_equal(access(path, R_OK), 0);
    assert_ptr_equal(strstr(path, "results/mine.so-no_de_12-2"), path);
    snprintf(expected, sizeof expected, "-%.8s.jsonl", writer_run(w));
    assert_string_equal(path + strlen(path) - strlen(expected), expected);
    writer_discard(w);
    assert_int_equal(access("results", F_OK), -1);
}

static void test_discard_leaves_others_alone(void **state)
{
    struct run_info info = info_of(NULL);
    struct writer *w;
    struct err err;
    char path[256];

    (void)state;
    assert_int_equal(mkdir("results", 0777), 0);
    assert_int_equal(writer_open(&w, NULL, &info, &err), 0);
    snprintf(path, sizeof path, "%s", writer_path(w));
    writer_discard(w);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access("results", F_OK), 0);
    writer_discard(NULL);
    assert_int_equal(writer_close(NULL, "complete", &err), 0);
}

static void test_folder_that_is_a_file(void **state)
{
    struct run_info info = info_of(NULL);
    struct writer *w;
    struct err err = {0};

    (void)state;
    fclose(fopen("results", "w"));
    assert_int_equal(writer_open(&w, NULL, &info, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "results"));
}

static void limit_files(rlim_t size)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit on the size of files stands for a disk that is full. */
static void test_full_disk(void **state)
{
    struct writer *w = opened("a.jsonl");
    struct comparison c;
    struct err err = {0}, again = {0};
    off_t size = size_of("a.jsonl");

    (void)state;
    sample_make(&c, 2, "n=1024");
    limit_files((rlim_t)size + 100);
    assert_int_equal(writer_plan(w, &c, &err), -1);
    limit_files(RLIM_INFINITY);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_non_null(strstr(err.text, "'a.jsonl'"));
    assert_int_equal(size_of("a.jsonl"), size);
    /* There is room again, but a line is missing: it stays an error. */
    assert_int_equal(
        writer_trial(w, &c, &c.cell[0], &c.cell[0].trial[0], &again), -1);
    assert_string_equal(again.text, err.text);
    assert_int_equal(writer_block(w, &again), -1);
    assert_int_equal(writer_close(w, "complete", &again), -1);
    assert_int_equal(again.code, EXIT_RESOURCE);
    assert_int_equal(size_of("a.jsonl"), size);
    json_decref(parse_lines("a.jsonl"));
    comparison_free(&c);
}

static void test_disk_full_from_the_start(void **state)
{
    struct run_info info = info_of(NULL);
    struct writer *w = NULL;
    struct err err = {0};

    (void)state;
    limit_files(100);
    assert_int_equal(writer_open(&w, "a.jsonl", &info, &err), -1);
    limit_files(RLIM_INFINITY);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_null(w);
    assert_int_equal(access("a.jsonl", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_existing_file_is_refused),
        TEST(test_place_that_cannot_be_written),
        TEST(test_default_name),
        TEST(test_discard_leaves_others_alone),
        TEST(test_folder_that_is_a_file),
        TEST(test_full_disk),
        TEST(test_disk_full_from_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
