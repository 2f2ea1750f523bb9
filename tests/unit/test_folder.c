/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders that are made to be removed: all that is in them goes, and nothing
 * else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/folder.h"

static const uint64_t second_ns = 1000000000;

static char path[FOLDER_PATH];
static struct err err;

static int make(void **state)
{
    (void)state;
    return folder_make("/tmp", "drive-unit", path, &err);
}

static int clear(void **state)
{
    (void)state;
    return folder_remove(path, second_ns, &err);
}

static void put(const char *name)
{
    char file[FOLDER_PATH + 16];
    int fd;

    snprintf(file, sizeof file, "%s/%s", path, name);
    fd = open(file, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void is_private_and_new(void **state)
{
    char other[FOLDER_PATH];
    struct stat status;

    (void)state;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(strncmp(path, "/tmp/drive-unit-", 16), 0);
    assert_int_equal(folder_make("/tmp", "drive-unit", other, &err), 0);
    assert_string_not_equal(path, other);
    assert_int_equal(folder_remove(other, 0, &err), 0);
    assert_int_equal(access(other, F_OK), -1);
}

static void goes_with_all_that_is_in_it(void **state)
{
    char deep[FOLDER_PATH + 16];

    (void)state;
    put("file");
    snprintf(deep, sizeof deep, "%s/a", path);
    assert_int_equal(mkdir(deep, 0700), 0);
    snprintf(deep, sizeof deep, "%s/a/b", path);
    assert_int_equal(mkdir(deep, 0700), 0);
    put("a/b/file");
    assert_int_equal(folder_remove(path, 0, &err), 0);
    assert_int_equal(access(path, F_OK), -1);
}

static void links_are_not_followed(void **state)
{
    char link[FOLDER_PATH + 16], other[FOLDER_PATH], kept[FOLDER_PATH + 16];

    (void)state;
    assert_int_equal(folder_make("/tmp", "drive-unit", other, &err), 0);
    snprintf(kept, sizeof kept, "%s/kept", other);
    close(open(kept, O_CREAT | O_WRONLY, 0600));
    snprintf(link, sizeof link, "%s/link", path);
    assert_int_equal(symlink(other, link), 0);
    assert_int_equal(folder_remove(path, 0, &err), 0);
    assert_int_equal(access(kept, F_OK), 0);
    assert_int_equal(folder_remove(other, 0, &err), 0);
}

/* Puts files there for as long as it lives. */
static pid_t writer(void)
{
    pid_t pid = fork();
    char file[FOLDER_PATH + 16];

    if (pid)
        return pid;
    for (int i = 0;; i++) {
        snprintf(file, sizeof file, "%s/%d", path, i);
        close(open(file, O_CREAT | O_WRONLY, 0600));
    }
}

static void goes_although_somebody_writes(void **state)
{
    pid_t pid = writer();

    (void)state;
    assert_int_equal(folder_remove(path, 20 * second_ns, &err), 0);
    assert_int_equal(access(path, F_OK), -1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void what_is_not_there_is_fine(void **state)
{
    (void)state;
    assert_int_equal(folder_remove("", 0, &err), 0);
    assert_int_equal(folder_remove("/tmp/drive-unit-missing", 0, &err), 0);
}

static void what_stays_is_told(void **state)
{
    (void)state;
    assert_int_equal(folder_remove("/proc/version", 0, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_non_null(strstr(err.text, "'/proc/version'"));
}

static void bad_homes_are_refused(void **state)
{
    char lengthy[2 * FOLDER_PATH], other[FOLDER_PATH];

    (void)state;
    assert_int_equal(folder_make("/nowhere", "x", other, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
    assert_non_null(strstr(err.text, "'/nowhere'"));
    assert_string_equal(other, "");
    memset(lengthy, 'x', sizeof lengthy);
    lengthy[sizeof lengthy - 1] = '\0';
    assert_int_equal(folder_make(lengthy, "x", other, &err), -1);
    assert_string_equal(other, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_private_and_new),        TEST(goes_with_all_that_is_in_it),
        TEST(links_are_not_followed),    TEST(goes_although_somebody_writes),
        TEST(what_is_not_there_is_fine), TEST(what_stays_is_told),
        TEST(bad_homes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
