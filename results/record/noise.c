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

static char *noises_text(const struct noises *all, const char *host)
{
    json_t *object = json_object(), *list = json_array();
    char *text;

    for (int i = 0; i < all->n; i++) {
        if (json_array_append_new(list, noise_object(&all->floor[i]))) {
            json_decref(object);
            object = NULL;
        }
    }
    object_put(&object, "t", value_text("aa"));
    object_put(&object, "v", json_integer(NOISE_VERSION));
    object_put(&object, "host", value_text(host));
    object_put(&object, "floors", list);
    text = object ? json_dumps(object, JSON_INDENT(2) | REAL_FORMAT) : NULL;
    json_decref(object);
    return text;
}

static bool replaces(const struct noise *a, const struct noise *b)
{
    return strcmp(a->kernel, b->kernel) == 0 && a->workers == b->workers &&
           strcmp(a->executor, b->executor) == 0;
}

/* Without those it replaces, and without the oldest if there are too many. */
static void add_floor(struct noises *all, const struct noise *noise)
{
    int kept = 0;

    for (int i = 0; i < all->n; i++) {
        if (!replaces(noise, &all->floor[i]))
            all->floor[kept++] = all->floor[i];
    }
    if (kept == NOISE_KEPT)
        memmove(all->floor, all->floor + 1,
                (size_t)--kept * sizeof *all->floor);
    all->floor[kept] = *noise;
    all->n = kept + 1;
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

static int make_folder(const char *path, struct err *err)
{
    if (strncmp(path, folder, sizeof folder - 1) == 0 &&
        path[sizeof folder - 1] == '/' && mkdir(folder, 0777) &&
        errno != EEXIST)
        return err_errno(err, EXIT_USAGE, "cannot make the folder '%s'",
                         folder);
    return 0;
}

int noise_write(const char *path, struct noise *noise, struct err *err)
{
    time_t now = time(NULL);
    struct tm tm = {0};
    struct noises *all = calloc(1, sizeof *all);
    struct err ignored;
    char *text = NULL;
    int failed = -1;

    localtime_r(&now, &tm);
    strftime(noise->time, sizeof noise->time, "%Y-%m-%dT%H:%M:%S%z", &tm);
    if (all) {
        noise_read(path, noise->host, all, &ignored);
        add_floor(all, noise);
        text = noises_text(all, noise->host);
    }
    if (!text)
        err_set(err, EXIT_RESOURCE, "no memory for '%s'", path);
    else
        failed = make_folder(path, err) || replace_file(path, text, err);
    free(text);
    free(all);
    return failed ? -1 : 0;
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

static bool take_floor(const json_t *object, struct noise *n)
{
    return take_text(object, "time", n->time, sizeof n->time) &&
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

static bool take_floors(const json_t *list, const char *host,
                        struct noises *out)
{
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n && n <= NOISE_KEPT; i++) {
        struct noise *noise = &out->floor[i];

        if (!take_floor(json_array_get(list, i), noise))
            return false;
        snprintf(noise->host, sizeof noise->host, "%s", host);
    }
    out->n = (int)n;
    return n > 0 && n <= NOISE_KEPT;
}

static bool take_all(const json_t *object, char *host, size_t size,
                     struct noises *out)
{
    char type[8];
    int version;

    if (!take_text(object, "t", type, sizeof type) || strcmp(type, "aa") ||
        !take_count(object, "v", &version) || version > NOISE_VERSION ||
        !take_text(object, "host", host, size))
        return false;
    if (version == NOISE_VERSION)
        return take_floors(json_object_get(object, "floors"), host, out);
    out->n = 1;
    snprintf(out->floor->host, sizeof out->floor->host, "%s", host);
    return take_floor(object, out->floor);
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
                 const char *host, struct noises *out, struct err *err)
{
    char its[sizeof out->floor->host] = "";
    json_t *object =
        length < FILE_MAX ? json_loadb(text, length, 0, NULL) : NULL;
    bool good = object && take_all(object, its, sizeof its, out);

    json_decref(object);
    if (!good)
        return err_set(err, EXIT_USAGE,
                       "'%s' is no noise floor this version can read; "
                       "`drive check --aa` makes it anew",
                       path);
    if (strcmp(its, host) != 0)
        return err_set(err, EXIT_USAGE,
                       "'%s' is the noise floor of '%.99s', this is '%.99s'",
                       path, its, host);
    return 0;
}

int noise_read(const char *path, const char *host, struct noises *out,
               struct err *err)
{
    FILE *file = fopen(path, "re");
    size_t length = 0;
    char *text;
    int failed;

    out->n = 0;
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
    if (failed)
        out->n = 0;
    return failed;
}

/* -- using --------------------------------------------------------------- */

/* How well a floor fits: 2 kernel and workers, 1 kernel, 0 neither. */
static int fit(const struct noise *noise, const char *kernel, int workers)
{
    if (!kernel || strcmp(noise->kernel, kernel) != 0)
        return 0;
    return noise->workers == workers ? 2 : 1;
}

const struct noise *noise_find(const struct noises *all, const char *kernel,
                               int workers)
{
    const struct noise *best = NULL;

    for (int i = 0; i < all->n; i++) {
        const struct noise *noise = &all->floor[i];
        int better =
            best ? fit(noise, kernel, workers) - fit(best, kernel, workers) : 1;

        if (better > 0 || (better == 0 && noise->floor > best->floor))
            best = noise;
    }
    return best;
}

int noise_raise(const char *host, const char *kernel, int workers,
                double *margin, char *note, size_t size, struct err *err)
{
    struct noises *all = malloc(sizeof *all);
    const struct noise *noise;
    char path[NOISE_PATH];
    int failed;

    *note = '\0';
    if (!all)
        return err_set(err, EXIT_RESOURCE, "no memory for a noise floor");
    failed = noise_read(noise_path(host, path, sizeof path), host, all, err);
    noise = noise_find(all, kernel, workers);
    if (noise && noise->floor > *margin) {
        snprintf(note, size,
                 "margin raised from %.2g %% to %.2g %%, this host's A/A floor "
                 "of %.10s (%.30s, %d worker%s)",
                 100 * *margin, 100 * noise->floor, noise->time, noise->kernel,
                 noise->workers, noise->workers == 1 ? "" : "s");
        *margin = noise->floor;
    }
    free(all);
    return failed;
}
