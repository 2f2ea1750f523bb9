/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io: every worker reads a text file line by line, sleeps, and writes a copy
 * of its own, line by line, all by stdio: the input and output of a task that
 * mostly waits.
 *
 * The source is made in the scratch folder by whoever comes first, or is the
 * user's own, which is only ever read. Copies are in the scratch folder.
 *
 * Work: one file a worker. Check: size, hash and number of lines of the copy
 * are those of the source.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rng.h"
#include "kernels/kernel.h"

enum { BYTES, FILE_OF_USER, HOLD, SYNC };

static const char *const answers[] = {"no", "yes", NULL};

static const struct param params[] = {
    [BYTES] = {.name = "bytes",
               .type = PARAM_COUNT,
               .def = "5417984", /* 5,291 KiB */
               .small = "65536",
               .min = 1,
               .max = 1e12,
               .unit = "byte",
               .help = "size of the source that is made"},
    [FILE_OF_USER] = {.name = "file",
                      .type = PARAM_TEXT,
                      .def = "",
                      .help = "a text file of yours to read instead"},
    [HOLD] = {.name = "hold",
              .type = PARAM_REAL,
              .def = "1",
              .small = "0.01",
              .min = 0,
              .max = 86400,
              .unit = "s",
              .help = "how long each worker sleeps between read and write"},
    [SYNC] = {.name = "sync",
              .type = PARAM_CHOICE,
              .def = "no",
              .choices = answers,
              .help = "whether the copy must be on the disk (fsync)"},
    {.name = NULL},
};

enum { READ, HELD, WRITE, LINES };

static const struct metric metrics[] = {
    [READ] = {"read", "s", METRIC_MEAN, "reading the source"},
    [HELD] = {"hold", "s", METRIC_MEAN, "asleep"},
    [WRITE] = {"write", "s", METRIC_MEAN, "writing the copy"},
    [LINES] = {"lines", "", METRIC_MEAN, "lines of each copy"},
    {.name = NULL},
};

enum { PATH = 512, CHUNK = 65536, PEEK = 1 << 20 };

/* What two equal files have in common. */
struct fingerprint {
    uint64_t bytes, lines, hash;
    bool binary; /* it has a NUL in it */
};

struct io {
    char source[PATH], copy[PATH];
    struct fingerprint print; /* of the source, when the data were made */
    uint64_t hold_ns;
    bool sync;
    char *text; /* [room]: what was read, a NUL behind it */
    size_t used, room;
    uint64_t read_ns, held_ns, write_ns; /* of the last step */
};

/* -- files --------------------------------------------------------------- */

/* FNV-1a over the bytes; a last line without an end is one. */
static void fingerprint_add(struct fingerprint *print, const char *text,
                            size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        print->hash = (print->hash ^ (unsigned char)text[i]) * 0x100000001b3u;
        print->lines += text[i] == '\n';
        print->binary |= text[i] == '\0';
    }
    print->bytes += bytes;
}

/* Reads at most `most` bytes of a file. Fails with `code`. */
static int fingerprint_take(struct fingerprint *print, const char *path,
                            uint64_t most, int code, struct err *err)
{
    char chunk[CHUNK], last = '\n';
    FILE *file = fopen(path, "re");
    size_t got;
    int failed;

    *print = (struct fingerprint){.hash = 0xcbf29ce484222325u};
    if (!file)
        return err_errno(err, code, "cannot read '%s'", path);
    while (print->bytes < most && (got = fread(chunk, 1, CHUNK, file)) > 0) {
        fingerprint_add(print, chunk, got);
        last = chunk[got - 1];
    }
    print->lines += last != '\n';
    failed = ferror(file);
    if (failed)
        err_errno(err, code, "cannot read '%s'", path);
    fclose(file);
    return failed ? -1 : 0;
}

static int refuse_binary(const char *path, struct err *err)
{
    return err_set(err, EXIT_USAGE,
                   "file=%s: is no text, it has a NUL byte in it", path);
}

/* A user's file: what can be said without reading all of it. */
static int look_at(const char *path, uint64_t *bytes, struct err *err)
{
    struct stat status;
    struct fingerprint print;

    if (stat(path, &status))
        return err_errno(err, EXIT_USAGE, "file=%s", path);
    if (!S_ISREG(status.st_mode))
        return err_set(
            err, EXIT_USAGE, "file=%s: is %s, want a text file", path,
            S_ISDIR(status.st_mode) ? "a directory" : "no regular file");
    if (status.st_size == 0)
        return err_set(err, EXIT_USAGE, "file=%s: is empty", path);
    if (fingerprint_take(&print, path, PEEK, EXIT_USAGE, err))
        return -1;
    *bytes = (uint64_t)status.st_size;
    return print.binary ? refuse_binary(path, err) : 0;
}

/* -- a source of our own ------------------------------------------------- */

/* Line i is one to eight words of sixteen digits, cut to what is `left`. */
static size_t make_line(char *line, uint64_t seed, uint64_t i, uint64_t left)
{
    enum { WORDS = 8, WORD = 17 };
    uint64_t words = 1 + rng_bits(seed, 0, i * (WORDS + 1)) % WORDS;
    size_t length = words * WORD;

    for (uint64_t k = 0; k < words; k++)
        snprintf(line + k * WORD, WORD + 1, "%016" PRIx64 " ",
                 rng_bits(seed, 0, i * (WORDS + 1) + 1 + k));
    if (length > left)
        length = left;
    line[length - 1] = '\n';
    return length;
}

static void write_source(FILE *file, uint64_t seed, uint64_t bytes)
{
    char line[256];
    size_t length;

    for (uint64_t i = 0; bytes > 0 && !ferror(file); i++) {
        length = make_line(line, seed, i, bytes);
        fwrite(line, 1, length, file);
        bytes -= length;
    }
}

/* The first of all workers makes it; the others wait for the lock that is on
 * the file, which goes with its holder whatever becomes of that. */
static int make_source(const char *path, uint64_t seed, uint64_t bytes,
                       struct err *err)
{
    FILE *file = fopen(path, "ae");
    struct stat status;
    bool made = false, failed;

    if (!file)
        return err_errno(err, EXIT_RESOURCE, "cannot make '%s'", path);
    failed = flock(fileno(file), LOCK_EX) || fstat(fileno(file), &status);
    if (!failed && (uint64_t)status.st_size != bytes) {
        failed = ftruncate(fileno(file), 0);
        if (!failed)
            write_source(file, seed, bytes);
        made = true;
    }
    failed = failed || fflush(file) || ferror(file);
    if (failed)
        err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
    if (failed && made && ftruncate(fileno(file), 0))
        err_errno(err, EXIT_RESOURCE, "cannot empty '%s'", path);
    fclose(file);
    return failed ? -1 : 0;
}

/* -- the kernel ---------------------------------------------------------- */

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    const char *path = problem->value[FILE_OF_USER].text;
    uint64_t bytes = (uint64_t)problem->value[BYTES].count;

    (void)workers;
    if (*path && look_at(path, &bytes, err))
        return -1;
    work->amount = 1;
    work->memory = work->arena = (double)bytes + sizeof(struct io) + 1;
    return 0;
}

static int find_source(struct io *io, const struct worker *w,
                       const struct problem *problem, struct err *err)
{
    const char *own = problem->value[FILE_OF_USER].text;
    int64_t bytes = problem->value[BYTES].count;
    int failed = 0;

    if (*own) {
        snprintf(io->source, sizeof io->source, "%s", own);
    } else {
        snprintf(io->source, sizeof io->source, "%s/source_%" PRId64 ".txt",
                 w->scratch, bytes);
        failed =
            make_source(io->source, problem->seed, (uint64_t)bytes, err) != 0;
    }
    if (failed || fingerprint_take(&io->print, io->source, UINT64_MAX,
                                   EXIT_RESOURCE, err))
        return -1;
    if (io->print.binary)
        return refuse_binary(io->source, err);
    return 0;
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct io *io = worker_alloc(w, sizeof *io, err);

    if (!io || find_source(io, w, problem, err))
        return -1;
    snprintf(io->copy, sizeof io->copy, "%s/test_%d.txt", w->scratch, w->task);
    io->hold_ns = (uint64_t)(problem->value[HOLD].real * 1e9);
    io->sync = problem->value[SYNC].count;
    io->room = io->print.bytes + 1;
    io->text = worker_alloc(w, io->room, err);
    if (!io->text)
        return -1;
    *state = io;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct io *io = state;

    (void)w;
    unlink(io->copy);
    io->used = 0;
}

/* Whoever opens, closes or syncs may have to wait for the disk. Between lines
 * stdio reads and writes what the page cache has, which is work. */
static FILE *open_file(struct worker *w, const char *path, const char *how,
                       struct err *err)
{
    FILE *file;

    worker_blocks(w);
    file = fopen(path, how);
    worker_resumes(w);
    if (!file)
        err_errno(err, EXIT_RESOURCE, "cannot %s '%s'",
                  *how == 'r' ? "read" : "write", path);
    return file;
}

static int read_lines(struct worker *w, struct io *io, struct err *err)
{
    FILE *file = open_file(w, io->source, "re", err);
    int failed;

    if (!file)
        return -1;
    io->used = 0;
    while (io->used + 1 < io->room) {
        size_t left = io->room - io->used;

        if (!fgets(io->text + io->used, left < INT_MAX ? (int)left : INT_MAX,
                   file))
            break;
        io->used += strlen(io->text + io->used);
        worker_checkpoint(w);
    }
    failed = ferror(file);
    if (failed)
        err_errno(err, EXIT_RESOURCE, "cannot read '%s'", io->source);
    fclose(file);
    return failed ? -1 : 0;
}

static int put_lines(struct worker *w, const struct io *io, FILE *file,
                     struct err *err)
{
    const char *at = io->text, *end = io->text + io->used, *next;

    for (; at < end && !ferror(file); at = next) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next + 1 : end;
        fwrite(at, 1, (size_t)(next - at), file);
        worker_checkpoint(w);
    }
    if (ferror(file))
        return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", io->copy);
    return 0;
}

static int flush_lines(const struct io *io, FILE *file, struct err *err)
{
    if (fflush(file) || (io->sync && fsync(fileno(file))))
        return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", io->copy);
    return 0;
}

/* What could not be written in full gives its room back at once. */
static int write_lines(struct worker *w, const struct io *io, struct err *err)
{
    FILE *file = open_file(w, io->copy, "we", err);
    int failed;

    if (!file)
        return -1;
    failed = put_lines(w, io, file, err);
    worker_blocks(w);
    failed = failed || flush_lines(io, file, err);
    fclose(file);
    if (failed)
        unlink(io->copy);
    worker_resumes(w);
    return failed ? -1 : 0;
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct io *io = state;
    uint64_t start = clock_now(), read, held;

    if (read_lines(w, io, err))
        return -1;
    read = clock_now();
    worker_blocks(w);
    clock_sleep(io->hold_ns);
    worker_resumes(w);
    held = clock_now();
    if (write_lines(w, io, err))
        return -1;
    io->read_ns = read - start;
    io->held_ns = held - read;
    io->write_ns = clock_now() - held;
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct io *io = state;
    const struct fingerprint *want = &io->print;
    struct fingerprint print;

    (void)w;
    *outcome =
        (struct outcome){.residual = 1,
                         .metric = {[READ] = (double)io->read_ns * 1e-9,
                                    [HELD] = (double)io->held_ns * 1e-9,
                                    [WRITE] = (double)io->write_ns * 1e-9,
                                    [LINES] = NAN}};
    if (fingerprint_take(&print, io->copy, UINT64_MAX, EXIT_WRONG, err))
        return -1;
    outcome->checksum = print.hash;
    outcome->metric[LINES] = (double)print.lines;
    if (print.bytes == want->bytes && print.lines == want->lines &&
        print.hash == want->hash) {
        outcome->residual = 0;
        return 0;
    }
    return err_set(err, EXIT_WRONG,
                   "'%s' is no copy of '%s', unless that has changed: %" PRIu64
                   " bytes in %" PRIu64 " lines of %" PRIu64 " in %" PRIu64,
                   io->copy, io->source, print.bytes, print.lines, want->bytes,
                   want->lines);
}

const struct kernel kernel_io = {
    .name = "io",
    .summary = "read a file line by line, sleep, write one's own copy",
    .unit = "file",
    .params = params,
    .modes = MODE_REPLICATE,
    .traits = KERNEL_FILES | KERNEL_PHASES,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
