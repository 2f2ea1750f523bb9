/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that workers compute in, and how much of it there is.
 */
#ifndef DRIVE_CORE_MEM_H
#define DRIVE_CORE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

/* MEM_BASE: pages of the base size for every executor, shared mappings of
 * the same kind everywhere, so that page size and backing are no part of a
 * comparison. MEM_NATIVE: each executor's best, huge pages where the kernel
 * gives them: private memory may get them where shared memory does not. */
enum mem_pages { MEM_BASE, MEM_NATIVE };

/* Maps zeroed, page-aligned memory, untouched (no page is there until it is
 * written) and not reserved. `shared` memory is seen by processes forked
 * later. The address range is the caller's, until mem_unmap. */
int mem_map(void **at, size_t bytes, enum mem_pages pages, bool shared,
            struct err *err);
void mem_unmap(void *at, size_t bytes); /* NULL-safe */

/* Asks for such pages in memory that somebody else has mapped, as far as whole
 * pages of it go. Advice: nothing fails. */
void mem_advise(void *at, size_t bytes, enum mem_pages pages);

/* Keeps, or stops keeping, the kernel from giving this process and its later
 * children huge pages unasked: covers what libraries allocate by themselves. */
void mem_follow(enum mem_pages pages);

/* Bytes that can be used now without swapping: what the kernel says is
 * available, or what the tightest memory limit of our cgroups leaves. */
uint64_t mem_available(void);

/* Bytes of the first core's third-level cache, 0: not known. From the kernel's
 * table, for the C library takes the host's caches together in a guest. */
uint64_t mem_last_cache(void);

/* What a process has in memory: pages it has mapped, and the same with pages
 * it shares counted in parts. */
struct mem_use {
    uint64_t rss, pss; /* bytes */
};
/* Fails with EXIT_RESOURCE where the process is gone, or is not ours. */
int mem_used(pid_t pid, struct mem_use *, struct err *err);

/* Room for one more of `size` bytes in a list of n that has *room: the list, or
 * what it moved to; NULL, and the list as it was, for want of memory. */
void *mem_more(void *list, size_t n, size_t *room, size_t size);

/* "1.5 GiB" into out. */
char *mem_format(uint64_t bytes, char *out, size_t size);

#endif
