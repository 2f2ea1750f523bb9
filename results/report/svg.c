/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/svg.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* After Okabe & Ito, darkened so that each has a contrast of 3:1 and more with
 * white; page_style.c has those for the night. */
const char *const svg_palette[8] = {"#0072b2", "#b84c00", "#007a5a", "#a2387c",
                                    "#806000", "#56599e", "#2b7a8c", "#6b4a3a"};

enum { TAG_MAX = 4000, MARKERS = 32, DEPTH_MAX = 64 };

/* -- tags ---------------------------------------------------------------- */

/* A piece of the text. */
struct piece {
    const char *at;
    size_t length;
};

struct tag {
    struct piece name;
    const char *attributes, *end; /* behind the name; at '>' or "/>" */
    const char *behind;
    bool closes, alone;
};

static bool is(const struct piece *p, const char *word)
{
    return strlen(word) == p->length && memcmp(p->at, word, p->length) == 0;
}

static bool is_one_of(const struct piece *p, const char *const *word)
{
    for (; *word; word++) {
        if (is(p, *word))
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

/* The next NAME='VALUE'; false: there is no more. */
static bool next_attribute(const char **at, const char *end, struct piece *name,
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

/* -- attributes ---------------------------------------------------------- */

/* "rgb( 0, 114, 178)"; any name is black. */
static void read_colour(const struct piece *value, unsigned *out)
{
    unsigned r, g, b;
    char text[32];

    snprintf(text, sizeof text, "%.*s",
             (int)(value->length < 31 ? value->length : 31), value->at);
    *out = sscanf(text, "rgb(%u,%u,%u)", &r, &g, &b) == 3 ? r << 16 | g << 8 | b
                                                          : 0;
}

static bool is_same(unsigned colour, const char *hex)
{
    return strtoul(&hex[1], NULL, 16) == colour;
}

static void write_colour(FILE *out, const struct piece *value)
{
    unsigned colour;

    if (is(value, "none") || is(value, "currentColor")) {
        fwrite(value->at, 1, value->length, out);
        return;
    }
    if (is(value, "white"))
        colour = 0xffffff;
    else
        read_colour(value, &colour);
    for (unsigned i = 0; i < 8; i++) {
        if (is_same(colour, svg_palette[i])) {
            fprintf(out, "var(--c%u)", i + 1);
            return;
        }
    }
    fputs(is_same(colour, FAINT) ? "var(--faint)"
          : colour == 0xffffff   ? "var(--paper)"
                                 : "var(--ink)",
          out);
}

static bool is_colour(const struct piece *name)
{
    static const char *const names[] = {"fill", "stroke", "color", NULL};

    return is_one_of(name, names);
}

/* What draws, less what is so anyway. */
static bool is_wanted(const struct piece *name, const struct piece *value)
{
    static const char *const names[] = {"x",
                                        "y",
                                        "width",
                                        "height",
                                        "cx",
                                        "cy",
                                        "r",
                                        "d",
                                        "points",
                                        "stroke-width",
                                        "stroke-dasharray",
                                        "transform",
                                        "fill-opacity",
                                        "stroke-opacity",
                                        "font-size",
                                        "text-anchor",
                                        "font-weight",
                                        NULL};

    if (is(name, "text-anchor") && is(value, "start"))
        return false;
    return is_one_of(name, names);
}

/* Whether what is at i is beyond the first place behind a point. */
static bool is_fine(const struct piece *value, size_t i)
{
    size_t digits = 0;

    while (i - digits > 0 && isdigit((unsigned char)value->at[i - digits]))
        digits++;
    return digits > 1 && value->at[i - digits] == '.';
}

/* Numbers, words and signs: nothing that ends an attribute or a tag. `coarse`
 * numbers have one place behind the point. */
static void write_value(FILE *out, const struct piece *value, bool coarse)
{
    bool gap = false, begun = false;

    for (size_t i = 0; i < value->length; i++) {
        char c = value->at[i];

        if (isspace((unsigned char)c)) {
            gap = begun;
            continue;
        }
        if ((!isalnum((unsigned char)c) && !strchr("+-.,()%#", c)) ||
            (coarse && is_fine(value, i)))
            continue;
        if (gap)
            fputc(' ', out);
        gap = false;
        begun = true;
        fputc(c, out);
    }
}

/* Pixels of paths; markers are drawn much larger than they are defined. */
static bool is_coarse(const struct piece *name)
{
    static const char *const names[] = {"d", "points", "transform", NULL};

    return is_one_of(name, names);
}

static void write_attribute(FILE *out, const char *prefix, bool coarse,
                            const struct piece *name, const struct piece *value)
{
    struct piece id = *value;

    if (is_colour(name)) {
        fprintf(out, " %.*s=\"", (int)name->length, name->at);
        write_colour(out, value);
    } else if (is(name, "id") && value->length > 4 &&
               memcmp(value->at, "gpPt", 4) == 0) {
        fprintf(out, " id=\"%s", prefix);
        write_value(out, &(struct piece){id.at + 4, id.length - 4}, false);
    } else if (is(name, "xlink:href") && value->length > 5 &&
               memcmp(value->at, "#gpPt", 5) == 0) {
        fprintf(out, " href=\"#%s", prefix);
        write_value(out, &(struct piece){id.at + 5, id.length - 5}, false);
    } else if (is_wanted(name, value)) {
        fprintf(out, " %.*s=\"", (int)name->length, name->at);
        write_value(out, value, coarse && is_coarse(name));
    } else {
        return;
    }
    fputc('"', out);
}

static void write_tag(FILE *out, const char *prefix, bool coarse,
                      const struct tag *tag)
{
    const char *at = tag->attributes;
    struct piece name, value;

    fprintf(out, "<%.*s", (int)tag->name.length, tag->name.at);
    while (next_attribute(&at, tag->end, &name, &value))
        write_attribute(out, prefix, coarse, &name, &value);
    fputs(tag->alone ? "/>" : ">", out);
}

/* -- markers ------------------------------------------------------------- */

static int marker_at(const char *text)
{
    int marker = (int)strtol(text, NULL, 10);

    return marker >= 0 && marker < MARKERS ? marker : MARKERS - 1;
}

/* Which markers are used: by what is drawn, and by each other. */
static void find_markers(const char *text, bool *used)
{
    static const char reference[] = "href='#gpPt", name[] = "id='gpPt";
    const char *defs = strstr(text, "</defs>"), *at = defs ? defs : text;

    while ((at = strstr(at, reference)))
        used[marker_at(at += sizeof reference - 1)] = true;
    for (int i = MARKERS; defs && i-- > 0;) {
        char own[32];
        const char *use, *self;

        snprintf(own, sizeof own, "%s%d'", name, i);
        self = used[i] ? strstr(text, own) : NULL;
        if (!self)
            continue;
        for (use = self; use > text && *use != '<'; use--)
            ;
        use = strstr(use, reference);
        if (use && use < self)
            used[marker_at(use + sizeof reference - 1)] = true;
    }
}

static bool is_unused(const struct tag *tag, const bool *used)
{
    const char *at = tag->attributes;
    struct piece name, value;

    while (next_attribute(&at, tag->end, &name, &value)) {
        if (is(&name, "id") && value.length > 4 &&
            memcmp(value.at, "gpPt", 4) == 0)
            return !used[marker_at(value.at + 4)];
        if (is(&name, "id") && is(&value, "gpDot"))
            return true;
    }
    return false;
}

/* -- the picture --------------------------------------------------------- */

struct drawing {
    FILE *out;
    const char *prefix;
    bool used[MARKERS];
    struct tag pending[DEPTH_MAX]; /* groups that have nothing in them yet */
    int pendings, open;            /* groups that were written */
    int bare;    /* the outermost of them that have no attribute */
    bool defs;   /* inside the markers */
    int skipped; /* inside what is left out, so deep */
};

/* What holds of the whole picture, as svg_write() begins it, and of all
 * labels, as the page has it. */
static bool is_default(const struct piece *name, const struct piece *value,
                       bool label)
{
    if (label)
        return !is(name, "transform") && !is(name, "text-anchor");
    return (is(name, "fill") && is(value, "none")) ||
           (is(name, "color") && is(value, "black")) ||
           (is(name, "stroke") && is(value, "currentColor")) ||
           (is(name, "stroke-width") && is(value, "1.00"));
}

static bool is_label(const struct tag *tag)
{
    return memmem(tag->attributes, (size_t)(tag->end - tag->attributes),
                  "font-size", strlen("font-size")) != NULL;
}

static void write_label(struct drawing *d, const struct tag *tag)
{
    const char *at = tag->attributes;
    struct piece name, value;

    while (next_attribute(&at, tag->end, &name, &value)) {
        if (!is_default(&name, &value, true))
            write_attribute(d->out, d->prefix, true, &name, &value);
    }
}

/* Inside groups without attributes a group needs none that say what is so. */
static void write_group(struct drawing *d, const struct tag *tag)
{
    const char *at = tag->attributes;
    bool bare = d->bare == d->open;
    struct piece name, value;
    long before;

    fputs("<g", d->out);
    before = ftell(d->out);
    while (next_attribute(&at, tag->end, &name, &value)) {
        if (!bare || !is_default(&name, &value, false))
            write_attribute(d->out, d->prefix, true, &name, &value);
    }
    d->bare += bare && ftell(d->out) == before;
    d->open++;
    fputc('>', d->out);
}

static void flush(struct drawing *d)
{
    for (int i = 0; i < d->pendings; i++)
        write_group(d, &d->pending[i]);
    d->pendings = 0;
}

static void close_group(struct drawing *d)
{
    if (d->pendings) {
        d->pendings--;
    } else if (d->open) {
        d->open--;
        d->bare = d->bare < d->open ? d->bare : d->open;
        fputs("</g>\n", d->out);
    }
}

static void take_group(struct drawing *d, const struct tag *tag)
{
    if (tag->closes) {
        close_group(d);
        return;
    }
    if (d->pendings == DEPTH_MAX)
        flush(d);
    d->pending[d->pendings++] = *tag;
}

static bool is_shape(const struct piece *name)
{
    static const char *const shapes[] = {
        "path", "polygon", "polyline", "circle", "rect", "use", "line", NULL};

    return is_one_of(name, shapes);
}

/* An element that is closed by a tag of its own is written without one: shapes
 * have nothing inside. */
static void take_shape(struct drawing *d, struct tag *tag)
{
    const char *at = tag->attributes;
    struct piece name, value;

    if (tag->closes || is_unused(tag, d->used))
        return;
    while (next_attribute(&at, tag->end, &name, &value)) {
        /* the background, and other rectangles that show nothing */
        if (is(&tag->name, "rect") && is(&name, "fill") && is(&value, "none") &&
            !memmem(tag->attributes, (size_t)(tag->end - tag->attributes),
                    "stroke", 6))
            return;
    }
    flush(d);
    tag->alone = true;
    write_tag(d->out, d->prefix, !d->defs, tag);
}

/* Up to the next '<': gnuplot has escaped it. The group around a label has
 * where it is and no other purpose: the label takes that over. */
static void take_label(struct drawing *d, const struct tag *tag)
{
    size_t length = strcspn(tag->behind, "<");
    bool alone = d->pendings && is_label(&d->pending[d->pendings - 1]);
    struct tag group = d->pending[alone ? d->pendings - 1 : 0];

    if (tag->closes)
        return;
    d->pendings -= alone;
    flush(d);
    fputs("<text", d->out);
    if (alone)
        write_label(d, &group);
    fprintf(d->out, ">%.*s</text>", (int)length, tag->behind);
    if (alone)
        d->pending[d->pendings++] = group;
}

static void take_tag(struct drawing *d, struct tag *tag)
{
    static const char *const left_out[] = {"title",   "desc",   "style",
                                           "script",  "filter", "metadata",
                                           "pattern", NULL};

    if (is_one_of(&tag->name, left_out)) {
        d->skipped += tag->alone ? 0 : tag->closes ? -1 : 1;
        d->skipped = d->skipped < 0 ? 0 : d->skipped;
    } else if (d->skipped) {
        return;
    } else if (is(&tag->name, "g") && !tag->alone) {
        take_group(d, tag);
    } else if (is(&tag->name, "defs")) {
        flush(d);
        d->defs = !tag->closes;
        fputs(tag->closes ? "</defs>" : "<defs>", d->out);
    } else if (is_shape(&tag->name)) {
        take_shape(d, tag);
    } else if (is(&tag->name, "text") && !tag->alone) {
        take_label(d, tag);
    }
}

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
            "<svg viewBox=\"%.*s\" %s fill=\"none\" color=\"var(--ink)\" "
            "stroke=\"currentColor\" stroke-width=\"1\">",
            (int)length, box, head);
}

void svg_write(FILE *out, const char *text, const char *prefix,
               const char *head)
{
    const char *at = strstr(text, "<svg");
    struct drawing d = {.out = out, .prefix = prefix};
    struct tag tag;

    find_markers(at, d.used);
    write_head(out, at, head);
    at++;
    while ((at = strchr(at, '<')) && read_tag(at, &tag)) {
        take_tag(&d, &tag);
        at = tag.behind;
    }
    d.pendings = 0;
    while (d.open)
        close_group(&d);
    fputs("</svg>\n", out);
}
