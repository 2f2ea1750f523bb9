/* SPDX-License-Identifier: Apache-2.0 */
#include "results/export/export.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/export/format.h"
#include "results/record/read.h"

#define FORMAT(name) extern const struct export_format format_##name;
#include "results/export/formats.def"
#undef FORMAT

const struct export_format *const export_table[] = {
#define FORMAT(name) &format_##name,
#include "results/export/formats.def"
#undef FORMAT
    NULL,
};

const struct export_format *export_find(const char *name)
{
    for (int i = 0; export_table[i]; i++) {
        if (strcmp(export_table[i]->name, name) == 0)
            return export_table[i];
    }
    return NULL;
}

const struct export_format *export_guess(const char *path)
{
    const char *suffix = strrchr(path, '.');

    for (int i = 0; suffix && export_table[i]; i++) {
        if (export_table[i]->suffix &&
            strcmp(export_table[i]->suffix, suffix) == 0)
            return export_table[i];
    }
    return NULL;
}

char *export_names(char *out, size_t size)
{
    size_t used = 0;

    *out = '\0';
    for (int i = 0; export_table[i] && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s--%s",
                                 !i                    ? ""
                                 : export_table[i + 1] ? ", "
                                                       : " or ",
                                 export_table[i]->name);
    return out;
}

/* -- for formats --------------------------------------------------------- */

bool export_counts(const struct export *x, const struct trial *trial)
{
    return !x->is_void && trial->ns && trial_counts(trial);
}

void export_note(const struct export *x, const char *format, ...)
{
    char text[1024], clean[1024];
    va_list list;

    if (!x->note)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    x->note(text_clean(text, clean, sizeof clean));
}

/* -- one record ---------------------------------------------------------- */

/* What is wrong with a record, each told once. */
struct faults {
    long bad, foreign;
    char first[512];
};

static int take_plan(const struct export_format *format, struct export *x,
                     const struct record *line, struct err *err)
{
    x->c = line->comparison;
    x->plan = line->plan;
    x->is_void = survey_is_void(x->survey, x->number);
    memset(x->counted, 0, sizeof x->counted);
    labels_make(&x->labels, x->c, line->json);
    return format->plan ? format->plan(x, err) : 0;
}

static int take_trial(const struct export_format *format, struct export *x,
                      const struct record *line, struct err *err)
{
    x->c = line->comparison;
    x->counted[line->cell] += export_counts(x, &line->is.trial);
    return format->trial ? format->trial(x, line->cell, &line->is.trial, err)
                         : 0;
}

/* What no reader of the format will see. */
static void note_missing(const struct export *x)
{
    char params[LABEL_TEXT];

    labels_params(&x->labels, params, sizeof params);
    if (x->is_void)
        export_note(x, "%s: %s %s, %d workers is void (%s)", x->file,
                    x->labels.kernel, params, x->c->workers,
                    survey_stop_name(x->survey, x->number));
    for (int i = 0; i < x->c->cells && !x->is_void; i++) {
        const struct cell *cell = &x->c->cell[i];

        if (!x->counted[i])
            export_note(x, "%s: %s %s, %s has no trial that counts%s%s",
                        x->file, x->labels.kernel, params,
                        x->labels.executor[i], *cell->why.text ? ": " : "",
                        cell->why.text);
    }
}

static int take_end(const struct export_format *format, struct export *x,
                    const struct record *line, struct err *err)
{
    int failed = 0;

    x->c = line->comparison;
    note_missing(x);
    if (format->done)
        failed = format->done(
            x, line->type == RECORD_SUMMARY ? line->json : NULL, err);
    x->number++;
    return failed;
}

static void take_bad(const struct record *line, struct faults *faults)
{
    if (!faults->bad++)
        snprintf(faults->first, sizeof faults->first, "line %ld: %s",
                 line->line, line->is.text);
}

/* Records that were put one behind the other have several. */
static void take_run(struct export *x, const struct record *line)
{
    text_clean(line->is.run.id, x->run, sizeof x->run);
    text_clean(line->is.run.start, x->start, sizeof x->start);
}

static void take_host(struct export *x, const struct record *line)
{
    text_clean(line->is.host, x->host, sizeof x->host);
    json_decref(x->facts);
    x->facts = json_incref((json_t *)line->json);
}

static int take_line(const struct export_format *format, struct export *x,
                     const struct record *line, struct faults *faults,
                     struct err *err)
{
    faults->foreign += line->foreign;
    switch (line->type) {
    case RECORD_RUN: take_run(x, line); return 0;
    case RECORD_HOST: take_host(x, line); return 0;
    case RECORD_BAD: take_bad(line, faults); return 0;
    case RECORD_PLAN: return take_plan(format, x, line, err);
    case RECORD_TRIAL: return take_trial(format, x, line, err);
    case RECORD_SUMMARY:
    case RECORD_CUT: return take_end(format, x, line, err);
    default: return 0;
    }
}

static void note_faults(const struct export *x, const struct faults *faults,
                        const char *partial)
{
    if (faults->bad)
        export_note(x, "%s: %ld line%s not read; %s", x->file, faults->bad,
                    faults->bad == 1 ? " was" : "s were", faults->first);
    if (faults->foreign)
        export_note(x, "%s: %ld line%s to another run", x->file,
                    faults->foreign,
                    faults->foreign == 1 ? " belongs" : "s belong");
    if (partial)
        export_note(x, "%s: %s", x->file, partial);
}

/* What cannot be written any more is noticed at the end. */
static int read_record(const struct export_format *format, struct export *x,
                       struct reader *reader, const volatile int *stop,
                       struct err *err)
{
    struct faults faults = {.bad = 0};
    size_t before = x->number;
    struct record line;
    int got, failed = 0;

    while (!failed && !ferror(x->out) &&
           (got = reader_next(reader, &line, err)) != 0)
        failed = got < 0 || export_stopped(stop, err) ||
                         take_line(format, x, &line, &faults, err)
                     ? -1
                     : 0;
    if (failed || ferror(x->out))
        return failed;
    note_faults(x, &faults, reader_partial(reader));
    if (x->number == before)
        export_note(x, "%s: no comparison was begun", x->file);
    return 0;
}

static int add_record(const struct export_format *format, struct export *x,
                      const char *path, const volatile int *stop,
                      struct err *err)
{
    struct reader *reader;
    int failed;

    *x->run = *x->start = *x->host = '\0';
    json_decref(x->facts);
    x->facts = NULL;
    text_clean(path, x->file, sizeof x->file);
    if (reader_open(&reader, path,
                    format->flags & FORMAT_KEEPS ? READER_KEEP : 0, err))
        return -1;
    failed = read_record(format, x, reader, stop, err);
    reader_close(reader);
    return failed;
}

/* -- all of them --------------------------------------------------------- */

static int check_file(const char *path, struct err *err)
{
    struct stat there;

    if (stat(path, &there) || S_ISREG(there.st_mode))
        return 0; /* the reader says what is wrong */
    return err_set(err, EXIT_USAGE,
                   "'%s' is no file, and a record is read twice: save it first",
                   path);
}

static int look(struct survey *survey, const struct export_job *job,
                struct err *err)
{
    for (int i = 0; i < job->paths; i++) {
        if (check_file(job->path[i], err) ||
            survey_add(survey, job->path[i], job->stop, err))
            return -1;
    }
    return 0;
}

static int write_all(const struct export_format *format, struct export *x,
                     const struct export_job *job, struct err *err)
{
    int failed = 0;

    if (x->survey->more)
        export_note(x, "there are more parameters or metrics than columns; the "
                       "last ones are left out");
    if (format->open)
        format->open(x);
    for (int i = 0; i < job->paths && !failed; i++)
        failed = add_record(format, x, job->path[i], job->stop, err);
    if (!failed && format->close)
        format->close(x);
    if (format->drop)
        format->drop(x);
    if (!failed && (fflush(x->out) || ferror(x->out)))
        failed = err_errno(err, EXIT_RESOURCE, "cannot write '%s'", job->name);
    return failed;
}

int export_write(const struct export_format *format,
                 const struct export_job *job, struct err *err)
{
    struct survey *survey = calloc(1, sizeof *survey);
    struct export *x = calloc(1, sizeof *x);
    void *state = calloc(1, format->state + 1);
    int failed = -1;

    if (!survey || !x || !state) {
        err_set(err, EXIT_RESOURCE, "no memory for an export");
    } else if (!look(survey, job, err)) {
        x->out = job->out;
        x->survey = survey;
        x->state = state;
        x->note = job->note;
        failed = write_all(format, x, job, err);
    }
    if (x)
        json_decref(x->facts);
    survey_free(survey);
    free(state);
    free(x);
    return failed;
}
