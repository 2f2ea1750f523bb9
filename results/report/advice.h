/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings and checks as text for people: plain ASCII, 80 columns.
 */
#ifndef DRIVE_RESULTS_REPORT_ADVICE_H
#define DRIVE_RESULTS_REPORT_ADVICE_H

#include <stdio.h>

#include "results/verdict/checks.h"
#include "results/verdict/warnings.h"

/* "warn  W103 FOUND: EFFECT (drive explain W103)", each wrapped. */
void advice_warnings(FILE *, const struct warnings *);

/* The manual of one code; a line for each of all codes. In another language
 * than English they are UTF-8. */
void advice_explain(FILE *, const struct warning_text *, enum language);
void advice_codes(FILE *, enum language);

/* A line a check; below those that warn or fail, effect and remedy. */
void advice_checks(FILE *, const struct checks *);

#endif
