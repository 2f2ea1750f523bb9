/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/trial_line.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/record/read.h"

enum kind { WHOLE, BOOL, REAL, TEXT, NUMBERS, REALS };

_Static_assert((int)REALS_MAX == (int)METRICS_MAX,
               "one list holds all metrics");

struct field {
    const char *name;
    size_t length;
    enum kind kind;
    size_t offset;
    int64_t most;
};

#define FIELD(kind, name, member, most)                                        \
    {                                                                          \
        name, sizeof name - 1, kind, offsetof(struct trial_line, member), most \
    }
#define SAME(kind, member, most) FIELD(kind, #member, member, most)

/* In the order they are written in, which the quick way goes along. */
static const struct field fields[] = {
    FIELD(TEXT, "t", type, 0),
    FIELD(WHOLE, "v", version, INT64_MAX),
    SAME(TEXT, run, 0),
    SAME(WHOLE, seq, INT64_MAX),
    SAME(WHOLE, plan, INT_MAX),
    SAME(TEXT, executor, 0),
    SAME(WHOLE, workers, RECORD_WORKERS_MAX),
    SAME(WHOLE, block, INT_MAX - 1),
    SAME(WHOLE, order, INT_MAX),
    SAME(BOOL, warmup, 0),
    SAME(BOOL, late, 0),
    SAME(BOOL, wrong, 0),
    SAME(WHOLE, repeats, UINT_MAX),
    SAME(WHOLE, ns, RECORD_NS_MAX),
    SAME(REAL, balance, 0),
    SAME(REAL, residual, 0),
    SAME(TEXT, checksum, 0),
    SAME(REALS, metrics, 0),
    SAME(WHOLE, cpu_ns, INT64_MAX),
    SAME(WHOLE, system_ns, INT64_MAX),
    SAME(WHOLE, waited_ns, INT64_MAX),
    SAME(WHOLE, talk_ns, INT64_MAX),
    SAME(WHOLE, lock_ns, INT64_MAX),
    SAME(WHOLE, minor_faults, INT64_MAX),
    SAME(WHOLE, major_faults, INT64_MAX),
    SAME(WHOLE, voluntary_switches, INT64_MAX),
    SAME(WHOLE, involuntary_switches, INT64_MAX),
    SAME(WHOLE, cycles, INT64_MAX),
    SAME(WHOLE, instructions, INT64_MAX),
    SAME(WHOLE, migrations, INT64_MAX),
    SAME(TEXT, disturbed, 0),
    SAME(WHOLE, steal_ns, INT64_MAX),
    SAME(WHOLE, throttled_ns, INT64_MAX),
    SAME(WHOLE, pressure_ns, INT64_MAX),
    SAME(NUMBERS, start_ns, 0),
    SAME(NUMBERS, end_ns, 0),
    SAME(NUMBERS, waited_by_worker, 0),
    SAME(NUMBERS, phases_by_worker, 0),
};

enum { FIELDS = sizeof fields / sizeof *fields };

static void clear(struct trial_line *line)
{
    struct numbers start = line->start_ns, end = line->end_ns;
    struct numbers waited = line->waited_by_worker;
    struct numbers phases = line->phases_by_worker;

    start.n = end.n = waited.n = phases.n = 0;
    *line = (struct trial_line){.version = -1,
                                .seq = -1,
                                .plan = -1,
                                .workers = -1,
                                .block = -1,
                                .ns = -1,
                                .start_ns = start,
                                .end_ns = end,
                                .waited_by_worker = waited,
                                .phases_by_worker = phases};
}

/* -- one field ----------------------------------------------------------- */

static int refuse(const struct field *field, const char *want, struct err *err)
{
    return err_set(err, EXIT_USAGE, "\"%s\" is not %s", field->name, want);
}

static int set_whole(const struct field *field, const struct scalar *value,
                     int64_t *at, struct err *err)
{
    if (value->kind == SCALAR_NULL)
        return 0;
    if (value->kind != SCALAR_WHOLE || value->whole < 0)
        return refuse(field, "a whole number from 0", err);
    if (value->whole > field->most)
        return refuse(field, "a number that can be", err);
    *at = value->whole;
    return 0;
}

static int set_real(const struct field *field, const struct scalar *value,
                    double *at, struct err *err)
{
    double real;

    if (!scalar_real(value, &real) || real < 0 || real > RECORD_REAL_MAX)
        return refuse(field, "a number that can be", err);
    *at = real;
    return 0;
}

static int set(struct trial_line *line, const struct field *field,
               const struct scalar *value, struct err *err)
{
    void *at = (char *)line + field->offset;

    switch (field->kind) {
    case WHOLE: return set_whole(field, value, at, err);
    case REAL: return set_real(field, value, at, err);
    case BOOL:
        if (value->kind != SCALAR_BOOL)
            return refuse(field, "true or false", err);
        *(int64_t *)at = value->whole;
        return 0;
    case TEXT:
        if (value->kind == SCALAR_TEXT)
            *(struct slice *)at = value->text;
        else if (value->kind != SCALAR_NULL)
            return refuse(field, "a text", err);
        return 0;
    case NUMBERS:
    case REALS: break;
    }
    return refuse(field, "a list of numbers", err);
}

/* -- the quick way ------------------------------------------------------- */

static const struct field *find(const struct slice *key, int *next)
{
    for (int i = 0; i < FIELDS; i++) {
        const struct field *field = &fields[(*next + i) % FIELDS];

        if (field->length == key->length &&
            memcmp(field->name, key->at, key->length) == 0) {
            *next = (int)(field - fields) + 1;
            return field;
        }
    }
    return NULL;
}

/* False: it is no list. */
static bool scan_list(struct scan *scan, const struct field *field, void *at)
{
    if (field->kind == NUMBERS)
        scan_numbers(scan, at);
    else if (field->kind == REALS)
        scan_reals(scan, at);
    else
        return false;
    return true;
}

bool trial_line_scan(struct trial_line *line, const char *text, size_t length)
{
    struct scan scan;
    struct slice key;
    int next = 0;

    clear(line);
    scan_begin(&scan, text, length);
    while (scan_key(&scan, &key)) {
        const struct field *field = find(&key, &next);
        struct scalar value;

        if (field && scan_list(&scan, field, (char *)line + field->offset))
            continue;
        scan_value(&scan, &value);
        if (!scan.failed && field && set(line, field, &value, NULL))
            return false;
    }
    return !scan.failed;
}

/* -- the common way ------------------------------------------------------ */

static struct scalar scalar_of(const json_t *value)
{
    struct scalar out = {.kind = SCALAR_OTHER};

    switch (json_typeof(value)) {
    case JSON_NULL: out.kind = SCALAR_NULL; break;
    case JSON_TRUE:
    case JSON_FALSE:
        out.kind = SCALAR_BOOL;
        out.whole = json_is_true(value);
        break;
    case JSON_INTEGER:
        out.kind = SCALAR_WHOLE;
        out.whole = json_integer_value(value);
        break;
    case JSON_REAL:
        out.kind = SCALAR_REAL;
        out.real = json_real_value(value);
        break;
    case JSON_STRING:
        out.kind = SCALAR_TEXT;
        out.text.at = json_string_value(value);
        out.text.length = json_string_length(value);
        break;
    default: break;
    }
    return out;
}

static int parse_numbers(const struct field *field, const json_t *value,
                         struct numbers *out, struct err *err)
{
    size_t i;
    json_t *one;

    out->n = 0;
    if (json_is_null(value))
        return 0;
    if (!json_is_array(value))
        return refuse(field, "a list", err);
    json_array_foreach((json_t *)value, i, one)
    {
        if (!json_is_integer(one))
            return refuse(field, "a list of whole numbers", err);
        if (!numbers_add(out, json_integer_value(one)))
            return err_set(err, EXIT_RESOURCE, "no memory for a trial");
    }
    return 0;
}

static int parse_reals(const struct field *field, const json_t *value,
                       struct reals *out, struct err *err)
{
    size_t n = json_array_size(value);

    out->n = 0;
    if (json_is_null(value))
        return 0;
    if (!json_is_array(value))
        return refuse(field, "a list", err);
    if (n > REALS_MAX)
        return err_set(err, EXIT_USAGE, "\"%s\" has %zu numbers, at most %d",
                       field->name, n, REALS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct scalar one = scalar_of(json_array_get(value, i));

        if (!scalar_real(&one, &out->x[i]))
            return refuse(field, "a list of numbers", err);
    }
    out->n = n;
    return 0;
}

int trial_line_parse(struct trial_line *line, const json_t *json,
                     struct err *err)
{
    clear(line);
    for (int i = 0; i < FIELDS; i++) {
        const struct field *field = &fields[i];
        const json_t *value = json_object_get(json, field->name);
        void *at = (char *)line + field->offset;
        struct scalar scalar;

        if (!value)
            continue;
        scalar = scalar_of(value);
        if (field->kind == NUMBERS ? parse_numbers(field, value, at, err)
            : field->kind == REALS ? parse_reals(field, value, at, err)
                                   : set(line, field, &scalar, err))
            return -1;
    }
    return 0;
}

/* -- the whole ----------------------------------------------------------- */

static int check_instants(const struct trial_line *line, struct err *err)
{
    const struct numbers *start = &line->start_ns, *end = &line->end_ns;

    if (start->n == 0 && end->n == 0 && line->waited_by_worker.n == 0 &&
        line->phases_by_worker.n == 0)
        return 0;
    if (start->n != (size_t)line->workers || end->n != start->n)
        return err_set(err, EXIT_USAGE,
                       "%zu starts and %zu ends for %d workers", start->n,
                       end->n, (int)line->workers);
    if (line->waited_by_worker.n && line->waited_by_worker.n != start->n)
        return err_set(err, EXIT_USAGE, "%zu waits for %d workers",
                       line->waited_by_worker.n, (int)line->workers);
    if (line->phases_by_worker.n % start->n ||
        line->phases_by_worker.n > PHASES_MAX * start->n)
        return err_set(err, EXIT_USAGE, "%zu phases for %d workers",
                       line->phases_by_worker.n, (int)line->workers);
    for (size_t i = 0; i < start->n; i++) {
        if (start->x[i] < 0)
            return err_set(err, EXIT_USAGE, "a start below 0");
        if (end->x[i] < start->x[i])
            return err_set(err, EXIT_USAGE, "worker %zu ends before it starts",
                           i);
    }
    return 0;
}

int trial_line_check(const struct trial_line *line, struct err *err)
{
    if (line->plan < 0 || line->block < 0 || line->ns < 0 ||
        line->workers < 1 || !line->executor.length)
        return err_set(err, EXIT_USAGE,
                       "a trial without plan, executor, workers, block or ns");
    for (size_t m = 0; m < line->metrics.n; m++) {
        if (fabs(line->metrics.x[m]) > RECORD_REAL_MAX)
            return err_set(err, EXIT_USAGE,
                           "metric %zu is not a number that can be", m);
    }
    return check_instants(line, err);
}

/* "0x0123456789abcdef"; 0 for anything else. */
static uint64_t read_checksum(const struct slice *text)
{
    char copy[24] = "";

    if (text->length < 3 || text->length >= sizeof copy)
        return 0;
    memcpy(copy, text->at, text->length);
    return strtoull(copy, NULL, 16);
}

/* The inverse of disturbance_format(). */
static unsigned read_disturbed(const struct slice *text)
{
    unsigned disturbed = 0;
    char name[32];

    for (unsigned bit = 1; text->length && bit <= DISTURBED_PAGING; bit *= 2) {
        disturbance_format(bit, name, sizeof name);
        if (memmem(text->at, text->length, name, strlen(name)))
            disturbed |= bit;
    }
    return disturbed;
}

void trial_line_fill(const struct trial_line *line, struct trial *trial)
{
    *trial = (struct trial){
        .block = (int)line->block,
        .order = (int)line->order,
        .warmup = line->warmup,
        .late = line->late,
        .wrong = line->wrong,
        .repeats = (unsigned)line->repeats,
        .ns = (uint64_t)line->ns,
        .balance = line->balance,
        .residual = line->residual,
        .checksum = read_checksum(&line->checksum),
        .usage = {.cpu_ns = (uint64_t)line->cpu_ns,
                  .system_ns = (uint64_t)line->system_ns,
                  .waited_ns = (uint64_t)line->waited_ns,
                  .talk_ns = (uint64_t)line->talk_ns,
                  .lock_ns = (uint64_t)line->lock_ns,
                  .minor_faults = (uint64_t)line->minor_faults,
                  .major_faults = (uint64_t)line->major_faults,
                  .voluntary_switches = (uint64_t)line->voluntary_switches,
                  .involuntary_switches = (uint64_t)line->involuntary_switches,
                  .cycles = (uint64_t)line->cycles,
                  .instructions = (uint64_t)line->instructions,
                  .migrations = (uint64_t)line->migrations},
        .disturbed = read_disturbed(&line->disturbed),
        .steal_ns = (uint64_t)line->steal_ns,
        .throttled_ns = (uint64_t)line->throttled_ns,
        .pressure_ns = (uint64_t)line->pressure_ns,
    };
    for (size_t m = 0; m < METRICS_MAX; m++)
        trial->metric[m] = m < line->metrics.n ? line->metrics.x[m] : NAN;
}
