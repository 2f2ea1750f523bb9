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

static void pass_on(struct relay *r)
{
    worker_begin(r->worker, r->out, r->children);
    r->passed_on = true;
}

void relay_begin(struct relay *r, struct worker *w, void *buf, size_t bytes,
                 int root, int tag)
{
    *r = (struct relay){.worker = w, .buf = buf, .bytes = bytes};
    find_kin(r, root, tag);
    if (r->in.in)
        worker_begin(w, &r->in, 1);
    else
        pass_on(r);
}

bool relay_drive(struct relay *r)
{
    if (!r->passed_on && worker_done(r->worker, &r->in, 1))
        pass_on(r);
    return r->passed_on;
}

void relay_await(struct relay *r)
{
    if (r->passed_on)
        return;
    worker_end(r->worker, &r->in, 1);
    pass_on(r);
}

void relay_end(struct relay *r)
{
    relay_await(r);
    worker_end(r->worker, r->out, r->children);
}
