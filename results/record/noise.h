/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The noise floor of a host: how far apart one executor seems to be from
 * itself when it runs under several labels (an A/A control). It is kept in a
 * small file, results/aa-HOST.json, where later runs find it: a margin below
 * it would call noise a difference.
 *
 * Kernels differ in how noisy they are, and numbers of workers do, so the file
 * keeps the last floor of each kernel, number of workers and executor side by
 * side: one JSON object, {"t": "aa", "v": 2, "host": ..., "floors": [...]},
 * with the fields of struct noise by name. It is replaced as a whole or not at
 * all. Version 1 had one floor, its fields beside "host"; it is read.
 */
#ifndef DRIVE_RESULTS_RECORD_NOISE_H
#define DRIVE_RESULTS_RECORD_NOISE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/study.h"
#include "results/verdict/verdict.h"

enum { NOISE_VERSION = 2, NOISE_PATH = 512, NOISE_KEPT = 32 };

/* Ratios less one, 0.01 = 1 %. */
struct noise {
    char host[256], time[32]; /* where, when: "2026-09-28T14:12:03+0200" */
    char executor[32], kernel[64], problem[PROBLEM_TEXT];
    int workers, labels, blocks;
    double floor; /* no two labels are further apart, at 95 % confidence: the
                     farthest end of the intervals of all pairs */
    double half_width; /* of the widest of these */
    double largest;    /* the apparent difference of the pair named here */
    double low, high;  /* its interval */
    char pair[64];     /* "A3 v A1" */
};

struct noises {
    struct noise floor[NOISE_KEPT]; /* the oldest first */
    int n;
};

/* Above this it is no floor: where nothing can be told apart, a margin as
 * large would only make everything equal. */
#define NOISE_FLOOR_MAX 0.1

/* Fills what follows from an A/A control: all but host, time and executor.
 * Fails with EXIT_IMPRECISE when a pair has no interval, for want of blocks,
 * or when the labels are further apart than NOISE_FLOOR_MAX. */
int noise_measure(const struct comparison *, const struct judgement *,
                  struct noise *, struct err *);

/* "results/aa-HOST.json", the host up to its first dot. */
char *noise_path(const char *host, char *out, size_t size);

/* Fills the time, and writes the file of that name with what it had before,
 * less what this one replaces and, of more than NOISE_KEPT, the oldest; a file
 * that is no noise floor of this host is written anew. Its folder is made when
 * it is missing. Fails with EXIT_USAGE where it cannot be made, EXIT_RESOURCE
 * when it cannot be written. */
int noise_write(const char *path, struct noise *, struct err *);

/* The floors of this host; none, n = 0, without a file. One that is not what
 * noise_write() writes, or of another host, fails with EXIT_USAGE. */
int noise_read(const char *path, const char *host, struct noises *,
               struct err *);

/* The largest floor of this kernel with as many workers; where there is none,
 * of this kernel; else of all, as one noise is the best guess at another's.
 * kernel NULL, workers 0: any. NULL: there is none at all. */
const struct noise *noise_find(const struct noises *, const char *kernel,
                               int workers);

/* Raises *margin to the floor of this host for a kernel, as noise_find() has
 * it, where that is larger, and says so in note: "margin raised from 0.5 %
 * to ..."; "" otherwise, also when it fails as noise_read() does. */
int noise_raise(const char *host, const char *kernel, int workers,
                double *margin, char *note, size_t size, struct err *);

#endif
