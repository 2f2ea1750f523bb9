/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report for a terminal: the main figures as text of at most 80 columns,
 * without colour. In a locale that is not UTF-8 figures are plain ASCII.
 *
 * Names from records come out without control characters and cut; columns are
 * counted as a terminal shows them, wide characters as two.
 */
#ifndef DRIVE_RESULTS_REPORT_TERMINAL_H
#define DRIVE_RESULTS_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "results/report/model.h"
#include "results/report/texts.h"

enum { TERMINAL_WIDTH = 80 };

struct terminal {
    FILE *out;
    const struct report *report;
    enum language language;
    bool blocks; /* the terminal shows more than ASCII */
};

/* Everything; fails with EXIT_RESOURCE for want of memory, the stream's errors
 * are the caller's. */
int terminal_write(const struct terminal *, struct err *);

/* ---- for results/report/ and its tests ---- */

/* Columns that a text takes. */
int terminal_columns(const char *text);

/* At most `columns` of it, then spaces up to there; what cannot be shown is
 * "?". "..." marks a cut. */
void terminal_put(const struct terminal *, const char *text, int columns);

/* A paragraph, its further lines behind `indent` spaces; the first one begins
 * at column `at`. */
void terminal_wrap(const struct terminal *, const char *text, int at,
                   int indent);

/* What a record or an error says in English, as far as it can be said in the
 * report's language, as a paragraph. */
void terminal_phrase(const struct terminal *, const char *english, int at,
                     int indent);

/* A pattern of texts.def with its arguments, as a paragraph. */
void terminal_say(const struct terminal *, int indent, enum text, ...);

/* "== TITLE" and what is drawn, one word for each figure. */
void terminal_title(const struct terminal *, enum text);

/* Which of the columns [0, columns) a value falls into, over low to high. */
int terminal_place(double value, double low, double high, int columns);

/*
 * A box plot of ascending x[n] over low to high: the box from the lower to the
 * upper quartile with the median in it, lines to the furthest values within 1.5
 * times the box's length, "o" for values beyond, "<" and ">" for what lies off
 * the axis. Fewer than five values are drawn as they are. out: room for
 * BOX_TEXT; at most BOX_COLUMNS columns.
 */
enum { BOX_COLUMNS = 60, BOX_TEXT = 4 * BOX_COLUMNS };
void terminal_box(const double *x, size_t n, double low, double high,
                  int columns, bool blocks, char out[BOX_TEXT]);

/* The furthest values within 1.5 lengths of the box: the ends of its lines. */
void terminal_fences(const double *x, size_t n, double *low, double *high);

/* Numbers as levels between their least and most, at most `columns` of them:
 * neighbours are averaged. *least and *most are NAN where there is none. */
char *terminal_spark(const double *x, size_t n, int columns, bool blocks,
                     double *least, double *most, char *out);

/* What is not as it should be with the records. */
void terminal_notes(const struct terminal *);

/* Speed-up against workers, smallest tasks. */
int terminal_scaling(const struct terminal *, struct err *);
int terminal_metg(const struct terminal *, struct err *);

#endif
