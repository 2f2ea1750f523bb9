/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages from worker to worker, where workers are threads of MPI ranks. To
 * one in the same process goes a letter: it says where the data stand, and who
 * receives copies them. To one elsewhere goes a parcel: its desk asks for it,
 * and the first thread of the process, the only one that calls MPI
 * (MPI_THREAD_FUNNELED), sends or receives it from and to where the data are.
 *
 * That thread looks at the desks of all whenever it is in a verb, so a parcel
 * of another thread's waits while the first one computes. It cannot wait for
 * ever: behind each call of the kernel's the first thread serves until the
 * others have returned from theirs.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_HYBRID_POST_H
#define DRIVE_DRIVERS_EXECUTORS_HYBRID_POST_H

#if HAVE_MPI
#include <mpi.h>
#include <stdatomic.h>

#include "core/err.h"
#include "core/worker.h"
#include "drivers/board.h"

/* Tags that the verbs use beside those of the kernel's transfers. */
enum { EXCHANGE_TAG = TAG_MAX + 1, INNER_TAG, TAGS };

/* A verb has up to two messages of its own, beside transfers under way. */
enum { LETTERS = TRANSFERS_MAX + 2, PARCELS = 2 * LETTERS };

struct letter {
    const void *at;
    int tag;
    _Atomic uint32_t to; /* thread + 1, or 0: it was taken */
};

/* A letter that is awaited; the receiver's own. */
struct awaited {
    void *in; /* NULL: it came, or none is awaited */
    size_t bytes;
    int tag;
    struct desk *from;
};

enum parcel_state { PARCEL_NONE, PARCEL_ASKED, PARCEL_UNDER_WAY, PARCEL_DONE };

struct parcel {
    void *data;
    size_t bytes;
    int rank, tag; /* as MPI knows them */
    bool sent;     /* else received */
    MPI_Request request;
    _Atomic uint32_t state;
};

/* One worker's place in the office. */
struct desk {
    _Alignas(LINE) _Atomic uint32_t bell; /* rung when there is news for it */
    _Atomic uint32_t asleep;
    _Atomic uint32_t open;  /* parcels that are not PARCEL_NONE */
    _Atomic uint32_t rests; /* how often it came to rest */
    void *at;               /* in a collective verb: its data */
    struct letter letter[LETTERS];
    struct awaited awaited[LETTERS];
    struct parcel parcel[PARCELS];
};

enum { SMALL = 4096 }; /* bytes that a collective verb copies once more */

/* What the workers of one process share. */
struct office {
    MPI_Comm comm; /* one rank a process */
    int rank, ranks;
    int *first;    /* [ranks + 1]: first worker of each rank, then how many */
    int *home;     /* [workers]: rank of each */
    int *identity; /* [workers]: 0, 1, 2, ... */
    int *count;    /* [2 * ranks]: for calls of MPI that want a table */
    int threads;   /* of this rank */
    int most;      /* threads of the largest rank */
    unsigned spins;
    bool yields; /* some rank's threads outnumber their places */
    char *arenas;
    size_t arena_bytes, bytes;

    /* Of collective verbs. */
    _Alignas(LINE) _Atomic uint32_t arrived; /* all but the first thread */
    _Alignas(LINE) _Atomic uint32_t generation;
    _Atomic uint32_t sleepers;
    void *source; /* where the result stands */
    double small[SMALL / sizeof(double)];

    struct desk desk[];
};

/* What stands behind worker->impl. */
struct member {
    struct office *office;
    int thread;
    const int *task; /* of each of the workers: their numbers in the team */
};

/* The office of this process, whose workers stand on the board from `first` on,
 * and their arenas; collective. The communicator is the caller's. Fails with
 * EXIT_RESOURCE; with EXIT_ABSENT where MPI has too few tags for so many
 * threads a rank. */
int office_open(struct office **, const struct board *, int first, MPI_Comm,
                struct err *);
void office_close(struct office *); /* NULL-safe */

/* The first thread: moves all parcels on; says whether some are under way. */
bool office_serve(struct office *);

/* Waits a little, or until the desk's bell does not stand at `heard` any more;
 * `turns` counts the calls, and is 0 at the first. The first thread serves
 * meanwhile. */
void office_wait(struct office *, int thread, uint32_t heard, unsigned *turns);
void desk_ring(struct desk *);

/* Takes all letters that are there, whatever is waited for: who wrote them may
 * wait, too. Says whether more are awaited. */
bool post_take(const struct member *);

/* How long one sleeps that nobody would wake: MPI moves on only while somebody
 * calls it, and letters do not wake who waits for its process. */
enum { LOOK_NS = 1000000 };

/* As in worker_ops. */
void post_begin(struct worker *, struct transfer *, int count);
bool post_done(struct worker *, struct transfer *, int count);
void post_end(struct worker *, struct transfer *, int count);
void post_some(struct worker *, struct transfer *const transfer[], int count,
               bool wait);

/* Those of worker_ops that work on any part, the whole team too. */
void hybrid_exchange(struct worker *, int peer, const void *out, void *in,
                     size_t bytes);
void hybrid_alltoall(struct worker *, const void *out, void *in,
                     size_t bytes_each);
void *hybrid_peer(struct worker *, int peer, void *mine);
int hybrid_split(struct worker *, int colour, struct worker **sub,
                 struct err *);

static inline double hybrid_reduced(double a, double b, enum reduce_op op)
{
    if (op == REDUCE_SUM)
        return a + b;
    return a > b ? a : b;
}

/* All verbs of the team (hybrid_verbs.c). */
extern const struct worker_ops hybrid_ops;

/* The worker's impl, in its arena. */
int hybrid_join(struct worker *, struct office *, int thread, struct err *);
#endif

#endif
