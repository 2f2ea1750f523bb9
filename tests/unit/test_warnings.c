/* SPDX-License-Identifier: Apache-2.0 */
/* The table of codes, lists of warnings, and what people and scripts read. */
#include <jansson.h>

#include "results/report/advice.h"
#include "results/report/doctor_document.h"
#include "tests/unit/facts.h"

enum { TEXT = 1 << 16 };

/* -- the table ----------------------------------------------------------- */

static void every_code_has_its_page(void **state)
{
    (void)state;
    for (int i = 0; i < WARNINGS_MAX; i++) {
        const struct warning_text *t = &warning_table[i];
        char code[8];

        snprintf(code, sizeof code, "W%d", 101 + i);
        assert_string_equal(t->code, code);
        assert_true(strlen(t->title) > 8 && strlen(t->title) < 60);
        assert_true(strlen(t->checked) > 20);
        assert_true(strlen(t->effect) > 40);
        assert_true(strlen(t->remedy) > 20);
        assert_true(strlen(t->site) > 10);
    }
}

static void codes_are_found(void **state)
{
    static const char *const wrong[] = {"",     "W",     "W1",  "W100", "W116",
                                        "X103", "W1030", "W10", "W103 "};
    struct err err = {0};

    (void)state;
    assert_ptr_equal(warning_explain("W103", &err), &warning_table[2]);
    assert_ptr_equal(warning_explain("w115", &err), &warning_table[14]);
    assert_ptr_equal(warning_explain("101", &err), &warning_table[0]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err.code = 0;
        assert_null(warning_explain(wrong[i], &err));
        assert_int_equal(err.code, EXIT_USAGE);
        assert_non_null(strstr(err.text, "W101 to W115"));
    }
}

static void lists_of_codes(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(warning_list_check("W101", &err), 0);
    assert_int_equal(warning_list_check("W101,w109,115", &err), 0);
    assert_int_equal(warning_list_check("", &err), -1);
    assert_int_equal(warning_list_check("W101,", &err), -1);
    assert_int_equal(warning_list_check("W101,W200", &err), -1);
    assert_non_null(strstr(err.text, "'W200'"));
    assert_true(warning_listed("W109", "W101,W109"));
    assert_true(warning_listed("W109", "w109"));
    assert_false(warning_listed("W109", "W101"));
    assert_false(warning_listed("W109", NULL));
    assert_false(warning_listed("W109", ""));
}

/* -- lists of warnings --------------------------------------------------- */

static void identical_ones_are_merged(void **state)
{
    struct warnings list = {.n = 0}, more = {.n = 0};
    const char *codes[WARNINGS_MAX + 1];
    char text[3 * WARNING_TEXT];

    (void)state;
    warnings_add(&list, "W109", "steal", "slow");
    warnings_add(&list, "W103", "crowd", "turns");
    warnings_add(&list, "W103", "crowd", "turns");
    warnings_add(&list, "W103", "quota", "stops");
    assert_int_equal(list.n, 2);
    assert_string_equal(list.item[0].found, "crowd; quota");
    assert_string_equal(warning_format(&list.item[0], text, sizeof text),
                        "W103 crowd; quota: turns");
    warnings_add(&more, "W101", "powersave", "spread");
    warnings_add(&more, "W109", "steal", "slow");
    warnings_merge(&list, &more);
    warnings_codes(&list, codes);
    assert_string_equal(codes[0], "W101");
    assert_string_equal(codes[1], "W103");
    assert_string_equal(codes[2], "W109");
    assert_null(codes[3]);
    warnings_silence(&list, NULL);
    assert_int_equal(list.n, 3);
    warnings_silence(&list, "W101,W109");
    assert_int_equal(list.n, 1);
    assert_string_equal(list.item[0].code, "W103");
}

static void what_was_said_is_not_said_again(void **state)
{
    struct warnings said = {.n = 0}, list = {.n = 0};

    (void)state;
    warnings_add(&said, "W101", "governor powersave", "spread");
    warnings_add(&said, "W105", "3 of 9 trials", "x");
    warnings_add(&list, "W101", "governor powersave", "spread");
    warnings_add(&list, "W105", "4 of 9 trials", "y");
    warnings_forget(&list, &said);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.item[0].found, "4 of 9 trials");
}

static void long_texts_are_cut(void **state)
{
    struct warnings list = {.n = 0};
    char text[WARNING_TEXT];

    (void)state;
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 20; i++) {
        snprintf(text + 100, sizeof text - 100, "%d", i);
        warnings_add(&list, "W105", text, text);
    }
    assert_true(strlen(list.item[0].found) == WARNING_TEXT - 1);
}

/* -- what people and scripts read ---------------------------------------- */

static char *text_of(void (*print)(FILE *))
{
    char *text = calloc(1, TEXT);
    FILE *out = fmemopen(text, TEXT, "w");

    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}

static void print_all(FILE *out)
{
    struct warnings list = {.n = 0};
    struct checks checks = {.n = 0};
    struct environment env = good_node();
    struct probes p = good_probes();

    for (int i = 0; i < WARNINGS_MAX; i++) {
        advice_explain(out, &warning_table[i], LANGUAGE_EN);
        warnings_add(&list, warning_table[i].code, warning_table[i].checked,
                     warning_table[i].effect);
    }
    advice_codes(out, LANGUAGE_EN);
    advice_warnings(out, &list);
    strcpy(env.governor, "powersave");
    checks_of_environment(&env, &p, &checks);
    advice_checks(out, &checks);
}

static void lines_are_short(void **state)
{
    char *text = text_of(print_all), *rest = text, *line;

    (void)state;
    while ((line = strsep(&rest, "\n"))) {
        if (strlen(line) > 80)
            fail_msg("%zu columns: %s", strlen(line), line);
        for (const char *at = line; *at; at++)
            assert_true(*at >= ' ' && *at < 127);
    }
    free(text);
}

static void warnings_lead_to_their_page(void **state)
{
    char *text = text_of(print_all);

    (void)state;
    assert_non_null(strstr(text, "warn  W103 "));
    assert_non_null(strstr(text, "explain W103)\n"));
    assert_non_null(strstr(text, "WARN  W101  clock frequency "));
    free(text);
}

static void the_document(void **state)
{
    struct environment env = good_node();
    struct probes p = good_probes();
    struct checks checks = {.n = 0};
    char *text = calloc(1, TEXT);
    FILE *out = fmemopen(text, TEXT, "w");
    json_t *document, *first;

    (void)state;
    env.boost = 1;
    checks_of_environment(&env, &p, &checks);
    checks_silence(&checks, "W105");
    assert_int_equal(doctor_document_print(out, &env, &checks, NULL), 0);
    fclose(out);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(document));
    first = json_array_get(json_object_get(document, "checks"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "code")),
                        "W101");
    assert_string_equal(json_string_value(json_object_get(first, "state")),
                        "WARN");
    assert_true(json_is_string(json_object_get(first, "remedy")));
    assert_int_equal(json_array_size(json_object_get(document, "checks")),
                     WARNINGS_MAX - 1);
    json_decref(document);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_page),
        cmocka_unit_test(codes_are_found),
        cmocka_unit_test(lists_of_codes),
        cmocka_unit_test(identical_ones_are_merged),
        cmocka_unit_test(what_was_said_is_not_said_again),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(lines_are_short),
        cmocka_unit_test(warnings_lead_to_their_page),
        cmocka_unit_test(the_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
