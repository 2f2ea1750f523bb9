/* SPDX-License-Identifier: Apache-2.0 */
#include "results/export/spool.h"

#include <math.h>

static int moments_add(struct moments *m, size_t n, uint64_t ns)
{
    double off = (double)ns - m->mean;

    m->mean += off / (double)n;
    m->squares += off * ((double)ns - m->mean);
    return median_add(&m->median, ns);
}

static int cannot_keep(struct err *err)
{
    return err_errno(err, EXIT_RESOURCE, "no room for times in /tmp");
}

int spool_add(struct spool *spool, const struct trial *trial, struct err *err)
{
    uint64_t steps = trial->repeats ? trial->repeats : 1;
    struct spooled one = {.ns = trial->ns,
                          .cpu_ns = trial->usage.cpu_ns / steps,
                          .system_ns = trial->usage.system_ns / steps,
                          .repeats = (uint32_t)steps};
    size_t n = ++spool->n;

    if (!spool->file && !(spool->file = tmpfile()))
        return cannot_keep(err);
    if (fwrite(&one, sizeof one, 1, spool->file) != 1)
        return cannot_keep(err);
    if (n == 1 || one.ns < spool->min_ns)
        spool->min_ns = one.ns;
    if (one.ns > spool->max_ns)
        spool->max_ns = one.ns;
    return moments_add(&spool->wall, n, one.ns) ||
                   moments_add(&spool->cpu, n, one.cpu_ns) ||
                   moments_add(&spool->system, n, one.system_ns)
               ? err_set(err, EXIT_RESOURCE, "no memory for times")
               : 0;
}

int spool_rewind(struct spool *spool, struct err *err)
{
    return fflush(spool->file) || fseek(spool->file, 0, SEEK_SET)
               ? cannot_keep(err)
               : 0;
}

int spool_next(struct spool *spool, struct spooled *out, struct err *err)
{
    if (fread(out, sizeof *out, 1, spool->file) == 1)
        return 1;
    return ferror(spool->file) ? cannot_keep(err) : 0;
}

double spool_stddev(const struct spool *spool, const struct moments *m)
{
    return spool->n > 1 ? sqrt(m->squares / (double)(spool->n - 1)) : NAN;
}

void spool_clear(struct spool *spool)
{
    if (spool->file)
        fclose(spool->file);
    median_clear(&spool->wall.median);
    median_clear(&spool->cpu.median);
    median_clear(&spool->system.median);
    *spool = (struct spool){.n = 0};
}
