/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/agreement.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Verdicts with their direction. */
enum { SLOWER, FASTER, EQUAL, INCONCLUSIVE, KINDS };

static const char *const kinds[KINDS] = {"slower", "faster", "equal",
                                         "inconclusive"};

int agreement_sayings(const struct comparison *c, const struct judgement *j,
                      struct saying out[PAIRS_MAX])
{
    for (int i = 0; i < j->pairs; i++) {
        const struct judged *pair = &j->pair[i];
        struct saying *s = &out[i];

        *s = (struct saying){.ratio = expm1(pair->pair.ratio.value),
                             .verdict = pair->pair.verdict};
        snprintf(s->what, sizeof s->what, "%.60s %.120s, %.20s, %d worker%s",
                 c->kernel, c->problem, c->mode, c->workers,
                 c->workers == 1 ? "" : "s");
        snprintf(s->pair, sizeof s->pair, "%.30s v %.30s",
                 c->cell[pair->a].executor, c->cell[pair->b].executor);
    }
    return j->pairs;
}

static int kind(const struct saying *s)
{
    switch (s->verdict) {
    case VERDICT_DIFFERENT: return s->ratio > 0 ? SLOWER : FASTER;
    case VERDICT_EQUAL: return EQUAL;
    default: return INCONCLUSIVE;
    }
}

static bool same_pair(const struct saying *a, const struct saying *b)
{
    return strcmp(a->what, b->what) == 0 && strcmp(a->pair, b->pair) == 0;
}

/* "all slower"; "3 slower, 2 inconclusive"; "they differ: 3 slower, 2 equal" */
static void print_agreement(FILE *out, const int count[KINDS], int said)
{
    bool differ = !!count[SLOWER] + !!count[FASTER] + !!count[EQUAL] > 1;
    const char *before = differ ? "  they differ: " : "  ";

    for (int k = 0; k < KINDS; k++) {
        if (count[k] == said)
            fprintf(out, "  all %s", kinds[k]);
        else if (count[k]) {
            fprintf(out, "%s%d %s", before, count[k], kinds[k]);
            before = ", ";
        }
    }
    fprintf(out, "\n");
}

static void print_pair(FILE *out, const struct saying *first,
                       const struct saying *end, int launches)
{
    int count[KINDS] = {0}, said = 0;

    fprintf(out, "%-22s", first->pair);
    for (int launch = 1; launch <= launches; launch++) {
        const struct saying *s = first;

        while (s < end && (s->launch != launch || !same_pair(s, first)))
            s++;
        if (s == end) {
            fprintf(out, "      -");
            continue;
        }
        fprintf(out, " %+6.1f", 100 * s->ratio);
        count[kind(s)]++;
        said++;
    }
    fprintf(out, " %%");
    print_agreement(out, count, said);
}

void agreement_print(FILE *out, const struct saying *saying, size_t n,
                     int launches)
{
    const struct saying *end = saying + n;
    const char *what = "";

    for (const struct saying *s = saying; s < end; s++) {
        const struct saying *before = saying;

        while (before < s && !same_pair(before, s))
            before++;
        if (before < s)
            continue;
        if (strcmp(what, s->what) != 0)
            fprintf(out, "%d launches of %s\n", launches, s->what);
        what = s->what;
        print_pair(out, s, end, launches);
    }
}
