/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/utilisation.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/cpuset.h"
#include "results/record/decode.h"
#include "results/record/json.h"

/* -- there --------------------------------------------------------------- */

static size_t line_end_of(const struct utilisation *u, size_t first)
{
    return u->samples - first < UTILISATION_LINE ? u->samples
                                                 : first + UTILISATION_LINE;
}

static json_t *value_percent(unsigned char percent)
{
    return percent == PERCENT_UNKNOWN ? json_null() : json_integer(percent);
}

static json_t *value_percents(const struct utilisation *u,
                              const unsigned char *percent, size_t first)
{
    json_t *all = json_array();

    for (int i = 0; i < u->cpus; i++) {
        json_t *list = json_array();

        for (size_t s = first; s < line_end_of(u, first); s++)
            array_put(&list,
                      value_percent(percent[s * (size_t)u->cpus + (size_t)i]));
        array_put(&all, list);
    }
    return all;
}

static bool is_stolen(const struct utilisation *u, size_t first)
{
    size_t wide = (size_t)u->cpus, end = line_end_of(u, first) * wide;

    for (size_t i = first * wide; i < end; i++) {
        if (u->stolen[i] && u->stolen[i] != PERCENT_UNKNOWN)
            return true;
    }
    return false;
}

static json_t *value_trials(const struct comparison *c)
{
    const struct utilisation *u = &c->utilisation;
    json_t *all = json_array();

    for (int cell = 0; cell < u->cells; cell++) {
        json_t *ticks = json_array(), *busy = json_array(),
               *stolen = json_array(), *object = json_object();

        for (int i = 0; i < u->cpus; i++) {
            const struct ticks *sum = &u->sum[cell * u->cpus + i];

            array_put(&ticks, value_count(sum->total));
            array_put(&busy, value_count(sum->busy));
            array_put(&stolen, value_count(sum->stolen));
        }
        object_put(&object, "executor", value_text(c->cell[cell].executor));
        object_put(&object, "ticks", ticks);
        object_put(&object, "busy", busy);
        object_put(&object, "stolen", stolen);
        array_put(&all, object);
    }
    return all;
}

json_t *line_utilisation(int plan, const struct comparison *c, size_t first)
{
    const struct utilisation *u = &c->utilisation;
    json_t *line = json_object(), *cpus = json_array(), *cells = json_array();

    for (int i = 0; i < u->cpus; i++)
        array_put(&cpus, json_integer(u->cpu[i]));
    for (size_t s = first; s < line_end_of(u, first); s++)
        array_put(&cells, value_known(u->cell[s]));
    object_put(&line, "plan", json_integer(plan));
    object_put(&line, "cpus", cpus);
    object_put(&line, "first_ns",
               value_count(u->first_ns + first * u->period_ns));
    object_put(&line, "period_ns", value_count(u->period_ns));
    object_put(&line, "tick_ns", value_count(u->tick_ns));
    object_put(&line, "cost_ns", value_count(u->cost_ns));
    object_put(&line, "trials", first ? json_null() : value_trials(c));
    object_put(&line, "executor", cells);
    object_put(&line, "busy", value_percents(u, u->busy, first));
    object_put(&line, "stolen",
               is_stolen(u, first) ? value_percents(u, u->stolen, first)
                                   : json_null());
    return line;
}

/* -- and back ------------------------------------------------------------ */

static int wrong(struct err *err, const char *what)
{
    return err_set(err, EXIT_USAGE, "utilisation with wrong \"%s\"", what);
}

/* A whole number from 0 to most, or null where `missing` is not negative. */
static bool whole(const json_t *value, int64_t most, int64_t missing,
                  int64_t *out)
{
    *out = json_is_null(value) ? missing : json_integer_value(value);
    return json_is_null(value)
               ? missing >= 0
               : json_is_integer(value) && *out >= 0 && *out <= most;
}

/* Of n whole numbers; the list is null or of another length: false. */
static bool is_list(const json_t *list, size_t n)
{
    return json_is_array(list) && json_array_size(list) == n;
}

static bool cpu_at(const json_t *list, int i, int64_t *out)
{
    return whole(json_array_get(list, (size_t)i), CPUSET_MAX - 1, -1, out);
}

static int read_cpus(const json_t *json, struct utilisation *u, int cells,
                     struct err *err)
{
    const json_t *list = json_object_get(json, "cpus");
    size_t n = json_array_size(list);
    int64_t cpu, before = -1;

    for (size_t i = 0; i < n; i++) {
        if (!cpu_at(list, (int)i, &cpu) || cpu <= before)
            return wrong(err, "cpus");
        before = cpu;
    }
    if (n == 0)
        return wrong(err, "cpus");
    if (utilisation_init(u, (int)n, cells, err))
        return -1;
    for (int i = 0; i < u->cpus; i++) {
        cpu_at(list, i, &cpu);
        u->cpu[i] = (int)cpu;
    }
    return 0;
}

static int read_times(const json_t *json, struct utilisation *u,
                      struct err *err)
{
    static const char *const key[] = {"first_ns", "period_ns", "tick_ns",
                                      "cost_ns"};
    int64_t value[4];

    for (int i = 0; i < 4; i++) {
        if (decode_whole(json, key[i], RECORD_NS_MAX, &value[i], err))
            return -1;
    }
    if (value[1] == 0)
        return wrong(err, "period_ns");
    u->first_ns = (uint64_t)value[0];
    u->period_ns = (uint64_t)value[1];
    u->tick_ns = (uint64_t)value[2];
    u->cost_ns = (uint64_t)value[3];
    return 0;
}

static bool read_ticks(const json_t *object, struct ticks *sum, int cpus)
{
    const json_t *list[] = {json_object_get(object, "ticks"),
                            json_object_get(object, "busy"),
                            json_object_get(object, "stolen")};
    int64_t value[3];

    for (int k = 0; k < 3; k++) {
        if (!is_list(list[k], (size_t)cpus))
            return false;
    }
    for (int i = 0; i < cpus; i++) {
        for (int k = 0; k < 3; k++) {
            if (!whole(json_array_get(list[k], (size_t)i), RECORD_NS_MAX, -1,
                       &value[k]))
                return false;
        }
        if (value[1] + value[2] > value[0])
            return false;
        sum[i] = (struct ticks){(uint64_t)value[1], (uint64_t)value[2],
                                (uint64_t)value[0]};
    }
    return true;
}

static int read_trials(const json_t *json, const struct comparison *c,
                       struct utilisation *u, struct err *err)
{
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(json, "trials"), i, one)
    {
        const char *name = decode_text(one, "executor");
        int cell = decode_cell(c, name, strlen(name));

        if (cell < 0 || !read_ticks(one, &u->sum[cell * u->cpus], u->cpus))
            return wrong(err, "trials");
    }
    return 0;
}

/* Nothing stolen is known as well as busy is. */
static bool read_percents(const json_t *all, const struct utilisation *u,
                          size_t n, unsigned char *out)
{
    int64_t value;

    for (int i = 0; i < u->cpus; i++) {
        const json_t *list = json_array_get(all, (size_t)i);

        if (!is_list(list, n))
            return false;
        for (size_t s = 0; s < n; s++) {
            if (!whole(json_array_get(list, s), 100, PERCENT_UNKNOWN, &value))
                return false;
            out[s * (size_t)u->cpus + (size_t)i] = (unsigned char)value;
        }
    }
    return json_array_size(all) == (size_t)u->cpus;
}

static int read_samples(const json_t *json, struct utilisation *u,
                        struct err *err)
{
    const json_t *cells = json_object_get(json, "executor"),
                 *stolen = json_object_get(json, "stolen");
    size_t n = json_array_size(cells);
    bool none = !stolen || json_is_null(stolen);
    int64_t cell;

    while (u->samples < n) {
        if (utilisation_add(u))
            return err_set(err, EXIT_RESOURCE, "no memory for %zu samples", n);
        const json_t *value = json_array_get(cells, u->samples - 1);

        if (!json_is_null(value) && !whole(value, u->cells - 1, -1, &cell))
            return wrong(err, "executor");
        u->cell[u->samples - 1] =
            (signed char)(json_is_null(value) ? -1 : cell);
    }
    if (!read_percents(json_object_get(json, "busy"), u, n, u->busy))
        return wrong(err, "busy");
    for (size_t i = 0; none && i < n * (size_t)u->cpus; i++)
        u->stolen[i] = u->busy[i] == PERCENT_UNKNOWN ? PERCENT_UNKNOWN : 0;
    if (!none && !read_percents(stolen, u, n, u->stolen))
        return wrong(err, "stolen");
    return 0;
}

/* Moves the samples of a part behind those that are there. */
static int append(struct utilisation *u, const struct utilisation *part,
                  struct err *err)
{
    size_t wide = (size_t)u->cpus, samples = u->samples;

    if (part->cpus != u->cpus ||
        memcmp(part->cpu, u->cpu, wide * sizeof *u->cpu) != 0)
        return wrong(err, "cpus");
    if (part->period_ns != u->period_ns ||
        part->first_ns != u->first_ns + samples * u->period_ns)
        return wrong(err, "first_ns");
    for (size_t i = 0; i < part->samples; i++) {
        if (utilisation_add(u)) {
            u->samples = samples;
            return err_set(err, EXIT_RESOURCE, "no memory for more samples");
        }
    }
    if (part->samples == 0)
        return 0;
    memcpy(u->cell + samples, part->cell, part->samples);
    memcpy(u->busy + samples * wide, part->busy, part->samples * wide);
    memcpy(u->stolen + samples * wide, part->stolen, part->samples * wide);
    return 0;
}

int decode_utilisation(const json_t *json, struct comparison *c,
                       struct err *err)
{
    struct utilisation part = {.cpus = 0}, *u = &c->utilisation;
    int failed =
        read_cpus(json, &part, c->cells, err) || read_times(json, &part, err) ||
        read_trials(json, c, &part, err) || read_samples(json, &part, err);

    if (!failed && u->cpus) {
        failed = append(u, &part, err);
    } else if (!failed) {
        *u = part;
        part = (struct utilisation){.cpus = 0};
    }
    utilisation_free(&part);
    return failed ? -1 : 0;
}
