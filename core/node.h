/* SPDX-License-Identifier: Apache-2.0 */
/* One of the nodes that a launcher's ranks are on, as its leader tells. */
#ifndef DRIVE_CORE_NODE_H
#define DRIVE_CORE_NODE_H

#include <stdint.h>

struct node_card {
    char host[64], cpu[128]; /* "": not known; the model's name */
    int ranks;               /* of the launcher */
    int cores, pus;          /* that they may use; 0: not known */
    int64_t memory_bytes;    /* -1: not known */
    uint64_t clock_error_ns; /* of its clock against the first node's, when the
                                run began */
};

#endif
