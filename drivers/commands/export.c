/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive export FILE... --csv|--md|--latex|--hyperfine|--gbench|--extrap
 * [-o OUT]: records for other tools, on standard output or in a file.
 */
#include "drivers/commands/command.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "drivers/draft.h"
#include "results/export/export.h"
#include "results/record/read.h"

static void note(const char *text)
{
    fprintf(stderr, "drive: note: %s\n", text);
}

/* What is asked for, or else what the file's name says. */
static const struct export_format *choose(const struct options *options,
                                          struct err *err)
{
    const struct export_format *format;
    char names[128];

    if (options->format_too) {
        err_set(err, EXIT_USAGE, "--%s and --%s: want one format",
                options->format, options->format_too);
        return NULL;
    }
    if (options->format)
        return export_find(options->format);
    format = options->output ? export_guess(options->output) : NULL;
    export_names(names, sizeof names);
    if (!format && options->output)
        err_set(err, EXIT_USAGE,
                "'%s' does not end in .csv, .md, .tex or .jsonl: say %s",
                options->output, names);
    else if (!format)
        err_set(err, EXIT_USAGE, "which format? Say %s", names);
    return format;
}

/* Measurements are not to be lost to what was made of them. */
static int spare_records(const char *path, struct err *err)
{
    struct reader *reader;
    struct stat there;
    struct err none;

    if (stat(path, &there) || !S_ISREG(there.st_mode) ||
        reader_open(&reader, path, 0, &none))
        return 0;
    reader_close(reader);
    return err_set(err, EXIT_USAGE,
                   "'%s' is a record and is not overwritten: name another file",
                   path);
}

static int write_file(const struct export_format *format,
                      struct export_job *job, struct err *err)
{
    struct draft draft;

    if (spare_records(job->name, err) || draft_open(&draft, job->name, err))
        return -1;
    job->out = draft.file;
    if (export_write(format, job, err)) {
        draft_drop(&draft);
        return -1;
    }
    return draft_keep(&draft, err);
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    const struct export_format *format;
    struct export_job job = {.path = options->word,
                             .paths = options->words,
                             .out = stdout,
                             .name = "standard output",
                             .note = note,
                             .stop = conductor->stop};

    if (options->words == 0)
        return err_set(err, EXIT_USAGE, "which records? Name their files");
    format = choose(options, err);
    if (!format)
        return -1;
    if (!options->output || strcmp(options->output, "-") == 0)
        return export_write(format, &job, err);
    job.name = options->output;
    return write_file(format, &job, err);
}

const struct command command_export = {
    .name = "export",
    .synopsis = "export FILE...",
    .summary = "records as CSV, Markdown, LaTeX, or other tools' JSON",
    .run = run,
};
