/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time goes, what disturbed a trial, when to stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "drivers/evidence.h"
#include "results/verdict/stop.h"
#include "results/verdict/why.h"

enum { BLOCKS = 10, MS = 1000000 };

/* A cell of two workers whose trials all last `ms`. */
static struct cell *add_cell(struct comparison *c, const char *executor,
                             uint64_t ms)
{
    struct cell *cell = &c->cell[c->cells++];

    cell->executor = executor;
    cell->workers = 2;
    for (int i = 0; i < BLOCKS; i++) {
        struct trial *trial = cell_add_trial(cell);

        trial->block = i;
        trial->repeats = 1;
        trial->ns = ms * MS + (uint64_t)i;
        for (int w = 0; w < 2; w++)
            trial->span[w].end_ns = trial->ns;
    }
    return cell;
}

static struct comparison study(void)
{
    return (struct comparison){.kernel = "matmul",
                               .unit = "flop",
                               .mode = "divide",
                               .workers = 2,
                               .amount = 1e9,
                               .precision = 0.01,
                               .margin = 0.02,
                               .blocks = BLOCKS};
}

static double share(const double *ns, enum part part)
{
    double sum = 0;

    for (int p = 0; p < PARTS; p++)
        sum += ns[p];
    return ns[part] / sum;
}

static void close_to(double a, double b)
{
    if (fabs(a - b) > 1e-3)
        fail_msg("%g is not %g", a, b);
}

static void parts_add_up(void **state)
{
    struct comparison c = study();
    struct cell *cell = add_cell(&c, "ranks", 100);
    double ns[PARTS];
    struct err err;

    (void)state;
    for (int i = 0; i < BLOCKS; i++) {
        struct trial *trial = &cell->trial[i];

        /* Sums over both workers: 10 ms of talk each, and 15 of waiting, of
         * which 10 are taken to be part of the talk. */
        trial->usage.talk_ns = 20 * MS;
        trial->usage.waited_ns = 30 * MS;
        trial->span[1].end_ns -= 20 * MS;
    }
    assert_int_equal(why_parts(cell, ns, &err), 0);
    close_to(share(ns, PART_TALK), 0.10);
    close_to(share(ns, PART_WAITED), 0.05);
    close_to(share(ns, PART_IMBALANCE), 0.10);
    close_to(share(ns, PART_SYSTEM), 0);
    close_to(share(ns, PART_COMPUTE), 0.75);
    comparison_free(&c);
}

/* Of 100 ms each worker waits 40 for the lock: asleep, so that the system is
 * called and the core is waited for on the lock's behalf. */
static void the_lock_is_counted_once(void **state)
{
    struct comparison c = study();
    struct judgement j;
    struct cell *cell = add_cell(&c, "threads-lock", 100);
    double ns[PARTS];
    struct err err;
    char text[512];

    (void)state;
    add_cell(&c, "threads", 60);
    for (int i = 0; i < BLOCKS; i++) {
        cell->trial[i].usage.lock_ns = 80 * MS;
        cell->trial[i].usage.system_ns = 10 * MS;
        cell->trial[i].usage.waited_ns = 100 * MS;
    }
    assert_int_equal(why_parts(cell, ns, &err), 0);
    close_to(share(ns, PART_LOCK), 0.40);
    close_to(share(ns, PART_SYSTEM), 0);
    close_to(share(ns, PART_WAITED), 0.10);
    close_to(share(ns, PART_COMPUTE), 0.50);
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    assert_int_equal(why_text(&c, &j, text, sizeof text, &err), 0);
    assert_non_null(strstr(text, "points lock"));
    assert_non_null(strstr(j.sentence, "points of it waiting for the lock"));
    comparison_free(&c);
}

static void huge_pages_are_named_where_they_differ(void **state)
{
    struct comparison c = study();
    struct judgement j;
    struct err err;
    char text[512];

    (void)state;
    add_cell(&c, "threads", 100)->huge_share = 0.85;
    add_cell(&c, "processes", 120)->huge_share = 0.004;
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    assert_int_equal(why_text(&c, &j, text, sizeof text, &err), 0);
    assert_non_null(strstr(text, "; huge pages: 0 % v 85 %"));
    c.cell[0].huge_share = 0.1;
    assert_int_equal(why_text(&c, &j, text, sizeof text, &err), 0);
    assert_null(strstr(text, "huge"));
    c.cell[0].huge_share = NAN;
    assert_int_equal(why_text(&c, &j, text, sizeof text, &err), 0);
    assert_null(strstr(text, "huge"));
    comparison_free(&c);
}

static void parts_never_exceed_the_whole(void **state)
{
    struct comparison c = study();
    struct cell *cell = add_cell(&c, "ranks", 1);
    double ns[PARTS];
    struct err err;

    (void)state;
    for (int i = 0; i < BLOCKS; i++)
        cell->trial[i].usage.system_ns = 1000 * (uint64_t)MS;
    assert_int_equal(why_parts(cell, ns, &err), 0);
    assert_true(ns[PART_COMPUTE] >= 0);
    close_to(share(ns, PART_SYSTEM), 1);
    comparison_free(&c);
}

static void the_largest_part_is_named(void **state)
{
    static const double slow[PARTS] = {
        [PART_COMPUTE] = 90, [PART_TALK] = 20, [PART_IMBALANCE] = 3};
    static const double fast[PARTS] = {
        [PART_COMPUTE] = 95, [PART_TALK] = 2, [PART_IMBALANCE] = 3};
    struct contribution most = why_largest(slow, fast);

    (void)state;
    assert_int_equal(most.part, PART_TALK);
    close_to(most.points, 0.18);
    most = why_largest(fast, slow);
    assert_int_equal(most.part, PART_TALK);
    assert_true(most.points < 0);
}

static void only_pairs_that_differ_are_explained(void **state)
{
    struct comparison c = study();
    struct judgement j;
    struct err err;
    char text[512];

    (void)state;
    add_cell(&c, "threads", 100);
    add_cell(&c, "processes", 100);
    add_cell(&c, "ranks", 110);
    for (int i = 0; i < BLOCKS; i++)
        c.cell[2].trial[i].usage.talk_ns = 18 * MS;
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    assert_int_equal(why_text(&c, &j, text, sizeof text, &err), 0);
    assert_null(strstr(text, "processes v threads"));
    assert_non_null(
        strstr(text, "ranks v threads: +9.0 of +10.0 points communicate"));
    assert_non_null(strstr(j.sentence, "9.0 points of it communication"));
    comparison_free(&c);
}

/* -- evidence ------------------------------------------------------------ */

static struct trial quiet_trial(void)
{
    return (struct trial){.ns = 100 * MS, .repeats = 1};
}

static unsigned judged(struct trial trial, struct evidence after)
{
    struct evidence before = {0};

    evidence_judge(&before, &after, 0.02, 2, &trial);
    return trial.disturbed;
}

static void quiet_is_not_disturbed(void **state)
{
    struct trial slow = quiet_trial();

    (void)state;
    assert_int_equal(judged(quiet_trial(), (struct evidence){0}), 0);
    /* Slow alone is no evidence; nor is pressure, which others feel too. */
    slow.ns *= 10;
    assert_int_equal(judged(slow, (struct evidence){.pressure_ns = MS}), 0);
}

static void each_evidence_is_flagged(void **state)
{
    struct trial waited = quiet_trial(), moved = quiet_trial(),
                 paged = quiet_trial();

    (void)state;
    waited.usage.waited_ns = 3 * MS;
    moved.usage.migrations = 1;
    paged.usage.major_faults = 1;
    assert_int_equal(judged(waited, (struct evidence){0}), DISTURBED_WAIT);
    assert_int_equal(judged(moved, (struct evidence){0}), DISTURBED_MIGRATION);
    assert_int_equal(judged(paged, (struct evidence){0}), DISTURBED_PAGING);
    assert_int_equal(judged(quiet_trial(), (struct evidence){.swaps = 1}),
                     DISTURBED_PAGING);
    assert_int_equal(
        judged(quiet_trial(), (struct evidence){.steal_ns = 10 * MS}),
        DISTURBED_STEAL);
    assert_int_equal(
        judged(quiet_trial(), (struct evidence){.throttled_ns = 1}),
        DISTURBED_THROTTLE);
}

static void a_short_wait_is_tolerated(void **state)
{
    struct trial waited = quiet_trial();

    (void)state;
    waited.usage.waited_ns = MS;
    assert_int_equal(judged(waited, (struct evidence){0}), 0);
}

static void evidence_is_read_here(void **state)
{
    struct evidence first, second;
    struct evidence_source *source;
    struct cpuset cpus;
    struct err err;
    char missing[128];

    (void)state;
    assert_int_equal(cpuset_current(&cpus, &err), 0);
    source = evidence_open(&cpus);
    assert_non_null(source);
    evidence_read(source, &first);
    evidence_read(source, &second);
    assert_true(second.steal_ns >= first.steal_ns);
    assert_true(second.pressure_ns >= first.pressure_ns);
    evidence_missing(source, missing, sizeof missing);
    assert_null(strstr(missing, "steal"));
    evidence_close(source);
    evidence_close(NULL);
    evidence_read(NULL, &first);
    assert_int_equal(first.steal_ns, 0);
}

/* -- stop ---------------------------------------------------------------- */

static void stop_follows_its_rule(void **state)
{
    struct stop_rule rule = {.least_blocks = 10, .budget_ns = 1000};
    struct comparison c = study();

    (void)state;
    add_cell(&c, "threads", 1);
    add_cell(&c, "processes", 1);
    c.widest = 0.005;
    rule.least_blocks = 10;
    c.blocks = 9;
    assert_int_equal(stop_decide(&rule, &c, 0), STOP_NONE);
    c.blocks = 10;
    assert_int_equal(stop_decide(&rule, &c, 0), STOP_PRECISION);
    /* Two blocks earlier there was no interval yet. */
    rule.least_blocks = 7;
    c.blocks = 7;
    assert_int_equal(stop_decide(&rule, &c, 0), STOP_NONE);
    c.blocks = 8;
    assert_int_equal(stop_decide(&rule, &c, 0), STOP_PRECISION);
    c.widest = -1;
    assert_int_equal(stop_decide(&rule, &c, 0), STOP_NONE);
    c.widest = 0.5;
    assert_int_equal(stop_decide(&rule, &c, 999), STOP_NONE);
    assert_int_equal(stop_decide(&rule, &c, 1000), STOP_BUDGET);
    c.blocks = 0;
    assert_int_equal(stop_decide(&rule, &c, 1000), STOP_NONE);
    rule.blocks = 3;
    c.widest = 0;
    assert_int_equal(stop_decide(&rule, &c, 5000), STOP_NONE);
    c.blocks = 3;
    assert_int_equal(stop_decide(&rule, &c, 0), STOP_BLOCKS);
    c.cell[0].status = c.cell[1].status = CELL_FAILED;
    assert_int_equal(stop_decide(&rule, &c, 0), STOP_ALONE);
    comparison_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(parts_never_exceed_the_whole),
        cmocka_unit_test(the_lock_is_counted_once),
        cmocka_unit_test(huge_pages_are_named_where_they_differ),
        cmocka_unit_test(the_largest_part_is_named),
        cmocka_unit_test(only_pairs_that_differ_are_explained),
        cmocka_unit_test(quiet_is_not_disturbed),
        cmocka_unit_test(each_evidence_is_flagged),
        cmocka_unit_test(a_short_wait_is_tolerated),
        cmocka_unit_test(evidence_is_read_here),
        cmocka_unit_test(stop_follows_its_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
