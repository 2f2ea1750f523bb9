/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crew: workers that read each other's arenas, and how they wait for each
 * other. It needs nothing but the arenas, wherever they lie: in one process, in
 * forked ones, or in the window of MPI ranks. What a worker writes for others
 * to see, its berth, stands in its own arena, on memory of its own node, so
 * addresses are never passed on: only offsets into the arena are.
 *
 * Waiting is on marks, words that one worker sets and others look at. Who has
 * looked for long sleeps on the word, which its lowest bit says; only then does
 * whoever sets it make a system call. In a crowded team, of more workers than
 * cores, looking is no use: waiters give up the core a few times, then sleep.
 *
 * Meeting, which is the barrier, has two forms.
 *
 * One worker a core: in rounds, as a tournament without losers. In the first
 * the workers of a block of RADIX await each other, all with all; then each
 * awaits one of every other block of RADIX blocks, and so on. With radix 2 this
 * is E. Brooks's butterfly barrier (Int. J. Parallel Programming 15, 1986); a
 * block that is short, as where the size is no power of the radix, is heard by
 * several instead of one. D. Hensgen, R. Finkel, U. Manber ("Two algorithms for
 * barrier synchronization", the same 17, 1988) reach any size by turning round
 * a ring; but there what is said arrives twice, and sums would be wrong. A
 * larger radix has fewer rounds, each as long as the misses of one line by one
 * core, which overlap: T. Hoefler et al. ("A practically constant-time MPI
 * barrier algorithm for InfiniBand networks", 2006) name it n-way. All words
 * are counted up, never reset (J. Mellor-Crummey, M. Scott, "Algorithms for
 * scalable synchronization on shared-memory multiprocessors", ACM TOCS 9, 1991,
 * turn their sense).
 *
 * Crowded: a counter, and a word that the last one sets. It has the fewest
 * changes of context: each waits once, whatever the size.
 *
 * With its mark a worker says a few bytes, in the same cache line or the next.
 * These lines are used in turns: what is written for meeting i is left alone
 * until i + 2, and nobody is there who has not left i. So what is said can be
 * read after a meeting without a second one, and small sums, which are formed
 * on the way from round to round (M. Ruefenacht, M. Bull, S. Booth,
 * "Generalisation of recursive doubling for AllReduce", Parallel Computing 69,
 * 2017), are a single meeting. All members of a block have added up the same
 * numbers in the order of their ranks, hence the same bits.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_CREW_H
#define DRIVE_DRIVERS_EXECUTORS_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/worker.h"
#include "drivers/board.h"

enum {
    RADIX = 8,
    ROUNDS = 5,      /* RADIX to that power: how many may be in a crew */
    ROOM = LINE - 8, /* bytes that are said along with a mark */
    NUMBERS = ROOM / 8,
    CHANNELS = 8, /* peers that one can exchange with by turns without
                     asking whether they have read */
};

union room {
    char byte[ROOM];
    double number[NUMBERS];
    uint64_t offset; /* in the arena: of more than there is room for */
};

struct line {
    _Alignas(LINE) _Atomic uint32_t mark;
    union room room;
};

/* What one worker writes and others read; zeroed in the beginning. */
struct berth {
    struct line meeting[2][ROUNDS];   /* by turns */
    struct line channel[CHANNELS][2]; /* exchanges, likewise */
    union room letter[TRANSFERS_MAX];
    _Alignas(LINE) _Atomic uint64_t to[TRANSFERS_MAX]; /* letters.c */
    _Alignas(LINE) _Atomic uint32_t asleep; /* awaiting letters, or their
                                               being taken */
    /* Of the first worker, for all; where they are crowded. */
    _Alignas(LINE) _Atomic uint32_t arrived;
    _Alignas(LINE) _Atomic uint32_t left;
    _Alignas(LINE) _Atomic uint32_t heard[]; /* exchanges that were read, by
                                                peer */
};

/* What one worker knows of another, or of itself. */
struct mate {
    char *base; /* its arena, as seen from here */
    struct berth *berth;
    uint32_t exchanges; /* with it so far */
    uint32_t written;   /* letters to it so far */
};

/* A transfer's inward half, while it is under way. */
struct incoming {
    void *in; /* NULL: none */
    size_t bytes;
    int peer;
    int tag;
    bool taken;
};

/* A worker's view of its crew: what stands behind worker->impl. */
struct member {
    uint32_t meetings;   /* so far */
    int whole;           /* workers of the whole team */
    int rank;            /* of the worker, in this crew */
    int expected;        /* inward transfers whose letter was not taken yet */
    int expected_in_all; /* likewise, in all crews of the worker; the team's */
    int *expects;        /* that */
    struct member *next; /* the worker in another crew, in a ring */
    struct {
        int peer; /* + 1; 0: none yet */
        uint32_t number;
    } used[CHANNELS][2]; /* what stands in my channels */
    struct incoming incoming[TRANSFERS_MAX];
    int outgoing;       /* letters under way that are more than their room */
    struct mate mate[]; /* [whole]; those of the crew by rank */
};

/* Takes what a member of a crew needs from the worker's arena: the same on all
 * workers, and of the same size whatever part of `whole` the crew is. Only its
 * own mate[w->rank].berth is set. NULL: EXIT_RESOURCE. */
struct member *crew_member(struct worker *, int whole, struct err *);

static inline struct member *member_of(const struct worker *w)
{
    return w->impl;
}

/* -- marks --------------------------------------------------------------- */

/* Sets a mark to a number, of which 31 bits count, and wakes who sleeps on it.
 * What was written before is seen by who finds it so. */
void mark_set(_Atomic uint32_t *mark, uint32_t number);

/* Returns once the mark is the number. */
void mark_await(_Atomic uint32_t *mark, uint32_t number, bool crowded);

/* One look more at what is awaited: `looks` counts them, from 0. False: it is
 * time to sleep. */
bool still_awake(unsigned *looks, bool crowded);

/* -- meeting ------------------------------------------------------------- */

/* Returns once the mark of somebody else's is the number. Takes letters
 * meanwhile: who wrote them may have to be rid of them before it comes. */
void crew_await(struct worker *, _Atomic uint32_t *mark, uint32_t number,
                bool crowded);

/* Returns when all workers of the crew have come, each with up to ROOM bytes to
 * say. What all did before is seen by all after. */
void crew_meet(struct worker *, const void *say, size_t bytes);

/* What the worker of that rank said in the last meeting; until the next one
 * but one of ours begins. */
const union room *crew_said(const struct worker *, int rank);

/* Meets, and leaves in x[n], n <= NUMBERS, what all have there reduced. */
void crew_reduce(struct worker *, double *x, size_t n, enum reduce_op);

/* For more than there is room for: the offset is said, the address read. What
 * a kernel hands over must lie in its arena. */
void crew_meet_at(struct worker *, const void *at);
char *crew_said_at(const struct worker *, int rank);
uint64_t crew_offset(const struct worker *, const void *at);

/* into[n] becomes from[n] reduced with what it was. */
void crew_add(double *restrict into, const double *restrict from, size_t n,
              enum reduce_op);

#endif
