/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaders of nodes do together (drivers/executors/tree.h), on a simulated
 * cluster whose clocks differ:
 *
 *   tree gather BYTES   everybody's BYTES to rank 0
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
#include "drivers/executors/tree.h"
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

static unsigned char part_of(int rank, int i)
{
    return (unsigned char)(rank * 7 + i);
}

static void check_sheaf(const struct tree *t, const struct sheaf *sheaf,
                        int bytes)
{
    if (sheaf->n != (size_t)bytes * (size_t)t->size)
        stop("some parts are missing");
    for (int rank = 0; rank < t->size; rank++) {
        for (int i = 0; i < bytes; i++) {
            if ((unsigned char)sheaf->bytes[rank * bytes + i] !=
                part_of(rank, i))
                stop("a part is not what was sent");
        }
    }
}

static void gather(const struct tree *t, int bytes)
{
    struct sheaf sheaf = {.bytes = NULL};
    struct err err = {.text = ""};
    double start;

    for (int i = 0; i < bytes; i++) {
        unsigned char byte = part_of(t->rank, i);

        if (sheaf_add(&sheaf, &byte, 1, &err))
            stop(err.text);
    }
    start = begin_together();
    if (tree_gather(t, &sheaf, 1, &err))
        stop(err.text);
    if (t->rank == 0) {
        printf("gather %d %.1f us, %d bytes each\n", t->size,
               (MPI_Wtime() - start) * 1e6, bytes);
        check_sheaf(t, &sheaf, bytes);
    }
    sheaf_free(&sheaf);
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
    else if (argc == 2 && !strcmp(argv[1], "clock"))
        clocks(&t);
    else if (argc == 3 && !strcmp(argv[1], "wake"))
        wake(&t, atof(argv[2]));
    else
        stop("usage: tree gather BYTES | clock | wake SECONDS");
    MPI_Finalize();
    return 0;
}
