/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/document.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/sample.h"

enum { TEXT = 1 << 20 };

static json_t *printed(const struct comparison *c, int n,
                       const char *const *warnings, const char *file)
{
    struct judgement *j = calloc((size_t)n + 1, sizeof *j);
    char *text = calloc(1, TEXT);
    FILE *out = fmemopen(text, TEXT, "w");
    struct err err;
    json_t *document;

    for (int i = 0; i < n; i++)
        assert_int_equal(verdict_judge(&c[i], &j[i], &err), 0);
    assert_int_equal(document_print(out, c, j, n, warnings, file, &err), 0);
    fclose(out);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(document));
    assert_null(strcasestr(text, "nan"));
    free(text);
    free(j);
    return document;
}

static json_t *at(const json_t *document, const char *list, size_t i)
{
    json_t *value = json_array_get(json_object_get(document, list), i);

    assert_non_null(value);
    return value;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void assert_types(const json_t *object, const char *const *key,
                         json_type type)
{
    for (; *key; key++) {
        json_t *value = json_object_get(object, *key);

        if (!value || json_typeof(value) != type)
            fail_msg("field '%s' is missing or of another type", *key);
    }
}

/* Scripts rely on these names. */
static void test_fields_of_the_contract(void **state)
{
    static const char *const whole[] = {
        "workers",  "trials",     "median_ns",   "min_ns",
        "max_ns",   "startup_ns", "teardown_ns", "memory_bytes",
        "verified", "failed",     "migrations",  NULL};
    static const char *const real[] = {"rate", "speedup", "efficiency",
                                       "imbalance", NULL};
    static const char *const texts[] = {"executor", "status", "rate_unit",
                                        NULL};
    static const char *const lists[] = {"ci95_ns", "speedup_ci95", NULL};
    static const char *const top[] = {"kernel", "mode", "verdict",
                                      "stop",   "file", NULL};
    static const char *const top_numbers[] = {"schema", "nodes", "workers",
                                              NULL};
    static const char *const top_lists[] = {"cells", "pairs", "warnings", NULL};
    const char *const warnings[] = {"W103", NULL};
    struct comparison c;
    json_t *document, *cell;

    (void)state;
    sample_make(&c, 2, "n=1024 pages=base");
    document = printed(&c, 1, warnings, "results/x.jsonl");
    comparison_free(&c);
    assert_types(document, top, JSON_STRING);
    assert_types(document, top_numbers, JSON_INTEGER);
    assert_types(document, top_lists, JSON_ARRAY);
    cell = at(document, "cells", 1);
    assert_types(cell, whole, JSON_INTEGER);
    assert_types(cell, real, JSON_REAL);
    assert_types(cell, texts, JSON_STRING);
    assert_types(cell, lists, JSON_ARRAY);
    assert_true(json_is_null(json_object_get(cell, "why")));
    assert_true(json_is_true(json_object_get(cell, "pinned")));
    assert_string_equal(json_string_value(at(document, "warnings", 0)), "W103");
    json_decref(document);
}

static void test_values(void **state)
{
    struct comparison c;
    json_t *document, *cell, *pair, *params;

    (void)state;
    sample_make(&c, 2, "n=1024 pages=base");
    document = printed(&c, 1, NULL, NULL);
    comparison_free(&c);
    assert_string_equal(text_of(document, "stop"), "precision");
    assert_true(json_is_null(json_object_get(document, "file")));
    params = json_object_get(document, "params");
    assert_int_equal(json_integer_value(json_object_get(params, "n")), 1024);
    assert_string_equal(text_of(params, "pages"), "base");
    cell = at(document, "cells", 1);
    assert_string_equal(text_of(cell, "executor"), "threads");
    assert_string_equal(text_of(cell, "rate_unit"), "task/s");
    assert_float_equal(json_real_value(json_object_get(cell, "rate")),
                       100 / 502e-6, 1000);
    assert_float_equal(json_real_value(json_object_get(cell, "speedup")), 2,
                       0.01);
    assert_float_equal(json_real_value(json_object_get(cell, "efficiency")), 1,
                       0.01);
    assert_float_equal(json_real_value(json_object_get(cell, "imbalance")),
                       0.97, 1e-12);
    pair = at(document, "pairs", 0);
    assert_string_equal(text_of(pair, "a"), "processes");
    assert_string_equal(text_of(pair, "b"), "threads");
    assert_string_equal(text_of(pair, "verdict"), "different");
    /* A ratio, no logarithm. */
    assert_float_equal(json_real_value(json_object_get(pair, "ratio")), 1.04,
                       0.002);
    json_decref(document);
}

static void test_cell_that_did_not_run(void **state)
{
    static const char *const absent[] = {
        "median_ns",    "ci95_ns",    "min_ns",     "max_ns",
        "rate",         "speedup",    "startup_ns", "teardown_ns",
        "speedup_ci95", "efficiency", "imbalance",  "pinned",
        "migrations",   NULL};
    struct comparison c;
    json_t *document, *cell;

    (void)state;
    sample_make(&c, 2, "n=1024");
    document = printed(&c, 1, NULL, NULL);
    cell = at(document, "cells", 3);
    assert_string_equal(text_of(cell, "status"), "skipped");
    assert_string_equal(text_of(cell, "why"), "built without MPI");
    assert_types(cell, absent, JSON_NULL);
    json_decref(document);

    /* Neither does one that broke down after some trials. */
    c.cell[1].status = CELL_FAILED;
    err_set(&c.cell[1].why, EXIT_RESOURCE, "worker 1 was lost");
    document = printed(&c, 1, NULL, NULL);
    cell = at(document, "cells", 1);
    assert_string_equal(text_of(cell, "status"), "failed");
    assert_string_equal(text_of(cell, "why"), "worker 1 was lost");
    assert_true(json_is_null(json_object_get(cell, "median_ns")));
    json_decref(document);
    comparison_free(&c);
}

static void test_without_a_base(void **state)
{
    static const char *const absent[] = {"speedup", "speedup_ci95",
                                         "efficiency", NULL};
    struct comparison c;
    json_t *document;

    (void)state;
    sample_make(&c, 2, "n=1024");
    c.cell[0].status = CELL_SKIPPED;
    document = printed(&c, 1, NULL, NULL);
    assert_types(at(document, "cells", 1), absent, JSON_NULL);
    assert_true(
        json_is_null(json_object_get(at(document, "comparisons", 0), "base")));
    json_decref(document);
    comparison_free(&c);
}

static void test_several_comparisons(void **state)
{
    struct comparison c[3];
    json_t *document, *params;

    (void)state;
    sample_make(&c[0], 1, "n=512 pages=base");
    sample_make(&c[1], 2, "n=512 pages=base");
    sample_make(&c[2], 2, "n=1024 pages=base");
    c[2].stop = STOP_BUDGET;
    document = printed(c, 3, NULL, NULL);
    for (int i = 0; i < 3; i++)
        comparison_free(&c[i]);
    params = json_object_get(document, "params");
    assert_int_equal(json_object_size(params), 1);
    assert_string_equal(text_of(params, "pages"), "base");
    assert_true(json_is_null(json_object_get(document, "workers")));
    assert_string_equal(text_of(document, "stop"), "mixed");
    assert_int_equal(json_array_size(json_object_get(document, "cells")), 12);
    params = json_object_get(at(document, "cells", 9), "params");
    assert_int_equal(json_integer_value(json_object_get(params, "n")), 1024);
    assert_int_equal(json_integer_value(
                         json_object_get(at(document, "cells", 5), "workers")),
                     2);
    params = json_object_get(at(document, "pairs", 2), "params");
    assert_int_equal(json_integer_value(json_object_get(params, "n")), 1024);
    assert_int_equal(json_integer_value(
                         json_object_get(at(document, "pairs", 0), "workers")),
                     1);
    assert_non_null(strstr(text_of(document, "verdict"),
                           "\nn=1024 pages=base, 2 workers: "));
    json_decref(document);
}

/* As when a signal came before the first. */
static void test_no_comparison(void **state)
{
    json_t *document = printed(NULL, 0, NULL, NULL);

    (void)state;
    assert_true(json_is_null(json_object_get(document, "kernel")));
    assert_true(json_is_null(json_object_get(document, "verdict")));
    assert_string_equal(text_of(document, "stop"), "not run");
    json_decref(document);
}

static void test_catalogue(void **state)
{
    const struct catalogue_row kernel[] = {
        {.name = "matmul", .summary = "C = A B", .modes = {"divide", NULL}},
        {.name = "io", .summary = "\xff", .absent = "no disk"}};
    const struct catalogue_row executor[] = {
        {.name = "ranks", .summary = "MPI", .absent = "built without MPI"}};
    char *text = calloc(1, TEXT);
    FILE *out = fmemopen(text, TEXT, "w");
    struct err err;
    json_t *document, *row;

    (void)state;
    assert_int_equal(document_catalogue(out, kernel, 2, executor, 1, &err), 0);
    fclose(out);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    row = at(document, "kernels", 0);
    assert_string_equal(text_of(row, "name"), "matmul");
    assert_string_equal(text_of(row, "summary"), "C = A B");
    assert_string_equal(json_string_value(at(row, "modes", 0)), "divide");
    assert_true(json_is_null(json_object_get(row, "absent")));
    row = at(document, "kernels", 1);
    assert_string_equal(text_of(row, "summary"), "\xef\xbf\xbd");
    row = at(document, "executors", 0);
    assert_string_equal(text_of(row, "absent"), "built without MPI");
    assert_null(json_object_get(row, "modes"));
    json_decref(document);
    free(text);
}

static void test_full_disk(void **state)
{
    FILE *out = fopen("/dev/full", "w");
    struct err err = {0};

    (void)state;
    if (!out)
        skip();
    assert_int_equal(document_catalogue(out, NULL, 0, NULL, 0, &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_the_contract),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_cell_that_did_not_run),
        cmocka_unit_test(test_without_a_base),
        cmocka_unit_test(test_several_comparisons),
        cmocka_unit_test(test_no_comparison),
        cmocka_unit_test(test_catalogue),
        cmocka_unit_test(test_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
