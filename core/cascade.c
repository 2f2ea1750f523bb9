/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cascade.h"

static int member(const struct cascade_line *line, int i)
{
    return line->first + i % line->size * line->step;
}

/* In a tree numbered from its root the parent of i lacks the lowest bit of i,
 * and its children have one more bit, below that: the largest subtree first. */
static void find_kin(struct cascade *c, const struct cascade_line *line,
                     int root, int tag)
{
    int size = line->size, bit = 1;
    int at = (c->worker->rank - line->first) / line->step;
    int me = (at - root + size) % size;

    while (bit < size && !(me & bit))
        bit *= 2;
    if (me)
        c->in = (struct transfer){.peer = member(line, me - bit + root),
                                  .tag = tag,
                                  .bytes = c->bytes,
                                  .in = c->buf};
    for (bit /= 2; bit >= 1; bit /= 2) {
        if (me + bit < size)
            c->out[c->children++] =
                (struct transfer){.peer = member(line, me + bit + root),
                                  .tag = tag,
                                  .bytes = c->bytes,
                                  .out = c->buf};
    }
}

void cascade_begin(struct cascade *c, struct worker *w,
                   const struct cascade_line *line, void *buf, size_t bytes,
                   int root, int tag)
{
    *c = (struct cascade){.worker = w, .buf = buf, .bytes = bytes};
    find_kin(c, line, root, tag);
    if (c->in.in)
        worker_begin(w, &c->in, 1);
    cascade_drive(c);
}

struct transfer *cascade_pending(struct cascade *c)
{
    if (!cascade_has_come(c))
        return &c->in;
    if (c->begun && !c->out[c->begun - 1].ended)
        return &c->out[c->begun - 1];
    return NULL;
}

void cascade_drive(struct cascade *c)
{
    if (!cascade_pending(c) && c->begun < c->children)
        worker_begin(c->worker, &c->out[c->begun++], 1);
}

bool cascade_has_come(const struct cascade *c)
{
    return !c->in.in || c->in.ended;
}

bool cascade_is_over(const struct cascade *c)
{
    return cascade_has_come(c) && c->begun == c->children &&
           (!c->begun || c->out[c->begun - 1].ended);
}
