/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison as text for people: a head that says what runs where, a table
 * with one row an executor, and the verdict last. Plain ASCII, 80 columns.
 */
#ifndef DRIVE_RESULTS_REPORT_TABLE_H
#define DRIVE_RESULTS_REPORT_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/study.h"
#include "results/verdict/verdict.h"

/* Who, where: what the head says beside the comparison itself. */
struct table_place {
    const char *version;
    char host[64];
    int cores, threads, numas; /* that may be used */
    const char *mpi;           /* the library; "" where none was seen */
    int ranks;                 /* of the launcher that started us; 0: none */
    bool bold;                 /* the terminal can, and the user wants it */
};

void table_head(FILE *, const struct table_place *, const struct comparison *);
int table_body(FILE *, const struct table_place *, const struct comparison *,
               const struct judgement *, struct err *);

/* "VERDICT  ..." wrapped at 80 columns. */
void table_verdict(FILE *, const struct table_place *,
                   const struct judgement *);

/* The table of table_body(), for who draws it in another way. note[cells] has
 * room for TABLE_NOTE each, and what is to be said of a cell that did not run
 * or failed late: the grid borrows them and the executors' names. */
enum { TABLE_NOTE = 448 };
struct grid;
void table_rows(struct grid *, const struct comparison *,
                const struct judgement *, char *const *note);

/* A pair's ratio and its interval ("": none), as in the table: "  +5.1 %" and
 * "[+4.0, +6.2]". */
void table_pair(const struct estimate *, char *ratio, char *interval,
                size_t size);

/* Three significant digits and a unit: "74.1 ms"; ns may have a fraction. */
char *format_time(double ns, char *out, size_t size);

#endif
