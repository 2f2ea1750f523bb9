/* SPDX-License-Identifier: Apache-2.0 */
/* What nodes report of a team, put together as one board. */
#include "drivers/executors/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two nodes, of one and two workers, whose clocks are 1000 ns apart. */
struct nodes {
    struct board *whole, *board[2];
    struct drift clock[2];
    char bytes[2 * sizeof(struct part) + 3 * sizeof(struct report)];
    size_t n;
};

static struct board *make_board(int workers)
{
    struct board *board;
    int fd;

    assert_int_equal(board_create(&board, &fd, workers, NULL), 0);
    close(fd);
    return board;
}

static int setup(void **state)
{
    const struct reading ahead = {.local = 1, .offset = -1000, .error = 10};
    struct nodes *nodes = calloc(1, sizeof *nodes);

    nodes->whole = make_board(3);
    nodes->board[0] = make_board(1);
    nodes->board[1] = make_board(2);
    nodes->board[1]->slot[0].task = 1;
    nodes->board[1]->slot[1].task = 2;
    drift_learn(&nodes->clock[1], &ahead);
    *state = nodes;
    return 0;
}

static int teardown(void **state)
{
    struct nodes *nodes = *state;

    board_close(nodes->whole);
    board_close(nodes->board[0]);
    board_close(nodes->board[1]);
    free(nodes);
    return 0;
}

static void add(struct nodes *nodes, const void *bytes, size_t n)
{
    memcpy(nodes->bytes + nodes->n, bytes, n);
    nodes->n += n;
}

static void send_part(struct nodes *nodes, int node)
{
    const char *host[] = {"n1", "n2"};
    struct board *board = nodes->board[node];
    struct part part = {.node = node, .count = board->workers};
    struct report report;

    part_read(&part, board, host[node]);
    add(nodes, &part, sizeof part);
    for (int i = 0; i < board->workers; i++) {
        report_read(&report, board, i, &nodes->clock[node]);
        add(nodes, &report, sizeof report);
    }
}

static void every_worker_comes_to_its_slot(void **state)
{
    struct nodes *nodes = *state;

    nodes->board[0]->slot[0].span =
        (struct span){.start_ns = 5000, .end_ns = 6000};
    nodes->board[1]->slot[0].span =
        (struct span){.start_ns = 6000, .end_ns = 7000};
    nodes->board[1]->slot[0].began_ns = 3000;
    nodes->board[1]->slot[0].reset_ns = 4000;
    nodes->board[1]->slot[0].done_ns = 8000;
    nodes->board[1]->slot[1].outcome.checksum = 77;
    nodes->board[1]->slot[1].late = true;
    send_part(nodes, 0);
    send_part(nodes, 1);
    assert_true(parts_write(nodes->whole, nodes->bytes, nodes->n));
    assert_int_equal(nodes->whole->slot[0].span.start_ns, 5000);
    assert_int_equal(nodes->whole->slot[0].node, 0);
    /* on the first node's clock */
    assert_int_equal(nodes->whole->slot[1].span.start_ns, 5000);
    assert_int_equal(nodes->whole->slot[1].span.end_ns, 6000);
    assert_int_equal(nodes->whole->slot[1].began_ns, 2000);
    assert_int_equal(nodes->whole->slot[1].reset_ns, 3000);
    assert_int_equal(nodes->whole->slot[1].done_ns, 7000);
    assert_int_equal(nodes->whole->slot[2].outcome.checksum, 77);
    assert_int_equal(nodes->whole->slot[2].node, 1);
    assert_true(nodes->whole->slot[2].late);
    assert_int_equal(nodes->whole->err.code, 0);
}

static void a_failure_keeps_its_words_and_its_code(void **state)
{
    struct nodes *nodes = *state;
    struct slot *slot = &nodes->board[1]->slot[1];

    slot->failed = true;
    err_set(&slot->err, EXIT_ABSENT, "no such thing");
    atomic_store(&nodes->board[1]->troubles, 1);
    send_part(nodes, 0);
    send_part(nodes, 1);
    assert_true(parts_write(nodes->whole, nodes->bytes, nodes->n));
    assert_true(nodes->whole->slot[2].failed);
    assert_int_equal(nodes->whole->slot[2].err.code, EXIT_ABSENT);
    assert_string_equal(nodes->whole->slot[2].err.text, "n2: no such thing");
    assert_false(nodes->whole->slot[1].failed);
}

static void a_lost_host_is_the_teams_error(void **state)
{
    struct nodes *nodes = *state;

    board_lost(nodes->board[1], "the team was lost");
    send_part(nodes, 0);
    send_part(nodes, 1);
    assert_true(parts_write(nodes->whole, nodes->bytes, nodes->n));
    assert_int_equal(nodes->whole->err.code, EXIT_RESOURCE);
    assert_string_equal(nodes->whole->err.text, "n2: the team was lost");
}

static void a_wrong_result_is_quoted(void **state)
{
    struct nodes *nodes = *state;
    struct slot *slot = &nodes->board[0]->slot[0];

    slot->wrong = true;
    err_set(&slot->err, EXIT_WRONG, "residual 3");
    send_part(nodes, 0);
    assert_true(parts_write(nodes->whole, nodes->bytes, nodes->n));
    assert_true(nodes->whole->slot[0].wrong);
    assert_string_equal(nodes->whole->slot[0].err.text, "n1: residual 3");
    assert_int_equal(nodes->whole->err.code, 0);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct nodes *nodes = *state;

    nodes->board[1]->slot[1].task = 3; /* the team has three */
    send_part(nodes, 1);
    assert_false(parts_write(nodes->whole, nodes->bytes, nodes->n));
    nodes->n = 0;
    nodes->board[1]->slot[1].task = 2;
    send_part(nodes, 1);
    assert_false(parts_write(nodes->whole, nodes->bytes, nodes->n - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_worker_comes_to_its_slot, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_failure_keeps_its_words_and_its_code,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_host_is_the_teams_error, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_wrong_result_is_quoted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
