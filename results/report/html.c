/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/html.h"

#include <stdbool.h>
#include <string.h>

enum { NO_CHARACTER = 0xfffd };

/* -- UTF-8 --------------------------------------------------------------- */

/* How many bytes follow the first, and its own bits; -1: it is no first. */
static int begin_character(unsigned char byte, uint32_t *bits)
{
    static const struct {
        unsigned char mask, mark, bits;
    } form[] = {{0x80, 0, 0x7f},
                {0xe0, 0xc0, 0x1f},
                {0xf0, 0xe0, 0x0f},
                {0xf8, 0xf0, 0x07}};

    for (int i = 0; i < 4; i++) {
        if ((byte & form[i].mask) == form[i].mark) {
            *bits = byte & form[i].bits;
            return i;
        }
    }
    return -1;
}

/* Longer than need be, a half of a pair of UTF-16, beyond the last. */
static bool is_character(uint32_t c, int more)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

    return c >= least[more] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

uint32_t utf8_next(const char **at)
{
    const unsigned char *p = (const unsigned char *)*at;
    uint32_t c = 0;
    int more = begin_character(*p, &c);

    (*at)++;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (more < 0 || !is_character(c, more))
        return NO_CHARACTER;
    *at += more;
    return c;
}

/* -- escaping ------------------------------------------------------------ */

/* What would not be seen, or would change how the rest is seen. */
bool utf8_hides(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } range[] = {{0x00, 0x08},     {0x0b, 0x1f},      {0x7f, 0x9f},
                 {0xad, 0xad},     {0x61c, 0x61c},    {0x200b, 0x200f},
                 {0x2028, 0x202e}, {0x2060, 0x206f},  {0xfeff, 0xfeff},
                 {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};

    for (size_t i = 0; i < sizeof range / sizeof *range; i++) {
        if (c >= range[i].first && c <= range[i].last)
            return true;
    }
    return (c & 0xfffe) == 0xfffe;
}

static void put_character(FILE *out, uint32_t c, const char *bytes, size_t n)
{
    if (utf8_hides(c)) {
        fprintf(out, "[U+%04X]", (unsigned)c);
        return;
    }
    switch (c) {
    case '&': fputs("&amp;", out); break;
    case '<': fputs("&lt;", out); break;
    case '>': fputs("&gt;", out); break;
    case '"': fputs("&quot;", out); break;
    case '\'': fputs("&#39;", out); break;
    case NO_CHARACTER: fputs("\xef\xbf\xbd", out); break;
    default: fwrite(bytes, 1, n, out); break;
    }
}

void html_long(FILE *out, const char *text, size_t most)
{
    const char *at = text;

    for (size_t i = 0; *at; i++) {
        const char *before = at;
        uint32_t c;

        if (i == most) {
            fprintf(out, "\u2026 [%zu B]", strlen(text));
            return;
        }
        c = utf8_next(&at);
        put_character(out, c, before, (size_t)(at - before));
    }
}

void html_text(FILE *out, const char *text)
{
    html_long(out, text, HTML_CUT);
}

void html_name(FILE *out, const char *text)
{
    fputs("<bdi>", out);
    html_text(out, text);
    fputs("</bdi>", out);
}
