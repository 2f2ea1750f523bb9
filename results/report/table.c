/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/verdict/why.h"

enum { COLUMNS = 80, FIELD = 48 };

/* -- numbers ------------------------------------------------------------- */

static int digits_after_point(double value)
{
    return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

static double time_unit(double ns, const char **name)
{
    static const struct {
        double ns;
        const char *name;
    } unit[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    size_t i = 0;

    while (i < 3 && ns < 0.9995 * unit[i].ns)
        i++;
    *name = unit[i].name;
    return unit[i].ns;
}

char *format_time(double ns, char *out, size_t size)
{
    const char *name;
    double value = ns / time_unit(ns, &name);

    snprintf(out, size, "%.*f %s", digits_after_point(value), value, name);
    return out;
}

/* An interval in the unit of its centre, so that the column compares. */
static char *format_interval(const struct summary *s, char *out, size_t size)
{
    const char *name;
    double unit = time_unit(s->median_ns, &name);
    int digits = digits_after_point(s->median_ns / unit);

    if (s->ci_ns.valid)
        snprintf(out, size, "[%.*f, %.*f]", digits, s->ci_ns.ci.low / unit,
                 digits, s->ci_ns.ci.high / unit);
    else
        snprintf(out, size, "%.*f-%.*f, n=%zu", digits, s->min_ns / unit,
                 digits, s->max_ns / unit, s->n);
    return out;
}

struct rate_unit {
    const char *of, *heading;
    double scale;
};

static const struct rate_unit *rate_unit(const char *unit)
{
    static const struct rate_unit known[] = {
        {"flop", "GFLOP/s", 1e9}, {"byte", "GB/s", 1e9}, {"", "per s", 1}};
    size_t i = 0;

    while (i < 2 && strcmp(known[i].of, unit) != 0)
        i++;
    return &known[i];
}

/* -- head ---------------------------------------------------------------- */

static const char *plural(int n)
{
    return n == 1 ? "" : "s";
}

void table_head(FILE *out, const struct table_place *place,
                const struct comparison *c)
{
    fprintf(out, "drive %s  %s %s  %s over %d worker%s\n", place->version,
            c->kernel, c->problem, c->mode, c->workers, plural(c->workers));
    fprintf(out, "host  %s: %d core%s, %d hardware thread%s, %d NUMA domain%s",
            place->host, place->cores, plural(place->cores), place->threads,
            plural(place->threads), place->numas, plural(place->numas));
    if (place->ranks)
        fprintf(out, ", %d rank%s, %s", place->ranks, plural(place->ranks),
                place->mpi);
    fprintf(out, "\npin   all executors: %s\n", c->placement);
    fflush(out);
}

/* -- rows ---------------------------------------------------------------- */

static void row_of_absent(FILE *out, const struct cell *cell)
{
    fprintf(out, "%-10s  %s: %s\n", cell->executor,
            cell->status == CELL_OK ? "not run"
                                    : cell_status_name(cell->status),
            cell->status == CELL_OK ? "no trial was finished" : cell->why.text);
}

static void row_of_cell(FILE *out, const struct comparison *c,
                        const struct judgement *j, int i)
{
    const struct summary *s = &j->cell[i];
    const struct rate_unit *unit = rate_unit(c->unit);
    char time[FIELD], interval[FIELD], speedup[FIELD] = "";
    double rate = s->rate / unit->scale;

    if (i == j->base)
        snprintf(speedup, sizeof speedup, "base: %s", c->cell[i].executor);
    else if (s->speedup.valid)
        snprintf(speedup, sizeof speedup, "[%.2f, %.2f]", s->speedup.ci.low,
                 s->speedup.ci.high);
    fprintf(out, "%-10s %9s  %-16s %8.*f", c->cell[i].executor,
            format_time(s->median_ns, time, sizeof time),
            format_interval(s, interval, sizeof interval),
            digits_after_point(rate), rate);
    if (j->base >= 0 && s->speedup.n)
        fprintf(out, "  %8.2f  %-14s %3.0f %%", s->speedup.value, speedup,
                100 * s->efficiency);
    if (s->of_peak > 0)
        fprintf(out, "  %5.0f %%", 100 * s->of_peak);
    fprintf(out, "\n");
}

static bool has_bound(const struct comparison *c)
{
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].bound_rate > 0)
            return true;
    }
    return false;
}

static void rows(FILE *out, const struct comparison *c,
                 const struct judgement *j)
{
    fprintf(out, "\n%-10s %9s  %-16s %8s", "", "median", "95 % CI",
            rate_unit(c->unit)->heading);
    if (j->base >= 0)
        fprintf(out, "  %8s  %-14s %-5s", "speed-up", "95 % CI", "eff.");
    if (has_bound(c))
        fprintf(out, "  %s", strcmp(c->unit, "flop") ? "of copy" : "of peak");
    fprintf(out, "\n");
    for (int i = 0; i < c->cells; i++) {
        if (j->cell[i].n)
            row_of_cell(out, c, j, i);
        else
            row_of_absent(out, &c->cell[i]);
    }
    /* A cell that failed late has both: its row, and why it ended. */
    for (int i = 0; i < c->cells; i++) {
        if (j->cell[i].n && c->cell[i].status != CELL_OK)
            row_of_absent(out, &c->cell[i]);
    }
}

/* -- below the rows ------------------------------------------------------ */

static void pair_lines(FILE *out, const struct comparison *c,
                       const struct judgement *j)
{
    for (int i = 0; i < j->pairs; i++) {
        const struct pair *pair = &j->pair[i].pair;
        const struct estimate *r = &pair->ratio;
        char names[FIELD];

        snprintf(names, sizeof names, "%s v %s", c->cell[j->pair[i].a].executor,
                 c->cell[j->pair[i].b].executor);
        fprintf(out, "%-22s %+6.1f %%", names, 100 * expm1(r->value));
        if (r->valid)
            fprintf(out, " [%+.1f, %+.1f]", 100 * expm1(r->ci.low),
                    100 * expm1(r->ci.high));
        fprintf(out, "  %s", stats_verdict_name(pair->verdict));
        if (pair->verdict == VERDICT_EQUAL)
            fprintf(out, " within the %g %% margin", 100 * c->margin);
        fprintf(out, "\n");
    }
}

static void cost_lines(FILE *out, const struct comparison *c)
{
    char text[FIELD];

    fprintf(out, "start-up, not counted above:");
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].startup_ns)
            fprintf(
                out, " %s %s", c->cell[i].executor,
                format_time((double)c->cell[i].startup_ns, text, sizeof text));
    }
    fprintf(out, "\ntear-down:");
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].teardown_ns)
            fprintf(
                out, " %s %s", c->cell[i].executor,
                format_time((double)c->cell[i].teardown_ns, text, sizeof text));
    }
    fprintf(out, "\n");
}

/* Share of a core that the workers of a cell used while they slept. */
static double idle_share(const struct cell *cell)
{
    return cell->idle_ns ? (double)cell->idle_cpu_ns / (double)cell->idle_ns
                         : 0;
}

static void idle_line(FILE *out, const struct comparison *c)
{
    fprintf(out, "asleep between trials, CPU used:");
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].idle_ns)
            fprintf(out, " %s %.2f %%", c->cell[i].executor,
                    100 * idle_share(&c->cell[i]));
    }
    fprintf(out, "\n");
}

static void check_line(FILE *out, const struct comparison *c,
                       const struct judgement *j)
{
    size_t verified = 0, wrong = 0, trials = 0;
    uint64_t moved = 0;
    double balance = 1;
    bool pinned = true;

    for (int i = 0; i < c->cells; i++) {
        const struct summary *s = &j->cell[i];

        verified += s->verified;
        wrong += s->wrong;
        trials += c->cell[i].trials;
        moved += s->migrations;
        if (!s->n)
            continue;
        balance = fmin(balance, s->balance);
        pinned = pinned && c->cell[i].pinned;
    }
    fprintf(out, "results verified %zu of %zu  balance %.2f  late starts %d",
            verified, verified + wrong, balance, c->late);
    fprintf(out, "  %s",
            !trials   ? "nothing ran"
            : !pinned ? "NOT PINNED as planned"
            : moved   ? "pinned, but workers were seen elsewhere"
                      : "pinned as planned");
    fprintf(out, "\n");
}

/* Shares of the median, where the parts other than compute are worth a line. */
static int parts_lines(FILE *out, const struct comparison *c, struct err *err)
{
    fprintf(out, "%-22s %8s %12s %7s %6s %10s\n", "where the time goes",
            "compute", "communicate", "system", "wait", "imbalance");
    for (int i = 0; i < c->cells; i++) {
        double ns[PARTS], sum = 0;

        if (why_parts(&c->cell[i], ns, err))
            return -1;
        for (int p = 0; p < PARTS; p++)
            sum += ns[p];
        if (sum > 0)
            fprintf(
                out, "%-22s %6.1f %% %10.1f %% %5.1f %% %4.1f %% %8.1f %%\n",
                c->cell[i].executor, 100 * ns[PART_COMPUTE] / sum,
                100 * ns[PART_TALK] / sum, 100 * ns[PART_SYSTEM] / sum,
                100 * ns[PART_WAITED] / sum, 100 * ns[PART_IMBALANCE] / sum);
    }
    return 0;
}

static int why_lines(FILE *out, const struct comparison *c,
                     const struct judgement *j, struct err *err)
{
    char text[1024], *rest = text, *line;

    if (why_text(c, j, text, sizeof text, err))
        return -1;
    while (*text && (line = strsep(&rest, "\n")))
        fprintf(out, "why   %s\n", line);
    return 0;
}

/* Flagged by evidence, kept all the same. */
static void disturbed_line(FILE *out, const struct comparison *c)
{
    size_t disturbed = 0, trials = 0;
    unsigned kinds = 0;
    char text[96];

    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++) {
            trials++;
            disturbed += c->cell[i].trial[t].disturbed != 0;
            kinds |= c->cell[i].trial[t].disturbed;
        }
    }
    fprintf(out, "disturbed, kept: %zu of %zu trials%s%s\n", disturbed, trials,
            kinds ? ": " : "", disturbance_format(kinds, text, sizeof text));
}

static void stop_line(FILE *out, const struct comparison *c)
{
    fprintf(out, "stopped: ");
    switch (c->stop) {
    case STOP_PRECISION:
        fprintf(out, "precision of %g %% reached", 100 * c->precision);
        break;
    case STOP_BUDGET: fprintf(out, "budget used up"); break;
    case STOP_BLOCKS: fprintf(out, "as many blocks as asked"); break;
    default: fprintf(out, "%s", stop_name(c->stop)); break;
    }
    fprintf(out, " after %d block%s", c->blocks, plural(c->blocks));
    if (c->widest >= 0)
        fprintf(out, ", widest interval +-%.1f %%", 100 * c->widest);
    if (c->repeats > 1)
        fprintf(out, ", %u steps a trial", c->repeats);
    fprintf(out, "\n");
}

void table_verdict(FILE *out, const struct table_place *place,
                   const struct judgement *j)
{
    char copy[SENTENCE], *rest = copy, *word;
    size_t column = 7;

    snprintf(copy, sizeof copy, "%s", j->sentence);
    fprintf(out, "%sVERDICT%s ", place->bold ? "\033[1m" : "",
            place->bold ? "\033[0m" : "");
    while ((word = strsep(&rest, " "))) {
        if (column + 1 + strlen(word) > COLUMNS) {
            fprintf(out, "\n        ");
            column = 8;
        }
        fprintf(out, " %s", word);
        column += 1 + strlen(word);
    }
    fprintf(out, "\n");
}

int table_body(FILE *out, const struct table_place *place,
               const struct comparison *c, const struct judgement *j,
               struct err *err)
{
    rows(out, c, j);
    fprintf(out, "\n");
    if (parts_lines(out, c, err))
        return -1;
    fprintf(out, "\n");
    pair_lines(out, c, j);
    if (why_lines(out, c, j, err))
        return -1;
    cost_lines(out, c);
    idle_line(out, c);
    check_line(out, c, j);
    disturbed_line(out, c);
    stop_line(out, c);
    fprintf(out, "\n");
    table_verdict(out, place, j);
    return 0;
}
