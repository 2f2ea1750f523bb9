/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/doctor_document.h"

#include <stdlib.h>

#include "results/record/json.h"

static json_t *value_check(const struct check *c)
{
    json_t *object = json_object();
    bool bad = c->state >= CHECK_WARN;

    object_put(&object, "code", value_text(c->code));
    object_put(&object, "name", value_text(c->name));
    object_put(&object, "state", value_text(check_state_name(c->state)));
    object_put(&object, "found", value_text(*c->found ? c->found : NULL));
    object_put(&object, "effect", value_text(*c->effect ? c->effect : NULL));
    object_put(&object, "remedy", value_text(bad ? c->remedy : NULL));
    object_put(&object, "operator", value_text(bad ? c->site : NULL));
    return object;
}

static json_t *value_checks(const struct checks *list)
{
    json_t *array = json_array();

    for (int i = 0; i < list->n; i++)
        array_put(&array, value_check(&list->item[i]));
    return array;
}

static json_t *value_counts(const struct checks *list)
{
    json_t *object = json_object();

    for (int s = CHECK_UNREADABLE; s <= CHECK_FAIL; s++)
        object_put(&object, check_state_name((enum check_state)s),
                   json_integer(checks_count(list, (enum check_state)s)));
    return object;
}

int doctor_document_print(FILE *out, const struct environment *env,
                          const struct checks *list, struct err *err)
{
    json_t *document = json_object();
    char *text;
    int failed = 0;

    object_put(&document, "schema", json_integer(1));
    object_put(&document, "host", value_text(env->host));
    object_put(&document, "checks", value_checks(list));
    object_put(&document, "counts", value_counts(list));
    object_put(&document, "build", environment_build(env));
    object_put(&document, "environment", environment_node(env));
    text = document ? json_dumps(document, JSON_INDENT(2) | REAL_FORMAT) : NULL;
    json_decref(document);
    if (!text)
        return err_set(err, EXIT_RESOURCE, "no memory for a JSON document");
    if (fprintf(out, "%s\n", text) < 0 || fflush(out))
        failed =
            err_errno(err, EXIT_RESOURCE, "cannot write the JSON document");
    free(text);
    return failed;
}
