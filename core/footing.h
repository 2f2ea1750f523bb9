/* SPDX-License-Identifier: Apache-2.0 */
/* What the workers of a cell stand on: so many nodes, and cores of them. */
#ifndef DRIVE_CORE_FOOTING_H
#define DRIVE_CORE_FOOTING_H

#include "core/err.h"
#include "core/study.h"

struct footing {
    int nodes;        /* 0: not known */
    int cores;        /* of all nodes; a worker without a seat counts as one */
    int fewest, most; /* of a node; 0: not known */
};

/* Counts the places of a cell of the comparison. Where they were not noted,
 * the run's one node is told, of several none. Fails with EXIT_RESOURCE. */
int footing_of(const struct comparison *, const struct cell *, struct footing *,
               struct err *);

#endif
