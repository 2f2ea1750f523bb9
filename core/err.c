/* SPDX-License-Identifier: Apache-2.0 */
#include "core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int err_set(struct err *err, int code, const char *format, ...)
{
    va_list args;

    if (!err)
        return -1;
    err->code = code;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return -1;
}

int err_errno(struct err *err, int code, const char *format, ...)
{
    int cause = errno;
    va_list args;
    size_t used;

    if (!err)
        return -1;
    err->code = code;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s",
             strerror(cause));
    return -1;
}

void err_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "BUG: %s:%d: %s\n", file, line, what);
    abort();
}
