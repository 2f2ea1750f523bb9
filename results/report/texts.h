/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every fixed text of the report in each language; texts.def is the table.
 * What stands in a record (names, warnings, reasons) is shown as it is.
 */
#ifndef DRIVE_RESULTS_REPORT_TEXTS_H
#define DRIVE_RESULTS_REPORT_TEXTS_H

#include "results/verdict/language.h"

enum text {
#define TEXT(key, english, chinese) TEXT_##key,
#include "results/report/texts.def"
#undef TEXT
    TEXTS
};

const char *text_of(enum text, enum language);

/* What other parts of the program say in English, such as the headings of
 * their tables; itself where there is no such text. */
const char *text_translated(const char *english, enum language);

#endif
