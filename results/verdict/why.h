/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a trial's time goes, and which part of it makes two executors differ.
 *
 * A trial lasts T, from the first start to the last end. Each worker's T is
 * split into what it spent in the verbs (talk), waiting for the giant lock
 * (lock), in the kernel of the operating system (system), ready but without its
 * core (waited), outside its own start and end (imbalance), and the rest, which
 * is compute. The parts are means over the workers, so they add up to T;
 * medians over the counting trials. Time the operating system spends on behalf
 * of a verb counts as talk, on behalf of the lock as lock.
 */
#ifndef DRIVE_RESULTS_VERDICT_WHY_H
#define DRIVE_RESULTS_VERDICT_WHY_H

#include "core/err.h"
#include "core/study.h"
#include "results/verdict/verdict.h"

enum part {
    PART_COMPUTE,
    PART_TALK,
    PART_LOCK,
    PART_SYSTEM,
    PART_WAITED,
    PART_IMBALANCE,
    PARTS
};

/* ns[PARTS] of one cell; all 0 where it has no counting trial. */
int why_parts(const struct cell *, double *ns, struct err *);

/* The part that contributes most to a's being slower (or faster) than b, and
 * by how much of b's time: +0.04 says 4 points. */
struct contribution {
    enum part part;
    double points;
};
struct contribution why_largest(const double *a_ns, const double *b_ns);

/* One line for each pair that differs: "ranks v threads: 4.1 of 5.0 points
 * communicate"; then what else stands out (faults or switches, huge pages).
 * Writes at most size bytes, "" when no pair differs. */
int why_text(const struct comparison *, const struct judgement *, char *out,
             size_t size, struct err *);
int why_text_in(enum language, const struct comparison *,
                const struct judgement *, char *out, size_t size, struct err *);

#endif
