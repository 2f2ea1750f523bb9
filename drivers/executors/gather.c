/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/gather.h"

#if HAVE_MPI
#include <stdlib.h>

#include "core/clock.h"

/* Stands before each frame's bytes, which fill up to the next multiple of 8. */
struct frame {
    uint32_t bytes;
    int32_t rank;
    int32_t ends; /* ranks whose end it tells */
    enum {
        FRAME_PART,
        FRAME_LAST,    /* of that rank */
        FRAME_PAST,    /* their last went straight to rank 0 */
        FRAME_TROUBLE, /* the same, and somebody there has seen one */
        FRAME_LOST     /* given up: those at and behind `rank` that are due */
    } what;
};

/* Of a rank's last frame: it was given up, or is here. */
enum told { TOLD_NOTHING, TOLD_LOST, TOLD_HERE };

static size_t whole(size_t bytes)
{
    return sizeof(struct frame) + (bytes + 7) / 8 * 8;
}
_Static_assert(GATHER_FRAME % 8 == 0 && sizeof(struct frame) % 8 == 0 &&
                   sizeof(struct frame) + GATHER_FRAME <= GATHER_PIECE,
               "the longest frame fits into a piece");

static bool is_root(const struct gather *g)
{
    return g->tree->parent < 0;
}

/* How many ranks there are at and behind it. */
static int extent(const struct tree *t, int rank)
{
    int step = rank ? rank & -rank : t->size;

    return step < t->size - rank ? step : t->size - rank;
}

/* -- life -------------------------------------------------------------------
 */

int gather_open(struct gather *g, const struct tree *tree, struct err *err)
{
    bool right = true;

    *g = (struct gather){.tree = tree};
    g->pieces = is_root(g) ? GATHER_ROOT_PIECES : GATHER_PIECES;
    for (int i = 0; i < g->pieces; i++) {
        g->piece[i].bytes = malloc(GATHER_PIECE);
        right = right && g->piece[i].bytes;
    }
    if (is_root(g)) {
        g->told = malloc((size_t)tree->size * sizeof *g->told);
        right = right && g->told;
    }
    if (right)
        return 0;
    gather_close(g);
    return err_set(err, EXIT_RESOURCE, "no memory for what nodes report");
}

void gather_close(struct gather *g)
{
    if (!g)
        return;
    for (int i = 0; i < g->pieces; i++)
        free(g->piece[i].bytes);
    free(g->told);
}

void gather_begin(struct gather *g, uint32_t serial, gather_see *see, void *arg)
{
    const struct tree *t = g->tree;

    g->tag = tree_serial_tag(serial);
    g->see = see;
    g->arg = arg;
    g->patience_ns = UINT64_MAX;
    for (int i = 0; i < t->children; i++)
        g->owed[i] = extent(t, t->child[i]);
    g->due = extent(t, t->rank) - 1;
    g->past = g->filling = g->first = g->flights = 0;
    g->held = 0;
    g->trouble = false;
    for (int i = 0; i < g->pieces; i++)
        g->piece[i] = (struct piece){.bytes = g->piece[i].bytes,
                                     .leaving = MPI_REQUEST_NULL};
    g->untold = is_root(g) ? t->size : 0;
    for (int i = 0; i < g->untold; i++)
        g->told[i] = TOLD_NOTHING;
}

/* -- pieces -----------------------------------------------------------------
 */

static void close_piece(const struct gather *g, struct piece *piece, bool full)
{
    piece->closed = true;
    piece->to = full || piece->n >= GATHER_LARGE ? 0 : g->tree->parent;
}

/* Where n bytes more find room, or NULL while no piece has any. */
static struct piece *with_room(struct gather *g, size_t n)
{
    struct piece *piece = &g->piece[g->filling];
    int next = (g->filling + 1) % g->pieces;

    if (!piece->closed && piece->n + n <= GATHER_PIECE)
        return piece;
    if (!piece->closed)
        close_piece(g, piece, true);
    if (g->piece[next].n)
        return NULL;
    g->filling = next;
    return &g->piece[next];
}

static char *enlarge(struct gather *g, struct piece *piece, size_t n)
{
    char *at = piece->bytes + piece->n;
    size_t held = 0;

    piece->n += n;
    for (int i = 0; i < g->pieces; i++)
        held += g->piece[i].n;
    if (held > g->held)
        g->held = held;
    return at;
}

/* Sends it when all of it is here. Whether it has been freed. */
static bool ship_piece(struct gather *g, struct piece *piece)
{
    const struct tree *t = g->tree;
    int gone = 1;

    if (!piece->closed || piece->coming || !piece->n)
        return false;
    if (!is_root(g)) {
        if (piece->leaving == MPI_REQUEST_NULL)
            MPI_Isend(piece->bytes, (int)piece->n, MPI_BYTE, piece->to, g->tag,
                      t->comm, &piece->leaving);
        MPI_Test(&piece->leaving, &gone, MPI_STATUS_IGNORE);
    }
    if (!gone)
        return false;
    if (piece->to != t->parent)
        g->past += piece->ends;
    piece->n = 0;
    piece->ends = 0;
    piece->closed = false;
    return true;
}

static bool ship(struct gather *g)
{
    bool moved = false;

    for (int i = 0; i < g->pieces; i++)
        moved = ship_piece(g, &g->piece[i]) || moved;
    return moved;
}

static bool empty(const struct gather *g)
{
    bool empty = true;

    for (int i = 0; i < g->pieces; i++)
        empty = empty && !g->piece[i].n;
    return empty;
}

/* -- from behind ------------------------------------------------------------
 */

/* Rank 0: n ranks of which there is nothing more to come. One that was given up
 * may come yet, straight from where it is, and counts once. */
static void tell(struct gather *g, int rank, int n, enum told told)
{
    for (int i = rank; i < rank + n; i++) {
        g->untold -= g->told[i] == TOLD_NOTHING;
        if (g->told[i] < told)
            g->told[i] = told;
    }
}

static void see_frame(struct gather *g, const struct frame *frame)
{
    if (g->told && frame->what == FRAME_LAST)
        tell(g, frame->rank, 1, TOLD_HERE);
    if (g->told && frame->what == FRAME_LOST)
        tell(g, frame->rank, extent(g->tree, frame->rank), TOLD_LOST);
    g->trouble = g->trouble || frame->what == FRAME_TROUBLE;
    if (frame->bytes)
        g->see(g->arg, frame + 1, frame->bytes);
}

/* From a child; others send to rank 0 alone, who hears of them twice. */
static void settle(struct gather *g, int from, int ends)
{
    for (int i = 0; i < g->tree->children; i++) {
        if (g->tree->child[i] == from) {
            g->owed[i] -= ends;
            g->due -= ends;
        }
    }
}

static void see_message(struct gather *g, const struct flight *flight)
{
    const char *bytes = flight->bytes, *end = bytes + flight->n;
    int ends = 0;

    while (bytes < end) {
        const struct frame *frame = (const struct frame *)bytes;

        see_frame(g, frame);
        ends += frame->ends;
        bytes += whole(frame->bytes);
    }
    settle(g, flight->from, ends);
    flight->piece->ends += ends;
    flight->piece->coming--;
}

/* The first message that is on its way: in turn, so that the frames of a rank
 * stay in their order. */
static bool land(struct gather *g)
{
    struct flight *flight = &g->flight[g->first];
    int there;

    if (!g->flights)
        return false;
    MPI_Test(&flight->request, &there, MPI_STATUS_IGNORE);
    if (!there)
        return false;
    g->first = (g->first + 1) % GATHER_FLIGHT;
    g->flights--;
    see_message(g, flight);
    return true;
}

/* A message of whoever has one, behind what the piece holds: its length is
 * asked of the message itself. */
static bool fetch(struct gather *g)
{
    struct flight *flight = &g->flight[(g->first + g->flights) % GATHER_FLIGHT];
    MPI_Comm comm = g->tree->comm;
    struct piece *piece;
    MPI_Status status;
    int there, n;

    if (g->flights == GATHER_FLIGHT)
        return false;
    MPI_Iprobe(MPI_ANY_SOURCE, g->tag, comm, &there, &status);
    if (!there)
        return false;
    MPI_Get_count(&status, MPI_BYTE, &n);
    piece = with_room(g, (size_t)n);
    if (!piece)
        return false;
    piece->coming++;
    g->flights++;
    *flight = (struct flight){piece, enlarge(g, piece, (size_t)n), (size_t)n,
                              status.MPI_SOURCE, MPI_REQUEST_NULL};
    MPI_Irecv(flight->bytes, n, MPI_BYTE, flight->from, g->tag, comm,
              &flight->request);
    return true;
}

/* -- waiting ----------------------------------------------------------------
 */

/* Since when nothing has moved. */
struct lull {
    uint64_t began, nap_ns;
};

static struct lull lull_begin(void)
{
    return (struct lull){clock_now(), 2000};
}

/* False when it has been so long. Looks for 50 us, then sleeps in between. */
static bool lull_wait(struct lull *lull, bool moved, uint64_t patience_ns)
{
    const uint64_t spin_ns = 50000;
    uint64_t waited;

    if (moved) {
        *lull = lull_begin();
        return true;
    }
    waited = clock_now() - lull->began;
    if (waited > patience_ns)
        return false;
    if (waited >= spin_ns)
        tree_nap(&lull->nap_ns, waited);
    return true;
}

/* -- steps ------------------------------------------------------------------
 */

static struct frame *place_frame(struct gather *g, size_t n,
                                 const struct frame *head)
{
    struct lull lull = lull_begin();
    struct piece *piece;
    struct frame *frame;

    while (!(piece = with_room(g, whole(n)))) {
        if (!lull_wait(&lull, ship(g), g->patience_ns))
            return NULL;
    }
    frame = (struct frame *)enlarge(g, piece, whole(n));
    *frame = *head;
    frame->bytes = (uint32_t)n;
    piece->ends += frame->ends;
    return frame;
}

void *gather_place(struct gather *g, size_t n, bool last)
{
    struct frame head = {.rank = g->tree->rank,
                         .ends = last,
                         .what = last ? FRAME_LAST : FRAME_PART};
    struct frame *frame = place_frame(g, n, &head);

    if (g->told && last)
        tell(g, 0, 1, TOLD_HERE);
    return frame ? frame + 1 : NULL;
}

bool gather_take(struct gather *g, uint64_t turn_ns)
{
    struct lull lull = lull_begin();

    while (g->due || g->untold) {
        bool moved = land(g);

        moved = ship(g) || moved;
        moved = fetch(g) || moved;
        if (!lull_wait(&lull, moved, turn_ns))
            return false;
    }
    return true;
}

/* Who has not come. */
static bool give_up(struct gather *g)
{
    for (int i = 0; i < g->tree->children && !is_root(g); i++) {
        struct frame head = {
            .rank = g->tree->child[i], .ends = g->owed[i], .what = FRAME_LOST};

        if (g->owed[i] && !place_frame(g, 0, &head))
            return false;
    }
    return true;
}

/* What is left, to the parent; if that is much, to rank 0, and to the parent
 * only how many went there. */
static bool close_last(struct gather *g)
{
    struct frame head = {.rank = g->tree->rank,
                         .what = g->trouble ? FRAME_TROUBLE : FRAME_PAST};
    struct piece *last = &g->piece[g->filling];
    struct frame *frame;

    if (g->tree->parent <= 0) {
        close_piece(g, last, false);
        return true;
    }
    if (last->n >= GATHER_LARGE)
        close_piece(g, last, true);
    frame = place_frame(g, 0, &head);
    if (!frame)
        return false;
    last = &g->piece[g->filling];
    frame->ends = g->past;
    for (int i = 0; i < g->pieces; i++) {
        if (&g->piece[i] != last)
            frame->ends += g->piece[i].ends;
    }
    last->closed = true;
    last->to = g->tree->parent;
    return true;
}

/* The parent is elsewhere. What was sent may yet be met, so that its memory and
 * its request stay as they are, and are forgotten. */
static bool desert(struct gather *g)
{
    bool right = true;

    for (int i = 0; i < g->pieces; i++) {
        struct piece *piece = &g->piece[i];

        if (piece->leaving == MPI_REQUEST_NULL)
            continue;
        piece->leaving = MPI_REQUEST_NULL;
        piece->bytes = malloc(GATHER_PIECE);
        right = right && piece->bytes;
    }
    return right;
}

/* What is closed leaves. */
static bool hand_on(struct gather *g)
{
    const uint64_t late_ns = 1000000000;
    struct lull lull = lull_begin();

    while (!empty(g)) {
        if (!lull_wait(&lull, ship(g), g->patience_ns))
            return false;
        if (clock_now() - lull.began > late_ns && tree_word_waits(g->tree))
            return desert(g);
    }
    return true;
}

bool gather_end(struct gather *g)
{
    /* Their senders are there. */
    while (g->flights)
        land(g);
    return give_up(g) && close_last(g) && hand_on(g);
}

int gather_lost(const struct gather *g)
{
    for (int i = 0; i < g->tree->size; i++) {
        if (g->told[i] != TOLD_HERE)
            return i;
    }
    return -1;
}
#endif
