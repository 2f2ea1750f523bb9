/* SPDX-License-Identifier: Apache-2.0 */
/* The part of an environment that Linux tells in files. */
#include "results/record/environment.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/record/limits.h"
#include "results/record/variables.h"

enum { SMALL = 64, LARGE = 16384 };

/* -- files --------------------------------------------------------------- */

/* The beginning of a file, as far as out holds it, without white space at its
 * end; false and "" if there is none. */
static bool read_file(const char *root, const char *path, char *out,
                      size_t size)
{
    char name[PATH_MAX];
    size_t length;
    FILE *file;

    *out = '\0';
    if (snprintf(name, sizeof name, "%s%s", root, path) >= (int)sizeof name)
        return false;
    file = fopen(name, "re");
    if (!file)
        return false;
    length = fread(out, 1, size - 1, file);
    fclose(file);
    while (length && isspace((unsigned char)out[length - 1]))
        length--;
    out[length] = '\0';
    return length > 0;
}

static int64_t read_number(const char *root, const char *path)
{
    char text[SMALL], *end;
    int64_t value;

    if (!read_file(root, path, text, sizeof text))
        return -1;
    value = strtoll(text, &end, 10);
    return end != text ? value : -1;
}

static bool exists(const char *root, const char *path)
{
    char name[PATH_MAX];

    snprintf(name, sizeof name, "%s%s", root, path);
    return access(name, F_OK) == 0;
}

/* Copies up to one of the bytes in `ends`, without blanks at its end. */
static void copy_until(char *out, size_t size, const char *from,
                       const char *ends)
{
    size_t length = strcspn(from, ends);

    while (length && isspace((unsigned char)from[length - 1]))
        length--;
    snprintf(out, size, "%.*s", (int)length, from);
}

/* The value of "key : value" or "key=value"; NULL: no such line. */
static const char *find_line(const char *text, const char *key)
{
    size_t length = strlen(key);

    while (text && *text) {
        const char *rest = text + length;

        if (strncmp(text, key, length) == 0) {
            rest += strspn(rest, " \t");
            if (*rest == ':' || *rest == '=')
                return rest + 1 + strspn(rest + 1, " \t");
        }
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return NULL;
}

/* -- processor ----------------------------------------------------------- */

static void copy_line(char *out, size_t size, const char *text, const char *key)
{
    const char *value = find_line(text, key);

    if (value)
        copy_until(out, size, value, "\n");
}

static int number_line(const char *text, const char *key)
{
    const char *value = find_line(text, key);

    return value && isdigit((unsigned char)*value) ? atoi(value) : -1;
}

/* Only processors of x86 tell by a flag whether they are virtual. */
static int hypervisor_flag(const char *text)
{
    const char *flags = find_line(text, "flags"), *found;
    size_t length = flags ? strcspn(flags, "\n") : 0;

    if (!flags)
        return -1;
    found = strstr(flags, " hypervisor");
    return found && found < flags + length;
}

/* The first processor stands for all. */
static void read_processor(struct environment *env, const char *root)
{
    char text[LARGE], *end;

    read_file(root, "/proc/cpuinfo", text, sizeof text);
    end = strstr(text, "\n\n");
    if (end)
        end[1] = '\0';
    copy_line(env->cpu, sizeof env->cpu, text, "model name");
    if (!*env->cpu)
        copy_line(env->cpu, sizeof env->cpu, text, "cpu");
    copy_line(env->cpu_vendor, sizeof env->cpu_vendor, text, "vendor_id");
    copy_line(env->microcode, sizeof env->microcode, text, "microcode");
    env->cpu_family = number_line(text, "cpu family");
    env->cpu_model = number_line(text, "model");
    env->cpu_stepping = number_line(text, "stepping");
    env->hypervisor = hypervisor_flag(text);
}

#define CPU "/sys/devices/system/cpu"

static void read_boost(struct environment *env, const char *root)
{
    int64_t boost = read_number(root, CPU "/cpufreq/boost");
    int64_t none = read_number(root, CPU "/intel_pstate/no_turbo");

    env->boost = boost >= 0 ? boost != 0 : none >= 0 ? none == 0 : -1;
}

static bool read_cpufreq(const char *root, int cpu, const char *name, char *out,
                         size_t size)
{
    char path[SMALL * 2];

    snprintf(path, sizeof path, CPU "/cpu%d/cpufreq/%s", cpu, name);
    return read_file(root, path, out, size);
}

static int64_t read_limit(const char *root, int cpu, const char *name)
{
    char text[SMALL];

    return read_cpufreq(root, cpu, name, text, sizeof text)
               ? 1000 * strtoll(text, NULL, 10)
               : -1;
}

static void read_frequency(struct environment *env, const char *root,
                           const struct cpuset *cpus)
{
    char text[sizeof env->governor];

    env->governor_cpus = env->frequency_cpus = 0;
    for (int cpu = 0; cpu < CPUSET_MAX; cpu++) {
        if (!cpuset_has(cpus, cpu) ||
            !read_cpufreq(root, cpu, "scaling_governor", text, sizeof text))
            continue;
        if (env->frequency_cpus++ == 0) {
            strcpy(env->governor, text);
            read_cpufreq(root, cpu, "scaling_driver", env->frequency_driver,
                         sizeof env->frequency_driver);
            env->frequency_min_hz = read_limit(root, cpu, "scaling_min_freq");
            env->frequency_max_hz = read_limit(root, cpu, "scaling_max_freq");
        }
        env->governor_cpus += strcmp(env->governor, text) == 0;
    }
}

/* -- memory and switches ------------------------------------------------- */

/* "always [madvise] never": the one in brackets. */
static void read_choice(const char *root, const char *path, char *out,
                        size_t size)
{
    char text[SMALL * 2], *from;

    read_file(root, path, text, sizeof text);
    from = strchr(text, '[');
    if (from)
        copy_until(out, size, from + 1, "]");
}

static void read_memory(struct environment *env, const char *root)
{
    char text[SMALL * 4];
    const char *total;

    read_file(root, "/proc/meminfo", text, sizeof text);
    total = find_line(text, "MemTotal");
    if (total)
        env->memory_bytes = 1024 * strtoll(total, NULL, 10);
    read_choice(root, "/sys/kernel/mm/transparent_hugepage/enabled", env->thp,
                sizeof env->thp);
    read_choice(root, "/sys/kernel/mm/transparent_hugepage/shmem_enabled",
                env->thp_shmem, sizeof env->thp_shmem);
}

static void read_switches(struct environment *env, const char *root)
{
    env->numa_balancing =
        (int)read_number(root, "/proc/sys/kernel/numa_balancing");
    env->aslr = (int)read_number(root, "/proc/sys/kernel/randomize_va_space");
    env->smt = (int)read_number(root, CPU "/smt/active");
    read_file(root,
              "/sys/devices/system/clocksource/clocksource0/"
              "current_clocksource",
              env->clock_source, sizeof env->clock_source);
}

/* Netbooted nodes may carry a secret on the kernel's command line. */
static void read_options(struct environment *env, const char *root)
{
    char text[sizeof env->kernel_options], *rest = text, *word;
    char *out = env->kernel_options;
    size_t size = sizeof env->kernel_options;

    read_file(root, "/proc/cmdline", text, sizeof text);
    while ((word = strsep(&rest, " ")) && size > 1) {
        size_t name = strcspn(word, "=");
        bool hide = word[name] && variable_secret(word, name);
        int length = snprintf(
            out, size, "%s%.*s%s", out == env->kernel_options ? "" : " ",
            hide ? (int)name : INT_MAX, word, hide ? "=(hidden)" : "");

        if (length < 0 || (size_t)length >= size)
            return;
        out += length;
        size -= (size_t)length;
    }
}

static void read_os(struct environment *env, const char *root)
{
    char text[SMALL * 32];
    const char *name;

    read_file(root, "/etc/os-release", text, sizeof text);
    name = find_line(text, "PRETTY_NAME");
    if (name)
        copy_until(env->os, sizeof env->os, name + (*name == '"'), "\"\n");
}

/* -- who shares the machine ---------------------------------------------- */

static void read_load(struct environment *env, const char *root)
{
    char text[SMALL * 2];
    double load[3];
    int running, tasks;

    read_file(root, "/proc/loadavg", text, sizeof text);
    if (sscanf(text, "%lf %lf %lf %d/%d", load, load + 1, load + 2, &running,
               &tasks) != 5)
        return;
    memcpy(env->load, load, sizeof load);
    env->running = running;
    env->tasks = tasks;
}

/* What runtimes leave behind, for want of a way to ask. */
static void read_container(struct environment *env, const char *root)
{
    static const char *const sign[][2] = {
        {"/.dockerenv", "docker"},
        {"/run/.containerenv", "podman"},
        {"/.singularity.d/runscript", "apptainer"},
    };
    static const char *const word[] = {"docker", "kubepods", "lxc"};
    char text[SMALL * 32];

    if (read_file(root, "/run/systemd/container", env->container,
                  sizeof env->container))
        return;
    for (size_t i = 0; i < sizeof sign / sizeof *sign; i++) {
        if (exists(root, sign[i][0])) {
            strcpy(env->container, sign[i][1]);
            return;
        }
    }
    read_file(root, "/proc/self/cgroup", text, sizeof text);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (!*env->container && strstr(text, word[i]))
            strcpy(env->container, word[i]);
    }
}

void environment_read(struct environment *env, const char *root,
                      const struct cpuset *cpus)
{
    struct limits limits = limits_read(root);

    env->cpu_quota = limits.cpus;
    env->memory_limit = limits.memory;
    read_os(env, root);
    read_options(env, root);
    read_processor(env, root);
    read_frequency(env, root, cpus);
    read_boost(env, root);
    read_memory(env, root);
    read_switches(env, root);
    read_load(env, root);
    read_container(env, root);
}
