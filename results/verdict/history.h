/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many launches: how a cell moved over them in time, and which of the hosts
 * they were made on stands out. The unit is the launch, its value the
 * logarithm of a cell's median.
 */
#ifndef DRIVE_RESULTS_VERDICT_HISTORY_H
#define DRIVE_RESULTS_VERDICT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/series.h"
#include "results/verdict/launches.h"

/* One cell over the launches that have it, in the order they were started. */
struct history_row {
    const struct launch_value *value; /* [n], of the history's */
    size_t n;
    struct trend trend; /* per launch */
    struct change jump; /* the likeliest one */
    bool jumped;        /* and it is one: p below 1 %, beyond the margin */
};

struct history {
    struct launch_value *value;
    struct history_row *row;
    size_t rows;
};

/* Puts the launches in the order of their start, which is why they are not
 * constant. Fails with EXIT_RESOURCE. */
int history_make(struct launches *, double margin, struct history *,
                 struct err *);
void history_free(struct history *); /* what it owns; NULL-safe */

/*
 * One host. In each cell that at least NODES_LEAST hosts have, a host's value
 * is the median of its launches, and z its distance from the median of the
 * hosts over 1.4826 times their median absolute deviation (or over a tenth of
 * the margin, if that is larger: hosts as alike as that do not stand out). Of
 * both the host has the median over the cells. Slow is z above 3.5 and slower
 * by more than the margin. (Iglewicz & Hoaglin, How to Detect and Handle
 * Outliers, 1993.)
 */
enum { NODES_LEAST = 3 };
struct node {
    const char *host;       /* of the launches */
    size_t launches, cells; /* cells: that were compared */
    double slower, z;       /* log ratio to the hosts' median; NAN: none */
    bool slow;
};

/* *out: the hosts, slowest first, for free(). Fails with EXIT_RESOURCE. */
int nodes_rank(const struct launches *, double margin, struct node **out,
               size_t *n, struct err *);

#endif
