/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LaTeX: for each comparison a float with a table of its executors, one of
 * its pairs, and the verdict for a caption; to be included in a document that
 * has the package booktabs. Any engine reads it: what is not ASCII is '?'.
 */
#include <stdlib.h>
#include <string.h>

#include "results/export/sheet.h"

static const char *escape(char c)
{
    switch (c) {
    case '\\': return "\\textbackslash{}";
    case '~': return "\\textasciitilde{}";
    case '^': return "\\textasciicircum{}";
    case '<': return "$<$";
    case '>': return "$>$";
    case '|': return "$|$";
    case '"': return "\\symbol{34}"; /* a shorthand in babel's German */
    case '`': return "\\symbol{96}";
    default: return NULL;
    }
}

/* First in a row, these would be arguments of the \\ before it. */
static const char *opening(char c)
{
    return c == '[' ? "{[}" : c == '*' ? "{*}" : NULL;
}

/* A minus before a number; one of two hyphens, which would be one dash. */
static const char *hyphen(const char *text, const char *at)
{
    bool first = at == text || strchr(" [", at[-1]);

    return first && at[1] >= '0' && at[1] <= '9' ? "$-$"
           : at[1] == '-'                        ? "{-}"
                                                 : "-";
}

static void print(FILE *out, const char *all)
{
    for (const char *text = all; *text; text += text_step(text)) {
        const char *escaped = *text == '-' ? hyphen(all, text) : escape(*text);

        if (text == all && opening(*text))
            escaped = opening(*text);
        if ((unsigned char)*text >= 0x80)
            fputc('?', out);
        else if (escaped)
            fputs(escaped, out);
        else if (strchr("&%$#_{}", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void print_cells(FILE *out, const char *const *text, int columns)
{
    fputs("    ", out);
    for (int i = 0; i < columns; i++) {
        fputs(i ? " & " : "", out);
        print(out, text[i]);
    }
    fputs(" \\\\\n", out);
}

static void print_row(FILE *out, char row[][SHEET_TEXT], int columns)
{
    const char *text[SHEET_COLUMNS];

    for (int i = 0; i < columns; i++)
        text[i] = row[i];
    print_cells(out, text, columns);
}

static void begin_table(FILE *out, const char *columns,
                        const char *const *heading, int n)
{
    fprintf(out, "  \\begin{tabular}{%s}\n    \\toprule\n", columns);
    print_cells(out, heading, n);
    fputs("    \\midrule\n", out);
}

static void end_table(FILE *out)
{
    fputs("    \\bottomrule\n  \\end{tabular}\n", out);
}

static void print_pairs(FILE *out, struct sheet *s)
{
    fputs("\n  \\medskip\n", out);
    begin_table(out, "lrll", sheet_pair_heading, SHEET_PAIR);
    for (int i = 0; i < s->pairs; i++)
        print_row(out, s->pair[i], SHEET_PAIR);
    end_table(out);
}

static void print_sheet(FILE *out, struct sheet *s)
{
    fputs("\n\\begin{table}\n  \\centering\n  \\small\n  \\caption{", out);
    print(out, s->title);
    fputs(" (", out);
    print(out, s->source);
    fputs("). ", out);
    print(out, s->verdict);
    fputs(".}\n", out);
    begin_table(out, "lrlrrlrr", sheet_heading, SHEET_COLUMNS);
    for (int i = 0; i < s->rows; i++)
        print_row(out, s->row[i], SHEET_COLUMNS);
    end_table(out);
    if (s->pairs)
        print_pairs(out, s);
    fputs("\\end{table}\n", out);
}

static void open(struct export *x)
{
    fputs("% by `drive export --latex`; needs \\usepackage{booktabs}\n",
          x->out);
}

static int done(struct export *x, const json_t *summary, struct err *err)
{
    struct sheet *sheet;

    if (sheet_make(x, summary, &sheet, err))
        return -1;
    print_sheet(x->out, sheet);
    free(sheet);
    return 0;
}

const struct export_format format_latex = {
    .name = "latex",
    .suffix = ".tex",
    .flags = FORMAT_KEEPS,
    .open = open,
    .done = done,
};
