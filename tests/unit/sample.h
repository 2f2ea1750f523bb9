/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison as a measurement would leave it, with made-up times: twelve
 * blocks and one of warm-up; processes are 4 % slower than threads; ranks
 * were skipped. The kernel measures two things besides, of which the second is
 * not known in odd blocks. For the tests of what is written about it.
 */
#ifndef DRIVE_TESTS_UNIT_SAMPLE_H
#define DRIVE_TESTS_UNIT_SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/study.h"

enum { SAMPLE_BLOCKS = 12, SAMPLE_TRIALS = 3 * (SAMPLE_BLOCKS + 1) };

static void sample_trial(struct cell *cell, int block, int order, bool warmup,
                         uint64_t base_ns)
{
    struct trial *trial = cell_add_trial(cell);
    uint64_t start_ns = 5000000000000 + 10000000 * (uint64_t)block;

    trial->block = block;
    trial->order = order;
    trial->warmup = warmup;
    trial->repeats = 1;
    trial->ns = base_ns + 1000 * (uint64_t)((block * 7 + order) % 5);
    trial->balance = 0.97;
    trial->residual = 1e-16;
    trial->checksum = UINT64_C(0xfedcba9876543210);
    trial->usage.cpu_ns = trial->ns * (uint64_t)cell->workers;
    trial->metric[0] = 12e-6 + 1e-6 * (block % 3) + 1e-6 * order;
    trial->metric[1] = block % 2 ? NAN : -block;
    for (int w = 0; w < cell->workers; w++) {
        trial->span[w].start_ns = start_ns + (uint64_t)w;
        trial->span[w].end_ns = start_ns + trial->ns;
        trial->span[w].waited_ns = (uint64_t)(10 * w + 1);
        trial->span[w].phase_ns[0] = (float)(300 + w);
        trial->span[w].phase_ns[2] = 7000;
    }
}

static void sample_cell(struct comparison *c, const char *executor, int workers,
                        uint64_t base_ns)
{
    int order = c->cells;
    struct cell *cell = &c->cell[c->cells++];

    cell->executor = executor;
    cell->workers = workers;
    cell->memory_bytes = 8192;
    cell->memory_rate = 3e9;
    cell->startup_ns = 210000;
    cell->setup_ns = 50000;
    cell->teardown_ns = 90000;
    cell->huge_share = 0.25;
    snprintf(cell->uncounted, sizeof cell->uncounted, "not here");
    cell->pinned = true;
    cell->post = calloc((size_t)workers, sizeof *cell->post);
    for (int w = 0; w < workers; w++) {
        cell->post[w] = (struct post){w, w, w, 0, -1, true, "", 0, 0};
        snprintf(cell->post[w].mask, sizeof cell->post[w].mask, "%d", w);
    }
    sample_trial(cell, 0, order, true, 2 * base_ns);
    for (int block = 0; block < SAMPLE_BLOCKS; block++)
        sample_trial(cell, block, order, false, base_ns);
}

/* To be freed with comparison_free(). */
static void sample_make(struct comparison *c, int workers, const char *problem)
{
    struct cell *ranks;

    *c = (struct comparison){.kernel = "null",
                             .unit = "task",
                             .mode = "divide",
                             .placement = "core: cores 0-1",
                             .seed = UINT64_MAX,
                             .workers = workers,
                             .repeats = 1,
                             .amount = 100,
                             .bytes = 4e6,
                             .metric = {{"create", "s", METRIC_MAX, ""},
                                        {"drift", "", METRIC_MEAN, ""}},
                             .metrics = 2,
                             .precision = 0.01,
                             .margin = 0.02,
                             .blocks = SAMPLE_BLOCKS,
                             .stop = STOP_PRECISION,
                             .widest = 0.004,
                             .window_ns = 2000};
    snprintf(c->problem, sizeof c->problem, "%s", problem);
    sample_cell(c, "serial", 1, 1000000);
    sample_cell(c, "threads", workers, 500000);
    sample_cell(c, "processes", workers, 520000);
    ranks = &c->cell[c->cells++];
    ranks->executor = "ranks";
    ranks->workers = workers;
    ranks->status = CELL_SKIPPED;
    err_set(&ranks->why, EXIT_ABSENT, "built without MPI");
}

#endif
