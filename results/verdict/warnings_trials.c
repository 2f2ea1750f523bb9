/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings from the evidence in the trials of a comparison. */
#include "results/verdict/look.h"

#include <math.h>
#include <string.h>

/* -- evidence ------------------------------------------------------------ */

/* What of one kind disturbed the trials that count. */
struct evidence_of {
    size_t hit, trials;
    int executors, of; /* that were hit; that have trials */
    double worst;      /* largest share of one trial that was lost */
    double most;       /* largest mean share lost by an executor */
    const char *whose; /* that executor's name */
    bool often;        /* one in ten of some executor's trials, and not one
                          alone */
};

/* The time that an average worker lost to it, as a share of the trial. */
static double share_lost(const struct trial *trial, int workers, unsigned kind)
{
    double lost = kind == DISTURBED_WAIT       ? (double)trial->usage.waited_ns
                  : kind == DISTURBED_STEAL    ? (double)trial->steal_ns
                  : kind == DISTURBED_THROTTLE ? (double)trial->throttled_ns
                                               : 0;
    double took = (double)trial->ns * trial->repeats * workers;

    return took > 0 ? fmin(1, lost / took) : 0;
}

static void gather_cell(const struct cell *cell, unsigned kind,
                        struct evidence_of *e)
{
    size_t hit = 0, trials = 0;
    double sum = 0;

    for (size_t t = 0; t < cell->trials; t++) {
        const struct trial *trial = &cell->trial[t];
        double share;

        if (!trial_counts(trial))
            continue;
        trials++;
        if (!(trial->disturbed & kind))
            continue;
        share = share_lost(trial, cell->workers, kind);
        hit++;
        sum += share;
        e->worst = fmax(e->worst, share);
    }
    e->hit += hit;
    e->trials += trials;
    e->of += trials > 0;
    e->executors += hit > 0;
    e->often = e->often || (hit > 1 && 10 * hit >= trials);
    if (hit && (!e->whose || sum / (double)trials > e->most)) {
        e->most = sum / (double)trials;
        e->whose = cell->executor;
    }
}

static struct evidence_of gather(const struct comparison *c, unsigned kind)
{
    struct evidence_of e = {.hit = 0};

    for (int i = 0; i < c->cells; i++)
        gather_cell(&c->cell[i], kind, &e);
    return e;
}

/* "12 of 48 trials of 2 of 4 executors were stolen from" */
static void say_evidence(const struct evidence_of *e, const char *what,
                         char *out)
{
    look_say(out, "%zu of %zu trials (%d of %d executors) %s", e->hit,
             e->trials, e->executors, e->of, what);
}

/* -- disturbance --------------------------------------------------------- */

static void look_at_migration(const struct look *look)
{
    struct evidence_of e = gather(look->c, DISTURBED_MIGRATION);
    char found[WARNING_TEXT];

    if (!e.hit)
        return;
    say_evidence(&e, "ended elsewhere than planned", found);
    warnings_add(look->out, "W103", found,
                 "the executors did not have the same places");
}

static void look_at_throttling(const struct look *look)
{
    struct evidence_of e = gather(look->c, DISTURBED_THROTTLE);
    char found[WARNING_TEXT], effect[WARNING_TEXT];

    if (!e.hit)
        return;
    say_evidence(&e, "were stopped by a quota", found);
    look_say(effect, "up to %.0f %% of a trial", 100 * e.worst);
    warnings_add(look->out, "W104", found, effect);
}

/* Whether the loss is more than the median bears, or than the margin allows.
 * One trial alone moves neither; where the share lost is known and within the
 * margin in every trial, neither do many. */
static bool is_much(const struct look *look, const struct evidence_of *e)
{
    bool small = e->worst > 0 && e->worst <= look->c->margin;

    return e->hit > 1 &&
           ((e->often && !small) || e->most > look->c->margin / 2);
}

/* Late starts are run again, and some belong to finding the start window: one
 * in five is beyond that. */
static void look_at_late(const struct look *look)
{
    size_t trials = 0;
    char found[WARNING_TEXT];

    for (int i = 0; i < look->c->cells; i++)
        trials += look->c->cell[i].trials;
    if (look->c->late < 4 || 5 * (size_t)look->c->late < trials)
        return;
    look_say(found, "%d of %zu starts were late", look->c->late, trials);
    warnings_add(look->out, "W105", found,
                 "workers do not get their cores at once");
}

static void look_at_neighbours(const struct look *look)
{
    struct evidence_of e = gather(look->c, DISTURBED_WAIT);
    char found[WARNING_TEXT], effect[WARNING_TEXT];

    if (look->c->crowded)
        return;
    if (is_much(look, &e)) {
        say_evidence(&e, "waited for a core", found);
        look_say(effect,
                 "it took up to %.0f %% of a trial, %.1f %% of all time of %s",
                 100 * e.worst, 100 * e.most, e.whose);
        warnings_add(look->out, "W105", found, effect);
    }
    look_at_late(look);
}

static void look_at_steal(const struct look *look)
{
    struct evidence_of e = gather(look->c, DISTURBED_STEAL);
    char found[WARNING_TEXT], effect[WARNING_TEXT];

    if (!is_much(look, &e))
        return;
    say_evidence(&e, "lost time to the hypervisor", found);
    look_say(effect,
             "it took up to %.0f %% of a trial, %.1f %% of all time of %s",
             100 * e.worst, 100 * e.most, e.whose);
    warnings_add(look->out, "W109", found, effect);
}

/* Kernels that read files have major faults of their own. */
static void look_at_paging(const struct look *look)
{
    struct evidence_of e = gather(look->c, DISTURBED_PAGING);
    char found[WARNING_TEXT];

    if (is_much(look, &e) && !look_is_files(look)) {
        say_evidence(&e, "saw swapping or major faults", found);
        warnings_add(look->out, "W108", found, "trials waited for the disk");
    }
}

/* -- page faults --------------------------------------------------------- */

/* Page faults a step and worker, in the trials that count. */
static double faults_of(const struct cell *cell)
{
    double sum = 0, steps = 0;

    for (size_t t = 0; t < cell->trials; t++) {
        const struct trial *trial = &cell->trial[t];

        if (!trial_counts(trial))
            continue;
        sum += (double)trial->usage.minor_faults;
        steps += trial->repeats;
    }
    return steps > 0 ? sum / steps / cell->workers : 0;
}

/* Taken at a quarter of a microsecond each, the least they cost. */
static void look_at_faults(const struct look *look)
{
    const double fault_ns = 250, few = 100;
    double least = INFINITY, most = -1, faults = 0;
    char found[WARNING_TEXT], effect[WARNING_TEXT];
    const char *whose = "";

    for (int i = 0; i < look->c->cells; i++) {
        double share, own;

        if (!look->j->cell[i].n || look->j->cell[i].median_ns <= 0)
            continue;
        own = faults_of(&look->c->cell[i]);
        share = own * fault_ns / look->j->cell[i].median_ns;
        least = fmin(least, share);
        if (share <= most)
            continue;
        most = share;
        faults = own;
        whose = look->c->cell[i].executor;
    }
    if (faults <= few || most - least <= look->c->margin)
        return;
    look_say(found, "%s: %.0f page faults a step and worker", whose, faults);
    look_say(effect,
             "at least %.0f %% of its time, against %.0f %% where fewest",
             100 * most, 100 * least);
    warnings_add(look->out, "W106", found, effect);
}

/* -- balance ------------------------------------------------------------- */

/* Mean balance of the undisturbed trials of a cell; 1 where they are few or
 * too short for a worker's start to be nothing beside them. Under a giant lock
 * one worker ends after the other wherever they sit. */
static double balance_of(const struct cell *cell)
{
    const double least_ns = 1e6;
    double sum = 0;
    int n = 0;

    for (size_t t = 0; t < cell->trials; t++) {
        const struct trial *trial = &cell->trial[t];

        if (!trial_counts(trial) || trial->disturbed || trial->usage.lock_ns ||
            (double)trial->ns * trial->repeats < least_ns)
            continue;
        sum += trial->balance;
        n++;
    }
    return n >= 5 ? sum / n : 1;
}

/* The usual limit of the POP project for load balance. */
static void look_at_balance(const struct look *look)
{
    const double poor = 0.80;
    double worst = 1;
    const char *whose = "";
    char found[WARNING_TEXT], effect[WARNING_TEXT];

    for (int i = 0; i < look->c->cells && !look->c->crowded; i++) {
        double balance = balance_of(&look->c->cell[i]);

        if (balance < worst) {
            worst = balance;
            whose = look->c->cell[i].executor;
        }
    }
    if (worst >= poor)
        return;
    look_say(found, "balance %.2f under %s", worst, whose);
    look_say(effect, "its workers wait %.0f %% of the time for the slowest",
             100 * (1 - worst));
    warnings_add(look->out, "W111", found, effect);
}

void look_at_trials(const struct look *look)
{
    look_at_migration(look);
    look_at_throttling(look);
    look_at_neighbours(look);
    look_at_faults(look);
    look_at_paging(look);
    look_at_steal(look);
    look_at_balance(look);
}
