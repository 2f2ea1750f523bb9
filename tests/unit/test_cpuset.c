/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpuset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct cpuset parsed(const char *text)
{
    struct cpuset set;
    struct err err;

    assert_int_equal(cpuset_parse(&set, text, &err), 0);
    return set;
}

static void assert_format(const struct cpuset *set, const char *expected)
{
    char text[256];

    assert_ptr_equal(cpuset_format(set, text, sizeof text), text);
    assert_string_equal(text, expected);
}

static void test_add_keeps_to_its_range(void **state)
{
    struct cpuset set = {{0}};

    (void)state;
    cpuset_add(&set, 0);
    cpuset_add(&set, 63);
    cpuset_add(&set, 64);
    cpuset_add(&set, 64);
    cpuset_add(&set, CPUSET_MAX - 1);
    cpuset_add(&set, CPUSET_MAX);
    cpuset_add(&set, -1);
    assert_int_equal(cpuset_count(&set), 4);
    assert_true(cpuset_has(&set, 63));
    assert_true(cpuset_has(&set, CPUSET_MAX - 1));
    assert_false(cpuset_has(&set, 62));
    assert_false(cpuset_has(&set, 65));
    assert_false(cpuset_has(&set, -1));
    assert_false(cpuset_has(&set, CPUSET_MAX));
    assert_format(&set, "0,63-64,4095");
}

static void test_union(void **state)
{
    struct cpuset set = parsed("0-3,100"), other = parsed("2-5,4095");

    (void)state;
    cpuset_union(&set, &other);
    assert_format(&set, "0-5,100,4095");
    assert_format(&other, "2-5,4095");
}

static void test_text_goes_round(void **state)
{
    static const char *const texts[] = {
        "0", "0-3,8", "5", "62-65", "0,2,4,6", "0-4095", "4095", "127-128,4000",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct cpuset set = parsed(texts[i]);

        assert_format(&set, texts[i]);
    }
    assert_format(&(struct cpuset){{0}}, "");
}

static void test_parse_brings_into_order(void **state)
{
    struct cpuset set = parsed("8,3,0-2,2,08");

    (void)state;
    assert_format(&set, "0-3,8");
}

static void test_parse_refuses_and_quotes(void **state)
{
    static const char *const texts[] = {
        "",
        ",",
        "0,",
        ",0",
        "0,,1",
        "0-",
        "-1",
        "3-1",
        " 0",
        "0 ",
        "0-3x",
        "x",
        "+1",
        "0--1",
        "1-2-3",
        "0x1",
        "4096",
        "0-4096",
        "99999999999999999999",
        "0-99999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct cpuset set = parsed("7");
        struct err err = {0};
        char quoted[64] = "'";

        strcat(strcat(quoted, texts[i]), "'");
        assert_int_equal(cpuset_parse(&set, texts[i], &err), -1);
        assert_int_equal(err.code, EXIT_USAGE);
        assert_non_null(strstr(err.text, quoted));
        assert_format(&set, "7");
    }
}

static void test_format_is_cut(void **state)
{
    struct cpuset set = parsed("0-3,8,10-11");
    char text[16];

    (void)state;
    assert_string_equal(cpuset_format(&set, text, 12), "0-3,8,10-11");
    assert_string_equal(cpuset_format(&set, text, 11), "0-3,8,1...");
    assert_string_equal(cpuset_format(&set, text, 5), "0...");
    assert_string_equal(cpuset_format(&set, text, 4), "...");
    assert_int_equal(strlen(cpuset_format(&set, text, 3)), 2);
    assert_string_equal(cpuset_format(&set, text, 1), "");
    text[0] = '!';
    cpuset_format(&set, text, 0);
    assert_int_equal(text[0], '!');
}

static void test_range_walks_in_order(void **state)
{
    const char *text = "8,0-3";
    int first = -1, last = -1;

    (void)state;
    assert_true(cpuset_range(&text, &first, &last));
    assert_int_equal(first, 8);
    assert_int_equal(last, 8);
    assert_string_equal(text, "0-3");
    assert_true(cpuset_range(&text, &first, &last));
    assert_int_equal(first, 0);
    assert_int_equal(last, 3);
    assert_string_equal(text, "");
    assert_false(cpuset_range(&text, &first, &last));
    assert_int_equal(last, 3);
}

static void test_bind_is_observed(void **state)
{
    struct cpuset mine, now;
    struct err err;

    (void)state;
    assert_int_equal(cpuset_current(&mine, &err), 0);
    assert_true(cpuset_count(&mine) > 0);
    for (int cpu = 0; cpu < CPUSET_MAX; cpu++) {
        struct cpuset one = {{0}};

        if (!cpuset_has(&mine, cpu))
            continue;
        cpuset_add(&one, cpu);
        assert_int_equal(cpuset_bind(&one, &err), 0);
        assert_int_equal(cpuset_current(&now, &err), 0);
        assert_memory_equal(&now, &one, sizeof now);
    }
    assert_int_equal(cpuset_bind(&mine, &err), 0);
    assert_int_equal(cpuset_current(&now, &err), 0);
    assert_memory_equal(&now, &mine, sizeof now);
}

static void test_bind_to_nothing_fails(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(cpuset_bind(&(struct cpuset){{0}}, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_keeps_to_its_range),
        cmocka_unit_test(test_union),
        cmocka_unit_test(test_text_goes_round),
        cmocka_unit_test(test_parse_brings_into_order),
        cmocka_unit_test(test_parse_refuses_and_quotes),
        cmocka_unit_test(test_format_is_cut),
        cmocka_unit_test(test_range_walks_in_order),
        cmocka_unit_test(test_bind_is_observed),
        cmocka_unit_test(test_bind_to_nothing_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
