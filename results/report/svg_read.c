/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/svg_read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/svg.h"

enum { DEPTH_MAX = 64, MARKER_NAME = 4 /* "gpPt" */ };

/* -- tags ---------------------------------------------------------------- */

struct tag {
    struct piece name;
    const char *attributes, *end; /* behind the name; at '>' or "/>" */
    const char *behind;
    bool closes, alone;
};

bool piece_is(const struct piece *p, const char *word)
{
    return strlen(word) == p->length && memcmp(p->at, word, p->length) == 0;
}

bool piece_same(const struct piece *a, const struct piece *b)
{
    return a->length == b->length &&
           (!a->length || memcmp(a->at, b->at, a->length) == 0);
}

static bool is_one_of(const struct piece *p, const char *const *word)
{
    for (; *word; word++) {
        if (piece_is(p, *word))
            return true;
    }
    return false;
}

/* The tag that begins at '<'; false: there is no end to it. */
static bool read_tag(const char *at, struct tag *tag)
{
    const char *close = strchr(at, '>');

    if (!close)
        return false;
    tag->closes = at[1] == '/';
    tag->name.at = at + 1 + tag->closes;
    tag->name.length = strcspn(tag->name.at, " \t\r\n/>");
    tag->attributes = tag->name.at + tag->name.length;
    tag->alone = close[-1] == '/' && !tag->closes;
    tag->end = close - tag->alone;
    if (tag->attributes > tag->end)
        tag->attributes = tag->end;
    tag->behind = close + 1;
    return true;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && isspace((unsigned char)*at))
        at++;
    return at;
}

bool piece_attribute(const char **at, const char *end, struct piece *name,
                     struct piece *value)
{
    const char *p = skip_space(*at, end), *close;

    name->at = p;
    while (p < end && *p != '=' && !isspace((unsigned char)*p))
        p++;
    name->length = (size_t)(p - name->at);
    p = skip_space(p, end);
    if (p >= end || *p != '=')
        return false;
    p = skip_space(p + 1, end);
    if (p >= end || (*p != '\'' && *p != '"'))
        return false;
    close = memchr(p + 1, *p, (size_t)(end - p - 1));
    if (!close)
        return false;
    *value = (struct piece){p + 1, (size_t)(close - p - 1)};
    *at = close + 1;
    return true;
}

/* -- styles -------------------------------------------------------------- */

/* "rgb( 0, 114, 178)"; any name is black. */
static int read_colour(const struct piece *value, int current)
{
    unsigned r, g, b, all = 0;
    char text[32];

    if (piece_is(value, "none"))
        return COLOUR_NONE;
    if (piece_is(value, "currentColor"))
        return current;
    if (piece_is(value, "white"))
        return COLOUR_PAPER;
    snprintf(text, sizeof text, "%.*s",
             (int)(value->length < 31 ? value->length : 31), value->at);
    if (sscanf(text, "rgb(%u,%u,%u)", &r, &g, &b) == 3)
        all = r << 16 | g << 8 | b;
    for (int i = 0; i < COLOUR_FAINT; i++) {
        if (strtoul(&svg_palette[i][1], NULL, 16) == all)
            return i;
    }
    return all == strtoul(&FAINT[1], NULL, 16) ? COLOUR_FAINT
           : all == 0xffffff                   ? COLOUR_PAPER
                                               : COLOUR_INK;
}

/* What is said later of an element holds, so "color" is looked at first. */
static void read_style(const struct tag *tag, struct style *style)
{
    struct piece name, value;
    const char *at = tag->attributes;

    while (piece_attribute(&at, tag->end, &name, &value)) {
        if (piece_is(&name, "color"))
            style->colour = read_colour(&value, style->colour);
    }
    at = tag->attributes;
    while (piece_attribute(&at, tag->end, &name, &value)) {
        if (piece_is(&name, "fill"))
            style->fill = read_colour(&value, style->colour);
        else if (piece_is(&name, "stroke"))
            style->stroke = read_colour(&value, style->colour);
        else if (piece_is(&name, "stroke-width"))
            style->width = value;
        else if (piece_is(&name, "stroke-dasharray"))
            style->dash = value;
        else if (piece_is(&name, "fill-opacity"))
            style->fill_opacity = value;
        else if (piece_is(&name, "stroke-opacity"))
            style->stroke_opacity = value;
    }
}

/* -- leaves -------------------------------------------------------------- */

struct group {
    struct style style;
    struct piece transform, anchor;
};

struct reading {
    struct leaves *leaves;
    struct group group[DEPTH_MAX];
    int depth;   /* the innermost; deeper ones are as that */
    int deeper;  /* so many */
    int skipped; /* inside what is left out, so deep */
    bool full;   /* no memory */
};

static struct leaf *add_leaf(struct reading *r, enum leaf_kind kind,
                             const struct tag *tag)
{
    struct leaves *l = r->leaves;

    if (l->n == l->room) {
        size_t room = 2 * l->room + 256;
        struct leaf *grown = realloc(l->leaf, room * sizeof *grown);

        if (!grown) {
            r->full = true;
            return NULL;
        }
        l->leaf = grown;
        l->room = room;
    }
    l->leaf[l->n] = (struct leaf){
        .kind = kind, .style = r->group[r->depth].style, .name = tag->name};
    return &l->leaf[l->n++];
}

static void take_group(struct reading *r, const struct tag *tag)
{
    const char *at = tag->attributes;
    struct piece name, value;
    struct group *own;

    if (tag->closes) {
        if (r->deeper)
            r->deeper--;
        else
            r->depth -= r->depth > 0;
        return;
    }
    if (r->depth == DEPTH_MAX - 1) {
        r->deeper++;
        return;
    }
    own = &r->group[++r->depth];
    *own = own[-1];
    read_style(tag, &own->style);
    while (piece_attribute(&at, tag->end, &name, &value)) {
        if (piece_is(&name, "transform"))
            own->transform = value;
        else if (piece_is(&name, "text-anchor"))
            own->anchor = value;
    }
}

/* Its number, or -1: it is none of gnuplot's. */
static int read_marker(const struct piece *value)
{
    static const char begin[] = "#gpPt";
    size_t length = sizeof begin - 1;

    if (value->length <= length || memcmp(value->at, begin, length) != 0)
        return -1;
    return (int)strtol(value->at + length, NULL, 10);
}

static void take_mark(struct reading *r, const struct tag *tag)
{
    const char *at = tag->attributes;
    struct piece name, value;
    struct leaf *leaf;
    int marker = -1;

    while (piece_attribute(&at, tag->end, &name, &value)) {
        if (piece_is(&name, "xlink:href") || piece_is(&name, "href"))
            marker = read_marker(&value);
    }
    leaf = marker < 0 ? NULL : add_leaf(r, LEAF_MARK, tag);
    if (!leaf)
        return;
    leaf->marker = marker;
    read_style(tag, &leaf->style);
    at = tag->attributes;
    while (piece_attribute(&at, tag->end, &name, &value)) {
        if (piece_is(&name, "transform"))
            leaf->transform = value;
    }
}

static void take_shape(struct reading *r, const struct tag *tag)
{
    const char *at = tag->attributes;
    struct piece name, value;
    bool path = piece_is(&tag->name, "path");
    struct leaf *leaf = add_leaf(r, path ? LEAF_PATH : LEAF_OTHER, tag);

    if (!leaf)
        return;
    read_style(tag, &leaf->style);
    leaf->attributes = (struct piece){at, (size_t)(tag->end - tag->attributes)};
    while (piece_attribute(&at, tag->end, &name, &value)) {
        if (piece_is(&name, "d") || piece_is(&name, "points"))
            leaf->value = value;
    }
    /* the background, and other shapes that show nothing */
    if (leaf->style.fill == COLOUR_NONE &&
        (leaf->style.stroke == COLOUR_NONE || piece_is(&tag->name, "rect")))
        r->leaves->n--;
}

/* Up to the next '<': gnuplot has escaped it. */
static void take_label(struct reading *r, const struct tag *tag)
{
    const struct group *group = &r->group[r->depth];
    struct leaf *leaf = add_leaf(r, LEAF_LABEL, tag);
    const char *end = tag->behind + strcspn(tag->behind, "<");
    const char *begin = skip_space(tag->behind, end);

    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    if (!leaf)
        return;
    leaf->value = (struct piece){begin, (size_t)(end - begin)};
    leaf->transform = group->transform;
    leaf->anchor = group->anchor;
}

static void take_tag(struct reading *r, const struct tag *tag)
{
    static const char *const left_out[] = {"title",   "desc",   "style",
                                           "script",  "filter", "metadata",
                                           "pattern", "defs",   NULL};
    static const char *const shapes[] = {
        "path", "polygon", "polyline", "circle", "rect", "line", NULL};

    if (is_one_of(&tag->name, left_out)) {
        r->skipped += tag->alone ? 0 : tag->closes ? -1 : 1;
        r->skipped = r->skipped < 0 ? 0 : r->skipped;
    } else if (r->skipped) {
        return;
    } else if (piece_is(&tag->name, "g") && !tag->alone) {
        take_group(r, tag);
    } else if (tag->closes) {
        return;
    } else if (piece_is(&tag->name, "use")) {
        take_mark(r, tag);
    } else if (is_one_of(&tag->name, shapes)) {
        take_shape(r, tag);
    } else if (piece_is(&tag->name, "text") && !tag->alone) {
        take_label(r, tag);
    }
}

int svg_read(const char *text, struct leaves *leaves)
{
    struct reading *r = calloc(1, sizeof *r);
    const char *at = strstr(text, "<svg") + 1;
    struct tag tag;
    bool full;

    *leaves = (struct leaves){.leaf = NULL};
    if (!r)
        return -1;
    r->leaves = leaves;
    r->group[0].style = (struct style){
        .fill = COLOUR_NONE, .stroke = COLOUR_INK, .colour = COLOUR_INK};
    while (!r->full && (at = strchr(at, '<')) && read_tag(at, &tag)) {
        take_tag(r, &tag);
        at = tag.behind;
    }
    full = r->full;
    free(r);
    return full ? -1 : 0;
}
