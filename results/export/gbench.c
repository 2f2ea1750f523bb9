/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as Google Benchmark writes it (--benchmark_format=json, library 1.7):
 * for its compare.py and what plots its files. A cell is a benchmark, each
 * counting trial a repetition with real time and the CPU time of all workers,
 * both of one step; then mean, median and standard deviation of them. A cell
 * without such trials is a benchmark that went wrong, as are those of a void
 * comparison. The context is that of the first record.
 */
#include "results/export/format.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "results/export/spool.h"

enum { NAME_TEXT = LABEL_TEXT * 4 };

struct state {
    struct spool cell[CELLS_MAX];
    bool begun; /* the context was printed */
    char host[LABEL_TEXT];
    size_t printed, family;
};

/* -- the context --------------------------------------------------------- */

/* A count of the host's facts, 0 where it is not known. */
static json_int_t fact(const struct export *x, const char *name)
{
    return json_integer_value(json_object_get(x->facts, name));
}

static void print_caches(const struct export *x)
{
    const json_t *list = json_object_get(x->facts, "caches");
    const char *gap = "";
    size_t i;
    json_t *one;

    fputs(",\n    \"caches\": [", x->out);
    json_array_foreach((json_t *)list, i, one)
    {
        const char *kind = json_string_value(json_object_get(one, "kind"));
        const json_t *level = json_object_get(one, "level");
        const json_t *bytes = json_object_get(one, "bytes");
        const json_t *sharing = json_object_get(one, "pus");

        fprintf(x->out,
                "%s\n      {\"type\": \"%s\", \"level\": %" JSON_INTEGER_FORMAT
                ", \"size\": %" JSON_INTEGER_FORMAT
                ", \"num_sharing\": %" JSON_INTEGER_FORMAT "}",
                gap,
                kind && *kind == 'd'   ? "Data"
                : kind && *kind == 'i' ? "Instruction"
                                       : "Unified",
                json_integer_value(level), json_integer_value(bytes),
                json_integer_value(sharing));
        gap = ",";
    }
    fprintf(x->out, "%s]", *gap ? "\n    " : "");
}

static void print_load(const struct export *x)
{
    const json_t *list = json_object_get(x->facts, "load");

    fputs(",\n    \"load_avg\": [", x->out);
    for (size_t i = 0; i < json_array_size(list) && i < 3; i++) {
        fputs(i ? "," : "", x->out);
        number_print(x->out, json_number_value(json_array_get(list, i)), "0");
    }
    fputs("]", x->out);
}

static void begin(struct export *x)
{
    struct state *state = x->state;
    const char *governor =
        json_string_value(json_object_get(x->facts, "governor"));

    if (state->begun)
        return;
    state->begun = true;
    snprintf(state->host, sizeof state->host, "%s", x->host);
    fputs("{\n  \"context\": {\n    \"date\": ", x->out);
    text_json(x->out, x->start);
    fputs(",\n    \"host_name\": ", x->out);
    text_json(x->out, x->host);
    fputs(",\n    \"executable\": \"drive\",\n    \"num_cpus\": ", x->out);
    fprintf(x->out, "%" JSON_INTEGER_FORMAT, fact(x, "pus"));
    fprintf(x->out, ",\n    \"mhz_per_cpu\": %" JSON_INTEGER_FORMAT,
            fact(x, "frequency_max_hz") / 1000000);
    fprintf(x->out, ",\n    \"cpu_scaling_enabled\": %s",
            governor && strcmp(governor, "performance") ? "true" : "false");
    print_caches(x);
    print_load(x);
    fputs(",\n    \"library_build_type\": \"release\"\n  },\n"
          "  \"benchmarks\": [",
          x->out);
}

/* -- benchmarks ---------------------------------------------------------- */

static void clear(struct export *x)
{
    struct state *state = x->state;

    for (int i = 0; i < CELLS_MAX; i++)
        spool_clear(&state->cell[i]);
}

static int plan(struct export *x, struct err *err)
{
    struct state *state = x->state;

    (void)err;
    clear(x);
    begin(x);
    if (strcmp(state->host, x->host) != 0)
        export_note(x, "%s: made on %s, but the context is that of %s", x->file,
                    x->host, state->host);
    return 0;
}

static int trial(struct export *x, int cell, const struct trial *trial,
                 struct err *err)
{
    struct state *state = x->state;

    return export_counts(x, trial) ? spool_add(&state->cell[cell], trial, err)
                                   : 0;
}

/* "matmul/n:1024/pages:base/divide/threads/workers:2" */
static void make_name(const struct export *x, int cell, char out[NAME_TEXT])
{
    char raw[NAME_TEXT];
    size_t used = (size_t)snprintf(raw, sizeof raw, "%s", x->labels.kernel);

    for (int i = 0; i < x->labels.params && used < sizeof raw / 2; i++)
        used +=
            (size_t)snprintf(raw + used, sizeof raw - used, "/%s:%s",
                             x->labels.param[i].name, x->labels.param[i].value);
    snprintf(raw + used, sizeof raw - used, "/%.64s/%.128s/workers:%d",
             x->labels.mode, x->labels.executor[cell], x->c->workers);
    text_clean(raw, out, NAME_TEXT); /* a character may have been cut */
}

/* Up to the number of repetitions. suffix: of an aggregate, or "". */
static void print_head(struct export *x, int cell, const char *suffix,
                       const char *type, size_t repetitions)
{
    struct state *state = x->state;
    char name[NAME_TEXT], whole[NAME_TEXT + 16];

    make_name(x, cell, name);
    snprintf(whole, sizeof whole, "%s%s", name, suffix);
    fprintf(x->out, "%s\n    {\"name\": ", state->printed++ ? "," : "");
    text_json(x->out, whole);
    fprintf(x->out,
            ", \"family_index\": %zu, \"per_family_instance_index\": %d, "
            "\"run_name\": ",
            state->family, cell);
    text_json(x->out, name);
    fprintf(x->out, ", \"run_type\": \"%s\", \"repetitions\": %zu", type,
            repetitions);
}

static void print_end(struct export *x, uint64_t iterations, double real,
                      double cpu)
{
    fprintf(x->out,
            ", \"iterations\": %" PRIu64 ", \"real_time\": ", iterations);
    number_print(x->out, real, "0");
    fputs(", \"cpu_time\": ", x->out);
    number_print(x->out, cpu, "0");
    fputs(", \"time_unit\": \"ns\"}", x->out);
}

static int print_repetitions(struct export *x, int cell, struct err *err)
{
    struct state *state = x->state;
    struct spool *spool = &state->cell[cell];
    struct spooled one;
    int got;

    if (spool_rewind(spool, err))
        return -1;
    for (size_t i = 0; (got = spool_next(spool, &one, err)) > 0; i++) {
        print_head(x, cell, "", "iteration", spool->n);
        fprintf(x->out, ", \"repetition_index\": %zu, \"threads\": %d", i,
                x->c->cell[cell].workers);
        print_end(x, one.repeats, (double)one.ns, (double)one.cpu_ns);
    }
    return got;
}

static void print_aggregate(struct export *x, int cell, const char *name,
                            double real, double cpu)
{
    const struct state *state = x->state;
    char suffix[16];

    snprintf(suffix, sizeof suffix, "_%s", name);
    print_head(x, cell, suffix, "aggregate", state->cell[cell].n);
    fprintf(x->out,
            ", \"threads\": %d, \"aggregate_name\": \"%s\", "
            "\"aggregate_unit\": \"time\"",
            x->c->cell[cell].workers, name);
    print_end(x, state->cell[cell].n, real, cpu);
}

/* One repetition has none, as there. */
static void print_aggregates(struct export *x, int cell)
{
    struct state *state = x->state;
    struct spool *spool = &state->cell[cell];

    if (spool->n < 2)
        return;
    print_aggregate(x, cell, "mean", spool->wall.mean, spool->cpu.mean);
    print_aggregate(x, cell, "median", median_value(&spool->wall.median),
                    median_value(&spool->cpu.median));
    print_aggregate(x, cell, "stddev", spool_stddev(spool, &spool->wall),
                    spool_stddev(spool, &spool->cpu));
}

static void print_error(struct export *x, int cell)
{
    const char *why = x->c->cell[cell].why.text;
    char text[LABEL_TEXT];

    if (x->is_void)
        why = survey_stop_name(x->survey, x->number);
    else if (!*why)
        why = "no trial that counts";
    print_head(x, cell, "", "iteration", 1);
    fprintf(x->out,
            ", \"repetition_index\": 0, \"threads\": %d, "
            "\"error_occurred\": true, \"error_message\": ",
            x->c->cell[cell].workers);
    text_json(x->out, text_clean(why, text, sizeof text));
    print_end(x, 0, 0, 0);
}

static int done(struct export *x, const json_t *summary, struct err *err)
{
    struct state *state = x->state;

    (void)summary;
    for (int i = 0; i < x->c->cells; i++) {
        if (!state->cell[i].n)
            print_error(x, i);
        else if (print_repetitions(x, i, err))
            return -1;
        else
            print_aggregates(x, i);
    }
    state->family++;
    return 0;
}

static void close(struct export *x)
{
    begin(x);
    fputs("\n  ]\n}\n", x->out);
}

const struct export_format format_gbench = {
    .name = "gbench",
    .state = sizeof(struct state),
    .plan = plan,
    .trial = trial,
    .done = done,
    .close = close,
    .drop = clear,
};
