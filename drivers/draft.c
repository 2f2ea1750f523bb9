/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void forget(struct draft *draft)
{
    free(draft->path);
    free(draft->name);
    *draft = (struct draft){.file = NULL};
}

static int cannot_create(struct draft *draft, const char *path, struct err *err)
{
    err_errno(err, EXIT_USAGE, "cannot create '%s'", path);
    forget(draft);
    return -1;
}

/* Beside the file itself, for a file cannot be moved to another disk. */
static int make_name(struct draft *draft, struct err *err)
{
    const char *slash = strrchr(draft->path, '/');
    int folder = slash ? (int)(slash - draft->path) + 1 : 0;

    if (asprintf(&draft->name, "%.*s.%s.%ld", folder, draft->path,
                 draft->path + folder, (long)getpid()) >= 0)
        return 0;
    draft->name = NULL;
    return err_set(err, EXIT_RESOURCE, "no memory for a file's name");
}

static int open_draft(struct draft *draft, mode_t mode)
{
    int fd = open(draft->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd >= 0 && mode && fchmod(fd, mode)) {
        close(fd);
        unlink(draft->name);
        return -1;
    }
    draft->file = fd < 0 ? NULL : fdopen(fd, "w");
    return draft->file ? 0 : -1;
}

int draft_open(struct draft *draft, const char *path, struct err *err)
{
    struct stat there;
    bool exists = stat(path, &there) == 0;

    *draft = (struct draft){.file = NULL};
    if (exists && !S_ISREG(there.st_mode)) {
        draft->file = fopen(path, "we");
        return draft->file ? 0 : cannot_create(draft, path, err);
    }
    draft->path = exists ? realpath(path, NULL) : strdup(path);
    if (!draft->path || make_name(draft, err)) {
        if (!draft->path)
            err_errno(err, EXIT_RESOURCE, "cannot find '%s'", path);
        forget(draft);
        return -1;
    }
    if (exists && access(path, W_OK))
        return cannot_create(draft, path, err);
    return open_draft(draft, exists ? there.st_mode & 07777 : 0)
               ? cannot_create(draft, path, err)
               : 0;
}

int draft_keep(struct draft *draft, struct err *err)
{
    int failed = ferror(draft->file);

    failed = fclose(draft->file) || failed;
    draft->file = NULL;
    if (!failed && draft->name)
        failed = rename(draft->name, draft->path);
    if (failed) {
        err_errno(err, EXIT_RESOURCE, "cannot write '%s'",
                  draft->path ? draft->path : "the output");
        draft_drop(draft);
        return -1;
    }
    forget(draft);
    return 0;
}

void draft_drop(struct draft *draft)
{
    if (draft->file)
        fclose(draft->file);
    if (draft->name)
        unlink(draft->name);
    forget(draft);
}
