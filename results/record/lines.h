/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a record without what all have in common: results/record/
 * write.h says what they hold. For the writer only. Each returns a new
 * object, or NULL when there is no memory.
 */
#ifndef DRIVE_RESULTS_RECORD_LINES_H
#define DRIVE_RESULTS_RECORD_LINES_H

#include <jansson.h>

#include "results/record/write.h"

json_t *line_run(const struct run_info *);
json_t *line_host(const struct run_info *);
json_t *line_calib(const struct run_info *);
json_t *line_plan(int plan, const struct comparison *);
json_t *line_trial(int plan, const struct comparison *, const struct cell *,
                   const struct trial *, bool raw);
json_t *line_place(int plan, const struct cell *);
json_t *line_summary(int plan, const struct comparison *,
                     const struct judgement *);
struct resume;
/* aside: what was cut off, line by line; changed on the way. */
json_t *line_resume(const struct resume *, const char *command_line,
                    char *aside, size_t length);
json_t *line_event(const char *what, const char *text);
json_t *line_end(const char *why, uint64_t lines, uint64_t trials,
                 const char *sha256);

#endif
