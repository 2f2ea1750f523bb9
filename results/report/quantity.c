/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/quantity.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int quantity_digits(double value)
{
    return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

/* Steps from one unit to the next smaller one, which the last one has not. */
struct scale {
    double of;
    const char *name;
};

static const struct scale seconds[] = {
    {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}, {0, NULL}};
static const struct scale bytes[] = {{1099511627776.0, "TiB"},
                                     {1073741824, "GiB"},
                                     {1048576, "MiB"},
                                     {1024, "KiB"},
                                     {1, "B"},
                                     {0, NULL}};

/* Whole numbers in full as long as they are short. */
static void format_plain(double value, const char *unit, char *out, size_t size)
{
    bool whole = value == floor(value) && fabs(value) < 1e6;

    snprintf(out, size, whole ? "%.0f%s%s" : "%.4g%s%s", value,
             *unit ? " " : "", unit);
}

static void format_scaled(double value, const struct scale *scale, char *out,
                          size_t size)
{
    double rest;
    int digits;

    while (value == 0 ? scale->of > 1
                      : scale[1].name && fabs(value) < 0.9995 * scale->of)
        scale++;
    value /= scale->of;
    rest = fabs(value);
    digits = rest == floor(rest) && scale->of >= 1 ? 0 : quantity_digits(rest);
    snprintf(out, size, "%.*f %s", digits, value, scale->name);
}

char *quantity_format(double value, const char *unit, char *out, size_t size)
{
    if (!isfinite(value))
        snprintf(out, size, "-");
    else if (strcmp(unit, "s") == 0)
        format_scaled(value, seconds, out, size);
    else if (strcmp(unit, "byte") == 0)
        format_scaled(value, bytes, out, size);
    else
        format_plain(value, unit, out, size);
    return out;
}
