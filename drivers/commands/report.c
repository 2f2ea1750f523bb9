/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive report FILE...: records, or folders of them, as figures for a terminal;
 * with -o OUT.html as one page that needs nothing but a browser; with
 * --proposal or --artifact as text to be pasted.
 */
#include "drivers/commands/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/progress.h"
#include "results/report/artifact.h"
#include "results/report/page.h"
#include "results/report/proposal.h"
#include "results/report/terminal.h"

static const double limit_s = 20; /* of gnuplot, a picture */

/* An existing file is never overwritten: told before records are read. */
static int check_output(const char *path, struct err *err)
{
    struct stat there;

    if (lstat(path, &there) == 0)
        return err_set(err, EXIT_USAGE,
                       "'%s' is there already; remove it or name another",
                       path);
    return errno == ENOENT
               ? 0
               : err_errno(err, EXIT_USAGE, "cannot create '%s'", path);
}

static int make_folder(const char *path, struct err *err)
{
    struct stat there;

    if (!path || mkdir(path, 0777) == 0)
        return 0;
    if (errno == EEXIST && stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return 0;
    return err_errno(err, EXIT_USAGE, "cannot make the folder '%s'", path);
}

/* All of it or no file. */
static int write_file(const char *path, const char *text, size_t length,
                      struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int cause = fd < 0 ? errno : 0;

    while (!cause && length) {
        ssize_t wrote = write(fd, text, length);

        if (wrote > 0) {
            text += wrote;
            length -= (size_t)wrote;
        } else if (wrote == 0 || errno != EINTR) {
            cause = wrote ? errno : ENOSPC;
        }
    }
    if (fd < 0) {
        errno = cause;
        return err_errno(err, EXIT_USAGE, "cannot create '%s'", path);
    }
    if (close(fd) && !cause)
        cause = errno;
    if (!cause)
        return 0;
    unlink(path);
    errno = cause;
    return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
}

static int write_page(const struct report *report,
                      const struct options *options,
                      const struct page_options *wanted, struct err *err)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    int failed = 0;

    if (!out)
        return err_set(err, EXIT_RESOURCE, "no memory for the page");
    failed = page_write(out, report, wanted, err);
    if (fclose(out) && !failed)
        failed = err_set(err, EXIT_RESOURCE, "no memory for the page");
    if (!failed)
        failed = write_file(options->output, text, length, err);
    free(text);
    return failed;
}

static int read_all(const struct options *options, struct report *report,
                    struct err *err)
{
    for (int i = 0; i < options->words; i++) {
        if (report_add(report, options->word[i], err))
            return -1;
    }
    return 0;
}

/* Columns are filled with spaces: no line ends with any. */
static void put_tidy(const char *text)
{
    size_t blanks = 0;

    for (; *text; text++) {
        blanks += *text == ' ';
        if (*text == ' ')
            continue;
        if (*text != '\n')
            printf("%*s", (int)blanks, "");
        putchar(*text);
        blanks = 0;
    }
}

/* One of three. */
static int make_text(const struct terminal *t, const struct options *options,
                     struct err *err)
{
    if (options->proposal)
        return proposal_print(t, err);
    if (options->artifact)
        return artifact_print(t->out, t->report, t->language, err);
    return terminal_write(t, err);
}

static int write_text(const struct report *report,
                      const struct options *options, enum language language,
                      struct err *err)
{
    char *text = NULL;
    size_t length = 0;
    struct terminal terminal = {.out = open_memstream(&text, &length),
                                .report = report,
                                .language = language,
                                .blocks = terminal_has_blocks()};
    int failed;

    if (!terminal.out)
        return err_set(err, EXIT_RESOURCE, "no memory for the report");
    failed = make_text(&terminal, options, err);
    if (fclose(terminal.out) && !failed)
        failed = err_set(err, EXIT_RESOURCE, "no memory for the report");
    if (!failed)
        put_tidy(text);
    free(text);
    if (!failed && (fflush(stdout) || ferror(stdout)))
        failed = err_errno(err, EXIT_RESOURCE, "cannot write the report");
    return failed ? -1 : 0;
}

static int check_options(const struct options *options, struct err *err)
{
    if (options->words == 0)
        return err_set(err, EXIT_USAGE,
                       "which records? Name files or folders of them");
    if (options->proposal && options->artifact)
        return err_set(err, EXIT_USAGE,
                       "--proposal or --artifact, one of them");
    if (options->output && (options->proposal || options->artifact))
        return err_set(err, EXIT_USAGE, "%s goes to stdout: no -o",
                       options->proposal ? "--proposal" : "--artifact");
    if (options->plots && !options->output)
        return err_set(err, EXIT_USAGE,
                       "--plots wants -o OUT.html: the page to be written");
    return options->output ? check_output(options->output, err) : 0;
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct page_options wanted = {
        .version = DRIVE_VERSION,
        .plots = options->plots,
        .limit_s = options->plot_limit ? options->plot_limit : limit_s};
    struct report report = {.files = 0};
    int failed;

    (void)conductor;
    if (language_find(options->lang ? options->lang : "en", &wanted.language,
                      err) ||
        check_options(options, err))
        return -1;
    failed = read_all(options, &report, err);
    if (!failed && options->output)
        failed = make_folder(options->plots, err) ||
                 write_page(&report, options, &wanted, err);
    else if (!failed)
        failed = write_text(&report, options,
                            terminal_language(wanted.language), err);
    report_free(&report);
    return failed ? -1 : 0;
}

const struct command command_report = {
    .name = "report",
    .synopsis = "report FILE... [-o PAGE]",
    .summary = "records as figures here, or a page of tables and pictures",
    .run = run,
};
