/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cascade.h"

static int member(const struct cascade_line *line, int i)
{
    return line->first + i % line->size * line->step;
}

/* In a tree numbered from its root the parent of i lacks the lowest bit of i,
 * and its children have one more bit, below that: the largest subtree first. */
static void find_kin(struct cascade *r, const struct cascade_line *line,
                     int root, int tag)
{
    int size = line->size, bit = 1;
    int at = (r->worker->rank - line->first) / line->step;
    int me = (at - root + size) % size;

    while (bit < size && !(me & bit))
        bit *= 2;
    if (me)
        r->in = (struct transfer){.peer = member(line, me - bit + root),
                                  .tag = tag,
                                  .bytes = r->bytes,
                                  .in = r->buf};
    for (bit /= 2; bit >= 1; bit /= 2) {
        if (me + bit < size)
            r->out[r->children++] =
                (struct transfer){.peer = member(line, me + bit + root),
                                  .tag = tag,
                                  .bytes = r->bytes,
                                  .out = r->buf};
    }
}

void cascade_begin(struct cascade *r, struct worker *w,
                   const struct cascade_line *line, void *buf, size_t bytes,
                   int root, int tag)
{
    *r = (struct cascade){.worker = w, .buf = buf, .bytes = bytes};
    find_kin(r, line, root, tag);
    if (r->in.in)
        worker_begin(w, &r->in, 1);
    cascade_drive(r);
}

struct transfer *cascade_pending(struct cascade *r)
{
    if (!cascade_has_come(r))
        return &r->in;
    if (r->begun && !r->out[r->begun - 1].ended)
        return &r->out[r->begun - 1];
    return NULL;
}

void cascade_drive(struct cascade *r)
{
    if (!cascade_pending(r) && r->begun < r->children)
        worker_begin(r->worker, &r->out[r->begun++], 1);
}

bool cascade_has_come(const struct cascade *r)
{
    return !r->in.in || r->in.ended;
}

bool cascade_is_over(const struct cascade *r)
{
    return cascade_has_come(r) && r->begun == r->children &&
           (!r->begun || r->out[r->begun - 1].ended);
}
