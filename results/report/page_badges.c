/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What speaks for and against a comparison, each in a few words.
 */
#include "results/report/page.h"

/* How it is told beside its colour. */
static const struct {
    const char *kind, *sign;
} grades[] = {{"good", "\u2713"}, {"warn", "!"}, {"bad", "\u2717"}};

enum grade { GOOD, WARN, BAD };

static void begin(const struct page *page, enum grade grade)
{
    fprintf(page->out, "<li class=\"%s\"><b aria-hidden=\"true\">%s</b> ",
            grades[grade].kind, grades[grade].sign);
}

static void end(const struct page *page)
{
    fputs("</li>\n", page->out);
}

static void badge(const struct page *page, enum grade grade, enum text text)
{
    begin(page, grade);
    page_put(page, text);
    end(page);
}

static void counts(const struct page *page, enum grade grade, enum text text,
                   size_t some, size_t of)
{
    begin(page, grade);
    page_say(page, text, some, of);
    end(page);
}

static void badge_results(const struct page *page, const struct section *s)
{
    size_t verified = 0, wrong = 0;

    for (int i = 0; i < s->c.cells; i++) {
        verified += s->j.cell[i].verified;
        wrong += s->j.cell[i].wrong;
    }
    if (wrong)
        counts(page, BAD, TEXT_b_wrong, wrong, verified + wrong);
    else if (verified)
        counts(page, GOOD, TEXT_b_verified, verified, verified);
    else
        badge(page, BAD, TEXT_b_nothing);
}

static void badge_places(const struct page *page, const struct section *s)
{
    bool pinned = true, moved = false, ran = false;

    for (int i = 0; i < s->c.cells; i++) {
        if (!s->track[i].trials)
            continue;
        ran = true;
        pinned = pinned && s->c.cell[i].pinned;
        moved = moved || s->j.cell[i].migrations;
    }
    if (s->c.crowded)
        badge(page, WARN, TEXT_b_crowded);
    if (ran)
        badge(page, pinned && !moved ? GOOD : WARN,
              !pinned ? TEXT_b_unpinned
              : moved ? TEXT_b_moved
                      : TEXT_b_pinned);
}

static void badge_calm(const struct page *page, const struct section *s)
{
    size_t disturbed = 0, trials = 0;

    for (int i = 0; i < s->c.cells; i++) {
        disturbed += s->track[i].disturbed;
        trials += s->track[i].trials;
    }
    if (disturbed)
        counts(page, WARN, TEXT_b_disturbed, disturbed, trials);
    else if (trials)
        badge(page, GOOD, TEXT_b_calm);
}

static void badge_precision(const struct page *page, const struct section *s)
{
    if (s->cut)
        return; /* its summary is what would tell */
    if (s->c.widest < 0) {
        badge(page, WARN, TEXT_b_no_interval);
    } else if (s->c.widest <= s->c.precision) {
        badge(page, GOOD, TEXT_b_precise);
    } else {
        begin(page, WARN);
        page_say(page, TEXT_b_imprecise, 100 * s->c.widest,
                 100 * s->c.precision);
        end(page);
    }
}

static void badge_record(const struct page *page, const struct section *s)
{
    const struct report_file *file = &page->report->file[s->file];

    if (s->cut)
        badge(page, WARN, TEXT_b_cut);
    if (file->bads)
        counts(page, WARN, TEXT_b_bad, file->bads, 0);
    badge(page,
          file->seal == SEAL_FITS   ? GOOD
          : file->seal == SEAL_NONE ? WARN
                                    : BAD,
          file->seal == SEAL_FITS   ? TEXT_b_seal
          : file->seal == SEAL_NONE ? TEXT_b_unsealed
                                    : TEXT_b_broken);
    if (s->stride > 1) {
        begin(page, WARN);
        page_say(page, TEXT_b_thinned, s->stride, s->kept, s->trials);
        end(page);
    }
}

void page_badges(const struct page *page, const struct section *s)
{
    fputs("<ul class=\"badges\" aria-label=\"", page->out);
    page_put(page, TEXT_validity);
    fputs("\">\n", page->out);
    badge_results(page, s);
    badge_places(page, s);
    badge_calm(page, s);
    badge_precision(page, s);
    if (s->warnings)
        counts(page, WARN, TEXT_b_warnings, s->warnings, 0);
    badge_record(page, s);
    fputs("</ul>\n", page->out);
}
