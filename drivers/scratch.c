/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/scratch.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *home_of(const struct conductor *c)
{
    const char *temporary = getenv("TMPDIR");

    if (c->scratch_home)
        return c->scratch_home;
    return temporary && *temporary ? temporary : "/tmp";
}

int scratch_open(struct conductor *c, struct err *err)
{
    const char *home = home_of(c);
    char whole[PATH_MAX];
    int length;

    if (*c->scratch)
        return 0;
    if (!realpath(home, whole))
        return err_errno(err, c->scratch_home ? EXIT_USAGE : EXIT_RESOURCE,
                         "no scratch folder in '%s'", home);
    length = snprintf(c->scratch, sizeof c->scratch, "%s/drive-XXXXXX", whole);
    if (length < (int)sizeof c->scratch && mkdtemp(c->scratch))
        return 0;
    *c->scratch = '\0';
    return err_errno(err, EXIT_RESOURCE, "no scratch folder in '%s'", home);
}

static int remove_one(const char *path, const struct stat *status, int flag,
                      struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    remove(path);
    return 0;
}

void scratch_close(struct conductor *c)
{
    enum { OPEN_MOST = 16 };

    if (*c->scratch)
        nftw(c->scratch, remove_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS);
    *c->scratch = '\0';
}
