/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comparison a reader is in: begun by a plan, filled by trials and places,
 * ended by its summary or by something else that comes instead. For the
 * reader only. What cannot be fails with EXIT_USAGE and a text about it and
 * changes nothing that counts; EXIT_RESOURCE is want of memory.
 */
#ifndef DRIVE_RESULTS_RECORD_HELD_H
#define DRIVE_RESULTS_RECORD_HELD_H

#include <jansson.h>

#include "core/err.h"
#include "core/study.h"
#include "results/record/decode.h"
#include "results/record/trial_line.h"

struct held {
    struct comparison comparison;
    struct texts *texts; /* of this comparison */
    struct texts *taken; /* of those that were handed over */
    bool keep;           /* trials gather in it */
    bool open;           /* it waits for its summary */
    int plan;
    long lines; /* of trials since the plan, good and bad */
    struct span *span;
    size_t spans;
};

int held_plan(struct held *, const json_t *, struct err *);

/* Places and summary say to which cell they belong. */
int held_place(struct held *, const json_t *, int *cell, struct err *);
int held_utilisation(struct held *, const json_t *, struct err *);
int held_summary(struct held *, const json_t *, struct err *);

/* The line has been checked; the trial's spans are borrowed until the next. */
int held_trial(struct held *, const struct trial_line *, int *cell,
               struct trial *, struct err *);

/* Hands it over, all but its texts, which stay with the reader. */
void held_take(struct held *, struct comparison *out);
void held_free(struct held *); /* what it owns */

#endif
