/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for a folder's files");
}

static int is_record(const struct dirent *entry)
{
    static const char ending[] = ".jsonl";
    size_t length = strlen(entry->d_name);

    return length > strlen(ending) && *entry->d_name != '.' &&
           strcmp(entry->d_name + length - strlen(ending), ending) == 0;
}

static int skip(struct files_skips skips, const struct err *why,
                struct err *err)
{
    char **list = mem_more(*skips.text, *skips.n, skips.room, sizeof *list);
    char *text = strdup(why->text);

    if (list)
        *skips.text = list;
    if (!list || !text) {
        free(text);
        return no_memory(err);
    }
    list[(*skips.n)++] = text;
    return 0;
}

static int visit_one(const char *folder, const char *name,
                     struct files_visit visit, struct files_skips skips,
                     struct err *err)
{
    struct err why = {0};
    char *path;
    int failed;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return no_memory(err);
    failed = visit.file(visit.arg, path, &why);
    free(path);
    if (failed && why.code == EXIT_USAGE)
        return skip(skips, &why, err);
    if (failed && err)
        *err = why;
    return failed;
}

static int visit_all(const char *folder, struct files_visit visit,
                     struct files_skips skips, struct err *err)
{
    struct dirent **entry;
    size_t before = *skips.n;
    int n = scandir(folder, &entry, is_record, versionsort), failed = 0;

    if (n < 0)
        return err_errno(err, EXIT_USAGE, "cannot read the folder '%s'",
                         folder);
    for (int i = 0; i < n; i++) {
        if (!failed)
            failed = visit_one(folder, entry[i]->d_name, visit, skips, err);
        free(entry[i]);
    }
    free(entry);
    if (!failed && *skips.n - before == (size_t)n)
        return err_set(err, EXIT_USAGE, "the folder '%s' has no record: %s",
                       folder,
                       n ? (*skips.text)[*skips.n - 1] : "no file *.jsonl");
    return failed;
}

int files_visit(const char *path, struct files_visit visit,
                struct files_skips skips, struct err *err)
{
    struct stat there;

    if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return visit_all(path, visit, skips, err);
    return visit.file(visit.arg, path, err);
}
