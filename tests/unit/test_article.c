/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The article: its figures are found, scripts' documents are read, and each
 * claim follows from the figures, either way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/commands/article_claims.h"
#include "drivers/commands/article_plan.h"

/* -- figures of others --------------------------------------------------- */

static void figures_of_the_article_are_found(void **unused)
{
    (void)unused;
    assert_float_equal(reference_seconds(4, "thread", 12), 1.015, 0);
    assert_float_equal(reference_seconds(5, "process", 12), 6.342, 0);
    assert_float_equal(reference_seconds(6, "thread", 1), 14.04, 0);
    assert_true(isnan(reference_seconds(4, "thread", 13)));
    assert_true(isnan(reference_seconds(99, "thread", 12)));
}

static void documents_of_scripts_are_read(void **unused)
{
    const char *text = "{\"seconds\": [3, 1, 2], \"observed\": "
                       "{\"late\": true, \"none\": null, \"word\": \"w\"}}";
    struct python_result result;
    struct err err;

    (void)unused;
    assert_int_equal(python_result_read(&result, text, &err), 0);
    assert_true(result.ran);
    assert_float_equal(python_number(&result, "seconds"), 2, 0);
    assert_float_equal(python_number(&result, "observed.late"), 1, 0);
    assert_float_equal(python_number(&result, "observed.none"), 0, 0);
    assert_float_equal(python_number(&result, "observed.word"), 1, 0);
    assert_true(isnan(python_number(&result, "observed.other.deep")));
    python_result_free(&result);
}

static void skipped_and_broken_scripts_are_told_apart(void **unused)
{
    struct python_result result;
    struct err err;

    (void)unused;
    assert_int_equal(python_result_read(
                         &result, "{\"skipped\": \"numpy is missing\"}", &err),
                     0);
    assert_false(result.ran);
    assert_string_equal(result.why, "numpy is missing");
    assert_true(isnan(python_number(&result, "seconds")));
    python_result_free(&result);
    assert_int_equal(python_result_read(&result, "Traceback", &err), -1);
    assert_int_equal(err.code, EXIT_RESOURCE);
}

/* -- claims -------------------------------------------------------------- */

enum { BLOCKS = 12 };

/* Threads take 1 ms in each block, processes `times` as long; one metric. */
static void measure(struct finding *found, double times, const char *metric,
                    double threads, double processes)
{
    static const char *const name[2] = {"threads", "processes"};
    struct comparison *c = &found->comparison;
    struct err err;

    *c = (struct comparison){.kernel = "k",
                             .unit = "task",
                             .mode = "replicate",
                             .workers = 2,
                             .repeats = 1,
                             .blocks = BLOCKS,
                             .margin = 0.02,
                             .precision = 0.01,
                             .metrics = 1,
                             .cells = 2};
    c->metric[0] = (struct metric){.name = metric, .unit = ""};
    for (int i = 0; i < 2; i++) {
        c->cell[i] = (struct cell){.executor = name[i],
                                   .workers = 2,
                                   .startup_ns = 1000 * (uint64_t)(i + 1)};
        for (int b = 0; b < BLOCKS; b++) {
            struct trial *t = cell_add_trial(&c->cell[i]);

            assert_non_null(t);
            t->block = b;
            t->repeats = 1;
            t->ns = (uint64_t)(1e6 * (i ? times : 1)) + (uint64_t)(b % 3 + i);
            t->metric[0] = i ? processes : threads;
        }
    }
    assert_int_equal(verdict_judge(c, &found->judgement, &err), 0);
    found->ran = true;
}

static enum claim_verdict judge(struct finding *finding, char id)
{
    static struct article article;
    enum claim_verdict verdict = CLAIM_OPEN;

    claims_judge(finding, &article);
    for (int i = 0; i < article.claims; i++) {
        if (article.claim[i].id == id)
            verdict = article.claim[i].verdict;
    }
    for (int i = 0; i < VARIANTS; i++)
        finding_free(&finding[i]);
    return verdict;
}

static void nothing_measured_leaves_claims_open(void **unused)
{
    struct finding *finding = calloc(VARIANTS, sizeof *finding);

    (void)unused;
    assert_non_null(finding);
    for (char id = 'a'; id <= 'f'; id++)
        assert_int_equal(judge(finding, id), CLAIM_OPEN);
    free(finding);
}

static void claims_follow_from_figures(void **unused)
{
    static const struct {
        char id;
        int variant;
        double times;
        const char *metric;
        double threads, processes;
        enum claim_verdict verdict;
    } tries[] = {
        {'a', SHARE, 1, "later", 1, 0, CLAIM_HOLDS},
        {'a', SHARE, 1, "later", 1, 1, CLAIM_FAILS},
        {'c', SPAWN, 3, "x", 0, 0, CLAIM_HOLDS},
        {'c', SPAWN, 1.2, "x", 0, 0, CLAIM_FAILS},
        {'d', LATE, 1, "distinct", 1, 100, CLAIM_HOLDS},
        {'d', LATE, 1, "distinct", 100, 100, CLAIM_FAILS},
        {'e', IO, 1, "x", 0, 0, CLAIM_HOLDS},
        {'e', IO, 0.8, "x", 0, 0, CLAIM_FAILS},
        {'f', SQUARE, 0.5, "x", 0, 0, CLAIM_HOLDS},
        {'f', SQUARE, 1, "x", 0, 0, CLAIM_FAILS},
    };
    struct finding *finding = calloc(VARIANTS, sizeof *finding);

    (void)unused;
    assert_non_null(finding);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        memset(finding, 0, VARIANTS * sizeof *finding);
        measure(&finding[tries[i].variant], tries[i].times, tries[i].metric,
                tries[i].threads, tries[i].processes);
        print_message("(%c) with %g\n", tries[i].id, tries[i].times);
        assert_int_equal(judge(finding, tries[i].id), tries[i].verdict);
    }
    free(finding);
}

/* Its threads are slow, ours are not: the claim is about CPython. */
static void python_alone_can_make_a_claim_its_own(void **unused)
{
    struct finding *finding = calloc(VARIANTS, sizeof *finding);
    struct err err;

    (void)unused;
    assert_non_null(finding);
    measure(&finding[SQUARE], 1, "x", 0, 0);
    for (int m = 0; m < PYTHON_MODELS; m++)
        assert_int_equal(
            python_result_read(&finding[SQUARE].python[m],
                               m ? "{\"seconds\": [1]}" : "{\"seconds\": [2]}",
                               &err),
            0);
    assert_int_equal(judge(finding, 'f'), CLAIM_PYTHON);
    free(finding);
}

static void ratios_read_both_ways(void **unused)
{
    struct finding *finding = calloc(1, sizeof *finding);
    struct times times;

    (void)unused;
    assert_non_null(finding);
    measure(finding, 2, "x", 0, 0);
    assert_true(finding_times(finding, "processes", "threads", &times));
    assert_float_equal(times.ratio, 2, 0.001);
    assert_true(times.low <= times.ratio && times.ratio <= times.high);
    assert_true(finding_times(finding, "threads", "processes", &times));
    assert_float_equal(times.ratio, 0.5, 0.001);
    assert_true(times.low <= times.ratio && times.ratio <= times.high);
    assert_false(finding_times(finding, "threads", "ranks", &times));
    finding_free(finding);
    free(finding);
}

/* -- the document -------------------------------------------------------- */

static void document_has_the_agreed_fields(void **unused)
{
    static struct article article = {
        .experiment = {{.id = "4",
                        .title = "t",
                        .row = {{.label = "threads",
                                 .article = 1.015,
                                 .python = NAN,
                                 .drive = 1.5,
                                 .low = 1.25,
                                 .high = 1.75}},
                        .rows = 1}},
        .experiments = 1,
        .claim = {{.id = 'a', .claim = "c", .verdict = CLAIM_PYTHON}},
        .claims = 1,
    };
    FILE *file = tmpfile();
    json_t *root, *experiment, *claim;
    struct err err;

    (void)unused;
    assert_non_null(file);
    assert_int_equal(article_print_json(file, &article, NULL, &err), 0);
    rewind(file);
    root = json_loadf(file, 0, NULL);
    fclose(file);
    experiment = json_array_get(json_object_get(root, "experiments"), 0);
    claim = json_array_get(json_object_get(root, "claims"), 0);
    assert_float_equal(json_real_value(json_object_get(
                           json_object_get(experiment, "article"), "threads")),
                       1.015, 0);
    assert_int_equal(json_object_size(json_object_get(experiment, "cpython")),
                     0);
    assert_int_equal(json_array_size(json_object_get(experiment, "cells")), 1);
    assert_string_equal(json_string_value(json_object_get(claim, "verdict")),
                        "only in CPython");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_the_article_are_found),
        cmocka_unit_test(documents_of_scripts_are_read),
        cmocka_unit_test(skipped_and_broken_scripts_are_told_apart),
        cmocka_unit_test(nothing_measured_leaves_claims_open),
        cmocka_unit_test(claims_follow_from_figures),
        cmocka_unit_test(python_alone_can_make_a_claim_its_own),
        cmocka_unit_test(ratios_read_both_ways),
        cmocka_unit_test(document_has_the_agreed_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
