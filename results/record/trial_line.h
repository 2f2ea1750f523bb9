/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trial's line as it stands, and what may stand there. A record has a
 * million of them where it has ten of all others, so they have a quick way
 * (results/record/scan.h) beside the common one; both fill the same fields by
 * the same table. For the reader only.
 */
#ifndef DRIVE_RESULTS_RECORD_TRIAL_LINE_H
#define DRIVE_RESULTS_RECORD_TRIAL_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/study.h"
#include "results/record/scan.h"

/* What is not on the line is 0 or empty, a real that is null is NAN; the first
 * five numbers and ns, which every trial has, are -1. Texts are borrowed from
 * what was read. The lists keep their room from line to line. */
struct trial_line {
    struct slice type, run, executor, checksum, disturbed;
    int64_t version, seq, plan, workers, block;
    int64_t ns, order, repeats;
    int64_t warmup, late, wrong;
    double balance, residual;
    struct reals metrics;
    int64_t cpu_ns, system_ns, waited_ns, talk_ns, lock_ns;
    int64_t minor_faults, major_faults;
    int64_t voluntary_switches, involuntary_switches;
    int64_t cycles, instructions, migrations;
    int64_t steal_ns, throttled_ns, pressure_ns;
    struct numbers start_ns, end_ns, waited_by_worker;
    struct numbers phases_by_worker; /* of each worker as many */
};

/* False: this is for trial_line_parse(), which knows why. */
bool trial_line_scan(struct trial_line *, const char *text, size_t length);

/* Fails, with a text about the field that cannot be. */
int trial_line_parse(struct trial_line *, const json_t *, struct err *);

/* Whether the fields go together: as many instants as workers, no end before
 * its start. */
int trial_line_check(const struct trial_line *, struct err *);

/* As a trial, all but its spans; metrics that are not on the line are NAN. */
void trial_line_fill(const struct trial_line *, struct trial *);

#endif
