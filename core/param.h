/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel's parameters. One table of rows is the only source of what -P
 * accepts, of help, of the manual page and of the fields of a record.
 */
#ifndef DRIVE_CORE_PARAM_H
#define DRIVE_CORE_PARAM_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum { PARAM_MAX = 16 }; /* parameters of one kernel */

enum param_type {
    PARAM_COUNT,  /* a whole number: 2048, 2^11 */
    PARAM_REAL,   /* 0.5, 1e-3 */
    PARAM_CHOICE, /* one of `choices`; its index is the value */
    PARAM_TEXT,   /* a path or the like, without commas */
};

/* A table ends with a row whose name is NULL. */
struct param {
    const char *name;
    enum param_type type;
    const char *def;   /* default, as one would type it */
    const char *small; /* for a quick check of correctness; NULL: the default */
    double min, max;   /* allowed, both ends included; for numbers */
    const char *unit;  /* "s", "byte", or NULL */
    const char *const *choices; /* ends with NULL; only for a choice */
    const char *help;
};

enum { PARAM_TEXT_MAX = 256 };
union param_value {
    int64_t count;
    double real;
    char text[PARAM_TEXT_MAX];
};

/* Row number of a name, or -1: EXIT_USAGE, quotes it and names the nearest. */
int param_find(const struct param *table, const char *name, struct err *err);

/* Fills value[] with the defaults of all rows. A default that does not parse
 * is a BUG. */
void param_defaults(const struct param *table, union param_value *value);

/* One value, or a list: "512,1024", "2^8..2^12" (each power of two between),
 * "1..4" (each number between). Writes up to max values, sets *n. Fails with
 * EXIT_USAGE; the text quotes the value and says what would do. */
int param_parse(const struct param *row, const char *text,
                union param_value *value, int max, int *n, struct err *err);

/* The value as one would type it. */
char *param_format(const struct param *row, union param_value value, char *out,
                   size_t size);

#endif
