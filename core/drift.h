/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one node knows of another node's clock: root = local + offset, where
 * the offset drifts at a rate that is learned from readings some time apart.
 *
 * A reading comes from the quickest of some round trips: had both ways taken
 * as long, it would be exact, and it errs by half the round trip at most
 * (Cristian, "Probabilistic clock synchronization", 1989). The rate is that
 * between the oldest and the newest reading kept; it is the better known, the
 * further they are apart (a linear model, as in Hunold and Carpen-Amarie,
 * "Hierarchical Clock Synchronization in MPI", CLUSTER 2018).
 *
 * All times are ns on the monotonic clock of either side.
 */
#ifndef DRIVE_CORE_DRIFT_H
#define DRIVE_CORE_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

/* One reading of both clocks. */
struct reading {
    uint64_t local;
    int64_t offset; /* root - local */
    uint64_t error; /* the offset is right within this */
};

/* Readings of the last minute or so. Begin with zeros: root = local. */
enum { DRIFT_READINGS = 16 };
struct drift {
    struct reading reading[DRIFT_READINGS]; /* a ring, oldest at `first` */
    int first, n;
    double rate, rate_error; /* ns a ns */
};

/* Adds a reading. Returns true where it cannot be explained by drift: a clock
 * has jumped, and what was known before it is forgotten. */
bool drift_learn(struct drift *, const struct reading *);

uint64_t drift_to_root(const struct drift *, uint64_t local);
uint64_t drift_to_local(const struct drift *, uint64_t root);

/* How far drift_to_root(local) may be from the truth. 0 with no reading. */
uint64_t drift_error(const struct drift *, uint64_t local);

/* The drift has added so much to the last reading's error that it is time for
 * another. */
bool drift_is_stale(const struct drift *, uint64_t local);

#endif
