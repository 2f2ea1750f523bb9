/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/overrule.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const overruled[] = {
    "OMP_PROC_BIND", "OMP_PLACES",        "OMP_NUM_THREADS", "OMP_DYNAMIC",
    "KMP_AFFINITY",  "GOMP_CPU_AFFINITY", "KMP_HW_SUBSET",
};

enum { OVERRULED = sizeof overruled / sizeof *overruled };

/* Runs when nothing is initialised, neither the C library nor a sanitizer. */
#if defined(__clang__)
#define EARLY __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define EARLY                                               \
    __attribute__((no_sanitize_address, no_sanitize_thread, \
                   no_sanitize_undefined))
#endif

EARLY static bool is_overruled(const char *variable)
{
    for (int i = 0; i < OVERRULED; i++) {
        const char *name = overruled[i], *v = variable;

        while (*name && *name == *v)
            name++, v++;
        if (!*name && *v == '=')
            return true;
    }
    return false;
}

/* The list the C library will take for its environment, in place. */
EARLY static void overrule(int argc, char **argv, char **environment)
{
    char **kept = environment;

    (void)argc, (void)argv;
    for (char **e = environment; *e; e++) {
        if (!is_overruled(*e))
            *kept++ = *e;
    }
    *kept = NULL;
}

__attribute__((section(".preinit_array"),
               used)) static void (*const hook)(int, char **,
                                                char **) = overrule;

/* The system still shows what the program was started with. */
char *overrule_list(char *out, size_t size)
{
    FILE *file = fopen("/proc/self/environ", "re");
    size_t room = 0, used = 0;
    char *variable = NULL;

    *out = '\0';
    while (file && getdelim(&variable, &room, '\0', file) > 0) {
        if (is_overruled(variable) && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s",
                                     used ? " " : "", variable);
    }
    free(variable);
    if (file)
        fclose(file);
    return out;
}
