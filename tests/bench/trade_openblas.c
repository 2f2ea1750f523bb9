/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products by OpenBLAS, loaded into the peer's process alone, so that its
 * names and those of BLIS keep apart. Which of its builds is installed, and
 * where, is found at run time.
 */
#include "trades.h"

#include <dirent.h>
#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "product.h"

bool openblas_find(const char *build, char *path, size_t size)
{
    char pattern[128];
    glob_t found;
    bool there;

    snprintf(pattern, sizeof pattern, "/usr/lib/*/openblas-%s/libopenblas.so.0",
             build);
    there = glob(pattern, 0, NULL, &found) == 0;
    if (there)
        snprintf(path, size, "%s", found.gl_pathv[0]);
    globfree(&found);
    return there;
}

bool openblas_folder(const char *build, char *path, size_t size)
{
    if (!openblas_find(build, path, size))
        return false;
    *strrchr(path, '/') = '\0';
    return true;
}

/* -- the library ----------------------------------------------------------- */

typedef void dgemm(const char *ta, const char *tb, const int *m, const int *n,
                   const int *k, const double *alpha, const double *a,
                   const int *lda, const double *b, const int *ldb,
                   const double *beta, double *c, const int *ldc);

/* The peer's process has one. */
static dgemm *library_dgemm;

/* Columns instead of rows: C' = B' A'. */
static void multiply(const struct product *p, int order)
{
    const double one = 1, zero = 0;
    const int n = order, stride = (int)p->n;

    library_dgemm("N", "N", &n, &n, &n, &one, p->b, &stride, p->a, &stride,
                  &zero, p->c, &stride);
}

static void call(const struct product *p, int threads)
{
    (void)threads;
    multiply(p, (int)p->n);
}

static int load(const char *build, int threads, struct err *err)
{
    char path[PATH_MAX];
    void *library, (*set_threads)(int), *symbol;

    if (!openblas_find(build, path, sizeof path))
        return err_set(err, EXIT_ABSENT, "apt-get install libopenblas0-%s",
                       build);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library)
        return err_set(err, EXIT_ABSENT, "%s", dlerror());
    symbol = dlsym(library, "dgemm_");
    memcpy(&library_dgemm, &symbol, sizeof symbol);
    symbol = dlsym(library, "openblas_set_num_threads");
    memcpy(&set_threads, &symbol, sizeof symbol);
    if (!library_dgemm || !set_threads)
        return err_set(err, EXIT_ABSENT, "%s lacks dgemm_", path);
    set_threads(threads);
    return 0;
}

/* -- its threads ----------------------------------------------------------- */

enum { TASKS_MAX = 4096 };

static int read_tasks(pid_t *task)
{
    DIR *dir = opendir("/proc/self/task");
    struct dirent *entry;
    int n = 0;

    while (dir && n < TASKS_MAX && (entry = readdir(dir))) {
        if (*entry->d_name != '.')
            task[n++] = atoi(entry->d_name);
    }
    if (dir)
        closedir(dir);
    return n;
}

static bool is_among(const pid_t *task, int n, pid_t one)
{
    for (int i = 0; i < n; i++) {
        if (task[i] == one)
            return true;
    }
    return false;
}

/* The library's own threads would all be born on the seat of the first: each
 * new one gets the next. OpenMP's have theirs already. */
static void seat_new_tasks(const struct board *board, const pid_t *before,
                           int known)
{
    pid_t now[TASKS_MAX];
    int n = read_tasks(now), seat = 1;

    for (int i = 0; i < n && seat < board->workers; i++) {
        int pu = board->slot[seat].seat.pu;
        cpu_set_t set;

        if (is_among(before, known, now[i]))
            continue;
        seat++;
        CPU_ZERO(&set);
        CPU_SET(pu < 0 ? 0 : pu, &set);
        if (pu >= 0)
            sched_setaffinity(now[i], sizeof set, &set);
    }
}

enum { WAKING = 256 }; /* order of a product that wakes all threads */

static void wake(const struct product *p)
{
    multiply(p, p->n < WAKING ? (int)p->n : WAKING);
}

static int set_up(const char *build, struct board *board, int rank,
                  void **state, struct err *err)
{
    pid_t before[TASKS_MAX];
    int known;

    if (product_setup(board, rank, state, err))
        return -1;
    known = read_tasks(before);
    if (load(build, board->workers, err))
        return -1;
    wake(*state);
    seat_new_tasks(board, before, known);
    return 0;
}

static int turn(struct board *board, int rank, void *state, struct err *err)
{
    (void)err;
    wake(state);
    return product_take(board, rank, state, call);
}

/* -- its builds ------------------------------------------------------------ */

static int serial_setup(struct board *board, int rank, void **state,
                        struct err *err)
{
    return set_up("serial", board, rank, state, err);
}

static int pthread_setup(struct board *board, int rank, void **state,
                         struct err *err)
{
    return set_up("pthread", board, rank, state, err);
}

static int openmp_setup(struct board *board, int rank, void **state,
                        struct err *err)
{
    return set_up("openmp", board, rank, state, err);
}

const struct trade trade_openblas_serial = {
    .threads = true, .setup = serial_setup, .turn = turn};
const struct trade trade_openblas_pthread = {
    .threads = true, .setup = pthread_setup, .turn = turn};
const struct trade trade_openblas_openmp = {
    .threads = true, .setup = openmp_setup, .turn = turn};
