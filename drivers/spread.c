/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/spread.h"

#include <string.h>

#include "drivers/executors/executor.h"

int spread_here(const struct conductor *c, int workers)
{
    return c->lobby ? lobby_here(c->lobby, workers) : workers;
}

double spread_share(const struct conductor *c, int workers, int of)
{
    int here = spread_here(c, workers);

    return here < of ? (double)here / of : 1;
}

struct spread spread_of(const struct conductor *c, int executor, int kernel,
                        enum mode mode, int workers)
{
    unsigned flags = executor_table[executor]->flags;
    int here = spread_here(c, workers);
    bool goes = flags & EXECUTOR_NEEDS_LAUNCHER || mode == MODE_REPLICATE;

    if (kernel_table[kernel]->traits & KERNEL_PARENT ||
        flags & EXECUTOR_ONE_WORKER)
        return (struct spread){1, false};
    return goes ? (struct spread){workers, here < workers}
                : (struct spread){here, false};
}

int spread_refuse(const struct conductor *c, const char *why, struct err *err)
{
    if (!c->lobby || c->lobby->nodes < 2)
        return 0;
    return err_set(err, EXIT_USAGE,
                   "%s, and the ranks are on %d: start it on one of them, "
                   "without a launcher",
                   why, c->lobby->nodes);
}

/* -- what people read ----------------------------------------------------- */

enum { NAMED = 4 }; /* nodes named in a line */

static const char *plural(int n)
{
    return n == 1 ? "" : "s";
}

static void print_nodes(FILE *out, struct lobby *lobby)
{
    int left = lobby->nodes - NAMED;

    fprintf(out, "nodes %d:", lobby->nodes);
    for (int i = 0; i < lobby->nodes && i < NAMED; i++) {
        const struct node_card *card = lobby_card(lobby, i);

        fprintf(out, "%s %s (%d rank%s)", i ? "," : "", card->host, card->ranks,
                plural(card->ranks));
    }
    if (left > 0)
        fprintf(out, " and %d more", left);
    fprintf(out, "\n");
}

/* The slowest node decides how long all take. */
static void print_different(FILE *out, struct lobby *lobby)
{
    const struct node_card *first = lobby_card(lobby, 0), *named = NULL;
    int different = 0;

    for (int i = 1; i < lobby->nodes; i++) {
        const struct node_card *card = lobby_card(lobby, i);

        if (card->cores == first->cores && card->pus == first->pus &&
            strcmp(card->cpu, first->cpu) == 0)
            continue;
        named = named ? named : card;
        different++;
    }
    if (!named)
        return;
    fprintf(out, "note  nodes differ: %s has %d core%s of %s, %s has %d of %s",
            first->host, first->cores, plural(first->cores), first->cpu,
            named->host, named->cores, named->cpu);
    if (different > 1)
        fprintf(out, ", and %d more", different - 1);
    fprintf(out, "; ask for nodes that are alike (sbatch --constraint)\n");
}

static int largest(const struct comparison *c)
{
    int workers = 0;

    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].workers > workers)
            workers = c->cell[i].workers;
    }
    return workers;
}

static void print_base(FILE *out, struct lobby *lobby,
                       const struct comparison *c)
{
    const char *host = lobby_card(lobby, 0)->host;
    int alone = 0, workers = 0;

    if (largest(c) < c->workers) {
        fprintf(out, "note  all on %s alone\n", host);
        return;
    }
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].workers == c->workers)
            continue;
        fprintf(out, "%s%s", alone++ ? ", " : "note  ", c->cell[i].executor);
        if (c->cell[i].workers > workers)
            workers = c->cell[i].workers;
    }
    if (alone)
        fprintf(out, " on %s alone, at most %d worker%s: what one node does\n",
                host, workers, plural(workers));
}

void spread_print(FILE *out, const struct conductor *c,
                  const struct comparison *comparison)
{
    if (!c->lobby || c->lobby->nodes < 2)
        return;
    print_nodes(out, c->lobby);
    print_different(out, c->lobby);
    if (spread_here(c, comparison->workers) < comparison->workers)
        print_base(out, c->lobby, comparison);
    fflush(out);
}
