/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "core/clock.h"
#include "drivers/counters.h"
#include "drivers/evidence.h"

/* -- at a glance --------------------------------------------------------- */

/* clang has a feature where gcc has a macro. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZER "address"
#elif __has_feature(thread_sanitizer)
#define SANITIZER "thread"
#endif
#endif
#if !defined SANITIZER && defined __SANITIZE_ADDRESS__
#define SANITIZER "address"
#elif !defined SANITIZER && defined __SANITIZE_THREAD__
#define SANITIZER "thread"
#elif !defined SANITIZER
#define SANITIZER ""
#endif

static void name_file_system(struct probes *p)
{
    static const struct {
        unsigned type;
        const char *name;
    } known[] = {
        {0x01021994, "tmpfs"}, {0x858458f6, "ramfs"},   {0xef53, "ext4"},
        {0x58465342, "xfs"},   {0x9123683e, "btrfs"},   {0x2fc12fc1, "zfs"},
        {0x6969, "nfs"},       {0x794c7630, "overlay"}, {0x0bd00bd0, "lustre"},
        {0x47504653, "gpfs"},  {0x19830326, "beegfs"},  {0x00c36400, "ceph"},
        {0xff534d42, "cifs"},  {0xfe534d42, "smb2"},    {0x65735546, "fuse"},
        {0x01021997, "9p"},    {0x73717368, "squashfs"}};
    struct statfs status;

    if (statfs(".", &status))
        return;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].type == (unsigned)status.f_type)
            snprintf(p->file_system, sizeof p->file_system, "%s",
                     known[i].name);
    }
    if (!*p->file_system)
        snprintf(p->file_system, sizeof p->file_system, "type %#x",
                 (unsigned)status.f_type);
}

/* The number behind a word in a file, or `none`. "" finds the first. */
static long number_in(const char *path, const char *word, long none)
{
    FILE *file = fopen(path, "re");
    char line[256];
    size_t length = strlen(word);
    long value = none;

    while (file && value == none && fgets(line, sizeof line, file)) {
        if (strncmp(line, word, length) == 0)
            sscanf(line + length, "%ld", &value);
    }
    if (file)
        fclose(file);
    return value;
}

void probes_look(struct probes *p)
{
    const char *preload = getenv("LD_PRELOAD");

    probes_clear(p);
    snprintf(p->sanitizer, sizeof p->sanitizer, "%s", SANITIZER);
    snprintf(p->preload, sizeof p->preload, "%s", preload ? preload : "");
    p->tracer = (int)number_in("/proc/self/status", "TracerPid:", -1);
    name_file_system(p);
}

/* -- for a moment -------------------------------------------------------- */

/* Nanoseconds this thread was ready and did not run; -1: not told. */
static double read_waited(void)
{
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    double waited;
    bool found = file && fscanf(file, "%*s %lf", &waited) == 1;

    if (file)
        fclose(file);
    return found ? waited : -1;
}

/* Tasks of the node that are ready to run, this one among them; -1. */
static int read_running(void)
{
    FILE *file = fopen("/proc/loadavg", "re");
    int running = -1;

    if (file) {
        if (fscanf(file, "%*s %*s %*s %d", &running) != 1)
            running = -1;
        fclose(file);
    }
    return running;
}

/* Events that the CPUs have counted since they started; -1: none counts. */
static int64_t read_heat(const struct cpuset *cpus)
{
    char path[128];
    int64_t sum = -1;

    for (int cpu = 0; cpu < CPUSET_MAX; cpu++) {
        long count;

        if (!cpuset_has(cpus, cpu))
            continue;
        snprintf(path, sizeof path,
                 "/sys/devices/system/cpu/cpu%d/thermal_throttle/"
                 "core_throttle_count",
                 cpu);
        count = number_in(path, "", -1);
        if (count >= 0)
            sum = (sum < 0 ? 0 : sum) + count;
    }
    return sum;
}

/* Spins in slices and looks in between: one task that happens to be awake is
 * no neighbour, one that always is, is. */
static double spin(struct probes *p)
{
    const uint64_t slice_ns = 50000000;
    const int slices = 8;
    uint64_t start = clock_now();

    for (int i = 1; i <= slices; i++) {
        int running;

        while (clock_now() < start + (uint64_t)i * slice_ns)
            ;
        running = read_running();
        if (p->running < 0 || running < p->running)
            p->running = running;
    }
    return (double)(clock_now() - start);
}

static void watch_neighbours(struct probes *p, const struct cpuset *cpus)
{
    struct evidence_source *source = evidence_open(cpus);
    struct evidence before, after;
    double waited = read_waited(), took;
    int64_t heat = read_heat(cpus);
    char missing[96];

    evidence_missing(source, missing, sizeof missing);
    evidence_read(source, &before);
    took = spin(p);
    evidence_read(source, &after);
    evidence_close(source);
    p->watched_s = took * 1e-9;
    if (waited >= 0)
        p->waited = (read_waited() - waited) / took;
    if (heat >= 0)
        p->heated = read_heat(cpus) - heat;
    if (!strstr(missing, "steal"))
        p->stolen = (double)(after.steal_ns - before.steal_ns) / took;
    if (!strstr(missing, "throttling"))
        p->throttled =
            (double)(after.throttled_ns - before.throttled_ns) / took;
    if (!strstr(missing, "pressure"))
        p->pressure = (double)(after.pressure_ns - before.pressure_ns) / took;
    if (!strstr(missing, "swapping"))
        p->swapped = (int64_t)(after.swaps - before.swaps);
}

static void try_counters(struct probes *p)
{
    struct counters counters;

    counters_open(&counters);
    p->counter_errno = counters.cause;
    counters_close(&counters);
    p->paranoid =
        (int)number_in("/proc/sys/kernel/perf_event_paranoid", "", -2);
}

void probes_watch(struct probes *p, const struct cpuset *cpus)
{
    struct timer timer;

    watch_neighbours(p, cpus);
    timer_calibrate(&timer);
    p->timer_ns = (double)timer.overhead_ns;
    try_counters(p);
}
