/* SPDX-License-Identifier: Apache-2.0 */
/* Which worker is a thread of which rank, on machines we do not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/deal.h"

enum { WORKERS_MAX = 64 };

struct dealt {
    struct placement placement;
    struct seat seat[WORKERS_MAX];
    int rank[WORKERS_MAX];
    int ranks;
};

static void deal(const struct topology *t, const char *policy, int workers,
                 int ranks_per, struct dealt *d)
{
    struct err err = {0};

    if (placement_plan(t, policy, workers, &d->placement, &err))
        fail_msg("%s", err.text);
    d->ranks =
        deal_workers(t, &d->placement, workers, ranks_per, d->seat, d->rank);
}

/* 16 cores: two packages with two NUMA domains each, of two last caches with
 * two cores. */
static int open_machine(void **state)
{
    struct topology *t;

    if (topology_open_synthetic(&t, "package:2 numa:2 l3:2 core:2 pu:1", NULL,
                                NULL))
        return -1;
    *state = t;
    return 0;
}

static int close_machine(void **state)
{
    topology_close(*state);
    return 0;
}

static int threads_of(const struct dealt *d, int workers, int rank)
{
    int n = 0;

    for (int i = 0; i < workers; i++)
        n += d->rank[i] == rank;
    return n;
}

/* Ranks are numbered in the order of their workers, each has some, and the
 * seats are those that were planned. */
static void check_deal(const struct dealt *d, int workers)
{
    bool seen[WORKERS_MAX] = {false};

    assert_int_equal(d->rank[0], 0);
    assert_int_equal(d->rank[workers - 1], d->ranks - 1);
    for (int i = 1; i < workers; i++)
        assert_in_range(d->rank[i] - d->rank[i - 1], 0, 1);
    for (int i = 0; i < workers; i++) {
        int k = 0;

        while (k < workers &&
               (seen[k] || memcmp(&d->seat[i], &d->placement.seat[k],
                                  sizeof d->seat[i]) != 0))
            k++;
        assert_in_range(k, 0, workers - 1);
        seen[k] = true;
    }
}

static void test_domains(void **state)
{
    static const char *const policies[] = {"core", "spread", "numa"};

    for (int workers = 1; workers <= 40; workers++) {
        for (int p = 0; p < 3; p++) {
            struct dealt d;

            deal(*state, policies[p], workers, RANKS_PER_NUMA, &d);
            check_deal(&d, workers);
            for (int i = 1; i < workers; i++)
                assert_int_equal(d.rank[i] == d.rank[i - 1],
                                 d.seat[i].numa == d.seat[i - 1].numa);
            placement_free(&d.placement);
        }
    }
}

static void test_counts(void **state)
{
    static const struct {
        const char *policy;
        int workers, ranks_per, ranks, first;
    } cases[] = {
        {"core", 16, RANKS_PER_NODE, 1, 16},
        {"core", 16, RANKS_PER_NUMA, 4, 4},
        {"core", 16, RANKS_PER_L3, 8, 2},
        {"core", 5, RANKS_PER_NUMA, 2, 4},
        {"core", 3, RANKS_PER_L3, 2, 2},
        {"spread", 4, RANKS_PER_L3, 4, 1},
        {"numa", 8, RANKS_PER_NUMA, 4, 2},
        {"none", 7, RANKS_PER_NUMA, 1, 7},
        {"none", 6, 3, 3, 2},
        {"numa", 12, 3, 3, 4},
        {"core", 2, 5, 2, 1},
        {"core", 40, 4, 4, 10},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dealt d;

        deal(*state, cases[i].policy, cases[i].workers, cases[i].ranks_per, &d);
        check_deal(&d, cases[i].workers);
        if (d.ranks != cases[i].ranks ||
            threads_of(&d, cases[i].workers, 0) != cases[i].first)
            fail_msg("case %zu: %d ranks, %d threads in the first", i, d.ranks,
                     threads_of(&d, cases[i].workers, 0));
        placement_free(&d.placement);
    }
}

/* What a node's board says of its ranks. */
static void test_board(void **state)
{
    static const int rank[] = {0, 0, 1, 1, 1}, thread[] = {0, 1, 0, 1, 2};
    struct placement placement;
    struct board *board;
    struct err err = {0};
    int fd;

    assert_int_equal(board_create(&board, &fd, 5, &err), 0);
    assert_int_equal(placement_plan(*state, "core", 5, &placement, &err), 0);
    board->ranks_per = 2;
    assert_int_equal(deal_board(*state, &placement, board, &err), 0);
    assert_int_equal(board->ranks, 2);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(board->slot[i].rank, rank[i]);
        assert_int_equal(board->slot[i].thread, thread[i]);
        assert_int_equal(board->slot[i].seat.pu, placement.seat[i].pu);
    }
    /* As it is found when other nodes have the ranks before. */
    for (int i = 0; i < 5; i++)
        board->slot[i].rank += 7;
    assert_int_equal(board_first(board, 0), 0);
    assert_int_equal(board_first(board, 1), 2);
    placement_free(&placement);
    board_close(board);
    close(fd);
}

/* Where some workers are on other nodes, their ranks are not known. */
static void test_cell(void **state)
{
    struct cell here = {.workers = 5}, apart = {.workers = 6};
    struct placement placement;
    struct err err = {0};

    assert_int_equal(placement_plan(*state, "core", 5, &placement, &err), 0);
    assert_int_equal(deal_cell(*state, &placement, 2, false, &here, &err), 0);
    assert_int_equal(here.ranks, 2);
    assert_string_equal(here.ranks_per, "2");
    assert_int_equal(
        deal_cell(*state, &placement, RANKS_PER_NUMA, false, &apart, &err), 0);
    assert_int_equal(apart.ranks, 0);
    assert_string_equal(apart.ranks_per, "numa");
    placement_free(&placement);
}

/* Shares differ by one at most. */
static void test_even_shares(void **state)
{
    for (int workers = 1; workers <= 20; workers++) {
        for (int ranks = 1; ranks <= workers; ranks++) {
            struct dealt d;

            deal(*state, "core", workers, ranks, &d);
            check_deal(&d, workers);
            assert_int_equal(d.ranks, ranks);
            for (int r = 0; r < ranks; r++)
                assert_in_range(threads_of(&d, workers, r), workers / ranks,
                                (workers + ranks - 1) / ranks);
            placement_free(&d.placement);
        }
    }
}

static void test_words(void **state)
{
    static const char *const bad[] = {"",   "0",   "-1", "2x",         "numas",
                                      "L3", "1.5", " ",  "99999999999"};
    struct err err;
    int what;

    (void)state;
    assert_int_equal(deal_read("node", &what, &err), 0);
    assert_int_equal(what, RANKS_PER_NODE);
    assert_int_equal(deal_read("numa", &what, &err), 0);
    assert_int_equal(what, RANKS_PER_NUMA);
    assert_int_equal(deal_read("l3", &what, &err), 0);
    assert_int_equal(what, RANKS_PER_L3);
    assert_int_equal(deal_read("12", &what, &err), 0);
    assert_int_equal(what, 12);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(deal_read(bad[i], &what, &err), -1);
        assert_int_equal(err.code, EXIT_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domains),     cmocka_unit_test(test_counts),
        cmocka_unit_test(test_board),       cmocka_unit_test(test_cell),
        cmocka_unit_test(test_even_shares), cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, open_machine, close_machine);
}
