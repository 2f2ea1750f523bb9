/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node's leader reports of its part of a team after an order, as bytes
 * that travel: how its workers fared, their stamps on the root's clock, and the
 * words of the first of them who failed. Less than 1 KiB a worker.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_PARTS_H
#define DRIVE_DRIVERS_EXECUTORS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drift.h"
#include "drivers/board.h"

/* Stands before the reports of a node's workers. */
struct part {
    int32_t node, count; /* reports that follow */
    int32_t at;          /* slot of the whole team that err is of; -1: none */
    bool failed;         /* the part cannot go on */
    bool stale, jumped;  /* its clock */
    uint64_t sent_ns, error_ns; /* on the root's clock, right within that */
    uint64_t reach_ns;          /* from the root, a word */
    struct err err;
};

/* One worker's slot. */
struct report {
    int32_t slot; /* of the whole team's board */
    int32_t rank, thread;
    struct seat seat;
    struct span span;
    uint64_t began_ns, reset_ns, done_ns;
    struct usage usage;
    struct outcome outcome;
    struct page_use pages;
    uint64_t talk_ns, lock_ns, ready_ns, idle_ns, idle_cpu_ns;
    int32_t uncounted, pu;
    bool late, wrong, failed, bound;
    struct cpuset mask;
};
_Static_assert(sizeof(struct report) <= 1024, "a report is at most 1 KiB");

/* Worker `place` of a node's board as a report. */
void report_read(struct report *, const struct board *, int place,
                 const struct drift *);

/* The board's troubles, or a wrong result, into the part: first words only. */
void part_read(struct part *, const struct board *, const char *host);

/* Puts all parts of a team, one behind the other, into the whole team's board,
 * which is left as if its workers had done so themselves, but for `done`.
 * Returns false where bytes do not make sense. */
bool parts_write(struct board *whole, const char *bytes, size_t n);

/* The part behind `at` bytes and the step to the next; NULL: the end. */
const struct part *parts_next(const char *bytes, size_t n, size_t *at);

#endif
