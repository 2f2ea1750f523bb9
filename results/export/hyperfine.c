/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as `hyperfine --export-json` writes it, one result a cell, in seconds:
 * for its scripts. "command" is what runs the cell alone again; times are
 * those of the counting trials in the order of the blocks, all with exit code
 * 0, for trials with wrong results do not count. A cell without any is left
 * out, as hyperfine's readers want numbers.
 */
#include "results/export/format.h"

#include <math.h>
#include <string.h>

#include "results/export/spool.h"

struct state {
    struct spool cell[CELLS_MAX];
    size_t results;
};

static void open(struct export *x)
{
    fputs("{\n  \"results\": [", x->out);
}

static void clear(struct export *x)
{
    struct state *state = x->state;

    for (int i = 0; i < CELLS_MAX; i++)
        spool_clear(&state->cell[i]);
}

static int plan(struct export *x, struct err *err)
{
    (void)err;
    clear(x);
    return 0;
}

static int trial(struct export *x, int cell, const struct trial *trial,
                 struct err *err)
{
    struct state *state = x->state;

    return export_counts(x, trial) ? spool_add(&state->cell[cell], trial, err)
                                   : 0;
}

/* -- names --------------------------------------------------------------- */

/* Room for all of it, every character quoted. */
enum {
    COMMAND_TEXT =
        4 * (4 * LABEL_TEXT + LABEL_PARAMS * (LABEL_NAME + LABEL_VALUE + 8))
};

/* Adds a word as a shell reads it. */
static void add_word(char line[COMMAND_TEXT], const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789_./=,:+-";
    bool quote = !*word || word[strspn(word, plain)];
    char *to = line + strlen(line);

    if (to > line)
        *to++ = ' ';
    if (quote)
        *to++ = '\'';
    for (; *word; word++) {
        if (*word == '\'')
            to = stpcpy(to, "'\\'");
        *to++ = *word;
    }
    if (quote)
        *to++ = '\'';
    *to = '\0';
}

static void print_command(const struct export *x, int cell)
{
    char line[COMMAND_TEXT] = "", word[LABEL_NAME + LABEL_VALUE];

    add_word(line, "drive");
    add_word(line, x->labels.kernel);
    for (int i = 0; i < x->labels.params; i++) {
        snprintf(word, sizeof word, "%s=%s", x->labels.param[i].name,
                 x->labels.param[i].value);
        add_word(line, "-P");
        add_word(line, word);
    }
    add_word(line, "-m");
    add_word(line, x->labels.mode);
    add_word(line, "-e");
    add_word(line, x->labels.executor[cell]);
    snprintf(word, sizeof word, "%d", x->c->workers);
    add_word(line, "-n");
    add_word(line, word);
    fputs("\n      \"command\": ", x->out);
    text_json(x->out, line);
    fputc(',', x->out);
}

static void print_parameter(const struct export *x, const char *gap,
                            const char *name, const char *value)
{
    fprintf(x->out, "%s\n        ", gap);
    text_json(x->out, name);
    fputs(": ", x->out);
    text_json(x->out, value);
}

static void print_parameters(const struct export *x, int cell)
{
    static const char *const own[] = {"kernel", "mode", "executor", "workers"};
    char name[LABEL_NAME + 8], workers[16];

    snprintf(workers, sizeof workers, "%d", x->c->workers);
    fputs("\n      \"parameters\": {", x->out);
    print_parameter(x, "", own[0], x->labels.kernel);
    print_parameter(x, ",", own[1], x->labels.mode);
    print_parameter(x, ",", own[2], x->labels.executor[cell]);
    print_parameter(x, ",", own[3], workers);
    for (int i = 0; i < x->labels.params; i++) {
        const struct label_param *param = &x->labels.param[i];
        bool taken = false;

        for (int k = 0; k < 4; k++)
            taken = taken || strcmp(own[k], param->name) == 0;
        snprintf(name, sizeof name, "%s%s", taken ? "param_" : "", param->name);
        print_parameter(x, ",", name, param->value);
    }
    fputs("\n      }", x->out);
}

/* -- numbers ------------------------------------------------------------- */

static void print_number(const struct export *x, const char *name, double ns)
{
    fprintf(x->out, "\n      \"%s\": ", name);
    number_print(x->out, ns * 1e-9, "null");
    fputc(',', x->out);
}

static int print_times(const struct export *x, struct spool *spool,
                       struct err *err)
{
    const char *gap = "";
    struct spooled one;
    int got;

    if (spool_rewind(spool, err))
        return -1;
    fputs("\n      \"times\": [", x->out);
    while ((got = spool_next(spool, &one, err)) > 0) {
        fprintf(x->out, "%s\n        ", gap);
        seconds_print(x->out, one.ns);
        gap = ",";
    }
    fputs("\n      ],\n      \"exit_codes\": [", x->out);
    for (size_t i = 0; i < spool->n; i++)
        fprintf(x->out, "%s\n        0", i ? "," : "");
    fputs("\n      ],", x->out);
    return got;
}

static int print_result(const struct export *x, int cell, struct err *err)
{
    struct state *state = x->state;
    struct spool *spool = &state->cell[cell];
    double system = spool->system.mean;

    fprintf(x->out, "%s\n    {", state->results++ ? "," : "");
    print_command(x, cell);
    print_number(x, "mean", spool->wall.mean);
    print_number(x, "stddev", spool_stddev(spool, &spool->wall));
    print_number(x, "median", median_value(&spool->wall.median));
    print_number(x, "user", fmax(spool->cpu.mean - system, 0));
    print_number(x, "system", system);
    print_number(x, "min", (double)spool->min_ns);
    print_number(x, "max", (double)spool->max_ns);
    if (print_times(x, spool, err))
        return -1;
    print_parameters(x, cell);
    fputs("\n    }", x->out);
    return 0;
}

static int done(struct export *x, const json_t *summary, struct err *err)
{
    const struct state *state = x->state;

    (void)summary;
    for (int i = 0; i < x->c->cells; i++) {
        if (state->cell[i].n && print_result(x, i, err))
            return -1;
    }
    return 0;
}

static void close(struct export *x)
{
    fputs("\n  ]\n}\n", x->out);
}

const struct export_format format_hyperfine = {
    .name = "hyperfine",
    .state = sizeof(struct state),
    .open = open,
    .plan = plan,
    .trial = trial,
    .done = done,
    .close = close,
    .drop = clear,
};
