/* SPDX-License-Identifier: Apache-2.0 */
#include "results/export/survey.h"

#include <stdlib.h>
#include <string.h>

#include "core/footing.h"
#include "results/record/read.h"

static struct survey_column *column(struct survey_column *list, int *n,
                                    const char *name)
{
    for (int i = 0; i < *n; i++) {
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    }
    if (*n == SURVEY_COLUMNS)
        return NULL;
    list[*n] = (struct survey_column){.numeric = true};
    snprintf(list[*n].name, sizeof list[*n].name, "%s", name);
    return &list[(*n)++];
}

static void see_param(struct survey *s, const struct label_param *param)
{
    struct survey_column *one = column(s->param, &s->params, param->name);

    if (!one) {
        s->more = true;
        return;
    }
    one->numeric = one->numeric && param->numeric;
    if (!one->plans++)
        snprintf(one->first, sizeof one->first, "%s", param->value);
    else if (strcmp(one->first, param->value) != 0)
        one->varies = true;
}

static int grow(struct survey *s, struct err *err)
{
    size_t room = s->room ? 2 * s->room : 64;
    unsigned char *stop = realloc(s->stop, room);
    int(*nodes)[CELLS_MAX];

    if (stop)
        s->stop = stop;
    nodes = stop ? realloc(s->nodes, room * sizeof *nodes) : NULL;
    if (!nodes)
        return err_set(err, EXIT_RESOURCE, "no memory for the records");
    s->nodes = nodes;
    s->room = room;
    return 0;
}

static int see_place(struct survey *s, const struct record *line,
                     struct err *err)
{
    struct footing on;

    if (footing_of(line->comparison, &line->comparison->cell[line->cell], &on,
                   err))
        return -1;
    s->nodes[s->plans - 1][line->cell] = on.nodes;
    return 0;
}

static int see_plan(struct survey *s, const struct record *line,
                    struct err *err)
{
    const struct comparison *c = line->comparison;
    struct labels labels;

    if (s->plans == s->room && grow(s, err))
        return -1;
    for (int i = 0; i < CELLS_MAX; i++)
        s->nodes[s->plans][i] = c->nodes < 2 ? 1 : 0;
    s->stop[s->plans++] = SURVEY_CUT;
    labels_make(&labels, line->comparison, line->json);
    s->more = s->more || labels.more;
    for (int i = 0; i < labels.params; i++)
        see_param(s, &labels.param[i]);
    for (int i = 0; i < line->comparison->metrics; i++) {
        if (!column(s->metric, &s->metrics, labels.metric[i]))
            s->more = true;
    }
    return 0;
}

static int see_line(struct survey *s, const struct record *line,
                    struct err *err)
{
    if (line->type == RECORD_PLAN)
        return see_plan(s, line, err);
    if (line->type == RECORD_PLACE)
        return see_place(s, line, err);
    if (line->type == RECORD_SUMMARY)
        s->stop[s->plans - 1] = (unsigned char)line->comparison->stop;
    return 0;
}

int survey_add(struct survey *s, const char *path, const volatile int *stop,
               struct err *err)
{
    struct reader *reader;
    struct record line;
    int got, failed = 0;

    if (reader_open(&reader, path, 0, err))
        return -1;
    while (!failed && (got = reader_next(reader, &line, err)) != 0)
        failed = got < 0 || export_stopped(stop, err) || see_line(s, &line, err)
                     ? -1
                     : 0;
    reader_close(reader);
    return failed;
}

bool survey_is_void(const struct survey *s, size_t plan)
{
    return plan < s->plans &&
           (s->stop[plan] == STOP_WRONG || s->stop[plan] == STOP_BOUND);
}

int survey_nodes(const struct survey *s, size_t plan, int cell)
{
    return plan < s->plans ? s->nodes[plan][cell] : 0;
}

const char *survey_stop_name(const struct survey *s, size_t plan)
{
    return plan < s->plans && s->stop[plan] != SURVEY_CUT
               ? stop_name((enum stop_reason)s->stop[plan])
               : "cut";
}

int export_stopped(const volatile int *stop, struct err *err)
{
    return stop && *stop ? err_set(err, 128 + *stop, "interrupted") : 0;
}

void survey_free(struct survey *s)
{
    if (s) {
        free(s->stop);
        free(s->nodes);
    }
    free(s);
}
