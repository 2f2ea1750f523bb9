/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/variables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const families[] = {
    "OMP_",  "GOMP_",  "KMP_",  "OMPI_MCA_",
    "PMIX_", "MPICH_", "BLIS_", "OPENBLAS_",
};

static const char *const singles[] = {
    "SLURM_JOB_ID", "SLURM_JOB_PARTITION", "SLURM_JOB_NODELIST",
    "SLURM_NTASKS", "SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE",
};

/* Open MPI and PMIx pass keys and addresses of their daemons this way. */
static const char *const secrets[] = {
    "secret", "token",  "passw", "cred",         "auth",
    "cookie", "apikey", "_key",  "precondition", "_uri",
};

enum {
    FAMILIES = sizeof families / sizeof *families,
    SINGLES = sizeof singles / sizeof *singles,
    SECRETS = sizeof secrets / sizeof *secrets
};

static bool contains(const char *text, size_t length, const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i + size <= length; i++) {
        if (strncasecmp(text + i, word, size) == 0)
            return true;
    }
    return false;
}

bool variable_secret(const char *name, size_t length)
{
    for (size_t i = 0; i < SECRETS; i++) {
        if (contains(name, length, secrets[i]))
            return true;
    }
    return false;
}

static bool kept(const char *name, size_t length)
{
    for (size_t i = 0; i < SINGLES; i++) {
        if (strlen(singles[i]) == length &&
            strncmp(name, singles[i], length) == 0)
            return true;
    }
    for (size_t i = 0; i < FAMILIES; i++) {
        if (strncmp(name, families[i], strlen(families[i])) == 0)
            return !variable_secret(name, length);
    }
    return false;
}

bool variable_kept(const char *name)
{
    return kept(name, strlen(name));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int variables_collect(char *const *environment, char ***out, struct err *err)
{
    size_t n = 0;
    char **list;

    while (environment[n])
        n++;
    list = calloc(n + 1, sizeof *list);
    if (!list)
        return err_set(err, EXIT_RESOURCE, "no memory for %zu variables", n);
    n = 0;
    for (char *const *e = environment; *e; e++) {
        if (!strchr(*e, '=') || !kept(*e, strcspn(*e, "=")))
            continue;
        list[n] = strdup(*e);
        if (!list[n++]) {
            variables_free(list);
            return err_set(err, EXIT_RESOURCE, "no memory for a variable");
        }
    }
    qsort(list, n, sizeof *list, by_text);
    *out = list;
    return 0;
}

void variables_free(char **list)
{
    for (char **v = list; v && *v; v++)
        free(*v);
    free(list);
}
