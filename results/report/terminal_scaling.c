/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several comparisons say together, for a terminal: speed-up against
 * workers, and the smallest tasks of a sweep.
 */
#include <math.h>
#include <string.h>

#include "results/report/quantity.h"
#include "results/report/study.h"
#include "results/report/terminal.h"

enum { NAME = 14, WIDE = 60, HIGH = 12, FIELD = 40 };

/* -- speed-up ------------------------------------------------------------ */

static double most_of(const struct scaling *s)
{
    double most = s->largest;

    for (int i = 0; i < s->curves; i++) {
        for (int k = 0; k < s->curve[i].rows; k++) {
            const struct scaling_row *row = &s->curve[i].row[k];

            if (row->n && row->speedup.n)
                most = fmax(most, row->speedup.value);
        }
    }
    return most;
}

static void mark(char cell[HIGH][WIDE + 1], const struct scaling *s,
                 double most, double workers, double value, char sign)
{
    int x = terminal_place(workers, 0, s->largest * 1.02, WIDE);
    int y = terminal_place(value, 0, most * 1.02, HIGH);
    char *at = &cell[HIGH - 1 - y][x];

    *at = *at == ' ' || *at == '.' || *at == sign ? sign : '*';
}

static void draw_chart(const struct terminal *t, const struct scaling *s)
{
    char cell[HIGH][WIDE + 1], largest[FIELD];
    double most = most_of(s);

    memset(cell, ' ', sizeof cell);
    for (int x = 0; x < WIDE; x += 2) {
        double workers = (x + 0.5) / WIDE * s->largest;

        mark(cell, s, most, workers, workers, '.');
    }
    for (int i = 0; i < s->curves; i++) {
        for (int k = 0; k < s->curve[i].rows; k++) {
            const struct scaling_row *row = &s->curve[i].row[k];

            if (row->n && row->speedup.n)
                mark(cell, s, most, row->workers, row->speedup.value,
                     (char)('A' + i));
        }
    }
    for (int y = 0; y < HIGH; y++) {
        if (y == 0)
            fprintf(t->out, "  %8.3g |", most);
        else
            fprintf(t->out, "  %8s |", y == HIGH - 1 ? "0" : "");
        fprintf(t->out, "%.*s\n", WIDE, cell[y]);
    }
    snprintf(largest, sizeof largest, "%d", s->largest);
    fprintf(t->out, "  %8s +", "");
    for (int x = 0; x < WIDE; x++)
        fputc('-', t->out);
    fprintf(t->out, "\n  %8s  0%*s\n", "", WIDE - 1, largest);
}

static void say_curve(const struct terminal *t,
                      const struct scaling_curve *curve)
{
    static const enum text how[] = {[SURE] = TEXT_p_sure,
                                    [STRADDLES] = TEXT_p_straddles,
                                    [BY_DEFINITION] = TEXT_p_base_itself};
    char text[256];

    if (curve->good)
        snprintf(text, sizeof text, text_of(TEXT_p_good, t->language), 80,
                 curve->good, text_of(how[curve->certainty], t->language));
    else
        snprintf(text, sizeof text, text_of(TEXT_p_none, t->language), 80);
    terminal_wrap(t, text, NAME + 5, NAME + 5);
}

static void say_curves(const struct terminal *t, const struct scaling *s)
{
    for (int i = 0; i < s->curves; i++) {
        fprintf(t->out, "  %c ", 'A' + i);
        terminal_put(t, s->curve[i].executor, NAME);
        fputc(' ', t->out);
        say_curve(t, &s->curve[i]);
    }
    terminal_say(t, 2, TEXT_t_chart);
}

static int show_group(const struct terminal *t, const struct study_group *group,
                      struct err *err)
{
    const struct section *first = group->section[0];
    struct study_scaling judged;
    struct err why = {0};

    fputc('\n', t->out);
    terminal_say(
        t, 0, TEXT_scaling_title, first->c.kernel, first->c.problem,
        text_of(group->mode == SCALING_STRONG ? TEXT_p_strong : TEXT_p_weak,
                t->language));
    if (study_judge(group->section, group->n, group->mode, &judged, &why)) {
        if (why.code == EXIT_RESOURCE)
            return err_set(err, why.code, "%s", why.text);
        terminal_phrase(t, why.text, 0, 2);
        return 0;
    }
    draw_chart(t, &judged.scaling);
    say_curves(t, &judged.scaling);
    if (judged.thinned)
        terminal_say(t, 2, TEXT_p_thinned, POINTS_MAX);
    study_scaling_free(&judged);
    return 0;
}

int terminal_scaling(const struct terminal *t, struct err *err)
{
    struct study study;
    int failed = study_find(t->report, &study, err);

    if (failed)
        return -1;
    for (size_t i = 0; i < study.groups && !failed; i++) {
        if (study.group[i].counts > 1)
            failed = show_group(t, &study.group[i], err);
    }
    study_free(&study);
    return failed;
}

/* -- smallest tasks ------------------------------------------------------ */

static void put_mark(const struct terminal *t, const struct metg_mark *mark)
{
    char value[FIELD], lo[FIELD], hi[FIELD], text[3 * FIELD + 8];

    quantity_format(mark->ns * 1e-9, "s", value, sizeof value);
    quantity_format(mark->lo_ns * 1e-9, "s", lo, sizeof lo);
    quantity_format(mark->hi_ns * 1e-9, "s", hi, sizeof hi);
    if (mark->how == METG_FOUND)
        snprintf(text, sizeof text, "%s [%s, %s]", value, lo,
                 isinf(mark->hi_ns) ? "?" : hi);
    else
        snprintf(text, sizeof text, "%c %s",
                 mark->how == METG_BELOW ? '<' : '>', value);
    terminal_put(t, text, 29);
}

static void show_sweep(const struct terminal *t, const struct metg *sweep)
{
    fputc('\n', t->out);
    terminal_say(t, 0, TEXT_metg_heading, sweep->kernel, sweep->problem,
                 text_translated(sweep->mode, t->language), sweep->workers);
    fprintf(t->out, "  %-14s %-29s%-29s\n", "", "METG(50 %)", "METG(90 %)");
    for (int i = 0; i < sweep->rows; i++) {
        fputs("  ", t->out);
        terminal_put(t, sweep->row[i].executor, 14);
        fputc(' ', t->out);
        for (int k = 0; k < METG_LEVELS; k++)
            put_mark(t, &sweep->row[i].at[k]);
        fputc('\n', t->out);
    }
    terminal_say(t, 2, TEXT_metg_note);
}

int terminal_metg(const struct terminal *t, struct err *err)
{
    struct study_sweeps sweeps;

    if (study_sweep(t->report, &sweeps, err))
        return -1;
    for (int i = 0; i < sweeps.sweeps; i++)
        show_sweep(t, &sweeps.sweep[i]);
    study_sweeps_free(&sweeps);
    return 0;
}
