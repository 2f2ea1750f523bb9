/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown: for each comparison a heading, a table of its executors, one of
 * its pairs, and the verdict; as GitHub and Pandoc read tables. Texts of the
 * record stand as what they are, never as mark-up, links or HTML.
 */
#include <stdlib.h>
#include <string.h>

#include "results/export/sheet.h"

/* What Markdown, tables, HTML, or links made of bare addresses, could take for
 * their own. */
static void print(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        bool link =
            (c == ':' && at[1] == '/') ||
            (c == '.' && at - text >= 3 && strncasecmp(at - 3, "www", 3) == 0);

        if (strchr("<>&@|", c) || link)
            fprintf(out, "&#%d;", c);
        else if (strchr("\\`*_{}[]()#!~$", c))
            fprintf(out, "\\%c", c);
        else
            fputc(c, out);
    }
}

static void print_cells(FILE *out, const char *const *text, int columns)
{
    fputc('|', out);
    for (int i = 0; i < columns; i++) {
        fputc(' ', out);
        print(out, text[i]);
        fputs(" |", out);
    }
    fputc('\n', out);
}

static void print_row(FILE *out, char row[][SHEET_TEXT], int columns)
{
    const char *text[SHEET_COLUMNS];

    for (int i = 0; i < columns; i++)
        text[i] = row[i];
    print_cells(out, text, columns);
}

static void print_sheet(FILE *out, struct sheet *s)
{
    fputs("### ", out);
    print(out, s->title);
    fputs("\n\n", out);
    print(out, s->source);
    fputs("\n\n", out);
    print_cells(out, sheet_heading, SHEET_COLUMNS);
    fputs("| --- | ---: | --- | ---: | ---: | --- | ---: | ---: |\n", out);
    for (int i = 0; i < s->rows; i++)
        print_row(out, s->row[i], SHEET_COLUMNS);
    if (s->pairs) {
        fputc('\n', out);
        print_cells(out, sheet_pair_heading, SHEET_PAIR);
        fputs("| --- | ---: | --- | --- |\n", out);
    }
    for (int i = 0; i < s->pairs; i++)
        print_row(out, s->pair[i], SHEET_PAIR);
    fputs("\n**Verdict:** ", out);
    print(out, s->verdict);
    fputc('\n', out);
}

static int done(struct export *x, const json_t *summary, struct err *err)
{
    struct sheet *sheet;

    if (sheet_make(x, summary, &sheet, err))
        return -1;
    if (x->number)
        fputc('\n', x->out);
    print_sheet(x->out, sheet);
    free(sheet);
    return 0;
}

const struct export_format format_md = {
    .name = "md",
    .suffix = ".md",
    .flags = FORMAT_KEEPS,
    .done = done,
};
