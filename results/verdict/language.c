/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/language.h"

#include <string.h>

int language_find(const char *name, enum language *out, struct err *err)
{
    static const char *const names[LANGUAGES] = {"en", "zh"};

    for (int i = 0; i < LANGUAGES; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum language)i;
            return 0;
        }
    }
    return err_set(err, EXIT_USAGE, "--lang %s: want en or zh", name);
}

const char *language_tag(enum language language)
{
    return language == LANGUAGE_ZH ? "zh-Hans" : "en";
}
