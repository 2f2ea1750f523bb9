/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/trial.h"

#include <math.h>

static void add_usage(struct usage *sum, const struct usage *one)
{
    sum->cpu_ns += one->cpu_ns;
    sum->system_ns += one->system_ns;
    sum->waited_ns += one->waited_ns;
    sum->talk_ns += one->talk_ns;
    sum->lock_ns += one->lock_ns;
    sum->minor_faults += one->minor_faults;
    sum->major_faults += one->major_faults;
    sum->voluntary_switches += one->voluntary_switches;
    sum->involuntary_switches += one->involuntary_switches;
    sum->cycles += one->cycles;
    sum->instructions += one->instructions;
    sum->migrations += one->migrations;
}

static void read_metrics(const struct board *board, struct trial *trial)
{
    const struct metric *metric = kernel_table[board->kernel]->metrics;

    for (int m = 0; m < METRICS_MAX; m++)
        trial->metric[m] = NAN;
    for (int m = 0; metric && metric[m].name; m++) {
        double value[board->workers];

        for (int w = 0; w < board->workers; w++)
            value[w] = board->slot[w].outcome.metric[m];
        trial->metric[m] =
            metric_merged(metric[m].merge, value, (size_t)board->workers);
    }
}

static void read_phases(const struct kernel *kernel,
                        const struct outcome *outcome, struct span *span)
{
    const struct metric *metric = kernel->metrics;
    int n = 0;

    if (!(kernel->traits & KERNEL_PHASES))
        return;
    for (int m = 0; metric[m].name && n < PHASES_MAX; m++) {
        double ns = outcome->metric[m] * 1e9;

        if (*metric[m].unit == 's')
            span->phase_ns[n++] = ns > 0 ? (float)(uint64_t)ns : 0;
    }
}

void trial_read(struct trial *trial, const struct board *board,
                struct err *wrong)
{
    uint64_t first = UINT64_MAX, last = 0, longest = 0;
    double sum = 0;

    trial->repeats = board->repeats;
    for (int w = 0; w < board->workers; w++) {
        const struct slot *slot = &board->slot[w];
        uint64_t took = slot->span.end_ns - slot->span.start_ns;

        trial->span[w] = slot->span;
        trial->span[w].waited_ns = slot->usage.waited_ns;
        read_phases(kernel_table[board->kernel], &slot->outcome,
                    &trial->span[w]);
        first = slot->span.start_ns < first ? slot->span.start_ns : first;
        last = slot->span.end_ns > last ? slot->span.end_ns : last;
        longest = took > longest ? took : longest;
        sum += (double)took;
        add_usage(&trial->usage, &slot->usage);
        trial->late |= slot->late;
        if (slot->outcome.residual > trial->residual)
            trial->residual = slot->outcome.residual;
        trial->checksum = slot->outcome.checksum;
        if (slot->wrong && !trial->wrong) {
            trial->wrong = true;
            *wrong = slot->err;
        }
    }
    read_metrics(board, trial);
    trial->ns = (last - first) / trial->repeats;
    trial->balance = longest ? sum / board->workers / (double)longest : 1;
}

/* In replicate mode every worker has a whole result, and all are the same. */
static bool checksums_agree(const struct board *board)
{
    for (int w = 1; w < board->workers; w++) {
        if (board->slot[w].outcome.checksum != board->slot[0].outcome.checksum)
            return false;
    }
    return true;
}

/* The first trial that counts gives the checksum all others must have. */
static const struct trial *first_right(const struct comparison *c)
{
    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++) {
            if (!c->cell[i].trial[t].wrong)
                return &c->cell[i].trial[t];
        }
    }
    return NULL;
}

void trial_check(const struct comparison *c, const struct board *board,
                 struct trial *trial, struct err *wrong)
{
    const struct trial *first;

    if (trial->wrong)
        return;
    first = first_right(c);
    if (checksums_agree(board) && first->checksum == trial->checksum)
        return;
    trial->wrong = true;
    err_set(wrong, EXIT_WRONG,
            "checksum %016lx where another executor or trial has %016lx",
            trial->checksum, first->checksum);
}
