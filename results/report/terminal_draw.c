/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What figures in a terminal are drawn with: columns, paragraphs, boxes and
 * lines of levels.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/stats.h"
#include "results/report/html.h"
#include "results/report/phrases.h"
#include "results/report/terminal.h"
#include "results/report/utilisation.h"

/* -- columns ------------------------------------------------------------- */

/* East Asian scripts and pictures, where the C library is not asked as the
 * locale knows ASCII only. */
static bool is_wide(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } range[] = {{0x1100, 0x115f},  {0x2e80, 0x303e}, {0x3041, 0xa4cf},
                 {0xac00, 0xd7a3},  {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
                 {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1faff},
                 {0x20000, 0x3fffd}};

    for (size_t i = 0; i < sizeof range / sizeof *range; i++) {
        if (character >= range[i].first && character <= range[i].last)
            return true;
    }
    return false;
}

/* What hides is shown as one "?". */
static bool is_shown(uint32_t character)
{
    return character >= ' ' && character != 0xfffd && !utf8_hides(character) &&
           wcwidth((wchar_t)character) != 0;
}

static int width_of(uint32_t character)
{
    int width = wcwidth((wchar_t)character);

    if (!is_shown(character))
        return 1;
    return width > 0 ? width : is_wide(character) ? 2 : 1;
}

int terminal_columns(const char *text)
{
    int columns = 0;

    while (*text)
        columns += width_of(utf8_next(&text));
    return columns;
}

static int put_next(const struct terminal *t, const char **at)
{
    const char *from = *at;
    uint32_t character = utf8_next(at);

    int width = width_of(character);
    bool ascii = !t->blocks && t->language == LANGUAGE_EN;

    if (is_shown(character) && (character < 0x80 || !ascii))
        fprintf(t->out, "%.*s", (int)(*at - from), from);
    else
        fputs(width > 1 ? "??" : "?", t->out);
    return width;
}

void terminal_put(const struct terminal *t, const char *text, int columns)
{
    bool cut = terminal_columns(text) > columns;
    int used = 0, most = cut ? columns - 3 : columns;

    while (*text) {
        const char *at = text;

        if (used + width_of(utf8_next(&at)) > most)
            break;
        used += put_next(t, &text);
    }
    fprintf(t->out, "%s%*s", cut ? "..." : "", columns - used - (cut ? 3 : 0),
            "");
}

/* -- paragraphs ---------------------------------------------------------- */

/* Chinese punctuation, which no line begins with. */
static bool is_stop(const char *at)
{
    return strncmp(at, "\xef\xbc", 2) == 0 || strncmp(at, "\xe3\x80", 2) == 0;
}

/* A word: up to a space, or one wide character, behind which a line may end,
 * with the punctuation that follows it. */
static size_t word_length(const char *text)
{
    const char *at = text;

    while (*at && *at != ' ') {
        const char *next = at;
        bool wide = width_of(utf8_next(&next)) > 1;

        if (wide && at > text && !is_stop(at))
            break;
        at = next;
        if (wide && !is_stop(at))
            break;
    }
    return (size_t)(at - text);
}

static void new_line(const struct terminal *t, int indent)
{
    fprintf(t->out, "\n%*s", indent, "");
}

void terminal_wrap(const struct terminal *t, const char *text, int at,
                   int indent)
{
    bool gap = false;

    while (*text) {
        char word[SENTENCE];
        size_t length = word_length(text);
        int columns;

        if (!length) {
            gap = at > indent;
            text++;
            continue;
        }
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        text += length;
        columns = terminal_columns(word);
        if (at > indent && at + gap + columns > TERMINAL_WIDTH) {
            new_line(t, indent);
            at = indent;
            gap = false;
        }
        columns = columns > TERMINAL_WIDTH - at - gap
                      ? TERMINAL_WIDTH - at - gap
                      : columns;
        if (gap)
            fputc(' ', t->out);
        terminal_put(t, word, columns);
        at += columns + gap;
        gap = false;
    }
    fputc('\n', t->out);
}

void terminal_phrase(const struct terminal *t, const char *english, int at,
                     int indent)
{
    char said[2 * PHRASE_TEXT], line[sizeof said + PHRASE_TEXT];
    const char *rest = phrase_split(english, t->language, said, sizeof said);

    snprintf(line, sizeof line, "%s%.*s", said, PHRASE_TEXT - 1, rest);
    terminal_wrap(t, line, at, indent);
}

void terminal_say(const struct terminal *t, int indent, enum text text, ...)
{
    char line[4096];
    va_list list;

    va_start(list, text);
    vsnprintf(line, sizeof line, text_of(text, t->language), list);
    va_end(list);
    fprintf(t->out, "%*s", indent, "");
    terminal_wrap(t, line, indent, indent);
}

void terminal_title(const struct terminal *t, enum text text)
{
    fprintf(t->out, "\n%s\n", text_of(text, t->language));
}

/* -- boxes --------------------------------------------------------------- */

int terminal_place(double value, double low, double high, int columns)
{
    int place = high > low ? (int)((value - low) / (high - low) * columns)
                           : columns / 2;

    return place < 0 ? 0 : place >= columns ? columns - 1 : place;
}

void terminal_fences(const double *x, size_t n, double *low, double *high)
{
    double q1 = stats_quantile_sorted(x, n, 0.25);
    double q3 = stats_quantile_sorted(x, n, 0.75), reach = 1.5 * (q3 - q1);

    *low = n ? x[n - 1] : NAN;
    *high = n ? x[0] : NAN;
    for (size_t i = 0; i < n; i++) {
        if (n >= 5 && (x[i] < q1 - reach || x[i] > q3 + reach))
            continue;
        *low = fmin(*low, x[i]);
        *high = fmax(*high, x[i]);
    }
}

static void fill(char *cell, int from, int to, char sign)
{
    for (int i = from; i <= to; i++)
        cell[i] = sign;
}

/* In ASCII, where each sign is one column. */
static void draw_box(const double *x, size_t n, double low, double high,
                     int columns, char *cell)
{
    double ends[2];
    int q1, q3;

    terminal_fences(x, n, &ends[0], &ends[1]);
    for (size_t i = 0; i < n; i++) {
        bool beyond = n < 5 || x[i] < ends[0] || x[i] > ends[1];

        if (beyond)
            cell[terminal_place(x[i], low, high, columns)] = x[i] < low ? '<'
                                                             : x[i] > high
                                                                 ? '>'
                                                                 : 'o';
    }
    if (n < 5)
        return;
    q1 = terminal_place(stats_quantile_sorted(x, n, 0.25), low, high, columns);
    q3 = terminal_place(stats_quantile_sorted(x, n, 0.75), low, high, columns);
    fill(cell, terminal_place(ends[0], low, high, columns),
         terminal_place(ends[1], low, high, columns), '-');
    fill(cell, q1, q3, '=');
    cell[q1] = '[';
    cell[q3] = ']';
    cell[terminal_place(stats_quantile_sorted(x, n, 0.5), low, high, columns)] =
        '|';
}

void terminal_box(const double *x, size_t n, double low, double high,
                  int columns, bool blocks, char out[BOX_TEXT])
{
    static const char plain[] = "-=[]|";
    static const char *const drawn[] = {"\u2500", "\u2592", "\u2592", "\u2592",
                                        "\u2588"};
    char cell[BOX_COLUMNS + 1], *at = out;

    columns = columns > BOX_COLUMNS ? BOX_COLUMNS : columns;
    memset(cell, ' ', sizeof cell);
    draw_box(x, n, low, high, columns, cell);
    for (int i = 0; i < columns; i++) {
        const char *sign = strchr(plain, cell[i]);

        if (blocks && sign)
            at = stpcpy(at, drawn[sign - plain]);
        else
            *at++ = cell[i];
    }
    *at = '\0';
}

/* -- levels -------------------------------------------------------------- */

char *terminal_spark(const double *x, size_t n, int columns, bool blocks,
                     double *least, double *most, char *out)
{
    double *y = malloc((n + 1) * sizeof *y);
    char text[SPARKLINE_TEXT];

    *least = *most = NAN;
    *out = '\0';
    if (!y)
        return out;
    memcpy(y, x, n * sizeof *y);
    n = series_thin(y, n, (size_t)columns);
    for (size_t i = 0; i < n; i++) {
        *least = fmin(*least, y[i]);
        *most = fmax(*most, y[i]);
    }
    /* The least has a mark too: a space would look like nothing. */
    for (size_t i = 0; i < n; i++)
        y[i] = *most > *least ? 0.15 + 0.85 * (y[i] - *least) / (*most - *least)
                              : 0.5;
    strcpy(out, sparkline_format(y, n, blocks, text));
    free(y);
    return out;
}
