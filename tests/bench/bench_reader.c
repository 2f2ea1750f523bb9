/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a record is read, in seconds per 100 MB, and how much memory that
 * takes: streamed as `drive compare` does, with the SHA-256, and with all
 * trials kept. Each way in a process of its own, whose peak is printed.
 *
 *   bench_reader [TRIALS [FILE]]    1,000,000 by default; FILE is kept
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "results/record/read.h"
#include "results/record/write.h"

enum { WORKERS = 4, EXECUTORS = 4 };

static void make_trial(struct comparison *c, int i, struct trial *trial,
                       struct span *span)
{
    uint64_t noise = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) >> 44;

    *trial = (struct trial){
        .block = i / EXECUTORS,
        .order = i % EXECUTORS,
        .repeats = 1,
        .ns = 74000000 + noise,
        .balance = 0.97,
        .residual = 1.25e-16,
        .checksum = UINT64_C(0xfedcba9876543210),
        .usage = {.cpu_ns = 290000000 + noise, .minor_faults = noise % 7},
        .span = span};
    for (int w = 0; w < c->workers; w++) {
        span[w].start_ns = UINT64_C(5000000000000) + (uint64_t)i * 80000000;
        span[w].end_ns = span[w].start_ns + trial->ns;
    }
}

static int write_trials(struct writer *w, struct comparison *c, int trials,
                        struct err *err)
{
    struct span span[WORKERS];
    struct trial trial;

    if (writer_plan(w, c, err))
        return -1;
    for (int i = 0; i < trials; i++) {
        make_trial(c, i, &trial, span);
        if (writer_trial(w, c, &c->cell[i % EXECUTORS], &trial, err))
            return -1;
    }
    return 0;
}

static int write_record(const char *path, int trials, struct err *err)
{
    static const char *const name[EXECUTORS] = {"serial", "threads",
                                                "processes", "ranks"};
    struct comparison c = {.kernel = "matmul",
                           .unit = "flop",
                           .mode = "divide",
                           .problem = "n=2048 type=double pages=base",
                           .placement = "cores 0-3, one hardware thread each",
                           .workers = WORKERS,
                           .cells = EXECUTORS};
    struct run_info info = {.command_line = "bench_reader", .kernel = "matmul"};
    struct writer *w;
    int failed;

    for (int i = 0; i < EXECUTORS; i++)
        c.cell[i] = (struct cell){.executor = name[i], .workers = WORKERS};
    if (writer_open(&w, path, &info, err))
        return -1;
    failed = write_trials(w, &c, trials, err);
    return writer_close(w, "complete", err) || failed ? -1 : 0;
}

static void read_record(const char *path, unsigned flags, const char *what)
{
    uint64_t start = clock_now(), bytes;
    struct reader *reader;
    struct record line;
    struct err err;
    struct rusage usage;
    long lines = 0;
    int got;

    if (reader_open(&reader, path, flags, &err)) {
        fprintf(stderr, "%s\n", err.text);
        _exit(1);
    }
    while ((got = reader_next(reader, &line, &err)) > 0)
        lines += line.type == RECORD_TRIAL;
    bytes = reader_bytes(reader);
    getrusage(RUSAGE_SELF, &usage);
    printf("%-10s %8ld trials %7.1f MB  %5.2f s per 100 MB  peak %6.1f MB\n",
           what, lines, (double)bytes * 1e-6,
           (double)(clock_now() - start) * 1e-9 * 1e8 / (double)bytes,
           (double)usage.ru_maxrss / 1024);
    fflush(stdout);
    reader_close(reader);
    _exit(got < 0);
}

static int measure(const char *path, unsigned flags, const char *what)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        read_record(path, flags, what);
    return waitpid(child, &status, 0) < 0 || status != 0;
}

int main(int argc, char **argv)
{
    int trials = argc > 1 ? atoi(argv[1]) : 1000000, failed;
    char own[] = "/tmp/drive-bench-XXXXXX/record.jsonl";
    const char *path = argc > 2 ? argv[2] : own;
    struct err err;
    struct stat there;

    own[strlen("/tmp/drive-bench-XXXXXX")] = '\0';
    if (argc < 3 && !mkdtemp(own))
        return 1;
    own[strlen(own)] = '/';
    if (stat(path, &there) && write_record(path, trials, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    failed = measure(path, 0, "stream") || measure(path, 0, "stream") ||
             measure(path, READER_HASH, "hash") ||
             measure(path, READER_HASH | READER_KEEP, "keep");
    if (argc < 3) {
        unlink(own);
        *strrchr(own, '/') = '\0';
        rmdir(own);
    }
    return failed;
}
