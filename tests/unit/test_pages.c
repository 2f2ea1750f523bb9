/* SPDX-License-Identifier: Apache-2.0 */
/* What a process's memory lies on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/pages.h"

static struct page_use use_of(const char *text)
{
    char path[] = "/tmp/drive-pages-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    struct page_use use = {1, 1};

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    pages_read(path, &use);
    unlink(path);
    return use;
}

static void test_a_rollup(void **state)
{
    struct page_use use = use_of("5581-7ffe ---p 00000000 00:00 0 [rollup]\n"
                                 "Rss:                8192 kB\n"
                                 "Pss:                 717 kB\n"
                                 "Pss_Anon:            104 kB\n"
                                 "AnonHugePages:      2048 kB\n"
                                 "ShmemPmdMapped:     4096 kB\n"
                                 "FilePmdMapped:         4 kB\n"
                                 "Shared_Hugetlb:     9999 kB\n");

    (void)state;
    assert_int_equal(use.resident, 8192 * 1024);
    assert_int_equal(use.huge, 6148 * 1024);
}

static void test_what_is_not_there_is_nothing(void **state)
{
    struct page_use use = use_of("");

    (void)state;
    assert_true(use.resident == 0 && use.huge == 0);
    use = use_of("x\nRss:\nAnonHugePages: many\n");
    assert_true(use.resident == 0 && use.huge == 0);
    use = (struct page_use){1, 1};
    pages_read("/nonexistent", &use);
    assert_true(use.resident == 0 && use.huge == 0);
}

static void test_our_own(void **state)
{
    const char *path = "/proc/self/smaps_rollup";
    struct page_use use;

    (void)state;
    if (access(path, R_OK))
        skip();
    pages_read(path, &use);
    assert_true(use.resident > 100000 && use.huge <= use.resident);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rollup),
        cmocka_unit_test(test_what_is_not_there_is_nothing),
        cmocka_unit_test(test_our_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
