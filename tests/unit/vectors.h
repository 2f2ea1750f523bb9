/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the statistics share: the reader of golden vectors, a
 * comparison of doubles, and noise as timings have it.
 */
#ifndef DRIVE_TESTS_VECTORS_H
#define DRIVE_TESTS_VECTORS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/err.h"

enum { VECTOR_GROUPS = 4, VECTOR_VALUES = 2048 };

/* One line of a file: groups of numbers between bars. */
struct vector {
    double group[VECTOR_GROUPS][VECTOR_VALUES];
    size_t n[VECTOR_GROUPS];
};

static inline void vector_parse(char *line, struct vector *v)
{
    size_t group = 0;
    char *at = line, *end;

    memset(v->n, 0, sizeof v->n);
    while (*at && *at != '\n') {
        if (*at == '|') {
            assert_true(++group < VECTOR_GROUPS);
            at++;
            continue;
        }
        assert_true(v->n[group] < VECTOR_VALUES);
        v->group[group][v->n[group]++] = strtod(at, &end);
        assert_ptr_not_equal(at, end);
        at = end + strspn(end, " ");
        at += strspn(at, " ");
    }
}

/* Calls check for every case in golden/stats/name; returns how many. */
static inline size_t vectors_check(const char *name,
                                   void (*check)(const struct vector *))
{
    static struct vector v;
    char path[512], *line = NULL;
    size_t room = 0, cases = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/golden/stats/%s", TEST_DIR, name);
    file = fopen(path, "r");
    assert_non_null(file);
    while (getline(&line, &room, file) > 0) {
        if (*line == '#')
            continue;
        vector_parse(line, &v);
        check(&v);
        cases++;
    }
    free(line);
    fclose(file);
    return cases;
}

/* Equal within error, relative above 1; NAN equals only NAN. */
static inline void assert_near(double value, double expected, double error)
{
    if (isnan(expected)
            ? isnan(value)
            : fabs(value - expected) <= error * fmax(1, fabs(expected)))
        return;
    print_error("%.17g is not within %g of %.17g\n", value, error, expected);
    fail();
}

static inline void assert_done(int status, const struct err *err)
{
    if (status != 0)
        fail_msg("failed with %d: %s", status, err->text);
}

/* ---- Noise ---- */

/* In (0, 1); the high bits of Knuth's linear congruence. */
static inline double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

static inline double normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(uniform(state)));

    return radius * cos(2 * M_PI * uniform(state));
}

/* Log of a time of 1 with 1 % of normal noise, one in ten delayed by 5 % on
 * average. */
static inline double log_time(uint64_t *state)
{
    double time = 1 + 0.01 * normal(state);

    if (uniform(state) < 0.1)
        time -= 0.05 * log(uniform(state));
    return log(time);
}

/* The log ratio of a pair whose true ratio is exp(shift). */
static inline double log_ratio(uint64_t *state, double shift)
{
    double a = log_time(state);

    return shift + a - log_time(state);
}

#endif
