/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark of the program's own speed: bench.sh builds and runs it. As
 * the program itself, it plays the ranks when a launcher starts it for that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "drivers/executors/ranks.h"
#include "kernels/blas.h"
#include "race.h"
#include "rows.h"

/* Rows by the word that asks for them. */
struct group {
    const char *name, *rows;
    int (*run)(struct stage *, struct err *);
};

static const struct group groups[] = {
    {"matmul", "1 3 4 5", rows_matmul},
    {"null", "2", rows_null},
    {"triad", "6", rows_triad},
    {"parked", "7", rows_parked},
    {"first", "8", rows_first},
    {"barrier", "9 10", rows_barrier},
    {"shared", "11 12 13", rows_shared},
    {"scalapack", "14", rows_scalapack},
    {"core", "15", rows_core},
    {"stream", "16", rows_stream},
    {"meet", "17", rows_meet},
    {"metg", "18", rows_metg},
    {"prk", "19", rows_prk},
    {"hpcc", "20", rows_hpcc},
};
enum { GROUPS = sizeof groups / sizeof groups[0] };

/* -- words --------------------------------------------------------------- */

static int print_usage(void)
{
    fprintf(stderr, "usage: bench_rows [-q] [-r ROUNDS] [-n N] "
                    "[-l LENGTH] [-s SEED] [GROUP...]\ngroups (rows):");
    for (int i = 0; i < GROUPS; i++)
        fprintf(stderr, " %s (%s)", groups[i].name, groups[i].rows);
    fprintf(stderr, "\n");
    return EXIT_USAGE;
}

static bool read_number(const char *text, int64_t most, int64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoll(text, &end, 10);
    return !errno && end != text && !*end && *value > 0 && *value <= most;
}

static bool read_options(struct stage *stage, int argc, char **argv)
{
    int64_t value;
    int option;

    while ((option = getopt(argc, argv, "qr:n:l:s:")) != -1) {
        if (option == 'q') {
            stage->smoke = true;
            stage->rounds = 1;
            stage->n = 64;
            stage->length = 20000;
            continue;
        }
        if (option == '?' || !read_number(optarg, 1ll << 40, &value))
            return false;
        switch (option) {
        case 'r': stage->rounds = (int)value; break;
        case 'n': stage->n = value; break;
        case 'l': stage->length = value; break;
        case 's': stage->seed = (uint64_t)value; break;
        }
    }
    return stage->rounds <= ROUNDS_MAX;
}

static bool is_asked(const struct group *group, int words, char **word)
{
    for (int i = 0; i < words; i++) {
        if (strcmp(word[i], group->name) == 0)
            return true;
    }
    return words == 0;
}

static bool all_known(int words, char **word)
{
    for (int i = 0; i < words; i++) {
        bool known = false;

        for (int k = 0; k < GROUPS; k++)
            known |= strcmp(word[i], groups[k].name) == 0;
        if (!known)
            return false;
    }
    return true;
}

/* -- surroundings -------------------------------------------------------- */

/* What the environment says of threads and BLAS would reach peers and teams
 * unalike; the libraries read it as they are loaded, hence once more. */
static void clean_environment(char **argv)
{
    static const char *const prefix[] = {"OMP_", "GOMP_", "KMP_", "BLIS_",
                                         "OPENBLAS_"};
    extern char **environ;
    bool found = false;

    /* Our kernels may have set some since (kernels/blas.c): peers shall have
     * those, too. */
    if (getenv("BENCH_CLEAN"))
        return;
    setenv("BENCH_CLEAN", "1", 1);
    for (char **at = environ; *at;) {
        char name[256];
        bool ours = false;

        for (size_t i = 0; i < sizeof prefix / sizeof prefix[0]; i++)
            ours |= strncmp(*at, prefix[i], strlen(prefix[i])) == 0;
        if (!ours) {
            at++;
            continue;
        }
        snprintf(name, sizeof name, "%.*s", (int)strcspn(*at, "="), *at);
        unsetenv(name);
        found = true;
    }
    if (found)
        execv("/proc/self/exe", argv);
}

static void print_head(const struct stage *stage)
{
    struct utsname host = {.nodename = "?"};
    char blas[64], when[32], place[128];
    time_t now = time(NULL);
    double load = 0;

    uname(&host);
    getloadavg(&load, 1);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M", localtime(&now));
    printf("%s  %s, %d cores, load %.2f, %s\n", when, host.nodename,
           stage->workers, load, blas_describe(blas, sizeof blas));
    printf("%s; %d rounds, seed %lu\n",
           placement_describe(&stage->placement, place, sizeof place),
           stage->rounds, stage->seed);
    table_head();
    fflush(stdout);
}

static int run_groups(struct stage *stage, int words, char **word,
                      struct err *err)
{
    for (int i = 0; i < GROUPS; i++) {
        if (is_asked(&groups[i], words, word) && groups[i].run(stage, err))
            return -1;
    }
    return 0;
}

/* -- a rank -------------------------------------------------------------- */

static int live_as_rank(const struct launch *launch, uint64_t started_ns)
{
    struct cpuset mask;
    struct rank_start start = {.lobby = launch->lobby,
                               .expected = launch->size,
                               .mask = &mask,
                               .words_hash = 1,
                               .started_ns = started_ns};
    struct err err = {0};
    int code = 0;

    if (cpuset_current(&mask, &err) || ranks_live(&start, &code, &err)) {
        fprintf(stderr, "bench_rows: %s\n", err.text);
        return code ? code : err.code;
    }
    return code;
}

int main(int argc, char **argv)
{
    uint64_t started_ns = clock_now();
    struct stage stage = {.rounds = 15,
                          .n = 2000,
                          .length = 16000000,
                          .seed = started_ns,
                          .drive = BENCH_DRIVE,
                          .ranks = *BENCH_RANKS ? BENCH_RANKS : NULL};
    struct launch launch;
    struct err err = {0};
    int failed;

    launch_detect(&launch);
    if (launch.lobby)
        return live_as_rank(&launch, started_ns);
    if (!read_options(&stage, argc, argv) ||
        !all_known(argc - optind, argv + optind))
        return print_usage();
    clean_environment(argv);
    failed = stage_open(&stage, &err);
    if (!failed) {
        print_head(&stage);
        failed = run_groups(&stage, argc - optind, argv + optind, &err);
        stage_close(&stage);
    }
    if (!failed)
        return 0;
    fprintf(stderr, "bench_rows: %s\n", err.text);
    return err.code;
}
