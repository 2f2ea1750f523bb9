/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: one table of options, the only source of what is parsed
 * and of what help prints.
 */
#ifndef DRIVE_DRIVERS_OPTIONS_H
#define DRIVE_DRIVERS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/err.h"
#include "core/study.h"
#include "kernels/kernel.h"

enum { OPTION_WORDS = 1024, OPTION_PARAMS = PARAM_MAX, WORKER_COUNTS = 256 };

struct options {
    const char *word[OPTION_WORDS]; /* what is no option, in order */
    int words;
    const char *executors;            /* NULL: all */
    const char *workers;              /* NULL: every core, or every rank */
    const char *param[OPTION_PARAMS]; /* NAME=VALUES */
    int params;
    const char *mode;       /* NULL: divide where the kernel has it */
    const char *resume;     /* run, scale: a record; NULL: a new one */
    const char *base;       /* scale; NULL: smallest */
    const char *emit_slurm; /* scale: counts of nodes; NULL: measure */
    const char *placement;
    const char *ranks_per;  /* hybrid: as given, or NULL */
    int ranks_per_what;     /* the same, as drivers/deal.h */
    const char *output;     /* NULL: a name of its own in results/ */
    const char *launcher;   /* NULL: the one that is found */
    const char *quiet_warn; /* codes of warnings; NULL: none */
    int blocks;             /* 0: until precise or out of budget */
    int warmups;
    double precision, margin; /* 0.01 = 1 % */
    double budget;            /* seconds */
    bool budgeted;            /* by the user */
    uint64_t seed;
    bool seeded; /* by the user */
    bool quick, rigorous, strict;
    bool aa;             /* check: one executor under several labels */
    int launches;        /* of run; 0: this one */
    bool full;           /* article: its sizes */
    bool serialize;      /* run: threads under a giant lock */
    bool utilisation;    /* run: sample each core's */
    const char *scratch; /* NULL: $TMPDIR or /tmp */
    const char *junit;   /* compare: a file to be written; NULL: none */
    bool across_hosts, fail_inconclusive, md, history, nodes; /* compare */
    bool brief; /* no option: what all comparisons say together is enough */
    const char *format, *format_too; /* export: names of its options, or NULL */
    const char *plots, *lang;        /* report; NULL: none, English */
    double plot_limit;               /* report: seconds; 0: as usual */
    bool proposal, artifact;         /* report */
    bool no_record, raw, json, quiet, dry_run, help, version;
};

/* Parses all but the program's name. Fails with EXIT_USAGE. */
int options_parse(struct options *, int argc, char **argv, struct err *);

/* The table of options for help. */
void options_print(FILE *);

/* The command line as it was typed: getopt has put argv into another order. */
void options_command_line(char *out, size_t size);

/* "1,2,4", "1:12", "cores": counts into out, at most WORKER_COUNTS; `cores` is
 * what the word stands for. */
int options_workers(const char *text, int cores, int *out, int *n,
                    struct err *);

/* "threads,ranks": indices of the executor table; for NULL all, without hybrid.
 * Fails with EXIT_ABSENT for one that was named and that this build lacks. */
int options_executors(const char *text, int *out, int *n, struct err *err);

/* Those that the command line asks for: --ranks-per asks for hybrid, too. */
int options_chosen(const struct options *, int *out, int *n, struct err *);

/* Puts the values given with -P, one for each, into one problem. */
int options_override(const struct options *, const struct kernel *,
                     struct problem *, struct err *);

/* Problems of a kernel: the product of all lists given with -P, in the order
 * of the kernel's parameters. *out is allocated and the caller's. */
int options_problems(const struct options *, const struct kernel *,
                     struct problem **out, int *n, struct err *);

#endif
