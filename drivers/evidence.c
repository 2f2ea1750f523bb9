/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/evidence.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 1 << 16 };

struct evidence_source {
    struct cpuset cpus;
    int stat, throttle, pressure, vmstat; /* files, or -1 */
    uint64_t tick_ns;
};

static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* cpu.stat of our own cgroup, in either version's place. */
static int open_throttle(void)
{
    FILE *file = fopen("/proc/self/cgroup", "r");
    char line[512], path[640];
    int fd = -1;

    while (file && fd < 0 && fgets(line, sizeof line, file)) {
        char *group = strchr(line, ':');

        group = group ? strchr(group + 1, ':') : NULL;
        if (!group)
            continue;
        group[strcspn(group, "\n")] = '\0';
        snprintf(path, sizeof path, "/sys/fs/cgroup%s%s/cpu.stat",
                 strstr(line, "cpu") ? "/cpu" : "", group + 1);
        fd = open_file(path);
    }
    if (file)
        fclose(file);
    return fd;
}

struct evidence_source *evidence_open(const struct cpuset *cpus)
{
    struct evidence_source *s = malloc(sizeof *s);

    if (!s)
        return NULL;
    s->cpus = *cpus;
    s->stat = open_file("/proc/stat");
    s->throttle = open_throttle();
    s->pressure = open_file("/proc/pressure/cpu");
    s->vmstat = open_file("/proc/vmstat");
    s->tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
    return s;
}

static void close_file(int fd)
{
    if (fd >= 0)
        close(fd);
}

void evidence_close(struct evidence_source *s)
{
    if (!s)
        return;
    close_file(s->stat);
    close_file(s->throttle);
    close_file(s->pressure);
    close_file(s->vmstat);
    free(s);
}

static const char *read_text(int fd, char *text, size_t size)
{
    ssize_t length = fd < 0 ? 0 : pread(fd, text, size - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    return text;
}

/* The number behind a word of the text, or 0. */
static uint64_t number_after(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    unsigned long value;

    return at && sscanf(at + strlen(word), "%lu", &value) == 1 ? value : 0;
}

/* The eighth number of the lines "cpuN ..." of our CPUs. */
static uint64_t steal_ticks(const char *text, const struct cpuset *cpus)
{
    uint64_t sum = 0;
    const char *at = text;

    while ((at = strstr(at, "\ncpu"))) {
        unsigned long steal;
        int cpu;

        at++;
        if (sscanf(at, "cpu%d %*u %*u %*u %*u %*u %*u %*u %lu", &cpu, &steal) ==
                2 &&
            cpuset_has(cpus, cpu))
            sum += steal;
    }
    return sum;
}

void evidence_read(const struct evidence_source *s, struct evidence *e)
{
    static const struct evidence none;
    char *text = s ? malloc(TEXT) : NULL;

    *e = none;
    if (!text)
        return;
    e->steal_ns =
        steal_ticks(read_text(s->stat, text, TEXT), &s->cpus) * s->tick_ns;
    read_text(s->throttle, text, TEXT);
    e->throttled_ns = number_after(text, "throttled_usec ") * 1000 +
                      number_after(text, "throttled_time ");
    e->pressure_ns =
        number_after(read_text(s->pressure, text, TEXT), "total=") * 1000;
    read_text(s->vmstat, text, TEXT);
    e->swaps = number_after(text, "pswpin ") + number_after(text, "pswpout ");
    free(text);
}

void evidence_judge(const struct evidence *before, const struct evidence *after,
                    double margin, int workers, struct trial *trial)
{
    double half = margin / 2 * (double)(trial->ns * trial->repeats);

    trial->steal_ns = after->steal_ns - before->steal_ns;
    trial->throttled_ns = after->throttled_ns - before->throttled_ns;
    trial->pressure_ns = after->pressure_ns - before->pressure_ns;
    if ((double)trial->usage.waited_ns / workers > half)
        trial->disturbed |= DISTURBED_WAIT;
    if ((double)trial->steal_ns / workers > half)
        trial->disturbed |= DISTURBED_STEAL;
    if (trial->throttled_ns)
        trial->disturbed |= DISTURBED_THROTTLE;
    if (trial->usage.migrations)
        trial->disturbed |= DISTURBED_MIGRATION;
    if (trial->usage.major_faults || after->swaps != before->swaps)
        trial->disturbed |= DISTURBED_PAGING;
}

char *evidence_missing(const struct evidence_source *s, char *out, size_t size)
{
    int file[] = {s ? s->stat : -1, s ? s->throttle : -1, s ? s->pressure : -1,
                  s ? s->vmstat : -1};
    static const char *const name[] = {"steal", "cgroup throttling", "pressure",
                                       "swapping"};
    size_t used = 0;

    *out = '\0';
    for (size_t i = 0; i < 4 && used < size; i++) {
        if (file[i] < 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s",
                                     used ? ", " : "", name[i]);
    }
    return out;
}
