/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SUMMA of kernels/summa.c on a simulated cluster: the program's own schedule,
 * cascades and messages, with a product that takes the time of its flop and
 * computes nothing.
 *
 *   summa N AHEAD SLICES DEPTH LAYERS [PANELS]
 *
 * prints "nodes n grid panels seconds efficiency" on rank 0: efficiency is the
 * flop of the panels at the speed of all nodes, over the simulated time. With
 * PANELS only so many of each layer are taken: then the time until the first
 * ones are there, and to add the layers, weighs more than in the whole product,
 * so the efficiency is too low.
 */
#include <mpi.h>
#include <smpi/smpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "drivers/executors/messages.h"
#include "kernels/summa.h"

static const double node_speed = 2e12;      /* flop/s, as the platform says */
static const double node_bandwidth = 200e9; /* bytes/s of its memory */

/* All panels of all ranks lie in one place: nobody looks at them, and so
 * thousands of ranks fit into memory. */
static double *nowhere;

static double *own(void *arg, const struct panel *p)
{
    (void)arg, (void)p;
    return nowhere;
}

static void product(void *arg, const struct panel *p, size_t first,
                    size_t count, const double *a, const double *b, bool keep)
{
    const struct summa *s = arg;

    (void)first, (void)a, (void)b, (void)keep;
    smpi_execute_flops(2.0 * (double)count * (double)s->column.count *
                       (double)p->width);
}

static void stop(const struct err *err)
{
    fprintf(stderr, "summa: %s\n", err->text);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* Address space: what is touched of it are tables. */
static void make_worker(struct worker *w, struct arena *arena,
                        struct messenger *m, uint64_t *talk_ns)
{
    arena->bytes = (size_t)1 << 32;
    arena->used = 0;
    arena->base = mmap(NULL, arena->bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *w = (struct worker){
        .arena = arena, .ops = &message_ops, .impl = m, .talk_ns = talk_ns};
    MPI_Comm_rank(m->comm, &w->rank);
    MPI_Comm_size(m->comm, &w->size);
    w->task = w->rank;
    if (arena->base == MAP_FAILED)
        stop(&(struct err){.text = "no address space"});
}

static void connect(struct summa *s, struct worker *w,
                    const struct summa_cut *cut, int ahead)
{
    struct err err;
    size_t most;

    if (summa_cut(s, w, cut, &err) || summa_connect(s, ahead, &err))
        stop(&err);
    most = (s->row.count + s->column.count + 64) * cut->depth;
    if (s->layers > 1 && most < (s->row.count + 1) * (s->column.count + 64))
        most = (s->row.count + 1) * (s->column.count + 64);
    if (!nowhere)
        nowhere = SMPI_SHARED_MALLOC(most * sizeof *nowhere);
    s->sums = nowhere;
    for (int i = 0; i <= ahead; i++)
        s->pair[i].room_a = s->pair[i].room_b = nowhere;
    s->own_a = s->own_b = own;
    s->product = product;
    s->arg = s;
}

/* Only the first `some` of those taken, in their order. */
static void shorten(struct summa *s, int some)
{
    struct panel *all = s->panel;
    int panels = s->panels;

    s->panel = calloc((size_t)some, sizeof *all);
    if (some < 1 || some > panels || !s->panel)
        stop(&(struct err){.text = "so many panels there are not"});
    for (int i = 0; i < some; i++)
        s->panel[i] = all[(size_t)i * (size_t)s->stride % (size_t)panels];
    s->panels = some;
    s->stride = 1;
}

static double flop(const struct summa *s)
{
    double depth = 0;

    for (int i = 0; i < s->panels; i++)
        depth += (double)s->panel[i].width;
    return 2.0 * (double)s->n * (double)s->n * depth * s->layers;
}

/* As kernels/summa.c does, where the data are: sums of two words and a store,
 * at the speed of the node's memory. */
static void add_layers(struct summa *s)
{
    double words =
        3.0 * (s->layers - 1) * (double)s->kept.count * (double)s->column.count;

    summa_swap_layers(s, nowhere);
    smpi_execute(words * sizeof(double) / node_bandwidth);
}

static void time_product(struct summa *s, struct worker *w, size_t slices)
{
    double start, took;

    worker_barrier(w);
    start = MPI_Wtime();
    summa_run(s, (s->row.count + slices - 1) / slices);
    if (s->layers > 1)
        add_layers(s);
    worker_barrier(w);
    took = MPI_Wtime() - start;
    if (w->rank == 0)
        printf("%d %zu %dx%dx%d %d %.6f %.3f\n", w->size, s->n, s->grid_rows,
               s->grid_columns, s->layers, s->panels, took,
               flop(s) / node_speed / w->size / took);
}

int main(int argc, char **argv)
{
    struct summa *s = calloc(1, sizeof *s);
    struct comm_list *splits = NULL;
    struct messenger m = {.splits = &splits, .window = MPI_WIN_NULL};
    struct arena arena;
    struct worker w;
    uint64_t talk_ns = 0;
    struct summa_cut cut = {.row_unit = 1, .column_unit = 1};

    MPI_Init(&argc, &argv);
    if (argc < 6 || !s)
        stop(&(struct err){
            .text = "usage: summa N AHEAD SLICES DEPTH LAYERS [PANELS]"});
    m.comm = MPI_COMM_WORLD;
    MPI_Comm_size(m.comm, &m.whole);
    make_worker(&w, &arena, &m, &talk_ns);
    cut.n = (size_t)atol(argv[1]);
    cut.depth = (size_t)atol(argv[4]);
    cut.grid.layers = atoi(argv[5]);
    connect(s, &w, &cut, atoi(argv[2]));
    if (argc > 6)
        shorten(s, atoi(argv[6]));
    time_product(s, &w, (size_t)atol(argv[3]));
    munmap(arena.base, arena.bytes);
    MPI_Finalize();
    return 0;
}
