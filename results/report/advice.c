/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/advice.h"

#include <string.h>

#include "results/report/terminal.h"
#include "results/report/texts.h"

enum { COLUMNS = 79, LINE = 3 * WARNING_TEXT };

/* Prints `head`, then the words of text, in lines that begin at its end. A
 * word too long for any line has one of its own. */
static void wrap(FILE *out, const char *head, const char *text)
{
    size_t indent = strlen(head), column = indent;

    fputs(head, out);
    while (*text) {
        size_t length = strcspn(text, " ");

        if (column > indent && column + 1 + length > COLUMNS) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > indent ? " " : "",
                                  (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

void advice_warnings(FILE *out, const struct warnings *list)
{
    char head[16], line[LINE];

    for (int i = 0; i < list->n; i++) {
        const struct warning *w = &list->item[i];

        snprintf(head, sizeof head, "warn  %s ", w->code);
        snprintf(line, sizeof line, "%s: %s (drive explain %s)", w->found,
                 w->effect, w->code);
        wrap(out, head, line);
    }
}

/* A line of text_of(), as wide as the widest of them, then the text. */
static void explain(FILE *out, enum language language, enum text head,
                    const char *text)
{
    const struct terminal t = {.out = out, .language = language};
    const char *name = text_of(head, language);
    int columns = 0;

    for (int k = TEXT_w_checked; k <= TEXT_w_operator; k++) {
        int own = terminal_columns(text_of((enum text)k, language));

        columns = own > columns ? own : columns;
    }
    fprintf(out, "  %s%*s", name, columns + 2 - terminal_columns(name), "");
    terminal_wrap(&t, text, columns + 4, columns + 4);
}

void advice_explain(FILE *out, const struct warning_text *text,
                    enum language language)
{
    text = warning_in(text, language);
    fprintf(out, "%s: %s\n\n", text->code, text->title);
    explain(out, language, TEXT_w_checked, text->checked);
    explain(out, language, TEXT_w_effect, text->effect);
    explain(out, language, TEXT_w_remedy, text->remedy);
    explain(out, language, TEXT_w_operator, text->site);
}

void advice_codes(FILE *out, enum language language)
{
    for (int i = 0; i < WARNINGS_MAX; i++)
        fprintf(out, "%s  %s\n", warning_table[i].code,
                warning_in(&warning_table[i], language)->title);
}

static void print_check(FILE *out, const struct check *c)
{
    static const char *const mark[] = {
        [CHECK_UNREADABLE] = "-",
        [CHECK_OK] = "OK",
        [CHECK_WARN] = "WARN",
        [CHECK_FAIL] = "FAIL",
    };
    const char *blind = c->code ? "not readable" : "not tried";
    char head[64], line[LINE];

    snprintf(head, sizeof head, "%-4s  %-4s  %-16s  ", mark[c->state],
             c->code ? c->code : "", c->name);
    if (c->state != CHECK_UNREADABLE)
        blind = "";
    snprintf(line, sizeof line, "%s%s%s", blind,
             *blind && *c->found ? ": " : "", c->found);
    wrap(out, head, line);
    if (c->state < CHECK_WARN)
        return;
    if (*c->effect)
        wrap(out, "            effect  ", c->effect);
    if (c->remedy)
        wrap(out, "            remedy  ", c->remedy);
    if (c->site)
        wrap(out, "            or, as operator:  ", c->site);
}

void advice_checks(FILE *out, const struct checks *list)
{
    for (int i = 0; i < list->n; i++)
        print_check(out, &list->item[i]);
}
