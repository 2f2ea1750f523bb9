/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sat where: the workers of each executor on the hardware threads that were
 * planned for them. Executors with the same seats share a row.
 */
#include "results/report/html.h"
#include "results/report/page.h"
#include "results/report/seats.h"

enum { STRAYS_SHOWN = 8 };

static void show_head(const struct page *page, const struct seats *seats)
{
    FILE *out = page->out;

    fputs("<tr><th scope=\"col\" class=\"left\">", out);
    page_put(page, TEXT_placement_pu);
    fputs("</th>", out);
    for (int i = 0; i < seats->n; i++)
        fprintf(out, "<th scope=\"col\">%d</th>", seats->seat[i].pu);
    fputs("</tr>\n<tr><th scope=\"row\">", out);
    page_put(page, TEXT_placement_core);
    fputs("</th>", out);
    for (int i = 0; i < seats->n; i++)
        fprintf(out, "<td>%d, %d</td>", seats->seat[i].core,
                seats->seat[i].numa);
    fputs("</tr>\n", out);
}

/* The workers of a seat: "0", "0 2" where they share it. */
static void show_seat(const struct page *page, const struct cell *cell, int pu)
{
    bool first = true;

    fputs("<td>", page->out);
    for (int w = 0; w < cell->workers; w++) {
        if (cell->post[w].planned_pu != pu)
            continue;
        fprintf(page->out, "%s%d", first ? "" : " ", w);
        first = false;
    }
    fputs("</td>", page->out);
}

/* With those behind it that sit alike; they get no row of their own. */
static void show_row(const struct page *page, const struct section *s, int i,
                     const struct seats *seats)
{
    const struct cell *cell = &s->c.cell[i];

    fputs("<tr><th scope=\"row\">", page->out);
    html_name(page->out, cell->executor);
    for (int k = i + 1; k < s->c.cells; k++) {
        if (!seats_alike(cell, &s->c.cell[k]))
            continue;
        fputs(", ", page->out);
        html_name(page->out, s->c.cell[k].executor);
    }
    fputs("</th>", page->out);
    for (int k = 0; k < seats->n; k++)
        show_seat(page, cell, seats->seat[k].pu);
    fputs("</tr>\n", page->out);
}

static void show_strays(const struct page *page, const struct cell *cell)
{
    int shown = 0;

    for (int w = 0; cell->post && w < cell->workers; w++) {
        const struct post *post = &cell->post[w];

        if (post->observed_pu < 0 || post->planned_pu < 0 ||
            post->observed_pu == post->planned_pu || shown++ == STRAYS_SHOWN)
            continue;
        fputs("<p class=\"note\">", page->out);
        html_name(page->out, cell->executor);
        fputs(": ", page->out);
        page_say(page, TEXT_placement_seen, w, post->observed_pu,
                 post->planned_pu);
        fputs("</p>\n", page->out);
    }
}

static void show_map(const struct page *page, const struct section *s,
                     const struct seats *seats)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
          "aria-label=\"",
          page->out);
    page_put(page, TEXT_placement_title);
    fputs("\"><table class=\"map\">\n", page->out);
    show_head(page, seats);
    for (int i = 0; i < s->c.cells; i++) {
        bool before = !s->c.cell[i].post;

        for (int k = 0; k < i; k++)
            before = before || seats_alike(&s->c.cell[k], &s->c.cell[i]);
        if (!before)
            show_row(page, s, i, seats);
    }
    fputs("</table></div>\n<p class=\"note\">", page->out);
    page_put(page, TEXT_placement_caption);
    fputs("</p>\n", page->out);
}

void page_placement(const struct page *page, const struct section *s)
{
    struct seats seats;

    seats_collect(&seats, s);
    if (!seats.n)
        return;
    fputs("<h3>", page->out);
    page_put(page, TEXT_placement_title);
    fputs("</h3>\n", page->out);
    show_map(page, s, &seats);
    if (seats.left) {
        fputs("<p class=\"note\">", page->out);
        page_say(page, TEXT_placement_more, seats.left);
        fputs("</p>\n", page->out);
    }
    for (int i = 0; i < s->c.cells; i++)
        show_strays(page, &s->c.cell[i]);
}
