/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did anything change between two sets of launches? The unit is the launch:
 * trials of one launch share its memory layout and its moment, so their number
 * says nothing about the next launch. Each cell that both sides have is judged
 * by the exact rank sum of the logarithms of its launch medians, with the
 * Hodges-Lehmann estimate of the change.
 *
 * A change counts when its interval lies wholly beyond the margin. The
 * intervals are Holm's: rows are taken by their evidence, and the k-th of m
 * has the level 1 - alpha / (m - k + 1) as long as all before it counted, so
 * that the chance of any false one among all rows is at most alpha (5 %). That
 * needs launches: four a side for one row, five for six (least_launches()).
 * No change is what the row's own 90 % interval inside +-margin says (two
 * one-sided tests).
 */
#ifndef DRIVE_RESULTS_VERDICT_COMPARE_H
#define DRIVE_RESULTS_VERDICT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/stats.h"
#include "results/verdict/launches.h"

/* On each side, below which nothing is ever judged. */
enum { LAUNCHES_LEAST = 4 };

enum change_kind {
    CHANGE_UNCLEAR, /* neither of the next three can be said */
    CHANGE_NONE,    /* within the margin */
    CHANGE_FASTER,
    CHANGE_SLOWER, /* a regression */
    CHANGE_ONLY_OLD,
    CHANGE_ONLY_NEW
};

/* A cell; what it points to belongs to the launches. */
struct shift {
    const struct launch_cell *cell;
    enum change_kind kind;
    size_t old_launches, new_launches;
    double old_ns, new_ns;  /* medians of the launch medians; NAN: none */
    struct estimate ratio;  /* log(new / old), interval by Holm's level */
    struct estimate narrow; /* the same value, 90 %, of this row alone */
};

/* One of the environment that is not the same on both sides. A side whose
 * launches differ has all its values, joined with " | ". */
struct fact_change {
    const char *name;
    char *old_value, *new_value;
};

struct changes {
    struct shift *change;
    size_t n, count[CHANGE_ONLY_NEW + 1]; /* by kind */
    struct fact_change *fact;
    size_t facts, facts_room;
    char *old_hosts, *new_hosts; /* "n1, n2" */
    size_t old_launches, new_launches;
    size_t old_wrong, new_wrong; /* trials with a wrong result */
    size_t least;  /* launches a side that so many rows need for a verdict */
    double margin; /* 0.02 = 2 % */
};

/* "inconclusive", "no change", "faster", "regression", "only in OLD", ... */
const char *change_kind_name(enum change_kind);

/* How many launches a side can show a change among so many rows at 5 %. */
size_t least_launches(size_t rows);

/* Fails with EXIT_USAGE when the sides were made on different hosts, unless
 * across; for want of memory with EXIT_RESOURCE. */
int compare_launches(const struct launches *old_side,
                     const struct launches *new_side, double margin,
                     bool across, struct changes *, struct err *);

void changes_free(struct changes *); /* what it owns; NULL-safe */

#endif
