/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a comparison on the page. Their texts are those of the
 * terminal's tables.
 */
#include <stdarg.h>
#include <string.h>

#include "results/report/html.h"
#include "results/report/page.h"
#include "results/report/phrases.h"
#include "results/report/quantity.h"
#include "results/report/table.h"

/* -- pieces -------------------------------------------------------------- */

static void begin_table(const struct page *page, enum text caption,
                        const char *kind)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"",
          page->out);
    html_text(page->out, page_text(page, caption));
    fprintf(page->out, "\"><table%s%s%s><caption>", *kind ? " class=\"" : "",
            kind, *kind ? "\"" : "");
    page_put(page, caption);
    fputs("</caption>\n", page->out);
}

static void end_table(const struct page *page)
{
    fputs("</table></div>\n", page->out);
}

static void head_cell(const struct page *page, const char *text, bool left)
{
    fprintf(page->out, "<th scope=\"col\"%s>", left ? " class=\"left\"" : "");
    html_text(page->out, text_translated(text, page->options->language));
    fputs("</th>", page->out);
}

static void row_head(const struct page *page, const char *name)
{
    fputs("<tr><th scope=\"row\">", page->out);
    html_name(page->out, name);
    fputs("</th>", page->out);
}

static void cell(const struct page *page, const char *text, bool left)
{
    fputs(left ? "<td class=\"left\">" : "<td>", page->out);
    html_text(page->out, text);
    fputs("</td>", page->out);
}

static void grid_cell(const struct page *page, const struct grid_column *column,
                      int row)
{
    enum language language = page->options->language;
    const char *text = text_translated(column->text[row], language);
    char said[PHRASE_TEXT];

    phrase_translate(text, language, said, sizeof said);
    cell(page, said, column->left);
}

static void show_grid(const struct page *page, const struct grid *grid,
                      enum text caption)
{
    begin_table(page, caption, "");
    fputs("<tr>", page->out);
    head_cell(page, page_text(page, TEXT_executor), true);
    for (int k = 0; k < grid->columns; k++)
        head_cell(page, grid->column[k].heading, grid->column[k].left);
    fputs("</tr>\n", page->out);
    for (int i = 0; i < grid->rows; i++) {
        if (!grid->name[i])
            continue;
        row_head(page, grid->name[i]);
        if (grid->note[i]) {
            fprintf(page->out, "<td class=\"left wrap\" colspan=\"%d\">",
                    grid->columns);
            page_phrase(page, grid->note[i], HTML_CUT);
            fputs("</td>", page->out);
        }
        for (int k = 0; k < grid->columns && !grid->note[i]; k++)
            grid_cell(page, &grid->column[k], i);
        fputs("</tr>\n", page->out);
    }
    end_table(page);
}

/* -- pairs --------------------------------------------------------------- */

static void show_pair(const struct page *page, const struct section *s,
                      const struct judged *judged)
{
    char ratio[48], interval[48], said[48], both[100];

    table_pair(&judged->pair.ratio, ratio, interval, sizeof ratio);
    phrase_translate(ratio + strspn(ratio, " "), page->options->language, said,
                     sizeof said);
    snprintf(both, sizeof both, "%s %s", said, interval);
    fputs("<tr><th scope=\"row\">", page->out);
    html_name(page->out, s->c.cell[judged->a].executor);
    fputs(" : ", page->out);
    html_name(page->out, s->c.cell[judged->b].executor);
    fputs("</th>", page->out);
    cell(page, both, true);
    cell(page,
         text_translated(stats_verdict_name(judged->pair.verdict),
                         page->options->language),
         true);
    fputs("</tr>\n", page->out);
}

static void show_pairs(const struct page *page, const struct section *s)
{
    begin_table(page, TEXT_pairs_table, "");
    fputs("<tr>", page->out);
    head_cell(page, page_text(page, TEXT_pair), true);
    head_cell(page, page_text(page, TEXT_difference_ci), true);
    head_cell(page, page_text(page, TEXT_pair_verdict), true);
    fputs("</tr>\n", page->out);
    for (int i = 0; i < s->j.pairs; i++)
        show_pair(page, s, &s->j.pair[i]);
    end_table(page);
    fputs("<p class=\"note\">", page->out);
    page_say(page, TEXT_pairs_note, 100 * s->c.margin);
    fputs("</p>\n", page->out);
}

static void show_why(const struct page *page, const struct section *s)
{
    const char *at = s->why[page->options->language];

    if (!*at)
        return;
    fputs("<h3>", page->out);
    page_put(page, TEXT_why_title);
    fputs("</h3>\n<ul>", page->out);
    while (*at) {
        size_t length = strcspn(at, "\n");
        char line[WHY_TEXT];

        snprintf(line, sizeof line, "%.*s", (int)length, at);
        fputs("<li>", page->out);
        html_long(page->out, line, WHY_TEXT);
        fputs("</li>", page->out);
        at += length + (at[length] == '\n');
    }
    fputs("</ul>\n", page->out);
}

static void show_warnings(const struct page *page, const struct section *s)
{
    if (!s->warnings)
        return;
    fputs("<h3>", page->out);
    page_put(page, TEXT_warnings_title);
    fputs("</h3>\n<ul>", page->out);
    for (size_t i = 0; i < s->warnings; i++) {
        fputs("<li>", page->out);
        page_phrase(page, s->warning[i], 2 * HTML_CUT);
        fputs("</li>", page->out);
    }
    fputs("</ul>\n<p class=\"note\">", page->out);
    page_put(page, TEXT_warning_hint);
    fputs("</p>\n", page->out);
}

/* A cell that failed late has both: its row, and why it ended. */
static void show_late_notes(const struct page *page, const struct section *s)
{
    for (int i = 0; i < s->c.cells; i++) {
        if (!s->j.cell[i].n || s->c.cell[i].status == CELL_OK)
            continue;
        fputs("<p class=\"alert\">", page->out);
        html_name(page->out, s->c.cell[i].executor);
        fputs(": ", page->out);
        page_phrase(page, s->note[i], TABLE_NOTE);
        fputs("</p>\n", page->out);
    }
}

void page_tables_first(const struct page *page, const struct section *s)
{
    show_grid(page, s->rows, TEXT_times_table);
    show_late_notes(page, s);
    if (s->j.pairs)
        show_pairs(page, s);
    show_why(page, s);
    show_warnings(page, s);
}

/* -- costs --------------------------------------------------------------- */

static void time_cell(const struct page *page, double ns)
{
    char text[48];

    cell(page, ns > 0 ? format_time(ns, text, sizeof text) : "-", false);
}

static void show_cost(const struct page *page, const struct section *s, int i)
{
    const struct cell *c = &s->c.cell[i];
    const struct track *track = &s->track[i];
    char text[64] = "-";

    row_head(page, c->executor);
    time_cell(page, (double)c->startup_ns);
    time_cell(page, (double)c->setup_ns);
    time_cell(page, (double)c->teardown_ns);
    if (c->idle_ns)
        snprintf(text, sizeof text, "%.2f %%",
                 100 * (double)c->idle_cpu_ns / (double)c->idle_ns);
    cell(page, text, false);
    cell(page,
         c->memory_bytes > 0
             ? quantity_format(c->memory_bytes, "byte", text, sizeof text)
             : "-",
         false);
    snprintf(text, sizeof text, "%zu", track->trials);
    cell(page, text, false);
    snprintf(text, sizeof text, "%zu", track->disturbed);
    cell(page, text, false);
    cell(page,
         text_translated(stats_steady_name(track->steadiness.state),
                         page->options->language),
         true);
    if (s->stride > 1)
        time_cell(page, track->median_ns);
    fputs("</tr>\n", page->out);
}

static void show_costs(const struct page *page, const struct section *s)
{
    static const enum text heading[] = {
        TEXT_c_startup,   TEXT_c_setup,  TEXT_c_teardown,
        TEXT_c_idle,      TEXT_c_memory, TEXT_c_trials,
        TEXT_c_disturbed, TEXT_c_steady, TEXT_c_median_all};
    int columns = s->stride > 1 ? 9 : 8;

    begin_table(page, TEXT_costs_table, "");
    fputs("<tr>", page->out);
    head_cell(page, page_text(page, TEXT_executor), true);
    for (int k = 0; k < columns; k++)
        head_cell(page, page_text(page, heading[k]), k == 7);
    fputs("</tr>\n", page->out);
    for (int i = 0; i < s->c.cells; i++)
        show_cost(page, s, i);
    end_table(page);
}

/* -- facts --------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void fact(const struct page *page,
                                                       enum text name,
                                                       const char *format, ...)
{
    char value[1024];
    va_list list;

    va_start(list, format);
    vsnprintf(value, sizeof value, format, list);
    va_end(list);
    fputs("<tr><th scope=\"row\">", page->out);
    page_put(page, name);
    fputs("</th><td>", page->out);
    html_long(page->out, value, 2 * HTML_CUT);
    fputs("</td></tr>\n", page->out);
}

static void show_facts(const struct page *page, const struct section *s)
{
    const struct comparison *c = &s->c;
    enum language language = page->options->language;
    char time[48], placement[PHRASE_TEXT];

    phrase_translate(c->placement, language, placement, sizeof placement);
    begin_table(page, TEXT_facts_table, "facts");
    fact(page, TEXT_f_kernel, "%s %s", c->kernel, c->problem);
    fact(page, TEXT_f_mode, "%s", text_translated(c->mode, language));
    fact(page, TEXT_f_workers, "%d", c->workers);
    fact(page, TEXT_f_placement, "%s", placement);
    fact(page, TEXT_f_blocks, "%d", c->blocks);
    fact(page, TEXT_f_stop, "%s",
         s->cut ? page_text(page, TEXT_b_cut)
                : text_translated(stop_name(c->stop), language));
    fact(page, TEXT_f_goals, "%g %%, %g %%", 100 * c->precision,
         100 * c->margin);
    fact(page, TEXT_f_repeats, "%u", c->repeats);
    fact(page, TEXT_f_late, "%d", c->late);
    fact(page, TEXT_f_window, "%s",
         format_time((double)c->window_ns, time, sizeof time));
    fact(page, TEXT_f_seed, "%llu", (unsigned long long)c->seed);
    fact(page, TEXT_f_record, "%s", page->report->file[s->file].path);
    end_table(page);
}

void page_tables_last(const struct page *page, const struct section *s)
{
    if (s->parts->columns)
        show_grid(page, s->parts, TEXT_parts_table);
    if (s->found)
        show_grid(page, s->found, TEXT_found_table);
    show_costs(page, s);
    show_facts(page, s);
}
