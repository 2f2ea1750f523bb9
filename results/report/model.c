/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/median.h"
#include "core/mem.h"
#include "results/record/decode.h"
#include "results/record/files.h"
#include "results/record/read.h"
#include "results/record/utilisation.h"
#include "results/verdict/facts.h"

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for the report");
}

static int set_text(char **text, const char *value, struct err *err)
{
    char *copy = strdup(value);

    if (!copy)
        return no_memory(err);
    free(*text);
    *text = copy;
    return 0;
}

char *text_cut(const char *text)
{
    size_t length = strlen(text);
    char *copy;

    if (length <= NAME_CUT)
        return strdup(text);
    if (asprintf(&copy, "%.*s... (%zu bytes)", NAME_CUT, text, length) < 0)
        return NULL;
    return copy;
}

/* -- one comparison while it is read ------------------------------------- */

struct reading {
    struct report *report;
    struct report_file *file;
    struct reader *reader;
    struct keeper keeper;
    struct median times[CELLS_MAX];
    struct track track[CELLS_MAX]; /* its counts */
    char *warning[WARNINGS_SHOWN];
    size_t warnings;
};

static void forget(struct reading *r)
{
    keeper_clear(&r->keeper);
    for (int i = 0; i < CELLS_MAX; i++) {
        median_clear(&r->times[i]);
        r->track[i] = (struct track){0};
    }
    for (size_t i = 0; i < r->warnings; i++)
        free(r->warning[i]);
    r->warnings = 0;
}

static int take_trial(struct reading *r, const struct record *line,
                      struct err *err)
{
    const struct trial *trial = &line->is.trial;
    struct track *track = &r->track[line->cell];

    r->file->trials++;
    track->trials++;
    track->spent_ns += (double)trial->ns * trial->repeats;
    track->disturbed += trial->disturbed != 0;
    track->kinds |= trial->disturbed;
    if (trial_counts(trial) && trial->ns &&
        median_add(&r->times[line->cell], trial->ns))
        return no_memory(err);
    return keeper_add(&r->keeper, line->comparison, line->cell, trial)
               ? no_memory(err)
               : 0;
}

/* What does not fit together was told by the reader, and is not shown. */
static int take_utilisation(struct reading *r, const struct record *line,
                            struct err *err)
{
    struct comparison *c = &r->keeper.c;
    struct err why = {0};

    c->cells = line->comparison->cells;
    for (int i = 0; i < c->cells; i++)
        c->cell[i].executor = line->comparison->cell[i].executor;
    if (decode_utilisation(line->json, c, &why) && why.code == EXIT_RESOURCE)
        return err_set(err, why.code, "%s", why.text);
    return 0;
}

/* Puts what was kept into what the reader knows. */
static void join(struct reading *r, struct section *s)
{
    for (int i = 0; i < s->c.cells; i++) {
        struct cell *mine = &r->keeper.c.cell[i], *cell = &s->c.cell[i];

        cell->trial = mine->trial;
        cell->trials = mine->trials;
        cell->capacity = mine->capacity;
        mine->trial = NULL;
        mine->trials = mine->capacity = 0;
        s->track[i] = r->track[i];
        s->track[i].median_ns = median_value(&r->times[i]);
    }
    utilisation_free(&s->c.utilisation);
    s->c.utilisation = r->keeper.c.utilisation;
    r->keeper.c.utilisation = (struct utilisation){0};
    memcpy(s->warning, r->warning, sizeof s->warning);
    s->warnings = r->warnings;
    r->warnings = 0;
    s->stride = r->keeper.stride ? r->keeper.stride : 1;
    s->trials = r->keeper.trials;
    s->kept = r->keeper.kept;
}

static int add_section(struct reading *r, const struct record *line,
                       struct err *err)
{
    struct report *report = r->report;
    struct section **list = mem_more(report->section, report->sections,
                                     &report->sections_room, sizeof *list);
    struct section *s = calloc(1, sizeof *s);

    report->section = list ? list : report->section;
    if (!list || !s) {
        free(s);
        return no_memory(err);
    }
    s->file = (size_t)(r->file - report->file);
    s->plan = line->plan;
    s->cut = line->type == RECORD_CUT;
    reader_take(r->reader, &s->c);
    join(r, s);
    if (section_own_texts(&s->c, err) || section_reduce(s, err)) {
        section_free(s);
        return -1;
    }
    list[report->sections++] = s;
    return 0;
}

static int end_comparison(struct reading *r, const struct record *line,
                          struct err *err)
{
    int failed = 0;

    r->file->comparisons++;
    if (r->report->sections < SECTIONS_MAX)
        failed = add_section(r, line, err);
    else
        r->report->left_out++;
    forget(r);
    return failed;
}

/* -- one file ------------------------------------------------------------ */

/* "n1, n2, n3": the nodes of a run line, as many as fit. */
static void list_hosts(const struct run_info *info, char *out, size_t size)
{
    size_t used = 0;

    *out = '\0';
    for (int i = 0; info->nodes > 1 && i < info->nodes; i++) {
        const char *host = *info->node[i].host ? info->node[i].host : "?";

        if (used + strlen(host) + sizeof ", ..." >= size) {
            snprintf(out + used, size - used, ", ...");
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "",
                                 host);
    }
}

static int take_run(struct report_file *file, const struct record *line,
                    struct err *err)
{
    const json_t *build = json_object_get(line->json, "build");
    char hosts[HOSTS_TEXT];

    if (*file->id)
        return 0;
    list_hosts(&line->is.run.info, hosts, sizeof hosts);
    return set_text(&file->hosts, hosts, err) ||
                   set_text(&file->id, line->is.run.id, err) ||
                   set_text(&file->start, line->is.run.start, err) ||
                   set_text(&file->command_line,
                            line->is.run.info.command_line
                                ? line->is.run.info.command_line
                                : "",
                            err) ||
                   set_text(&file->seed, decode_text(line->json, "seed"),
                            err) ||
                   set_text(&file->version, decode_text(build, "version"),
                            err) ||
                   set_text(&file->commit, decode_text(build, "commit"), err) ||
                   facts_add_run(line->json, &file->fact, &file->facts,
                                 &file->facts_room, err)
               ? -1
               : 0;
}

static int take_host(struct report_file *file, const struct record *line,
                     struct err *err)
{
    if (*file->host)
        return 0;
    return set_text(&file->host, line->is.host, err) ||
                   (!*file->hosts &&
                    set_text(&file->hosts, line->is.host, err)) ||
                   facts_add_host(line->json, &file->fact, &file->facts,
                                  &file->facts_room, err)
               ? -1
               : 0;
}

static int take_event(struct reading *r, const struct record *line,
                      struct err *err)
{
    struct report_file *file = r->file;

    if (strcmp(line->is.event.what, "mpi") == 0)
        return facts_set(&file->fact, &file->facts, &file->facts_room, "mpi",
                         line->is.event.text, err);
    if (strcmp(line->is.event.what, "warning") != 0 ||
        r->warnings == WARNINGS_SHOWN)
        return 0;
    r->warning[r->warnings] = strdup(line->is.event.text);
    return r->warning[r->warnings] ? (r->warnings++, 0) : no_memory(err);
}

static int take_bad(struct report_file *file, const struct record *line,
                    struct err *err)
{
    char text[600];

    if (file->bads++)
        return 0;
    snprintf(text, sizeof text, "line %ld: %s", line->line, line->is.text);
    return set_text(&file->bad, text, err);
}

static void take_end(struct reading *r, const struct record *line)
{
    char hash[DIGEST_TEXT];

    if (!*line->is.end.sha256)
        return;
    reader_hash(r->reader, hash);
    r->file->seal =
        strcmp(hash, line->is.end.sha256) == 0 ? SEAL_FITS : SEAL_BROKEN;
}

static int take_line(struct reading *r, const struct record *line,
                     struct err *err)
{
    r->file->lines += line->type != RECORD_CUT;
    r->file->foreign += line->foreign;
    switch (line->type) {
    case RECORD_RUN: return take_run(r->file, line, err);
    case RECORD_HOST: return take_host(r->file, line, err);
    case RECORD_EVENT: return take_event(r, line, err);
    case RECORD_BAD: return take_bad(r->file, line, err);
    case RECORD_PLAN: forget(r); return 0;
    case RECORD_TRIAL: return take_trial(r, line, err);
    case RECORD_UTILISATION: return take_utilisation(r, line, err);
    case RECORD_SUMMARY:
    case RECORD_CUT: return end_comparison(r, line, err);
    case RECORD_END: take_end(r, line); return 0;
    default: return 0;
    }
}

static int read_lines(struct reading *r, struct err *err)
{
    struct record line;
    int got, failed = 0;

    while (!failed && (got = reader_next(r->reader, &line, err)) != 0)
        failed = got < 0 ? -1 : take_line(r, &line, err);
    forget(r);
    if (failed)
        return -1;
    reader_hash(r->reader, r->file->sha256);
    return reader_partial(r->reader)
               ? set_text(&r->file->note, reader_partial(r->reader), err)
               : 0;
}

static void free_file(struct report_file *file)
{
    char *text[] = {file->path,    file->host,   file->hosts,
                    file->id,      file->start,  file->command_line,
                    file->version, file->commit, file->seed,
                    file->note,    file->bad};

    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        free(text[i]);
    facts_free(file->fact, file->facts);
}

static struct report_file *new_file(struct report *report, const char *path,
                                    struct err *err)
{
    struct report_file *list = mem_more(report->file, report->files,
                                        &report->files_room, sizeof *list),
                       *file;
    bool failed;

    if (!list) {
        no_memory(err);
        return NULL;
    }
    report->file = list;
    file = &list[report->files];
    *file = (struct report_file){0};
    failed = set_text(&file->path, path, err);
    failed = failed || set_text(&file->host, "", err);
    failed = failed || set_text(&file->hosts, "", err);
    failed = failed || set_text(&file->id, "", err);
    failed = failed || set_text(&file->start, "", err);
    failed = failed || set_text(&file->command_line, "", err);
    failed = failed || set_text(&file->version, "", err);
    failed = failed || set_text(&file->commit, "", err);
    failed = failed || set_text(&file->seed, "", err);
    if (failed)
        free_file(file);
    return failed ? NULL : file;
}

/* The sections of a file that failed half-way go with it. */
static void drop_sections(struct report *report, size_t from)
{
    while (report->sections > from)
        section_free(report->section[--report->sections]);
}

static int add_file(void *arg, const char *path, struct err *err)
{
    struct report *report = arg;
    struct reading r = {.report = report};
    size_t before = report->sections;
    int failed = -1;

    r.keeper.limit = MODEL_BYTES;
    r.file = new_file(report, path, err);
    if (!r.file)
        return -1;
    if (!reader_open(&r.reader, path, READER_HASH, err))
        failed = read_lines(&r, err);
    reader_close(r.reader);
    if (failed) {
        drop_sections(report, before);
        free_file(r.file);
        return -1;
    }
    report->files++;
    return 0;
}

/* -- files and folders --------------------------------------------------- */

int report_add(struct report *report, const char *path, struct err *err)
{
    struct files_skips skips = {&report->skipped, &report->skips,
                                &report->skips_room};

    return files_visit(path, (struct files_visit){report, add_file}, skips,
                       err);
}

void report_free(struct report *report)
{
    if (!report)
        return;
    drop_sections(report, 0);
    for (size_t i = 0; i < report->files; i++)
        free_file(&report->file[i]);
    for (size_t i = 0; i < report->skips; i++)
        free(report->skipped[i]);
    free(report->section);
    free(report->file);
    free(report->skipped);
}
