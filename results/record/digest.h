/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4, by libmd) of what passes by, piece by piece: the
 * writer's of what it has written, the reader's of what it has read.
 */
#ifndef DRIVE_RESULTS_RECORD_DIGEST_H
#define DRIVE_RESULTS_RECORD_DIGEST_H

#include <stddef.h>

enum { DIGEST_TEXT = 65 };

struct digest;

struct digest *digest_new(void); /* NULL: no memory */
void digest_add(struct digest *, const void *bytes, size_t length);

/* Of all that was added so far, in lower-case hexadecimal digits; more can be
 * added afterwards. Returns out. */
char *digest_text(const struct digest *, char out[DIGEST_TEXT]);

void digest_free(struct digest *); /* NULL-safe */

#endif
