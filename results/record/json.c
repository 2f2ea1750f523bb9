/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- building ------------------------------------------------------------ */

void object_put(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value)) {
        json_decref(*object);
        *object = NULL;
    }
}

void array_put(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value)) {
        json_decref(*array);
        *array = NULL;
    }
}

/* -- text ---------------------------------------------------------------- */

/* Bytes of the character at s, 0 if it is none: RFC 3629, so neither
 * surrogates nor overlong forms, which jansson refuses as well. */
static size_t utf8_length(const unsigned char *s)
{
    size_t length = s[0] < 0x80   ? 1
                    : s[0] < 0xc2 ? 0
                    : s[0] < 0xe0 ? 2
                    : s[0] < 0xf0 ? 3
                    : s[0] < 0xf5 ? 4
                                  : 0;
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;

    if (length > 1 && (s[1] < low || s[1] > high))
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

json_t *value_text(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const unsigned char *from = (const unsigned char *)text;
    char *clean, *to;
    json_t *value;

    if (!text)
        return json_null();
    clean = to = malloc(3 * strlen(text) + 1);
    if (!clean)
        return NULL;
    while (*from) {
        size_t length = utf8_length(from);
        const void *source = length ? (const void *)from : replacement;

        memcpy(to, source, length ? length : 3);
        to += length ? length : 3;
        from += length ? length : 1;
    }
    *to = '\0';
    value = json_string(clean);
    free(clean);
    return value;
}

void object_put_foreign(json_t **object, const char *key, json_t *value)
{
    json_t *clean = value_text(key);

    object_put(object, json_string_value(clean), value);
    json_decref(clean);
}

json_t *value_list(const char *const *texts)
{
    json_t *list = json_array();

    for (; texts && *texts; texts++)
        array_put(&list, value_text(*texts));
    return list;
}

/* -- numbers ------------------------------------------------------------- */

json_t *value_count(uint64_t n)
{
    return n <= INT64_MAX ? json_integer((json_int_t)n) : json_null();
}

json_t *value_known(int64_t n)
{
    return n >= 0 ? json_integer(n) : json_null();
}

json_t *value_whole(double x)
{
    return x >= 0 && x < 9.2e18 ? json_integer(llround(x)) : json_null();
}

json_t *value_real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *value_seed(uint64_t seed)
{
    return json_sprintf("%" PRIu64, seed);
}

json_t *value_checksum(uint64_t x)
{
    return x ? json_sprintf("0x%016" PRIx64, x) : json_null();
}

json_t *value_whole_interval(const struct estimate *e)
{
    json_t *both = e->valid ? json_array() : json_null();

    if (e->valid) {
        array_put(&both, value_whole(e->ci.low));
        array_put(&both, value_whole(e->ci.high));
    }
    return both;
}

json_t *value_real_interval(const struct estimate *e)
{
    json_t *both = e->valid ? json_array() : json_null();

    if (e->valid) {
        array_put(&both, value_real(e->ci.low));
        array_put(&both, value_real(e->ci.high));
    }
    return both;
}

/* -- parameters ---------------------------------------------------------- */

/* strtod() also reads "inf", "nan" and "0x1p3", none of which is JSON. */
static json_t *value_guess(const char *text)
{
    char *end;
    double real;
    long long whole;

    if (!*text || text[strspn(text, "+-.0123456789eE")])
        return value_text(text);
    errno = 0;
    whole = strtoll(text, &end, 10);
    if (!*end && end != text && !errno)
        return json_integer(whole);
    real = strtod(text, &end);
    if (!*end && end != text && isfinite(real))
        return json_real(real);
    return value_text(text);
}

json_t *value_params(const char *problem)
{
    char text[PROBLEM_TEXT], *rest = text, *word;
    json_t *params = json_object();

    snprintf(text, sizeof text, "%s", problem);
    while ((word = strsep(&rest, " "))) {
        char *value = strchr(word, '=');

        if (!value || value == word)
            continue;
        *value++ = '\0';
        object_put_foreign(&params, word, value_guess(value));
    }
    return params;
}
