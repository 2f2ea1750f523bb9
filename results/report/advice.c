/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/advice.h"

#include <string.h>

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

void advice_explain(FILE *out, const struct warning_text *text)
{
    fprintf(out, "%s: %s\n\n", text->code, text->title);
    wrap(out, "  checked   ", text->checked);
    wrap(out, "  effect    ", text->effect);
    wrap(out, "  remedy    ", text->remedy);
    wrap(out, "  operator  ", text->site);
}

void advice_codes(FILE *out)
{
    for (int i = 0; i < WARNINGS_MAX; i++)
        fprintf(out, "%s  %s\n", warning_table[i].code, warning_table[i].title);
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
