/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `drive compare` found, in four forms: text for a terminal, Markdown for
 * a pull request, JUnit XML for what collects test results, one JSON document.
 * Texts of the records stand in them as what they are, never as mark-up or
 * orders to a terminal.
 */
#ifndef DRIVE_RESULTS_REPORT_CHANGES_H
#define DRIVE_RESULTS_REPORT_CHANGES_H

#include <stdio.h>

#include "core/err.h"
#include "results/verdict/compare.h"

/* The two sides and what became of them. */
struct changes_sides {
    const char *old_name, *new_name; /* as they were given */
    const struct launches *old_side, *new_side;
};

/* All in the order of the rows, environment first, regressions once more in
 * the verdict. quiet: the verdict only. */
void changes_print(FILE *, const struct changes_sides *, const struct changes *,
                   int quiet);
void changes_print_markdown(FILE *, const struct changes_sides *,
                            const struct changes *);

/* A test case for each row: a regression has failed, what cannot be judged or
 * is on one side only was skipped. */
void changes_print_junit(FILE *, const struct changes_sides *,
                         const struct changes *);

/* Fails with EXIT_RESOURCE. */
int changes_print_json(FILE *, const struct changes_sides *,
                       const struct changes *, struct err *);

/* One sentence: "1 regression, 2 without change, ...". Returns out. */
char *changes_sentence(const struct changes *, char *out, size_t size);

/* What is to be shown on a terminal: control characters as '?'. */
void print_plain(FILE *, const char *text);

/* "null delay=0 divide, 2 workers, threads"; cut at size. Returns out. */
char *launch_cell_format(const struct launch_cell *, char *out, size_t size);

/* "+2.4 %" of log(new / old); "+2.4 % [+2.1, +2.8]" with its interval. */
char *format_change(double log_ratio, char *out, size_t size);

#endif
