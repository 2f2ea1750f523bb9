/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/phrases.h"
#include "results/report/seats.h"
#include "results/report/table.h"

enum { NAME = 14, BOX = 48, BAR = 46, SPARK = 36, FIELD = 64 };

static void put_name(const struct terminal *t, const char *name)
{
    fputs("  ", t->out);
    terminal_put(t, name, NAME);
    fputc(' ', t->out);
}

/* -- times --------------------------------------------------------------- */

/* What the axis spans: all executors, but not what strays far from them. */
static bool find_axis(const struct section *s, double *low, double *high)
{
    *low = INFINITY;
    *high = 0;
    for (int i = 0; i < s->c.cells; i++) {
        double ends[2];

        if (!s->track[i].steps)
            continue;
        terminal_fences(s->track[i].step, s->track[i].steps, &ends[0],
                        &ends[1]);
        *low = fmin(*low, ends[0]);
        *high = fmax(*high, ends[1]);
    }
    return *high >= *low && *high > 0;
}

/* On a logarithmic axis: a copy, or NULL. */
static double *logarithms(const struct track *track)
{
    double *x = malloc((track->steps + 1) * sizeof *x);

    for (size_t i = 0; x && i < track->steps; i++)
        x[i] = log(track->step[i]);
    return x;
}

static int draw_times(const struct terminal *t, const struct section *s,
                      double low, double high, bool ratio, struct err *err)
{
    for (int i = 0; i < s->c.cells; i++) {
        const struct track *track = &s->track[i];
        char box[BOX_TEXT], text[FIELD];
        double *x = ratio ? logarithms(track) : track->step;

        if (!track->steps)
            continue;
        if (!x)
            return err_set(err, EXIT_RESOURCE, "no memory for a figure");
        terminal_box(x, track->steps, low, high, BOX, t->blocks, box);
        put_name(t, s->c.cell[i].executor);
        fprintf(t->out, "%s  %s\n", box,
                format_time(track->median_ns, text, sizeof text));
        if (ratio)
            free(x);
    }
    return 0;
}

static int show_times(const struct terminal *t, const struct section *s,
                      struct err *err)
{
    char from[FIELD], to[FIELD];
    double low, high;
    bool ratio;

    if (!find_axis(s, &low, &high)) {
        terminal_say(t, 2, TEXT_nothing_counts);
        return 0;
    }
    ratio = high > 20 * low;
    terminal_title(t, TEXT_ecdf_title);
    if (draw_times(t, s, ratio ? log(low) : low, ratio ? log(high) : high,
                   ratio, err))
        return -1;
    format_time(low, from, sizeof from);
    format_time(high, to, sizeof to);
    put_name(t, "");
    fprintf(t->out, "%s%*s%s\n", from,
            BOX - (int)strlen(from) - (int)strlen(to), "", to);
    terminal_say(t, 2, TEXT_t_box);
    if (ratio)
        terminal_say(t, 2, TEXT_t_log);
    return 0;
}

/* -- by block ------------------------------------------------------------ */

/* "  +5.1 % [+4.0, +6.2]" */
static void put_estimate(const struct terminal *t, const struct estimate *e)
{
    char ratio[FIELD], interval[FIELD], said[FIELD];

    table_pair(e, ratio, interval, sizeof ratio);
    phrase_translate(ratio + strspn(ratio, " "), t->language, said,
                     sizeof said);
    fprintf(t->out, " %s %s", said, interval);
}

static int draw_ratio(const struct terminal *t, const struct section *s, int k,
                      struct err *err)
{
    const struct judged *pair = &s->j.pair[k];
    const struct ratios *r = &s->ratios[k];
    char name[2 * NAME_CUT], spark[4 * SPARK + 1];
    double *x = malloc((r->n + 1) * sizeof *x), least, most;

    if (!x)
        return err_set(err, EXIT_RESOURCE, "no memory for a figure");
    for (size_t i = 0; i < r->n; i++)
        x[i] = r->ratio[i].value > 0 ? log(r->ratio[i].value) : NAN;
    terminal_spark(x, r->n, SPARK, t->blocks, &least, &most, spark);
    free(x);
    snprintf(name, sizeof name, "%s / %s", s->c.cell[pair->a].executor,
             s->c.cell[pair->b].executor);
    fputs("  ", t->out);
    terminal_put(t, name, 20);
    fprintf(t->out, " %s", spark);
    snprintf(name, sizeof name, text_of(TEXT_t_range, t->language),
             100 * expm1(least), 100 * expm1(most));
    fprintf(t->out, "  %s\n", name);
    fprintf(t->out, "%*s", 22, "");
    put_estimate(t, &pair->pair.ratio);
    fputc('\n', t->out);
    return 0;
}

static int draw_blocks(const struct terminal *t, const struct section *s, int i,
                       struct err *err)
{
    const struct track *track = &s->track[i];
    char spark[4 * SPARK + 1], from[FIELD], to[FIELD];
    double *x = malloc((track->points + 1) * sizeof *x), least, most;
    size_t n = 0;

    if (!x)
        return err_set(err, EXIT_RESOURCE, "no memory for a figure");
    for (size_t k = 0; k < track->points; k++) {
        if (track->point[k].counts)
            x[n++] = track->point[k].ns;
    }
    terminal_spark(x, n, SPARK, t->blocks, &least, &most, spark);
    free(x);
    if (!n)
        return 0;
    put_name(t, s->c.cell[i].executor);
    fprintf(t->out, "%s  %s - %s\n", spark,
            format_time(least, from, sizeof from),
            format_time(most, to, sizeof to));
    return 0;
}

static int show_blocks(const struct terminal *t, const struct section *s,
                       struct err *err)
{
    bool paired = false;

    for (int k = 0; k < s->j.pairs; k++) {
        if (s->ratios[k].n < 2)
            continue;
        if (!paired)
            terminal_title(t, TEXT_ratio_title);
        paired = true;
        if (draw_ratio(t, s, k, err))
            return -1;
    }
    if (paired)
        return 0;
    terminal_title(t, TEXT_blocks_title);
    for (int i = 0; i < s->c.cells; i++) {
        if (draw_blocks(t, s, i, err))
            return -1;
    }
    return 0;
}

/* -- places -------------------------------------------------------------- */

/* The workers of a seat, "0" or "0,2", in five columns. */
static void put_seat(const struct terminal *t, const struct cell *cell, int pu)
{
    char text[FIELD] = "";
    size_t used = 0;

    for (int w = 0; w < cell->workers; w++) {
        if (cell->post[w].planned_pu == pu && used < 5)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d",
                                     used ? "," : "", w);
    }
    fprintf(t->out, used > 5 ? " %.3s.." : " %5s", text);
}

static void put_seats(const struct terminal *t, const struct section *s,
                      const struct seats *seats, int from, int to)
{
    put_name(t, text_of(TEXT_t_thread, t->language));
    for (int i = from; i < to; i++)
        fprintf(t->out, " %5d", seats->seat[i].pu);
    fputc('\n', t->out);
    for (int i = 0; i < s->c.cells; i++) {
        if (!s->c.cell[i].post)
            continue;
        put_name(t, s->c.cell[i].executor);
        for (int k = from; k < to; k++)
            put_seat(t, &s->c.cell[i], seats->seat[k].pu);
        fputc('\n', t->out);
    }
}

static void show_places(const struct terminal *t, const struct section *s)
{
    struct seats seats;

    seats_collect(&seats, s);
    if (!seats.n)
        return;
    terminal_title(t, TEXT_placement_title);
    for (int i = 0; i < seats.n; i += 10)
        put_seats(t, s, &seats, i, i + 10 < seats.n ? i + 10 : seats.n);
    if (seats.left)
        terminal_say(t, 2, TEXT_placement_more, seats.left);
}

/* -- where the time goes ------------------------------------------------- */

static const enum text part_text[PARTS] = {
    [PART_COMPUTE] = TEXT_h_compute, [PART_TALK] = TEXT_h_communicate,
    [PART_LOCK] = TEXT_h_lock,       [PART_SYSTEM] = TEXT_h_system,
    [PART_WAITED] = TEXT_h_wait,     [PART_IMBALANCE] = TEXT_h_imbalance};
static const char part_sign[PARTS] = {
    [PART_COMPUTE] = '#', [PART_TALK] = '=',   [PART_LOCK] = 'L',
    [PART_SYSTEM] = 's',  [PART_WAITED] = 'w', [PART_IMBALANCE] = '.'};

static double total(const struct track *track)
{
    double sum = 0;

    for (int p = 0; p < PARTS; p++)
        sum += track->parts[p];
    return sum;
}

/* Ends of the parts are rounded, so that the bar is as long as all of them. */
static void draw_parts(const struct terminal *t, const struct track *track,
                       double longest)
{
    double sum = 0;
    int at = 0;

    for (int p = 0; p < PARTS; p++) {
        sum += track->parts[p];
        for (; at < (int)lround(sum / longest * BAR); at++)
            fputc(part_sign[p], t->out);
    }
    fprintf(t->out, "%*s", BAR - at, "");
}

static void say_parts(const struct terminal *t)
{
    char legend[FIELD * PARTS] = "";
    size_t used = 0;

    for (int p = 0; p < PARTS; p++)
        used += (size_t)snprintf(legend + used, sizeof legend - used, "%s%c %s",
                                 p ? ", " : "", part_sign[p],
                                 text_of(part_text[p], t->language));
    fputs("  ", t->out);
    terminal_wrap(t, legend, 2, 2);
}

static void show_parts(const struct terminal *t, const struct section *s)
{
    double longest = 0;
    char text[FIELD];

    for (int i = 0; i < s->c.cells; i++)
        longest = fmax(longest, total(&s->track[i]));
    if (!(longest > 0) || !isfinite(longest))
        return;
    terminal_title(t, TEXT_parts_table);
    for (int i = 0; i < s->c.cells; i++) {
        if (!(total(&s->track[i]) > 0))
            continue;
        put_name(t, s->c.cell[i].executor);
        draw_parts(t, &s->track[i], longest);
        fprintf(t->out, "  %s\n",
                format_time(total(&s->track[i]), text, sizeof text));
    }
    say_parts(t);
}

/* -- the whole ----------------------------------------------------------- */

static void show_heading(const struct terminal *t, size_t i)
{
    const struct section *s = t->report->section[i];
    char line[4 * NAME_CUT], head[32];

    snprintf(line, sizeof line, text_of(TEXT_heading, t->language), s->c.kernel,
             s->c.problem, text_translated(s->c.mode, t->language),
             s->c.workers);
    snprintf(head, sizeof head, i ? "\n%zu. " : "%zu. ", i + 1);
    fputs(head, t->out);
    terminal_wrap(t, line, (int)strlen(head) - (i > 0), 4);
    fprintf(t->out, "%s  ", text_of(TEXT_verdict, t->language));
    terminal_wrap(t, t->language == LANGUAGE_ZH ? s->chinese : s->j.sentence,
                  2 + terminal_columns(text_of(TEXT_verdict, t->language)), 4);
    if (s->cut)
        terminal_say(t, 4, TEXT_b_cut);
    if (s->stride > 1)
        terminal_say(t, 4, TEXT_b_thinned, s->stride, s->kept, s->trials);
    if (s->warnings)
        terminal_say(t, 4, TEXT_b_warnings, s->warnings, (size_t)0);
}

/* Why an executor is missing from the figures. */
static void show_missing(const struct terminal *t, const struct section *s)
{
    for (int i = 0; i < s->c.cells; i++) {
        const struct cell *cell = &s->c.cell[i];
        char line[NAME_CUT + sizeof cell->why.text];

        if (cell->status == CELL_OK)
            continue;
        snprintf(line, sizeof line, "%s: %s", cell_status_name(cell->status),
                 cell->why.text);
        put_name(t, cell->executor);
        terminal_phrase(t, line, NAME + 3, NAME + 3);
    }
}

static int show_section(const struct terminal *t, size_t i, struct err *err)
{
    const struct section *s = t->report->section[i];

    show_heading(t, i);
    show_missing(t, s);
    if (show_times(t, s, err) || show_blocks(t, s, err))
        return -1;
    show_places(t, s);
    show_parts(t, s);
    return 0;
}

static void show_file_notes(const struct terminal *t,
                            const struct report_file *file)
{
    char note[PHRASE_TEXT];

    if (!file->note && !file->bads && !file->foreign &&
        file->seal != SEAL_BROKEN)
        return;
    terminal_wrap(t, file->path, 0, 4);
    if (file->note) {
        phrase_translate(file->note, t->language, note, sizeof note);
        terminal_say(t, 4, TEXT_t_partial, note);
    }
    if (file->foreign)
        terminal_say(t, 4, TEXT_n_foreign, file->foreign);
    if (file->bads) {
        terminal_say(t, 4, TEXT_n_bad, file->bads);
        fputs("    ", t->out);
        terminal_phrase(t, file->bad, 4, 4);
    }
    if (file->seal == SEAL_BROKEN)
        terminal_say(t, 4, TEXT_b_broken);
    fputc('\n', t->out);
}

void terminal_notes(const struct terminal *t)
{
    const struct report *report = t->report;

    for (size_t i = 0; i < report->files; i++)
        show_file_notes(t, &report->file[i]);
    for (size_t i = 0; i < report->skips; i++) {
        terminal_say(t, 0, TEXT_n_skipped);
        fputs("    ", t->out);
        terminal_phrase(t, report->skipped[i], 4, 4);
    }
    if (report->left_out)
        terminal_say(t, 0, TEXT_n_left_out, report->left_out);
    if (!report->sections)
        terminal_say(t, 0, TEXT_n_empty);
}

int terminal_write(const struct terminal *t, struct err *err)
{
    terminal_notes(t);
    for (size_t i = 0; i < t->report->sections; i++) {
        if (show_section(t, i, err))
            return -1;
    }
    return terminal_scaling(t, err) || terminal_metg(t, err) ? -1 : 0;
}
