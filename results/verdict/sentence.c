/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "results/verdict/verdict.h"
#include "results/verdict/why.h"

/* A text that grows, cut at its size. */
struct text {
    char *at;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *t,
                                                      const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->at + t->used, t->size - t->used, format, args);
    va_end(args);
    if (n > 0)
        t->used += (size_t)n;
    if (t->used >= t->size)
        t->used = t->size - 1;
}

/* -- languages ----------------------------------------------------------- */

/* Patterns of each language, which order their arguments as it wants. */
struct words {
    const char *comma, *and, *semicolon;
    const char *percent, *times;                    /* 1: how much slower */
    const char *equal_all, *equal_some;             /* 1: names, 2: margin */
    const char *different, *different_times, *open; /* 1, 2: names, 3: how
                                                       much, 4: why */
    const char *cause;                              /* 1: points, 2: part */
    const char *part[PARTS];
    const char *more, *one_more;    /* 1: blocks */
    const char *speed, *throughput; /* 1: name, 2: speed-up */
    const char *alone;              /* 1: name */
    const char *nothing, *wrong, *bound, *interrupted;
};

static const struct words languages[LANGUAGES] = {
    [LANGUAGE_EN] = {", ",
                     " and ",
                     "; ",
                     "%.1f %%",
                     "%.3g times",
                     "no measurable difference between %1$s (within %2$g %%)",
                     "%1$s are equal (within %2$g %%)",
                     "%1$s are %3$s slower than %2$s%4$s",
                     "%1$s are %3$s slower than %2$s%4$s",
                     "%1$s against %2$s is inconclusive: %3$s%4$s",
                     ", %1$.1f points of it %2$s",
                     {[PART_COMPUTE] = "",
                      [PART_TALK] = "communication",
                      [PART_LOCK] = "waiting for the lock",
                      [PART_SYSTEM] = "system time",
                      [PART_WAITED] = "waiting for a core",
                      [PART_IMBALANCE] = "imbalance"},
                     ", about %zu more blocks would settle it",
                     ", about %zu more block would settle it",
                     "%1$s %2$.2f times the serial speed",
                     "%1$s %2$.2f times the serial throughput",
                     "nothing to compare: only %s was measured",
                     "nothing was measured",
                     "VOID: a result was wrong",
                     "VOID: a trial was faster than the machine can be",
                     "interrupted before the end"},
    [LANGUAGE_ZH] = {"、",
                     " 和 ",
                     "；",
                     "%.1f %%",
                     "%.3g 倍",
                     "%1$s 之间没有可测出的差异（相差不超过 %2$g %%）",
                     "%1$s 相当（相差不超过 %2$g %%）",
                     "%1$s 比 %2$s 慢 %3$s%4$s",
                     "%1$s 的用时是 %2$s 的 %3$s%4$s",
                     "%1$s 与 %2$s 相比尚无定论：%3$s%4$s",
                     "，其中 %1$.1f 个百分点是%2$s",
                     {[PART_COMPUTE] = "",
                      [PART_TALK] = "通信",
                      [PART_LOCK] = "等锁",
                      [PART_SYSTEM] = "系统时间",
                      [PART_WAITED] = "等待核心",
                      [PART_IMBALANCE] = "负载不均"},
                     "，大约再测 %zu 个区组可见分晓",
                     "，大约再测 %zu 个区组可见分晓",
                     "%1$s 的速度是串行的 %2$.2f 倍",
                     "%1$s 的吞吐量是串行的 %2$.2f 倍",
                     "无可比较：只测了 %s",
                     "什么也没有测到",
                     "无效：有结果算错了",
                     "无效：有一次试验快过了机器的极限",
                     "中途被打断"},
};

/* What a sentence is made of. */
struct saying {
    const struct words *words;
    const struct comparison *c;
    const struct judgement *j;
    int best, rival[CELLS_MAX], n;
    struct text *text;
};

/* "threads, processes and ranks" */
static void format_names(const struct saying *s, const int *cell, int n,
                         char *out)
{
    struct text t = {out, SENTENCE, 0};

    *out = '\0';
    for (int i = 0; i < n; i++)
        say(&t, "%s%s",
            i == 0       ? ""
            : i == n - 1 ? s->words->and
                         : s->words->comma,
            s->c->cell[cell[i]].executor);
}

/* How much slower a is than b, both ways round: x is log(a/b). */
static void format_slower(const struct words *w, const struct estimate *ratio,
                          int sign, char *out)
{
    double low = sign > 0 ? ratio->ci.low : -ratio->ci.high;
    double high = sign > 0 ? ratio->ci.high : -ratio->ci.low;
    struct text t = {out, SENTENCE, 0};

    if (sign * ratio->value > TIMES_FROM) {
        say(&t, w->times, exp(sign * ratio->value));
        if (ratio->valid)
            say(&t, " [%.3g, %.3g]", exp(low), exp(high));
        return;
    }
    say(&t, w->percent, 100 * expm1(sign * ratio->value));
    if (ratio->valid)
        say(&t, " [%.1f, %.1f]", 100 * expm1(low), 100 * expm1(high));
}

/* -- who is what --------------------------------------------------------- */

/* The pair of two cells; sign 1 if it is (x, y), -1 if it is (y, x). */
static const struct pair *find_pair(const struct judgement *j, int x, int y,
                                    int *sign)
{
    *sign = 1;
    for (int i = 0; i < j->pairs; i++) {
        *sign = j->pair[i].a == x ? 1 : -1;
        if ((j->pair[i].a == x && j->pair[i].b == y) ||
            (j->pair[i].a == y && j->pair[i].b == x))
            return &j->pair[i].pair;
    }
    return NULL;
}

/* The cells that pairs were made of, in the order of the table. */
static int list_rivals(const struct comparison *c, const struct judgement *j,
                       int *rival)
{
    int n = 0;

    for (int i = 0; i < c->cells; i++) {
        bool in = false;

        for (int k = 0; k < j->pairs; k++)
            in = in || j->pair[k].a == i || j->pair[k].b == i;
        if (in)
            rival[n++] = i;
    }
    return n;
}

static int fastest(const struct judgement *j, const int *rival, int n)
{
    int best = rival[0];

    for (int i = 1; i < n; i++) {
        if (j->cell[rival[i]].median_ns < j->cell[best].median_ns)
            best = rival[i];
    }
    return best;
}

/* Those that stand to `best` as `verdict` says. */
static int select_rivals(const struct judgement *j, int best, const int *rival,
                         int n, enum verdict verdict, int *out)
{
    int count = 0, sign;

    for (int i = 0; i < n; i++) {
        const struct pair *pair =
            rival[i] == best ? NULL : find_pair(j, rival[i], best, &sign);

        if (pair && pair->verdict == verdict)
            out[count++] = rival[i];
    }
    return count;
}

/* -- clauses ------------------------------------------------------------- */

static void next_clause(const struct saying *s)
{
    if (s->text->used)
        say(s->text, "%s", s->words->semicolon);
}

static void say_equal(const struct saying *s)
{
    int group[CELLS_MAX + 1], count;
    char names[SENTENCE];

    count =
        select_rivals(s->j, s->best, s->rival, s->n, VERDICT_EQUAL, group + 1);
    group[0] = s->best;
    if (!count)
        return;
    format_names(s, group, count + 1, names);
    say(s->text, count + 1 == s->n ? s->words->equal_all : s->words->equal_some,
        names, 100 * s->c->margin);
}

/* "ranks are 12 % slower, 8 points of it communication": where one part other
 * than compute makes a quarter of the difference or more. */
static void format_cause(const struct saying *s, int slow, double ratio,
                         char *out)
{
    double slow_ns[PARTS], best_ns[PARTS];
    struct text t = {out, SENTENCE, 0};
    struct contribution most;
    struct err err;

    *out = '\0';
    if (why_parts(&s->c->cell[slow], slow_ns, &err) ||
        why_parts(&s->c->cell[s->best], best_ns, &err))
        return;
    most = why_largest(slow_ns, best_ns);
    if (most.part != PART_COMPUTE && most.points > expm1(ratio) / 4)
        say(&t, s->words->cause, 100 * most.points, s->words->part[most.part]);
}

static void say_different(const struct saying *s)
{
    int group[CELLS_MAX], sign;
    int count =
        select_rivals(s->j, s->best, s->rival, s->n, VERDICT_DIFFERENT, group);
    char much[SENTENCE], cause[SENTENCE];

    for (int i = 0; i < count; i++) {
        const struct estimate *ratio =
            &find_pair(s->j, group[i], s->best, &sign)->ratio;
        bool times = sign * ratio->value > TIMES_FROM;

        next_clause(s);
        format_slower(s->words, ratio, sign, much);
        format_cause(s, group[i], sign * ratio->value, cause);
        say(s->text, times ? s->words->different_times : s->words->different,
            s->c->cell[group[i]].executor, s->c->cell[s->best].executor, much,
            cause);
    }
}

static void say_open(const struct saying *s)
{
    int group[CELLS_MAX], sign;
    int count = select_rivals(s->j, s->best, s->rival, s->n,
                              VERDICT_INCONCLUSIVE, group);
    char much[SENTENCE], more[SENTENCE];

    for (int i = 0; i < count; i++) {
        const struct pair *pair = find_pair(s->j, group[i], s->best, &sign);
        struct text t = {more, sizeof more, 0};

        next_clause(s);
        *more = '\0';
        format_slower(s->words, &pair->ratio, sign, much);
        if (pair->more && pair->more < 100000)
            say(&t, pair->more == 1 ? s->words->one_more : s->words->more,
                pair->more);
        say(s->text, s->words->open, s->c->cell[group[i]].executor,
            s->c->cell[s->best].executor, much, more);
    }
}

/* How the best stands to one serial worker. */
static void say_speedup(const struct saying *s)
{
    const struct estimate *speedup = &s->j->cell[s->best].speedup;

    if (s->j->base < 0 || s->best == s->j->base || speedup->n == 0)
        return;
    next_clause(s);
    say(s->text, s->c->replicate ? s->words->throughput : s->words->speed,
        s->c->cell[s->best].executor, speedup->value);
}

static void say_alone(const struct saying *s)
{
    for (int i = 0; i < s->c->cells; i++) {
        if (s->j->cell[i].n) {
            say(s->text, s->words->alone, s->c->cell[i].executor);
            return;
        }
    }
    say(s->text, "%s", s->words->nothing);
}

static void say_all(struct saying *s)
{
    s->best = fastest(s->j, s->rival, s->n);
    say_equal(s);
    say_different(s);
    say_open(s);
    say_speedup(s);
    if (s->c->stop == STOP_SIGNAL) {
        next_clause(s);
        say(s->text, "%s", s->words->interrupted);
    }
}

void verdict_sentence_in(enum language language, const struct comparison *c,
                         const struct judgement *j, char *out, size_t size)
{
    struct text t = {out, size, 0};
    struct saying s = {
        .words = &languages[language], .c = c, .j = j, .text = &t};

    *out = '\0';
    s.n = list_rivals(c, j, s.rival);
    if (c->stop == STOP_WRONG)
        say(&t, "%s", s.words->wrong);
    else if (c->stop == STOP_BOUND)
        say(&t, "%s", s.words->bound);
    else if (s.n == 0)
        say_alone(&s);
    else
        say_all(&s);
    if (language == LANGUAGE_EN && *out >= 'a' && *out <= 'z')
        *out = (char)(*out - 'a' + 'A');
}

void verdict_sentence(const struct comparison *c, const struct judgement *j,
                      char *out, size_t size)
{
    verdict_sentence_in(LANGUAGE_EN, c, j, out, size);
}
