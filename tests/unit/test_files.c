/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of records: which files are visited, in which order, and what is made
 * of those that are no records.
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
#include <unistd.h>

#include "results/record/files.h"
#include "tests/unit/scratch.h"

/* A visitor to whom empty files are no records, and "full" ones a disaster. */
struct seen {
    char paths[200];
    char **text;
    size_t n, room;
};

static int look(void *arg, const char *path, struct err *err)
{
    struct seen *seen = arg;
    struct stat status;

    if (stat(path, &status) || status.st_size == 0)
        return err_set(err, EXIT_USAGE, "%s: no record", path);
    if (strstr(path, "full"))
        return err_set(err, EXIT_RESOURCE, "%s: full", path);
    strcat(strcat(seen->paths, path), " ");
    return 0;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int visit(const char *path, struct seen *seen, struct err *err)
{
    return files_visit(path, (struct files_visit){seen, look},
                       (struct files_skips){&seen->text, &seen->n, &seen->room},
                       err);
}

static void forget(struct seen *seen)
{
    for (size_t i = 0; i < seen->n; i++)
        free(seen->text[i]);
    free(seen->text);
    *seen = (struct seen){.n = 0};
}

static void test_by_name_without_what_is_no_record(void **state)
{
    struct seen seen = {.n = 0};
    struct err err;

    (void)state;
    assert_int_equal(mkdir("some", 0777), 0);
    put("some/r10.jsonl", "x");
    put("some/r9.jsonl", "x");
    put("some/empty.jsonl", "");
    put("some/.hidden.jsonl", "x");
    put("some/.jsonl", "x");
    put("some/notes.txt", "x");
    assert_int_equal(visit("some", &seen, &err), 0);
    assert_string_equal(seen.paths, "some/r9.jsonl some/r10.jsonl ");
    assert_int_equal(seen.n, 1);
    assert_string_equal(seen.text[0], "some/empty.jsonl: no record");
    forget(&seen);
}

static void test_one_file_is_visited_as_it_is(void **state)
{
    struct seen seen = {.n = 0};
    struct err err;

    (void)state;
    put("any.txt", "x");
    put("none.jsonl", "");
    assert_int_equal(visit("any.txt", &seen, &err), 0);
    assert_string_equal(seen.paths, "any.txt ");
    assert_int_equal(visit("none.jsonl", &seen, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_int_equal(seen.n, 0);
}

static void test_other_failures_end_it(void **state)
{
    struct seen seen = {.n = 0};
    struct err err;

    (void)state;
    assert_int_equal(mkdir("bad", 0777), 0);
    put("bad/a.jsonl", "x");
    put("bad/full.jsonl", "x");
    put("bad/z.jsonl", "x");
    assert_int_equal(visit("bad", &seen, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_string_equal(err.text, "bad/full.jsonl: full");
    assert_string_equal(seen.paths, "bad/a.jsonl ");
}

static void test_a_folder_without_records_is_refused(void **state)
{
    struct seen seen = {.n = 0};
    struct err err;

    (void)state;
    assert_int_equal(mkdir("poor", 0777), 0);
    put("poor/a.jsonl", "");
    assert_int_equal(visit("poor", &seen, &err), -1);
    assert_non_null(strstr(err.text, "'poor' has no record: poor/a.jsonl: no"));
    /* What was skipped before is not this one's reason. */
    assert_int_equal(mkdir("void", 0777), 0);
    assert_int_equal(visit("void", &seen, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "'void' has no record: no file *.jsonl"));
    forget(&seen);
}

static void test_more_skips_than_there_was_room_for(void **state)
{
    struct seen seen = {.n = 0};
    struct err err;
    char path[32];

    (void)state;
    assert_int_equal(mkdir("many", 0777), 0);
    put("many/x.jsonl", "x");
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "many/%d.jsonl", i);
        put(path, "");
    }
    assert_int_equal(visit("many", &seen, &err), 0);
    assert_int_equal(seen.n, 40);
    assert_string_equal(seen.text[39], "many/39.jsonl: no record");
    forget(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_by_name_without_what_is_no_record),
        TEST(test_one_file_is_visited_as_it_is),
        TEST(test_other_failures_end_it),
        TEST(test_a_folder_without_records_is_refused),
        TEST(test_more_skips_than_there_was_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
