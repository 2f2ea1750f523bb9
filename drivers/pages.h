/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a process's memory lies on huge pages, as the kernel of the
 * operating system knows it: /proc/PID/smaps_rollup, since Linux 4.14. To be
 * read outside timed regions: it walks all page tables, which takes some 2 us
 * a MiB of base pages.
 */
#ifndef DRIVE_DRIVERS_PAGES_H
#define DRIVE_DRIVERS_PAGES_H

#include <stdint.h>

/* Resident bytes, program and libraries too, and those of them that are mapped
 * by huge pages: private, shared or of files. */
struct page_use {
    uint64_t resident, huge;
};

/* All 0 where the file is not readable or does not say. */
void pages_read(const char *path, struct page_use *);

#endif
