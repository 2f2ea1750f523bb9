/* SPDX-License-Identifier: Apache-2.0 */
/* English sentences taken apart and said again in Chinese. */
#include "results/report/phrases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "results/verdict/checks.h"

static const char *said(const char *english)
{
    static char out[2 * PHRASE_TEXT];

    assert_true(phrase_translate(english, LANGUAGE_ZH, out, sizeof out));
    return out;
}

static void is_unknown(const char *english)
{
    char out[2 * PHRASE_TEXT];

    assert_false(phrase_translate(english, LANGUAGE_ZH, out, sizeof out));
    assert_string_equal(out, english);
}

static void test_numbers_and_names_are_kept(void **state)
{
    (void)state;
    assert_string_equal(said("9 of 40 starts were late"),
                        "40 次起跑中有 9 次迟到");
    assert_string_equal(said("1 other task ready to run"),
                        said("1 other task ready to run"));
    assert_string_equal(said("2 other tasks ready to run"),
                        "另有 2 个任务就绪");
    assert_string_equal(said("1.5e+05 times"), "1.5e+05 倍");
    assert_string_equal(said("5 of 20 trials (1 of 4 executors) "
                             "waited for a core"),
                        "20 次试验中有 5 次（4 种执行方式中 1 种）等待过核心");
    /* What is called as a phrase ends is still the name it is. */
    assert_string_equal(said("balance 0.71 under on"),
                        "on 的负载均衡度为 0.71");
}

static void test_several_are_linked(void **state)
{
    (void)state;
    assert_string_equal(said("cores 0,2,4-7, one hardware thread each"),
                        "核心 0,2,4-7，每核心一个硬件线程");
    assert_string_equal(
        said(
            "governor powersave on 2 of 8 CPUs, turbo on: the clock may change "
            "between trials; serial may run at a higher clock than a full "
            "team: speed-ups look smaller"),
        "8 个 CPU 中 2 个的调频策略为 powersave，睿频开：时钟频率可能在试验之间"
        "变化；serial 的时钟频率可能高于满员团队：加速比显得偏小");
    assert_string_equal(said("Debug, not optimised, address sanitizer"),
                        "Debug 构建，未优化，编入了 address 检查器");
    /* What others say may have such links in it. */
    assert_string_equal(said("failed: MPI has no shared window: no, full: 0"),
                        "失败：MPI 没有共享窗口：no, full: 0");
    assert_string_equal(said("failed: killed by signal 9"),
                        "失败：被信号 9 终止");
}

static void test_what_is_unknown_stays(void **state)
{
    static const char *const texts[] = {
        "",
        "hello",
        "failed: hello",
        "9 of 40 starts were late, hello",
        "9 of 40 starts were late, ",
        "nine of 40 starts were late",
        "9 of 40 starts were",
        "%d of %zu starts were late",
    };
    char out[8], longest[PHRASE_TEXT + 1];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        is_unknown(texts[i]);
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "core ", 5);
    longest[PHRASE_TEXT] = '\0';
    is_unknown(longest);
    assert_false(phrase_translate("not run", LANGUAGE_EN, out, sizeof out));
    assert_string_equal(out, "not run");
}

/* A text that begins in every place and fits nowhere. */
static void test_hostile_texts_end(void **state)
{
    char text[PHRASE_TEXT];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = "a a, "[i % 5];
    text[sizeof text - 1] = '\0';
    is_unknown(text);
    for (size_t i = 0; i + 6 < sizeof text; i += 6)
        memcpy(text + i, "turbo ", 6);
    assert_true(phrase_translate(text, LANGUAGE_ZH, text + 100, 20));
}

static void splits(const char *english, const char *head, const char *rest)
{
    char out[2 * PHRASE_TEXT];

    assert_string_equal(phrase_split(english, LANGUAGE_ZH, out, sizeof out),
                        rest);
    assert_string_equal(out, head);
    assert_string_equal(phrase_split(english, LANGUAGE_EN, out, sizeof out),
                        english);
    assert_string_equal(out, "");
}

static void test_a_head_is_said_alone(void **state)
{
    (void)state;
    splits("failed: hello: you", "失败：", "hello: you");
    splits("hello: you", "", "hello: you");
    splits("skipped: an MPI rank must not fork",
           "已跳过：MPI 的 rank 不可 fork", "");
    splits("W114 tmpfs in the working directory: hello",
           "W114 文件系统位于内存中：",
           "tmpfs in the working directory: hello");
    splits("W108 the teams do not fit in memory together: each trial begins "
           "with fresh pages and cold caches",
           "W108 各团队不能同时放入内存：每次试验都从新页和冷缓存开始", "");
    splits("W999 hello", "", "W999 hello");
    splits("W1", "", "W1");
}

/* Whatever a node gives reason for can be said. */
static void test_checks_are_known(void **state)
{
    struct environment env = {.governor = "powersave",
                              .frequency_cpus = 8,
                              .governor_cpus = 8,
                              .boost = 1,
                              .cores = 4,
                              .all_cores = 8,
                              .pus = 4,
                              .all_pus = 16,
                              .smt = 1,
                              .numas = 2,
                              .numa_balancing = 1,
                              .cpu_quota = 2,
                              .thp = "always",
                              .thp_shmem = "never",
                              .hypervisor = 1,
                              .container = "docker",
                              .clock_source = "hpet",
                              .build_type = "Debug",
                              .flags = "-g -O0",
                              .affinity = "0-3"};
    struct probes probes = {.sanitizer = "address",
                            .preload = "libx.so",
                            .tracer = 7,
                            .file_system = "tmpfs",
                            .watched_s = 0.4,
                            .waited = 0.5,
                            .stolen = 0.5,
                            .throttled = 0.5,
                            .pressure = 0.5,
                            .running = 99,
                            .swapped = 9,
                            .heated = 9,
                            .timer_ns = 900,
                            .counter_errno = 13,
                            .paranoid = 4};
    struct warnings list = {.n = 0};
    char text[2 * WARNING_TEXT + 8], out[2 * PHRASE_TEXT];

    (void)state;
    warnings_of_environment(&env, &probes, &list);
    assert_true(list.n >= 10);
    for (int i = 0; i < list.n; i++) {
        warning_format(&list.item[i], text, sizeof text);
        assert_string_equal(phrase_split(text, LANGUAGE_ZH, out, sizeof out),
                            "");
        assert_memory_equal(out, list.item[i].code, 4);
    }
}

static void test_every_code_has_its_manual(void **state)
{
    (void)state;
    for (int i = 0; i < WARNINGS_MAX; i++) {
        const struct warning_text *zh =
            warning_in(&warning_table[i], LANGUAGE_ZH);

        assert_string_equal(zh->code, warning_table[i].code);
        assert_ptr_equal(warning_in(zh, LANGUAGE_EN), &warning_table[i]);
        assert_true(zh->title && zh->checked && zh->effect);
        assert_true(zh->remedy && zh->site);
    }
}

static void test_facts_have_names(void **state)
{
    (void)state;
    assert_string_equal(phrase_fact("cpu", LANGUAGE_ZH), "处理器");
    assert_null(phrase_fact("cpu", LANGUAGE_EN));
    assert_null(phrase_fact("variables.HOME", LANGUAGE_ZH));
    assert_string_equal(phrase_value("smt", "true", LANGUAGE_ZH), "是");
    assert_string_equal(phrase_value("smt", "true", LANGUAGE_EN), "true");
    assert_string_equal(phrase_value("cpu", "median", LANGUAGE_ZH), "median");
    assert_string_equal(
        phrase_value("variables.OMP_PROC_BIND", "true", LANGUAGE_ZH), "true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_and_names_are_kept),
        cmocka_unit_test(test_several_are_linked),
        cmocka_unit_test(test_what_is_unknown_stays),
        cmocka_unit_test(test_hostile_texts_end),
        cmocka_unit_test(test_a_head_is_said_alone),
        cmocka_unit_test(test_checks_are_known),
        cmocka_unit_test(test_every_code_has_its_manual),
        cmocka_unit_test(test_facts_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
