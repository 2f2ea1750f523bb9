/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* -- a check ------------------------------------------------------------- */

const char *check_state_name(enum check_state state)
{
    static const char *const name[] = {
        [CHECK_UNREADABLE] = "not readable",
        [CHECK_OK] = "OK",
        [CHECK_WARN] = "WARN",
        [CHECK_FAIL] = "FAIL",
    };

    return name[state];
}

struct check *checks_add(struct checks *list, const char *code,
                         const char *name)
{
    struct check *c = &list->item[list->n];

    if (list->n == CHECKS_MAX)
        BUG("more checks than places for them");
    *c = (struct check){.code = code, .name = name};
    if (code) {
        c->remedy = warning_explain(code, NULL)->remedy;
        c->site = warning_explain(code, NULL)->site;
    }
    list->n++;
    return c;
}

/* Appends, so that a check may tell of several things. */
static void append(char *out, const char *between, const char *format,
                   va_list args)
{
    size_t used = strlen(out);

    if (used)
        used +=
            (size_t)snprintf(out + used, WARNING_TEXT - used, "%s", between);
    if (used < WARNING_TEXT)
        vsnprintf(out + used, WARNING_TEXT - used, format, args);
}

void check_found(struct check *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    append(c->found, ", ", format, args);
    va_end(args);
    if (c->state == CHECK_UNREADABLE)
        c->state = CHECK_OK;
}

void check_worry(struct check *c, enum check_state state, const char *format,
                 ...)
{
    va_list args;

    va_start(args, format);
    append(c->effect, "; ", format, args);
    va_end(args);
    if (state > c->state)
        c->state = state;
}

/* -- lists --------------------------------------------------------------- */

void checks_silence(struct checks *list, const char *codes)
{
    int kept = 0;

    for (int i = 0; i < list->n; i++) {
        const char *code = list->item[i].code;

        if (!code || !warning_listed(code, codes))
            list->item[kept++] = list->item[i];
    }
    list->n = kept;
}

int checks_count(const struct checks *list, enum check_state state)
{
    int count = 0;

    for (int i = 0; i < list->n; i++)
        count += list->item[i].state == state;
    return count;
}

void warnings_of_environment(const struct environment *env,
                             const struct probes *probes,
                             struct warnings *warnings)
{
    struct checks list = {.n = 0};

    checks_of_environment(env, probes, &list);
    for (int i = 0; i < list.n; i++) {
        const struct check *c = &list.item[i];

        if (c->state >= CHECK_WARN)
            warnings_add(warnings, c->code, c->found, c->effect);
    }
}
