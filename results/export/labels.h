/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a comparison as formats write them: clean and short, whatever
 * the record says. For results/export/ only.
 */
#ifndef DRIVE_RESULTS_EXPORT_LABELS_H
#define DRIVE_RESULTS_EXPORT_LABELS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/study.h"
#include "results/export/text.h"

enum { LABEL_PARAMS = 64, LABEL_NAME = 64, LABEL_VALUE = 128 };

struct label_param {
    char name[LABEL_NAME], value[LABEL_VALUE];
    bool numeric;
    double number;
};

struct labels {
    char kernel[LABEL_TEXT], mode[LABEL_TEXT], unit[LABEL_TEXT];
    char placement[LABEL_TEXT];
    char executor[CELLS_MAX][LABEL_TEXT];
    struct label_param param[LABEL_PARAMS]; /* names differ */
    int params;
    bool more;                            /* parameters than are here */
    char metric[METRICS_MAX][LABEL_NAME]; /* "create_s": with its unit */
};

/* plan: the plan's line, which has the parameters. */
void labels_make(struct labels *, const struct comparison *,
                 const json_t *plan);

/* "n=1024 pages=base"; cut at size. Returns out. */
char *labels_params(const struct labels *, char *out, size_t size);

/* NULL: there is none of that name. */
const struct label_param *labels_find(const struct labels *, const char *name);

#endif
