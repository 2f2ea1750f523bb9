/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/svg.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/svg_pen.h"
#include "results/report/svg_read.h"

/* After Okabe & Ito, darkened so that each has a contrast of 3:1 and more with
 * white; page_style.c has those for the night. */
const char *const svg_palette[8] = {"#0072b2", "#b84c00", "#007a5a", "#a2387c",
                                    "#806000", "#56599e", "#2b7a8c", "#6b4a3a"};

struct drawing {
    FILE *out;
    const char *prefix;
    struct leaves leaves;
    int markers; /* so far */
};

/* -- values -------------------------------------------------------------- */

/* Numbers, words and signs: nothing that ends an attribute or a tag. */
static void write_value(FILE *out, const struct piece *value)
{
    bool gap = false, begun = false;

    for (size_t i = 0; i < value->length; i++) {
        char c = value->at[i];

        if (isspace((unsigned char)c)) {
            gap = begun;
            continue;
        }
        if (!isalnum((unsigned char)c) && !strchr("+-.,()%#", c))
            continue;
        if (gap)
            fputc(' ', out);
        gap = false;
        begun = true;
        fputc(c, out);
    }
}

static void write_piece(FILE *out, const char *name, const struct piece *value)
{
    if (!value->length)
        return;
    fprintf(out, " %s=\"", name);
    write_value(out, value);
    fputc('"', out);
}

static void write_colour(FILE *out, const char *name, int colour)
{
    fprintf(out, " %s=\"", name);
    switch (colour) {
    case COLOUR_FAINT: fputs("var(--faint)\"", out); break;
    case COLOUR_INK: fputs("var(--ink)\"", out); break;
    case COLOUR_PAPER: fputs("var(--paper)\"", out); break;
    case COLOUR_NONE: fputs("none\"", out); break;
    default: fprintf(out, "var(--c%d)\"", colour + 1); break;
    }
}

/* "1.00" is 1, which is so anyway, as svg_write() begins the picture. */
static void write_number(FILE *out, const char *name, const struct piece *p)
{
    double value = p->length ? strtod(p->at, NULL) : 1;

    if (value != 1)
        fprintf(out, " %s=\"%.3g\"", name, value);
}

static void write_style(FILE *out, const struct style *style)
{
    if (style->fill != COLOUR_NONE)
        write_colour(out, "fill", style->fill);
    write_number(out, "fill-opacity", &style->fill_opacity);
    if (style->stroke != COLOUR_INK)
        write_colour(out, "stroke", style->stroke);
    if (style->stroke == COLOUR_NONE)
        return;
    write_number(out, "stroke-width", &style->width);
    write_piece(out, "stroke-dasharray", &style->dash);
    write_number(out, "stroke-opacity", &style->stroke_opacity);
}

static bool same_style(const struct style *a, const struct style *b)
{
    return a->fill == b->fill && a->stroke == b->stroke &&
           piece_same(&a->width, &b->width) && piece_same(&a->dash, &b->dash) &&
           piece_same(&a->fill_opacity, &b->fill_opacity) &&
           piece_same(&a->stroke_opacity, &b->stroke_opacity);
}

/* -- shapes -------------------------------------------------------------- */

/* Filled ones of one colour may lie over each other: they stay apart. */
static bool is_alike(const struct leaf *a, const struct leaf *b)
{
    return b->kind == LEAF_PATH && a->style.fill == COLOUR_NONE &&
           same_style(&a->style, &b->style);
}

/* Grid, tics and labels, which are given one after the other, do not lie over
 * each other in a way that shows. */
static bool is_furniture(const struct leaf *leaf)
{
    return leaf->kind == LEAF_LABEL ||
           (leaf->kind == LEAF_PATH && leaf->style.fill == COLOUR_NONE &&
            leaf->style.stroke == COLOUR_FAINT);
}

typedef bool is_like(const struct leaf *, const struct leaf *);

/* The next one after i that is like `first` and may be drawn with it: with
 * nothing but its like in between, or furniture if it is some; or n. */
static size_t next_alike(const struct drawing *d, size_t first, size_t i,
                         is_like *like)
{
    const struct leaf *leaf = d->leaves.leaf;
    bool furniture = is_furniture(&leaf[first]);

    while (++i < d->leaves.n) {
        if (!leaf[i].done && like(&leaf[first], &leaf[i]))
            return i;
        if (!leaf[i].done && !(furniture && is_furniture(&leaf[i])))
            break;
    }
    return d->leaves.n;
}

static void draw_paths(struct drawing *d, size_t first)
{
    struct leaf *leaf = d->leaves.leaf;
    struct pen pen = {.out = d->out};

    fputs("<path", d->out);
    write_style(d->out, &leaf[first].style);
    fputs(" d=\"", d->out);
    for (size_t i = first; i < d->leaves.n;
         i = next_alike(d, first, i, is_alike)) {
        pen_draw(&pen, &leaf[i].value);
        leaf[i].done = true;
    }
    fputs("\"/>\n", d->out);
}

static void draw_other(struct drawing *d, struct leaf *leaf)
{
    static const char *const geometry[] = {
        "x", "y", "width", "height", "cx", "cy", "r", "x1", "y1", "x2", "y2"};
    struct pen pen = {.out = d->out};

    leaf->done = true;
    if (leaf->value.length) { /* a polygon, or open */
        fputs("<path", d->out);
        write_style(d->out, &leaf->style);
        fputs(" d=\"", d->out);
        pen_draw(&pen, &leaf->value);
        fputs(piece_is(&leaf->name, "polygon") ? "z\"/>\n" : "\"/>\n", d->out);
        return;
    }
    fprintf(d->out, "<%.*s", (int)leaf->name.length, leaf->name.at);
    write_style(d->out, &leaf->style);
    for (size_t k = 0; k < sizeof geometry / sizeof *geometry; k++) {
        const char *at = leaf->attributes.at;
        const char *end = at + leaf->attributes.length;
        struct piece name, value;

        while (piece_attribute(&at, end, &name, &value)) {
            if (piece_is(&name, geometry[k]))
                write_piece(d->out, geometry[k], &value);
        }
    }
    fputs("/>\n", d->out);
}

/* -- marks --------------------------------------------------------------- */

/* The forms of gnuplot's svg terminal, a pixel large from the middle. */
static const struct {
    const char *d;
    bool filled;
} forms[] = {
    {"M-1 0h2M0-1v2", false},
    {"M-1-1L1 1M1-1L-1 1", false},
    {"M-1 0h2M0-1v2M-1-1L1 1M-1 1L1-1", false},
    {"M-1-1h2v2h-2z", false},
    {"M-1-1h2v2h-2z", true},
    {"M-1 0a1 1 0 0 0 2 0a1 1 0 0 0-2 0z", false},
    {"M-1 0a1 1 0 0 0 2 0a1 1 0 0 0-2 0z", true},
    {"M0-1.33L-1.33.67H1.33z", false},
    {"M0-1.33L-1.33.67H1.33z", true},
    {"M0 1.33L1.33-.67H-1.33z", false},
    {"M0 1.33L1.33-.67H-1.33z", true},
    {"M0-1.41L1.41 0 0 1.41-1.41 0z", false},
    {"M0-1.41L1.41 0 0 1.41-1.41 0z", true},
    {"M0 1.33L1.27.41.78-1.07H-.78L-1.27.41z", false},
    {"M0 1.33L1.27.41.78-1.07H-.78L-1.27.41z", true},
};
enum { FORMS = sizeof forms / sizeof *forms };

/* "translate(107.09,90.77) scale(3.67)" */
static bool read_place(const struct piece *transform, double place[3])
{
    char text[96];

    snprintf(text, sizeof text, "%.*s",
             (int)(transform->length < 95 ? transform->length : 95),
             transform->at);
    place[2] = 1;
    return sscanf(text, "translate(%lf,%lf) scale(%lf)", place, place + 1,
                  place + 2) >= 2 &&
           fabs(place[0]) < 1e6 && fabs(place[1]) < 1e6 && place[2] > 0 &&
           place[2] < 1e3;
}

static bool is_same_mark(const struct leaf *a, const struct leaf *b)
{
    double p[3], q[3];

    return b->kind == LEAF_MARK && a->marker == b->marker &&
           a->style.colour == b->style.colour && read_place(&a->transform, p) &&
           read_place(&b->transform, q) && p[2] == q[2];
}

/* A mark that was seen before has its definition already. */
static int find_marker(const struct drawing *d, size_t first)
{
    const struct leaf *leaf = d->leaves.leaf;
    int found = -1;

    for (size_t i = 0; i < first && found < 0; i++) {
        if (leaf[i].done && leaf[i].kind == LEAF_MARK &&
            is_same_mark(&leaf[first], &leaf[i]))
            found = leaf[i].marker_id;
    }
    return found;
}

static int define_marker(struct drawing *d, const struct leaf *leaf,
                         double scale)
{
    int form = leaf->marker < FORMS ? leaf->marker : 0;

    fprintf(d->out,
            "<marker id=\"%s%d\" overflow=\"visible\" "
            "markerUnits=\"userSpaceOnUse\"><path transform=\"scale(%.3g)\"",
            d->prefix, d->markers, scale);
    if (forms[form].filled)
        fputs(" stroke=\"none\"", d->out);
    else
        fputs(" stroke-width=\".25\"", d->out);
    write_colour(d->out, forms[form].filled ? "fill" : "stroke",
                 leaf->style.colour);
    fprintf(d->out, " d=\"%s\"/></marker>\n", forms[form].d);
    return d->markers++;
}

/* Marks are the corners of a path that is not drawn itself. */
static void draw_marks(struct drawing *d, size_t first)
{
    struct leaf *leaf = d->leaves.leaf;
    struct pen pen = {.out = d->out};
    int id = find_marker(d, first);
    double place[3];

    leaf[first].done = true;
    if (!read_place(&leaf[first].transform, place))
        return;
    if (id < 0)
        id = define_marker(d, &leaf[first], place[2]);
    fprintf(d->out, "<path stroke=\"none\" style=\"marker:url(#%s%d)\" d=\"",
            d->prefix, id);
    for (size_t i = first; i < d->leaves.n;
         i = next_alike(d, first, i, is_same_mark)) {
        long x, y;

        leaf[i].done = true;
        leaf[i].marker_id = id;
        read_place(&leaf[i].transform, place);
        x = lround(10 * place[0]);
        y = lround(10 * place[1]);
        if (i == first) {
            pen_move(&pen, x, y);
            pen_settle(&pen);
        } else {
            pen_corner(&pen, (struct corner){x, y});
        }
    }
    fputs("\"/>\n", d->out);
}

/* -- labels -------------------------------------------------------------- */

static bool is_beside(const struct leaf *a, const struct leaf *b)
{
    return b->kind == LEAF_LABEL && piece_same(&a->anchor, &b->anchor);
}

static void draw_label(struct drawing *d, struct leaf *leaf)
{
    double place[3];

    leaf->done = true;
    fputs("<text", d->out);
    if (leaf->transform.length && read_place(&leaf->transform, place) &&
        !memchr(leaf->transform.at, ' ', leaf->transform.length))
        fprintf(d->out, " x=\"%.0f\" y=\"%.0f\"", place[0], place[1]);
    else
        write_piece(d->out, "transform", &leaf->transform);
    fprintf(d->out, ">%.*s</text>", (int)leaf->value.length, leaf->value.at);
}

static void draw_labels(struct drawing *d, size_t first)
{
    struct leaf *leaf = d->leaves.leaf;
    bool grouped =
        leaf[first].anchor.length && !piece_is(&leaf[first].anchor, "start");

    if (grouped) {
        fputs("<g", d->out);
        write_piece(d->out, "text-anchor", &leaf[first].anchor);
        fputc('>', d->out);
    }
    for (size_t i = first; i < d->leaves.n;
         i = next_alike(d, first, i, is_beside))
        draw_label(d, &leaf[i]);
    fputs(grouped ? "</g>\n" : "\n", d->out);
}

/* -- the picture --------------------------------------------------------- */

bool svg_whole(const char *text)
{
    const char *begin = text ? strstr(text, "<svg") : NULL;

    return begin && strstr(begin, "</svg>") && strstr(begin, "viewBox=\"");
}

static void write_head(FILE *out, const char *svg, const char *head)
{
    const char *box = strstr(svg, "viewBox=\"");
    size_t length = strspn(box += strlen("viewBox=\""), "0123456789. -");

    fprintf(out,
            "<svg viewBox=\"%.*s\" %s fill=\"none\" stroke=\"var(--ink)\">\n",
            (int)length, box, head);
}

int svg_write(FILE *out, const char *text, const char *prefix, const char *head)
{
    struct drawing d = {.out = out, .prefix = prefix};
    int failed = svg_read(text, &d.leaves);

    if (!failed)
        write_head(out, strstr(text, "<svg"), head);
    for (size_t i = 0; i < d.leaves.n && !failed; i++) {
        struct leaf *leaf = &d.leaves.leaf[i];

        if (leaf->done)
            continue;
        switch (leaf->kind) {
        case LEAF_PATH: draw_paths(&d, i); break;
        case LEAF_MARK: draw_marks(&d, i); break;
        case LEAF_LABEL: draw_labels(&d, i); break;
        case LEAF_OTHER: draw_other(&d, leaf); break;
        }
    }
    if (!failed)
        fputs("</svg>\n", out);
    free(d.leaves.leaf);
    return failed;
}
