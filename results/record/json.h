/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values as our files and documents have them. For the inside of
 * results/ only: others need not know of jansson.
 *
 * All return a new reference, or NULL when there is no memory.
 */
#ifndef DRIVE_RESULTS_RECORD_JSON_H
#define DRIVE_RESULTS_RECORD_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "core/stats.h"
#include "core/study.h"
#include "results/record/environment.h"
#include "results/verdict/verdict.h"

/* Digits of real numbers: 0.07 stays 0.07, and no time is one. */
enum { REAL_FORMAT = JSON_REAL_PRECISION(15) };

/* Adds a field to *object and uses the value up. When either is NULL, for
 * want of memory, *object is freed and NULL from then on: it is enough to look
 * at the end. The same for an element of an array. */
void object_put(json_t **object, const char *key, json_t *value);
void array_put(json_t **array, json_t *value);

/* For keys that are not ours: mended like value_text(). */
void object_put_foreign(json_t **object, const char *key, json_t *value);

/* null for NULL; each byte that is no part of valid UTF-8 becomes U+FFFD. */
json_t *value_text(const char *text);

json_t *value_count(uint64_t n);    /* null beyond what 63 bits hold */
json_t *value_known(int64_t n);     /* null below 0 */
json_t *value_whole(double x);      /* rounded; null below 0, or not finite */
json_t *value_real(double x);       /* null when not finite */
json_t *value_seed(uint64_t seed);  /* a string: needs all 64 bits */
json_t *value_checksum(uint64_t x); /* "0x...", null for 0: there is none */

/* [low, high], rounded or not; null when the interval is not valid. */
json_t *value_whole_interval(const struct estimate *);
json_t *value_real_interval(const struct estimate *);

/* "n=1024 pages=base" as {"n": 1024, "pages": "base"}: what reads as a
 * number in full is one. */
json_t *value_params(const char *problem);

/* An empty array for NULL. */
json_t *value_list(const char *const *texts);

/* The facts of the node, those of the build, both by the struct's names. */
json_t *environment_node(const struct environment *);
json_t *environment_build(const struct environment *);

/* Of a cell whose workers are threads of ranks, how many and why so many. */
void put_ranks(json_t **object, const struct cell *);

/* A cell with its summary, a pair: the fields both the record's summary and
 * the document have. The summary may be NULL; where the cell did not run to
 * its end, or no trial counts, what is measured is null. */
json_t *cell_object(const struct comparison *, const struct cell *,
                    const struct summary *);
json_t *pair_object(const struct comparison *, const struct judged *);

#endif
