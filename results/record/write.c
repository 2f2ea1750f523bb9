/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/write.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "results/record/digest.h"
#include "results/record/json.h"
#include "results/record/lines.h"
#include "results/record/resume.h"
#include "results/record/utilisation.h"

static const char folder[] = "results";

enum { UUID_TEXT = 37, NAME_PART = 48 };

struct writer {
    char *path;
    char run[UUID_TEXT];
    int file;
    off_t size; /* of the whole lines in it */
    uint64_t lines, trials;
    int plan;     /* -1 before the first */
    bool planned; /* it waits for its summary */
    bool raw;
    bool made_folder;
    struct digest *digest; /* of all that is in it */
    struct err failure;    /* .code 0: none so far */
};

/* -- lines --------------------------------------------------------------- */

/* Whole lines stay, torn ones do not. */
static int fail(struct writer *w, struct err *err)
{
    if (errno == ENOSPC || errno == EDQUOT)
        err_errno(&w->failure, EXIT_RESOURCE,
                  "cannot write to '%s', of which %llu trials are kept: make "
                  "room, or write elsewhere with -o",
                  w->path, (unsigned long long)w->trials);
    else
        err_errno(&w->failure, EXIT_RESOURCE, "cannot write to '%s'", w->path);
    if (err)
        *err = w->failure;
    return -1;
}

static int failed_before(const struct writer *w, struct err *err)
{
    if (!w->failure.code)
        return 0;
    if (err)
        *err = w->failure;
    return -1;
}

/* All of it or -1. Beyond a limit on the size of files (ulimit -f) the kernel
 * kills the process unless the signal is held back: an error we can report is
 * wanted instead, and the signal taken off again. */
static int write_all(int file, const char *text, size_t length)
{
    const struct timespec at_once = {0, 0};
    sigset_t limit, before;
    int cause = 0;

    sigemptyset(&limit);
    sigaddset(&limit, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &limit, &before);
    while (length && !cause) {
        ssize_t wrote = write(file, text, length);

        if (wrote > 0) {
            text += wrote;
            length -= (size_t)wrote;
        } else if (wrote == 0 || errno != EINTR) {
            cause = wrote ? errno : ENOSPC;
        }
    }
    if (cause == EFBIG)
        sigtimedwait(&limit, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return cause ? -1 : 0;
}

/* What was torn is cut off again, so that only whole lines are there. */
static int write_text(struct writer *w, const char *text, size_t length,
                      struct err *err)
{
    if (write_all(w->file, text, length)) {
        fail(w, err);
        if (!ftruncate(w->file, w->size))
            lseek(w->file, w->size, SEEK_SET);
        return -1;
    }
    digest_add(w->digest, text, length);
    w->size += (off_t)length;
    w->lines++;
    return 0;
}

/* Puts what all lines have in common before the fields, which are used up. */
static char *format_line(const struct writer *w, const char *type,
                         json_t *fields, size_t *length)
{
    json_t *line = json_object();
    char *text, *grown;

    object_put(&line, "t", value_text(type));
    object_put(&line, "v", json_integer(RECORD_VERSION));
    object_put(&line, "run", value_text(w->run));
    object_put(&line, "seq", value_count(w->lines));
    text = line && fields && !json_object_update(line, fields)
               ? json_dumps(line, JSON_COMPACT | REAL_FORMAT)
               : NULL;
    json_decref(line);
    json_decref(fields);
    if (!text)
        return NULL;
    *length = strlen(text);
    grown = realloc(text, *length + 2);
    if (!grown) {
        free(text);
        return NULL;
    }
    strcpy(grown + (*length)++, "\n");
    return grown;
}

static int emit(struct writer *w, const char *type, json_t *fields,
                struct err *err)
{
    size_t length;
    char *text;
    int failed;

    if (failed_before(w, err)) {
        json_decref(fields);
        return -1;
    }
    text = format_line(w, type, fields, &length);
    if (!text)
        return err_set(err, EXIT_RESOURCE, "no memory for a line of '%s'",
                       w->path);
    failed = write_text(w, text, length, err);
    free(text);
    return failed;
}

/* -- opening ------------------------------------------------------------- */

/* RFC 9562, version 4: all random. */
static int make_uuid(char *out, struct err *err)
{
    unsigned char b[16];

    if (getrandom(b, sizeof b, 0) != sizeof b)
        return err_errno(err, EXIT_RESOURCE, "no random numbers for a run");
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";

        out += sprintf(out, "%s%02x", dash, b[i]);
    }
    return 0;
}

/* Up to `ends`, with "_" for what makes trouble in a file's name. */
static void name_part(char *out, const char *text, const char *ends)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t n = 0;

    for (; text[n] && !strchr(ends, text[n]) && n < NAME_PART - 1; n++)
        out[n] = strchr(plain, text[n]) ? text[n] : '_';
    out[n] = '\0';
}

static char *default_path(const struct run_info *info, const char *run)
{
    const char *slash = info->kernel ? strrchr(info->kernel, '/') : NULL;
    const char *name = slash ? slash + 1 : info->kernel;
    char kernel[NAME_PART], host[NAME_PART] = "", when[32], *path;
    time_t now = time(NULL);
    struct tm tm = {0};

    name_part(kernel, name && *name ? name : "drive", "");
    if (info->environment)
        name_part(host, info->environment->host, ".");
    localtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y%m%dT%H%M%S", &tm);
    if (asprintf(&path, "%s/%s-%s-%s-%.8s.jsonl", folder, kernel,
                 *host ? host : "host", when, run) < 0)
        return NULL;
    return path;
}

/* One writer a file; some file systems know no locks. */
static int lock(const struct writer *w, struct err *err)
{
    if (!flock(w->file, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
        return 0;
    return err_set(err, EXIT_USAGE,
                   "'%s' is being written by another process: wait for its "
                   "end, or begin a new record",
                   w->path);
}

static int create(struct writer *w, struct err *err)
{
    w->file = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (w->file >= 0)
        return lock(w, err);
    if (errno == EEXIST)
        return err_set(err, EXIT_USAGE,
                       "'%s' is there already and is not overwritten; choose "
                       "another name with -o",
                       w->path);
    return err_errno(err,
                     errno == ENOSPC || errno == EDQUOT || errno == EMFILE ||
                             errno == ENFILE || errno == ENOMEM
                         ? EXIT_RESOURCE
                         : EXIT_USAGE,
                     "cannot create '%s'", w->path);
}

static int create_below_folder(struct writer *w, struct err *err)
{
    int failed;

    w->made_folder = !mkdir(folder, 0777);
    if (!w->made_folder && errno != EEXIST)
        return err_errno(err, EXIT_USAGE, "cannot make the folder '%s'",
                         folder);
    failed = create(w, err);
    if (failed && w->made_folder)
        rmdir(folder);
    return failed;
}

static void writer_free(struct writer *w)
{
    if (!w)
        return;
    digest_free(w->digest);
    free(w->path);
    free(w);
}

static struct writer *writer_new(const char *path, const struct run_info *info,
                                 struct err *err)
{
    struct writer *w = calloc(1, sizeof *w);

    if (w && !make_uuid(w->run, err)) {
        w->plan = -1;
        w->raw = info->raw;
        w->digest = digest_new();
        w->path = path ? strdup(path) : default_path(info, w->run);
        if (w->path && w->digest)
            return w;
        err_set(err, EXIT_RESOURCE, "no memory for a record");
    } else if (!w) {
        err_set(err, EXIT_RESOURCE, "no memory for a record");
    }
    writer_free(w);
    return NULL;
}

int writer_open(struct writer **out, const char *path,
                const struct run_info *info, struct err *err)
{
    struct writer *w = writer_new(path, info, err);

    if (!w)
        return -1;
    if (path ? create(w, err) : create_below_folder(w, err)) {
        writer_free(w);
        return -1;
    }
    if (emit(w, "run", line_run(info), err) ||
        emit(w, "host", line_host(info), err) ||
        emit(w, "calib", line_calib(info), err) || writer_block(w, err)) {
        writer_discard(w);
        return -1;
    }
    *out = w;
    return 0;
}

/* -- going on ------------------------------------------------------------ */

/* What stays goes through the digest; lines are counted. A last line without
 * its end gets one. */
static int read_kept(struct writer *w, uint64_t keep, struct err *err)
{
    char text[65536], last = '\n';

    while ((uint64_t)w->size < keep) {
        uint64_t left = keep - (uint64_t)w->size;
        ssize_t got = pread(w->file, text,
                            left < sizeof text ? left : sizeof text, w->size);

        if (got <= 0)
            return err_errno(err, EXIT_USAGE, "cannot read '%s'", w->path);
        digest_add(w->digest, text, (size_t)got);
        for (ssize_t i = 0; i < got; i++)
            w->lines += text[i] == '\n';
        last = text[got - 1];
        w->size += got;
    }
    if (lseek(w->file, w->size, SEEK_SET) < 0)
        return err_errno(err, EXIT_USAGE, "cannot read '%s'", w->path);
    return last == '\n' ? 0 : write_text(w, "\n", 1, err);
}

/* What is behind it, to be freed; *length is 0 where there is nothing. */
static char *read_aside(const struct writer *w, uint64_t keep, size_t *length,
                        struct err *err)
{
    struct stat there;
    ssize_t got;
    char *text;

    *length = 0;
    if (fstat(w->file, &there) || (uint64_t)there.st_size < keep) {
        err_set(err, EXIT_USAGE, "'%s' was changed while it was read", w->path);
        return NULL;
    }
    text = malloc((size_t)there.st_size - keep + 1);
    got = text ? pread(w->file, text, (size_t)there.st_size - keep, (off_t)keep)
               : -1;
    if (got < 0) {
        err_errno(err, EXIT_RESOURCE, "cannot read '%s'", w->path);
        free(text);
        return NULL;
    }
    text[got] = '\0';
    *length = (size_t)got;
    return text;
}

static int go_on(struct writer *w, const struct resume *r,
                 const char *command_line, struct err *err)
{
    size_t length;
    char *aside = read_aside(w, r->keep, &length, err);
    int failed;

    if (!aside)
        return -1;
    failed = ftruncate(w->file, (off_t)r->keep)
                 ? err_errno(err, EXIT_RESOURCE, "cannot cut '%s'", w->path)
                 : read_kept(w, r->keep, err);
    if (!failed)
        failed = emit(w, "resume", line_resume(r, command_line, aside, length),
                      err) ||
                 writer_block(w, err);
    free(aside);
    return failed;
}

int writer_resume(struct writer **out, const struct resume *r,
                  const char *command_line, struct err *err)
{
    const struct run_info info = {.raw = false};
    struct writer *w = writer_new(r->path, &info, err);
    int failed;

    if (!w)
        return -1;
    snprintf(w->run, sizeof w->run, "%.36s", r->id);
    w->plan = r->comparisons - 1;
    w->planned = r->open;
    w->trials = r->trials;
    w->file = open(w->path, O_RDWR | O_CLOEXEC);
    failed = w->file < 0
                 ? err_errno(err, EXIT_USAGE, "cannot write to '%s'", w->path)
                 : lock(w, err) || go_on(w, r, command_line, err);
    if (failed) {
        if (w->file >= 0)
            close(w->file);
        writer_free(w);
        return -1;
    }
    *out = w;
    return 0;
}

/* -- what happens -------------------------------------------------------- */

int writer_plan(struct writer *w, const struct comparison *c, struct err *err)
{
    w->plan++;
    w->planned = true;
    return emit(w, "plan", line_plan(w->plan, c), err);
}

/* A comparison that was refused before it began is planned only here. */
static int need_plan(struct writer *w, const struct comparison *c,
                     struct err *err)
{
    return w->planned ? 0 : writer_plan(w, c, err);
}

int writer_trial(struct writer *w, const struct comparison *c,
                 const struct cell *cell, const struct trial *trial,
                 struct err *err)
{
    if (need_plan(w, c, err) ||
        emit(w, "trial", line_trial(w->plan, c, cell, trial, w->raw), err))
        return -1;
    w->trials++;
    return 0;
}

/* Some file systems know no fsync: no reason to lose a run. */
int writer_block(struct writer *w, struct err *err)
{
    if (failed_before(w, err))
        return -1;
    if (!fsync(w->file) || errno == EINVAL || errno == ENOSYS ||
        errno == EOPNOTSUPP)
        return 0;
    return fail(w, err);
}

static int write_utilisation(struct writer *w, const struct comparison *c,
                             struct err *err)
{
    size_t first = 0;

    do {
        if (c->utilisation.cpus &&
            emit(w, "utilisation", line_utilisation(w->plan, c, first), err))
            return -1;
        first += UTILISATION_LINE;
    } while (first < c->utilisation.samples);
    return 0;
}

int writer_summary(struct writer *w, const struct comparison *c,
                   const struct judgement *j, struct err *err)
{
    if (need_plan(w, c, err) || write_utilisation(w, c, err))
        return -1;
    for (int i = 0; i < c->cells; i++) {
        if (c->cell[i].post &&
            emit(w, "place", line_place(w->plan, &c->cell[i]), err))
            return -1;
    }
    if (emit(w, "summary", line_summary(w->plan, c, j), err))
        return -1;
    w->planned = false;
    return writer_block(w, err);
}

int writer_event(struct writer *w, const char *what, const char *text,
                 struct err *err)
{
    return emit(w, "event", line_event(what, text), err);
}

/* -- the end ------------------------------------------------------------- */

int writer_close(struct writer *w, const char *why, struct err *err)
{
    char sha256[DIGEST_TEXT];
    json_t *line;
    int failed;

    if (!w)
        return 0;
    digest_text(w->digest, sha256);
    line = line_end(why, w->lines + 1, w->trials, sha256);
    failed = emit(w, "end", line, err) || writer_block(w, err) ? -1 : 0;
    if (close(w->file) && !failed) /* some file systems tell only now */
        failed = fail(w, err);
    writer_free(w);
    return failed;
}

void writer_discard(struct writer *w)
{
    if (!w)
        return;
    close(w->file);
    unlink(w->path);
    if (w->made_folder)
        rmdir(folder);
    writer_free(w);
}

const char *writer_path(const struct writer *w)
{
    return w->path;
}

const char *writer_run(const struct writer *w)
{
    return w->run;
}
