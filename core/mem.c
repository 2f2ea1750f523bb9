/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

int mem_map(void **at, size_t bytes, enum mem_pages pages, bool shared,
            struct err *err)
{
    bool file_like = shared || pages == MEM_BASE;
    int flags = MAP_ANONYMOUS | MAP_NORESERVE;
    char text[32];
    void *mapped;

    flags |= file_like ? MAP_SHARED : MAP_PRIVATE;
    mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (mapped == MAP_FAILED)
        return err_errno(err, EXIT_RESOURCE, "cannot map %s of memory",
                         mem_format(bytes, text, sizeof text));
    mem_advise(mapped, bytes, pages);
    *at = mapped;
    return 0;
}

/* A kernel without huge pages refuses, and base pages it is. */
void mem_advise(void *at, size_t bytes, enum mem_pages pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = (page - (uintptr_t)at % page) % page;

    if (bytes > before)
        madvise((char *)at + before, bytes - before,
                pages == MEM_NATIVE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void mem_unmap(void *at, size_t bytes)
{
    if (at)
        munmap(at, bytes);
}

void mem_follow(enum mem_pages pages)
{
    prctl(PR_SET_THP_DISABLE, pages == MEM_BASE, 0, 0, 0);
}

/* The number behind `key` in a file of "key value" lines, or the first number
 * of the file where key is "". */
static bool read_number(const char *path, const char *key, uint64_t *value)
{
    FILE *file = fopen(path, "r");
    char line[256];
    bool found = false;

    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) == 0)
            found = sscanf(line + strlen(key), "%lu", value) == 1;
    }
    fclose(file);
    return found;
}

/* What the memory limits of a cgroup and all above it leave. Both versions of
 * cgroups hang the same way below their mount point. */
static uint64_t cgroup_room(const char *mount, const char *limit_name,
                            const char *usage_name, const char *group)
{
    char path[512], dir[256];
    uint64_t room = UINT64_MAX, limit, usage;

    snprintf(dir, sizeof dir, "%s", group);
    for (;;) {
        char *slash = strrchr(dir, '/');

        snprintf(path, sizeof path, "%s%s/%s", mount, dir, limit_name);
        if (read_number(path, "", &limit)) {
            snprintf(path, sizeof path, "%s%s/%s", mount, dir, usage_name);
            if (!read_number(path, "", &usage))
                usage = 0;
            if (limit > usage ? limit - usage < room : room > 0)
                room = limit > usage ? limit - usage : 0;
        }
        if (!slash)
            return room;
        *slash = '\0';
    }
}

static uint64_t cgroups_room(void)
{
    FILE *file = fopen("/proc/self/cgroup", "r");
    uint64_t room = UINT64_MAX;
    char line[512];

    while (file && fgets(line, sizeof line, file)) {
        uint64_t here = UINT64_MAX;

        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::", 3) == 0)
            here = cgroup_room("/sys/fs/cgroup", "memory.max", "memory.current",
                               line + 3);
        else if (strstr(line, ":memory:"))
            here = cgroup_room("/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                               "memory.usage_in_bytes",
                               strstr(line, ":memory:") + 8);
        if (here < room)
            room = here;
    }
    if (file)
        fclose(file);
    return room;
}

uint64_t mem_available(void)
{
    uint64_t kib = UINT64_MAX / 1024, room = cgroups_room();

    read_number("/proc/meminfo", "MemAvailable:", &kib);
    return kib * 1024 < room ? kib * 1024 : room;
}

int mem_used(pid_t pid, struct mem_use *use, struct err *err)
{
    char path[64], line[256];
    unsigned long kib;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    file = fopen(path, "re");
    if (!file) { /* Linux before 4.14: a paragraph for each mapping */
        snprintf(path, sizeof path, "/proc/%d/smaps", (int)pid);
        file = fopen(path, "re");
    }
    if (!file)
        return err_errno(err, EXIT_RESOURCE, "cannot read '%s'", path);
    *use = (struct mem_use){0};
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "Rss: %lu", &kib) == 1)
            use->rss += kib << 10;
        else if (sscanf(line, "Pss: %lu", &kib) == 1)
            use->pss += kib << 10;
    }
    fclose(file);
    return 0;
}

char *mem_format(uint64_t bytes, char *out, size_t size)
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = (double)bytes;
    int i = 0;

    for (; value >= 1024 && i < 5; i++)
        value /= 1024;
    snprintf(out, size, value < 10 && i ? "%.1f %s" : "%.0f %s", value,
             unit[i]);
    return out;
}

uint64_t mem_last_cache(void)
{
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cache/index3/size", "r");
    unsigned long long kib = 0;

    if (!file)
        return 0;
    if (fscanf(file, "%lluK", &kib) != 1)
        kib = 0;
    fclose(file);
    return kib * 1024;
}

void *mem_more(void *list, size_t n, size_t *room, size_t size)
{
    size_t wanted = *room ? 2 * *room : 8;
    void *grown;

    if (n < *room)
        return list;
    grown = realloc(list, wanted * size);
    if (grown)
        *room = wanted;
    return grown;
}
