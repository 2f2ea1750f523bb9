/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of others in a page. Whatever a record holds comes out as text, never
 * as mark-up: & < > " and ' are escaped; control characters, marks that turn
 * the direction of text and characters without width are shown as their names,
 * "[U+202E]"; what is no UTF-8 as U+FFFD; and a long text is cut, with a note
 * of how long it was. For results/report/ only.
 */
#ifndef DRIVE_RESULTS_REPORT_HTML_H
#define DRIVE_RESULTS_REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { HTML_CUT = 240, HTML_LONG = 4000 };

/* At most HTML_CUT characters; inside mark-up and between quotes alike. */
void html_text(FILE *, const char *text);

/* At most so many. */
void html_long(FILE *, const char *text, size_t most);

/* The same, in an element that keeps its direction to itself. */
void html_name(FILE *, const char *text);

/* The next character of UTF-8, *at put behind it; what is none is U+FFFD, a
 * byte at a time. */
uint32_t utf8_next(const char **at);

/* Controls, and what has no looks of its own or turns others around. */
bool utf8_hides(uint32_t character);

#endif
