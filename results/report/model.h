/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report is drawn from: records, read once from the first line to the
 * last, of each comparison only as much as its tables and pictures show.
 *
 * Memory does not grow with the files. While a comparison is read its trials
 * are kept up to MODEL_BYTES; beyond that every second block is dropped, then
 * every second of those left, and so on, whole blocks, so that pairs stay
 * pairs: `stride` says so. When it has ended it is judged, and shrinks to its
 * judgement and thinned lists: up to POINTS_MAX trials of each executor,
 * evenly spread over the run, up to STEPS_MAX quantiles, and the workers' times
 * of two trials.
 */
#ifndef DRIVE_RESULTS_REPORT_MODEL_H
#define DRIVE_RESULTS_REPORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/series.h"
#include "core/study.h"
#include "results/record/digest.h"
#include "results/report/grid.h"
#include "results/verdict/language.h"
#include "results/verdict/launches.h"
#include "results/verdict/verdict.h"
#include "results/verdict/why.h"

enum {
    MODEL_BYTES = 64 << 20,
    POINTS_MAX = 400,
    STEPS_MAX = 400,
    CORE_LINES = 16,
    CORE_SAMPLES = 240,
    WARNINGS_SHOWN = 32,
    SECTIONS_MAX = 1000,
    NAME_CUT = 200,
    HOSTS_TEXT = 400,
    WHY_TEXT = 1024,
};

/* One trial as a point. Warm-up blocks are numbered below 0. */
struct point {
    int block;
    double ns;
    bool counts;
    unsigned disturbed; /* enum disturbance */
};

enum { SHOWN_MEDIAN, SHOWN_WORST, SHOWN };

/* The trials of one executor. Counts are of all that were read. */
struct track {
    size_t trials, disturbed;
    double spent_ns;     /* in all trials, also those that do not count */
    unsigned kinds;      /* of disturbance */
    double median_ns;    /* of all counting ones; core/median.h */
    struct point *point; /* in the order of time */
    size_t points;
    double *step; /* ns of the counting ones, ascending; quantiles if thinned */
    size_t steps, stepped; /* how many there are; of how many */
    double parts[PARTS];
    double metric[METRICS_MAX];   /* medians; NAN: not known */
    struct steadiness steadiness; /* of the points */
    struct trial shown[SHOWN];    /* .span NULL: not known; owned */
};

/* Ratio of a pair by block, as a / b. */
struct ratio {
    int block;
    double value;
};
struct ratios {
    struct ratio *ratio;
    size_t n, of;
};

/* How busy each core was: lines over time; least, mean and most where there
 * are more than CORE_LINES of them. */
struct cores {
    int lines, cpus;     /* 0: nothing was sampled */
    int cpu[CORE_LINES]; /* its number, or -3, -2, -1: least, mean, most */
    size_t samples, of;
    double period_s, cost_s; /* of a sample that is shown; of all sampling */
    double *share;           /* [lines * samples], 0 to 1, NAN: not known */
    double mean[CELLS_MAX][CORE_LINES];
};

/* One comparison. All texts are its own, cut at NAME_CUT bytes. */
struct section {
    size_t file;
    int plan;
    bool cut;            /* the record ends before its summary */
    struct comparison c; /* without trials and utilisation */
    struct judgement j;
    char chinese[SENTENCE]; /* the verdict */
    char why[LANGUAGES][WHY_TEXT];
    struct track track[CELLS_MAX];
    struct ratios ratios[PAIRS_MAX];
    struct cores cores;
    struct grid *rows, *parts, *found; /* the last two: or NULL */
    char *note[CELLS_MAX];             /* of rows */
    char *warning[WARNINGS_SHOWN];
    size_t warnings;
    size_t trials, kept; /* read; judged */
    unsigned stride;     /* every so manieth block was kept */
};

struct report_file {
    char *path, *host, *id, *start, *command_line, *version, *commit;
    char *hosts; /* of all nodes: "n1, n2" */
    char *seed;  /* of the order; data have those of their comparisons */
    char *note;  /* NULL, or in what way it is not whole */
    char *bad;   /* the first line that could not be read, or NULL */
    size_t bads, foreign, lines, trials, comparisons;
    char sha256[DIGEST_TEXT]; /* of all of it that was read */
    enum { SEAL_NONE, SEAL_FITS, SEAL_BROKEN } seal;
    struct fact *fact;
    size_t facts, facts_room;
};

struct report {
    struct report_file *file;
    size_t files, files_room;
    struct section **section; /* in the order of the files */
    size_t sections, sections_room;
    size_t left_out; /* beyond SECTIONS_MAX */
    char **skipped;  /* of folders: "FILE:1: no record of drive: ..." */
    size_t skips, skips_room;
};

/* Adds a record, or all *.jsonl of a folder by name, where what is no record is
 * skipped and noted. Fails with EXIT_USAGE for what cannot be read, with
 * EXIT_RESOURCE; what was added before stays. */
int report_add(struct report *, const char *path, struct err *);

void report_free(struct report *); /* what it owns; NULL-safe */

/* ---- for results/report/ and its tests ---- */

/* Trials of a comparison while it is read: copies, thinned by blocks. */
struct keeper {
    struct comparison c; /* [cells] trials and utilisation only; owned */
    size_t bytes, limit;
    unsigned stride;
    size_t trials, kept;
};

/* Copies the trial, or drops it; -1: no memory. */
int keeper_add(struct keeper *, const struct comparison *, int cell,
               const struct trial *);
void keeper_clear(struct keeper *);

/* Which of n, at most `most`, are shown: the first, the last and evenly spread
 * ones between. Index i of thinned_count(n, most). */
size_t thinned_count(size_t n, size_t most);
size_t thinned_index(size_t i, size_t n, size_t most);

/* Judges and shrinks. The comparison has what the reader knew of it, with the
 * keeper's trials put in; its texts are the section's own. */
int section_reduce(struct section *, struct err *);
void section_free(struct section *); /* NULL-safe; itself too */

/* Copies in place of texts that are borrowed. */
int section_own_texts(struct comparison *, struct err *);

/* A copy, cut at NAME_CUT bytes and marked where it was. */
char *text_cut(const char *text);

#endif
