/* SPDX-License-Identifier: Apache-2.0 */
/* Several launches, side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/agreement.h"

static struct saying say(int launch, const char *pair, double ratio,
                         enum verdict verdict)
{
    struct saying s = {.launch = launch,
                       .what = "matmul n=512, divide, 2 workers",
                       .ratio = ratio,
                       .verdict = verdict};

    snprintf(s.pair, sizeof s.pair, "%s", pair);
    return s;
}

static void expect(const struct saying *s, size_t n, int launches,
                   const char *wanted)
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);

    assert_non_null(file);
    agreement_print(file, s, n, launches);
    fclose(file);
    assert_string_equal(text, wanted);
    free(text);
}

static void launches_that_agree(void **state)
{
    const struct saying s[] = {say(1, "b v a", 0.05, VERDICT_DIFFERENT),
                               say(1, "c v a", 0.001, VERDICT_EQUAL),
                               say(2, "b v a", 0.062, VERDICT_DIFFERENT),
                               say(2, "c v a", -0.002, VERDICT_EQUAL)};

    (void)state;
    expect(s, 4, 2,
           "2 launches of matmul n=512, divide, 2 workers\n"
           "b v a                    +5.0   +6.2 %  all slower\n"
           "c v a                    +0.1   -0.2 %  all equal\n");
}

static void launches_that_differ(void **state)
{
    const struct saying s[] = {say(1, "b v a", 0.05, VERDICT_DIFFERENT),
                               say(2, "b v a", -0.05, VERDICT_DIFFERENT),
                               say(3, "b v a", 0.0, VERDICT_INCONCLUSIVE)};

    (void)state;
    expect(s, 3, 3,
           "3 launches of matmul n=512, divide, 2 workers\n"
           "b v a                    +5.0   -5.0   +0.0 %  they differ: "
           "1 slower, 1 faster, 1 inconclusive\n");
}

/* A launch may have lost an executor; one may not know enough. */
static void launches_that_say_less(void **state)
{
    const struct saying s[] = {say(1, "b v a", -0.05, VERDICT_DIFFERENT),
                               say(3, "b v a", -0.04, VERDICT_INCONCLUSIVE)};

    (void)state;
    expect(s, 2, 3,
           "3 launches of matmul n=512, divide, 2 workers\n"
           "b v a                    -5.0      -   -4.0 %  1 faster, "
           "1 inconclusive\n");
    expect(NULL, 0, 3, "");
}

static void comparisons_are_told_apart(void **state)
{
    struct comparison c = {.kernel = "null",
                           .problem = "delay=0",
                           .mode = "divide",
                           .workers = 1,
                           .cells = 2};
    struct judgement j = {.pairs = 1};
    struct saying s[2][PAIRS_MAX], all[2];

    (void)state;
    c.cell[0].executor = "serial";
    c.cell[1].executor = "threads";
    j.pair[0] = (struct judged){.a = 1, .pair.ratio.value = log(1.5)};
    assert_int_equal(agreement_sayings(&c, &j, s[0]), 1);
    c.workers = 2;
    assert_int_equal(agreement_sayings(&c, &j, s[1]), 1);
    for (int i = 0; i < 2; i++) {
        all[i] = s[i][0];
        all[i].launch = 1;
    }
    expect(all, 2, 1,
           "1 launches of null delay=0, divide, 1 worker\n"
           "threads v serial        +50.0 %  all inconclusive\n"
           "1 launches of null delay=0, divide, 2 workers\n"
           "threads v serial        +50.0 %  all inconclusive\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(launches_that_agree),
        cmocka_unit_test(launches_that_differ),
        cmocka_unit_test(launches_that_say_less),
        cmocka_unit_test(comparisons_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
