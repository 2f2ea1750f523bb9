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

/* "threads, processes and ranks" */
static void say_names(struct text *t, const struct comparison *c,
                      const int *cell, int n)
{
    for (int i = 0; i < n; i++)
        say(t, "%s%s",
            i == 0       ? ""
            : i == n - 1 ? " and "
                         : ", ",
            c->cell[cell[i]].executor);
}

/* How much slower a is than b, both ways round: x is log(a/b). */
static void say_slower(struct text *t, const struct estimate *ratio, int sign)
{
    double low = sign > 0 ? ratio->ci.low : -ratio->ci.high;
    double high = sign > 0 ? ratio->ci.high : -ratio->ci.low;

    if (sign * ratio->value > TIMES_FROM) {
        say(t, "%.3g times", exp(sign * ratio->value));
        if (ratio->valid)
            say(t, " [%.3g, %.3g]", exp(low), exp(high));
        return;
    }
    say(t, "%.1f %%", 100 * expm1(sign * ratio->value));
    if (ratio->valid)
        say(t, " [%.1f, %.1f]", 100 * expm1(low), 100 * expm1(high));
}

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

static void say_equal(struct text *t, const struct comparison *c,
                      const struct judgement *j, int best, const int *rival,
                      int n)
{
    int group[CELLS_MAX], count;

    count = select_rivals(j, best, rival, n, VERDICT_EQUAL, group + 1);
    group[0] = best;
    if (count && count + 1 == n)
        say(t, "no measurable difference between ");
    if (count)
        say_names(t, c, group, count + 1);
    if (count && count + 1 < n)
        say(t, " are equal");
    if (count)
        say(t, " (within %g %%)", 100 * c->margin);
}

/* "ranks are 12 % slower, 8 points of it communication": where one part other
 * than compute makes a quarter of the difference or more. */
static void say_cause(struct text *t, const struct comparison *c, int slow,
                      int best, double ratio)
{
    static const char *const noun[] = {[PART_COMPUTE] = "",
                                       [PART_TALK] = "communication",
                                       [PART_LOCK] = "waiting for the lock",
                                       [PART_SYSTEM] = "system time",
                                       [PART_WAITED] = "waiting for a core",
                                       [PART_IMBALANCE] = "imbalance"};
    double slow_ns[PARTS], best_ns[PARTS];
    struct contribution most;
    struct err err;

    if (why_parts(&c->cell[slow], slow_ns, &err) ||
        why_parts(&c->cell[best], best_ns, &err))
        return;
    most = why_largest(slow_ns, best_ns);
    if (most.part != PART_COMPUTE && most.points > expm1(ratio) / 4)
        say(t, ", %.1f points of it %s", 100 * most.points, noun[most.part]);
}

static void say_different(struct text *t, const struct comparison *c,
                          const struct judgement *j, int best, const int *rival,
                          int n)
{
    int group[CELLS_MAX], sign;
    int count = select_rivals(j, best, rival, n, VERDICT_DIFFERENT, group);

    for (int i = 0; i < count; i++) {
        const struct pair *pair = find_pair(j, group[i], best, &sign);

        say(t, "%s%s are ", t->used ? "; " : "", c->cell[group[i]].executor);
        say_slower(t, &pair->ratio, sign);
        say(t, " slower than %s", c->cell[best].executor);
        say_cause(t, c, group[i], best, sign * pair->ratio.value);
    }
}

static void say_open(struct text *t, const struct comparison *c,
                     const struct judgement *j, int best, const int *rival,
                     int n)
{
    int group[CELLS_MAX], sign;
    int count = select_rivals(j, best, rival, n, VERDICT_INCONCLUSIVE, group);

    for (int i = 0; i < count; i++) {
        const struct pair *pair = find_pair(j, group[i], best, &sign);

        say(t, "%s%s against %s is inconclusive: ", t->used ? "; " : "",
            c->cell[group[i]].executor, c->cell[best].executor);
        say_slower(t, &pair->ratio, sign);
        if (pair->more && pair->more < 100000)
            say(t, ", about %zu more block%s would settle it", pair->more,
                pair->more == 1 ? "" : "s");
    }
}

/* How the best stands to one serial worker. */
static void say_speedup(struct text *t, const struct comparison *c,
                        const struct judgement *j, int best)
{
    const struct estimate *s = &j->cell[best].speedup;

    if (j->base < 0 || best == j->base || s->n == 0)
        return;
    say(t, "; %s %.2f times the serial %s", c->cell[best].executor, s->value,
        c->replicate ? "throughput" : "speed");
}

static void say_alone(struct text *t, const struct comparison *c,
                      const struct judgement *j)
{
    for (int i = 0; i < c->cells; i++) {
        if (j->cell[i].n) {
            say(t, "nothing to compare: only %s was measured",
                c->cell[i].executor);
            return;
        }
    }
    say(t, "nothing was measured");
}

void verdict_sentence(const struct comparison *c, const struct judgement *j,
                      char *out, size_t size)
{
    struct text t = {out, size, 0};
    int rival[CELLS_MAX], n = list_rivals(c, j, rival), best;

    *out = '\0';
    if (c->stop == STOP_WRONG) {
        say(&t, "VOID: a result was wrong");
    } else if (c->stop == STOP_BOUND) {
        say(&t, "VOID: a trial was faster than the machine can be");
    } else if (n == 0) {
        say_alone(&t, c, j);
    } else {
        best = fastest(j, rival, n);
        say_equal(&t, c, j, best, rival, n);
        say_different(&t, c, j, best, rival, n);
        say_open(&t, c, j, best, rival, n);
        say_speedup(&t, c, j, best);
        if (c->stop == STOP_SIGNAL)
            say(&t, "; interrupted before the end");
    }
    if (*out >= 'a' && *out <= 'z')
        *out = (char)(*out - 'a' + 'A');
}
