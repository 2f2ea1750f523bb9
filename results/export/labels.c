/* SPDX-License-Identifier: Apache-2.0 */
#include "results/export/labels.h"

#include <string.h>

const struct label_param *labels_find(const struct labels *labels,
                                      const char *name)
{
    for (int i = 0; i < labels->params; i++) {
        if (strcmp(labels->param[i].name, name) == 0)
            return &labels->param[i];
    }
    return NULL;
}

/* False: a value that is neither number nor text, as the reader has it. */
static bool fill_value(struct label_param *param, const json_t *value)
{
    param->numeric = json_is_number(value);
    param->number = json_number_value(value);
    if (json_is_integer(value))
        snprintf(param->value, sizeof param->value, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
    else if (json_is_real(value))
        snprintf(param->value, sizeof param->value, "%.15g", param->number);
    else if (json_is_string(value))
        text_clean(json_string_value(value), param->value, sizeof param->value);
    else
        return false;
    return true;
}

static void add_params(struct labels *labels, const json_t *params)
{
    const char *key;
    json_t *value;
    struct label_param one;

    json_object_foreach((json_t *)params, key, value)
    {
        text_clean(key, one.name, sizeof one.name);
        if (!fill_value(&one, value))
            continue;
        if (labels->params == LABEL_PARAMS || labels_find(labels, one.name))
            labels->more = true;
        else
            labels->param[labels->params++] = one;
    }
}

void labels_make(struct labels *labels, const struct comparison *c,
                 const json_t *plan)
{
    labels->params = 0;
    labels->more = false;
    text_clean(c->kernel, labels->kernel, sizeof labels->kernel);
    text_clean(c->mode, labels->mode, sizeof labels->mode);
    text_clean(c->unit, labels->unit, sizeof labels->unit);
    text_clean(c->placement, labels->placement, sizeof labels->placement);
    for (int i = 0; i < c->cells; i++)
        text_clean(c->cell[i].executor, labels->executor[i],
                   sizeof labels->executor[i]);
    for (int i = 0; i < c->metrics; i++)
        snprintf(labels->metric[i], sizeof labels->metric[i], "%s%s%s",
                 c->metric[i].name, *c->metric[i].unit ? "_" : "",
                 c->metric[i].unit);
    add_params(labels, json_object_get(plan, "params"));
}

char *labels_params(const struct labels *labels, char *out, size_t size)
{
    size_t used = 0;

    *out = '\0';
    for (int i = 0; i < labels->params && used < size; i++)
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s=%s", i ? " " : "",
                             labels->param[i].name, labels->param[i].value);
    return out;
}
