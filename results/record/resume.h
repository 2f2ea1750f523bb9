/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record that a killed job left, read so that another process can go on from
 * it. What counts is kept as it is: comparisons that came to their end, and of
 * the one that was under way all complete blocks. What is behind the last
 * complete block is set aside: a block that was not finished, a torn last
 * line, the summary and the end of a run that was interrupted. It goes into
 * the "resume" line with which the record goes on (results/record/write.h), so
 * that no byte is lost, and no trial counts twice.
 *
 * A block is complete when every executor that took part in the block before
 * has a trial in it that is not late; in the first, every one that was planned.
 */
#ifndef DRIVE_RESULTS_RECORD_RESUME_H
#define DRIVE_RESULTS_RECORD_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/study.h"
#include "results/record/write.h"

struct reader;

struct resume {
    char *path, id[64], host[64]; /* id: the run's */
    char scaling[16], base[16];   /* of drive scale, or "" */
    uint64_t seed, fingerprint;
    double precision, margin, budget_s;
    int warmups, blocks;
    const struct node_card *node; /* [nodes]; there is one where it is NULL */
    int nodes;
    int planned; /* comparisons of the whole job; 0: the record says none */

    /* As far as they are in the record; the last one is to be gone on with
     * where `open`, and then holds complete blocks only. */
    struct comparison *comparison;
    int comparisons;
    bool open;
    bool finished; /* all of the job is there, and its end */

    uint64_t keep;         /* bytes of the file that stay */
    uint64_t trials;       /* in them */
    uint64_t set_aside;    /* trials behind them */
    struct reader *reader; /* keeps the texts */
};

/* Fails with EXIT_USAGE, one line that says what would do, for what is no
 * record, was edited, holds a wrong result, or has nothing to go on from. */
int resume_open(struct resume **, const char *path, struct err *);
void resume_close(struct resume *); /* NULL-safe */

/* Whether the run that was asked for is on the nodes of the record, by order,
 * names and ranks, as times of others do not belong into it: EXIT_USAGE, one
 * line, quotes the first that differs. `host` is the first one's name. */
int resume_check_hosts(const struct resume *, const struct run_info *,
                       const char *host, struct err *);

/* Whether it is otherwise that of the record: EXIT_USAGE, one line, quotes what
 * differs. */
int resume_check_run(const struct resume *, const struct run_info *,
                     struct err *);

/* Whether comparison i, as it is planned now, is that of the record; also for
 * one that is not in the record, of which there is nothing to say. */
int resume_check(const struct resume *, int i, const struct comparison *,
                 struct err *);

/* Adds a planned comparison to the fingerprint of a job; 0 begins one. */
uint64_t resume_print(uint64_t fingerprint, const struct comparison *);

#endif
