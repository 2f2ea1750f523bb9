/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the control groups of this process let it use, besides the set of
 * CPUs: the narrowest limit from its own group up to the root, in both
 * versions of the hierarchy, where it is usually mounted.
 */
#ifndef DRIVE_RESULTS_RECORD_LIMITS_H
#define DRIVE_RESULTS_RECORD_LIMITS_H

#include <stdint.h>

struct limits {
    double cpus;    /* of time a second of wall time; -1: none is seen */
    int64_t memory; /* bytes; -1: none is seen */
};

/* Below `root`; "" is this machine. */
struct limits limits_read(const char *root);

#endif
