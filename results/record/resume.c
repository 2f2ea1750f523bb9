/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/resume.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/record/json.h"
#include "results/record/read.h"

/* Where a block stands in the file, and who took part. */
struct block {
    bool there, warmup;
    int number;
    uint64_t at, trials; /* bytes and trials before it */
    unsigned cells;      /* a bit for each with a trial that is not late */
};

/* The reading. */
struct reading {
    struct resume *resume;
    struct record line;
    struct block before, last;
    uint64_t trials, kept; /* trials so far, those of this comparison */
    uint64_t behind;       /* where the first line behind the trials begins */
    bool calibrated, summed, behind_trials;
};

static int refuse(const struct reading *g, const char *why, struct err *err)
{
    return err_set(err, EXIT_USAGE, "cannot resume '%.200s': %.150s",
                   g->resume->path, why);
}

/* -- lines --------------------------------------------------------------- */

static void read_run(struct reading *g)
{
    struct resume *r = g->resume;
    const struct run_info *info = &g->line.is.run.info;

    snprintf(r->id, sizeof r->id, "%s", g->line.is.run.id);
    snprintf(r->scaling, sizeof r->scaling, "%s",
             info->scaling ? info->scaling : "");
    snprintf(r->base, sizeof r->base, "%s", info->base ? info->base : "");
    r->seed = info->seed;
    r->fingerprint = info->fingerprint;
    r->precision = info->precision;
    r->margin = info->margin;
    r->budget_s = info->budget_s;
    r->warmups = info->warmups;
    r->blocks = info->blocks;
    r->planned = info->comparisons;
    r->node = info->node;
    r->nodes = info->nodes;
}

static int read_trial(struct reading *g, struct err *err)
{
    const struct trial *trial = &g->line.is.trial;
    struct block *last = &g->last;

    if (trial->wrong)
        return refuse(g, "a result was wrong; begin anew", err);
    if (++g->kept > READER_KEPT)
        return refuse(g, "more trials than can be gathered", err);
    if (!last->there || last->number != trial->block ||
        last->warmup != trial->warmup) {
        g->before = *last;
        *last = (struct block){.there = true,
                               .warmup = trial->warmup,
                               .number = trial->block,
                               .at = reader_bytes(g->resume->reader),
                               .trials = g->trials};
    }
    if (!trial->late)
        last->cells |= 1u << g->line.cell;
    g->trials++;
    g->behind_trials = true;
    return 0;
}

static int take(struct reading *g, struct err *err)
{
    struct resume *r = g->resume;
    struct comparison *grown = realloc(
        r->comparison, ((size_t)r->comparisons + 1) * sizeof *r->comparison);

    if (!grown)
        return err_set(err, EXIT_RESOURCE, "no memory to resume '%.200s'",
                       r->path);
    r->comparison = grown;
    reader_take(r->reader, &r->comparison[r->comparisons++]);
    return 0;
}

static int read_plan(struct reading *g, struct err *err)
{
    if (g->line.plan != g->resume->comparisons)
        return refuse(g, "its comparisons do not follow each other", err);
    g->before = g->last = (struct block){.there = false};
    g->kept = 0;
    g->summed = false;
    g->behind_trials = true; /* there are none yet: behind the plan */
    return 0;
}

static int read_end(struct reading *g, struct err *err)
{
    char sha256[DIGEST_TEXT];

    reader_hash(g->resume->reader, sha256);
    g->resume->finished = true;
    if (strcmp(sha256, g->line.is.end.sha256) == 0)
        return 0;
    return refuse(g, "its hash does not fit, it was edited", err);
}

static int read_line(struct reading *g, struct err *err)
{
    char text[160];

    if (g->behind_trials && g->line.type != RECORD_TRIAL &&
        g->line.type != RECORD_PLAN) {
        g->behind = reader_bytes(g->resume->reader);
        g->behind_trials = false;
    }
    if (g->line.foreign)
        return refuse(g, "it has lines of another run", err);
    if (g->resume->finished && g->line.type != RECORD_CUT)
        return refuse(g, "it goes on behind its end", err);
    switch (g->line.type) {
    case RECORD_RUN: read_run(g); return 0;
    case RECORD_HOST:
        snprintf(g->resume->host, sizeof g->resume->host, "%s",
                 g->line.is.host);
        return 0;
    case RECORD_CALIB: g->calibrated = true; return 0;
    case RECORD_PLAN: return read_plan(g, err);
    case RECORD_TRIAL: return read_trial(g, err);
    case RECORD_SUMMARY: g->summed = true; return take(g, err);
    case RECORD_CUT: return take(g, err);
    case RECORD_END: return read_end(g, err);
    case RECORD_BAD:
        snprintf(text, sizeof text, "line %ld cannot be read: %.100s",
                 g->line.line, g->line.is.text);
        return refuse(g, text, err);
    default: return 0;
    }
}

/* -- the comparison under way -------------------------------------------- */

static unsigned planned_cells(const struct comparison *c)
{
    unsigned cells = 0;

    for (int i = 0; i < c->cells; i++)
        cells |= c->cell[i].status == CELL_SKIPPED ? 0 : 1u << i;
    return cells;
}

static void drop_block(struct comparison *c, const struct block *block)
{
    for (int i = 0; i < c->cells; i++) {
        struct cell *cell = &c->cell[i];

        while (cell->trials) {
            struct trial *trial = &cell->trial[cell->trials - 1];

            if (trial->block != block->number || trial->warmup != block->warmup)
                break;
            free(trial->span);
            cell->trials--;
        }
    }
}

/* Blocks that count, from what is left. */
static void count_blocks(struct comparison *c)
{
    c->blocks = 0;
    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++) {
            const struct trial *trial = &c->cell[i].trial[t];

            if (trial_counts(trial) && trial->block >= c->blocks)
                c->blocks = trial->block + 1;
        }
    }
}

static void go_on(struct reading *g)
{
    struct resume *r = g->resume;
    struct comparison *c = &r->comparison[r->comparisons - 1];
    unsigned need = g->before.there ? g->before.cells : planned_cells(c);
    bool whole = !g->last.there || (need & ~g->last.cells) == 0;

    r->open = true;
    r->keep = whole ? g->behind : g->last.at;
    r->set_aside = whole ? 0 : g->trials - g->last.trials;
    r->trials = g->trials - r->set_aside;
    if (!whole)
        drop_block(c, &g->last);
    for (int i = 0; i < c->cells; i++) {
        /* What failed may have been the end of the job. */
        if (c->cell[i].status == CELL_FAILED)
            c->cell[i].status = CELL_OK;
        free(c->cell[i].post);
        c->cell[i].post = NULL;
    }
    count_blocks(c);
}

static int conclude(struct reading *g, struct err *err)
{
    struct resume *r = g->resume;
    const struct comparison *last =
        r->comparisons ? &r->comparison[r->comparisons - 1] : NULL;

    if (!g->calibrated)
        return refuse(g, "it ends before its first comparison; begin anew",
                      err);
    if (!r->planned)
        return refuse(g,
                      "it does not say what was planned, an older program "
                      "wrote it",
                      err);
    if (g->behind_trials)
        g->behind = reader_bytes(r->reader);
    r->trials = g->trials;
    r->keep = g->behind;
    if (last && (!g->summed || last->stop == STOP_SIGNAL)) {
        r->finished = false;
        go_on(g);
        return 0;
    }
    if (r->comparisons < r->planned)
        r->finished = false;
    return 0;
}

/* All lines up to the end of the last comparison stay, where it has ended. */
static void pass_summary(struct reading *g)
{
    if (g->line.type == RECORD_SUMMARY || g->line.type == RECORD_CALIB ||
        g->line.type == RECORD_RESUME)
        g->behind_trials = true;
}

static int read_all(struct reading *g, struct err *err)
{
    int got;

    while ((got = reader_next(g->resume->reader, &g->line, err)) > 0) {
        if (read_line(g, err))
            return -1;
        if (g->line.type != RECORD_SUMMARY ||
            g->resume->comparison[g->resume->comparisons - 1].stop !=
                STOP_SIGNAL)
            pass_summary(g);
    }
    return got < 0 ? -1 : conclude(g, err);
}

int resume_open(struct resume **out, const char *path, struct err *err)
{
    struct resume *r = calloc(1, sizeof *r);
    struct reading g = {.resume = r};

    if (!r || !(r->path = strdup(path))) {
        free(r);
        return err_set(err, EXIT_RESOURCE, "no memory to resume '%.200s'",
                       path);
    }
    if (reader_open(&r->reader, path, READER_KEEP | READER_HASH, err) ||
        read_all(&g, err)) {
        resume_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

void resume_close(struct resume *r)
{
    if (!r)
        return;
    for (int i = 0; i < r->comparisons; i++)
        comparison_free(&r->comparison[i]);
    free(r->comparison);
    reader_close(r->reader);
    free(r->path);
    free(r);
}

/* -- is it the same? ----------------------------------------------------- */

static int differs(const struct resume *r, const char *what, const char *was,
                   const char *is, struct err *err)
{
    return err_set(err, EXIT_USAGE,
                   "cannot resume '%.120s': its %s is '%.80s', not '%.80s'",
                   r->path, what, was, is);
}

static int check_number(const struct resume *r, const char *what, double was,
                        double is, struct err *err)
{
    char a[32], b[32];

    if (fabs(was - is) <= 1e-12 * fabs(was))
        return 0;
    snprintf(a, sizeof a, "%g", was);
    snprintf(b, sizeof b, "%g", is);
    return differs(r, what, a, b, err);
}

static int check_text(const struct resume *r, const char *what, const char *was,
                      const char *is, struct err *err)
{
    return strcmp(was, is ? is : "") ? differs(r, what, was, is ? is : "", err)
                                     : 0;
}

/* One node has no card; of two runs, `ranks` are told where both have. */
static void name_node(const struct node_card *node, int nodes, int i,
                      const char *host, bool ranks, char *out, size_t size)
{
    if (nodes > 1 && i < nodes && ranks)
        snprintf(out, size, "'%.64s' with %d ranks", node[i].host,
                 node[i].ranks);
    else if (i < (nodes > 1 ? nodes : 1))
        snprintf(out, size, "'%.64s'", nodes > 1 ? node[i].host : host);
    else
        snprintf(out, size, "none");
}

int resume_check_hosts(const struct resume *r, const struct run_info *info,
                       const char *host, struct err *err)
{
    bool both = r->nodes > 1 && info->nodes > 1;
    char was[120], is[120], which[24] = "host";
    int i = 0;

    do {
        name_node(r->node, r->nodes, i, r->host, both, was, sizeof was);
        name_node(info->node, info->nodes, i, host, both, is, sizeof is);
        i++;
    } while (strcmp(was, is) == 0 && (i < r->nodes || i < info->nodes));
    if (strcmp(was, is) == 0)
        return 0;
    if (r->nodes > 1 || info->nodes > 1)
        snprintf(which, sizeof which, "host %d", i);
    return err_set(err, EXIT_USAGE,
                   "cannot resume '%.120s': its %s is %s, not %s: start it "
                   "where it was, or begin a new record",
                   r->path, which, was, is);
}

int resume_check_run(const struct resume *r, const struct run_info *info,
                     struct err *err)
{
    char was[32], is[32];

    if (check_text(r, "kind of scaling", r->scaling, info->scaling, err) ||
        check_text(r, "base", r->base, info->base, err) ||
        check_number(r, "number of comparisons", r->planned, info->comparisons,
                     err) ||
        check_number(r, "--blocks", r->blocks, info->blocks, err) ||
        check_number(r, "--warmups", r->warmups, info->warmups, err) ||
        check_number(r, "--precision", r->precision, info->precision, err) ||
        check_number(r, "--budget", r->budget_s, info->budget_s, err))
        return -1;
    snprintf(was, sizeof was, "%" PRIu64, r->seed);
    snprintf(is, sizeof is, "%" PRIu64, info->seed);
    if (check_text(r, "seed", was, is, err))
        return -1;
    if (r->fingerprint == info->fingerprint)
        return 0;
    return err_set(err, EXIT_USAGE,
                   "cannot resume '%.200s': comparisons that are yet to come "
                   "were planned otherwise",
                   r->path);
}

static bool same_params(const char *a, const char *b)
{
    json_t *x = value_params(a), *y = value_params(b);
    bool same = x && y && json_equal(x, y);

    json_decref(x);
    json_decref(y);
    return same;
}

static void list_cells(const struct comparison *c, char *out, size_t size)
{
    size_t used = 0;

    *out = '\0';
    for (int i = 0; i < c->cells && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s of %d",
                                 i ? ", " : "", c->cell[i].executor,
                                 c->cell[i].workers);
}

int resume_check(const struct resume *r, int i, const struct comparison *mine,
                 struct err *err)
{
    const struct comparison *c = &r->comparison[i];
    char was[200], is[200];

    if (i >= r->comparisons)
        return 0;
    if (check_text(r, "kernel", c->kernel, mine->kernel, err) ||
        check_text(r, "mode", c->mode, mine->mode, err) ||
        check_number(r, "number of workers", c->workers, mine->workers, err) ||
        check_text(r, "placement", c->placement, mine->placement, err))
        return -1;
    if (!same_params(c->problem, mine->problem))
        return differs(r, "problem", c->problem, mine->problem, err);
    if (c->seed != mine->seed)
        return check_number(r, "seed of the data", (double)c->seed,
                            (double)mine->seed, err);
    list_cells(c, was, sizeof was);
    list_cells(mine, is, sizeof is);
    return check_text(r, "list of executors", was, is, err);
}

/* FNV-1a, 64 bits. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    } while (*text++);
    return hash;
}

uint64_t resume_print(uint64_t hash, const struct comparison *c)
{
    char cells[200];

    list_cells(c, cells, sizeof cells);
    hash = hash ? hash : 0xcbf29ce484222325u;
    hash = add_text(add_text(hash, c->kernel), c->mode);
    hash = add_text(add_text(hash, c->problem), c->placement);
    return add_text(hash, cells) ^ (uint64_t)c->workers;
}
