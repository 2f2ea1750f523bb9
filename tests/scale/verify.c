/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel matmul itself on a simulated cluster: one worker a node, the
 * plain product in C, n x n with the panels and look-ahead given; two steps, as
 * regions are stretched by repeating them.
 *
 *   verify N PANEL AHEAD LAYERS
 *
 * prints "nodes n residual tolerance checksum" on rank 0, and fails where the
 * kernel's own check does.
 */
#include <mpi.h>
#include <smpi/smpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/executors/messages.h"
#include "kernels/kernel.h"

extern const struct kernel kernel_matmul;

static void stop(const struct err *err)
{
    fprintf(stderr, "verify: %s\n", err->text);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* The others' small defaults, and the four given. */
static void pose(struct problem *problem, char **given)
{
    const char *const name[] = {"n", "panel", "ahead", "layers"};
    const struct kernel *k = &kernel_matmul;
    struct err err;
    int n, row;

    *problem = (struct problem){.mode = MODE_DIVIDE, .seed = 1};
    param_defaults(k->params, problem->value);
    for (int i = 0; i < 4; i++) {
        row = param_find(k->params, name[i], &err);
        if (row < 0 || param_parse(&k->params[row], given[i],
                                   &problem->value[row], 1, &n, &err))
            stop(&err);
    }
}

static void live(struct worker *w, const struct problem *problem,
                 struct outcome *outcome)
{
    const struct kernel *k = &kernel_matmul;
    struct err err;
    void *state;

    if (k->setup(w, problem, &state, &err))
        stop(&err);
    k->reset(w, state);
    if (k->step(w, state, &err) || k->step(w, state, &err) ||
        k->verify(w, state, outcome, &err))
        stop(&err);
}

int main(int argc, char **argv)
{
    struct comm_list *splits = NULL;
    struct messenger m = {.splits = &splits, .window = MPI_WIN_NULL};
    uint64_t talk_ns = 0;
    struct worker w = {.ops = &message_ops, .impl = &m, .talk_ns = &talk_ns};
    struct arena arena = {.used = 0};
    struct problem problem;
    struct outcome outcome;
    struct work work = {.arena = 0};
    struct err err = {.text = "usage: verify N PANEL AHEAD LAYERS"};

    MPI_Init(&argc, &argv);
    m.comm = MPI_COMM_WORLD;
    MPI_Comm_rank(m.comm, &w.rank);
    MPI_Comm_size(m.comm, &w.size);
    m.whole = w.size;
    w.task = w.rank;
    if (argc != 5)
        stop(&err);
    pose(&problem, argv + 1);
    if (kernel_matmul.plan(&problem, w.size, &work, &err))
        stop(&err);
    arena.bytes = (size_t)work.arena + ARENA_SLACK;
    arena.base = aligned_alloc(4096, (arena.bytes + 4095) / 4096 * 4096);
    if (!arena.base)
        stop(&(struct err){.text = "no memory"});
    memset(arena.base, 0, arena.bytes);
    w.arena = &arena;
    live(&w, &problem, &outcome);
    if (w.rank == 0)
        printf("%d %s %.3g %.3g %016llx\n", w.size, argv[1], outcome.residual,
               outcome.tolerance, (unsigned long long)outcome.checksum);
    free(arena.base);
    MPI_Finalize();
    return 0;
}
