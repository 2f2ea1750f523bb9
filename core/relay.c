/* SPDX-License-Identifier: Apache-2.0 */
#include "core/relay.h"

/* In a tree numbered from its root the parent of i lacks the lowest bit of i,
 * and its children have one more bit, below that: the largest subtree first. */
static void find_kin(struct relay *r, int root, int tag)
{
    struct worker *w = r->worker;
    int me = (w->rank - root + w->size) % w->size, bit = 1;

    while (bit < w->size && !(me & bit))
        bit *= 2;
    if (me)
        r->in = (struct transfer){.peer = (me - bit + root) % w->size,
                                  .tag = tag,
                                  .bytes = r->bytes,
                                  .in = r->buf};
    for (bit /= 2; bit >= 1; bit /= 2) {
        if (me + bit < w->size)
            r->out[r->children++] =
                (struct transfer){.peer = (me + bit + root) % w->size,
                                  .tag = tag,
                                  .bytes = r->bytes,
                                  .out = r->buf};
    }
}

/* One child after the other, each at full speed: so the largest subtree has
 * passed much of it on when the smallest begins. */
static void send_next(struct relay *r)
{
    worker_begin(r->worker, &r->out[r->begun++], 1);
}

static bool has_come(struct relay *r)
{
    if (!r->come)
        r->come = worker_done(r->worker, &r->in, 1);
    return r->come;
}

void relay_begin(struct relay *r, struct worker *w, void *buf, size_t bytes,
                 int root, int tag)
{
    *r = (struct relay){.worker = w, .buf = buf, .bytes = bytes};
    find_kin(r, root, tag);
    r->come = !r->in.in;
    if (!r->come)
        worker_begin(w, &r->in, 1);
    relay_drive(r);
}

bool relay_drive(struct relay *r)
{
    if (!has_come(r))
        return false;
    if (r->begun < r->children &&
        (!r->begun || worker_done(r->worker, &r->out[r->begun - 1], 1)))
        send_next(r);
    return true;
}

bool relay_over(struct relay *r)
{
    return relay_drive(r) && r->begun == r->children &&
           (!r->children ||
            worker_done(r->worker, &r->out[r->children - 1], 1));
}
