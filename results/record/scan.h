/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A quick reader of one flat JSON object, for the lines a record has most of.
 * It knows only what our writer writes on them: plain ASCII texts without
 * escapes, whole numbers of at most 18 digits, reals, true, false, null, lists
 * of whole numbers, short ones of reals; nested values are passed over.
 * Whatever else it meets, and whatever is no JSON, it fails on, which means no
 * more than "let a real parser look": what it accepts is JSON and means the
 * same there.
 *
 * Nothing is copied; the text must end with a byte that is no part of a
 * number, such as the line's '\n', beyond its end.
 */
#ifndef DRIVE_RESULTS_RECORD_SCAN_H
#define DRIVE_RESULTS_RECORD_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const char *at;
    size_t length;
};

enum scalar_kind {
    SCALAR_NULL,
    SCALAR_BOOL,  /* whole: 1, 0 */
    SCALAR_WHOLE, /* whole */
    SCALAR_REAL,  /* real */
    SCALAR_TEXT,  /* text */
    SCALAR_OTHER  /* a list or an object; passed over */
};

struct scalar {
    enum scalar_kind kind;
    int64_t whole;
    double real;
    struct slice text;
};

/* A number as a real, null as NAN; false: it is neither. */
bool scalar_real(const struct scalar *, double *out);

/* Whole numbers in a row; the room grows and is used again. */
struct numbers {
    int64_t *x;
    size_t n, room;
};

/* A few reals in a row; NAN where the list has null. */
enum { REALS_MAX = 16 };
struct reals {
    double x[REALS_MAX];
    size_t n;
};

struct scan {
    const char *at, *end;
    bool failed, begun;
};

/* The object that the text, without white space around it, is. */
void scan_begin(struct scan *, const char *text, size_t length);

/* The next field's name, before its value is asked for; false: there is no
 * more of them and nothing behind the object, or it failed. */
bool scan_key(struct scan *, struct slice *key);

void scan_value(struct scan *, struct scalar *);

/* A list of whole numbers; null is an empty one. */
void scan_numbers(struct scan *, struct numbers *);

/* A list of at most REALS_MAX numbers and nulls; null is an empty one. */
void scan_reals(struct scan *, struct reals *);

/* Adds one; false: no memory. */
bool numbers_add(struct numbers *, int64_t x);

#endif
