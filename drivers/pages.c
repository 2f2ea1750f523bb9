/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The bytes of the line "KEY:   123 kB"; 0: there is none. */
static uint64_t bytes_of(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at ? strtoull(at + strlen(key), NULL, 10) * 1024 : 0;
}

/* Keys stand at the beginning of a line, the first line is a range. */
void pages_read(const char *path, struct page_use *use)
{
    char text[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    use->resident = bytes_of(text, "\nRss:");
    use->huge = bytes_of(text, "\nAnonHugePages:") +
                bytes_of(text, "\nShmemPmdMapped:") +
                bytes_of(text, "\nFilePmdMapped:");
}
