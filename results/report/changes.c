/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/changes.h"

#include <math.h>
#include <string.h>

#include "results/report/table.h"

enum { CELL_TEXT = 400 };

/* -- pieces -------------------------------------------------------------- */

void print_plain(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        fputc(c < ' ' || c == 0x7f ? '?' : c, out);
    }
}

char *launch_cell_format(const struct launch_cell *cell, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s %s, %d worker%s, %s", cell->kernel,
             *cell->problem ? " " : "", cell->problem, cell->mode,
             cell->workers, cell->workers == 1 ? "" : "s", cell->executor);
    return out;
}

char *format_change(double log_ratio, char *out, size_t size)
{
    snprintf(out, size, "%+.1f %%", 100 * expm1(log_ratio));
    return out;
}

static char *format_interval(const struct estimate *ratio, char *out,
                             size_t size)
{
    if (ratio->valid)
        snprintf(out, size, "[%+.1f, %+.1f]", 100 * expm1(ratio->ci.low),
                 100 * expm1(ratio->ci.high));
    else
        snprintf(out, size, "-");
    return out;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static size_t both(const struct changes *c)
{
    return c->n - c->count[CHANGE_ONLY_OLD] - c->count[CHANGE_ONLY_NEW];
}

static bool too_few(const struct changes *c)
{
    return c->old_launches < LAUNCHES_LEAST || c->new_launches < LAUNCHES_LEAST;
}

char *changes_sentence(const struct changes *c, char *out, size_t size)
{
    int n;

    if (both(c) == 0) {
        snprintf(out, size, "nothing to compare: no cell is on both sides");
        return out;
    }
    if (too_few(c)) {
        snprintf(out, size,
                 "inconclusive: %zu launch%s v %zu cannot separate a change "
                 "from what differs from launch to launch; %d a side are the "
                 "least (drive KERNEL --launches %zu)",
                 c->old_launches, c->old_launches == 1 ? "" : "es",
                 c->new_launches, LAUNCHES_LEAST, c->least);
        return out;
    }
    n = snprintf(out, size,
                 "%zu regression%s, %zu faster, %zu without change, %zu "
                 "inconclusive of %zu row%s at a margin of %g %%",
                 c->count[CHANGE_SLOWER], plural(c->count[CHANGE_SLOWER]),
                 c->count[CHANGE_FASTER], c->count[CHANGE_NONE],
                 c->count[CHANGE_UNCLEAR], both(c), plural(both(c)),
                 100 * c->margin);
    if (n > 0 && (size_t)n < size && c->count[CHANGE_UNCLEAR] &&
        (c->old_launches < c->least || c->new_launches < c->least))
        snprintf(out + n, size - (size_t)n,
                 "; so many rows need %zu launches a side", c->least);
    return out;
}

/* -- text ---------------------------------------------------------------- */

static void print_side(FILE *out, const char *name, const char *path,
                       const struct launches *side, const char *hosts)
{
    const char *start = side->n ? side->launch[0].start : "";

    fprintf(out, "%s  ", name);
    print_plain(out, path);
    fprintf(out, ": %zu launch%s on ", side->n, side->n == 1 ? "" : "es");
    print_plain(out, hosts);
    if (*start)
        fprintf(out, ", from ");
    print_plain(out, start);
    fprintf(out, "\n");
    for (size_t i = 0; i < side->n; i++) {
        if (!side->launch[i].note)
            continue;
        fprintf(out, "note %s: ", side->launch[i].path);
        print_plain(out, side->launch[i].note);
        fprintf(out, "\n");
    }
    for (size_t i = 0; i < side->skips; i++) {
        fprintf(out, "note skipped ");
        print_plain(out, side->skipped[i]);
        fprintf(out, "\n");
    }
}

static void print_facts(FILE *out, const struct changes *c)
{
    if (!c->facts) {
        fprintf(out, "environment: the same\n");
        return;
    }
    fprintf(out, "environment: %zu fact%s changed\n", c->facts,
            plural(c->facts));
    for (size_t i = 0; i < c->facts; i++) {
        fprintf(out, "  ");
        print_plain(out, c->fact[i].name);
        fprintf(out, ": ");
        print_plain(out, c->fact[i].old_value);
        fprintf(out, " -> ");
        print_plain(out, c->fact[i].new_value);
        fprintf(out, "\n");
    }
}

static void print_single(FILE *out, const struct changes *c)
{
    char text[CELL_TEXT];

    for (size_t i = 0; i < c->n; i++) {
        enum change_kind kind = c->change[i].kind;

        if (kind != CHANGE_ONLY_OLD && kind != CHANGE_ONLY_NEW)
            continue;
        fprintf(out, "%s: ", change_kind_name(kind));
        print_plain(out,
                    launch_cell_format(c->change[i].cell, text, sizeof text));
        fprintf(out, " (");
        print_plain(out, c->change[i].cell->placement);
        fprintf(out, ")\n");
    }
}

static bool same_group(const struct launch_cell *a, const struct launch_cell *b)
{
    return a && strcmp(a->kernel, b->kernel) == 0 &&
           strcmp(a->problem, b->problem) == 0 && strcmp(a->mode, b->mode) == 0;
}

static void print_row(FILE *out, const struct shift *change)
{
    char before[32], after[32], by[32], interval[48];

    fprintf(out, "  %-10.10s %4d  ", change->cell->executor,
            change->cell->workers);
    fprintf(out, "%9s %9s  %9s  %-16s  %s\n",
            format_time(change->old_ns, before, sizeof before),
            format_time(change->new_ns, after, sizeof after),
            format_change(change->ratio.value, by, sizeof by),
            format_interval(&change->ratio, interval, sizeof interval),
            change_kind_name(change->kind));
}

static void print_rows(FILE *out, const struct changes *c)
{
    const struct launch_cell *group = NULL;

    for (size_t i = 0; i < c->n; i++) {
        const struct shift *change = &c->change[i];

        if (change->kind >= CHANGE_ONLY_OLD)
            continue;
        if (!group)
            fprintf(out, "\n  %-10s %4s  %9s %9s  %9s  %-16s\n", "", "n", "old",
                    "new", "change", "95 % CI of all");
        if (!same_group(group, change->cell)) {
            print_plain(out, change->cell->kernel);
            fputc(' ', out);
            print_plain(out, change->cell->problem);
            fprintf(out, "  ");
            print_plain(out, change->cell->mode);
            fputc('\n', out);
        }
        group = change->cell;
        print_row(out, change);
    }
}

static void print_regressions(FILE *out, const struct changes *c)
{
    char text[CELL_TEXT], by[32], interval[48];

    for (size_t i = 0; i < c->n; i++) {
        const struct shift *change = &c->change[i];

        if (change->kind != CHANGE_SLOWER)
            continue;
        fprintf(out, "REGRESSION  ");
        print_plain(out, launch_cell_format(change->cell, text, sizeof text));
        fprintf(out, ": %s %s\n",
                format_change(change->ratio.value, by, sizeof by),
                format_interval(&change->ratio, interval, sizeof interval));
    }
}

static void print_wrong(FILE *out, const struct changes *c)
{
    if (c->old_wrong || c->new_wrong)
        fprintf(out, "WRONG RESULTS  %zu in OLD, %zu in NEW: void\n",
                c->old_wrong, c->new_wrong);
}

void changes_print(FILE *out, const struct changes_sides *sides,
                   const struct changes *c, int quiet)
{
    char text[400];

    if (!quiet) {
        print_side(out, "OLD", sides->old_name, sides->old_side, c->old_hosts);
        print_side(out, "NEW", sides->new_name, sides->new_side, c->new_hosts);
        print_facts(out, c);
        print_single(out, c);
        print_rows(out, c);
        fputc('\n', out);
    }
    print_regressions(out, c);
    print_wrong(out, c);
    fprintf(out, "VERDICT  %s\n", changes_sentence(c, text, sizeof text));
}

/* -- Markdown ------------------------------------------------------------ */

/* Everything that Markdown or the HTML in it could take for its own. */
static void print_md(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < ' ' || c == 0x7f)
            fputc('?', out);
        else if (c == '<' || c == '>' || c == '&' || c == '@' || c == '|')
            fprintf(out, "&#%d;", c);
        else if (strchr("\\`*_{}[]()#!~$", c))
            fprintf(out, "\\%c", c);
        else
            fputc(c, out);
    }
}

static void print_md_row(FILE *out, const struct shift *change)
{
    char before[32], after[32], by[32], interval[48], cell[CELL_TEXT];
    bool single = change->kind >= CHANGE_ONLY_OLD;

    fprintf(out, "| ");
    print_md(out, launch_cell_format(change->cell, cell, sizeof cell));
    fprintf(out, " | %s | %s | %s | %s | %s%s%s |\n",
            change->old_launches
                ? format_time(change->old_ns, before, sizeof before)
                : "-",
            change->new_launches
                ? format_time(change->new_ns, after, sizeof after)
                : "-",
            single ? "-" : format_change(change->ratio.value, by, sizeof by),
            single ? "-"
                   : format_interval(&change->ratio, interval, sizeof interval),
            change->kind == CHANGE_SLOWER ? "**" : "",
            change_kind_name(change->kind),
            change->kind == CHANGE_SLOWER ? "**" : "");
}

void changes_print_markdown(FILE *out, const struct changes_sides *sides,
                            const struct changes *c)
{
    char text[400];

    fprintf(out, "**%s**\n\n", changes_sentence(c, text, sizeof text));
    fprintf(out, "OLD: ");
    print_md(out, sides->old_name);
    fprintf(out, ", %zu launches on ", c->old_launches);
    print_md(out, c->old_hosts);
    fprintf(out, "; NEW: ");
    print_md(out, sides->new_name);
    fprintf(out, ", %zu launches on ", c->new_launches);
    print_md(out, c->new_hosts);
    fprintf(out, ".\n\n| cell | old | new | change | 95 %% CI of all | verdict "
                 "|\n| --- | ---: | ---: | ---: | --- | --- |\n");
    for (size_t i = 0; i < c->n; i++)
        print_md_row(out, &c->change[i]);
    if (c->old_wrong || c->new_wrong)
        fprintf(out, "\n**Wrong results:** %zu in OLD, %zu in NEW.\n",
                c->old_wrong, c->new_wrong);
    fprintf(out, "\n%s\n",
            c->facts ? "Environment:\n" : "The environment is the same.");
    for (size_t i = 0; i < c->facts; i++) {
        fprintf(out, "* ");
        print_md(out, c->fact[i].name);
        fprintf(out, ": ");
        print_md(out, c->fact[i].old_value);
        fprintf(out, " → ");
        print_md(out, c->fact[i].new_value);
        fprintf(out, "\n");
    }
}
