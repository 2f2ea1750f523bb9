/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/scaling.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/quantity.h"
#include "results/report/table.h"

enum { WIDTH = 80, FIELD = 64, TEXT = 600 };

/* A paragraph behind its head, wrapped at 80 columns. */
__attribute__((format(printf, 3, 4))) static void say(FILE *out,
                                                      const char *head,
                                                      const char *format, ...)
{
    char text[TEXT], *rest = text, *word;
    int indent = (int)strlen(head), column = indent;
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fputs(head, out);
    while ((word = strsep(&rest, " "))) {
        int length = (int)strlen(word);

        if (column > indent && column + 1 + length > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        if (column > indent)
            column += fprintf(out, " ");
        column += fprintf(out, "%s", word);
    }
    fputc('\n', out);
}

static const char *plural(int n)
{
    return n == 1 ? "" : "s";
}

/* -- head ---------------------------------------------------------------- */

static const char *base_text(enum scaling_base base)
{
    static const char *const text[] = {
        [BASE_SMALLEST] = "each executor at its smallest count",
        [BASE_SELF] = "each executor with one worker",
        [BASE_SERIAL] = "the serial kernel, in the same blocks"};

    return text[base];
}

static void print_head(FILE *out, const struct scaling *s)
{
    char amount[FIELD], drift[FIELD] = "";

    quantity_format(s->constant, s->unit, amount, sizeof amount);
    if (s->drift > 1e-6)
        snprintf(drift, sizeof drift, " within %.2g %%", 100 * s->drift);
    say(out, "scale ", "%s scaling of %s over %d to %d worker%s: %s, %s%s",
        scaling_mode_name(s->mode), s->kernel, s->smallest, s->largest,
        plural(s->largest),
        s->mode == SCALING_STRONG
            ? "the work of all workers together is held constant"
            : "the work of each worker is held constant",
        amount, drift);
    say(out, "base  ",
        "%s; efficiency is speed-up over workers, core-hours are cores "
        "times time of one run",
        base_text(s->base));
    say(out, "cost  ",
        "%.3g core-hours in all trials of the study, each on all cores that "
        "its comparison holds",
        s->core_hours);
}

/* -- rows ---------------------------------------------------------------- */

/* In the unit of the centre, which is format_time()'s choice. */
static void format_interval_ns(const struct scaling_row *row, char *out,
                               size_t size)
{
    char low[FIELD], high[FIELD];

    snprintf(out, size, "n=%zu", row->n);
    if (row->ci_ns.valid)
        snprintf(out, size, "%s - %s",
                 format_time(row->ci_ns.ci.low, low, sizeof low),
                 format_time(row->ci_ns.ci.high, high, sizeof high));
}

static void format_speedup(const struct scaling_row *row, char *value,
                           char *interval, char *efficiency)
{
    const struct estimate *e = &row->speedup;
    int digits = quantity_digits(e->value);

    *value = *interval = *efficiency = '\0';
    if (!e->n)
        return;
    snprintf(value, FIELD, "%.*f", digits, e->value);
    snprintf(efficiency, FIELD, "%.0f %%", 100 * e->value / row->workers);
    if (row->base)
        snprintf(interval, FIELD, "base");
    else if (e->valid)
        snprintf(interval, FIELD, "[%.*f, %.*f]", digits, e->ci.low, digits,
                 e->ci.high);
}

static void print_row(FILE *out, const struct scaling_row *row)
{
    char median[FIELD], time[FIELD], value[FIELD], interval[FIELD],
        efficiency[FIELD];

    if (!row->n) {
        fprintf(out, "%7d  %.71s\n", row->workers, row->why);
        return;
    }
    format_interval_ns(row, time, sizeof time);
    format_speedup(row, value, interval, efficiency);
    fprintf(out, "%7d%c %8s  %-19s %8s  %-14s %5s %8.3g\n", row->workers,
            row->crowded ? '*' : ' ',
            format_time(row->median_ns, median, sizeof median), time, value,
            interval, efficiency, row->core_hours);
}

/* "2 nodes, 1 to 4 cores of each" */
static const char *format_footing(const struct footing *on, char *out,
                                  size_t size)
{
    int n = snprintf(out, size, "%d node%s, ", on->nodes, plural(on->nodes));

    if (on->fewest < on->most)
        n += snprintf(out + n, size - (size_t)n, "%d to ", on->fewest);
    snprintf(out + n, size - (size_t)n, "%d core%s%s", on->most,
             plural(on->most), on->nodes > 1 ? " of each" : "");
    return out;
}

static bool is_over_nodes(const struct scaling_curve *curve)
{
    for (int i = 0; i < curve->rows; i++) {
        if (curve->row[i].on.nodes > 1)
            return true;
    }
    return false;
}

/* A line above rows that have other nodes than those before. */
static void print_nodes(FILE *out, const struct scaling_curve *curve, int i)
{
    const struct footing *on = &curve->row[i].on;
    const struct footing *last = i ? &curve->row[i - 1].on : NULL;
    char text[FIELD];

    if (last && last->nodes == on->nodes && last->fewest == on->fewest &&
        last->most == on->most)
        return;
    if (!on->nodes)
        fprintf(out, "on nodes that were not noted\n");
    else
        fprintf(out, "on %s%s\n", format_footing(on, text, sizeof text),
                curve->row[i].differs ? " (other launches on fewer)" : "");
}

static void print_notes(FILE *out, const struct scaling_curve *curve,
                        bool crowded)
{
    if (crowded)
        say(out, "note  ",
            "*: more workers than places; shown, but neither fitted nor "
            "counted for efficiency");
    if (curve->stays)
        say(out, "note  ",
            "stays on one node, as it shares its memory: no row beyond its "
            "cores");
    if (*curve->no_base)
        say(out, "note  ", "speed-ups are missing: %s", curve->no_base);
}

static void print_rows(FILE *out, const struct scaling_curve *curve)
{
    bool crowded = false, nodes = is_over_nodes(curve);

    fprintf(out, "\n%s\n%7s  %8s  %-19s %8s  %-14s %5s %8s\n", curve->executor,
            "workers", "median", "95 % CI", "speed-up", "95 % CI", "eff.",
            "core-h");
    for (int i = 0; i < curve->rows; i++) {
        if (nodes)
            print_nodes(out, curve, i);
        print_row(out, &curve->row[i]);
        crowded = crowded || curve->row[i].crowded;
    }
    print_notes(out, curve, crowded);
}

/* -- laws ---------------------------------------------------------------- */

static void print_good(FILE *out, const struct scaling_curve *curve)
{
    static const char *const how[] = {
        [SURE] = "for sure (its interval lies above)",
        [STRADDLES] = "perhaps (its interval reaches below, or there is none)",
        [BY_DEFINITION] = "the base itself"};

    const struct scaling_row *good = scaling_find(curve, curve->good);
    char on[FIELD + 3] = "", text[FIELD];

    if (good && good->on.nodes > 1)
        snprintf(on, sizeof on, " (%s)",
                 format_footing(&good->on, text, sizeof text));
    if (!good)
        say(out, "good  ", "no count has an efficiency of 80 %% or more");
    else
        say(out, "good  ", "largest count with efficiency >= 80 %%: %d%s, %s",
            curve->good, on, how[curve->certainty]);
}

/* "alpha 4.1 % [3.9, 4.4]" */
static void format_law(const struct fit *f, char *out, size_t size)
{
    int n = snprintf(out, size, "%s", fit_law_name(f->law));

    if (f->law != FIT_LINEAR)
        n += snprintf(out + n, size - (size_t)n,
                      ": serial share alpha %.3g %% [%.3g, %.3g]",
                      100 * f->alpha, 100 * f->alpha_ci.low,
                      100 * f->alpha_ci.high);
    if (fit_coherency_holds(f))
        snprintf(out + n, size - (size_t)n,
                 ", coherency beta %.3g [%.3g, %.3g]", f->beta, f->beta_ci.low,
                 f->beta_ci.high);
    else if (f->law == FIT_USL)
        snprintf(out + n, size - (size_t)n,
                 ", beta not told: its interval includes 0");
}

static void print_peak(FILE *out, const struct fit *usl, const struct fit *best)
{
    if (usl->law != FIT_USL || !fit_coherency_holds(usl) || best != usl)
        return;
    if (fit_peak_holds(usl))
        say(out, "peak  ", "at %.0f workers [%.0f, %.0f]; more cost time",
            usl->peak, usl->peak_ci.low, usl->peak_ci.high);
    else
        say(out, "peak  ",
            "not told: it or its interval lies beyond the %d workers measured",
            usl->largest);
}

static void print_ahead(FILE *out, const struct scaling_curve *curve)
{
    const struct fit *best = &curve->fit[curve->best];
    double one = best->gamma;

    if (curve->carries)
        say(out, "ahead ",
            "projected for %d workers: %.3g [%.3g, %.3g] times the rate of "
            "one, as all laws not ruled out agree within 10 %%",
            best->ahead, best->ahead_rate / one, curve->hull.low / one,
            curve->hull.high / one);
    else
        say(out, "ahead ",
            "nothing beyond %d workers: at %d the laws that are not ruled out "
            "do not agree within 10 %%",
            best->largest, best->ahead);
}

static void print_laws(FILE *out, const struct scaling_curve *curve)
{
    const struct fit *best = &curve->fit[curve->best];
    char text[TEXT];

    for (int i = 0; i < curve->fits; i++) {
        const struct fit *f = &curve->fit[i];

        format_law(f, text, sizeof text);
        say(out, f == best ? "law > " : "law   ", "%s; AICc %+.1f", text,
            f->aicc - best->aicc);
    }
    if (best->strays > 1.5)
        say(out, "note  ",
            "the points stray from %s by %.1f times their noise; intervals "
            "are as much wider",
            fit_law_name(best->law), best->strays);
    print_peak(out, &curve->fit[curve->fits - 1], best);
    print_ahead(out, curve);
}

static void print_curve(FILE *out, const struct scaling_curve *curve)
{
    print_rows(out, curve);
    print_good(out, curve);
    if (curve->fits)
        print_laws(out, curve);
    else
        say(out, "law   ", "none is fitted: %s", curve->no_fit);
}

/* -- verdict ------------------------------------------------------------- */

/* "threads keep 80 % efficiency up to 8 workers" */
static int say_curve(const struct scaling_curve *curve, char *out, size_t size)
{
    static const char *const how[] = {[SURE] = "up to",
                                      [STRADDLES] = "perhaps up to",
                                      [BY_DEFINITION] = "only at the base,"};

    if (!curve->good)
        return snprintf(out, size, "%s never reach 80 %% efficiency",
                        curve->executor);
    return snprintf(out, size, "%s keep 80 %% efficiency %s %d worker%s",
                    curve->executor, how[curve->certainty], curve->good,
                    plural(curve->good));
}

static void format_verdict(const struct scaling *s, char *out, size_t size)
{
    size_t used = 0;

    snprintf(out, size, "Nothing was measured");
    for (int i = 0; i < s->curves && used < size; i++) {
        if (i > 0)
            used += (size_t)snprintf(out + used, size - used, "; ");
        if (used < size)
            used += (size_t)say_curve(&s->curve[i], out + used, size - used);
    }
    if (*out >= 'a' && *out <= 'z')
        *out = (char)(*out - 'a' + 'A');
}

void scaling_print(FILE *out, const struct scaling *s, bool quiet)
{
    char text[TEXT];

    format_verdict(s, text, sizeof text);
    if (!quiet) {
        print_head(out, s);
        for (int i = 0; i < s->curves; i++)
            print_curve(out, &s->curve[i]);
        fputc('\n', out);
    }
    say(out, "SCALING  ", "%s (%s, base: %s)", text, scaling_mode_name(s->mode),
        base_text(s->base));
}
