/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Lines for Extra-P (extra-p/extrap, docs/file-formats.md): one line a
 * value, repetitions of a point as lines of their own. Parameters are
 * "workers" and those of the kernel that are numbers and differ between the
 * records' comparisons; all others are part of the call path. Serial runs
 * stand at the number of workers they were compared with, so that all call
 * paths have the same points, which Extra-P wants.
 *
 * Extra-P models weak scaling: work that grows with the workers. Where one
 * problem is divided, time falls as workers rise, which its terms cannot say;
 * the metric "core-seconds", workers times time, is what to model then.
 */
#include "results/export/format.h"

#include <string.h>

enum { PATH_TEXT = 2 * LABEL_TEXT + LABEL_PARAMS * (LABEL_NAME + LABEL_VALUE) };

struct state {
    char path[CELLS_MAX][PATH_TEXT + 8];
};

/* A parameter of Extra-P's, not part of the call path. */
static bool is_axis(const struct survey *s, const char *name)
{
    for (int i = 0; i < s->params; i++) {
        const struct survey_column *one = &s->param[i];

        if (strcmp(one->name, name) == 0)
            return one->numeric && one->varies && one->plans == s->plans;
    }
    return false;
}

/* Adds a piece of a call path, in which "->" parts the levels. */
static void add(char *path, const char *gap, const char *piece)
{
    size_t used = strlen(path), begin = used + strlen(gap);
    char *arrow;

    if (begin + strlen(piece) >= PATH_TEXT)
        return;
    snprintf(path + used, PATH_TEXT - used, "%s%s", gap, piece);
    while ((arrow = strstr(path + begin, "->")))
        arrow[1] = ')';
}

static void make_path(const struct export *x, int cell, char *path)
{
    *path = '\0';
    add(path, "", x->labels.kernel);
    add(path, "->", x->labels.mode);
    for (int i = 0; i < x->labels.params; i++) {
        const struct label_param *param = &x->labels.param[i];

        if (is_axis(x->survey, param->name))
            continue;
        add(path, " ", param->name);
        add(path, "=", param->value);
    }
    add(path, "->", x->labels.executor[cell]);
}

static int plan(struct export *x, struct err *err)
{
    struct state *state = x->state;

    (void)err;
    for (int i = 0; i < x->c->cells; i++)
        make_path(x, i, state->path[i]);
    return 0;
}

/* A line up to its value. */
static void print_head(const struct export *x, int cell, const char *metric)
{
    const struct state *state = x->state;
    FILE *out = x->out;

    fprintf(out, "{\"params\": {\"workers\": %d", x->c->workers);
    for (int i = 0; i < x->labels.params; i++) {
        const struct label_param *param = &x->labels.param[i];
        bool taken = strcmp(param->name, "workers") == 0;

        if (!is_axis(x->survey, param->name))
            continue;
        fputs(", ", out);
        text_json(out, taken ? "param_workers" : param->name);
        fputs(": ", out);
        fputs(param->value, out);
    }
    fputs("}, \"callpath\": ", out);
    text_json(out, state->path[cell]);
    fprintf(out, ", \"metric\": \"%s\", \"value\": ", metric);
}

static int trial(struct export *x, int cell, const struct trial *trial,
                 struct err *err)
{
    double workers = x->c->cell[cell].workers;

    (void)err;
    if (!export_counts(x, trial))
        return 0;
    print_head(x, cell, "time");
    seconds_print(x->out, trial->ns);
    fputs("}\n", x->out);
    if (x->c->replicate)
        return 0;
    print_head(x, cell, "core-seconds");
    number_print(x->out, (double)trial->ns * 1e-9 * workers, "0");
    fputs("}\n", x->out);
    return 0;
}

const struct export_format format_extrap = {
    .name = "extrap",
    .suffix = ".jsonl",
    .state = sizeof(struct state),
    .plan = plan,
    .trial = trial,
};
