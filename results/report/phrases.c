/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/phrases.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "results/verdict/warnings.h"

enum { ARGUMENTS = 9, STEPS = 16 };

static const struct row {
    const char *english, *chinese;
} rows[] = {
#define PHRASE(english, chinese) {english, chinese},
#include "results/report/phrases.def"
#undef PHRASE
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct {
    const char *english, *chinese;
} links[] = {{", ", "，"}, {"; ", "；"}, {": ", "："}, {"", ""}};

enum { LINKS = sizeof links / sizeof links[0] };

/* -- taking apart -------------------------------------------------------- */

/* One phrase of a text, and which link follows it. */
struct step {
    const struct row *row;
    struct {
        const char *at;
        size_t length;
    } argument[ARGUMENTS];
    int arguments, link;
};

/* `dead` marks the places from which no phrases lead to the end, so that none
 * is tried twice. Arguments have no links in them, or only when `loose`. */
struct parse {
    const char *text;
    bool loose, dead[PHRASE_TEXT];
    struct step step[STEPS];
    int steps;
};

static bool match_from(struct parse *, const char *at, int depth);

/* Characters of a number as printf() writes it. */
static size_t number_length(const char *at)
{
    size_t n = *at == '-' || *at == '+';

    if (!isdigit((unsigned char)at[n]))
        return 0;
    n += strspn(at + n, "0123456789.");
    if (at[n] == 'e' && (at[n + 1] == '+' || at[n + 1] == '-'))
        n += 2 + strspn(at + n + 2, "0123456789");
    return n;
}

static bool match_end(struct parse *p, const char *at, int depth)
{
    for (int k = 0; k < LINKS; k++) {
        size_t length = strlen(links[k].english);

        p->step[depth].link = k;
        if (!length)
            break;
        if (strncmp(at, links[k].english, length) == 0 &&
            match_from(p, at + length, depth + 1))
            return true;
    }
    if (*at)
        return false;
    p->steps = depth + 1;
    return true;
}

static bool is_link(const char *at)
{
    for (int k = 0; *links[k].english; k++) {
        if (strncmp(at, links[k].english, strlen(links[k].english)) == 0)
            return true;
    }
    return false;
}

/* The rest of a pattern. A "%s" is as short as it can be. */
static bool match_pattern(struct parse *p, const char *pattern, const char *at,
                          int depth)
{
    struct step *step = &p->step[depth];
    size_t most, n;
    int mine;

    while (*pattern && *pattern != '%') {
        if (*pattern++ != *at++)
            return false;
    }
    if (!*pattern)
        return match_end(p, at, depth);
    if (pattern[1] == '%')
        return *at == '%' && match_pattern(p, pattern + 2, at + 1, depth);
    n = 1 + strcspn(pattern + 1, "sdfgu");
    mine = step->arguments;
    most = pattern[n] == 's' ? strlen(at) : number_length(at);
    if (mine == ARGUMENTS || (pattern[n] != 's' && !most))
        return false;
    step->arguments++;
    for (size_t k = pattern[n] == 's' ? 0 : most; k <= most; k++) {
        step->argument[mine].at = at;
        step->argument[mine].length = k;
        if (match_pattern(p, pattern + n + 1, at + k, depth))
            return true;
        step->arguments = mine + 1;
        if (!p->loose && is_link(at + k))
            break;
    }
    return false;
}

static bool match_from(struct parse *p, const char *at, int depth)
{
    size_t place = (size_t)(at - p->text);

    if (!*at || depth == STEPS || p->dead[place])
        return false;
    for (int i = 0; i < ROWS; i++) {
        p->step[depth] = (struct step){.row = &rows[i]};
        if (match_pattern(p, rows[i].english, at, depth))
            return true;
    }
    p->dead[place] = true;
    return false;
}

/* -- saying again -------------------------------------------------------- */

struct saying {
    char *out;
    size_t size, used;
};

static void put(struct saying *s, const char *text, size_t length)
{
    size_t room = s->size - s->used - 1;

    length = length < room ? length : room;
    memcpy(s->out + s->used, text, length);
    s->used += length;
    s->out[s->used] = '\0';
}

static void put_argument(struct saying *s, const struct step *step, int k,
                         bool phrase)
{
    char text[PHRASE_TEXT], said[PHRASE_TEXT];

    if (k < 0 || k >= step->arguments)
        return;
    if (!phrase) {
        put(s, step->argument[k].at, step->argument[k].length);
        return;
    }
    snprintf(text, sizeof text, "%.*s", (int)step->argument[k].length,
             step->argument[k].at);
    phrase_translate(text, LANGUAGE_ZH, said, sizeof said);
    put(s, said, strlen(said));
}

static void put_step(struct saying *s, const struct step *step)
{
    const char *at = step->row->chinese;

    while (*at) {
        size_t length = strcspn(at, "$&");

        put(s, at, length);
        at += length;
        if (!*at)
            break;
        put_argument(s, step, at[1] - '1', *at == '&');
        at += 2;
    }
    put(s, links[step->link].chinese, strlen(links[step->link].chinese));
}

bool phrase_translate(const char *english, enum language language, char *out,
                      size_t size)
{
    struct parse p = {.text = english};
    struct saying s = {out, size, 0};

    snprintf(out, size, "%s", english);
    if (language == LANGUAGE_EN || strlen(english) >= PHRASE_TEXT)
        return false;
    if (!match_from(&p, english, 0)) {
        p = (struct parse){.text = english, .loose = true};
        if (!match_from(&p, english, 0))
            return false;
    }
    for (int i = 0; i < p.steps; i++)
        put_step(&s, &p.step[i]);
    return true;
}

/* "W103 " and its title, whose code alone is looked at. */
static const char *split_warning(const char *english, enum language language,
                                 char *out, size_t size)
{
    const struct warning_text *about;
    char code[8] = "";
    struct err err;

    if (strlen(english) < 6 || *english != 'W' || english[4] != ' ')
        return NULL;
    memcpy(code, english, 4);
    about = warning_explain(code, &err);
    if (!about)
        return NULL;
    snprintf(out, size, "%s ", code);
    if (phrase_translate(english + 5, language, out + 5, size - 5))
        return english + strlen(english);
    snprintf(out, size, "%s %s：", code, warning_in(about, language)->title);
    return english + 5;
}

const char *phrase_split(const char *english, enum language language, char *out,
                         size_t size)
{
    const char *rest = language == LANGUAGE_EN
                           ? NULL
                           : split_warning(english, language, out, size);
    const char *colon = strstr(english, ": ");
    char head[PHRASE_TEXT];

    if (rest)
        return rest;
    if (phrase_translate(english, language, out, size))
        return english + strlen(english);
    *out = '\0';
    if (!colon || (size_t)(colon - english) >= sizeof head)
        return english;
    snprintf(head, sizeof head, "%.*s", (int)(colon - english), english);
    if (!phrase_translate(head, language, out, size - strlen("："))) {
        *out = '\0';
        return english;
    }
    strcat(out, "：");
    return colon + 2;
}

/* -- facts --------------------------------------------------------------- */

const char *phrase_fact(const char *name, enum language language)
{
    static const struct row facts[] = {
#define FACT(name, chinese) {name, chinese},
#include "results/report/facts.def"
#undef FACT
    };

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (language == LANGUAGE_ZH && strcmp(facts[i].english, name) == 0)
            return facts[i].chinese;
    }
    return NULL;
}

const char *phrase_value(const char *name, const char *value,
                         enum language language)
{
    static const struct row values[] = {
        {"not known", "未知"}, {"true", "是"}, {"false", "否"}};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (phrase_fact(name, language) &&
            strcmp(values[i].english, value) == 0)
            return values[i].chinese;
    }
    return value;
}
