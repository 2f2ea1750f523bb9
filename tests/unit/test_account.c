/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time of a trial went, by its workers' stamps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <unistd.h>

#include "drivers/account.h"

static struct board *board;
static struct account account;

static int setup(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(board_create(&board, &fd, 2, NULL), 0);
    close(fd);
    account = (struct account){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    board_close(board);
    return 0;
}

static void stamp(int worker, uint64_t began, uint64_t reset, uint64_t start,
                  uint64_t done)
{
    struct slot *slot = &board->slot[worker];

    slot->began_ns = began;
    slot->reset_ns = reset;
    slot->span.start_ns = start;
    slot->span.end_ns = done - 1;
    slot->done_ns = done;
}

static void overlaps_count_once(void **state)
{
    (void)state;
    stamp(0, 100, 200, 300, 500);
    stamp(1, 150, 220, 310, 450);
    assert_int_equal(account_busy(board), 120 + 200);
    account_trial(&account, board, 450);
    assert_int_equal(account.kernel_ns, 320);
    assert_int_equal(account.gates_ns, 80);
    assert_int_equal(account.orders_ns, 50);
}

static void gaps_count_as_outside(void **state)
{
    (void)state;
    /* The second hears of its order when the first is done with its reset, and
     * starts when the first has verified. */
    stamp(0, 100, 110, 200, 300);
    stamp(1, 150, 160, 400, 500);
    assert_int_equal(account_busy(board), 10 + 10 + 100 + 100);
    account_trial(&account, board, 420);
    account_trial(&account, board, 420);
    assert_int_equal(account.kernel_ns, 2 * 220);
    assert_int_equal(account.gates_ns, 2 * 40);
    assert_int_equal(account.orders_ns, 2 * 160);
}

static void a_clock_put_back_makes_no_time(void **state)
{
    (void)state;
    stamp(0, 500, 100, 900, 300);
    stamp(1, 100, 200, 300, 400);
    assert_int_equal(account_busy(board), 200);
}

/* A clock that is wrong by a day. */
static void parts_are_never_more_than_the_whole(void **state)
{
    (void)state;
    stamp(0, 100, 200, 86400000000000, 86400000000100);
    stamp(1, 100, 200, 300, 400);
    account_trial(&account, board, 250);
    assert_int_equal(account.kernel_ns + account.gates_ns + account.orders_ns,
                     250);
    stamp(0, 100, 200, 86400000000000, 86400000000100);
    stamp(1, 100, 200, 86400000000000, 86400000000100);
    account_trial(&account, board, 250);
    assert_int_equal(account.kernel_ns + account.gates_ns + account.orders_ns,
                     500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(overlaps_count_once, setup, teardown),
        cmocka_unit_test_setup_teardown(gaps_count_as_outside, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_put_back_makes_no_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(parts_are_never_more_than_the_whole,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
