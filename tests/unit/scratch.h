/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of its own for each test, and records in it.
 */
#ifndef DRIVE_TESTS_UNIT_SCRATCH_H
#define DRIVE_TESTS_UNIT_SCRATCH_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "results/record/write.h"

/* Each test has a folder of its own as the working directory. */
static char folder[64];

static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/drive-record-XXXXXX");
    return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

/* Where DRIVE_RECORDS says, a test's record is kept for the validation of
 * tests/schema. */
static int keep_record(void)
{
    static int number;
    const char *keep = getenv("DRIVE_RECORDS");
    char command[512];

    if (!keep || access("a.jsonl", R_OK))
        return 0;
    snprintf(command, sizeof command, "cp a.jsonl '%s/%s-%d.jsonl'", keep,
             program_invocation_short_name, number++);
    return system(command);
}

static int leave_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return keep_record() || chdir("/") || system(command);
}

__attribute__((unused)) static char *slurp(const char *path, size_t *length)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 22);

    assert_non_null(file);
    assert_non_null(text);
    *length = fread(text, 1, (1 << 22) - 1, file);
    fclose(file);
    return text;
}

/* All lines of a file, each parsed alone, as an array. */
__attribute__((unused)) static json_t *parse_lines(const char *path)
{
    size_t length;
    char *text = slurp(path, &length), *rest = text, *line;
    json_t *all = json_array();

    assert_true(length > 0 && text[length - 1] == '\n');
    text[length - 1] = '\0';
    while ((line = strsep(&rest, "\n"))) {
        json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        assert_true(json_is_object(value));
        json_array_append_new(all, value);
    }
    free(text);
    return all;
}

static struct run_info info_of(const struct environment *env)
{
    static const struct timer timer = {30, 10};

    return (struct run_info){.command_line = "drive null -n 2",
                             .kernel = "null",
                             .seed = UINT64_MAX,
                             .precision = 0.01,
                             .margin = 0.02,
                             .budget_s = 60,
                             .warmups = 1,
                             .least_blocks = 10,
                             .environment = env,
                             .timer = &timer,
                             .region_ns = 1000,
                             .mpi = ""};
}

__attribute__((unused)) static struct writer *opened(const char *path)
{
    struct run_info info = info_of(NULL);
    struct writer *w = NULL;
    struct err err = {0};

    if (writer_open(&w, path, &info, &err))
        fail_msg("%s", err.text);
    return w;
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

#endif
