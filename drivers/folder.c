/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"

int folder_make(const char *home, const char *name, char *path, struct err *err)
{
    int length = snprintf(path, FOLDER_PATH, "%s/%s-XXXXXX", home, name);

    if (length >= FOLDER_PATH)
        errno = ENAMETOOLONG;
    else if (mkdtemp(path))
        return 0;
    *path = '\0';
    return err_errno(err, EXIT_RESOURCE, "no scratch folder in '%s'", home);
}

static int remove_one(const char *path, const struct stat *status, int flag,
                      struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    remove(path);
    return 0;
}

int folder_remove(const char *path, uint64_t patience_ns, struct err *err)
{
    enum { OPEN_MOST = 4, NAP_NS = 2000000 };
    uint64_t end = clock_now() + patience_ns;

    while (*path && access(path, F_OK) == 0) {
        nftw(path, remove_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS);
        if (access(path, F_OK))
            break;
        if (clock_now() > end)
            return err_set(err, EXIT_RESOURCE, "cannot remove '%s'", path);
        clock_sleep(NAP_NS);
    }
    return 0;
}
