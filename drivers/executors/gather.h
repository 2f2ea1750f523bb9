/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every rank of a tree (drivers/executors/tree.h) reports, on its way to
 * rank 0. It travels in frames, each of use by itself. A rank puts those from
 * behind into a piece beside its own. While pieces are small they go from
 * parent to parent, for rank 0 could not take a message of everybody; one that
 * has become large goes straight to rank 0, for it keeps rank 0's link busy
 * longer than its processor, and the parent is told only how many ranks were in
 * it. So a rank holds two pieces, whatever there is behind it, and no byte
 * waits in line behind others' but at rank 0, who takes a few at once.
 *
 *     gather_begin(&g, serial, see, arg);
 *     bytes = gather_place(&g, n, true);   ... its own, which see() does not
 * see gather_take(&g, UINT64_MAX);         ... see() for each frame from behind
 *     gather_end(&g);
 *
 * Takes O(log size) steps, and the time that all bytes take on rank 0's link.
 * Frames of one rank come in their order, those of several in any.
 */
#ifndef DRIVE_DRIVERS_EXECUTORS_GATHER_H
#define DRIVE_DRIVERS_EXECUTORS_GATHER_H

#include "drivers/executors/tree.h"

#if HAVE_MPI

enum {
    GATHER_PIECE = 131072,            /* bytes, frames' heads included */
    GATHER_LARGE = GATHER_PIECE / 2,  /* goes straight to rank 0 */
    GATHER_FRAME = GATHER_PIECE - 64, /* the longest */
    GATHER_PIECES = 2,                /* of a rank */
    GATHER_ROOT_PIECES = 8,           /* of rank 0 */
    GATHER_FLIGHT = 16                /* messages on their way here at once */
};

/* Bytes of a rank behind, which are valid during the call alone. At rank 0, all
 * of them; elsewhere, those that come by. `bytes` is aligned to 8. */
typedef void gather_see(void *arg, const void *bytes, size_t n);

struct gather {
    const struct tree *tree;
    int tag;
    gather_see *see;
    void *arg;
    uint64_t patience_ns; /* how long to wait for who takes; begins: for ever */
    bool trouble; /* to be set by who sees one; ranks ahead get to know */
    int owed[TREE_CHILDREN]; /* ranks of a child whose end is not known */
    int due;                 /* all of them */
    int past;                /* ends that went straight to rank 0 */
    unsigned char *told;     /* rank 0: [size] what is known of its end */
    int untold;              /* rank 0: of how many nothing is */
    size_t held;             /* the most that pieces have held at once */
    struct piece {
        char *bytes;
        size_t n;
        int ends;    /* ranks whose end is in it */
        int coming;  /* messages that are not here yet */
        bool closed; /* nothing more is put into it */
        int to;      /* when closed */
        MPI_Request leaving;
    } piece[GATHER_ROOT_PIECES];
    int pieces, filling;
    struct flight {
        struct piece *piece;
        char *bytes;
        size_t n;
        int from;
        MPI_Request request;
    } flight[GATHER_FLIGHT]; /* on their way here, a ring */
    int first, flights;
};

int gather_open(struct gather *, const struct tree *, struct err *);
void gather_close(struct gather *); /* NULL-safe; what it owns */

/* The serials tell gatherings apart. */
void gather_begin(struct gather *, uint32_t serial, gather_see *, void *arg);

/* Room for n bytes, at most GATHER_FRAME, of the rank's own, aligned to 8, to
 * be filled in before the next call; `last` must be said once. NULL if nobody
 * takes anything for so long as there is patience. */
void *gather_place(struct gather *, size_t n, bool last);

/* Takes what comes and passes it on; false if not all has come and nothing more
 * comes for turn_ns. */
bool gather_take(struct gather *, uint64_t turn_ns);

/* Gives up who has not come, and hands on the rest. False if nobody takes it
 * for so long as there is patience. A parent that has gone on to the next word
 * has given this rank up: that is no failure, and the report is lost. */
bool gather_end(struct gather *);

/* Rank 0, after gather_end(): the lowest rank whose last frame has not come,
 * though some of its others may have; -1: none. */
int gather_lost(const struct gather *);
#endif

#endif
