/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": the nearest of some names to a mistyped word.
 */
#ifndef DRIVE_CORE_NEAREST_H
#define DRIVE_CORE_NEAREST_H

/* The name at the smallest Damerau-Levenshtein distance (restricted form), or
 * one that begins with word; NULL where all are further than a third of the
 * word's length, at least 1. names ends with NULL. */
const char *nearest_name(const char *word, const char *const *names);

#endif
