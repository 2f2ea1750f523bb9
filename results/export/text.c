/* SPDX-License-Identifier: Apache-2.0 */
#include "results/export/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* The character at s and its bytes, after RFC 3629; 0 bytes: it is none. */
static size_t decode(const unsigned char *s, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80   ? 1
                    : s[0] < 0xc2 ? 0
                    : s[0] < 0xe0 ? 2
                    : s[0] < 0xf0 ? 3
                    : s[0] < 0xf5 ? 4
                                  : 0;

    *code = length < 2 ? s[0] : s[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3fU);
    }
    if (length > 1 && (*code < least[length] || *code > 0x10ffff ||
                       (*code >= 0xd800 && *code <= 0xdfff)))
        return 0;
    return length;
}

/* Controls, line ends, joiners, marks of direction (Unicode's Bidi_Control),
 * the byte order mark, tags. */
static bool is_harmful(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } range[] = {{0, 0x1f},        {0x7f, 0x9f},      {0xad, 0xad},
                 {0x61c, 0x61c},   {0x180e, 0x180e},  {0x200b, 0x200f},
                 {0x2028, 0x202e}, {0x2060, 0x206f},  {0xfeff, 0xfeff},
                 {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

    for (size_t i = 0; i < sizeof range / sizeof *range; i++) {
        if (code >= range[i].first && code <= range[i].last)
            return true;
    }
    return false;
}

char *text_clean(const char *text, char *out, size_t size)
{
    enum { MARK = 3 }; /* bytes of "..." and of the replacement */
    const unsigned char *from = (const unsigned char *)text;
    size_t used = 0, whole = 0; /* whole: where "..." still fits */
    uint32_t code;

    while (*from) {
        size_t length = decode(from, &code);
        bool bad = !length || is_harmful(code);
        size_t wants = bad ? MARK : length;

        if (used + wants >= size) {
            memcpy(out + whole, "...", MARK);
            used = whole + MARK;
            break;
        }
        memcpy(out + used, bad ? (const void *)replacement : from, wants);
        used += wants;
        from += length ? length : 1;
        if (used + MARK < size)
            whole = used;
    }
    out[used] = '\0';
    return out;
}

size_t text_step(const char *text)
{
    uint32_t code;
    size_t length = decode((const unsigned char *)text, &code);

    return length ? length : 1;
}

void text_json(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void number_print(FILE *out, double x, const char *missing)
{
    if (isfinite(x))
        fprintf(out, "%.15g", x);
    else
        fputs(missing, out);
}

void seconds_print(FILE *out, uint64_t ns)
{
    fprintf(out, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}
