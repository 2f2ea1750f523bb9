/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 20, for information: HPC Challenge (Luszczek et al., "Introduction to the
 * HPC Challenge Benchmark Suite", 2005), the whole program in each round, ours
 * between. Its problems follow from one number, chosen so that each vector,
 * over all ranks, is a third of those of the other rows of triad.
 */
#include "rows.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "race.h"
#include "trades.h"

/* It takes its time: a few rounds will do. */
enum { ROUNDS = 7 };

/* What is read from its results, and the same of ours. */
enum figure { DGEMM, TRIAD, LATENCY, BANDWIDTH, FIGURES };

static const char *const keys[FIGURES] = {
    "StarDGEMM_Gflops", "StarSTREAM_Triad", "AvgPingPongLatency_usec",
    "AvgPingPongBandwidth_GBytes"};

struct hpcc {
    const struct stage *stage;
    char dir[32], library[PATH_MAX];
    int64_t n;
    double value[FIGURES], dgemm_n, vector;
    bool taken[FIGURES];
};

/* An entrant's argument: one figure of the program's last run. */
struct asked {
    struct hpcc *hpcc;
    enum figure figure;
    const struct entrant *ours;
};

/* -- the program ----------------------------------------------------------- */

static int write_input(const struct hpcc *h, struct err *err)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof path, "%s/hpccinf.txt", h->dir);
    file = fopen(path, "w");
    if (!file)
        return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
    fprintf(file,
            "HPLinpack benchmark input file\nbench\nHPL.out\n8\n1\n%ld\n1\n120"
            "\n0\n1\n1\n%d\n16.0\n1\n2\n1\n4\n1\n2\n1\n1\n1\n1\n1\n1\n2\n64\n0"
            "\n0\n1\n8\n-\n0\n1200\n0\n40\n",
            (long)h->n, h->stage->workers);
    if (fclose(file))
        return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
    return 0;
}

static void set_environment(const struct hpcc *h)
{
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
    setenv("OMPI_MCA_hwloc_base_binding_policy", "core", 1);
    setenv("PRTE_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("PRTE_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("BLIS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    (void)h;
}

static _Noreturn void become_hpcc(const struct hpcc *h)
{
    char command[2 * PATH_MAX];
    int nothing = open("/dev/null", O_RDWR);
    const char *variable = *h->library ? "env LD_LIBRARY_PATH=" : "";

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    set_environment(h);
    if (chdir(h->dir))
        _exit(127);
    for (int i = 0; i < 3; i++)
        dup2(nothing, i);
    snprintf(command, sizeof command, "exec %s -n %d %s%s hpcc",
             h->stage->conductor.launcher, h->stage->workers, variable,
             h->library);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static double find_value(FILE *file, const char *key)
{
    size_t length = strlen(key);
    double value = NAN;
    char line[256];

    rewind(file);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, key, length) == 0 && line[length] == '=')
            value = strtod(line + length + 1, NULL);
    }
    return value;
}

/* It appends to what is there already. */
static int read_output(struct hpcc *h, struct err *err)
{
    char path[64];
    FILE *file;
    double right;

    snprintf(path, sizeof path, "%s/hpccoutf.txt", h->dir);
    file = fopen(path, "r");
    if (!file)
        return err_errno(err, EXIT_RESOURCE, "hpcc left no '%s'", path);
    for (int i = 0; i < FIGURES; i++)
        h->value[i] = find_value(file, keys[i]);
    h->dgemm_n = find_value(file, "DGEMM_N");
    h->vector = find_value(file, "STREAM_VectorSize");
    right = find_value(file, "Success");
    fclose(file);
    unlink(path);
    return right == 1 ? 0
                      : err_set(err, EXIT_WRONG,
                                "hpcc does not say that it succeeded");
}

static int run_hpcc(struct hpcc *h, struct err *err)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        become_hpcc(h);
    if (pid < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot fork for hpcc");
    while (waitpid(pid, &status, 0) < 0)
        kill(pid, SIGTERM);
    memset(h->taken, 0, sizeof h->taken);
    if (status)
        return err_set(err, EXIT_RESOURCE, "hpcc ended with status %d",
                       WIFEXITED(status) ? WEXITSTATUS(status) : status);
    return read_output(h, err);
}

/* Each figure once a run. Rates as times that ours would have at that rate. */
static int take_figure(void *arg, double *ns, struct err *err)
{
    struct asked *asked = arg;
    struct hpcc *h = asked->hpcc;
    double value;

    if (h->taken[asked->figure] && run_hpcc(h, err))
        return -1;
    h->taken[asked->figure] = true;
    value = h->value[asked->figure];
    if (!(value > 0))
        return err_set(err, EXIT_WRONG, "hpcc has no %s", keys[asked->figure]);
    switch (asked->figure) {
    case DGEMM:
    case TRIAD: *ns = asked->ours->amount / (value * h->stage->workers); break;
    case LATENCY: *ns = asked->ours->amount * value * 1e3; break;
    default: *ns = asked->ours->amount / value; break;
    }
    return 0;
}

/* -- ours ------------------------------------------------------------------ */

enum { ACTS = 1000, LARGE_ACTS = 20, LARGE = 2000000 };

static void enter_ours(struct race *race, const struct hpcc *h,
                       struct entrant **ours)
{
    static const char *const small[] = {"what=exchange", "count=1000",
                                        "bytes=8", NULL};
    static const char *const large[] = {"what=exchange", "count=20",
                                        "bytes=2000000", NULL};
    const struct subject subject[FIGURES] = {
        [DGEMM] = {"matmul", (int64_t)h->dgemm_n, .replicate = true},
        [TRIAD] = {"triad", (int64_t)h->vector, .replicate = true},
        [LATENCY] = {"overhead", .params = small},
        [BANDWIDTH] = {"overhead", .params = large},
    };

    for (int i = 0; i < FIGURES; i++)
        ours[i] = race_enter(race, keys[i], NULL,
                             &(struct recipe){.executor = "ranks",
                                              .workers = h->stage->workers,
                                              .subject = subject[i]});
    ours[BANDWIDTH]->amount = (double)LARGE_ACTS * LARGE;
}

static int race_hpcc(struct stage *stage, struct hpcc *h, struct err *err)
{
    static const char *const text[FIGURES] = {
        "matmul, ranks each / StarDGEMM", "triad, ranks each / StarSTREAM",
        "exchange of 8 B / ping-pong", "exchange of 2 MB / ping-pong"};
    struct race *race = race_begin(stage, err);
    struct entrant *ours[FIGURES], *theirs[FIGURES];
    struct asked asked[FIGURES];
    int failed;

    if (!race)
        return -1;
    enter_ours(race, h, ours);
    for (int i = 0; i < FIGURES; i++) {
        asked[i] = (struct asked){h, (enum figure)i, ours[i]};
        theirs[i] = race_enter(
            race, "hpcc", NULL,
            &(struct recipe){.outside = take_figure, .arg = &asked[i]});
        theirs[i]->amount = ours[i]->amount;
    }
    failed = race_run(race, "hpcc", err);
    for (int i = 0; i < FIGURES && !failed; i++)
        table_speed(race, "20", text[i], ours[i], theirs[i]);
    race_end(race);
    return failed;
}

/* -- the row --------------------------------------------------------------- */

static const char *absence(const struct stage *stage)
{
    if (access("/usr/bin/hpcc", X_OK))
        return "apt-get install hpcc";
    return stage->conductor.launcher ? NULL : stage->no_launcher.text;
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *at)
{
    (void)status, (void)type, (void)at;
    return remove(path);
}

int rows_hpcc(struct stage *stage, struct err *err)
{
    struct stage shorter = *stage;
    struct hpcc h = {.stage = &shorter, .dir = "/tmp/drive-hpcc-XXXXXX"};
    const char *absent = absence(stage);
    struct err why;
    int failed;

    if (absent)
        err_set(&why, EXIT_ABSENT, "%s", absent);
    else if (!mkdtemp(h.dir))
        return err_errno(err, EXIT_RESOURCE, "cannot make a directory");
    if (absent) {
        table_missing("20", "HPC Challenge", &why);
        return 0;
    }
    shorter.rounds = stage->rounds < ROUNDS ? stage->rounds : ROUNDS;
    h.n = (int64_t)sqrt((double)stage->length);
    if (!openblas_folder("serial", h.library, sizeof h.library))
        *h.library = '\0';
    failed = write_input(&h, &why) || run_hpcc(&h, &why);
    if (failed)
        table_missing("20", "HPC Challenge", &why);
    failed = failed ? 0 : race_hpcc(&shorter, &h, err);
    nftw(h.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return failed;
}
