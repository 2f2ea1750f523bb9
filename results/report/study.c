/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for a study");
}

/* -- groups -------------------------------------------------------------- */

static bool same_place(const struct report *report, const struct section *a,
                       const struct section *b)
{
    return strcmp(report->file[a->file].host, report->file[b->file].host) ==
               0 &&
           strcmp(a->c.kernel, b->c.kernel) == 0 &&
           strcmp(a->c.mode, b->c.mode) == 0;
}

static bool same_problem(const struct report *report, const struct section *a,
                         const struct section *b)
{
    return same_place(report, a, b) && strcmp(a->c.problem, b->c.problem) == 0;
}

/* Another problem with as much work for each worker. */
static bool grown(const struct report *report, const struct section *a,
                  const struct section *b)
{
    double x = a->c.amount / a->c.workers, y = b->c.amount / b->c.workers;

    return same_place(report, a, b) && !a->c.replicate && x > 0 &&
           fabs(y / x - 1) <= SCALING_DRIFT / 2 &&
           (a == b || a->c.workers != b->c.workers);
}

typedef bool belongs(const struct report *, const struct section *,
                     const struct section *);

static size_t count_workers(const struct section *const *s, size_t n)
{
    size_t counts = 0;

    for (size_t i = 0; i < n; i++) {
        bool known = false;

        for (size_t k = 0; k < i; k++)
            known = known || s[k]->c.workers == s[i]->c.workers;
        counts += !known;
    }
    return counts;
}

/* Those that go with section i; taken from now on if they are `least` counts
 * and more. */
static void take_group(const struct report *report, struct study *study,
                       bool *taken, size_t *used, size_t i, belongs *with,
                       size_t least)
{
    struct study_group *group = &study->group[study->groups];
    const struct section *first = report->section[i];

    if (taken[i])
        return;
    *group = (struct study_group){.section = study->all + *used};
    for (size_t k = i; k < report->sections; k++) {
        if (!taken[k] && with(report, first, report->section[k]))
            group->section[group->n++] = report->section[k];
    }
    group->counts = count_workers(group->section, group->n);
    if (!group->n || group->counts < least)
        return;
    for (size_t k = i; k < report->sections; k++)
        taken[k] = taken[k] || with(report, first, report->section[k]);
    group->mode =
        first->c.replicate || with == grown ? SCALING_WEAK : SCALING_STRONG;
    *used += group->n;
    study->groups++;
}

int study_find(const struct report *report, struct study *study,
               struct err *err)
{
    size_t n = report->sections, used = 0;
    bool *taken = calloc(n + 1, sizeof *taken);

    *study = (struct study){
        .group = calloc(n + 1, sizeof *study->group),
        .all = calloc(n + 1, sizeof *study->all),
    };
    if (!taken || !study->group || !study->all) {
        free(taken);
        study_free(study);
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++)
        take_group(report, study, taken, &used, i, same_problem, 2);
    for (size_t i = 0; i < n; i++)
        take_group(report, study, taken, &used, i, grown, 2);
    for (size_t i = 0; i < n; i++)
        take_group(report, study, taken, &used, i, same_problem, 1);
    free(taken);
    return 0;
}

void study_free(struct study *study)
{
    free(study->group);
    free(study->all);
    *study = (struct study){.groups = 0};
}

/* -- comparisons again --------------------------------------------------- */

/* Blocks keep their order; where there are more than BLOCKS of them, they move
 * together, pairs alike. */
enum { BLOCKS = 4096 };

static int last_block(const struct section *s)
{
    int last = 0;

    for (int i = 0; i < s->c.cells; i++) {
        for (size_t k = 0; k < s->track[i].points; k++) {
            int block = s->track[i].point[k].block;

            last = block > last ? block : last;
        }
    }
    return last;
}

static int add_points(struct comparison *c, const struct section *s, int i,
                      int last, size_t most)
{
    const struct track *track = &s->track[i];
    size_t taken = 0;

    for (size_t k = 0; k < track->points && taken < most; k++) {
        const struct point *point = &track->point[k];
        struct trial *trial;

        if (!point->counts || point->ns <= 0 || point->block < 0)
            continue;
        trial = cell_add_trial(&c->cell[i]);
        if (!trial)
            return -1;
        trial->block = last < BLOCKS
                           ? point->block
                           : (int)((int64_t)point->block * BLOCKS / (last + 1));
        trial->ns = (uint64_t)point->ns;
        trial->repeats = 1;
        memcpy(trial->metric, track->metric, sizeof trial->metric);
        taken++;
    }
    return 0;
}

/* Texts and places stay the section's. */
static int restore(struct comparison *c, const struct section *s, size_t most,
                   bool *thinned, struct err *err)
{
    int last = last_block(s);

    *c = s->c;
    c->blocks = last < BLOCKS ? last + 1 : BLOCKS;
    for (int i = 0; i < c->cells; i++) {
        c->cell[i].trial = NULL;
        c->cell[i].trials = c->cell[i].capacity = 0;
    }
    for (int i = 0; i < c->cells; i++) {
        *thinned = *thinned || s->track[i].trials > s->track[i].points;
        if (add_points(c, s, i, last, most))
            return no_memory(err);
    }
    return 0;
}

static void drop(struct comparison *c, int n)
{
    for (int i = 0; c && i < n; i++) {
        for (int k = 0; k < c[i].cells; k++) {
            for (size_t t = 0; t < c[i].cell[k].trials; t++)
                free(c[i].cell[k].trial[t].span);
            free(c[i].cell[k].trial);
        }
    }
    free(c);
}

/* -- judged -------------------------------------------------------------- */

/* The cores that a comparison over so many workers holds; 0: no row tells. */
static int cores_of(const struct scaling *s, int workers)
{
    int cores = 0;

    for (int i = 0; i < s->curves; i++) {
        const struct scaling_row *row = scaling_find(&s->curve[i], workers);

        if (row && row->on.cores > cores)
            cores = row->on.cores;
    }
    return cores;
}

/* What was spent on it, not only on the trials that it was judged by. */
static double spent_core_hours(const struct section *const *section, size_t n,
                               const struct scaling *s)
{
    double hours = 0;

    for (size_t i = 0; i < n; i++) {
        int cores = cores_of(s, section[i]->c.workers);

        for (int k = 0; k < section[i]->c.cells; k++)
            hours += cores * section[i]->track[k].spent_ns * 1e-9 / 3600;
    }
    return hours;
}

int study_judge(const struct section *const *section, size_t n,
                enum scaling_mode mode, struct study_scaling *out,
                struct err *err)
{
    int failed = 0;

    *out = (struct study_scaling){.c = calloc(n + 1, sizeof *out->c)};
    if (!out->c)
        return no_memory(err);
    for (size_t i = 0; i < n && !failed; i++)
        failed = restore(&out->c[out->n++], section[i], POINTS_MAX,
                         &out->thinned, err);
    if (!failed)
        failed = scaling_judge(out->c, out->n, mode, BASE_SMALLEST,
                               section[0]->c.seed, &out->scaling, err);
    if (!failed)
        out->scaling.core_hours = spent_core_hours(section, n, &out->scaling);
    if (failed)
        study_scaling_free(out);
    return failed ? -1 : 0;
}

void study_scaling_free(struct study_scaling *s)
{
    scaling_free(&s->scaling);
    drop(s->c, s->n);
    *s = (struct study_scaling){.n = 0};
}

static bool has_tasks(const struct section *s)
{
    for (int i = 0; i < s->c.metrics; i++) {
        if (strcmp(s->c.metric[i].name, "tasks") == 0)
            return true;
    }
    return false;
}

int study_sweep(const struct report *report, struct study_sweeps *out,
                struct err *err)
{
    bool thinned = false;
    int failed = 0;

    *out = (struct study_sweeps){
        .c = calloc(report->sections + 1, sizeof *out->c),
        .j = calloc(report->sections + 1, sizeof *out->j)};
    if (!out->c || !out->j)
        failed = no_memory(err);
    for (size_t i = 0; i < report->sections && !failed; i++) {
        if (!has_tasks(report->section[i]))
            continue;
        out->j[out->n] = report->section[i]->j;
        failed =
            restore(&out->c[out->n++], report->section[i], 1, &thinned, err);
    }
    if (!failed)
        failed =
            metg_find(out->c, out->j, out->n, &out->sweep, &out->sweeps, err);
    if (failed)
        study_sweeps_free(out);
    return failed ? -1 : 0;
}

void study_sweeps_free(struct study_sweeps *s)
{
    drop(s->c, s->n);
    free(s->j);
    free(s->sweep);
    *s = (struct study_sweeps){.n = 0};
}
