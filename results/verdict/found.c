/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/found.h"

#include <math.h>
#include <stdlib.h>

#include "core/stats.h"

int found_median(const struct cell *cell, int metric, double *out,
                 struct err *err)
{
    double *value = malloc((cell->trials + 1) * sizeof *value);
    size_t n = 0;
    int failed = 0;

    *out = NAN;
    if (!value)
        return err_set(err, EXIT_RESOURCE, "no memory for a median");
    for (size_t t = 0; t < cell->trials; t++) {
        const struct trial *trial = &cell->trial[t];

        if (trial_counts(trial) && isfinite(trial->metric[metric]))
            value[n++] = trial->metric[metric];
    }
    if (n)
        failed = stats_median(value, n, out, err);
    free(value);
    return failed;
}

double found_bandwidth(const struct comparison *c, const struct cell *cell,
                       double median_ns)
{
    double tasks = c->replicate ? cell->workers : 1;

    return c->bytes > 0 && median_ns > 0 ? c->bytes * tasks / median_ns * 1e9
                                         : NAN;
}

double found_ipc(const struct cell *cell)
{
    double cycles = 0, instructions = 0;

    for (size_t t = 0; t < cell->trials; t++) {
        const struct usage *usage = &cell->trial[t].usage;

        if (!trial_counts(&cell->trial[t]))
            continue;
        cycles += (double)usage->cycles;
        instructions += (double)usage->instructions;
    }
    return cycles > 0 && instructions > 0 ? instructions / cycles : NAN;
}
