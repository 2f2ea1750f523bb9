/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer of a run's file: JSON Lines, written as things happen, so that
 * whatever ends the run leaves a readable file. It is created before anything
 * is timed; each line is one write(), and once a second at most, after a block,
 * there is an fsync(): what ends a process loses nothing, what ends a machine
 * the blocks since. All calls are made outside timed regions, by one process,
 * from one thread.
 *
 * Every line is an object {"t": TYPE, "v": 1, "run": UUID, "seq": N, ...},
 * N counting from 0. In order:
 *   run      the launch: command line, seed, goals, start, build; the "nodes"
 *            where ranks are on several; what is planned in all ("study":
 *            comparisons, their fingerprint, for drive scale what is held
 *            constant and the base)
 *   host     the environment of the node, of the first of several
 *   calib    the timer and the least region that follows from it
 *   then for each comparison, numbered by "plan" from 0:
 *   plan     kernel, problem, mode, workers, placement, executors, goals; what
 *            the kernel measures besides time ("metrics", none: left out) and
 *            the bytes that its model says it moves
 *   trial    each trial when it is over, warm-up and late ones too; "metrics"
 *            in the order of the plan's
 *   utilisation  if asked for: how busy each core was, sample by sample
 *            (results/record/utilisation.h)
 *   place    by executor: where each worker was planned and seen, on which of
 *            several nodes
 *   summary  what follows from the trials, cell by cell and pair by pair; of
 *            each cell the median of each metric by its name, the share of its
 *            memory on huge pages, its bytes a second, instructions a cycle,
 *            or why those could not be counted ("uncounted")
 *   and at the end:
 *   end      why, how many lines and trials there are, and the SHA-256 of all
 *            bytes before it
 * and anywhere after calib: event, something worth a note ("what", "text"), and
 *   resume   another process goes on from here (--resume): its command line and
 *            start; in which plan and with how many complete blocks ("plan",
 *            "block", null between comparisons); and the lines that stood here
 *            and were set aside, as texts ("aside", of which "aside_trials" are
 *            trials; the last one may be torn). Warm-up blocks are numbered on.
 *
 * Times are integer nanoseconds (CLOCK_MONOTONIC where they are instants),
 * sizes bytes, shares fractions; real numbers have fifteen digits. Seeds and
 * checksums are strings, as they need all 64 bits. Missing is null, with "why"
 * beside it where a reason is known; NaN and infinities never occur. Text that
 * is not UTF-8 has U+FFFD in place of what is wrong. A file without an end line
 * is a run cut short; of such a file only the last line can be torn.
 */
#ifndef DRIVE_RESULTS_RECORD_WRITE_H
#define DRIVE_RESULTS_RECORD_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/node.h"
#include "core/study.h"
#include "results/record/environment.h"
#include "results/verdict/verdict.h"

enum { RECORD_VERSION = 1 };

/* Above so many workers a trial holds extremes and quartiles of its workers'
 * times instead of all of them, unless run_info.raw. */
enum { RECORD_SPANS_MAX = 256 };

/* What is fixed before the run. Texts may be NULL or "" (not known); all is
 * borrowed and read by writer_open() only. */
struct run_info {
    const char *command_line; /* as typed */
    const char *kernel;
    uint64_t seed;
    double precision, margin; /* goals: 0.01 = 1 % */
    double budget_s;          /* for each comparison; 0: none */
    int warmups;              /* blocks */
    int least_blocks;         /* before precision may end it */
    int blocks;               /* exactly so many; 0: as many as it needs */
    bool raw;                 /* keep all workers' times, however many */
    const struct environment *environment; /* may be NULL */
    const struct timer *timer;             /* may be NULL */
    uint64_t region_ns;   /* least timed region in force; 0: not known */
    const char *launcher; /* command that starts our own ranks */
    int ranks;            /* that the launcher gave us; 0: not launched */
    const struct node_card *node; /* [nodes], that they are on */
    int nodes;                    /* below 2: environment's says all */
    const char *mpi, *blas; /* library and version; an event can add them */
    int comparisons;        /* planned in all; 0: not known, then the rest of
                               these is not written either */
    uint64_t fingerprint;   /* of all of them, see resume_print() */
    const char *scaling, *base; /* of drive scale: "strong", "smallest" */
};

struct writer;
struct resume;

/* path NULL: results/KERNEL-HOST-YYYYMMDDThhmmss-ID.jsonl below the working
 * directory (local time, the ID begins the run's UUID); the folder is made
 * when it is missing. Writes run, host and calib. An existing file is never
 * touched and, like a place that cannot be written to, fails with EXIT_USAGE;
 * a full disk fails with EXIT_RESOURCE and leaves no file. */
int writer_open(struct writer **, const char *path, const struct run_info *,
                struct err *);

/* Goes on with a record: what it keeps stays as it is, the rest is set aside,
 * a resume line follows. The comparison that was under way, if any, is open:
 * it wants no second plan. One writer at a time: fails with EXIT_USAGE while
 * another process writes to the file, where its file system knows locks. */
int writer_resume(struct writer **, const struct resume *,
                  const char *command_line, struct err *);

/* Each of these writes its lines whole or not at all; a full disk fails with
 * EXIT_RESOURCE and names the file, which then ends with its last whole line.
 * After a failure all further calls fail likewise, and nothing is written. */

/* Begins a comparison: trials and summary that follow are its. */
int writer_plan(struct writer *, const struct comparison *, struct err *);
int writer_trial(struct writer *, const struct comparison *,
                 const struct cell *, const struct trial *, struct err *);
/* After each block: what was written before the last second is safe on the
 * disk. */
int writer_block(struct writer *, struct err *);
/* Utilisation, places and summary, which end the comparison; also for one that
 * failed before it began. The judgement may be NULL when there is none. */
int writer_summary(struct writer *, const struct comparison *,
                   const struct judgement *, struct err *);
/* what: one word, "warning", "mpi"; text: a sentence. */
int writer_event(struct writer *, const char *what, const char *text,
                 struct err *);

/* Writes the end line, closes and frees, in any case; NULL-safe. why:
 * "complete", "interrupted", ... */
int writer_close(struct writer *, const char *why, struct err *);

/* As if it had never been opened: the file is removed, and the folder too if
 * writer_open() made it and it is empty. For runs that end before the first
 * plan. NULL-safe. */
void writer_discard(struct writer *);

const char *writer_path(const struct writer *); /* borrowed */
const char *writer_run(const struct writer *);  /* the UUID; borrowed */

#endif
