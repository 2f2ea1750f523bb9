/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/tool.h"
#include "results/report/curves.h"
#include "results/report/html.h"
#include "results/report/plot.h"
#include "results/report/proposal.h"

enum { ID_ROOM = 96, POINTS_LEAST = 30, POINTS_PAGE = 240 };

/* -- texts --------------------------------------------------------------- */

const char *page_text(const struct page *page, enum text text)
{
    return text_of(text, page->options->language);
}

void page_put(const struct page *page, enum text text)
{
    html_long(page->out, page_text(page, text), HTML_LONG);
}

void page_say(const struct page *page, enum text text, ...)
{
    char line[4096];
    va_list list;

    va_start(list, text);
    vsnprintf(line, sizeof line, page_text(page, text), list);
    va_end(list);
    html_long(page->out, line, HTML_LONG);
}

static void paragraph(const struct page *page, const char *kind, enum text text)
{
    fprintf(page->out, "<p class=\"%s\">", kind);
    page_put(page, text);
    fputs("</p>\n", page->out);
}

void page_heading(const struct page *page, const struct section *s)
{
    page_say(page, TEXT_heading, s->c.kernel, s->c.problem,
             text_translated(s->c.mode, page->options->language), s->c.workers);
}

const char *page_verdict(const struct page *page, const struct section *s)
{
    return page->options->language == LANGUAGE_ZH ? s->chinese : s->j.sentence;
}

static void page_scaling_heading(const struct page *page,
                                 const struct section *s)
{
    page_say(page, TEXT_scaling_title, s->c.kernel, s->c.problem,
             text_translated(s->c.mode, page->options->language));
}

/* -- figures ------------------------------------------------------------- */

/* The more comparisons, the fewer points in each picture. */
static size_t points_for(const struct report *report)
{
    size_t n = report->sections ? report->sections : 1;
    size_t points = POINTS_PAGE / n;

    return points < POINTS_LEAST ? POINTS_LEAST : points;
}

static struct view view_of(const struct page *page,
                           const struct section *const *section, size_t n)
{
    return (struct view){.report = page->report,
                         .section = section,
                         .n = n,
                         .language = page->options->language,
                         .points = points_for(page->report)};
}

static bool fits(const struct plot *plot, const struct view *view, bool scaling)
{
    return plot->scaling == scaling && plot->sweep == (view->sweep != NULL) &&
           plot->roof == view->roof && (!view->brief || plot->brief) &&
           plot->applies(view);
}

static int figures(struct page *page, const struct view *view, bool scaling,
                   const char *prefix, struct err *err)
{
    for (int i = 0; plot_table[i]; i++) {
        char id[ID_ROOM];

        if (!fits(plot_table[i], view, scaling))
            continue;
        snprintf(id, sizeof id, "%s-%s", prefix, plot_table[i]->name);
        if (page_figure(page, plot_table[i], view, id, err))
            return -1;
    }
    return 0;
}

/* -- one comparison ------------------------------------------------------ */

static void show_verdict(const struct page *page, const struct section *s)
{
    fputs("<p class=\"verdict\"><strong>", page->out);
    page_put(page, TEXT_verdict);
    fputs(":</strong> ", page->out);
    html_long(page->out, page_verdict(page, s), SENTENCE);
    fputs("</p>\n", page->out);
}

static int show_section(struct page *page, size_t i, struct err *err)
{
    const struct section *s = page->report->section[i];
    struct view view = view_of(page, &s, 1);
    char prefix[32];
    int failed = 0;

    view.brief = i >= PAGE_FULL;
    snprintf(prefix, sizeof prefix, "c%zu", i + 1);
    fprintf(page->out, "<section id=\"%s\"><h2>", prefix);
    if (page->report->sections > 1)
        fprintf(page->out, "%zu. ", i + 1);
    page_heading(page, s);
    fputs("</h2>\n", page->out);
    show_verdict(page, s);
    page_badges(page, s);
    page_tables_first(page, s);
    if (i < PAGE_PLOTTED)
        failed = figures(page, &view, false, prefix, err);
    page_placement(page, s);
    page_tables_last(page, s);
    fputs("</section>\n", page->out);
    return failed;
}

/* -- several numbers of workers ------------------------------------------ */

struct groups {
    const struct section **section;
    size_t *size, n;
};

/* The laws of one host; where there are none, points stand alone. */
static bool model_group(const struct page *page,
                        const struct section *const *section, size_t n,
                        struct study_scaling *judged)
{
    const struct report_file *file = page->report->file;
    struct err why = {0};

    *judged = (struct study_scaling){.n = 0};
    for (size_t i = 1; i < n; i++) {
        if (strcmp(file[section[0]->file].host, file[section[i]->file].host))
            return false;
    }
    return !study_judge(section, n,
                        section[0]->c.replicate ? SCALING_WEAK : SCALING_STRONG,
                        judged, &why);
}

static int show_group(struct page *page, const struct section **section,
                      size_t n, size_t number, struct err *err)
{
    struct view view = view_of(page, section, n);
    struct study_scaling judged;
    char prefix[32];
    int failed;

    snprintf(prefix, sizeof prefix, "s%zu", number);
    fprintf(page->out, "<section id=\"%s\"><h2>", prefix);
    page_scaling_heading(page, section[0]);
    fputs("</h2>\n", page->out);
    if (model_group(page, section, n, &judged))
        view.scaling = &judged.scaling;
    view.brief = number > PAGE_STUDIES;
    failed = figures(page, &view, true, prefix, err);
    study_scaling_free(&judged);
    fputs("</section>\n", page->out);
    return failed;
}

static int show_groups(struct page *page, const struct groups *groups,
                       struct err *err)
{
    const struct section **at = groups->section;

    for (size_t i = 0; i < groups->n && i < PAGE_PLOTTED; i++) {
        if (show_group(page, at, groups->size[i], i + 1, err))
            return -1;
        at += groups->size[i];
    }
    return 0;
}

/* -- roofs ---------------------------------------------------------------- */

/* Comparisons on the host of the first of `from`; returns how many. */
static size_t same_host(const struct report *report, size_t from,
                        const struct section **out)
{
    const char *host = report->file[report->section[from]->file].host;
    size_t n = 0;

    for (size_t i = 0; i < report->sections; i++) {
        const struct section *s = report->section[i];

        if (strcmp(report->file[s->file].host, host) != 0)
            continue;
        if (i < from)
            return 0; /* it was shown */
        out[n++] = s;
    }
    return n;
}

/* A roofline of each host that has one; in the contents, or on the page. */
static int each_roof(struct page *page, bool contents, struct err *err)
{
    const struct report *report = page->report;
    const struct section **of = calloc(report->sections + 1, sizeof *of);
    int failed = of ? 0 : err_set(err, EXIT_RESOURCE, "no memory for a page");
    size_t number = 0;

    for (size_t i = 0; i < report->sections && !failed; i++) {
        struct view view = view_of(page, of, same_host(report, i, of));
        char prefix[32], *host;

        view.roof = true;
        if (!view.n || !plot_of_roofline.applies(&view) ||
            number == PAGE_PLOTTED)
            continue;
        snprintf(prefix, sizeof prefix, "r%zu", ++number);
        fprintf(page->out,
                contents ? "<li><a href=\"#%s\">" : "<section id=\"%s\"><h2>",
                prefix);
        host = text_cut(report->file[of[0]->file].host);
        page_say(page, TEXT_roofline_heading, host ? host : "?");
        free(host);
        fputs(contents ? "</a></li>\n" : "</h2>\n", page->out);
        if (contents)
            continue;
        failed = figures(page, &view, false, prefix, err);
        fputs("</section>\n", page->out);
    }
    free(of);
    return failed;
}

/* -- sweeps -------------------------------------------------------------- */

static void sweep_heading(const struct page *page, const struct metg *sweep)
{
    page_say(page, TEXT_metg_heading, sweep->kernel, sweep->problem,
             text_translated(sweep->mode, page->options->language),
             sweep->workers);
}

static int show_sweep(struct page *page, const struct study_sweeps *sweeps,
                      int i, struct err *err)
{
    const struct metg *sweep = &sweeps->sweep[i];
    struct view view = view_of(page, NULL, 0);
    char prefix[32];
    int failed;

    view.sweeps = sweeps;
    view.sweep = sweep;
    snprintf(prefix, sizeof prefix, "m%d", i + 1);
    fprintf(page->out, "<section id=\"%s\"><h2>", prefix);
    sweep_heading(page, sweep);
    fputs("</h2>\n", page->out);
    failed = figures(page, &view, false, prefix, err);
    fputs("</section>\n", page->out);
    return failed;
}

/* A picture of each sweep; in the contents, or on the page. */
static int each_sweep(struct page *page, bool contents, struct err *err)
{
    struct study_sweeps sweeps;
    int failed = study_sweep(page->report, &sweeps, err);

    if (failed)
        return -1;
    for (int i = 0; i < sweeps.sweeps && i < PAGE_PLOTTED && !failed; i++) {
        if (!contents) {
            failed = show_sweep(page, &sweeps, i, err);
            continue;
        }
        fprintf(page->out, "<li><a href=\"#m%d\">", i + 1);
        sweep_heading(page, &sweeps.sweep[i]);
        fputs("</a></li>\n", page->out);
    }
    study_sweeps_free(&sweeps);
    return failed;
}

/* -- what stands before -------------------------------------------------- */

static void show_head(const struct page *page)
{
    FILE *out = page->out;

    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
            "<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\""
            "default-src 'none';style-src 'unsafe-inline'\">\n"
            "<meta name=\"viewport\" "
            "content=\"width=device-width,initial-scale=1\">\n<title>",
            language_tag(page->options->language));
    page_put(page, TEXT_title);
    if (page->report->sections) {
        fputs(": ", out);
        page_heading(page, page->report->section[0]);
    }
    fputs("</title>\n", out);
    page_style(out);
    fputs("</head>\n<body>\n<a class=\"skip\" href=\"#main\">", out);
    page_put(page, TEXT_skip);
    fputs("</a>\n<header><h1>", out);
    page_put(page, TEXT_title);
    fputs("</h1>\n<p class=\"note\">", out);
    page_say(page, TEXT_made_by, page->options->version, page->report->files);
    fputs("</p></header>\n", out);
}

/* Links to the figures of one, where they are few. */
static void list_figures(const struct page *page, const struct view *view,
                         bool scaling, const char *prefix)
{
    fputs("<ul>", page->out);
    for (int i = 0; plot_table[i]; i++) {
        if (!fits(plot_table[i], view, scaling))
            continue;
        fprintf(page->out, "<li><a href=\"#%s-%s\">", prefix,
                plot_table[i]->name);
        page_put(page, plot_table[i]->title);
        fputs("</a></li>", page->out);
    }
    fputs("</ul>", page->out);
}

static void list_section(const struct page *page, size_t i)
{
    const struct section *s = page->report->section[i];
    struct view view = view_of(page, &s, 1);
    char prefix[32];

    view.brief = i >= PAGE_FULL;
    snprintf(prefix, sizeof prefix, "c%zu", i + 1);
    fprintf(page->out, "<li><a href=\"#%s\">", prefix);
    page_heading(page, s);
    fputs("</a>", page->out);
    if (page->report->sections > 1) {
        fputs("<br>", page->out);
        html_long(page->out, page_verdict(page, s), SENTENCE);
    }
    if (i < PAGE_PLOTTED)
        list_figures(page, &view, false, prefix);
    fputs("</li>\n", page->out);
}

static void list_groups(const struct page *page, const struct groups *groups)
{
    const struct section **at = groups->section;

    for (size_t i = 0; i < groups->n && i < PAGE_PLOTTED; i++) {
        fprintf(page->out, "<li><a href=\"#s%zu\">", i + 1);
        page_scaling_heading(page, at[0]);
        fputs("</a></li>\n", page->out);
        at += groups->size[i];
    }
}

static void say_alert(const struct page *page, enum text text, int number)
{
    fputs("<p class=\"alert\">", page->out);
    page_say(page, text, number);
    fputs("</p>\n", page->out);
}

static int show_contents(struct page *page, const struct groups *groups,
                         struct err *err)
{
    FILE *out = page->out;
    int failed;

    fputs("<nav aria-labelledby=\"contents\"><h2 id=\"contents\">", out);
    page_put(page, TEXT_contents);
    fputs("</h2>\n<ol>\n", out);
    for (size_t i = 0; i < page->report->sections; i++)
        list_section(page, i);
    list_groups(page, groups);
    failed = each_roof(page, true, err) || each_sweep(page, true, err) ||
             proposal_contents(page, err);
    fputs("<li><a href=\"#records\">", out);
    page_put(page, TEXT_records_title);
    fputs("</a></li>\n</ol></nav>\n", out);
    return failed;
}

static void show_file_notes(const struct page *page,
                            const struct report_file *file)
{
    FILE *out = page->out;

    if (!file->note && !file->bads && !file->foreign)
        return;
    fputs("<p class=\"alert\">", out);
    html_name(out, file->path);
    fputs(": ", out);
    if (file->note) {
        page_put(page, TEXT_n_partial);
        fputs(": ", out);
        page_phrase(page, file->note, HTML_CUT);
        fputs(". ", out);
    }
    if (file->foreign)
        page_say(page, TEXT_n_foreign, file->foreign);
    if (file->bads) {
        fputs(" ", out);
        page_say(page, TEXT_n_bad, file->bads);
        fputs(" ", out);
        page_phrase(page, file->bad, HTML_CUT);
    }
    fputs("</p>\n", out);
}

static void show_notes(const struct page *page, const struct groups *groups)
{
    const struct report *report = page->report;

    for (size_t i = 0; i < report->files; i++)
        show_file_notes(page, &report->file[i]);
    for (size_t i = 0; i < report->skips; i++) {
        fputs("<p class=\"alert\">", page->out);
        page_put(page, TEXT_n_skipped);
        fputs(": ", page->out);
        page_phrase(page, report->skipped[i], HTML_CUT);
        fputs("</p>\n", page->out);
    }
    if (report->left_out) {
        fputs("<p class=\"alert\">", page->out);
        page_say(page, TEXT_n_left_out, report->left_out);
        fputs("</p>\n", page->out);
    }
    if (report->sections > PAGE_PLOTTED)
        say_alert(page, TEXT_plots_left_out, PAGE_PLOTTED);
    if (report->sections > PAGE_FULL)
        say_alert(page, TEXT_plots_fewer, PAGE_FULL + 1);
    if (groups->n > PAGE_STUDIES)
        say_alert(page, TEXT_studies_fewer, PAGE_STUDIES + 1);
    if (!report->sections)
        paragraph(page, "alert", TEXT_n_empty);
    if (report->sections && page->absent)
        paragraph(page, "alert", TEXT_no_gnuplot);
}

/* What pictures do not show, behind the last of them. */
static void show_thinning(const struct page *page)
{
    if (!page->of)
        return;
    fputs("<p class=\"alert\">", page->out);
    page_say(page, TEXT_thinned_page, page->points, page->of,
             points_for(page->report));
    fputs("</p>\n", page->out);
}

/* -- the page ------------------------------------------------------------ */

int page_write(FILE *out, const struct report *report,
               const struct page_options *options, struct err *err)
{
    struct page page = {.out = out,
                        .report = report,
                        .options = options,
                        .absent = !tool_there("gnuplot")};
    struct groups groups;
    int failed =
        curves_groups(report, &groups.section, &groups.size, &groups.n, err);

    if (!failed) {
        show_head(&page);
        failed = show_contents(&page, &groups, err);
        fputs("<main id=\"main\">\n", out);
        show_notes(&page, &groups);
    }
    for (size_t i = 0; i < report->sections && !failed; i++)
        failed = show_section(&page, i, err);
    if (!failed)
        failed = show_groups(&page, &groups, err) ||
                 each_roof(&page, false, err) ||
                 each_sweep(&page, false, err) || proposal_page(&page, err);
    show_thinning(&page);
    page_records(&page);
    fputs("</main>\n</body>\n</html>\n", out);
    free(groups.section);
    free(groups.size);
    return failed;
}
