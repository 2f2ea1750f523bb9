/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a picture of gnuplot's: which shapes and labels it has, in the order in
 * which they are drawn, each with all that groups say of it. Only what draws
 * is taken. For results/report/svg*.c only.
 */
#ifndef DRIVE_RESULTS_REPORT_SVG_READ_H
#define DRIVE_RESULTS_REPORT_SVG_READ_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of the text that was read. */
struct piece {
    const char *at;
    size_t length;
};

/* Colours as the page has them: 0 to 7 are svg_palette's. */
enum { COLOUR_FAINT = 8, COLOUR_INK, COLOUR_PAPER, COLOUR_NONE };

struct style {
    int fill, stroke, colour; /* the last is what "currentColor" means */
    struct piece width, dash, fill_opacity, stroke_opacity;
};

/* A curve, a mark or a label. Other shapes have attributes of their own. */
enum leaf_kind { LEAF_PATH, LEAF_MARK, LEAF_LABEL, LEAF_OTHER };

struct leaf {
    enum leaf_kind kind;
    struct style style;
    struct piece name, value; /* element; "d", or what a label says */
    struct piece transform, anchor;
    struct piece attributes; /* all of LEAF_OTHER */
    int marker;              /* gnuplot's form of LEAF_MARK */
    bool done;               /* for the writer: it is drawn, */
    int marker_id;           /* by this of its markers */
};

struct leaves {
    struct leaf *leaf; /* owned */
    size_t n, room;
};

/* From <svg on; -1: no memory. */
int svg_read(const char *text, struct leaves *);

bool piece_is(const struct piece *, const char *word);
bool piece_same(const struct piece *, const struct piece *);
/* The next NAME='VALUE'; false: there is no more. */
bool piece_attribute(const char **at, const char *end, struct piece *name,
                     struct piece *value);

#endif
