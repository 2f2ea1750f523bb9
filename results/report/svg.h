/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture of gnuplot's as part of a page. Only elements and attributes that
 * draw are taken over, so that nothing in it can act or ask for anything; ids
 * get a prefix, so that they are the page's only ones; colours become the
 * page's variables, so that they are right by day and by night. What looks
 * alike is drawn by one element: the grid is one path, the labels at an axis
 * are one group, and the marks of a series the corners of one path, so that a
 * point costs ten bytes and not eighty. For results/report/ only.
 */
#ifndef DRIVE_RESULTS_REPORT_SVG_H
#define DRIVE_RESULTS_REPORT_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* The colours that scripts may use; any other becomes the ink. */
#define INK   "#000000"
#define FAINT "#808080" /* zones and rulers */
extern const char *const svg_palette[8];

/* Whether the text is a whole picture. */
bool svg_whole(const char *text);

/* Writes the picture from its first <svg on. `head` stands for what is between
 * "<svg" and ">", but for the view box. -1: no memory, nothing was written. */
int svg_write(FILE *, const char *text, const char *prefix, const char *head);

#endif
