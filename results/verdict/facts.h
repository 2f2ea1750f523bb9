/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a record's run and host lines as names and texts, to be set
 * against those of other records: whatever fields there are, less those that
 * are of the moment (load, tasks) or of the single run (seed, command line).
 * At most FACTS_MAX; null is "not known". For results/verdict/ only.
 */
#ifndef DRIVE_RESULTS_VERDICT_FACTS_H
#define DRIVE_RESULTS_VERDICT_FACTS_H

#include <stddef.h>

#include "core/err.h"
#include "results/verdict/launches.h"

enum { FACTS_MAX = 512 };

struct json_t;

int facts_add_run(const struct json_t *, struct fact **, size_t *n,
                  size_t *room, struct err *);
int facts_add_host(const struct json_t *, struct fact **, size_t *n,
                   size_t *room, struct err *);

/* Adds one, or gives it another value. */
int facts_set(struct fact **, size_t *n, size_t *room, const char *name,
              const char *value, struct err *);

/* NULL: there is none of that name. */
const char *facts_find(const struct fact *, size_t n, const char *name);

void facts_free(struct fact *, size_t n);

#endif
