/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors are values: a fallible function returns 0 or -1 and takes a caller's
 * struct err last. The first to know what went wrong fills it, callers only
 * pass it on, and only drivers/ prints it. On failure outputs are untouched.
 */
#ifndef DRIVE_CORE_ERR_H
#define DRIVE_CORE_ERR_H

#include <stddef.h>

/* The exit codes of the program, 0 and 128 + signal apart; a contract. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_REGRESSION = 1,
    EXIT_USAGE = 2,
    EXIT_WRONG = 3,
    EXIT_UNFIT = 4,
    EXIT_IMPRECISE = 5,
    EXIT_RESOURCE = 6,
    EXIT_ABSENT = 77,
    EXIT_SIGNAL = 128
};

struct err {
    int code;       /* an enum exit_code: what the program exits with */
    char text[400]; /* one line, no full stop, quotes the offending thing */
};

/* Fills err (which may be NULL) and returns -1, so that
 * `return err_set(err, ...)` is the whole error path. A longer text is cut. */
int err_set(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of errno at the end. */
int err_errno(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For what can only be our own mistake: names the place and aborts. */
#define BUG(what) err_bug(__FILE__, __LINE__, what)
_Noreturn void err_bug(const char *file, int line, const char *what);

#endif
