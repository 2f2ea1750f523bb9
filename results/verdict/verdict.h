/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a comparison's trials to what they say: a summary of each cell, the
 * pairs judged together, and one sentence. Everything here is recomputed from
 * the trials alone; nothing of it is measured.
 */
#ifndef DRIVE_RESULTS_VERDICT_VERDICT_H
#define DRIVE_RESULTS_VERDICT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/pairs.h"
#include "core/stats.h"
#include "core/study.h"
#include "results/verdict/language.h"

enum { PAIRS_MAX = CELLS_MAX * (CELLS_MAX - 1) / 2, SENTENCE = 1024 };

/* Log ratios beyond this, ten times, are said as times: nobody reads
 * "149777.5 %". */
#define TIMES_FROM 2.302585

/* One cell over its counting trials. Without such trials n is 0 and the rest
 * is not to be read. */
struct summary {
    size_t n;
    double median_ns, min_ns, max_ns;
    struct estimate ci_ns;   /* 95 %, by signed ranks of the logarithms, made
                                wide enough to hold the median */
    double rate;             /* units a second, total work over median */
    struct estimate speedup; /* paired with the base; .n 0: no base */
    double efficiency;       /* speed-up over workers */
    double of_peak;          /* rate over the bound of its seats; 0: no bound */
    double balance;          /* median over trials of mean over max worker */
    size_t verified, wrong;  /* trials, warm-up included */
    uint64_t migrations;
};

/* a over b, a being the later one in the table: +5 % says that a is slower. */
struct judged {
    int a, b; /* cells */
    struct pair pair;
};

struct judgement {
    int base; /* the serial cell, or -1 */
    struct summary cell[CELLS_MAX];
    /* All pairs of the executors other than the base; of all, where that
     * leaves fewer than two. */
    struct judged pair[PAIRS_MAX];
    int pairs;
    char sentence[SENTENCE];
};

/* Judges at 95 % confidence against the comparison's margin. */
int verdict_judge(const struct comparison *, struct judgement *, struct err *);

/* Half-width of the widest of the pairs' intervals, as a ratio (0.01 = 1 %);
 * -1 while one of them has none. What the stop rule looks at. */
int verdict_widest(const struct comparison *, double *widest, struct err *);

/* The sentence of a judgement, without a full stop; cut at size. */
void verdict_sentence(const struct comparison *, const struct judgement *,
                      char *out, size_t size);
void verdict_sentence_in(enum language, const struct comparison *,
                         const struct judgement *, char *out, size_t size);

#endif
