/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV: one row a trial, warm-up and late ones too, with all that is known of
 * it; quoted as RFC 4180 says, lines end in '\n'. A text that a spreadsheet
 * would take for a formula has a ' before it. What is not known is empty.
 */
#include "results/export/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- texts --------------------------------------------------------------- */

static bool is_number(const char *text)
{
    char *end;

    strtod(text, &end);
    return end != text && !*end;
}

static void print_text(FILE *out, const char *text)
{
    bool formula = *text && strchr("=+-@", *text) && !is_number(text);
    bool quote = strpbrk(text, ",\"") || *text == ' ';

    if (quote)
        fputc('"', out);
    if (formula)
        fputc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (quote)
        fputc('"', out);
}

static void next_text(FILE *out, const char *text)
{
    fputc(',', out);
    print_text(out, text);
}

static void next_real(FILE *out, double x)
{
    fputc(',', out);
    number_print(out, x, "");
}

/* 0: not known. */
static void next_counter(FILE *out, uint64_t n)
{
    if (n)
        fprintf(out, ",%" PRIu64, n);
    else
        fputc(',', out);
}

/* -- the head ------------------------------------------------------------ */

static void open(struct export *x)
{
    static const char fixed[] =
        "run,host,start,plan,kernel,mode,executor,workers,nodes,placement,"
        "block,order,warmup,late,wrong,void,counts,stop,repeats,ns,rate,"
        "rate_unit,cpu_ns,system_ns,waited_ns,talk_ns,lock_ns,minor_faults,"
        "major_faults,voluntary_switches,involuntary_switches,cycles,"
        "instructions,migrations,balance,residual,checksum,disturbed,steal_ns,"
        "throttled_ns,pressure_ns";
    const struct survey *s = x->survey;
    char name[LABEL_NAME + 16];

    fputs(fixed, x->out);
    for (int i = 0; i < s->params; i++) {
        snprintf(name, sizeof name, "param_%s", s->param[i].name);
        next_text(x->out, name);
    }
    for (int i = 0; i < s->metrics; i++) {
        snprintf(name, sizeof name, "metric_%s", s->metric[i].name);
        next_text(x->out, name);
    }
    fputc('\n', x->out);
}

/* -- a row --------------------------------------------------------------- */

static void print_factors(const struct export *x, int cell,
                          const struct trial *trial)
{
    FILE *out = x->out;

    print_text(out, x->run);
    next_text(out, x->host);
    next_text(out, x->start);
    fprintf(out, ",%d", x->plan);
    next_text(out, x->labels.kernel);
    next_text(out, x->labels.mode);
    next_text(out, x->labels.executor[cell]);
    fprintf(out, ",%d", x->c->cell[cell].workers);
    next_counter(out, (uint64_t)survey_nodes(x->survey, x->number, cell));
    next_text(out, x->labels.placement);
    fprintf(out, ",%d,%d,%d,%d,%d,%d,%d", trial->block, trial->order,
            trial->warmup, trial->late, trial->wrong, x->is_void,
            export_counts(x, trial));
    next_text(out, survey_stop_name(x->survey, x->number));
}

/* Units a second of the whole team, as the table has them of the median. */
static double rate(const struct comparison *c, int cell,
                   const struct trial *trial)
{
    double tasks = c->replicate ? c->cell[cell].workers : 1;

    return c->amount > 0 && trial->ns
               ? c->amount * tasks / ((double)trial->ns * 1e-9)
               : NAN;
}

static void print_times(const struct export *x, int cell,
                        const struct trial *trial)
{
    const char *unit = x->labels.unit;
    char of_rate[LABEL_TEXT + 4];

    snprintf(of_rate, sizeof of_rate, "%s%s", unit, *unit ? "/s" : "");
    fprintf(x->out, ",%u,%" PRIu64, trial->repeats, trial->ns);
    next_real(x->out, rate(x->c, cell, trial));
    next_text(x->out, of_rate);
}

static void print_usage(FILE *out, const struct usage *u)
{
    fprintf(out,
            ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
            ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
            u->cpu_ns, u->system_ns, u->waited_ns, u->talk_ns, u->lock_ns,
            u->minor_faults, u->major_faults, u->voluntary_switches,
            u->involuntary_switches);
    next_counter(out, u->cycles);
    next_counter(out, u->instructions);
    fprintf(out, ",%" PRIu64, u->migrations);
}

static void print_checks(FILE *out, const struct trial *trial)
{
    char text[96];

    next_real(out, trial->balance);
    next_real(out, trial->residual);
    if (trial->checksum)
        fprintf(out, ",0x%016" PRIx64, trial->checksum);
    else
        fputc(',', out);
    next_text(out, disturbance_format(trial->disturbed, text, sizeof text));
    fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, trial->steal_ns,
            trial->throttled_ns, trial->pressure_ns);
}

static double metric(const struct export *x, const struct trial *trial,
                     const char *name)
{
    for (int i = 0; i < x->c->metrics; i++) {
        if (strcmp(x->labels.metric[i], name) == 0)
            return trial->metric[i];
    }
    return NAN;
}

static int trial(struct export *x, int cell, const struct trial *trial,
                 struct err *err)
{
    const struct survey *s = x->survey;

    (void)err;
    print_factors(x, cell, trial);
    print_times(x, cell, trial);
    print_usage(x->out, &trial->usage);
    print_checks(x->out, trial);
    for (int i = 0; i < s->params; i++) {
        const struct label_param *param =
            labels_find(&x->labels, s->param[i].name);

        next_text(x->out, param ? param->value : "");
    }
    for (int i = 0; i < s->metrics; i++)
        next_real(x->out, metric(x, trial, s->metric[i].name));
    fputc('\n', x->out);
    return 0;
}

const struct export_format format_csv = {
    .name = "csv",
    .suffix = ".csv",
    .open = open,
    .trial = trial,
};
