/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpuset.h"

#include <ctype.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cpuset_add(struct cpuset *set, int cpu)
{
    if (cpu >= 0 && cpu < CPUSET_MAX)
        set->word[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

bool cpuset_has(const struct cpuset *set, int cpu)
{
    return cpu >= 0 && cpu < CPUSET_MAX && set->word[cpu / 64] >> cpu % 64 & 1;
}

int cpuset_count(const struct cpuset *set)
{
    int count = 0;

    for (int i = 0; i < CPUSET_MAX / 64; i++)
        count += __builtin_popcountll(set->word[i]);
    return count;
}

void cpuset_union(struct cpuset *into, const struct cpuset *from)
{
    for (int i = 0; i < CPUSET_MAX / 64; i++)
        into->word[i] |= from->word[i];
}

/* The kernel's mask is an array of longs, lowest CPU in the lowest bit: our
 * words as they stand, on every 64-bit Linux. */
int cpuset_current(struct cpuset *out, struct err *err)
{
    struct cpuset set = {{0}};

    if (sched_getaffinity(0, sizeof set, (cpu_set_t *)set.word))
        return err_errno(err, EXIT_RESOURCE, "cannot read the affinity mask");
    *out = set;
    return 0;
}

int cpuset_bind(const struct cpuset *set, struct err *err)
{
    char text[64];

    if (sched_setaffinity(0, sizeof *set, (const cpu_set_t *)set->word))
        return err_errno(err, EXIT_RESOURCE, "cannot bind to CPUs '%s'",
                         cpuset_format(set, text, sizeof text));
    return 0;
}

/* Saturates: whoever asked checks the range anyway. */
static bool read_number(const char **text, int *out)
{
    char *end;
    long value;

    if (!isdigit((unsigned char)**text))
        return false;
    value = strtol(*text, &end, 10);
    *text = end;
    *out = value < INT_MAX ? (int)value : INT_MAX;
    return true;
}

bool cpuset_range(const char **text, int *first, int *last)
{
    const char *rest = *text;
    int from, to;

    if (!read_number(&rest, &from))
        return false;
    to = from;
    if (*rest == '-' && (rest++, !read_number(&rest, &to)))
        return false;
    if (to < from || (*rest && !(rest[0] == ',' && rest[1])))
        return false;
    *text = *rest ? rest + 1 : rest;
    *first = from;
    *last = to;
    return true;
}

int cpuset_parse(struct cpuset *out, const char *text, struct err *err)
{
    struct cpuset set = {{0}};
    const char *rest = text;
    int first, last;

    do {
        if (!cpuset_range(&rest, &first, &last))
            return err_set(err, EXIT_USAGE,
                           "'%s' is not a list of CPUs such as 0-3,8", text);
        if (last >= CPUSET_MAX)
            return err_set(err, EXIT_USAGE,
                           "CPU %d in '%s' is beyond %d, the last one known",
                           last, text, CPUSET_MAX - 1);
        for (int cpu = first; cpu <= last; cpu++)
            cpuset_add(&set, cpu);
    } while (*rest);
    *out = set;
    return 0;
}

static int next_in(const struct cpuset *set, int cpu)
{
    while (cpu < CPUSET_MAX && !cpuset_has(set, cpu))
        cpu++;
    return cpu;
}

static char *cut(char *out, size_t size)
{
    if (size > 3)
        memcpy(out + size - 4, "...", 4);
    return out;
}

char *cpuset_format(const struct cpuset *set, char *out, size_t size)
{
    size_t used = 0;
    int last;

    if (size > 0)
        out[0] = '\0';
    for (int cpu = next_in(set, 0); cpu < CPUSET_MAX;
         cpu = next_in(set, last + 1)) {
        for (last = cpu; cpuset_has(set, last + 1); last++)
            ;
        used += (size_t)snprintf(out + used, size - used,
                                 last > cpu ? "%s%d-%d" : "%s%d",
                                 used ? "," : "", cpu, last);
        if (used >= size)
            return cut(out, size);
    }
    return out;
}
