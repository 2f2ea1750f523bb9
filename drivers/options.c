/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/nearest.h"
#include "drivers/deal.h"
#include "drivers/executors/executor.h"
#include "results/verdict/warnings.h"

enum id {
    EXECUTORS = 'e',
    WORKERS = 'n',
    PARAM = 'P',
    MODE = 'm',
    PLACEMENT = 'p',
    BLOCKS = 'b',
    OUTPUT = 'o',
    QUIET = 'q',
    HELP = 'h',
    PRECISION = 256,
    MARGIN,
    BUDGET,
    WARMUPS,
    SEED,
    QUICK,
    RIGOROUS,
    LAUNCHER,
    NO_RECORD,
    RAW,
    JSON,
    DRY_RUN,
    STRICT,
    AA,
    QUIET_WARN,
    LAUNCHES,
    ACROSS_HOSTS,
    FAIL_INCONCLUSIVE,
    MD,
    JUNIT,
    HISTORY,
    NODES,
    FULL,
    SERIALIZE,
    SCRATCH,
    UTILISATION,
    RANKS_PER,
    RESUME,
    BASE,
    EMIT_SLURM,
    CSV,
    LATEX,
    HYPERFINE,
    GBENCH,
    EXTRAP,
    PLOTS,
    PLOT_LIMIT,
    LANG,
    PROPOSAL,
    ARTIFACT,
    VERSION,
};

static const struct row {
    int id;
    const char *name, *arg, *help;
} rows[] = {
    {EXECUTORS, "executors", "LIST",
     "serial,threads,processes,ranks, or hybrid too: which"},
    {WORKERS, "workers", "LIST", "how many: 1,2,4 or 1:12 or cores"},
    {PARAM, "param", "NAME=VALUES",
     "a parameter of the kernel: n=512,1024 or n=2^8..2^12"},
    {MODE, "mode", "MODE",
     "divide one problem, or replicate it a worker; scale: strong or weak"},
    {PLACEMENT, "placement", "POLICY",
     "core, compact, spread, numa, numa:K, none, 0-3,8 or pu:LIST"},
    {RANKS_PER, "ranks-per", "WHAT",
     "hybrid: ranks with threads, one a node, numa or l3, or N"},
    {BLOCKS, "blocks", "N", "exactly so many blocks"},
    {PRECISION, "precision", "PCT", "stop at this half-width (1)"},
    {MARGIN, "margin", "PCT", "closer than this is equal (2)"},
    {BUDGET, "budget", "SECONDS", "stop at this time (10; metg: 60 in all)"},
    {WARMUPS, "warmups", "N", "blocks that are not counted (2)"},
    {QUICK, "quick", NULL, "eight blocks"},
    {RIGOROUS, "rigorous", NULL,
     "half-width 0.5 %, budget 120 s, five launches"},
    {SEED, "seed", "N", "of the data and of the order in the blocks"},
    {LAUNCHER, "launcher", "COMMAND", "what starts ranks, else mpirun"},
    {OUTPUT, "output", "FILE",
     "the record, else results/...; export, report: what they make"},
    {NO_RECORD, "no-record", NULL, "write no record"},
    {RAW, "raw", NULL, "keep each worker's times, however many there are"},
    {JSON, "json", NULL, "one document on stdout, the table on stderr"},
    {QUIET, "quiet", NULL, "print the verdict only"},
    {DRY_RUN, "dry-run", NULL, "print plan, seats and memory; run nothing"},
    {STRICT, "strict", NULL,
     "exit 4 when workers are crowded or not where they were planned"},
    {AA, "aa", NULL, "check: one executor under three labels, its noise"},
    {QUIET_WARN, "quiet-warn", "CODES", "say nothing of W101,W109"},
    {LAUNCHES, "launches", "R",
     "run: so many, a record each; --json: documents in turn"},
    {ACROSS_HOSTS, "across-hosts", NULL, "compare: hosts may differ"},
    {FAIL_INCONCLUSIVE, "fail-inconclusive", NULL,
     "compare: exit 5 when any row is inconclusive"},
    {MD, "md", NULL, "compare, export: a Markdown table"},
    {JUNIT, "junit", "FILE", "compare: write JUnit XML as well"},
    {HISTORY, "history", NULL, "compare: records over time"},
    {NODES, "nodes", NULL, "compare: rank the hosts of the records"},
    {FULL, "full", NULL, "article: its own sizes, memory checked first"},
    {SERIALIZE, "serialize", "lock",
     "run: threads take turns under one lock, 5 ms each, as in Python"},
    {SCRATCH, "scratch", "DIR",
     "where kernels that write files may, else $TMPDIR or /tmp"},
    {UTILISATION, "utilisation", NULL,
     "run: each core's use over time, ten times a second"},
    {RESUME, "resume", "FILE",
     "run, scale: go on from a record that a killed job left"},
    {BASE, "base", "WHICH", "scale: smallest, self or serial (smallest)"},
    {EMIT_SLURM, "emit-slurm", "NODES",
     "scale: write job scripts for these node counts, run nothing"},
    {CSV, "csv", NULL, "export: one row a trial"},
    {LATEX, "latex", NULL, "export: tables with booktabs"},
    {HYPERFINE, "hyperfine", NULL, "export: JSON as hyperfine's"},
    {GBENCH, "gbench", NULL, "export: JSON as Google Benchmark's"},
    {EXTRAP, "extrap", NULL, "export: JSON Lines for Extra-P"},
    {PLOTS, "plots", "DIR", "report: leave gnuplot's scripts and data there"},
    {PLOT_LIMIT, "plot-limit", "SECONDS", "report: for each picture (20)"},
    {LANG, "lang", "LANG", "report, explain: en or zh"},
    {PROPOSAL, "proposal", NULL, "report: tables for computing-time proposals"},
    {ARTIFACT, "artifact", NULL, "report: an artifact description"},
    {HELP, "help", NULL, "print help"},
    {VERSION, "version", NULL, "print version, libraries and flags"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void options_print(FILE *out)
{
    for (int i = 0; i < ROWS; i++) {
        char flag[40], letter[8] = "    ";

        if (rows[i].id < 256)
            snprintf(letter, sizeof letter, "-%c, ", rows[i].id);
        snprintf(flag, sizeof flag, "%s--%s %s", letter, rows[i].name,
                 rows[i].arg ? rows[i].arg : "");
        fprintf(out, "  %-27s %s\n", flag, rows[i].help);
    }
}

/* -- values -------------------------------------------------------------- */

static const char *name_of(int id)
{
    int i = 0;

    while (rows[i].id != id)
        i++;
    return rows[i].name;
}

static int bad_value(int id, const char *text, const char *want, struct err *e)
{
    return err_set(e, EXIT_USAGE, "--%s %s: want %s", name_of(id), text, want);
}

static int read_int(int id, const char *text, int least, int *out,
                    const char *want, struct err *err)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < least || value > INT_MAX)
        return bad_value(id, text, want, err);
    *out = (int)value;
    return 0;
}

static int read_seed(const char *text, uint64_t *out, struct err *err)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 0);
    if (end == text || *end || errno || strchr(text, '-'))
        return bad_value(SEED, text, "a whole number of at most 64 bits", err);
    return 0;
}

static int read_real(int id, const char *text, double scale, double *out,
                     const char *want, struct err *err)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !isfinite(value) || value <= 0)
        return bad_value(id, text, want, err);
    *out = value * scale;
    return 0;
}

static int read_mode(struct options *o, const char *text, struct err *err)
{
    o->mode = text;
    if (strcmp(text, "divide") == 0 || strcmp(text, "replicate") == 0 ||
        strcmp(text, "strong") == 0 || strcmp(text, "weak") == 0)
        return 0;
    return bad_value(MODE, text,
                     "divide or replicate, for scale strong or weak", err);
}

static int add_param(struct options *o, const char *text, struct err *err)
{
    if (!strchr(text, '='))
        return bad_value(PARAM, text, "NAME=VALUES", err);
    if (o->params == OPTION_PARAMS)
        return bad_value(PARAM, text, "fewer parameters", err);
    o->param[o->params++] = text;
    return 0;
}

/* The same one twice is one; of two others the command hears. */
static int add_format(struct options *o, int id)
{
    bool other = o->format && strcmp(o->format, name_of(id)) != 0;

    *(other ? &o->format_too : &o->format) = name_of(id);
    return 0;
}

/* -- parsing ------------------------------------------------------------- */

static int take(struct options *o, int id, const char *arg, struct err *err)
{
    static const char percent[] = "a percentage above 0";

    if (id >= CSV && id <= EXTRAP)
        return add_format(o, id);
    switch (id) {
    case EXECUTORS: o->executors = arg; return 0;
    case WORKERS: o->workers = arg; return 0;
    case PARAM: return add_param(o, arg, err);
    case MODE: return read_mode(o, arg, err);
    case PLACEMENT: o->placement = arg; return 0;
    case RANKS_PER:
        o->ranks_per = arg;
        return deal_read(arg, &o->ranks_per_what, err);
    case BLOCKS:
        return read_int(id, arg, 1, &o->blocks, "a number from 1", err);
    case WARMUPS:
        return read_int(id, arg, 0, &o->warmups, "a number from 0", err);
    case PRECISION:
        return read_real(id, arg, 0.01, &o->precision, percent, err);
    case MARGIN: return read_real(id, arg, 0.01, &o->margin, percent, err);
    case BUDGET:
        o->budgeted = true;
        return read_real(id, arg, 1, &o->budget, "seconds above 0", err);
    case SEED: o->seeded = true; return read_seed(arg, &o->seed, err);
    case OUTPUT: o->output = arg; return 0;
    case LAUNCHER: o->launcher = arg; return 0;
    case QUICK: o->quick = true; return 0;
    case RIGOROUS: o->rigorous = true; return 0;
    case NO_RECORD: o->no_record = true; return 0;
    case RAW: o->raw = true; return 0;
    case JSON: o->json = true; return 0;
    case QUIET: o->quiet = true; return 0;
    case DRY_RUN: o->dry_run = true; return 0;
    case STRICT: o->strict = true; return 0;
    case AA: o->aa = true; return 0;
    case QUIET_WARN: o->quiet_warn = arg; return warning_list_check(arg, err);
    case LAUNCHES:
        return read_int(id, arg, 1, &o->launches, "a number from 1", err);
    case ACROSS_HOSTS: o->across_hosts = true; return 0;
    case FAIL_INCONCLUSIVE: o->fail_inconclusive = true; return 0;
    case MD: o->md = true; return add_format(o, id);
    case JUNIT: o->junit = arg; return 0;
    case HISTORY: o->history = true; return 0;
    case NODES: o->nodes = true; return 0;
    case FULL: o->full = true; return 0;
    case SERIALIZE:
        o->serialize = true;
        return strcmp(arg, "lock") ? bad_value(id, arg, "lock", err) : 0;
    case SCRATCH: o->scratch = arg; return 0;
    case UTILISATION: o->utilisation = true; return 0;
    case RESUME: o->resume = arg; return 0;
    case BASE: o->base = arg; return 0;
    case EMIT_SLURM: o->emit_slurm = arg; return 0;
    case PLOTS: o->plots = arg; return 0;
    case PLOT_LIMIT:
        return read_real(id, arg, 1, &o->plot_limit, "seconds above 0", err);
    case LANG: o->lang = arg; return 0;
    case PROPOSAL: o->proposal = true; return 0;
    case ARTIFACT: o->artifact = true; return 0;
    case HELP: o->help = true; return 0;
    case VERSION: o->version = true; return 0;
    }
    BUG("option in the table but not taken");
}

static int unknown_option(const char *given, struct err *err)
{
    const char *names[ROWS + 1] = {NULL}, *near;
    char word[64];

    for (int i = 0; i < ROWS; i++)
        names[i] = rows[i].name;
    snprintf(word, sizeof word, "%s", given + strspn(given, "-"));
    word[strcspn(word, "=")] = '\0';
    near = nearest_name(word, names);
    if (near)
        return err_set(err, EXIT_USAGE,
                       "unknown option '%s'; did you mean '--%s'?", given,
                       near);
    return err_set(err, EXIT_USAGE, "unknown option '%s'; see `drive help`",
                   given);
}

/* getopt takes any beginning of a name that only one option has, which would
 * break in scripts with the next option that begins alike. A value may be a
 * word of its own. */
static int check_whole(const char *name, char *const *argv, struct err *err)
{
    const char *given = argv[optind - 1 - (optarg == argv[optind - 1])];
    size_t length = strcspn(given + 2, "=");

    if (strlen(name) == length)
        return 0;
    return err_set(err, EXIT_USAGE,
                   "unknown option '%.*s'; did you mean '--%s'?",
                   (int)length + 2, given, name);
}

/* What getopt needs, from our table. */
static void make_tables(struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (int i = 0; i < ROWS; i++) {
        longs[i] = (struct option){
            rows[i].name, rows[i].arg ? required_argument : no_argument, NULL,
            rows[i].id};
        if (rows[i].id < 256) {
            *shorts++ = (char)rows[i].id;
            if (rows[i].arg)
                *shorts++ = ':';
        }
    }
    longs[ROWS] = (struct option){0};
    *shorts = '\0';
}

static int take_words(struct options *o, int argc, char **argv, struct err *err)
{
    for (int i = optind; i < argc; i++) {
        if (o->words == OPTION_WORDS)
            return err_set(err, EXIT_USAGE, "too many words from '%s' on",
                           argv[i]);
        o->word[o->words++] = argv[i];
    }
    return 0;
}

static const struct options defaults = {.placement = "core",
                                        .warmups = 2,
                                        .precision = 0.01,
                                        .margin = 0.02,
                                        .budget = 10,
                                        .seed = 1};

static int apply_presets(struct options *o, struct err *err)
{
    if (o->quick && o->rigorous)
        return err_set(err, EXIT_USAGE, "--quick and --rigorous: want one");
    if (o->quick && !o->blocks)
        o->blocks = 8;
    if (o->rigorous && o->precision == defaults.precision)
        o->precision = 0.005;
    if (o->rigorous && o->budget == defaults.budget)
        o->budget = 120;
    return 0;
}

static int bad_option(int id, char *const *argv, struct err *err)
{
    char letter[3] = {'-', (char)optopt, '\0'};
    bool is_short = optopt > 0 && optopt < 256;

    if (id == ':')
        return err_set(err, EXIT_USAGE, "'%s' wants a value", argv[optind - 1]);
    return unknown_option(is_short ? letter : argv[optind - 1], err);
}

int options_parse(struct options *o, int argc, char **argv, struct err *err)
{
    struct option longs[ROWS + 1];
    char shorts[2 * ROWS + 2];
    int id, index = -1;

    *o = defaults;
    make_tables(longs, shorts);
    opterr = 0;
    optind = 1;
    while ((id = getopt_long(argc, argv, shorts, longs, &index)) != -1) {
        if (id == '?' || id == ':')
            return bad_option(id, argv, err);
        if ((index >= 0 && check_whole(longs[index].name, argv, err)) ||
            take(o, id, optarg, err))
            return -1;
        index = -1;
    }
    if (take_words(o, argc, argv, err))
        return -1;
    return apply_presets(o, err);
}

/* -- lists --------------------------------------------------------------- */

void options_command_line(char *out, size_t size)
{
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t used = file ? fread(out, 1, size - 1, file) : 0;

    for (size_t i = 0; i + 1 < used; i++) {
        if (out[i] == '\0')
            out[i] = ' ';
    }
    out[used] = '\0';
    if (file)
        fclose(file);
}
