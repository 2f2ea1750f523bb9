/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is measured, as plain data: trials stand in cells, cells in
 * comparisons, comparisons in a run. Times are integer nanoseconds on
 * CLOCK_MONOTONIC unless a name says otherwise, sizes are bytes.
 */
#ifndef DRIVE_CORE_STUDY_H
#define DRIVE_CORE_STUDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/utilisation.h"

/* What a kernel measures besides time, and how the values of the workers of a
 * trial become one. A table of them ends with a row without a name; all texts
 * are constants. */
enum metric_merge { METRIC_MEAN, METRIC_SUM, METRIC_MAX, METRIC_MIN };
struct metric {
    const char *name; /* "create", one word */
    const char *unit; /* "s", "byte", or "" for a plain number */
    enum metric_merge merge;
    const char *help;
};
enum { METRICS_MAX = 16 };

/* One worker's start and end of the timed part of a trial, and how long it was
 * ready meanwhile while its core was given to others. Phases are parts of its
 * last step, one behind the other and up to the end: the kernel's metrics in
 * seconds, in their order; all 0 where a kernel has none. */
enum { PHASES_MAX = 4 };
struct span {
    uint64_t start_ns, end_ns;
    uint64_t waited_ns;
    float phase_ns[PHASES_MAX];
};

/* What one worker used in one trial, from the gate to its end stamp. */
struct usage {
    uint64_t cpu_ns, system_ns;
    uint64_t waited_ns; /* ready to run, but its core was given to others */
    uint64_t talk_ns;   /* in the verbs: waiting for peers and copying */
    uint64_t lock_ns;   /* waiting for the giant lock (core/giant.h) */
    uint64_t minor_faults, major_faults;
    uint64_t voluntary_switches, involuntary_switches;
    uint64_t cycles, instructions; /* in user mode; 0: not to be had */
    uint64_t migrations;           /* found on another PU than its seat */
};

/* Evidence that something foreign disturbed a trial. It never comes from the
 * time itself: a slow trial without evidence is not called disturbed. */
enum disturbance {
    DISTURBED_WAIT = 1,      /* a worker waited for its core, beyond half the
                                margin of the trial */
    DISTURBED_STEAL = 2,     /* the hypervisor ran others on our cores */
    DISTURBED_THROTTLE = 4,  /* a cgroup's quota stopped us */
    DISTURBED_MIGRATION = 8, /* a worker was found elsewhere */
    DISTURBED_PAGING = 16,   /* major faults, or swapping on the node */
};

/* One timed execution by a whole team. */
struct trial {
    int block, order;   /* order: place inside the block */
    bool warmup;        /* kept and shown, not counted */
    bool late;          /* a worker missed the start; not counted, run again */
    bool wrong;         /* the result did not verify */
    unsigned repeats;   /* steps in it; ns is the time of one */
    uint64_t ns;        /* (max(end) - min(start)) / repeats */
    double balance;     /* mean over max of the workers' times */
    double residual;    /* worst of the workers' */
    uint64_t checksum;  /* of the result, 0: none */
    struct usage usage; /* sum over the workers */
    unsigned disturbed; /* enum disturbance */
    uint64_t steal_ns, throttled_ns; /* on the node, while it ran */
    uint64_t pressure_ns;            /* tasks of the node waited for a core */
    double metric[METRICS_MAX]; /* by row of comparison.metric; NAN: unknown */
    struct span *span;          /* [workers of the cell], owned */
};

enum cell_status { CELL_OK, CELL_SKIPPED, CELL_FAILED };

/* What one worker was seen to sit on. */
struct post {
    int planned_pu, observed_pu; /* -1: not bound, not known */
    int core, numa;              /* planned, logical; -1 */
    int node;                    /* among several; -1: there is one */
    bool bound;                  /* mask equals seat */
    char mask[64];               /* observed, "0-3" */
    int rank, thread;            /* of a cell that has ranks */
};

/* kernel x problem x mode x executor x workers x placement. */
struct cell {
    const char *executor; /* its name, or a label of the plan's; a constant */
    int workers;
    int ranks;          /* that its workers are threads of; 0: they are not, or
                           each node deals its own and has not told yet */
    char ranks_per[16]; /* as it was asked for: "numa", "2" */
    enum cell_status status;
    struct err why;      /* when it is not ok */
    struct trial *trial; /* [trials], owned */
    size_t trials, capacity;
    uint64_t startup_ns;  /* begin of creation to the last worker ready */
    uint64_t setup_ns;    /* data made, first touch */
    uint64_t teardown_ns; /* order to leave to the last worker ended */
    uint64_t idle_ns,
        idle_cpu_ns;     /* asleep between trials; sums over workers */
    double bound_rate;   /* units a second that its seats can do; 0: none */
    double memory_rate;  /* bytes a second that they can copy, of a kernel whose
                            unit is flop; 0: not measured */
    double memory_bytes; /* the team's, by the kernel's plan */
    double huge_share;   /* of the resident memory of its processes: on huge
                            pages; NAN: not readable */
    char uncounted[96];  /* why there are no hardware counters; "": there are */
    bool pinned;         /* all workers were seen bound to their seats */
    struct post *post;   /* [workers], owned; NULL before it ran */
};

enum stop_reason {
    STOP_NONE,
    STOP_PRECISION, /* every paired ratio is as narrow as asked */
    STOP_BUDGET,    /* the time was used up */
    STOP_BLOCKS,    /* as many blocks as asked */
    STOP_WRONG,     /* a result was wrong: the comparison is void */
    STOP_BOUND,     /* a trial was faster than the machine can be: void */
    STOP_SIGNAL,    /* interrupted */
    STOP_ALONE,     /* no two executors were left to compare */
};

/* Where the wall time of a comparison went, by the conductor's clock. What is
 * left of the total went into records, evidence and verdicts in between. */
struct account {
    uint64_t total_ns;
    uint64_t bounds_ns; /* what the seats can do was measured */
    uint64_t teams_ns;  /* teams came to life and ended */
    uint64_t kernel_ns; /* some worker was in setup, reset, step or verify,
                           warm-up, late starts and unseen ones included */
    uint64_t gates_ns;  /* all were ready for a trial and none had started */
    uint64_t orders_ns; /* orders of trials and what became of them travelled */
};

enum { CELLS_MAX = 8, PROBLEM_TEXT = 160 };

/* The executors side by side on one problem with one number of workers. */
struct comparison {
    const char *kernel, *unit, *mode; /* constants */
    char problem[PROBLEM_TEXT];       /* "n=1024 pages=base" */
    char placement[PROBLEM_TEXT];     /* "core: cores 0-1" */
    uint64_t seed;
    int workers;
    int nodes;    /* that the run is on; below 2: one */
    bool crowded; /* more workers than places */
    bool rebuilt; /* teams did not fit in memory together */
    unsigned repeats;
    double amount; /* work of one task (replicate) or of all (divide) */
    double bytes;  /* least traffic with memory of the same; 0: not modelled */
    bool replicate;
    double precision,
        margin; /* goals: half-width and equivalence, 0.01 = 1 % */
    int blocks; /* measured ones, complete */
    enum stop_reason stop;
    double widest; /* half-width of the widest paired interval; < 0: none */
    uint64_t window_ns;                /* last width of the start window */
    int late;                          /* trials with a late start, run again */
    struct metric metric[METRICS_MAX]; /* of the kernel */
    int metrics;
    struct cell cell[CELLS_MAX];
    int cells;
    struct utilisation utilisation; /* if it was asked for; owned */
    struct account account;
};

/* Adds a zeroed trial with room for the cell's spans; NULL: no memory. The
 * pointer holds until the next one is added. */
struct trial *cell_add_trial(struct cell *);

/* "waited for a core, stolen" */
char *disturbance_format(unsigned disturbed, char *out, size_t size);

/* Whether a trial counts for medians and ratios. */
bool trial_counts(const struct trial *);

/* Times of the counting trials by block: ns[blocks], 0 where there is none. */
void cell_times(const struct cell *, int blocks, double *ns);

/* The counting trials of a cell. */
size_t cell_count(const struct cell *);

/* The values of n workers as one; those that are NAN do not count, and NAN
 * comes out when all are. */
double metric_merged(enum metric_merge, const double *value, size_t n);

const char *metric_merge_name(enum metric_merge); /* "mean", "sum", "max",
                                                     "min" */
const char *stop_name(enum stop_reason);
const char *cell_status_name(enum cell_status);

void comparison_free(struct comparison *); /* NULL-safe; what it owns */

#endif
