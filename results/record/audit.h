/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a record hold together? Its schema; the order, numbers and counts of
 * its lines; the hash at its end; each trial's time against its workers'
 * times; and the summaries, recomputed from the trials.
 */
#ifndef DRIVE_RESULTS_RECORD_AUDIT_H
#define DRIVE_RESULTS_RECORD_AUDIT_H

#include <stdio.h>

#include "core/err.h"

/* Prints what was checked, a line each, and all that is wrong, up to
 * AUDIT_PROBLEMS. A record that was cut short is said to be partial, which is
 * no fault. Memory is that of the largest comparison's trials, of
 * READER_KEPT at most: a summary of more is not recomputed, and that is said.
 * Fails with EXIT_USAGE for what cannot be read or is no record, with
 * EXIT_WRONG for one that contradicts itself. */
enum { AUDIT_PROBLEMS = 50 };
int audit_print(FILE *, const char *path, struct err *);

#endif
