/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latebind: a loop i = 0 .. n-1 brings n workers to life, who sleep first, then
 * read the i of the loop and write a file named after it. Those who share the
 * variable with the loop find where it ended, all the same, and overwrite each
 * other's file (the article's 99, a hundred times); a forked worker has a copy
 * from the moment of its birth. cure=yes hands i over by value instead.
 *
 * The variable is atomic, with relaxed order, and stands with the parent's
 * globals: there is no undefined behaviour in it, only a wrong expectation.
 *
 * Under serial a call reads before the loop goes on; only the first sleeps, or
 * the trial would take n holds.
 *
 * Work: one task a worker. Check: copies and cured workers have each its own
 * number and file; sharers read nothing that had passed when they were born,
 * and there is a file for every number that was read and no other.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/brood.h"
#include "core/clock.h"
#include "kernels/kernel.h"

enum { HOLD, CURE };

static const char *const answers[] = {"no", "yes", NULL};

static const struct param params[] = {
    [HOLD] = {.name = "hold",
              .type = PARAM_REAL,
              .def = "1",
              .small = "0.02",
              .min = 0,
              .max = 86400,
              .unit = "s",
              .help = "how long each sleeps before it reads"},
    [CURE] = {.name = "cure",
              .type = PARAM_CHOICE,
              .def = "no",
              .choices = answers,
              .help = "yes: i is an argument, by value"},
    {.name = NULL},
};

enum { DISTINCT, LAST, FILES };

static const struct metric metrics[] = {
    [DISTINCT] = {"distinct", "", METRIC_SUM,
                  "different values that were read"},
    [LAST] = {"last", "", METRIC_SUM, "workers that read the last value"},
    [FILES] = {"files", "", METRIC_SUM, "files that are left"},
    {.name = NULL},
};

/* The desk's room: what the parent tells its children. */
struct orders {
    _Atomic uint64_t *loop; /* the variable, for who has it */
    uint64_t hold_ns;
    bool cure, in_turn;
    char folder[PARAM_TEXT_MAX];
};

/* A child's own: what it read, plus one. */
typedef uint64_t found_t;

struct latebind {
    struct brood *brood;
    struct orders *orders;
    enum birth birth;
    int workers;
    int *readers; /* [workers], by value: who read it */
    bool done;
};

/* -- a child ------------------------------------------------------------------
 */

static void path_of(const struct orders *orders, uint64_t value, char *path,
                    size_t size)
{
    snprintf(path, size, "%s/%lu.txt", orders->folder, value);
}

static int write_file(const struct orders *orders, uint64_t value,
                      struct err *err)
{
    char path[PATH_MAX], text[24];
    int fd, length = snprintf(text, sizeof text, "%lu\n", value);
    bool written;

    path_of(orders, value, path, sizeof path);
    fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    written = fd >= 0 && write(fd, text, (size_t)length) == length;
    if (!written)
        err_errno(err, EXIT_RESOURCE, "cannot write '%s'%s", path,
                  errno == EMFILE ? " (limit on open files: ulimit -n)" : "");
    if (fd >= 0)
        close(fd);
    return written ? 0 : -1;
}

/* `i` is for the cured, and to know one's own place on the desk. */
static int life(void *at, int i)
{
    struct desk *desk = at;
    const struct orders *orders = (const struct orders *)desk->room;
    struct err err;
    uint64_t value;

    if (!orders->in_turn || i == 0)
        desk_sleep(desk, orders->hold_ns);
    value = orders->cure
                ? (uint64_t)i
                : atomic_load_explicit(orders->loop, memory_order_relaxed);
    if (write_file(orders, value, &err))
        return desk_fail(desk, &err);
    *(found_t *)desk_own(desk, i) = value + 1;
    return 0;
}

/* -- its parent ---------------------------------------------------------------
 */

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    enum { CHILD_BYTES = 128 << 10 };

    (void)problem, (void)err;
    work->amount = workers;
    work->memory = (double)workers * CHILD_BYTES;
    work->arena = 4096 + workers * (double)sizeof(int);
    return 0;
}

static void next(void *arg, int i)
{
    atomic_store_explicit((_Atomic uint64_t *)arg, (uint64_t)i,
                          memory_order_relaxed);
}

static int make_folder(struct worker *w, struct orders *orders, struct err *err)
{
    if (snprintf(orders->folder, sizeof orders->folder, "%s/latebind-%d",
                 w->scratch, (int)getpid()) < (int)sizeof orders->folder &&
        (mkdir(orders->folder, 0700) == 0 || errno == EEXIST))
        return 0;
    return err_errno(err, EXIT_RESOURCE, "cannot make '%s'", orders->folder);
}

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct latebind *l = worker_alloc(w, sizeof *l, err);
    _Atomic uint64_t *loop = (_Atomic uint64_t *)w->globals->room;
    struct brood_plan plan = {.birth = w->birth,
                              .n = w->tasks,
                              .room = sizeof(struct orders),
                              .each = sizeof(found_t),
                              .life = life,
                              .next = next,
                              .arg = loop};

    if (!l)
        return -1;
    if (w->birth == BIRTH_LAUNCH)
        return err_set(err, EXIT_ABSENT,
                       "a rank has no variable in common with who starts it");
    l->readers = worker_alloc(w, (size_t)w->tasks * sizeof(int), err);
    if (!l->readers || brood_open(&l->brood, &plan, err))
        return -1;
    l->birth = w->birth;
    l->workers = w->tasks;
    l->orders = (struct orders *)brood_desk(l->brood)->room;
    l->orders->loop = loop;
    l->orders->hold_ns = (uint64_t)(problem->value[HOLD].real * 1e9);
    l->orders->cure = problem->value[CURE].count == 1;
    l->orders->in_turn = w->birth == BIRTH_CALL;
    *state = l;
    return make_folder(w, l->orders, err);
}

/* No file of an earlier loop shall be taken for one of the next. */
static void reset(struct worker *w, void *state)
{
    struct latebind *l = state;
    char path[PATH_MAX];

    (void)w;
    l->done = false;
    desk_clear(brood_desk(l->brood));
    for (int i = 0; i < l->workers; i++) {
        path_of(l->orders, (uint64_t)i, path, sizeof path);
        unlink(path);
    }
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct latebind *l = state;

    (void)w;
    if (brood_bear(l->brood, err) || brood_join(l->brood, err))
        return -1;
    l->done = true;
    return 0;
}

/* -- what came out
 * ------------------------------------------------------------- */

/* What child i read, or the number of workers where that is no number of the
 * loop. */
static uint64_t found(const struct latebind *l, int i)
{
    found_t own = *(found_t *)desk_own(brood_desk(l->brood), i);

    return own >= 1 && own <= (uint64_t)l->workers ? own - 1
                                                   : (uint64_t)l->workers;
}

static bool shares(const struct latebind *l)
{
    return l->birth == BIRTH_CLONE && !l->orders->cure;
}

static int check_values(const struct latebind *l, struct err *err)
{
    for (int i = 0; i < l->workers; i++) {
        uint64_t value = found(l, i);

        if (value == (uint64_t)l->workers)
            return err_set(err, EXIT_WRONG, "worker %d read nothing", i);
        if (shares(l) ? value < (uint64_t)i : value != (uint64_t)i)
            return err_set(err, EXIT_WRONG, "worker %d read %lu", i, value);
    }
    return 0;
}

static bool has_file(const struct latebind *l, uint64_t value)
{
    char path[PATH_MAX], text[24] = "";
    int fd;
    bool read_it;

    path_of(l->orders, value, path, sizeof path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    read_it = read(fd, text, sizeof text - 1) > 0;
    close(fd);
    return read_it && strtoull(text, NULL, 10) == value;
}

static int count_files(const struct latebind *l)
{
    DIR *folder = opendir(l->orders->folder);
    struct dirent *entry;
    int files = 0;

    while (folder && (entry = readdir(folder)))
        files += *entry->d_name != '.';
    if (folder)
        closedir(folder);
    return files;
}

/* How many of the values 0 .. n-1 were read, and how many workers read the
 * last; each that was read must have its file. */
static int count_values(const struct latebind *l, double *metric,
                        struct err *err)
{
    int *readers = l->readers;

    memset(readers, 0, (size_t)l->workers * sizeof *readers);
    for (int i = 0; i < l->workers; i++)
        readers[found(l, i)]++;
    metric[LAST] = readers[l->workers - 1];
    metric[DISTINCT] = 0;
    for (int v = 0; v < l->workers; v++) {
        metric[DISTINCT] += readers[v] > 0;
        if (readers[v] && !has_file(l, (uint64_t)v))
            return err_set(err, EXIT_WRONG, "%d was read, but has no file", v);
    }
    return 0;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct latebind *l = state;
    double *metric = outcome->metric;

    (void)w;
    *outcome = (struct outcome){.residual = 1};
    for (int i = 0; i < METRICS_MAX; i++)
        metric[i] = NAN;
    if (!l->done)
        return err_set(err, EXIT_WRONG, "the loop has not run");
    if (check_values(l, err) || count_values(l, metric, err))
        return -1;
    metric[FILES] = count_files(l);
    if (metric[FILES] != metric[DISTINCT])
        return err_set(err, EXIT_WRONG,
                       "%.0f values were read, %.0f files left",
                       metric[DISTINCT], metric[FILES]);
    outcome->residual = 0;
    return 0;
}

const struct kernel kernel_latebind = {
    .name = "latebind",
    .summary = "workers read late the loop variable they share",
    .unit = "task",
    .params = params,
    .modes = MODE_REPLICATE,
    .traits = KERNEL_FILES | KERNEL_PARENT,
    .metrics = metrics,
    .plan = plan,
    .setup = setup,
    .reset = reset,
    .step = step,
    .verify = verify,
};
