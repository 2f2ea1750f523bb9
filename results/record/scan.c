/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 18, DEPTH_MAX = 8 };

bool numbers_add(struct numbers *numbers, int64_t x)
{
    if (numbers->n == numbers->room) {
        size_t room = numbers->room ? 2 * numbers->room : 64;
        int64_t *grown = realloc(numbers->x, room * sizeof *grown);

        if (!grown)
            return false;
        numbers->x = grown;
        numbers->room = room;
    }
    numbers->x[numbers->n++] = x;
    return true;
}

/* -- pieces -------------------------------------------------------------- */

static bool fail(struct scan *s)
{
    s->failed = true;
    return false;
}

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool take_word(struct scan *s, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
        return fail(s);
    s->at += length;
    return true;
}

static bool take_text(struct scan *s, struct slice *text)
{
    const char *at = s->at + 1;

    if (!take(s, '"'))
        return fail(s);
    while (at < s->end && *at != '"') {
        if (*at < ' ' || *at > '~' || *at == '\\')
            return fail(s);
        at++;
    }
    if (at == s->end)
        return fail(s);
    text->at = s->at;
    text->length = (size_t)(at - s->at);
    s->at = at + 1;
    return true;
}

/* How many digits stand here, all of which are passed. */
static size_t digits(struct scan *s)
{
    const char *first = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return (size_t)(s->at - first);
}

static bool take_fraction(struct scan *s)
{
    if (take(s, '.') && !digits(s))
        return fail(s);
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '-'))
            take(s, '+');
        if (!digits(s))
            return fail(s);
    }
    return true;
}

static bool is_fraction(const struct scan *s)
{
    return s->at < s->end && (*s->at == '.' || *s->at == 'e' || *s->at == 'E');
}

static bool take_number(struct scan *s, struct scalar *out)
{
    const char *first = s->at;
    bool minus = take(s, '-'), zero = s->at < s->end && *s->at == '0';
    size_t n = digits(s);
    int64_t whole = 0;

    if (n == 0 || (zero && n > 1) || n > DIGITS_MAX)
        return fail(s);
    if (is_fraction(s)) {
        out->kind = SCALAR_REAL;
        if (!take_fraction(s))
            return false;
        out->real = strtod(first, NULL);
        return isfinite(out->real) || fail(s);
    }
    for (const char *c = s->at - n; c < s->at; c++)
        whole = 10 * whole + (*c - '0');
    out->kind = SCALAR_WHOLE;
    out->whole = minus ? -whole : whole;
    return true;
}

static bool pass(struct scan *s, int depth);

/* Behind the opening bracket, up to and with the closing one. */
static bool pass_inside(struct scan *s, char close, int depth)
{
    struct slice key;

    if (depth == DEPTH_MAX)
        return fail(s);
    if (take(s, close))
        return true;
    do {
        if (close == '}' && (!take_text(s, &key) || !take(s, ':')))
            return fail(s);
        if (!pass(s, depth + 1))
            return false;
    } while (take(s, ','));
    return take(s, close) || fail(s);
}

static bool take_scalar(struct scan *s, struct scalar *out)
{
    char first = s->at < s->end ? *s->at : '\0';

    out->whole = first == 't';
    out->kind = SCALAR_BOOL;
    switch (first) {
    case 't': return take_word(s, "true");
    case 'f': return take_word(s, "false");
    case 'n': out->kind = SCALAR_NULL; return take_word(s, "null");
    case '"': out->kind = SCALAR_TEXT; return take_text(s, &out->text);
    default: return take_number(s, out);
    }
}

static bool pass(struct scan *s, int depth)
{
    struct scalar ignored;

    if (take(s, '{'))
        return pass_inside(s, '}', depth);
    if (take(s, '['))
        return pass_inside(s, ']', depth);
    return take_scalar(s, &ignored);
}

bool scalar_real(const struct scalar *value, double *out)
{
    switch (value->kind) {
    case SCALAR_NULL: *out = NAN; return true;
    case SCALAR_WHOLE: *out = (double)value->whole; return true;
    case SCALAR_REAL: *out = value->real; return true;
    default: return false;
    }
}

/* -- the object ---------------------------------------------------------- */

void scan_begin(struct scan *s, const char *text, size_t length)
{
    *s = (struct scan){.at = text, .end = text + length};
    if (!take(s, '{'))
        fail(s);
}

bool scan_key(struct scan *s, struct slice *key)
{
    if (s->failed)
        return false;
    if (take(s, '}'))
        return s->at == s->end ? false : fail(s);
    if (s->begun && !take(s, ','))
        return fail(s);
    s->begun = true;
    return take_text(s, key) && (take(s, ':') || fail(s));
}

void scan_value(struct scan *s, struct scalar *out)
{
    if (s->at < s->end && (*s->at == '{' || *s->at == '[')) {
        out->kind = SCALAR_OTHER;
        pass(s, 0);
        return;
    }
    take_scalar(s, out);
}

/* Into a list; false: it is null, or has nothing inside. */
static bool enter_list(struct scan *s)
{
    if (s->at < s->end && *s->at == 'n') {
        take_word(s, "null");
        return false;
    }
    if (!take(s, '[')) {
        fail(s);
        return false;
    }
    return !take(s, ']');
}

void scan_numbers(struct scan *s, struct numbers *out)
{
    struct scalar one;

    out->n = 0;
    if (!enter_list(s))
        return;
    do {
        if (!take_number(s, &one))
            return;
        if (one.kind != SCALAR_WHOLE || !numbers_add(out, one.whole)) {
            fail(s);
            return;
        }
    } while (take(s, ','));
    if (!take(s, ']'))
        fail(s);
}

void scan_reals(struct scan *s, struct reals *out)
{
    struct scalar one;

    out->n = 0;
    if (!enter_list(s))
        return;
    do {
        take_scalar(s, &one);
        if (s->failed || out->n == REALS_MAX ||
            !scalar_real(&one, &out->x[out->n])) {
            fail(s);
            return;
        }
        out->n++;
    } while (take(s, ','));
    if (!take(s, ']'))
        fail(s);
}
