/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the numbers of the page come from: each record with its command, its
 * hash, its environment, and how to cite it.
 */
#include <string.h>

#include "results/report/html.h"
#include "results/report/page.h"
#include "results/report/phrases.h"
#include "results/verdict/facts.h"

static void row(const struct page *page, enum text name, const char *value)
{
    fputs("<tr><th scope=\"row\">", page->out);
    page_put(page, name);
    fputs("</th><td>", page->out);
    html_long(page->out, *value ? value : page_text(page, TEXT_not_known),
              HTML_LONG);
    fputs("</td></tr>\n", page->out);
}

static void show_origin(const struct page *page, const struct report_file *file)
{
    char text[256];

    fputs("<table class=\"facts\">", page->out);
    row(page, TEXT_f_record, file->path);
    row(page, TEXT_e_command, file->command_line);
    row(page, TEXT_e_start, file->start);
    row(page, TEXT_e_host, file->host);
    row(page, TEXT_e_id, file->id);
    snprintf(text, sizeof text, "%.100s (%.100s)", file->version, file->commit);
    row(page, TEXT_e_build, text);
    snprintf(text, sizeof text, "%zu, %zu", file->lines, file->trials);
    row(page, TEXT_e_lines, text);
    row(page, TEXT_e_sha, file->sha256);
    fputs("</table>\n", page->out);
}

/* With what it is called in the page's language before it. */
static void show_name(const struct page *page, const char *name)
{
    const char *called = phrase_fact(name, page->options->language);

    if (!called) {
        html_name(page->out, name);
        return;
    }
    html_text(page->out, called);
    fputs(" <code>", page->out);
    html_text(page->out, name);
    fputs("</code>", page->out);
}

static void show_facts(const struct page *page, const struct report_file *file)
{
    fputs("<details open><summary>", page->out);
    page_put(page, TEXT_e_environment);
    fputs("</summary><div class=\"scroll tall\" tabindex=\"0\" role=\"group\" "
          "aria-label=\"",
          page->out);
    page_put(page, TEXT_e_environment);
    fputs("\"><table class=\"facts\">", page->out);
    for (size_t i = 0; i < file->facts; i++) {
        const struct fact *fact = &file->fact[i];

        fputs("<tr><th scope=\"row\">", page->out);
        show_name(page, fact->name);
        fputs("</th><td>", page->out);
        html_long(
            page->out,
            phrase_value(fact->name, fact->value, page->options->language),
            2 * HTML_CUT);
        fputs("</td></tr>\n", page->out);
    }
    fputs("</table></div></details>\n", page->out);
}

static void show_citation(const struct page *page,
                          const struct report_file *file)
{
    fputs("<h4>", page->out);
    page_put(page, TEXT_cite_title);
    fputs("</h4>\n<p>", page->out);
    page_say(page, TEXT_cite_text, file->version, file->commit, file->id,
             file->host, file->start, file->sha256);
    fputs("</p>\n", page->out);
}

void page_records(const struct page *page)
{
    const struct report *report = page->report;

    fputs("<section id=\"records\"><h2>", page->out);
    page_put(page, TEXT_records_title);
    fputs("</h2>\n", page->out);
    for (size_t i = 0; i < report->files; i++) {
        fprintf(page->out, "<h3 id=\"r%zu\">", i + 1);
        html_name(page->out, report->file[i].path);
        fputs("</h3>\n", page->out);
        show_origin(page, &report->file[i]);
        show_facts(page, &report->file[i]);
        show_citation(page, &report->file[i]);
    }
    fputs("</section>\n", page->out);
}
