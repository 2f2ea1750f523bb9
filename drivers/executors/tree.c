/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/tree.h"

#if HAVE_MPI

#include "core/clock.h"

enum tag { TAG_WORD = 1, TAG_READY, TAG_ASK, TAG_TIME, TAG_GATHER = 16 };

/* Round trips for one reading of a clock; the quickest counts. */
enum { ROUND_TRIPS = 12 };

void tree_open(struct tree *t, MPI_Comm comm)
{
    *t = (struct tree){.comm = comm};
    MPI_Comm_rank(comm, &t->rank);
    MPI_Comm_size(comm, &t->size);
    t->parent = t->rank ? t->rank & (t->rank - 1) : -1;
    for (int step = 1; t->rank + step < t->size && !(t->rank & step); step *= 2)
        t->child[t->children++] = t->rank + step;
}

/* -- waiting -------------------------------------------------------------- */

static bool complete(MPI_Request *request)
{
    int done;

    MPI_Test(request, &done, MPI_STATUS_IGNORE);
    return done;
}

void tree_nap(uint64_t *nap_ns, uint64_t waited)
{
    const uint64_t longest_ns = 200000, late = 1000;

    clock_sleep(*nap_ns);
    if (*nap_ns < longest_ns || *nap_ns < waited / late)
        *nap_ns += *nap_ns / 4;
}

/* Looks for spin_ns, then naps. False, and the request stands, if it has not
 * been completed in time. */
static bool park_until(MPI_Request *request, uint64_t spin_ns,
                       uint64_t patience_ns)
{
    uint64_t nap_ns = 2000, began = clock_now(), waited;

    while (!complete(request)) {
        waited = clock_now() - began;
        if (waited > patience_ns)
            return false;
        if (waited >= spin_ns)
            tree_nap(&nap_ns, waited);
    }
    return true;
}

/* What is sent is short, or its receiver waits for it already. */
static void send_to(const struct tree *t, int to, const void *bytes, size_t n,
                    int tag)
{
    MPI_Request request;

    MPI_Isend(bytes, (int)n, MPI_BYTE, to, tag, t->comm, &request);
    park_until(&request, 1000000, UINT64_MAX);
}

/* Gives the request up; it may still be met at the last moment. */
static bool give_up(MPI_Request *request)
{
    MPI_Status status;
    int cancelled;

    MPI_Cancel(request);
    MPI_Wait(request, &status);
    MPI_Test_cancelled(&status, &cancelled);
    return !cancelled;
}

static bool receive_until(const struct tree *t, int from, void *bytes, size_t n,
                          int tag, uint64_t spin_ns, uint64_t patience_ns)
{
    MPI_Request request;

    MPI_Irecv(bytes, (int)n, MPI_BYTE, from, tag, t->comm, &request);
    return park_until(&request, spin_ns, patience_ns) || give_up(&request);
}

static void receive_from(const struct tree *t, int from, void *bytes, size_t n,
                         int tag, uint64_t spin_ns)
{
    receive_until(t, from, bytes, n, tag, spin_ns, UINT64_MAX);
}

/* -- down ----------------------------------------------------------------- */

bool tree_hear(const struct tree *t, void *word, size_t bytes, uint64_t spin_ns,
               uint64_t patience_ns)
{
    if (t->parent >= 0 && !receive_until(t, t->parent, word, bytes, TAG_WORD,
                                         spin_ns, patience_ns))
        return false;
    /* The furthest first: it has the most below it. */
    for (int i = t->children - 1; i >= 0; i--)
        send_to(t, t->child[i], word, bytes, TAG_WORD);
    return true;
}

void tree_bcast(const struct tree *t, void *word, size_t bytes,
                uint64_t spin_ns)
{
    tree_hear(t, word, bytes, spin_ns, UINT64_MAX);
}

bool tree_word_waits(const struct tree *t)
{
    int there = 0;

    if (t->parent >= 0)
        MPI_Iprobe(t->parent, TAG_WORD, t->comm, &there, MPI_STATUS_IGNORE);
    return there;
}

/* -- up ------------------------------------------------------------------- */

int tree_serial_tag(uint32_t serial)
{
    return TAG_GATHER + (int)(serial % 16384);
}

void tree_ready(const struct tree *t, uint64_t spin_ns)
{
    for (int i = 0; i < t->children; i++)
        receive_from(t, t->child[i], NULL, 0, TAG_READY, spin_ns);
    if (t->parent >= 0)
        send_to(t, t->parent, NULL, 0, TAG_READY);
}

/* -- the time ------------------------------------------------------------- */

/* What a parent answers: the root's time, as it knows it. */
struct answer {
    uint64_t root_ns;  /* when it answered */
    uint64_t error_ns; /* right within this */
    uint64_t reach_ns; /* from the root to here */
};

static void answer_child(const struct tree *t, int child,
                         const struct drift *drift)
{
    struct answer answer = {.reach_ns = t->reach_ns};

    for (int i = 0; i < ROUND_TRIPS; i++) {
        uint64_t now;

        receive_from(t, child, NULL, 0, TAG_ASK, 1000000);
        now = clock_now();
        answer.root_ns = drift_to_root(drift, now);
        answer.error_ns = drift_error(drift, now);
        send_to(t, child, &answer, sizeof answer, TAG_TIME);
    }
}

static struct reading ask_parent(struct tree *t)
{
    struct reading best = {.error = UINT64_MAX};
    struct answer answer;

    for (int i = 0; i < ROUND_TRIPS; i++) {
        uint64_t asked = clock_now(), half;

        send_to(t, t->parent, NULL, 0, TAG_ASK);
        receive_from(t, t->parent, &answer, sizeof answer, TAG_TIME, 1000000);
        half = (clock_now() - asked) / 2;
        if (half + answer.error_ns >= best.error)
            continue;
        best.local = asked + half;
        best.offset = (int64_t)(answer.root_ns - best.local);
        best.error = half + answer.error_ns;
        t->reach_ns = answer.reach_ns + half;
    }
    return best;
}

bool tree_clock(struct tree *t, struct drift *drift)
{
    bool jumped = false;

    if (t->parent >= 0) {
        struct reading reading = ask_parent(t);

        jumped = drift_learn(drift, &reading);
    }
    for (int i = t->children - 1; i >= 0; i--)
        answer_child(t, t->child[i], drift);
    return jumped;
}
#endif
