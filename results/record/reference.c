/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/reference.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stats.h"

static const struct reference_file *find(const char *name)
{
    const struct reference_file *file = reference_files;

    while (file->name && strcmp(file->name, name) != 0)
        file++;
    return file->name ? file : NULL;
}

/* -- the article --------------------------------------------------------- */

static json_t *experiment_of(json_t *root, int id)
{
    json_t *list = json_object_get(root, "experiments"), *experiment;
    size_t i;

    json_array_foreach(list, i, experiment)
    {
        if (json_integer_value(json_object_get(experiment, "id")) == id)
            return experiment;
    }
    return NULL;
}

static bool is_text(const json_t *object, const char *key, const char *want)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && strcmp(text, want) == 0;
}

double reference_seconds(int id, const char *model, int workers)
{
    const struct reference_file *file = find("article.json");
    json_t *root = file ? json_loadb(file->text, file->length, 0, NULL) : NULL;
    json_t *list = json_object_get(experiment_of(root, id), "figures"), *figure;
    double seconds = NAN;
    size_t i;

    json_array_foreach(list, i, figure)
    {
        if (is_text(figure, "model", model) &&
            json_integer_value(json_object_get(figure, "workers")) == workers)
            seconds = json_number_value(json_object_get(figure, "seconds"));
    }
    json_decref(root);
    return seconds;
}

/* -- the scripts --------------------------------------------------------- */

static int write_file(const char *folder, const struct reference_file *file,
                      struct err *err)
{
    char path[512];
    int fd;
    ssize_t wrote;

    snprintf(path, sizeof path, "%s/%s", folder, file->name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot create '%s'", path);
    wrote = write(fd, file->text, file->length);
    if (close(fd) || wrote != (ssize_t)file->length)
        return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
    return 0;
}

int reference_unpack(const char *folder, struct err *err)
{
    for (const struct reference_file *f = reference_files; f->name; f++) {
        if (strstr(f->name, ".py") && write_file(folder, f, err))
            return -1;
    }
    return 0;
}

int python_result_read(struct python_result *result, const char *text,
                       struct err *err)
{
    json_error_t why;
    json_t *root = json_loads(text, 0, &why);
    const char *skipped;

    *result = (struct python_result){.ran = false};
    if (!json_is_object(root)) {
        json_decref(root);
        return err_set(err, EXIT_RESOURCE, "a script printed no document: %s",
                       why.text);
    }
    skipped = json_string_value(json_object_get(root, "skipped"));
    snprintf(result->why, sizeof result->why, "%s", skipped ? skipped : "");
    result->ran = !skipped;
    result->document = root;
    return 0;
}

void python_result_free(struct python_result *result)
{
    json_decref(result->document);
    result->document = NULL;
}

static double median_of(const json_t *list)
{
    size_t n = json_array_size(list);
    double *x = malloc((n + 1) * sizeof *x), median = NAN;
    struct err err;

    for (size_t i = 0; x && i < n; i++)
        x[i] = json_number_value(json_array_get(list, i));
    if (x && n && stats_median(x, n, &median, &err))
        median = NAN;
    free(x);
    return median;
}

double python_number(const struct python_result *result, const char *path)
{
    const json_t *value = result->document;
    char copy[128], *rest = copy, *key;

    snprintf(copy, sizeof copy, "%s", path);
    while (value && (key = strsep(&rest, ".")))
        value = json_object_get(value, key);
    if (json_is_array(value))
        return median_of(value);
    if (json_is_boolean(value) || json_is_string(value) || json_is_null(value))
        return json_is_true(value) || json_is_string(value);
    return json_is_number(value) ? json_number_value(value) : NAN;
}
