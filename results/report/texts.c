/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/texts.h"

#include <string.h>

static const char *const table[TEXTS][LANGUAGES] = {
#define TEXT(key, english, chinese) [TEXT_##key] = {english, chinese},
#include "results/report/texts.def"
#undef TEXT
};

const char *text_of(enum text text, enum language language)
{
    return table[text][language];
}

const char *text_translated(const char *english, enum language language)
{
    for (int i = 0; i < TEXTS; i++) {
        if (strcmp(table[i][LANGUAGE_EN], english) == 0)
            return table[i][language];
    }
    return english;
}
