/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of a run's file, line by line, into the structs it was written
 * from (core/study.h). results/record/write.h says what the lines are.
 *
 * It holds one line and the comparison it is in, so memory does not grow with
 * the file, unless READER_KEEP gathers a comparison's trials.
 *
 * What is wrong with one line is told (RECORD_BAD) and the rest is read: no
 * JSON, numbers that cannot be, ends before starts, a trial of no plan. What
 * this program does not know, types of lines and fields, is passed over, and
 * fields that are missing are 0. A file may end anywhere; a torn last line is
 * not read, and reader_partial() says so. Three things end it all, with
 * EXIT_USAGE and "FILE:LINE: why": a newer schema, a file that is no record,
 * and a line beyond RECORD_LINE_MAX.
 */
#ifndef DRIVE_RESULTS_RECORD_READ_H
#define DRIVE_RESULTS_RECORD_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/study.h"
#include "results/record/digest.h"
#include "results/record/write.h"

/* Beyond these a value cannot be what it says: bytes of a line, workers, the
 * time of a step (30 years), a real number. */
#define RECORD_LINE_MAX    ((size_t)16 << 20)
#define RECORD_WORKERS_MAX 1000000
#define RECORD_NS_MAX      INT64_C(1000000000000000000)
#define RECORD_REAL_MAX    1e100

enum record_type {
    RECORD_RUN,
    RECORD_HOST,
    RECORD_CALIB,
    RECORD_PLAN,
    RECORD_TRIAL,
    RECORD_PLACE,
    RECORD_UTILISATION, /* into the comparison: all so far if trials are kept,
                           else what this line has */
    RECORD_SUMMARY,
    RECORD_CUT, /* no line: a comparison ends here without its summary */
    RECORD_EVENT,
    RECORD_RESUME, /* another process went on from here */
    RECORD_END,
    RECORD_OTHER, /* a type this program does not know */
    RECORD_BAD    /* a line that could not be read: text says why */
};

struct record_end {
    const char *why;
    uint64_t lines, trials;
    const char *sha256; /* of all before the line; "" in older records */
};

/* A line. All it points to holds until the next one is read, and what
 * belongs to the comparison until the next plan is. */
struct record {
    enum record_type type;
    long line;    /* from 1 */
    int64_t seq;  /* -1: none */
    bool foreign; /* bears another run's name than the first line */

    /* All of the line, as jansson has it; NULL for trials, cuts, bad lines. */
    const struct json_t *json;

    /* From plan to summary or cut: the comparison, with what is known of it so
     * far. Its blocks are counted until the summary tells them, its trials
     * are there only if they are kept. Else NULL. */
    const struct comparison *comparison;
    int plan;
    int cell; /* of a trial, of a place */

    union {
        const char *text; /* of a bad line: what is wrong with it */
        struct {
            const char *what, *text;
        } event;
        struct {
            const char *id, *start; /* UUID; "2026-11-20T10:00:00Z" */
            /* environment and timer are NULL; node[] is there where the
             * record has several, and holds until the reader is closed. */
            struct run_info info;
        } run;
        const char *host; /* name; its other facts are in json */
        struct timer timer;
        /* span is NULL where the workers' times were not kept one by one. */
        struct trial trial;
        struct {
            const char *start;
            uint64_t aside; /* trials that were set aside */
        } resume;
        struct record_end end;
    } is;
};

/* Of a comparison, so that no record can ask for more than some 50 MB. */
enum { READER_KEPT = 100000 };

enum reader_flags {
    READER_KEEP =
        1, /* trials gather in the comparison, the first READER_KEPT */
    READER_HASH = 2, /* reader_hash() can be asked */
};

struct reader;

/* Opens a file and reads its first line, which tells whether it is a record at
 * all. Fails with EXIT_USAGE, EXIT_RESOURCE for want of memory. */
int reader_open(struct reader **, const char *path, unsigned flags,
                struct err *);

/* 1: *out is the next line; 0: there is no more; -1: err. */
int reader_next(struct reader *, struct record *out, struct err *);

/* After the last line: NULL, or in what way the record is not whole. */
const char *reader_partial(const struct reader *);

/* SHA-256 of all bytes before the line that was read last. */
void reader_hash(const struct reader *, char out[DIGEST_TEXT]);

/* How much has been read, whole lines only. */
uint64_t reader_bytes(const struct reader *);

/* Hands over the comparison at its summary or cut, trials and all, for
 * comparison_free(); its texts hold until the reader is closed. */
void reader_take(struct reader *, struct comparison *out);

void reader_close(struct reader *); /* NULL-safe */

#endif
