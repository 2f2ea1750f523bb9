/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/limits.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where version 1 has no limit it shows the largest multiple of a page. */
#define NO_LIMIT (INT64_C(1) << 60)

static bool read_line(const char *folder, const char *name, char *out, int size)
{
    char path[PATH_MAX];
    FILE *file;
    bool found;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    file = fopen(path, "re");
    if (!file)
        return false;
    found = fgets(out, size, file);
    fclose(file);
    return found;
}

static void lower_cpus(struct limits *limits, int64_t quota, int64_t period)
{
    double cpus = (double)quota / (double)period;

    if (limits->cpus < 0 || cpus < limits->cpus)
        limits->cpus = cpus;
}

/* "max" and -1, which stand for no limit, do not read as what is wanted. */

static void read_cpu_2(struct limits *limits, const char *folder)
{
    char text[128];
    int64_t quota, period;

    if (read_line(folder, "cpu.max", text, sizeof text) &&
        sscanf(text, "%" SCNd64 " %" SCNd64, &quota, &period) == 2 &&
        quota > 0 && period > 0)
        lower_cpus(limits, quota, period);
}

static void read_cpu_1(struct limits *limits, const char *folder)
{
    char quota_text[64], period_text[64];
    int64_t quota, period;

    if (read_line(folder, "cpu.cfs_quota_us", quota_text, sizeof quota_text) &&
        read_line(folder, "cpu.cfs_period_us", period_text,
                  sizeof period_text) &&
        sscanf(quota_text, "%" SCNd64, &quota) == 1 && quota > 0 &&
        sscanf(period_text, "%" SCNd64, &period) == 1 && period > 0)
        lower_cpus(limits, quota, period);
}

static void read_memory(struct limits *limits, const char *folder,
                        const char *name)
{
    char text[64];
    int64_t bytes;

    if (!read_line(folder, name, text, sizeof text) ||
        sscanf(text, "%" SCNd64, &bytes) != 1 || bytes < 0 || bytes >= NO_LIMIT)
        return;
    if (limits->memory < 0 || bytes < limits->memory)
        limits->memory = bytes;
}

static void read_memory_2(struct limits *limits, const char *folder)
{
    read_memory(limits, folder, "memory.max");
}

static void read_memory_1(struct limits *limits, const char *folder)
{
    read_memory(limits, folder, "memory.limit_in_bytes");
}

struct source {
    const char *controller; /* "" is version 2 */
    const char *mount;
    void (*read)(struct limits *, const char *folder);
};

static const struct source sources[] = {
    {"", "/sys/fs/cgroup", read_cpu_2},
    {"", "/sys/fs/cgroup", read_memory_2},
    {"", "/sys/fs/cgroup/unified", read_cpu_2},
    {"", "/sys/fs/cgroup/unified", read_memory_2},
    {"cpu", "/sys/fs/cgroup/cpu", read_cpu_1},
    {"cpu", "/sys/fs/cgroup/cpu,cpuacct", read_cpu_1},
    {"memory", "/sys/fs/cgroup/memory", read_memory_1},
};

/* Whether a comma-separated list, which version 2 has empty, has the name. */
static bool lists(const char *list, const char *name)
{
    size_t length = strlen(name);

    for (;;) {
        size_t here = strcspn(list, ",");

        if (here == length && strncmp(list, name, length) == 0)
            return true;
        if (!list[here])
            return false;
        list += here + 1;
    }
}

/* From the group up to the mount. A container may see a path that is not
 * there, or that leads out of its own part ("/.."): the mount is then its. */
static void walk_up(const struct source *source, const char *root,
                    const char *path, struct limits *limits)
{
    char folder[PATH_MAX];
    size_t stop;
    int length;

    if (strstr(path, "/.."))
        path = "";
    stop = strlen(root) + strlen(source->mount);
    length =
        snprintf(folder, sizeof folder, "%s%s%s", root, source->mount, path);
    if (length < 0 || length >= (int)sizeof folder)
        return;
    for (;;) {
        char *slash = strrchr(folder, '/');

        source->read(limits, folder);
        if (slash < folder + stop)
            return;
        *slash = '\0';
    }
}

/* "4:cpu,cpuacct:/slurm/job_7" or "0::/user.slice" */
static void read_group(const char *root, char *line, struct limits *limits)
{
    char *list = strchr(line, ':'), *path;

    path = list ? strchr(list + 1, ':') : NULL;
    if (!path)
        return;
    *list++ = *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (lists(list, sources[i].controller))
            walk_up(&sources[i], root, path, limits);
    }
}

struct limits limits_read(const char *root)
{
    struct limits limits = {-1, -1};
    char name[PATH_MAX], line[PATH_MAX];
    FILE *file;

    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    file = fopen(name, "re");
    if (!file)
        return limits;
    while (fgets(line, sizeof line, file))
        read_group(root, line, &limits);
    fclose(file);
    return limits;
}
