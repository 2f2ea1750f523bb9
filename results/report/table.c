/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/table.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/grid.h"
#include "results/report/parts.h"
#include "results/report/quantity.h"
#include "results/verdict/why.h"

enum { COLUMNS = 80, FIELD = 48 };

/* -- lines --------------------------------------------------------------- */

/* A line that goes on, indented, where it would be too long. */
struct line {
    FILE *out;
    int column, indent;
};

/* Adds a piece that is not broken. */
static void line_put(struct line *line, const char *gap, const char *piece)
{
    int length = (int)(strlen(gap) + strlen(piece));

    if (line->column + length > COLUMNS && line->column > line->indent) {
        fprintf(line->out, "\n%*s%s", line->indent, "", piece);
        line->column = line->indent + (int)strlen(piece);
        return;
    }
    fprintf(line->out, "%s%s", gap, piece);
    line->column += length;
}

/* Adds a text word by word; strsep() uses it up. */
static void line_words(struct line *line, char *text)
{
    char *word;

    while ((word = strsep(&text, " ")))
        line_put(line, " ", word);
}

/* -- numbers ------------------------------------------------------------- */

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

    snprintf(out, size, "%.*f %s", quantity_digits(value), value, name);
    return out;
}

/* An interval in the unit of its centre, so that the column compares. */
static char *format_interval(const struct summary *s, char *out, size_t size)
{
    const char *name;
    double unit = time_unit(s->median_ns, &name);
    int digits = quantity_digits(s->median_ns / unit);

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

static void note_absent(const struct cell *cell, char *out, size_t size)
{
    bool ok = cell->status == CELL_OK;

    snprintf(out, size, "%s: %s",
             ok ? "not run" : cell_status_name(cell->status),
             ok ? "no trial was finished" : cell->why.text);
}

static bool has_bound(const struct comparison *c)
{
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].bound_rate > 0)
            return true;
    }
    return false;
}

static void add_times(struct grid *grid, const struct comparison *c,
                      const struct judgement *j)
{
    const struct rate_unit *unit = rate_unit(c->unit);
    struct grid_column *median = grid_add(grid, "median", 1);
    struct grid_column *interval = grid_add(grid, "95 % CI", 2);
    struct grid_column *rates = grid_add(grid, unit->heading, 1);

    interval->left = true;
    for (int i = 0; i < c->cells; i++) {
        const struct summary *s = &j->cell[i];
        double rate = s->rate / unit->scale;

        if (!s->n)
            continue;
        format_time(s->median_ns, median->text[i], GRID_TEXT);
        format_interval(s, interval->text[i], GRID_TEXT);
        snprintf(rates->text[i], GRID_TEXT, "%.*f", quantity_digits(rate),
                 rate);
    }
}

static void add_speedups(struct grid *grid, const struct comparison *c,
                         const struct judgement *j)
{
    struct grid_column *speedup = grid_add(grid, "speed-up", 2);
    struct grid_column *interval = grid_add(grid, "95 % CI", 2);
    struct grid_column *efficiency = grid_add(grid, "eff.", 1);

    interval->left = true;
    for (int i = 0; i < c->cells; i++) {
        const struct estimate *e = &j->cell[i].speedup;
        int digits = quantity_digits(e->value);

        if (!e->n)
            continue;
        snprintf(speedup->text[i], GRID_TEXT, "%.*f", digits, e->value);
        snprintf(efficiency->text[i], GRID_TEXT, "%.0f %%",
                 100 * j->cell[i].efficiency);
        if (i == j->base)
            snprintf(interval->text[i], GRID_TEXT, "base: %.20s",
                     c->cell[i].executor);
        else if (e->valid)
            snprintf(interval->text[i], GRID_TEXT, "[%.*f, %.*f]", digits,
                     e->ci.low, digits, e->ci.high);
    }
}

static void add_bounds(struct grid *grid, const struct comparison *c,
                       const struct judgement *j)
{
    struct grid_column *column =
        grid_add(grid, strcmp(c->unit, "flop") ? "of copy" : "of peak", 1);

    for (int i = 0; i < c->cells; i++) {
        if (j->cell[i].of_peak > 0)
            snprintf(column->text[i], GRID_TEXT, "%.0f %%",
                     100 * j->cell[i].of_peak);
    }
}

void table_rows(struct grid *grid, const struct comparison *c,
                const struct judgement *j, char *const *note)
{
    *grid = (struct grid){.title = "", .rows = c->cells};
    for (int i = 0; i < c->cells; i++) {
        grid->name[i] = c->cell[i].executor;
        note_absent(&c->cell[i], note[i], TABLE_NOTE);
        grid->note[i] = j->cell[i].n ? NULL : note[i];
    }
    add_times(grid, c, j);
    if (j->base >= 0)
        add_speedups(grid, c, j);
    if (has_bound(c))
        add_bounds(grid, c, j);
}

static void rows(FILE *out, const struct comparison *c,
                 const struct judgement *j)
{
    struct grid grid;
    char room[CELLS_MAX][TABLE_NOTE], *note[CELLS_MAX];

    for (int i = 0; i < CELLS_MAX; i++)
        note[i] = room[i];
    table_rows(&grid, c, j, note);
    fprintf(out, "\n");
    grid_print(out, &grid, COLUMNS);
    /* A cell that failed late has both: its row, and why it ended. */
    for (int i = 0; i < c->cells; i++) {
        if (j->cell[i].n && c->cell[i].status != CELL_OK)
            fprintf(out, "%-10s  %s\n", c->cell[i].executor, note[i]);
    }
}

/* -- below the rows ------------------------------------------------------ */

static void name_pair(const struct comparison *c, const struct judged *judged,
                      char *out, size_t size)
{
    snprintf(out, size, "%.40s v %.40s", c->cell[judged->a].executor,
             c->cell[judged->b].executor);
}

void table_pair(const struct estimate *r, char *ratio, char *interval,
                size_t size)
{
    bool times = fabs(r->value) > TIMES_FROM;

    *interval = '\0';
    if (times)
        snprintf(ratio, size, "%6.3g times", exp(r->value));
    else
        snprintf(ratio, size, "%+6.1f %%", 100 * expm1(r->value));
    if (r->valid && times)
        snprintf(interval, size, "[%.3g, %.3g]", exp(r->ci.low),
                 exp(r->ci.high));
    else if (r->valid)
        snprintf(interval, size, "[%+.1f, %+.1f]", 100 * expm1(r->ci.low),
                 100 * expm1(r->ci.high));
}

static void pair_lines(FILE *out, const struct comparison *c,
                       const struct judgement *j)
{
    char names[2 * FIELD];
    int width = 22;

    for (int i = 0; i < j->pairs; i++) {
        name_pair(c, &j->pair[i], names, sizeof names);
        width = (int)strlen(names) > width ? (int)strlen(names) : width;
    }
    for (int i = 0; i < j->pairs; i++) {
        const struct pair *pair = &j->pair[i].pair;
        char ratio[FIELD], interval[FIELD];

        name_pair(c, &j->pair[i], names, sizeof names);
        table_pair(&pair->ratio, ratio, interval, FIELD);
        fprintf(out, "%-*s %s%s%s", width, names, ratio, *interval ? " " : "",
                interval);
        fprintf(out, "  %s", stats_verdict_name(pair->verdict));
        if (pair->verdict == VERDICT_EQUAL)
            fprintf(out, " within the %g %% margin", 100 * c->margin);
        fprintf(out, "\n");
    }
}

/* One time of each cell that has it, by its place in struct cell. */
static void cost_line(FILE *out, const char *head, const struct comparison *c,
                      size_t member)
{
    struct line line = {out, 0, 2};
    char time[FIELD], piece[2 * FIELD];

    line_put(&line, "", head);
    for (int i = 0; i < c->cells; i++) {
        const char *cell = (const char *)&c->cell[i];
        uint64_t ns = *(const uint64_t *)(cell + member);

        if (!ns)
            continue;
        snprintf(piece, sizeof piece, "%.40s %s", c->cell[i].executor,
                 format_time((double)ns, time, sizeof time));
        line_put(&line, " ", piece);
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
    struct line line = {out, 0, 2};
    char piece[2 * FIELD];

    line_put(&line, "", "asleep between trials, CPU used:");
    for (int i = 0; i < c->cells; i++) {
        if (!c->cell[i].idle_ns)
            continue;
        snprintf(piece, sizeof piece, "%.40s %.2f %%", c->cell[i].executor,
                 100 * idle_share(&c->cell[i]));
        line_put(&line, " ", piece);
    }
    fprintf(out, "\n");
}

static void check_line(FILE *out, const struct comparison *c,
                       const struct judgement *j)
{
    struct line line = {out, 0, 2};
    size_t verified = 0, wrong = 0, trials = 0;
    char piece[96];
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
    snprintf(piece, sizeof piece, "results verified %zu of %zu", verified,
             verified + wrong);
    line_put(&line, "", piece);
    snprintf(piece, sizeof piece, "balance %.2f  late starts %d", balance,
             c->late);
    line_put(&line, "  ", piece);
    line_put(&line, "  ",
             !trials   ? "nothing ran"
             : !pinned ? "NOT PINNED as planned"
             : moved   ? "pinned, but workers were seen elsewhere"
                       : "pinned as planned");
    fprintf(out, "\n");
}

static int why_lines(FILE *out, const struct comparison *c,
                     const struct judgement *j, struct err *err)
{
    char text[1024], *rest = text, *one;

    if (why_text(c, j, text, sizeof text, err))
        return -1;
    while (*text && (one = strsep(&rest, "\n"))) {
        struct line line = {out, 0, 6};

        line_put(&line, "", "why  ");
        line_words(&line, one);
        fprintf(out, "\n");
    }
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

static void format_stop(const struct comparison *c, char *out, size_t size)
{
    switch (c->stop) {
    case STOP_PRECISION:
        snprintf(out, size, "stopped: precision of %g %% reached",
                 100 * c->precision);
        break;
    case STOP_BUDGET: snprintf(out, size, "stopped: budget used up"); break;
    case STOP_BLOCKS:
        snprintf(out, size, "stopped: as many blocks as asked");
        break;
    default: snprintf(out, size, "stopped: %s", stop_name(c->stop)); break;
    }
}

static void stop_line(FILE *out, const struct comparison *c)
{
    struct line line = {out, 0, 2};
    char piece[96];

    format_stop(c, piece, sizeof piece);
    line_put(&line, "", piece);
    snprintf(piece, sizeof piece, " after %d block%s%s", c->blocks,
             plural(c->blocks), c->widest >= 0 ? "," : "");
    line_put(&line, "", piece);
    snprintf(piece, sizeof piece, "widest interval +-%.1f %%%s",
             100 * c->widest, c->repeats > 1 ? "," : "");
    if (c->widest >= 0)
        line_put(&line, " ", piece);
    snprintf(piece, sizeof piece, "%u steps a trial", c->repeats);
    if (c->repeats > 1)
        line_put(&line, " ", piece);
    fprintf(out, "\n");
}

void table_verdict(FILE *out, const struct table_place *place,
                   const struct judgement *j)
{
    struct line line = {out, 8, 9};
    char copy[SENTENCE];

    snprintf(copy, sizeof copy, "%s", j->sentence);
    fprintf(out, "%sVERDICT%s ", place->bold ? "\033[1m" : "",
            place->bold ? "\033[0m" : "");
    line_words(&line, copy);
    fprintf(out, "\n");
}

int table_body(FILE *out, const struct table_place *place,
               const struct comparison *c, const struct judgement *j,
               struct err *err)
{
    rows(out, c, j);
    fprintf(out, "\n");
    if (parts_print(out, c, j, err) || found_print(out, c, j, err))
        return -1;
    fprintf(out, "\n");
    pair_lines(out, c, j);
    if (why_lines(out, c, j, err))
        return -1;
    cost_line(out, "start-up, not counted above:", c,
              offsetof(struct cell, startup_ns));
    cost_line(out, "tear-down:", c, offsetof(struct cell, teardown_ns));
    idle_line(out, c);
    check_line(out, c, j);
    disturbed_line(out, c);
    stop_line(out, c);
    fprintf(out, "\n");
    table_verdict(out, place, j);
    return 0;
}
