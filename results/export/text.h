/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts and numbers as all formats of `drive export` write them. For
 * results/export/ only.
 */
#ifndef DRIVE_RESULTS_EXPORT_TEXT_H
#define DRIVE_RESULTS_EXPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Room for a label of a record; what is longer ends in "...". */
enum { LABEL_TEXT = 256 };

/*
 * A text of a record as anybody may see it: valid UTF-8, cut at the size.
 * What a terminal or a reader would obey stands as U+FFFD: control characters,
 * line ends among them, marks that turn the direction of writing, characters
 * of no width. Returns out.
 */
char *text_clean(const char *text, char *out, size_t size);

/* Bytes of the character that a clean text begins with, at least 1. */
size_t text_step(const char *text);

/* A clean text as a JSON string, quotes and all. */
void text_json(FILE *, const char *text);

/* Fifteen digits, or `missing` where it is no finite number. */
void number_print(FILE *, double x, const char *missing);

/* Nanoseconds as seconds, exactly. */
void seconds_print(FILE *, uint64_t ns);

#endif
