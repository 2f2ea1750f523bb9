/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/svg_pen.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

static void write_tenths(struct pen *pen, long value, bool first)
{
    if (!first && value >= 0)
        fputc(' ', pen->out);
    if (value < 0)
        fputc('-', pen->out);
    value = labs(value);
    if (value >= 10 || value % 10 == 0)
        fprintf(pen->out, "%ld", value / 10);
    if (value % 10)
        fprintf(pen->out, ".%ld", value % 10);
}

static void write_step(struct pen *pen, char command, long a, const long *b)
{
    bool first = command != pen->last;

    if (first)
        fputc(command, pen->out);
    write_tenths(pen, a, first);
    if (b)
        write_tenths(pen, *b, false);
    pen->last = command;
}

void pen_corner(struct pen *pen, struct corner to)
{
    long dx = to.x - pen->at.x, dy = to.y - pen->at.y;

    if (dy == 0)
        write_step(pen, 'h', dx, NULL);
    else if (dx == 0)
        write_step(pen, 'v', dy, NULL);
    else
        write_step(pen, 'l', dx, &dy);
    pen->at = to;
}

/* Draws what is under way. */
static void pen_flush(struct pen *pen)
{
    if (pen->n)
        pen_corner(pen, pen->passed[pen->n - 1]);
    pen->n = 0;
}

void pen_move(struct pen *pen, long x, long y)
{
    pen_flush(pen);
    pen->wanted = (struct corner){x, y};
    pen->moved = true;
}

/* A move to where nothing is drawn is none. */
void pen_settle(struct pen *pen)
{
    if (!pen->moved)
        return;
    pen->moved = false;
    pen->last = '\0';
    pen->at = pen->wanted;
    write_step(pen, 'M', pen->at.x, &pen->at.y);
}

/* Whether what was passed lies on the way to there, within a tenth of a pixel,
 * and in order. */
static bool is_straight(const struct pen *pen, struct corner to)
{
    double dx = (double)(to.x - pen->at.x), dy = (double)(to.y - pen->at.y);
    double length = hypot(dx, dy), before = 0;

    for (int i = 0; i < pen->n; i++) {
        double x = (double)(pen->passed[i].x - pen->at.x);
        double y = (double)(pen->passed[i].y - pen->at.y);
        double along = x * dx + y * dy;

        if (fabs(x * dy - y * dx) > length || along < before)
            return false;
        before = along;
    }
    return before <= length * length;
}

static void pen_line(struct pen *pen, long x, long y)
{
    struct corner to = {x, y};

    pen_settle(pen);
    if (pen->n == PASSED || !is_straight(pen, to))
        pen_flush(pen);
    pen->passed[pen->n++] = to;
}

static const char *skip_gaps(const char *at, const char *end)
{
    while (at < end && (isspace((unsigned char)*at) || *at == ','))
        at++;
    return at;
}

static bool read_corner(const char **at, const char *end, long *x, long *y)
{
    char *behind;
    double value[2];

    for (int i = 0; i < 2; i++) {
        *at = skip_gaps(*at, end);
        if (*at >= end)
            return false;
        value[i] = strtod(*at, &behind);
        if (behind == *at || behind > end || !(fabs(value[i]) < 1e6))
            return false;
        *at = behind;
    }
    *x = lround(10 * value[0]);
    *y = lround(10 * value[1]);
    return true;
}

/* M, L and z, which is what gnuplot writes, and corners without a letter, as
 * polygons have them; stops at anything else. */
void pen_draw(struct pen *pen, const struct piece *d)
{
    const char *at = d->at, *end = d->at + d->length;
    char command = 'M';
    long x, y;

    while ((at = skip_gaps(at, end)) < end) {
        if (*at == 'M' || *at == 'L') {
            command = *at++;
        } else if (*at == 'z' || *at == 'Z') {
            pen_flush(pen);
            fputc('z', pen->out);
            pen->last = '\0';
            at++;
            continue;
        }
        if (!read_corner(&at, end, &x, &y))
            break;
        if (command == 'M')
            pen_move(pen, x, y);
        else
            pen_line(pen, x, y);
        command = 'L';
    }
    pen_flush(pen);
}
