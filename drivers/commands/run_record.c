/* SPDX-License-Identifier: Apache-2.0 */
/* The part of drivers/commands/run.h that is about the record: a new one, or
 * one that is gone on with. */
#include <stdio.h>

#include "drivers/commands/run.h"
#include "kernels/blas.h"

static void fill_info(const struct job *job, struct run_info *info)
{
    const struct options *o = job->options;
    struct lobby *lobby = job->conductor->lobby;

    *info = (struct run_info){
        .kernel = kernel_table[job->kernel]->name,
        .seed = job->plan.seed,
        .precision = o->precision,
        .margin = job->plan.margin,
        .budget_s = o->budget,
        .warmups = o->warmups,
        .least_blocks = job->plan.stop.least_blocks,
        .blocks = o->blocks,
        .environment = job->environment,
        .timer = &job->timer,
        .region_ns = job->plan.region_ns,
        .launcher = lobby ? NULL : job->conductor->launcher,
        .raw = o->raw,
        .ranks = job->place.ranks,
        .node = lobby ? lobby_card(lobby, 0) : NULL,
        .nodes = lobby ? lobby->nodes : 1,
        .mpi = job->conductor->mpi,
        .comparisons = job->points,
        .fingerprint = job->fingerprint,
        .scaling = job->scaling,
        .base = job->base,
    };
}

int job_open_record(struct job *job, struct err *err)
{
    const struct options *o = job->options;
    char words[4096], blas[64];
    struct run_info info;

    if (o->no_record)
        return 0;
    fill_info(job, &info);
    options_command_line(words, sizeof words);
    info.command_line = words;
    info.blas = blas_describe(blas, sizeof blas);
    return job->resume ? writer_resume(&job->writer, job->resume, words, err)
                       : writer_open(&job->writer, o->output, &info, err);
}

/* Of what differs, nodes come first: they decide where workers sit. */
int job_check_hosts(const struct job *job, struct err *err)
{
    struct run_info info;

    if (!job->resume)
        return 0;
    fill_info(job, &info);
    return resume_check_hosts(job->resume, &info, job->environment->host, err);
}

/* Before the record is touched: is it this job's? */
int job_check_resume(const struct job *job, struct err *err)
{
    struct run_info info;

    if (!job->resume)
        return 0;
    fill_info(job, &info);
    if (job->options->seeded)
        info.seed = job->options->seed;
    return resume_check_run(job->resume, &info, err);
}

void job_tell_resume(const struct job *job)
{
    const struct resume *r = job->resume;
    int whole = r->comparisons - r->open;

    if (job->options->quiet)
        return;
    fprintf(stderr,
            "drive: note: going on with '%s': %d of %d comparisons are there",
            r->path, whole, r->planned);
    if (r->open)
        fprintf(stderr, ", %d blocks of the next",
                r->comparison[r->comparisons - 1].blocks);
    fprintf(stderr, "; %llu trials of an unfinished block set aside\n",
            (unsigned long long)r->set_aside);
}
