/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/proposal.h"

#include <string.h>

#include "results/report/html.h"
#include "results/report/page.h"
#include "results/report/quantity.h"
#include "results/report/study.h"
#include "results/report/table.h"

enum { COLUMNS = 7, FIELD = 48 };

static const enum text heading[COLUMNS] = {
    TEXT_p_nodes,   TEXT_p_cores,      TEXT_p_ranks, TEXT_p_wall,
    TEXT_p_speedup, TEXT_p_efficiency, TEXT_p_hours};
static const int width[COLUMNS] = {6, 6, 16, 28, 9, 6, 9};

/* One row as it is shown, or why there is none. */
struct line {
    char text[COLUMNS][FIELD];
    const char *why; /* NULL: there are numbers */
};

/* -- rows ---------------------------------------------------------------- */

/* Of those with so many workers, the first one's cell. */
static const struct cell *cell_of(const struct study_group *group,
                                  const char *executor, int workers)
{
    for (size_t i = 0; i < group->n; i++) {
        const struct comparison *c = &group->section[i]->c;

        for (int k = 0; k < c->cells && c->workers == workers; k++) {
            if (strcmp(c->cell[k].executor, executor) == 0)
                return &c->cell[k];
        }
    }
    return NULL;
}

/* "4 x 1" of ranks, "1 x 4" of threads, "4 x 16" of ranks that have threads,
 * "3 x 5-6" where they do not share alike; a label tells neither. */
static void format_ranks(const char *executor, const struct cell *cell,
                         int workers, char *out)
{
    int ranks = cell ? cell->ranks : 0;

    if (ranks > 0 && workers % ranks == 0)
        snprintf(out, FIELD, "%d x %d", ranks, workers / ranks);
    else if (ranks > 0)
        snprintf(out, FIELD, "%d x %d-%d", ranks, workers / ranks,
                 workers / ranks + 1);
    else if (strcmp(executor, "ranks") == 0 ||
             strcmp(executor, "processes") == 0)
        snprintf(out, FIELD, "%d x 1", workers);
    else if (strcmp(executor, "threads") == 0)
        snprintf(out, FIELD, "1 x %d", workers);
    else
        snprintf(out, FIELD, "%d", workers);
}

static void format_wall(const struct scaling_row *row, char *out)
{
    char median[FIELD], low[FIELD], high[FIELD];

    format_time(row->median_ns, median, sizeof median);
    if (row->ci_ns.valid)
        snprintf(out, FIELD, "%.12s [%.12s, %.12s]", median,
                 format_time(row->ci_ns.ci.low, low, sizeof low),
                 format_time(row->ci_ns.ci.high, high, sizeof high));
    else
        snprintf(out, FIELD, "%.12s (n=%zu)", median, row->n);
}

static void fill_line(const struct study_group *group,
                      const struct scaling_curve *curve,
                      const struct scaling_row *row, struct line *line)
{
    const struct cell *cell = cell_of(group, curve->executor, row->workers);

    *line = (struct line){.why = row->n ? NULL : row->why};
    snprintf(line->text[0], FIELD, row->on.nodes ? "%d" : "?", row->on.nodes);
    snprintf(line->text[1], FIELD, "%d%s", row->on.cores,
             row->crowded ? "*" : "");
    format_ranks(curve->executor, cell, row->workers, line->text[2]);
    if (!row->n)
        return;
    format_wall(row, line->text[3]);
    snprintf(line->text[4], FIELD, "-");
    snprintf(line->text[5], FIELD, "-");
    if (row->speedup.n) {
        snprintf(line->text[4], FIELD, "%.*f",
                 quantity_digits(row->speedup.value), row->speedup.value);
        snprintf(line->text[5], FIELD, "%.0f %%",
                 100 * row->speedup.value / row->workers);
    }
    snprintf(line->text[6], FIELD, "%.3g", row->core_hours);
}

static void format_good(const struct scaling_curve *curve, double least,
                        enum language language, char *out, size_t size)
{
    static const enum text how[] = {[SURE] = TEXT_p_sure,
                                    [STRADDLES] = TEXT_p_straddles,
                                    [BY_DEFINITION] = TEXT_p_base_itself};
    enum certainty certainty = BY_DEFINITION;
    int largest = scaling_largest(curve, least, &certainty);
    int percent = (int)(100 * least + 0.5);

    if (largest)
        snprintf(out, size, text_of(TEXT_p_good, language), percent, largest,
                 text_of(how[certainty], language));
    else
        snprintf(out, size, text_of(TEXT_p_none, language), percent);
}

static const double levels[] = {0.7, 0.8};
enum { LEVELS = sizeof levels / sizeof *levels };

/* -- as text ------------------------------------------------------------- */

static void print_line(const struct terminal *t, const struct line *line)
{
    int shown = line->why ? 3 : COLUMNS;

    for (int k = 0; k < shown; k++) {
        fputc(' ', t->out);
        terminal_put(t, line->text[k], width[k] - 1);
    }
    if (line->why)
        terminal_phrase(t, line->why, 28, 28);
    else
        fputc('\n', t->out);
}

static void print_curve(const struct terminal *t,
                        const struct study_group *group,
                        const struct scaling_curve *curve)
{
    struct line head = {.why = NULL}, line;
    char text[256];

    fputc('\n', t->out);
    terminal_wrap(t, curve->executor, 0, 0);
    for (int k = 0; k < COLUMNS; k++)
        snprintf(head.text[k], FIELD, "%s", text_of(heading[k], t->language));
    print_line(t, &head);
    for (int i = 0; i < curve->rows; i++) {
        fill_line(group, curve, &curve->row[i], &line);
        print_line(t, &line);
    }
    for (int i = 0; i < LEVELS && group->counts > 1; i++) {
        format_good(curve, levels[i], t->language, text, sizeof text);
        terminal_wrap(t, text, 0, 2);
    }
}

static bool is_crowded(const struct scaling *s)
{
    for (int i = 0; i < s->curves; i++) {
        for (int k = 0; k < s->curve[i].rows; k++) {
            if (s->curve[i].row[k].crowded)
                return true;
        }
    }
    return false;
}

static void print_notes(const struct terminal *t,
                        const struct study_group *group,
                        const struct study_scaling *judged)
{
    fputc('\n', t->out);
    if (group->counts < 2)
        terminal_say(t, 0, TEXT_p_one);
    terminal_say(t, 0, TEXT_p_base);
    terminal_say(t, 0, TEXT_p_cost, judged->scaling.core_hours);
    if (is_crowded(&judged->scaling))
        terminal_say(t, 0, TEXT_p_crowded);
    if (judged->thinned)
        terminal_say(t, 0, TEXT_p_thinned, POINTS_MAX);
}

/* What cannot be one study is said; -1: no memory. */
static int judge(const struct study_group *group, struct study_scaling *judged,
                 struct err *why, struct err *err)
{
    if (!study_judge(group->section, group->n, group->mode, judged, why))
        return 0;
    return why->code == EXIT_RESOURCE ? err_set(err, why->code, "%s", why->text)
                                      : 1;
}

static enum text mode_text(enum scaling_mode mode)
{
    return mode == SCALING_STRONG ? TEXT_p_strong : TEXT_p_weak;
}

static int print_group(const struct terminal *t,
                       const struct study_group *group, struct err *err)
{
    const struct section *first = group->section[0];
    struct study_scaling judged;
    struct err why = {0};
    int got;

    terminal_say(t, 0, TEXT_p_heading,
                 text_of(mode_text(group->mode), t->language), first->c.kernel,
                 first->c.problem, t->report->file[first->file].hosts);
    got = judge(group, &judged, &why, err);
    if (got) {
        terminal_phrase(t, got > 0 ? why.text : "", 0, 2);
        return got < 0 ? -1 : 0;
    }
    for (int i = 0; i < judged.scaling.curves; i++)
        print_curve(t, group, &judged.scaling.curve[i]);
    print_notes(t, group, &judged);
    fputc('\n', t->out);
    study_scaling_free(&judged);
    return 0;
}

/* Strong and weak apart. */
int proposal_print(const struct terminal *t, struct err *err)
{
    struct study study;
    int failed = study_find(t->report, &study, err);

    if (failed)
        return -1;
    terminal_notes(t);
    for (int mode = SCALING_STRONG; mode <= SCALING_WEAK; mode++) {
        for (size_t i = 0; i < study.groups && !failed; i++) {
            if ((int)study.group[i].mode == mode)
                failed = print_group(t, &study.group[i], err);
        }
    }
    study_free(&study);
    return failed;
}

/* -- in a page ----------------------------------------------------------- */

static void page_row(const struct page *page, const struct line *line)
{
    fputs("<tr>", page->out);
    for (int k = 0; k < (line->why ? 3 : COLUMNS); k++)
        fprintf(page->out, "<td>%s</td>", line->text[k]);
    if (line->why) {
        fprintf(page->out, "<td colspan=\"%d\">", COLUMNS - 3);
        page_phrase(page, line->why, HTML_CUT);
        fputs("</td>", page->out);
    }
    fputs("</tr>\n", page->out);
}

static void page_curve(const struct page *page, const struct study_group *group,
                       const struct scaling_curve *curve)
{
    FILE *out = page->out;
    char text[256];

    fputs("<h4>", out);
    html_name(out, curve->executor);
    fputs("</h4>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"",
          out);
    html_text(out, curve->executor);
    fputs("\"><table><tr>", out);
    for (int k = 0; k < COLUMNS; k++) {
        fputs("<th scope=\"col\">", out);
        page_put(page, heading[k]);
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    for (int i = 0; i < curve->rows; i++) {
        struct line line;

        fill_line(group, curve, &curve->row[i], &line);
        page_row(page, &line);
    }
    fputs("</table></div>\n", out);
    for (int i = 0; i < LEVELS; i++) {
        format_good(curve, levels[i], page->options->language, text,
                    sizeof text);
        fputs("<p class=\"note\">", out);
        html_text(out, text);
        fputs("</p>\n", out);
    }
}

static void page_note(const struct page *page, enum text text, double number)
{
    fputs("<p class=\"note\">", page->out);
    page_say(page, text, number);
    fputs("</p>\n", page->out);
}

static void page_notes(const struct page *page,
                       const struct study_scaling *judged)
{
    page_note(page, TEXT_p_cost, judged->scaling.core_hours);
    if (is_crowded(&judged->scaling))
        page_note(page, TEXT_p_crowded, 0);
    if (!judged->thinned)
        return;
    fputs("<p class=\"note\">", page->out);
    page_say(page, TEXT_p_thinned, POINTS_MAX);
    fputs("</p>\n", page->out);
}

static int page_group(const struct page *page, const struct study_group *group,
                      struct err *err)
{
    const struct section *first = group->section[0];
    struct study_scaling judged;
    struct err why = {0};
    int got;

    fputs("<h3>", page->out);
    page_say(page, TEXT_p_heading, page_text(page, mode_text(group->mode)),
             first->c.kernel, first->c.problem,
             page->report->file[first->file].hosts);
    fputs("</h3>\n", page->out);
    got = judge(group, &judged, &why, err);
    if (got) {
        fputs("<p class=\"note\">", page->out);
        page_phrase(page, why.text, HTML_CUT);
        fputs("</p>\n", page->out);
        return got < 0 ? -1 : 0;
    }
    for (int i = 0; i < judged.scaling.curves; i++)
        page_curve(page, group, &judged.scaling.curve[i]);
    page_notes(page, &judged);
    study_scaling_free(&judged);
    return 0;
}

int proposal_contents(const struct page *page, struct err *err)
{
    struct study study;
    bool any = false;

    if (study_find(page->report, &study, err))
        return -1;
    for (size_t i = 0; i < study.groups; i++)
        any = any || study.group[i].counts > 1;
    if (any) {
        fputs("<li><a href=\"#proposal\">", page->out);
        page_put(page, TEXT_p_title);
        fputs("</a></li>\n", page->out);
    }
    study_free(&study);
    return 0;
}

int proposal_page(const struct page *page, struct err *err)
{
    struct study study;
    int failed = study_find(page->report, &study, err);
    bool begun = false;

    for (size_t i = 0; i < study.groups && !failed; i++) {
        if (study.group[i].counts < 2)
            continue;
        if (!begun) {
            fputs("<section id=\"proposal\"><h2>", page->out);
            page_put(page, TEXT_p_title);
            fputs("</h2>\n<p class=\"note\">", page->out);
            page_say(page, TEXT_p_base);
            fputs("</p>\n", page->out);
        }
        begun = true;
        failed = page_group(page, &study.group[i], err);
    }
    if (begun)
        fputs("</section>\n", page->out);
    study_free(&study);
    return failed;
}
