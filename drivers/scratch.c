/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/scratch.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "drivers/folder.h"

static const char *home_of(const struct conductor *c)
{
    const char *temporary = getenv("TMPDIR");

    if (c->scratch_home)
        return c->scratch_home;
    return temporary && *temporary ? temporary : "/tmp";
}

static bool find_home(const char *home, char *whole)
{
    struct stat status;

    if (!realpath(home, whole) || stat(whole, &status))
        return false;
    errno = ENOTDIR;
    return S_ISDIR(status.st_mode);
}

int scratch_open(struct conductor *c, struct err *err)
{
    const char *home = home_of(c);
    char whole[PATH_MAX];

    if (*c->scratch)
        return 0;
    if (!find_home(home, whole))
        return err_errno(err, c->scratch_home ? EXIT_USAGE : EXIT_RESOURCE,
                         "no scratch folder in '%s'", home);
    return nursery_folder(c->nursery, whole, c->scratch, err);
}

int scratch_close(struct conductor *c, struct err *err)
{
    const uint64_t patience_ns = 1000000000;
    int failed = folder_remove(c->scratch, patience_ns, err);

    *c->scratch = '\0';
    return failed;
}
