/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/record/decode.h"
#include "results/record/held.h"
#include "results/record/input.h"
#include "results/record/trial_line.h"

struct reader {
    char *path;
    struct input input;
    unsigned flags;
    struct line line;      /* the one given out; text NULL: none */
    bool again;            /* it is to be given out once more */
    uint64_t bytes;        /* of the lines before this one */
    struct digest *digest; /* the same; or NULL */

    json_t *json; /* of this line, or NULL */
    struct trial_line trial;
    char id[64], text[512], partial[128];

    struct held held;
    struct node_card *node; /* [nodes]; owned */
    int nodes;
    bool ended;
};

/* Puts the line behind us. */
static void pass_line(struct reader *r)
{
    size_t whole = r->line.length + !r->line.torn;

    if (r->digest)
        digest_add(r->digest, r->line.text, whole);
    r->bytes += whole;
    r->line.text = NULL;
}

/* -- what every line has ------------------------------------------------- */

/* What is wrong with a line is told and no more; want of memory ends it. */
static int bad(struct reader *r, struct record *out, const struct err *why,
               struct err *err)
{
    if (why->code == EXIT_RESOURCE) {
        err_set(err, why->code, "%s", why->text);
        return -1;
    }
    r->held.lines++; /* it may have been a trial of the next block */
    snprintf(r->text, sizeof r->text, "%s", why->text);
    out->type = RECORD_BAD;
    out->json = NULL;
    out->comparison = NULL;
    out->is.text = r->text;
    return 1;
}

static int bad_text(struct reader *r, struct record *out, const char *text)
{
    struct err why = {.code = EXIT_USAGE};

    snprintf(why.text, sizeof why.text, "%s", text);
    return bad(r, out, &why, NULL);
}

static int check_version(const struct reader *r, int64_t version,
                         struct err *err)
{
    if (version <= RECORD_VERSION)
        return 0;
    return err_set(err, EXIT_USAGE,
                   "%s:%ld: schema %lld is newer than this program, which "
                   "reads up to %d",
                   r->path, r->input.number, (long long)version,
                   RECORD_VERSION);
}

static bool same_run(const struct reader *r, const char *id, size_t length)
{
    return strlen(r->id) == length && memcmp(r->id, id, length) == 0;
}

/* -- types --------------------------------------------------------------- */

static void show_held(struct reader *r, struct record *out)
{
    out->comparison = &r->held.comparison;
    out->plan = r->held.plan;
}

static int read_plan(struct reader *r, struct record *out, struct err *err)
{
    if (held_plan(&r->held, r->json, err))
        return -1;
    r->held.comparison.nodes = r->nodes ? r->nodes : 1;
    show_held(r, out);
    return 0;
}

static int read_place(struct reader *r, struct record *out, struct err *err)
{
    if (held_place(&r->held, r->json, &out->cell, err))
        return -1;
    show_held(r, out);
    return 0;
}

static int read_utilisation(struct reader *r, struct record *out,
                            struct err *err)
{
    if (held_utilisation(&r->held, r->json, err))
        return -1;
    show_held(r, out);
    return 0;
}

static int read_summary(struct reader *r, struct record *out, struct err *err)
{
    if (held_summary(&r->held, r->json, err))
        return -1;
    show_held(r, out);
    return 0;
}

static int take_trial(struct reader *r, struct record *out, struct err *err)
{
    if (held_trial(&r->held, &r->trial, &out->cell, &out->is.trial, err))
        return -1;
    out->json = NULL;
    show_held(r, out);
    return 0;
}

static int read_trial(struct reader *r, struct record *out, struct err *err)
{
    return trial_line_parse(&r->trial, r->json, err) ||
                   trial_line_check(&r->trial, err) || take_trial(r, out, err)
               ? -1
               : 0;
}

static int read_event(struct reader *r, struct record *out, struct err *err)
{
    (void)err;
    out->is.event.what = decode_text(r->json, "what");
    out->is.event.text = decode_text(r->json, "text");
    return 0;
}

static int read_resume(struct reader *r, struct record *out, struct err *err)
{
    int64_t aside;

    if (decode_whole(r->json, "aside_trials", INT64_MAX, &aside, err))
        return -1;
    out->is.resume.start = decode_text(r->json, "start");
    out->is.resume.aside = (uint64_t)aside;
    return 0;
}

static int read_host(struct reader *r, struct record *out, struct err *err)
{
    (void)err;
    out->is.host = decode_text(r->json, "host");
    return 0;
}

static int read_run(struct reader *r, struct record *out, struct err *err)
{
    free(r->node);
    r->node = NULL;
    r->nodes = 0;
    if (decode_run(r->json, out, err) ||
        decode_nodes(r->json, &r->node, &r->nodes, err))
        return -1;
    out->is.run.info.node = r->node;
    out->is.run.info.nodes = r->nodes ? r->nodes : 1;
    return 0;
}

static int read_calib(struct reader *r, struct record *out, struct err *err)
{
    return decode_calib(r->json, &out->is.timer, err);
}

static int read_end(struct reader *r, struct record *out, struct err *err)
{
    if (decode_end(r->json, &out->is.end, err))
        return -1;
    r->ended = true;
    return 0;
}

static const struct {
    const char *name;
    enum record_type type;
    int (*read)(struct reader *, struct record *, struct err *);
} types[] = {
    {"run", RECORD_RUN, read_run},
    {"host", RECORD_HOST, read_host},
    {"calib", RECORD_CALIB, read_calib},
    {"plan", RECORD_PLAN, read_plan},
    {"trial", RECORD_TRIAL, read_trial},
    {"place", RECORD_PLACE, read_place},
    {"utilisation", RECORD_UTILISATION, read_utilisation},
    {"summary", RECORD_SUMMARY, read_summary},
    {"event", RECORD_EVENT, read_event},
    {"resume", RECORD_RESUME, read_resume},
    {"end", RECORD_END, read_end},
};

static int cut(struct reader *r, struct record *out)
{
    *out =
        (struct record){.type = RECORD_CUT, .line = r->input.number, .seq = -1};
    show_held(r, out);
    r->held.open = false;
    return 1;
}

/* A plan where a summary should be is given out again, behind the cut. */
static int dispatch(struct reader *r, struct record *out, struct err *err)
{
    const char *name = decode_text(r->json, "t");
    struct err why;

    if (strcmp(name, "plan") == 0 && r->held.open) {
        r->again = true;
        return cut(r, out);
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(name, types[i].name) != 0)
            continue;
        out->type = types[i].type;
        return types[i].read(r, out, &why) ? bad(r, out, &why, err) : 1;
    }
    return 1;
}

/* -- one line ------------------------------------------------------------ */

static int parse(struct reader *r, struct record *out, struct err *err)
{
    const json_t *version;
    json_error_t why;

    r->json = json_loadb(r->line.text, r->line.length, 0, &why);
    if (!r->json || !json_is_object(r->json))
        return bad_text(r, out, r->json ? "no JSON object" : why.text);
    version = json_object_get(r->json, "v");
    if (!json_is_integer(version) || json_integer_value(version) < 1 ||
        !json_is_string(json_object_get(r->json, "t")))
        return bad_text(r, out, "no \"t\" or no \"v\": not a line of a record");
    if (check_version(r, json_integer_value(version), err))
        return -1;
    out->json = r->json;
    out->foreign = !same_run(r, decode_text(r->json, "run"),
                             strlen(decode_text(r->json, "run")));
    if (json_is_integer(json_object_get(r->json, "seq")))
        out->seq = json_integer_value(json_object_get(r->json, "seq"));
    return dispatch(r, out, err);
}

/* The quick way; 0 where it does not go. */
static int scan(struct reader *r, struct record *out, struct err *err)
{
    static const char head[] = "{\"t\":\"trial\",";
    const struct trial_line *line = &r->trial;
    struct err why;

    if (r->line.length < sizeof head - 1 ||
        memcmp(r->line.text, head, sizeof head - 1) != 0 ||
        !trial_line_scan(&r->trial, r->line.text, r->line.length) ||
        line->version != RECORD_VERSION || line->type.length != 5 ||
        memcmp(line->type.at, "trial", 5) != 0 || trial_line_check(line, NULL))
        return 0;
    out->type = RECORD_TRIAL;
    out->seq = line->seq;
    out->foreign = !same_run(r, line->run.at, line->run.length);
    return take_trial(r, out, &why) ? bad(r, out, &why, err) : 1;
}

/* A file may end inside a line; what the line would have been is lost. */
static void drop_torn(struct reader *r)
{
    snprintf(r->partial, sizeof r->partial,
             "cut short: line %ld is torn and was not read", r->input.number);
    r->line.text = NULL;
}

static int end(struct reader *r, struct record *out)
{
    if (!r->ended && !*r->partial)
        snprintf(r->partial, sizeof r->partial,
                 "cut short: there is no end after line %ld", r->input.number);
    return r->held.open ? cut(r, out) : 0;
}

static int read_line(struct reader *r, struct record *out, struct err *err)
{
    int got;

    json_decref(r->json);
    r->json = NULL;
    *out = (struct record){
        .type = RECORD_OTHER, .line = r->input.number, .seq = -1};
    got = scan(r, out, err);
    if (got == 0)
        got = parse(r, out, err);
    if (got > 0 && out->type == RECORD_BAD && r->line.torn) {
        drop_torn(r);
        return end(r, out);
    }
    return got;
}

int reader_next(struct reader *r, struct record *out, struct err *err)
{
    int got;

    if (r->again) {
        r->again = false;
        return read_line(r, out, err);
    }
    if (r->line.text)
        pass_line(r);
    got = input_line(&r->input, RECORD_LINE_MAX, &r->line, err);
    if (got < 0)
        return -1;
    if (got == 0)
        return end(r, out);
    return read_line(r, out, err);
}

/* -- opening ------------------------------------------------------------- */

static int no_record(const struct reader *r, const char *why, struct err *err)
{
    return err_set(err, EXIT_USAGE, "%s:1: no record of drive: %s", r->path,
                   why);
}

/* A run that was killed while it wrote its first line. */
static int check_torn_start(struct reader *r, struct err *err)
{
    static const char start[] = "{\"t\":\"run\",\"v\":";
    size_t length =
        r->line.length < sizeof start - 1 ? r->line.length : sizeof start - 1;

    if (memcmp(r->line.text, start, length) != 0)
        return no_record(r, "no JSON Lines", err);
    drop_torn(r);
    return 0;
}

/* The first line is looked at, and given out by the first reader_next(). */
static int check_start(struct reader *r, struct err *err)
{
    int got = input_line(&r->input, RECORD_LINE_MAX, &r->line, err);
    int failed;
    const json_t *version;
    const char *id;
    json_t *json;

    if (got <= 0)
        return got ? -1
                   : err_set(err, EXIT_USAGE, "'%s' is empty, no record",
                             r->path);
    json = json_loadb(r->line.text, r->line.length, 0, NULL);
    if (!json && r->line.torn)
        return check_torn_start(r, err);
    r->again = true;
    version = json_object_get(json, "v");
    id = decode_text(json, "run");
    if (!json || !*decode_text(json, "t") || !json_is_integer(version) || !*id)
        failed = no_record(
            r, json ? "no \"t\", \"v\" or \"run\"" : "no JSON Lines", err);
    else
        failed = check_version(r, json_integer_value(version), err);
    snprintf(r->id, sizeof r->id, "%s", id);
    json_decref(json);
    return failed;
}

static int open_file(struct reader *r, struct err *err)
{
    if (input_open(&r->input, r->path, err))
        return -1;
    if (r->flags & READER_HASH && !(r->digest = digest_new()))
        return err_set(err, EXIT_RESOURCE, "no memory to read '%s'", r->path);
    return check_start(r, err);
}

int reader_open(struct reader **out, const char *path, unsigned flags,
                struct err *err)
{
    struct reader *r = calloc(1, sizeof *r);

    if (r)
        r->path = strdup(path);
    if (!r || !r->path) {
        free(r);
        return err_set(err, EXIT_RESOURCE, "no memory to read '%s'", path);
    }
    r->input.file = -1;
    r->flags = flags;
    r->held.comparison.widest = -1;
    r->held.keep = flags & READER_KEEP;
    if (open_file(r, err)) {
        reader_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

void reader_take(struct reader *r, struct comparison *out)
{
    held_take(&r->held, out);
}

const char *reader_partial(const struct reader *r)
{
    return *r->partial ? r->partial : NULL;
}

void reader_hash(const struct reader *r, char out[DIGEST_TEXT])
{
    digest_text(r->digest, out);
}

uint64_t reader_bytes(const struct reader *r)
{
    return r->bytes;
}

void reader_close(struct reader *r)
{
    if (!r)
        return;
    input_close(&r->input);
    json_decref(r->json);
    held_free(&r->held);
    free(r->node);
    free(r->trial.start_ns.x);
    free(r->trial.end_ns.x);
    free(r->trial.waited_by_worker.x);
    free(r->trial.phases_by_worker.x);
    digest_free(r->digest);
    free(r->path);
    free(r);
}
