/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive report FILE... -o OUT.html: records, or folders of them, as one page
 * that needs nothing but a browser.
 */
#include "drivers/commands/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/report/page.h"

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
    if (options->words == 0)
        return err_set(err, EXIT_USAGE,
                       "which records? Name files or folders of them");
    if (!options->output)
        return err_set(err, EXIT_USAGE,
                       "report wants -o OUT.html: the page to be written");
    if (language_find(options->lang ? options->lang : "en", &wanted.language,
                      err) ||
        check_output(options->output, err))
        return -1;
    failed = read_all(options, &report, err) ||
             make_folder(options->plots, err) ||
             write_page(&report, options, &wanted, err);
    report_free(&report);
    return failed ? -1 : 0;
}

const struct command command_report = {
    .name = "report",
    .synopsis = "report FILE... -o PAGE",
    .summary = "records as a page of tables and pictures",
    .run = run,
};
