/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings with a code: what about this machine, or about what happened in a
 * run, may move its result by more than the margin. W101 to W115; what each
 * of them means, and what to do, stands in warning_table.
 *
 * Two rules hold for all. What could not be read is never warned of. And a
 * run is warned of only where its own trials hold the evidence, or where an
 * effect beyond the margin is to be expected from what the node told.
 *
 * There is at most one warning of each code: what is found twice is said
 * once, what is found besides is added to it.
 */
#ifndef DRIVE_RESULTS_VERDICT_WARNINGS_H
#define DRIVE_RESULTS_VERDICT_WARNINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/study.h"
#include "results/record/environment.h"
#include "results/verdict/language.h"
#include "results/verdict/verdict.h"

enum { WARNINGS_MAX = 15, WARNING_TEXT = 200 };

/* The manual of one code. Texts are sentences. */
struct warning_text {
    const char *code, *title;
    const char *checked; /* what is looked at */
    const char *effect;  /* what it does to a comparison */
    const char *remedy;  /* what anybody can do */
    const char *site;    /* what whoever runs the machine can do */
};

/* In the order of the codes. */
extern const struct warning_text warning_table[WARNINGS_MAX];
extern const struct warning_text warning_chinese[WARNINGS_MAX];

/* The same row in another language. */
const struct warning_text *warning_in(const struct warning_text *,
                                      enum language);

/* "W103", "w103" or "103"; NULL with EXIT_USAGE, which names the range. */
const struct warning_text *warning_explain(const char *code, struct err *);

struct warning {
    const char *code; /* of the table */
    char found[WARNING_TEXT], effect[WARNING_TEXT];
};

/* Sorted by code; zeroed it is empty. */
struct warnings {
    struct warning item[WARNINGS_MAX];
    int n;
};

/* A code that is there already keeps its effect; what else was found follows
 * behind a semicolon. */
void warnings_add(struct warnings *, const char *code, const char *found,
                  const char *effect);
void warnings_merge(struct warnings *into, const struct warnings *from);

/* Whether a code is in a list "W101,W109"; NULL: in none. */
bool warning_listed(const char *code, const char *list);

/* Fails with EXIT_USAGE for a list with anything else in it than codes. */
int warning_list_check(const char *list, struct err *);

/* Takes out what was said before, word for word: the same node is found under
 * every comparison of a run. */
void warnings_forget(struct warnings *, const struct warnings *said);

/* Takes the codes of a list out; NULL: none. */
void warnings_silence(struct warnings *, const char *list);

/* The codes, and NULL behind them, into out[WARNINGS_MAX + 1]: what a document
 * wants. Returns out; the texts are constants. */
const char **warnings_codes(const struct warnings *, const char **out);

/* "W103 FOUND: EFFECT", for a record. */
char *warning_format(const struct warning *, char *out, size_t size);

/* What was tried out on this machine, beside what an environment holds. */
struct probes {
    /* At a glance. "" where there is none. */
    char sanitizer[32];   /* that the program was built with */
    char preload[128];    /* libraries put in front of all others */
    int tracer;           /* pid of a debugger; 0: none; -1: not known */
    char file_system[32]; /* of the working directory; "": not known */

    /* Watched for a moment in which one thread wanted a core. Shares of that
     * moment, 0.01 = 1 %; -1: not known. */
    double watched_s;
    double waited;    /* the thread was ready and did not run */
    double stolen;    /* in steps of one tick */
    double throttled; /* by the quota of a cgroup */
    double pressure;  /* some task of the node wanted a core */
    int running;      /* tasks ready to run, that thread included */
    int64_t swapped;  /* pages in and out */
    int64_t heated;   /* throttle events of the CPUs */

    double timer_ns;   /* what a reading of the clock costs */
    int counter_errno; /* of perf_event_open; 0: allowed; -1: not tried */
    int paranoid;      /* kernel.perf_event_paranoid, from -1 up; or -2 */
};

/* Nothing is known. */
void probes_clear(struct probes *);

/* What the environment and the probes (may be NULL) alone give reason for:
 * everything that `drive doctor` warns of. */
void warnings_of_environment(const struct environment *, const struct probes *,
                             struct warnings *);

/* What one comparison gives reason for. The environment and the probes may be
 * NULL. Adds to the list. */
void warnings_of_run(const struct environment *, const struct probes *,
                     const struct comparison *, const struct judgement *,
                     struct warnings *);

#endif
