/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/warnings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* -- codes --------------------------------------------------------------- */

/* Index in the table of a code of this length, or -1. */
static int find(const char *code, size_t length)
{
    if (length && toupper((unsigned char)*code) == 'W') {
        code++;
        length--;
    }
    for (int i = 0; i < WARNINGS_MAX; i++) {
        const char *digits = warning_table[i].code + 1;

        if (strlen(digits) == length && strncmp(digits, code, length) == 0)
            return i;
    }
    return -1;
}

static int unknown(const char *code, size_t length, struct err *err)
{
    return err_set(err, EXIT_USAGE, "no warning '%.*s': they are %s to %s",
                   (int)length, code, warning_table[0].code,
                   warning_table[WARNINGS_MAX - 1].code);
}

const struct warning_text *warning_explain(const char *code, struct err *err)
{
    int i = find(code, strlen(code));

    if (i >= 0)
        return &warning_table[i];
    unknown(code, strlen(code), err);
    return NULL;
}

const struct warning_text *warning_in(const struct warning_text *text,
                                      enum language language)
{
    int i = find(text->code, strlen(text->code));

    return language == LANGUAGE_ZH ? &warning_chinese[i] : &warning_table[i];
}

/* -- lists of codes ------------------------------------------------------ */

bool warning_listed(const char *code, const char *list)
{
    int wanted = find(code, strlen(code));

    while (list && *list) {
        size_t length = strcspn(list, ",");

        if (wanted >= 0 && find(list, length) == wanted)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

int warning_list_check(const char *list, struct err *err)
{
    for (;;) {
        size_t length = strcspn(list, ",");

        if (find(list, length) < 0)
            return unknown(list, length, err);
        if (!list[length])
            return 0;
        list += length + 1;
    }
}

/* -- lists of warnings --------------------------------------------------- */

static void copy(char *out, const char *text)
{
    snprintf(out, WARNING_TEXT, "%s", text);
}

void warnings_add(struct warnings *list, const char *code, const char *found,
                  const char *effect)
{
    int row = find(code, strlen(code)), at = 0;
    struct warning *w;
    size_t used;

    if (row < 0)
        BUG("a warning without a code");
    while (at < list->n && strcmp(list->item[at].code, code) < 0)
        at++;
    w = &list->item[at];
    if (at < list->n && strcmp(w->code, code) == 0) {
        used = strlen(w->found);
        if (!strstr(w->found, found))
            snprintf(w->found + used, sizeof w->found - used, "; %s", found);
        return;
    }
    memmove(w + 1, w, (size_t)(list->n - at) * sizeof *w);
    w->code = warning_table[row].code;
    copy(w->found, found);
    copy(w->effect, effect);
    list->n++;
}

void warnings_merge(struct warnings *into, const struct warnings *from)
{
    for (int i = 0; i < from->n; i++)
        warnings_add(into, from->item[i].code, from->item[i].found,
                     from->item[i].effect);
}

static bool was_said(const struct warnings *said, const struct warning *w)
{
    for (int i = 0; i < said->n; i++) {
        if (strcmp(said->item[i].code, w->code) == 0)
            return strstr(said->item[i].found, w->found) != NULL;
    }
    return false;
}

void warnings_forget(struct warnings *list, const struct warnings *said)
{
    int kept = 0;

    for (int i = 0; i < list->n; i++) {
        if (!was_said(said, &list->item[i]))
            list->item[kept++] = list->item[i];
    }
    list->n = kept;
}

void warnings_silence(struct warnings *list, const char *codes)
{
    int kept = 0;

    for (int i = 0; i < list->n; i++) {
        if (!warning_listed(list->item[i].code, codes))
            list->item[kept++] = list->item[i];
    }
    list->n = kept;
}

const char **warnings_codes(const struct warnings *list, const char **out)
{
    for (int i = 0; i < list->n; i++)
        out[i] = list->item[i].code;
    out[list->n] = NULL;
    return out;
}

char *warning_format(const struct warning *w, char *out, size_t size)
{
    snprintf(out, size, "%s %s: %s", w->code, w->found, w->effect);
    return out;
}

/* -- probes -------------------------------------------------------------- */

void probes_clear(struct probes *probes)
{
    *probes = (struct probes){.tracer = -1,
                              .waited = -1,
                              .stolen = -1,
                              .throttled = -1,
                              .pressure = -1,
                              .running = -1,
                              .swapped = -1,
                              .heated = -1,
                              .timer_ns = -1,
                              .counter_errno = -1,
                              .paranoid = -2};
}
