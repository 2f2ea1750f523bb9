/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as one page of HTML that needs nothing but itself: pictures are
 * part of it, there is no script, and nothing is asked of any network.
 *
 * What cannot be drawn is told on the page; all numbers stand in tables as
 * well.
 */
#ifndef DRIVE_RESULTS_REPORT_PAGE_H
#define DRIVE_RESULTS_REPORT_PAGE_H

#include <stdio.h>

#include "results/report/model.h"
#include "results/report/texts.h"

/* Pictures are drawn of so many comparisons at most. */
enum { PAGE_PLOTTED = 16 };

/* All of theirs; of those behind it only the first. The same of studies. */
enum { PAGE_FULL = 8, PAGE_STUDIES = 4 };

struct page_options {
    enum language language;
    const char *version; /* of this program */
    const char *plots;   /* folder for scripts and data; NULL: none */
    double limit_s;      /* of gnuplot, a picture */
};

/* Fails with EXIT_USAGE when the folder cannot be written to, with
 * EXIT_RESOURCE for want of memory; the stream's errors are the caller's. */
int page_write(FILE *, const struct report *, const struct page_options *,
               struct err *);

/* ---- for results/report/ ---- */

struct page {
    FILE *out;
    const struct report *report;
    const struct page_options *options;
    size_t pictures;   /* so far */
    size_t points, of; /* of the pictures that do not show all */
    bool absent, hung; /* gnuplot: not there; stopped once */
};

const char *page_text(const struct page *, enum text);
/* Writes it; page_say() a pattern with its arguments. */
void page_put(const struct page *, enum text);
void page_say(const struct page *, enum text, ...);

/* What a record or an error says in English, as far as it can be said in the
 * page's language, cut at so many characters; the rest, or all of what is
 * never translated, is marked as English. */
void page_phrase(const struct page *, const char *english, size_t most);
void page_english(const struct page *, const char *text, size_t most);

void page_style(FILE *);

/* The parts of a comparison; number counts from 1. */
void page_heading(const struct page *, const struct section *);
const char *page_verdict(const struct page *, const struct section *);
void page_badges(const struct page *, const struct section *);
void page_tables_first(const struct page *, const struct section *);
void page_tables_last(const struct page *, const struct section *);
void page_placement(const struct page *, const struct section *);
void page_records(const struct page *);

struct plot;
struct view;
/* One figure with its table, if the plot applies. */
int page_figure(struct page *, const struct plot *, const struct view *,
                const char *id, struct err *);

#endif
