/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two workers of a crew hand each other: exchanges and transfers, the
 * verbs of core/worker.h. Up to ROOM bytes go along with the word that says
 * so, and who wrote them need not wait for who reads them. More is copied once,
 * by the reader, from where it stands; the writer waits for the end of that.
 * System calls are made by who has waited for long, and to wake it; no other.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_LETTERS_H
#define DRIVE_DRIVERS_EXECUTORS_LETTERS_H

#include "core/worker.h"

void letters_exchange(struct worker *, int peer, const void *out, void *in,
                      size_t bytes);
void letters_begin(struct worker *, struct transfer *, int count);
bool letters_done(struct worker *, struct transfer *, int count);
void letters_end(struct worker *, struct transfer *, int count);
void letters_some(struct worker *, struct transfer *const transfer[], int count,
                  bool wait);

/* Takes all letters that this worker expects and that are there, in whatever
 * crew. Whoever waits for anything calls it; where nobody would wake it for a
 * letter, after so long. */
void letters_take(struct worker *);
enum { LETTERS_LOOK_NS = 1000000 };

#endif
