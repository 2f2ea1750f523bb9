/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scaling studies and sweeps among a report's comparisons. They are judged by
 * what `drive scale` and `drive metg` judge by, on the points that a section
 * has kept: up to POINTS_MAX trials of an executor, which are all of them in
 * most records. For results/report/ only.
 */
#ifndef DRIVE_RESULTS_REPORT_STUDY_H
#define DRIVE_RESULTS_REPORT_STUDY_H

#include "results/report/model.h"
#include "results/verdict/metg.h"
#include "results/verdict/scaling.h"

/* Comparisons of one study on one host: the same problem shared out (strong),
 * done by each (weak), or grown with the workers (weak). counts: how many
 * numbers of workers, 1 for one that stands alone. */
struct study_group {
    enum scaling_mode mode;
    const struct section **section; /* of study.all */
    size_t n, counts;
};

struct study {
    struct study_group *group; /* in the order of their first comparisons */
    size_t groups;
    const struct section **all; /* [all sections] */
};

int study_find(const struct report *, struct study *, struct err *);
void study_free(struct study *);

/* A group judged. It borrows the sections' texts. scaling.core_hours are those
 * of all trials that were read, also where fewer were kept. */
struct study_scaling {
    struct comparison *c; /* [n]; trials owned */
    int n;
    bool thinned; /* not by all trials */
    struct scaling scaling;
};

/* The base is each executor at its smallest count, as `drive scale` has it.
 * Fails as scaling_judge() does. */
int study_judge(const struct section *const *, size_t n, enum scaling_mode,
                struct study_scaling *, struct err *);
void study_scaling_free(struct study_scaling *);

/* The sweeps over `grain`. */
struct study_sweeps {
    struct comparison *c; /* [n], one trial a cell */
    struct judgement *j;
    int n;
    struct metg *sweep;
    int sweeps;
};

int study_sweep(const struct report *, struct study_sweeps *, struct err *);
void study_sweeps_free(struct study_sweeps *);

#endif
