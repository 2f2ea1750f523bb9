/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaders of nodes do together (drivers/executors/tree.h), on a simulated
 * cluster whose clocks differ:
 *
 *   tree gather BYTES   everybody's BYTES, 8 at least, to rank 0
 *   tree lose BYTES R   the same without rank R, who is late; then with it
 *   tree late BYTES R S the same where R's parent, but not rank 0, gives it up,
 *                       and S comes last
 *   tree clock          readings of all clocks, twice, 10 s apart
 *   tree wake SECONDS   all wait so long for a word without using a core
 *
 * Rank 0 prints "what nodes microseconds ...", and fails where what came is
 * not what was sent.
 */
#include <mpi.h>
#include <smpi/smpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "drivers/executors/gather.h"
#include "tests/scale/clock.h"

static void stop(const char *text)
{
    fprintf(stderr, "tree: %s\n", text);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* The latest of all ranks. */
static double latest(double when)
{
    MPI_Allreduce(MPI_IN_PLACE, &when, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return when;
}

/* All at one simulated moment. */
static double begin_together(void)
{
    double start = latest(MPI_Wtime()) + 1e-3;

    smpi_execute_flops((start - MPI_Wtime()) * 2e12);
    return start;
}

/* -- gather --------------------------------------------------------------- */

/* What a rank reports: cuts of it that say where they belong, and are filled up
 * with a known pattern. */
enum { CUT = 8192 };

struct cut {
    int rank, at;
    unsigned char bytes[];
};

/* At rank 0: how much of each has come. */
struct seen {
    int *bytes;
    bool wrong;
};

static unsigned char pattern(const struct cut *cut, int i)
{
    return (unsigned char)(cut->rank * 7 + cut->at + i);
}

static void see_cut(void *arg, const void *bytes, size_t n)
{
    const struct cut *cut = bytes;
    struct seen *seen = arg;

    if (!seen->bytes)
        return;
    if (cut->at != seen->bytes[cut->rank])
        seen->wrong = true;
    for (int i = 0; i < (int)(n - sizeof *cut); i++)
        seen->wrong = seen->wrong || cut->bytes[i] != pattern(cut, i);
    seen->bytes[cut->rank] += (int)n;
}

static void place_cuts(struct gather *g, int rank, int bytes)
{
    for (int at = 0; at < bytes; at += CUT) {
        bool last = bytes - at <= CUT;
        int n = last ? bytes - at : CUT;
        struct cut *cut = gather_place(g, (size_t)n, last);

        if (!cut)
            stop("nobody takes a report");
        *cut = (struct cut){rank, at};
        for (int i = 0; i < n - (int)sizeof *cut; i++)
            cut->bytes[i] = pattern(cut, i);
    }
}

static void check_seen(const struct tree *t, const struct seen *seen, int bytes)
{
    for (int rank = 1; rank < t->size; rank++) {
        if (seen->bytes[rank] != bytes)
            stop("some parts are missing");
    }
    if (seen->wrong)
        stop("a part is not what was sent");
}

/* The most that a rank holds, but for rank 0. */
static int most_held(const struct gather *g, int rank)
{
    int held = rank ? (int)g->held : 0;

    MPI_Allreduce(MPI_IN_PLACE, &held, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return held;
}

static void open_gather(struct gather *g, const struct tree *t,
                        struct seen *seen)
{
    struct err err;

    *seen = (struct seen){.bytes = NULL};
    if (gather_open(g, t, &err))
        stop(err.text);
    if (t->rank == 0 && !(seen->bytes = calloc((size_t)t->size, sizeof(int))))
        stop("no memory");
}

static void gather(const struct tree *t, int bytes)
{
    struct seen seen;
    struct gather g;
    double start;
    int held;

    open_gather(&g, t, &seen);
    start = begin_together();
    gather_begin(&g, 1, see_cut, &seen);
    place_cuts(&g, t->rank, bytes);
    gather_take(&g, UINT64_MAX);
    gather_end(&g);
    start = MPI_Wtime() - start;
    held = most_held(&g, t->rank);
    if (t->rank == 0) {
        printf("gather %d %.1f us, %d bytes each, a rank holds %d\n", t->size,
               start * 1e6, bytes, held);
        check_seen(t, &seen, bytes);
        if (gather_lost(&g) >= 0)
            stop("nobody was to be lost");
    }
    free(seen.bytes);
    gather_close(&g);
}

/* -- lose -------------------------------------------------------------------
 */

/* Whether `rank` is `lost` or behind it. */
static bool is_behind(int rank, int lost)
{
    while (rank > lost)
        rank &= rank - 1;
    return rank == lost;
}

/* Those who do not wait for `lost` have reported; what those behind it have may
 * have come. */
static void check_lost(const struct tree *t, const struct gather *g,
                       const struct seen *seen, int lost, int bytes)
{
    for (int rank = 1; rank < t->size; rank++) {
        if (!is_behind(rank, lost) && seen->bytes[rank] != bytes)
            stop("others are lost, too");
    }
    if (gather_lost(g) != lost)
        stop("another is said to be lost");
}

static void lose(const struct tree *t, int bytes, int lost)
{
    /* Who is nearer gives up first, so that its parent still hears of it. */
    const uint64_t patience_ns = 20000000 + 5000000 * (uint64_t)t->children;
    struct seen seen;
    struct gather g;
    int word = 1, heard;

    open_gather(&g, t, &seen);
    begin_together();
    if (t->rank == lost)
        smpi_execute_flops(0.5 * 2e12);
    gather_begin(&g, 1, see_cut, &seen);
    place_cuts(&g, t->rank, bytes);
    gather_take(&g, patience_ns);
    gather_end(&g);
    if (t->rank == 0)
        check_lost(t, &g, &seen, lost, bytes);
    /* All are there again, and what came late does not disturb. */
    tree_bcast(t, &word, sizeof word, 50000);
    gather_begin(&g, 2, see_cut, &seen);
    if (t->rank == 0)
        memset(seen.bytes, 0, (size_t)t->size * sizeof *seen.bytes);
    place_cuts(&g, t->rank, bytes);
    gather_take(&g, UINT64_MAX);
    gather_end(&g);
    heard = most_held(&g, t->rank);
    if (t->rank == 0) {
        check_seen(t, &seen, bytes);
        printf("lose %d of %d, a rank holds %d\n", lost, t->size, heard);
    }
    free(seen.bytes);
    gather_close(&g);
}

/* -- late ------------------------------------------------------------------ */

/* Whoever was given up may yet be heard of by rank 0, while that waits for S:
 * nothing is lost, and nobody waited for longer than that. */
static void late(const struct tree *t, int bytes, int given_up, int last)
{
    const uint64_t patience_ns = 20000000 + 5000000 * (uint64_t)t->children;
    struct seen seen;
    struct gather g;
    bool all;

    open_gather(&g, t, &seen);
    begin_together();
    if (t->rank == given_up)
        smpi_execute_flops(0.04 * 2e12);
    if (t->rank == last)
        smpi_execute_flops(0.045 * 2e12);
    gather_begin(&g, 1, see_cut, &seen);
    place_cuts(&g, t->rank, bytes);
    all = gather_take(&g, patience_ns);
    gather_end(&g);
    if (t->rank == 0) {
        check_seen(t, &seen, bytes);
        if (!all || gather_lost(&g) >= 0)
            stop("rank 0 does not know that all are there");
        printf("late %d of %d\n", given_up, t->size);
    }
    MPI_Barrier(t->comm); /* one that was given up may still be sending */
    free(seen.bytes);
    gather_close(&g);
}

/* -- clock ---------------------------------------------------------------- */

/* By how much the rank errs about the root's clock at a moment, ns; fails where
 * that is more than it thinks. */
static double lapse(const struct tree *t, const struct drift *drift,
                    double when)
{
    uint64_t local = clock_of(t->rank, when), root = clock_of(0, when);
    int64_t away = (int64_t)(drift_to_root(drift, local) - root);
    double much = (double)(away < 0 ? -away : away);

    if (t->rank && much > (double)drift_error(drift, local) + 2)
        stop("a clock errs by more than it thinks");
    return much;
}

static void clocks(struct tree *t)
{
    struct drift drift = {.n = 0};
    double start = begin_together(), took, fresh, later;

    tree_clock(t, &drift);
    took = latest(MPI_Wtime()) - start;
    smpi_execute_flops(10 * 2e12);
    tree_clock(t, &drift);
    fresh = latest(lapse(t, &drift, MPI_Wtime()));
    smpi_execute_flops(10 * 2e12);
    later = latest(lapse(t, &drift, MPI_Wtime()));
    took = latest(took);
    if (t->rank == 0)
        printf("clock %d %.1f us, off by %.0f ns, 10 s later by %.0f ns\n",
               t->size, took * 1e6, fresh, later);
}

/* -- wake ----------------------------------------------------------------- */

static void wake(const struct tree *t, double seconds)
{
    const uint64_t spin_ns = 50000;
    int word = t->rank ? 0 : 42;
    double start = begin_together();

    if (t->rank == 0)
        smpi_execute_flops(seconds * 2e12);
    tree_bcast(t, &word, sizeof word, spin_ns);
    if (word != 42)
        stop("another word came");
    start = latest(MPI_Wtime()) - start - seconds;
    if (t->rank == 0)
        printf("wake %d %.1f us, after %g s\n", t->size, start * 1e6, seconds);
}

int main(int argc, char **argv)
{
    struct tree t;

    MPI_Init(&argc, &argv);
    tree_open(&t, MPI_COMM_WORLD);
    if (argc == 3 && !strcmp(argv[1], "gather"))
        gather(&t, atoi(argv[2]));
    else if (argc == 4 && !strcmp(argv[1], "lose"))
        lose(&t, atoi(argv[2]), atoi(argv[3]));
    else if (argc == 5 && !strcmp(argv[1], "late"))
        late(&t, atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
    else if (argc == 2 && !strcmp(argv[1], "clock"))
        clocks(&t);
    else if (argc == 3 && !strcmp(argv[1], "wake"))
        wake(&t, atof(argv[2]));
    else
        stop("usage: tree gather BYTES | lose BYTES R | late BYTES R S | "
             "clock | wake SECONDS");
    MPI_Finalize();
    return 0;
}
