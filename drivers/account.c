/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/account.h"

#include <stdlib.h>

struct stretch {
    uint64_t from, to;
};

static int by_begin(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

uint64_t account_busy(const struct board *board)
{
    int n = 2 * board->workers;
    struct stretch at[n];
    uint64_t until = 0, busy = 0;

    for (int w = 0; w < board->workers; w++) {
        const struct slot *slot = &board->slot[w];

        at[2 * w] = (struct stretch){slot->began_ns, slot->reset_ns};
        at[2 * w + 1] = (struct stretch){slot->span.start_ns, slot->done_ns};
    }
    qsort(at, (size_t)n, sizeof *at, by_begin);
    for (int i = 0; i < n; i++) {
        uint64_t from = at[i].from > until ? at[i].from : until;

        if (at[i].to <= from)
            continue;
        busy += at[i].to - from;
        until = at[i].to;
    }
    return busy;
}

/* From the last worker that was ready to the first that started. */
static uint64_t at_gate(const struct board *board)
{
    uint64_t ready = 0, start = UINT64_MAX;

    for (int w = 0; w < board->workers; w++) {
        const struct slot *slot = &board->slot[w];

        ready = slot->reset_ns > ready ? slot->reset_ns : ready;
        start = slot->span.start_ns < start ? slot->span.start_ns : start;
    }
    return start > ready ? start - ready : 0;
}

void account_trial(struct account *account, const struct board *board,
                   uint64_t took_ns)
{
    uint64_t busy = account_busy(board), gate;

    busy = busy < took_ns ? busy : took_ns;
    gate = at_gate(board);
    gate = gate < took_ns - busy ? gate : took_ns - busy;
    account->kernel_ns += busy;
    account->gates_ns += gate;
    account->orders_ns += took_ns - busy - gate;
}
