/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/parts.h"

#include <string.h>

void report_read(struct report *report, const struct board *board, int place,
                 const struct drift *clock)
{
    const struct slot *slot = &board->slot[place];

    *report = (struct report){.slot = slot->task,
                              .rank = slot->rank,
                              .thread = slot->thread,
                              .seat = slot->seat,
                              .span = slot->span,
                              .usage = slot->usage,
                              .outcome = slot->outcome,
                              .pages = slot->pages,
                              .talk_ns = slot->talk_ns,
                              .lock_ns = slot->lock_ns,
                              .idle_ns = slot->idle_ns,
                              .idle_cpu_ns = slot->idle_cpu_ns,
                              .uncounted = slot->uncounted,
                              .pu = slot->pu,
                              .late = slot->late,
                              .wrong = slot->wrong,
                              .failed = slot->failed,
                              .bound = slot->bound,
                              .mask = slot->mask};
    report->span.start_ns = drift_to_root(clock, slot->span.start_ns);
    report->span.end_ns = drift_to_root(clock, slot->span.end_ns);
    report->began_ns = drift_to_root(clock, slot->began_ns);
    report->reset_ns = drift_to_root(clock, slot->reset_ns);
    report->done_ns = drift_to_root(clock, slot->done_ns);
    report->ready_ns = drift_to_root(clock, slot->ready_ns);
}

static void write_slot(struct slot *slot, const struct report *report, int node)
{
    slot->seat = report->seat;
    slot->node = node;
    slot->rank = report->rank;
    slot->thread = report->thread;
    slot->span = report->span;
    /* by a clock that was put back; see the leader's doubts */
    if (slot->span.end_ns < slot->span.start_ns)
        slot->span.end_ns = slot->span.start_ns;
    slot->began_ns = report->began_ns;
    slot->reset_ns = report->reset_ns;
    slot->done_ns = report->done_ns;
    slot->usage = report->usage;
    slot->outcome = report->outcome;
    slot->pages = report->pages;
    slot->talk_ns = report->talk_ns;
    slot->lock_ns = report->lock_ns;
    slot->ready_ns = report->ready_ns;
    slot->idle_ns = report->idle_ns;
    slot->idle_cpu_ns = report->idle_cpu_ns;
    slot->uncounted = report->uncounted;
    slot->pu = report->pu;
    slot->late = report->late;
    slot->wrong = report->wrong;
    slot->failed = report->failed;
    slot->bound = report->bound;
    slot->mask = report->mask;
}

/* The host first, for whoever reads it sits elsewhere. */
static void quote(struct part *part, const struct err *err, const char *host)
{
    err_set(&part->err, err->code, "%s: %s", host, err->text);
}

void part_read(struct part *part, const struct board *board, const char *host)
{
    part->at = -1;
    part->failed = atomic_load(&board->troubles) != 0;
    for (int i = 0; i < board->workers; i++) {
        const struct slot *slot = &board->slot[i];

        if (slot->failed || (!part->failed && slot->wrong)) {
            part->at = slot->task;
            quote(part, &slot->err, host);
            return;
        }
    }
    if (part->failed)
        quote(part, &board->err, host);
}

const struct part *parts_next(const char *bytes, size_t n, size_t *at)
{
    const struct part *part = (const struct part *)(bytes + *at);

    if (n - *at < sizeof *part || part->count < 0)
        return NULL;
    *at += sizeof *part + (size_t)part->count * sizeof(struct report);
    return *at <= n ? part : NULL;
}

bool parts_write(struct board *whole, const char *bytes, size_t n)
{
    const struct part *part;
    size_t at = 0;

    while ((part = parts_next(bytes, n, &at))) {
        const struct report *report = (const struct report *)(part + 1);

        for (int i = 0; i < part->count; i++, report++) {
            if (report->slot < 0 || report->slot >= whole->workers)
                return false;
            write_slot(&whole->slot[report->slot], report, part->node);
        }
        if (part->at >= 0 && part->at < whole->workers)
            whole->slot[part->at].err = part->err;
        else if (part->failed && !whole->err.code)
            whole->err = part->err;
    }
    return at == n;
}
