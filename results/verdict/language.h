/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The languages that people are spoken to in.
 */
#ifndef DRIVE_RESULTS_VERDICT_LANGUAGE_H
#define DRIVE_RESULTS_VERDICT_LANGUAGE_H

#include "core/err.h"

enum language { LANGUAGE_EN, LANGUAGE_ZH, LANGUAGES };

/* "en" or "zh"; fails with EXIT_USAGE for any other. */
int language_find(const char *name, enum language *out, struct err *);

/* As HTML wants it: "en", "zh-Hans". */
const char *language_tag(enum language);

#endif
