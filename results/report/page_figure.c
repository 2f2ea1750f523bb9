/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A figure of the page: the picture that gnuplot makes or why there is none,
 * its caption, and its numbers as a table.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/tool.h"
#include "results/report/html.h"
#include "results/report/page.h"
#include "results/report/plot.h"

enum { ID_ROOM = 96, TOLD = 1200 };

/* Without its start-up files, from its standard input. */
static char *const gnuplot[] = {"gnuplot", "-d", "-", NULL};

/* One of them, with its numbers. */
struct figure {
    struct page *page;
    const struct plot *plot;
    const struct view *view;
    const struct plot_data *data;
    const char *id;
};

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for a picture");
}

/* -- scripts and data ---------------------------------------------------- */

/* What one of the writers prints, as a text. */
static char *make_script(const struct figure *f, const char *data)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    plot_script(out, f->plot, f->view, f->data, data);
    return fclose(out) ? (free(text), NULL) : text;
}

static char *make_data(const struct figure *f)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    plot_data_write(out, f->data);
    return fclose(out) ? (free(text), NULL) : text;
}

static int leave_file(const struct figure *f, const char *name,
                      const char *ending, const char *text, struct err *err)
{
    const char *folder = f->page->options->plots;
    char *path;
    FILE *out;
    int failed;

    if (asprintf(&path, "%s/%s%s", folder, name, ending) < 0)
        return no_memory(err);
    out = fopen(path, "wxe");
    if (!out) {
        err_errno(err, EXIT_USAGE, "cannot create '%s'", path);
        free(path);
        return -1;
    }
    fputs(text, out);
    failed = ferror(out);
    if (fclose(out) || failed)
        failed = err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
    free(path);
    return failed ? -1 : 0;
}

/* ID.gp, which reads ID.dat beside it. */
static int leave_files(const struct figure *f, const char *data,
                       struct err *err)
{
    char name[ID_ROOM], *script;
    int failed;

    snprintf(name, sizeof name, "%s.dat", f->id);
    script = make_script(f, name);
    if (!script)
        return no_memory(err);
    failed = leave_file(f, f->id, ".gp", script, err) ||
             leave_file(f, f->id, ".dat", data, err);
    free(script);
    return failed ? -1 : 0;
}

/* -- the picture --------------------------------------------------------- */

static void say_said(const struct page *page, const char *said)
{
    fputs("<pre>", page->out);
    page_english(page, *said ? said : "-", HTML_LONG);
    fputs("</pre>\n", page->out);
}

static int show_svg(const struct figure *f, const char *svg, struct err *err)
{
    FILE *out = f->page->out;
    char prefix[ID_ROOM], head[4 * ID_ROOM];

    snprintf(prefix, sizeof prefix, "p%zum", ++f->page->pictures);
    snprintf(head, sizeof head, "role=\"img\" aria-labelledby=\"%s-t %s-d\"",
             f->id, f->id);
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
            "aria-labelledby=\"%s-t\">",
            f->id);
    if (svg_write(out, svg, prefix, head))
        return no_memory(err);
    fputs("</div>\n", out);
    return 0;
}

static int show_result(const struct figure *f, const struct tool_result *r,
                       struct err *err)
{
    struct page *page = f->page;
    FILE *out = page->out;

    if (r->end == TOOL_DONE && svg_whole(r->out))
        return show_svg(f, r->out, err);
    fputs("<p class=\"alert\">", out);
    switch (r->end) {
    case TOOL_ABSENT:
        page->absent = true;
        page_put(page, TEXT_no_picture);
        break;
    case TOOL_FAILED: page_say(page, TEXT_plot_failed, r->status); break;
    case TOOL_HUNG:
        page->hung = true;
        page_say(page, TEXT_plot_hung, page->options->limit_s);
        break;
    case TOOL_DONE: page_put(page, TEXT_plot_no_svg); break;
    }
    fputs("</p>\n", out);
    if (r->end != TOOL_ABSENT)
        say_said(page, r->said);
    return 0;
}

static int show_picture(const struct figure *f, struct err *err)
{
    struct page *page = f->page;
    char *data = make_data(f), *script = make_script(f, TOOL_DATA);
    struct tool_result result = {.out = NULL};
    int failed = data && script ? 0 : no_memory(err);

    if (!failed && page->options->plots)
        failed = leave_files(f, data, err);
    if (!failed && page->hung) {
        fputs("<p class=\"alert\">", page->out);
        page_put(page, TEXT_plot_not_tried);
        fputs("</p>\n", page->out);
    } else if (!failed) {
        failed = tool_run(gnuplot, script, data, page->options->limit_s,
                          &result, err);
        if (!failed)
            failed = show_result(f, &result, err);
    }
    free(result.out);
    free(script);
    free(data);
    return failed;
}

/* -- the table ----------------------------------------------------------- */

static void show_number(FILE *out, double x)
{
    if (isnan(x))
        fputs("<td>-</td>", out);
    else
        fprintf(out, "<td>%.5g</td>", x);
}

/* The name stands once, beside all rows of it. */
static void show_series(const struct figure *f, const struct plot_series *s)
{
    const struct plot_data *d = f->data;
    FILE *out = f->page->out;

    if (s->n) {
        fprintf(out, "<tr><th scope=\"rowgroup\" rowspan=\"%zu\">", s->n);
        html_name(out, s->name);
        fputs("</th>", out);
    }
    for (size_t i = 0; i < s->n; i++) {
        if (i)
            fputs("<tr>", out);
        for (int k = 0; k < d->columns; k++)
            show_number(
                out, d->value[(s->first + i) * (size_t)d->columns + (size_t)k]);
        fputs("</tr>\n", out);
    }
}

static void show_table(const struct figure *f)
{
    const struct plot_data *d = f->data;
    FILE *out = f->page->out;

    fprintf(out, "<details%s><summary>", f->page->absent ? " open" : "");
    page_put(f->page, TEXT_numbers);
    fputs("</summary><div class=\"scroll tall\" tabindex=\"0\" role=\"group\" "
          "aria-label=\"",
          out);
    html_text(out, page_text(f->page, f->plot->title));
    fputs("\"><table><tr><th scope=\"col\">", out);
    page_put(f->page, TEXT_series);
    fputs("</th>", out);
    for (int k = 0; k < d->columns; k++) {
        fputs("<th scope=\"col\">", out);
        html_text(out, d->heading[k]);
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    for (size_t s = 0; s < d->all; s++)
        show_series(f, &d->series[s]);
    fputs("</table></div></details>\n", out);
}

/* What a reader who does not see the picture is told. */
static void show_alt(const struct figure *f)
{
    FILE *out = f->page->out;

    fprintf(out, "<p hidden id=\"%s-d\">", f->id);
    page_put(f->page, f->plot->alt);
    for (size_t s = 0; s < f->data->all; s++) {
        fputs(s ? ", " : " ", out);
        html_text(out, f->data->series[s].name);
    }
    fputs("</p>\n", out);
}

/* The page's notes have the sum. */
static void show_caption(const struct figure *f)
{
    const struct plot_data *d = f->data;
    FILE *out = f->page->out;

    fputs("<figcaption>", out);
    page_put(f->page, f->plot->caption);
    if (f->plot->tell) {
        char more[TOLD] = "";

        f->plot->tell(f->view, more, sizeof more);
        fputs(*more ? " " : "", out);
        html_long(out, more, sizeof more);
    }
    if (d->of > d->rows) {
        fputs(" ", out);
        page_say(f->page, TEXT_thinned, d->rows, d->of);
        f->page->points += d->rows;
        f->page->of += d->of;
    }
    fputs("</figcaption>\n", out);
}

int page_figure(struct page *page, const struct plot *plot,
                const struct view *view, const char *id, struct err *err)
{
    struct plot_data data = {.columns = 0};
    struct figure f = {page, plot, view, &data, id};
    int failed = plot->fill(view, &data, err);

    if (!failed) {
        fprintf(page->out, "<figure id=\"%s\"><h3 id=\"%s-t\">", id, id);
        page_put(page, plot->title);
        fputs("</h3>\n", page->out);
        failed = show_picture(&f, err);
        show_alt(&f);
        show_caption(&f);
        show_table(&f);
        fputs("</figure>\n", page->out);
    }
    plot_free(&data);
    return failed;
}
