/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 7: CPU time that a team uses while it is parked, seen from outside: of
 * all processes below this one, launcher and nursery included.
 */
#include "rows.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/stats.h"
#include "race.h"

enum { NAPS = 5, PROCESSES_MAX = 8192 };

static const uint64_t nap_ns = 1000000000;

/* -- processes ----------------------------------------------------------- */

struct process {
    pid_t pid, parent;
};

static pid_t parent_of(const char *pid)
{
    char path[300];
    FILE *file;
    int parent = 0;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = 0;
    fclose(file);
    return parent;
}

static int read_processes(struct process *process)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    int n = 0;

    while (dir && n < PROCESSES_MAX && (entry = readdir(dir))) {
        if (isdigit((unsigned char)*entry->d_name))
            process[n++] =
                (struct process){atoi(entry->d_name), parent_of(entry->d_name)};
    }
    if (dir)
        closedir(dir);
    return n;
}

static bool is_below_us(const struct process *process, int n, pid_t pid)
{
    while (pid > 1) {
        pid_t parent = 0;

        for (int i = 0; i < n; i++) {
            if (process[i].pid == pid)
                parent = process[i].parent;
        }
        if (parent == getpid())
            return true;
        pid = parent;
    }
    return false;
}

/* All threads of it; seconds. */
static double cpu_of(pid_t pid)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
        return 0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_below_us(void)
{
    static struct process process[PROCESSES_MAX];
    int n = read_processes(process);
    double sum = 0;

    for (int i = 0; i < n; i++) {
        if (is_below_us(process, n, process[i].pid))
            sum += cpu_of(process[i].pid);
    }
    return sum;
}

/* -- the row ------------------------------------------------------------- */

/* Percent of a core in each nap, between trials as in a measurement. */
static int watch_naps(struct stage *stage, struct team *team, double *percent,
                      struct err *err)
{
    const uint64_t settle_ns = 50000000;

    for (int i = 0; i < NAPS; i++) {
        uint64_t start;
        double cpu;

        if (team_order(team, ORDER_TRIAL, err))
            return -1;
        clock_sleep(settle_ns);
        cpu = cpu_below_us();
        start = clock_now();
        clock_sleep(nap_ns);
        cpu = cpu_below_us() - cpu;
        percent[i] = 100 * cpu / (1e-9 * (double)(clock_now() - start));
        if (*stage->conductor.stop)
            return err_set(err, EXIT_SIGNAL + *stage->conductor.stop,
                           "interrupted");
    }
    return 0;
}

static int watch(struct stage *stage, const char *executor, double *percent,
                 struct err *err)
{
    bool serial = *executor == 's';
    struct team *team = NULL;
    struct plan plan;
    int failed;

    if (stage_plan(stage, &(struct subject){.kernel = "matmul", .n = stage->n},
                   executor, serial ? 1 : stage->workers, &plan, err) ||
        team_start(&team, &stage->conductor, &plan.team, err))
        return -1;
    failed = team_order(team, ORDER_SETUP, err) ||
             watch_naps(stage, team, percent, err);
    team_stop(team);
    return failed ? -1 : 0;
}

int rows_parked(struct stage *stage, struct err *err)
{
    static const char *const executors[] = {"serial", "threads", "processes",
                                            "ranks", NULL};

    for (int i = 0; executors[i]; i++) {
        double percent[NAPS], median;
        char text[40], number[40];
        struct err why;

        snprintf(text, sizeof text, "parked %s, %% of a core", executors[i]);
        if (watch(stage, executors[i], percent, &why)) {
            table_missing("7", text, &why);
            if (why.code > EXIT_SIGNAL) {
                *err = why;
                return -1;
            }
            continue;
        }
        stats_sort(percent, NAPS);
        median = percent[NAPS / 2];
        snprintf(number, sizeof number, "%7.3f  %.3f to %.3f", median,
                 percent[0], percent[NAPS - 1]);
        table_number("7", text, number, "< 0.50", percent[NAPS - 1] < 0.5);
    }
    return 0;
}
