/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/facts.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct err *err)
{
    return err_set(err, EXIT_RESOURCE, "no memory for the facts of a record");
}

static struct fact *find(struct fact *fact, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fact[i].name, name) == 0)
            return &fact[i];
    }
    return NULL;
}

const char *facts_find(const struct fact *fact, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fact[i].name, name) == 0)
            return fact[i].value;
    }
    return NULL;
}

static int add(struct fact **list, size_t *n, size_t *room, const char *name,
               const char *value, struct err *err)
{
    struct fact *grown;

    if (*n == *room) {
        grown = realloc(*list, (*room + 64) * sizeof *grown);
        if (!grown)
            return no_memory(err);
        *list = grown;
        *room += 64;
    }
    grown = &(*list)[*n];
    grown->name = strdup(name);
    grown->value = strdup(value);
    if (!grown->name || !grown->value) {
        free(grown->name);
        free(grown->value);
        return no_memory(err);
    }
    ++*n;
    return 0;
}

int facts_set(struct fact **list, size_t *n, size_t *room, const char *name,
              const char *value, struct err *err)
{
    struct fact *old = find(*list, *n, name);
    char *copy;

    if (!old)
        return *n < FACTS_MAX ? add(list, n, room, name, value, err) : 0;
    copy = strdup(value);
    if (!copy)
        return no_memory(err);
    free(old->value);
    old->value = copy;
    return 0;
}

/* What says nothing of the place, or changes from moment to moment. */
static bool is_fleeting(const char *key)
{
    static const char *const name[] = {"t",       "v",     "run", "seq", "load",
                                       "running", "tasks", "why", "host"};

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        if (strcmp(name[i], key) == 0)
            return true;
    }
    return false;
}

static int set_value(struct fact **list, size_t *n, size_t *room,
                     const char *name, const json_t *value, struct err *err)
{
    char *text;
    int failed;

    if (json_is_null(value))
        return facts_set(list, n, room, name, "not known", err);
    if (json_is_string(value))
        return facts_set(list, n, room, name, json_string_value(value), err);
    text = json_dumps(value,
                      JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (!text)
        return no_memory(err);
    failed = facts_set(list, n, room, name, text, err);
    free(text);
    return failed;
}

/* Objects are gone into, one level deep, as "variables.OMP_NUM_THREADS". */
static int set_object(struct fact **list, size_t *n, size_t *room,
                      const char *prefix, const json_t *object, struct err *err)
{
    const char *key;
    json_t *value;
    char name[160];

    json_object_foreach((json_t *)object, key, value)
    {
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
        if (!*prefix && is_fleeting(key))
            continue;
        if (json_is_object(value) && !*prefix) {
            if (set_object(list, n, room, key, value, err))
                return -1;
        } else if (set_value(list, n, room, name, value, err)) {
            return -1;
        }
    }
    return 0;
}

int facts_add_host(const json_t *line, struct fact **list, size_t *n,
                   size_t *room, struct err *err)
{
    return set_object(list, n, room, "", line, err);
}

int facts_add_run(const json_t *line, struct fact **list, size_t *n,
                  size_t *room, struct err *err)
{
    static const char *const name[] = {"launcher", "ranks", "mpi", "blas"};

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        const json_t *value = json_object_get(line, name[i]);

        if (value && set_value(list, n, room, name[i], value, err))
            return -1;
    }
    return set_object(list, n, room, "build", json_object_get(line, "build"),
                      err);
}

void facts_free(struct fact *fact, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(fact[i].name);
        free(fact[i].value);
    }
    free(fact);
}
