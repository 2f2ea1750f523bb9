/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job: comparisons of one kernel, one after the other, into one record.
 * What `drive run` is, and what `drive scale` is made of.
 */
#ifndef DRIVE_DRIVERS_COMMANDS_RUN_H
#define DRIVE_DRIVERS_COMMANDS_RUN_H

#include "drivers/commands/command.h"
#include "drivers/measure.h"
#include "drivers/probe.h"
#include "drivers/progress.h"
#include "results/record/environment.h"
#include "results/record/resume.h"
#include "results/record/write.h"
#include "results/report/table.h"
#include "results/verdict/warnings.h"

/* One comparison to be made. */
struct point {
    struct problem problem;
    int workers;
    bool grown; /* too large for executors that have fewer workers: left out */
};

struct job {
    struct conductor *conductor;
    const struct options *options;
    int kernel;
    int executor[CELLS_MAX], executors;
    struct point *point; /* [points], owned */
    int points;
    struct measure_plan plan; /* all but problem, workers and executors */
    char raised[160];         /* why the margin is not the one asked for */
    struct timer timer;
    struct environment *environment;
    struct probes probes;
    struct warnings warnings; /* of all comparisons */
    struct resume *resume;    /* what another process left, or NULL */
    struct writer *writer;
    uint64_t fingerprint; /* of all that is planned */
    struct table_place place;
    struct progress progress;
    FILE *out; /* where people read */
    struct comparison *comparison;
    struct judgement *judgement;
    int done; /* comparisons that were begun */

    /* By the command, before job_conduct(). */
    bool brief;                 /* a line a comparison, no table */
    char note[160];             /* told before the first; or "" */
    const char *scaling, *base; /* of scale, for the record; or NULL */
    /* After the last comparison: the document for --json, or a table of all.
     * path: the record's, "" without one. */
    int (*conclude)(struct job *, const char *path, struct err *);
};

/* A job of the kernel that the first word names, with the executors asked for
 * and its seed; --resume is read. Its points are to be filled in. */
int job_begin(struct job *, struct conductor *, const struct options *,
              struct err *);

/* Makes all comparisons that are not in the record yet. */
int job_conduct(struct job *, struct err *);

void job_free(struct job *); /* what it owns */

/* For the inside of a job. */
int job_open_record(struct job *, struct err *);
int job_check_hosts(const struct job *, struct err *);
int job_check_resume(const struct job *, struct err *);
void job_tell_resume(const struct job *);

#endif
