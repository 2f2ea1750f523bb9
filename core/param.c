/* SPDX-License-Identifier: Apache-2.0 */
#include "core/param.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nearest.h"

enum { TEXT = PARAM_TEXT_MAX };

int param_find(const struct param *table, const char *name, struct err *err)
{
    const char *names[PARAM_MAX + 1] = {NULL}, *near;
    char known[TEXT] = "";

    for (int i = 0; table[i].name; i++) {
        size_t used = strlen(known);

        if (strcmp(table[i].name, name) == 0)
            return i;
        names[i] = table[i].name;
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                 table[i].name);
    }
    near = nearest_name(name, names);
    if (near)
        return err_set(err, EXIT_USAGE,
                       "unknown parameter '%s'; did you mean '%s'?", name,
                       near);
    return err_set(err, EXIT_USAGE, "unknown parameter '%s'; there are: %s",
                   name, *known ? known : "none");
}

/* "2^11" or "2048" to the end of the text. */
static bool read_count(const char *text, int64_t *value, bool *power)
{
    char *end, *digits;
    long long base, exponent;

    errno = 0;
    base = strtoll(text, &end, 10);
    *power = end != text && *end == '^';
    if (*power) {
        digits = end + 1;
        exponent = strtoll(digits, &end, 10);
        if (end == digits || exponent < 0 ||
            pow((double)base, (double)exponent) > 9e18)
            return false;
        *value = (int64_t)llround(pow((double)base, (double)exponent));
    } else {
        *value = base;
    }
    return end != text && *end == '\0' && errno == 0;
}

static int bad_number(const struct param *row, const char *text,
                      struct err *err)
{
    return err_set(err, EXIT_USAGE, "%s=%s: want a %snumber from %g to %g",
                   row->name, text, row->type == PARAM_COUNT ? "whole " : "",
                   row->min, row->max);
}

static int bad_choice(const struct param *row, const char *text,
                      struct err *err)
{
    char known[TEXT] = "";

    for (int i = 0; row->choices[i]; i++) {
        size_t used = strlen(known);

        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                 row->choices[i]);
    }
    return err_set(err, EXIT_USAGE, "%s=%s: want one of %s", row->name, text,
                   known);
}

static int parse_one(const struct param *row, const char *text,
                     union param_value *value, bool *power, struct err *err)
{
    char *end;
    int64_t count;
    double real;

    *power = false;
    *value = (union param_value){.text = ""}; /* all of it, to be compared */
    switch (row->type) {
    case PARAM_COUNT:
        if (!read_count(text, &count, power) || (double)count < row->min ||
            (double)count > row->max)
            return bad_number(row, text, err);
        value->count = count;
        return 0;
    case PARAM_REAL:
        real = strtod(text, &end);
        if (end == text || *end || !(real >= row->min && real <= row->max))
            return bad_number(row, text, err);
        value->real = real;
        return 0;
    case PARAM_CHOICE:
        for (int i = 0; row->choices[i]; i++) {
            if (strcmp(row->choices[i], text) == 0) {
                value->count = i;
                return 0;
            }
        }
        return bad_choice(row, text, err);
    case PARAM_TEXT:
        snprintf(value->text, sizeof value->text, "%s", text);
        return 0;
    }
    BUG("parameter type");
}

/* Stores one more value of a list. */
static int append(const struct param *row, const char *text,
                  union param_value one, union param_value *value, int max,
                  int *n, struct err *err)
{
    if (*n == max)
        return err_set(err, EXIT_USAGE, "%s=%s: more than %d values", row->name,
                       text, max);
    value[(*n)++] = one;
    return 0;
}

/* "first..last": powers of two where both are written as powers. */
static int parse_range(const struct param *row, char *text, char *dots,
                       union param_value *value, int max, int *n,
                       struct err *err)
{
    union param_value first, last;
    bool power, power_too;

    *dots = '\0';
    if (parse_one(row, text, &first, &power, err) ||
        parse_one(row, dots + 2, &last, &power_too, err))
        return -1;
    *dots = '.';
    if (row->type != PARAM_COUNT || first.count > last.count ||
        (power && first.count < 1))
        return err_set(err, EXIT_USAGE,
                       "%s=%s: want a range of whole numbers, low..high",
                       row->name, text);
    power = power && power_too;
    while (first.count <= last.count) {
        if (append(row, text, first, value, max, n, err))
            return -1;
        first.count = power ? first.count * 2 : first.count + 1;
    }
    return 0;
}

int param_parse(const struct param *row, const char *text,
                union param_value *value, int max, int *n, struct err *err)
{
    char copy[TEXT], *rest = copy, *item, *dots;
    union param_value one;
    bool power;
    int count = 0;

    if (strlen(text) >= sizeof copy)
        return err_set(err, EXIT_USAGE, "%s=%.40s...: too long", row->name,
                       text);
    snprintf(copy, sizeof copy, "%s", text);
    while ((item = strsep(&rest, ","))) {
        dots = row->type == PARAM_COUNT ? strstr(item, "..") : NULL;
        if (dots) {
            if (parse_range(row, item, dots, value, max, &count, err))
                return -1;
        } else if (parse_one(row, item, &one, &power, err) ||
                   append(row, text, one, value, max, &count, err)) {
            return -1;
        }
    }
    *n = count;
    return 0;
}

void param_defaults(const struct param *table, union param_value *value)
{
    struct err err;
    int n;

    for (int i = 0; table[i].name; i++) {
        if (i >= PARAM_MAX ||
            param_parse(&table[i], table[i].def, &value[i], 1, &n, &err))
            BUG("default of a parameter");
    }
}

char *param_format(const struct param *row, union param_value value, char *out,
                   size_t size)
{
    switch (row->type) {
    case PARAM_COUNT: snprintf(out, size, "%" PRId64, value.count); break;
    case PARAM_REAL: snprintf(out, size, "%.15g", value.real); break;
    case PARAM_CHOICE:
        snprintf(out, size, "%s", row->choices[value.count]);
        break;
    case PARAM_TEXT: snprintf(out, size, "%s", value.text); break;
    }
    return out;
}
