/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was put into words before anybody asked for a language: warnings,
 * reasons and notes stand in a record as English sentences with numbers in
 * them. phrases.def has the pattern of each; a text is taken apart by them and
 * said again in the other language with the very same numbers and names,
 * whichever version wrote the record, as long as it has the pattern.
 *
 * A text is one phrase or several with ", ", "; " or ": " between them.
 */
#ifndef DRIVE_RESULTS_REPORT_PHRASES_H
#define DRIVE_RESULTS_REPORT_PHRASES_H

#include <stdbool.h>
#include <stddef.h>

#include "results/verdict/language.h"

enum { PHRASE_TEXT = 512 };

/* False when some of it is no phrase, or none is to be said in another language
 * than English: out then is the text as it was. Cut at size. */
bool phrase_translate(const char *english, enum language, char *out,
                      size_t size);

/* The same for what says what it is about first: "failed: REASON", or "W103
 * FOUND: EFFECT". Where only that can be said, out is that with what links it
 * to the rest, the code with its title; the return value is the rest, English
 * still, or "". In English all is the rest. */
const char *phrase_split(const char *english, enum language, char *out,
                         size_t size);

/* What a fact of a record is called, "cpu" or "build.flags"; NULL where there
 * is no name but its own. */
const char *phrase_fact(const char *name, enum language);

/* Its value: what is not known, true or false is said, all else is itself. */
const char *phrase_value(const char *name, const char *value, enum language);

#endif
