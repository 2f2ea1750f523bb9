/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of `drive doctor`: one for each code that a machine can be asked
 * about, from facts that others have collected. Pure functions; drivers/ adds
 * checks of its own (does a team start?) to the same list.
 */
#ifndef DRIVE_RESULTS_VERDICT_CHECKS_H
#define DRIVE_RESULTS_VERDICT_CHECKS_H

#include "results/verdict/warnings.h"

enum check_state {
    CHECK_UNREADABLE, /* not to be known here; never a reason to warn */
    CHECK_OK,
    CHECK_WARN, /* runs, but may not be comparable */
    CHECK_FAIL, /* an executor cannot run */
};

struct check {
    const char *code; /* of the table; NULL: it has none */
    const char *name; /* two words or so */
    enum check_state state;
    char found[WARNING_TEXT];
    char effect[WARNING_TEXT]; /* "" unless it warns or fails */
    const char *remedy;        /* what anybody can do, or NULL */
    const char *site; /* what whoever runs the machine can do, or NULL */
};

enum { CHECKS_MAX = 32 };

struct checks {
    struct check item[CHECKS_MAX];
    int n;
};

/* "not readable", "OK", "WARN", "FAIL" */
const char *check_state_name(enum check_state);

/* A new check at the end, not readable so far; aborts when all are taken. */
struct check *checks_add(struct checks *, const char *code, const char *name);

/* What was found; and the effect of it, with the state it leads to. */
void check_found(struct check *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void check_worry(struct check *, enum check_state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds those of the environment and the probes (may be NULL). */
void checks_of_environment(const struct environment *, const struct probes *,
                           struct checks *);

/* One of them, by its code, for runs: false when it has nothing to say. */
bool check_warns(const char *code, const struct environment *,
                 const struct probes *, struct check *);

/* Checks with a code of the list (NULL: none) are taken out. */
void checks_silence(struct checks *, const char *list);

int checks_count(const struct checks *, enum check_state);

#endif
