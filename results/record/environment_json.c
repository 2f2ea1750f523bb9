/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/json.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    TEXT,   /* char[]; "" is null */
    NUMBER, /* int; below 0 is null */
    LARGE,  /* int64_t, the same */
    SWITCH, /* int: 1, 0, -1 as true, false, null */
    REAL    /* double, below 0 is null */
};

struct fact {
    const char *name;
    enum kind kind;
    size_t offset;
};

#define FACT(kind, name)                                \
    {                                                   \
#name, kind, offsetof(struct environment, name) \
    }

static const struct fact facts[] = {
    FACT(TEXT, host),
    FACT(TEXT, os),
    FACT(TEXT, kernel),
    FACT(TEXT, kernel_options),
    FACT(TEXT, libc),
    FACT(TEXT, cpu),
    FACT(TEXT, cpu_vendor),
    FACT(NUMBER, cpu_family),
    FACT(NUMBER, cpu_model),
    FACT(NUMBER, cpu_stepping),
    FACT(TEXT, microcode),
    FACT(NUMBER, cores),
    FACT(NUMBER, pus),
    FACT(NUMBER, numas),
    FACT(NUMBER, packages),
    FACT(NUMBER, all_cores),
    FACT(NUMBER, all_pus),
    FACT(NUMBER, all_numas),
    FACT(NUMBER, all_packages),
    FACT(TEXT, affinity),
    FACT(SWITCH, smt),
    FACT(TEXT, clock_source),
    FACT(TEXT, frequency_driver),
    FACT(TEXT, governor),
    FACT(NUMBER, governor_cpus),
    FACT(NUMBER, frequency_cpus),
    FACT(LARGE, frequency_min_hz),
    FACT(LARGE, frequency_max_hz),
    FACT(SWITCH, boost),
    FACT(LARGE, memory_bytes),
    FACT(TEXT, thp),
    FACT(TEXT, thp_shmem),
    FACT(NUMBER, numa_balancing),
    FACT(NUMBER, aslr),
    FACT(SWITCH, hypervisor),
    FACT(TEXT, container),
    FACT(REAL, cpu_quota),
    FACT(LARGE, memory_limit),
    FACT(NUMBER, running),
    FACT(NUMBER, tasks),
};

static json_t *value_fact(const struct environment *env,
                          const struct fact *fact)
{
    const void *at = (const char *)env + fact->offset;

    switch (fact->kind) {
    case TEXT: return value_text(*(const char *)at ? at : NULL);
    case NUMBER: return value_known(*(const int *)at);
    case LARGE: return value_known(*(const int64_t *)at);
    case SWITCH:
        return *(const int *)at < 0 ? json_null()
                                    : json_boolean(*(const int *)at);
    case REAL:
        return *(const double *)at < 0 ? json_null()
                                       : value_real(*(const double *)at);
    }
    return json_null();
}

static json_t *value_caches(const struct environment *env)
{
    json_t *list = json_array();

    for (int i = 0; i < env->caches; i++) {
        const struct cache *cache = &env->cache[i];
        json_t *one = json_object();

        object_put(&one, "level", value_known(cache->level));
        object_put(&one, "kind",
                   value_text(cache->kind == 'd'   ? "data"
                              : cache->kind == 'i' ? "instructions"
                                                   : "unified"));
        object_put(&one, "bytes", value_known(cache->bytes));
        object_put(&one, "count", value_known(cache->count));
        object_put(&one, "pus", value_known(cache->pus));
        array_put(&list, one);
    }
    return list;
}

static json_t *value_load(const struct environment *env)
{
    json_t *list = env->load[0] < 0 ? json_null() : json_array();

    for (int i = 0; i < 3 && env->load[0] >= 0; i++)
        array_put(&list, value_real(env->load[i]));
    return list;
}

static json_t *value_variables(const struct environment *env)
{
    json_t *object = json_object();

    for (char **v = env->variable; v && *v; v++) {
        size_t length = strcspn(*v, "=");
        char *name = strndup(*v, length);

        object_put_foreign(&object, name,
                           name ? value_text(*v + length + 1) : NULL);
        free(name);
    }
    return object;
}

json_t *environment_node(const struct environment *env)
{
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        object_put(&object, facts[i].name, value_fact(env, &facts[i]));
    object_put(&object, "caches", value_caches(env));
    object_put(&object, "load", value_load(env));
    object_put(&object, "variables", value_variables(env));
    return object;
}

json_t *environment_build(const struct environment *env)
{
    json_t *object = json_object();

    object_put(&object, "version", value_text(env->version));
    object_put(&object, "commit", value_text(env->commit));
    object_put(&object, "compiler", value_text(env->compiler));
    object_put(&object, "flags", value_text(env->flags));
    object_put(&object, "build_type", value_text(env->build_type));
    return object;
}
