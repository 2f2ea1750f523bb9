/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as launches: of each file only what comparisons over launches need,
 * the median of every cell over its counting trials, and the facts of its
 * environment. Files are read in full, as trials are what counts, but never
 * held: core/median.h says how a median is had of any number of trials in
 * bounded memory, and how exact it is (exact up to 16384 a cell, else to
 * 0.0122 %).
 */
#ifndef DRIVE_RESULTS_VERDICT_LAUNCHES_H
#define DRIVE_RESULTS_VERDICT_LAUNCHES_H

#include <stddef.h>

#include "core/err.h"

/* One cell of one launch. All texts are owned and never NULL. */
struct launch_cell {
    char *kernel, *problem, *mode, *executor, *placement;
    int workers;
    size_t trials; /* that count; at least 1 */
    double median_ns;
};

/* "governor" "performance": of node, build and libraries, without what differs
 * from one moment to the next. Nested names are joined, "variables.OMP_...". */
struct fact {
    char *name, *value;
};

struct launch_record {
    char *path, *host, *start; /* "" where not known */
    char *note;                /* NULL, or what is wrong with the record */
    size_t wrong;              /* trials whose result was wrong */
    struct launch_cell *cell;
    size_t cells, cells_room;
    struct fact *fact;
    size_t facts, facts_room;
};

struct launches {
    struct launch_record *launch;
    size_t n, room;
    char **skipped; /* of a folder: "FILE:1: no record of drive: ..." */
    size_t skips, skips_room;
};

/* Adds a file, or every *.jsonl of a folder by name; those of a folder that are
 * no records are skipped and noted. Fails with EXIT_USAGE, for want of memory
 * with EXIT_RESOURCE; what was added before stays. */
int launches_add(struct launches *, const char *path, struct err *);

void launches_free(struct launches *); /* what it owns; NULL-safe */

/* By kernel, problem, mode, workers, executor and placement, numbers in texts
 * by their value. 0: the same cell. */
int launch_cell_order(const struct launch_cell *, const struct launch_cell *);

/* All cells of some launches, the same ones side by side in the order above,
 * and there in the order of the launches. One that was measured twice in a
 * launch comes once, with the geometric mean. */
struct launch_value {
    const struct launch_cell *cell;
    const struct launch_record *launch;
    size_t index; /* of the launch */
    double log_ns;
};

int launches_values(const struct launches *, struct launch_value **out,
                    size_t *n, struct err *);

/* How many from the first on are of the same cell; 0 if there are none. */
size_t launch_values_same(const struct launch_value *, size_t n);

#endif
