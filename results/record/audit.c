/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "results/record/decode.h"
#include "results/record/json.h"
#include "results/record/read.h"

/* What was seen so far. */
struct audit {
    FILE *out;
    struct reader *reader;
    struct record line; /* the one looked at */
    uint64_t problems;
    uint64_t lines, plans, trials, unread; /* lines by type */
    uint64_t warmup, late, wrong, cuts, others;
    uint64_t summaries, unjudged, unheld;
    uint64_t resumes, aside; /* times it was gone on with; trials set aside */
    uint64_t plan_lines;     /* of trials, good and bad, since the last plan */
    bool began, ended;       /* trials have begun; the end was there */
    char end_why[128], writer[160];
    enum { HASH_NONE, HASH_FITS, HASH_DIFFERS } hash;
};

/* Texts of a record may hold what a terminal would obey. */
static void clean(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
    }
}

__attribute__((format(printf, 2, 3))) static void problem(struct audit *a,
                                                          const char *format,
                                                          ...)
{
    char text[600];
    va_list list;

    if (++a->problems > AUDIT_PROBLEMS)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    clean(text);
    fprintf(a->out, "  PROBLEM    line %ld: %s\n", a->line.line, text);
}

/* -- lines --------------------------------------------------------------- */

static void check_common(struct audit *a)
{
    const struct record *line = &a->line;

    a->lines++;
    a->plan_lines += line->type == RECORD_TRIAL || line->type == RECORD_BAD;
    if (line->type == RECORD_BAD) {
        problem(a, "%s", line->is.text);
        a->unread++;
        return;
    }
    if (line->seq != line->line - 1)
        problem(a, "its number is %" PRId64 ", not %ld", line->seq,
                line->line - 1);
    if (line->foreign)
        problem(a, "it belongs to another run");
    if (a->ended)
        problem(a, "it stands behind the end");
    if ((line->line == 1) != (line->type == RECORD_RUN))
        problem(a, line->line == 1 ? "a record begins with its run"
                                   : "a second run");
    if (a->began && (line->type == RECORD_HOST || line->type == RECORD_CALIB))
        problem(a, "host and calibration stand before the plans");
}

static void check_run(struct audit *a)
{
    const json_t *build = json_object_get(a->line.json, "build");
    const char *version = decode_text(build, "version");

    snprintf(a->writer, sizeof a->writer, "drive %.60s (%.60s)",
             *version ? version : "of unknown version",
             decode_text(build, "commit"));
    clean(a->writer);
}

static void check_plan(struct audit *a)
{
    a->began = true;
    if (a->line.plan != (int)a->plans)
        problem(a, "plan %d where %" PRIu64 " was next", a->line.plan,
                a->plans);
    a->plans++;
    a->plan_lines = 0;
}

/* The time of a trial is that from the first start to the last end, shared
 * out over its steps and rounded. */
static void check_trial(struct audit *a)
{
    const struct trial *trial = &a->line.is.trial;
    int workers = a->line.comparison->cell[a->line.cell].workers;
    uint64_t start = UINT64_MAX, end = 0;
    double took;

    a->trials++;
    a->warmup += trial->warmup;
    a->late += trial->late;
    a->wrong += trial->wrong;
    for (int i = 0; i < workers && trial->span; i++) {
        start =
            trial->span[i].start_ns < start ? trial->span[i].start_ns : start;
        end = trial->span[i].end_ns > end ? trial->span[i].end_ns : end;
    }
    if (!trial->span || !trial->repeats)
        return;
    took = (double)(end - start) / trial->repeats;
    if (fabs(took - (double)trial->ns) > 1 + 1e-12 * took)
        problem(a, "%" PRIu64 " ns, but from first start to last end %.0f ns",
                trial->ns, took);
}

static void check_end(struct audit *a)
{
    const struct record_end *end = &a->line.is.end;
    uint64_t trials = a->trials;
    char sha256[DIGEST_TEXT];

    a->ended = true;
    snprintf(a->end_why, sizeof a->end_why, "%s", end->why);
    clean(a->end_why);
    if (end->lines != (uint64_t)a->line.line)
        problem(a, "it counts %" PRIu64 " lines, there are %ld", end->lines,
                a->line.line);
    if (end->trials != trials)
        problem(a, "it counts %" PRIu64 " trials, %" PRIu64 " were read",
                end->trials, trials);
    if (!*end->sha256)
        return;
    reader_hash(a->reader, sha256);
    a->hash = strcmp(sha256, end->sha256) == 0 ? HASH_FITS : HASH_DIFFERS;
    if (a->hash == HASH_DIFFERS)
        problem(a, "the hash of what is before it does not fit: edited");
}

/* -- summaries ----------------------------------------------------------- */

/* Instants are rounded to whole nanoseconds, so the last one may differ. */
static bool same_number(const json_t *a, const json_t *b, double slack)
{
    double x = json_number_value(a), y = json_number_value(b);

    return fabs(x - y) <= slack + 1e-9 * fmax(fabs(x), fabs(y));
}

static bool same_value(const json_t *a, const json_t *b, double slack);

static bool same_object(const json_t *a, const json_t *b, double slack)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)a, key, value)
    {
        const json_t *other = json_object_get(b, key);

        if (!other || !same_value(value, other, slack))
            return false;
    }
    return json_object_size(a) == json_object_size(b);
}

static bool same_value(const json_t *a, const json_t *b, double slack)
{
    if (json_is_number(a) && json_is_number(b))
        return same_number(a, b, slack);
    if (json_is_object(a) && json_is_object(b))
        return same_object(a, b, slack);
    if (!json_is_array(a) || json_array_size(a) != json_array_size(b))
        return json_equal(a, b);
    for (size_t i = 0; i < json_array_size(a); i++) {
        if (!same_value(json_array_get(a, i), json_array_get(b, i), slack))
            return false;
    }
    return true;
}

static void print_value(const json_t *value, char *out, size_t size)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
                                       JSON_REAL_PRECISION(12));

    snprintf(out, size, "%.80s", text ? text : "?");
    free(text);
}

/* Uses `expected` up. What the record does not say is not held against it:
 * other versions may have other fields. */
static void check_fields(struct audit *a, const char *what,
                         const json_t *recorded, json_t *expected,
                         const char *const *keys)
{
    for (; *keys; keys++) {
        const json_t *mine = json_object_get(expected, *keys);
        const json_t *its = json_object_get(recorded, *keys);
        char should[96], is[96];

        if (!its || !mine ||
            same_value(its, mine, strstr(*keys, "_ns") ? 1 : 0))
            continue;
        print_value(mine, should, sizeof should);
        print_value(its, is, sizeof is);
        problem(a, "%s: %s is %s, from the trials %s", what, *keys, is, should);
    }
    json_decref(expected);
}

static void check_cells(struct audit *a, const struct comparison *c,
                        const struct judgement *j)
{
    static const char *const keys[] = {
        "executor",   "workers",   "trials",  "median_ns", "ci95_ns",
        "min_ns",     "max_ns",    "rate",    "speedup",   "speedup_ci95",
        "efficiency", "imbalance", "of_peak", "verified",  "failed",
        "migrations", "bandwidth", "ipc",     "metrics",   NULL};
    const json_t *list = json_object_get(a->line.json, "cells");

    if (json_array_size(list) != (size_t)c->cells)
        problem(a, "%zu cells, planned were %d", json_array_size(list),
                c->cells);
    for (int i = 0; i < c->cells; i++)
        check_fields(a, c->cell[i].executor, json_array_get(list, (size_t)i),
                     cell_object(c, &c->cell[i], &j->cell[i]), keys);
}

static void check_pairs(struct audit *a, const struct comparison *c,
                        const struct judgement *j)
{
    static const char *const keys[] = {
        "a",          "b", "ratio",      "ci95",        "verdict", "blocks",
        "ci90_alone", "p", "p_adjusted", "more_blocks", NULL};
    const json_t *list = json_object_get(a->line.json, "pairs");
    char what[128];

    if (json_array_size(list) != (size_t)j->pairs)
        problem(a, "%zu pairs, from the trials %d", json_array_size(list),
                j->pairs);
    for (int i = 0; i < j->pairs; i++) {
        snprintf(what, sizeof what, "%.50s v %.50s",
                 c->cell[j->pair[i].a].executor,
                 c->cell[j->pair[i].b].executor);
        check_fields(a, what, json_array_get(list, (size_t)i),
                     pair_object(c, &j->pair[i]), keys);
    }
}

static int check_summary(struct audit *a, struct err *err)
{
    const struct comparison *c = a->line.comparison;
    struct judgement j;
    struct err why = {0};

    a->summaries++;
    if (a->plan_lines > READER_KEPT) {
        a->unheld++;
        return 0;
    }
    if (json_is_null(json_object_get(a->line.json, "verdict"))) {
        a->unjudged++;
        return 0;
    }
    if (verdict_judge(c, &j, &why)) {
        if (why.code == EXIT_RESOURCE)
            return err_set(err, why.code, "%s", why.text);
        problem(a, "it cannot be recomputed: %s", why.text);
        return 0;
    }
    check_cells(a, c, &j);
    check_pairs(a, c, &j);
    return 0;
}

/* -- the whole ----------------------------------------------------------- */

static int check_line(struct audit *a, struct err *err)
{
    if (a->line.type == RECORD_CUT) {
        a->cuts++;
        return 0;
    }
    check_common(a);
    switch (a->line.type) {
    case RECORD_RUN: check_run(a); break;
    case RECORD_PLAN: check_plan(a); break;
    case RECORD_TRIAL: check_trial(a); break;
    case RECORD_SUMMARY: return check_summary(a, err);
    case RECORD_END: check_end(a); break;
    case RECORD_RESUME:
        a->resumes++;
        a->aside += a->line.is.resume.aside;
        break;
    case RECORD_OTHER: a->others++; break;
    default: break;
    }
    return 0;
}

static void print_end(const struct audit *a)
{
    static const char *const hash[] = {
        [HASH_NONE] = "none, so changes would not show",
        [HASH_FITS] = "SHA-256 fits",
        [HASH_DIFFERS] = "DOES NOT FIT: the file was edited"};
    const char *partial = reader_partial(a->reader);

    if (partial)
        fprintf(a->out, "  partial    %s\n", partial);
    if (a->ended)
        fprintf(a->out, "  end        %s\n", a->end_why);
    fprintf(a->out, "  hash       %s\n", hash[a->hash]);
}

static void print_counts(const struct audit *a)
{
    fprintf(a->out, "  schema     %d", RECORD_VERSION);
    if (*a->writer)
        fprintf(a->out, ", written by %s", a->writer);
    fprintf(a->out,
            "\n  structure  %" PRIu64 " lines, %" PRIu64
            " comparison%s, %" PRIu64 " trials",
            a->lines, a->plans, a->plans == 1 ? "" : "s", a->trials);
    if (a->others)
        fprintf(a->out, ", %" PRIu64 " lines of unknown type passed over",
                a->others);
    if (a->unread)
        fprintf(a->out, ", %" PRIu64 " lines not read", a->unread);
    fprintf(a->out,
            "\n  trials     %" PRIu64 " warm-up, %" PRIu64 " late, %" PRIu64
            " wrong; times against workers' times\n",
            a->warmup, a->late, a->wrong);
    if (a->resumes)
        fprintf(a->out,
                "  resumed    %" PRIu64 " time%s, %" PRIu64
                " trials of unfinished blocks set aside\n",
                a->resumes, a->resumes == 1 ? "" : "s", a->aside);
    fprintf(a->out, "  summaries  %" PRIu64 " recomputed from the trials",
            a->summaries - a->unjudged - a->unheld);
    if (a->unjudged)
        fprintf(a->out, ", %" PRIu64 " without a judgement", a->unjudged);
    if (a->unheld)
        fprintf(a->out, ", %" PRIu64 " of more than %d trials not recomputed",
                a->unheld, READER_KEPT);
    if (a->cuts)
        fprintf(a->out, ", %" PRIu64 " missing", a->cuts);
    fputc('\n', a->out);
}

static int conclude(const struct audit *a, const char *path, struct err *err)
{
    if (a->problems > AUDIT_PROBLEMS)
        fprintf(a->out, "  PROBLEM    and %" PRIu64 " more\n",
                a->problems - AUDIT_PROBLEMS);
    print_counts(a);
    print_end(a);
    if (!a->problems) {
        fprintf(a->out, "  ok\n");
        return 0;
    }
    return err_set(err, EXIT_WRONG,
                   "'%.200s' contradicts itself: %" PRIu64 " problem%s%s", path,
                   a->problems, a->problems == 1 ? "" : "s",
                   a->hash == HASH_DIFFERS ? ", it was edited" : "");
}

int audit_print(FILE *out, const char *path, struct err *err)
{
    struct audit a = {.out = out};
    int got, failed = 0;

    if (reader_open(&a.reader, path, READER_HASH | READER_KEEP, err))
        return -1;
    fprintf(out, "%s\n", path);
    while (!failed && (got = reader_next(a.reader, &a.line, err)) != 0)
        failed = got < 0 ? -1 : check_line(&a, err);
    if (!failed)
        failed = conclude(&a, path, err);
    reader_close(a.reader);
    return failed;
}
