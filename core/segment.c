/* SPDX-License-Identifier: Apache-2.0 */
#include "core/segment.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map_file(int fd, size_t bytes, void **at)
{
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (mapped == MAP_FAILED)
        return -1;
    *at = mapped;
    return 0;
}

int segment_create(const char *name, size_t bytes, void **at, int *fd,
                   struct err *err)
{
    int file = memfd_create(name, MFD_CLOEXEC);

    if (file < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot create '%s'", name);
    if (ftruncate(file, (off_t)bytes) || map_file(file, bytes, at)) {
        err_errno(err, EXIT_RESOURCE, "cannot map '%s', %zu bytes", name,
                  bytes);
        close(file);
        return -1;
    }
    *fd = file;
    return 0;
}

char *segment_path(int fd, char *out, size_t size)
{
    snprintf(out, size, "/proc/%d/fd/%d", (int)getpid(), fd);
    return out;
}

int segment_join(const char *path, void **at, struct err *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC), failed = 0;
    struct stat status;

    if (fd < 0 || fstat(fd, &status) ||
        map_file(fd, (size_t)status.st_size, at))
        failed = err_errno(err, EXIT_RESOURCE, "cannot map '%s'", path);
    if (fd >= 0)
        close(fd);
    return failed;
}

void segment_leave(void *at, size_t bytes)
{
    if (at)
        munmap(at, bytes);
}
