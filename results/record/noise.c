/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/noise.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "results/record/json.h"

static const char folder[] = "results";

/* Longer than this no such file is. */
enum { FILE_MAX = 1 << 16 };

/* -- measuring ----------------------------------------------------------- */

static void take_largest(const struct comparison *c, const struct judged *j,
                         struct noise *noise)
{
    noise->largest = expm1(j->pair.ratio.value);
    noise->low = expm1(j->pair.ratio.ci.low);
    noise->high = expm1(j->pair.ratio.ci.high);
    snprintf(noise->pair, sizeof noise->pair, "%.24s v %.24s",
             c->cell[j->a].executor, c->cell[j->b].executor);
}

int noise_measure(const struct comparison *c, const struct judgement *j,
                  struct noise *out, struct err *err)
{
    struct noise n = {.workers = c->workers, .blocks = c->blocks};
    double most = -1;

    for (int i = 0; i < c->cells; i++)
        n.labels += j->cell[i].n > 0;
    if (n.labels < 2)
        return err_set(err, EXIT_IMPRECISE,
                       "no noise floor: fewer than two labels were measured");
    for (int i = 0; i < j->pairs; i++) {
        const struct estimate *r = &j->pair[i].pair.ratio;
        double low = expm1(r->ci.low), high = expm1(r->ci.high);

        if (!r->valid)
            return err_set(err, EXIT_IMPRECISE,
                           "no noise floor: %d block%s are too few for an "
                           "interval; want %zu more",
                           c->blocks, c->blocks == 1 ? "" : "s",
                           j->pair[i].pair.more);
        n.floor = fmax(n.floor, fmax(fabs(low), fabs(high)));
        n.half_width = fmax(n.half_width, (high - low) / 2);
        if (fabs(r->value) <= most)
            continue;
        most = fabs(r->value);
        take_largest(c, &j->pair[i], &n);
    }
    if (n.floor > NOISE_FLOOR_MAX)
        return err_set(err, EXIT_IMPRECISE,
                       "no noise floor: teams of one executor may be %.0f %% "
                       "apart after %d blocks; a quieter host or a larger "
                       "--budget is needed",
                       100 * n.floor, c->blocks);
    snprintf(n.kernel, sizeof n.kernel, "%s", c->kernel);
    snprintf(n.problem, sizeof n.problem, "%s", c->problem);
    *out = n;
    return 0;
}

/* -- writing ------------------------------------------------------------- */

char *noise_path(const char *host, char *out, size_t size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    char name[64];
    size_t n = 0;

    for (; host[n] && host[n] != '.' && n < sizeof name - 1; n++)
        name[n] = strchr(plain, host[n]) ? host[n] : '_';
    name[n] = '\0';
    snprintf(out, size, "%s/aa-%s.json", folder, n ? name : "host");
    return out;
}

static json_t *noise_object(const struct noise *n)
{
    json_t *object = json_object();

    object_put(&object, "t", value_text("aa"));
    object_put(&object, "v", json_integer(NOISE_VERSION));
    object_put(&object, "host", value_text(n->host));
    object_put(&object, "time", value_text(n->time));
    object_put(&object, "executor", value_text(n->executor));
    object_put(&object, "kernel", value_text(n->kernel));
    object_put(&object, "problem", value_text(n->problem));
    object_put(&object, "workers", json_integer(n->workers));
    object_put(&object, "labels", json_integer(n->labels));
    object_put(&object, "blocks", json_integer(n->blocks));
    object_put(&object, "floor", value_real(n->floor));
    object_put(&object, "half_width", value_real(n->half_width));
    object_put(&object, "largest", value_real(n->largest));
    object_put(&object, "low", value_real(n->low));
    object_put(&object, "high", value_real(n->high));
    object_put(&object, "pair", value_text(n->pair));
    return object;
}

/* Under another name first, so that nobody reads half of it. */
static int replace_file(const char *path, const char *text, struct err *err)
{
    char fresh[NOISE_PATH + 32];
    FILE *file;
    int bad;

    snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid());
    file = fopen(fresh, "wxe");
    if (!file)
        return err_errno(err, errno == ENOSPC ? EXIT_RESOURCE : EXIT_USAGE,
                         "cannot create '%s'", fresh);
    bad = fputs(text, file) < 0 || fputc('\n', file) == EOF || fflush(file);
    bad = fclose(file) || bad;
    if (!bad && !rename(fresh, path))
        return 0;
    err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
    unlink(fresh);
    return -1;
}

int noise_write(const char *path, struct noise *noise, struct err *err)
{
    time_t now = time(NULL);
    struct tm tm = {0};
    json_t *object;
    char *text;
    int failed;

    localtime_r(&now, &tm);
    strftime(noise->time, sizeof noise->time, "%Y-%m-%dT%H:%M:%S%z", &tm);
    if (strncmp(path, folder, sizeof folder - 1) == 0 &&
        path[sizeof folder - 1] == '/' && mkdir(folder, 0777) &&
        errno != EEXIST)
        return err_errno(err, EXIT_USAGE, "cannot make the folder '%s'",
                         folder);
    object = noise_object(noise);
    text = object ? json_dumps(object, JSON_INDENT(2) | REAL_FORMAT) : NULL;
    json_decref(object);
    if (!text)
        return err_set(err, EXIT_RESOURCE, "no memory for '%s'", path);
    failed = replace_file(path, text, err);
    free(text);
    return failed;
}

/* -- reading ------------------------------------------------------------- */

static bool take_text(const json_t *object, const char *key, char *out,
                      size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text)
        snprintf(out, size, "%s", text);
    return text;
}

static bool take_count(const json_t *object, const char *key, int *out)
{
    json_int_t n = json_integer_value(json_object_get(object, key));

    *out = (int)n;
    return n > 0 && n < 1 << 30;
}

/* A share that can be one; no difference is tenfold. */
static bool take_share(const json_t *object, const char *key, double *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_number_value(value);
    return json_is_number(value) && fabs(*out) < 10;
}

static bool take_all(const json_t *object, struct noise *n)
{
    char type[8];
    int version;

    return take_text(object, "t", type, sizeof type) &&
           strcmp(type, "aa") == 0 && take_count(object, "v", &version) &&
           version == NOISE_VERSION &&
           take_text(object, "host", n->host, sizeof n->host) &&
           take_text(object, "time", n->time, sizeof n->time) &&
           take_text(object, "executor", n->executor, sizeof n->executor) &&
           take_text(object, "kernel", n->kernel, sizeof n->kernel) &&
           take_text(object, "problem", n->problem, sizeof n->problem) &&
           take_text(object, "pair", n->pair, sizeof n->pair) &&
           take_count(object, "workers", &n->workers) &&
           take_count(object, "labels", &n->labels) &&
           take_count(object, "blocks", &n->blocks) &&
           take_share(object, "floor", &n->floor) && n->floor >= 0 &&
           n->floor <= NOISE_FLOOR_MAX &&
           take_share(object, "half_width", &n->half_width) &&
           take_share(object, "largest", &n->largest) &&
           take_share(object, "low", &n->low) &&
           take_share(object, "high", &n->high);
}

/* Up to FILE_MAX bytes; *length may be that only if there is more. */
static int load(FILE *file, char **text, size_t *length, struct err *err)
{
    *text = malloc(FILE_MAX);
    if (!*text)
        return err_set(err, EXIT_RESOURCE, "no memory for a noise floor");
    *length = fread(*text, 1, FILE_MAX, file);
    return 0;
}

static int parse(const char *path, const char *text, size_t length,
                 const char *host, struct noise *out, struct err *err)
{
    struct noise n = {.floor = 0};
    json_t *object =
        length < FILE_MAX ? json_loadb(text, length, 0, NULL) : NULL;
    bool good = object && take_all(object, &n);

    json_decref(object);
    if (!good)
        return err_set(err, EXIT_USAGE,
                       "'%s' is no noise floor this version can read; "
                       "`drive check --aa` makes it anew",
                       path);
    if (strcmp(n.host, host) != 0)
        return err_set(err, EXIT_USAGE,
                       "'%s' is the noise floor of '%.99s', this is '%.99s'",
                       path, n.host, host);
    *out = n;
    return 0;
}

int noise_read(const char *path, const char *host, struct noise *out,
               bool *found, struct err *err)
{
    FILE *file = fopen(path, "re");
    size_t length = 0;
    char *text;
    int failed;

    *found = false;
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (!file)
        return err_errno(err, EXIT_USAGE, "cannot read '%s'", path);
    failed = load(file, &text, &length, err);
    fclose(file);
    if (failed)
        return -1;
    failed = parse(path, text, length, host, out, err);
    free(text);
    *found = !failed;
    return failed;
}

int noise_raise(const char *host, double *margin, char *note, size_t size,
                struct err *err)
{
    struct noise noise;
    char path[NOISE_PATH];
    bool found;

    *note = '\0';
    if (noise_read(noise_path(host, path, sizeof path), host, &noise, &found,
                   err))
        return -1;
    if (!found || noise.floor <= *margin)
        return 0;
    snprintf(note, size,
             "margin raised from %.2g %% to %.2g %%, this host's A/A floor of "
             "%.10s",
             100 * *margin, 100 * noise.floor, noise.time);
    *margin = noise.floor;
    return 0;
}
